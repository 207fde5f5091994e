"""The command ``shapeclf``, and ``python -m shapeclf``."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line. Ctrl-C ends it with one line, even while modules are still being imported."""
    try:
        from shapeclf.cli.main import main as commands

        commands(prog_name="shapeclf")
    except KeyboardInterrupt:
        print("\nAborted!", file=sys.stderr)  # the text that click prints for a later interruption
        sys.exit(1)


if __name__ == "__main__":
    main()
