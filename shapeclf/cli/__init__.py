"""The command line: one file a command; each parses, calls the library and prints."""

from shapeclf._imports import link_package

__all__: list[str] = []

link_package(__name__)
