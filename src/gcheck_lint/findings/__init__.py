"""What is found, and what silences it: diagnostics, suppression comments, fingerprints."""
