"""Scripts for maintainers: they write the reference of commands, pictures and locks, and rebuild shipped models."""
