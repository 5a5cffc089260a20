"""Which files are worth a parse, by their bytes alone."""
