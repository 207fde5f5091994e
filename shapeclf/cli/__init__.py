"""The command line. Each command has one file, which parses the options, calls the library and prints."""

from shapeclf._imports import link_package

__all__: list[str] = []

link_package(__name__)
