"""gclint: a static linter for gradient checkpointing and the KV cache in training scripts."""

__version__ = "0.2.0"
