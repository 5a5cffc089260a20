"""A run: which files, in which order, by how many processes, and what is known of them already."""
