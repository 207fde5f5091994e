"""The command line: one file a command; each parses, calls the library and prints."""

from shapeclf._doors import open_door

__all__: list[str] = []

open_door(__name__)
