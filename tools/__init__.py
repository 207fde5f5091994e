"""What makes the documentation: the reference of the commands, the gallery, the site's docstrings."""
