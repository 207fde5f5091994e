"""``python -m shapeclf``."""

from shapeclf.cli.main import main

main(prog_name="shapeclf")
