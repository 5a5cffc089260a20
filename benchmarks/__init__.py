"""How fast gclint is (`python -m benchmarks`), and how right (`benchmarks/accuracy.py`)."""
