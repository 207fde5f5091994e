"""Benchmarks: one file for each question. `python -m benchmarks` runs all those of speed."""
