"""Text and places in it: sources, spans, notebooks."""
