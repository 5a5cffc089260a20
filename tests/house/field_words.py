"""The words that texts for users avoid, each with what the field says instead. The only list; test_words.py keeps it.

A word is a pattern, matched case-insensitively against prose: code spans and fenced code are not prose.
"""

from __future__ import annotations

from typing import Final

AVOIDED: Final = {
    r"laws?": "rule",
    r"cards?": "rule, or rule documentation",
    r"mend(?:s|ed|ing)?": "fix",
    r"cur(?:e|es|ed|ing)": "fix",
    r"promis(?:e|es|ed|ing)": "applicability, or guarantee",
    r"la(?:id|y|ys|ying) over": "override",
    r"told alone": "checked by itself",
    r"beginnings? of (?:a )?codes?": "prefix",
    r"lists? of texts": "list of strings",
    r"the house": "the project",
    r"is told|are told|was told": "is reported, or is shown",
    r"tells? (?:\w+ )?by itself": "reports by itself",
    r"ruled out": "excluded",
    r"what is not had|cannot be had|can be had": "is not available, or is available",
    r"what it takes": "requirements, or cost",
    r"nothing says so|says nothing of": "there is no message, or does not cover",
    r"of one's own": "your own, or custom",
    r"all the same": "still",
    r"whoever": "users who",
    r"(?:hangs?|hung) on": "depends on",
    r"without a word": "silently",
    r"by the letter": "formally",
    r"in vain": "without effect",
    r"(?:too )?tangled": "too complex",
    r"is not had|are not had": "is missing",
}
