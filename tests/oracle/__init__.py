"""The proof tier: runs the examples of the cards against real versions of transformers, and records what they do."""
