"""What the user has chosen: settings, selectors, patterns, and the versions that a file is judged for."""
