"""gclint: a static linter for gradient checkpointing and the KV cache in training scripts."""

__version__ = "0.1.0"
