"""How fast, how good, and beside what: one file a question. `python -m benchmarks` asks all about speed."""
