"""The story of one file, for whoever wants to read it: with its settings, its versions, and the limits of a check."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gcheck_lint.errors import GclintError
from gcheck_lint.run import aims, limits, parsing, pipeline
from gcheck_lint.text.nesting import TooDeepError

if TYPE_CHECKING:
    from gcheck_lint.config.settings import Settings
    from gcheck_lint.story import Story
    from gcheck_lint.text.source import Source


def tell(path: str, settings: Settings, source: Source | None = None) -> Story:
    """What happens in a file, or in the text that was read of it before.

    Raises:
        GclintError: it cannot be told; the file is named.
    """
    from gcheck_lint import story as stories
    from gcheck_lint.python import syntax

    sys.setrecursionlimit(max(sys.getrecursionlimit(), pipeline.RECURSION))
    try:
        with limits.watched(settings.timeout):
            module = parsing.parsed(path, source)
            target = stories.Target.of(**aims.wanted(path, settings, module.source))
            return stories.interpret(module, target, pipeline.program())
    except syntax.ParseError as error:
        raise GclintError(f"{path}:{error.position.row}:{error.position.column}: {error.message}") from error
    except (TooDeepError, RecursionError) as error:
        raise GclintError(f"{path} is too deeply nested to be followed") from error
    except MemoryError as error:
        raise GclintError(f"{path} is not shown: there is not enough memory") from error
    except limits.OverLimitError as error:
        pipeline.forget()
        raise GclintError(f"{path} is not shown: {error}") from error
