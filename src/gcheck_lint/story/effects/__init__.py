"""What calls of libraries do: one handler for each effect that knowledge names."""
