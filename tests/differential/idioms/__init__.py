"""The idioms that random scripts are made of. Each family is a module, which enters its own into the table."""

from __future__ import annotations

from . import acting, checking, loading, saving, trainers, training  # noqa: F401 - they enter themselves
from .table import pick

__all__ = ["pick"]
