"""The interpreter of the language: statements, expressions, calls, modules. It names no library."""
