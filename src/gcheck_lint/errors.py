"""What can go wrong for the user. Each message is shown as it is, without a traceback."""

from __future__ import annotations


class GclintError(Exception):
    """The run cannot go on: exit code 2."""


class UsageError(GclintError):
    """An option or a path that makes no sense."""


class SettingsError(GclintError):
    """A settings file that cannot be read, or holds an unknown key, code or value."""
