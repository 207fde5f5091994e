"""Errors about missing packages."""

__all__ = ["missing_package"]

# The extras serve and ray of pyproject.toml; if one of their packages is missing, all are named.
_EXTRAS = (("fastapi", "uvicorn", "websockets"), ("ray", "pandas"))


def missing_package(module: str) -> str:
    """Return a text with the missing package and the command that installs it.

    Args:
        module: The name of the module that could not be found.

    Example:
        >>> missing_package("uvicorn.config")
        "the package 'uvicorn' is not installed: pip install fastapi uvicorn websockets"
        >>> missing_package("pytorch_lightning")
        "the package 'pytorch-lightning' is not installed: pip install pytorch-lightning"
    """
    package = module.partition(".")[0].replace("_", "-")
    wanted = next((names for names in _EXTRAS if package in names), (package,))
    return f"the package {package!r} is not installed: pip install {' '.join(wanted)}"
