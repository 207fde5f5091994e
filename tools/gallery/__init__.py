"""The pictures of the documentation, each drawn from the data and the shipped models by one function."""
