"""All limits of the interpreter, each with its reason. What they cut off is told: an event `Lost`, and a line of `gclint story`.

Nodes are those of the decision diagrams of conditions (`diagrams`), steps are statements and expressions. Both are counted, never
timed: the same script is cut in the same place on every machine. docs/story-limits.md has what was measured.
"""

from __future__ import annotations

from typing import Final

# --- the whole of one file ---------------------------------------------------------------------------------------------------

NODES: Final = 160_000  # about 80 MB, and two seconds; nine files in ten make fewer than 12,000
STEPS: Final = 120_000  # nine files in ten take fewer than 11,000; five thousand lines of plain code take 70,000
MODULES: Final = 80  # other modules of the program; a framework that imports itself whole would be run whole

# --- one part of it: when a budget is spent, that part is given up, and the rest goes on ----------------------------------------

# A call, by how deep it is: what it does is followed for the sake of what stands around it.
CALL_NODES: Final = (10_000, 5_000, 2_000, 1_000)
CALL_STEPS: Final = (12_000, 5_000, 2_000, 1_000)
ENTRY_NODES: Final = 5_000  # a function that nobody calls, by itself
ENTRY_STEPS: Final = 5_000
STATEMENT_STEPS: Final = (60_000, 10_000)
# A statement of the file itself (which may be all of it: `main()`), or of what it calls first.
STATEMENT_NODES: Final = (30_000, 8_000)
MODULE_NODES: Final = 3_000  # a statement of the top level of another module
MODULE_STEPS: Final = 6_000
RULE_NODES: Final = 40_000  # what one rule may ask of a story
MODEL_NODES: Final = 200  # room to drop the state of one model, where the rest of the file is given up

# --- how far things are followed -----------------------------------------------------------------------------------------------

CALLS_DEEP: Final = 24  # calls within calls; deeper ones are recursion over data
ROUNDS: Final = 5  # how often a function may be in the middle of itself
UNROLLED: Final = 6  # elements of a known list that a loop is run over one by one
ALTERNATIVES: Final = 12  # what a value may be; beyond that it is widened to top
MEMBERS: Final = 20  # of a known list, that `in` compares with
MAPPED: Final = 4  # elements that `map` hands to a function
HELD_DEEP: Final = 4  # lists in lists, modules in modules, that are looked through for models
REACHED_OBJECTS: Final = 2_000  # that a part which was given up can have come by
REACHED_FUNCTIONS: Final = 60  # whose texts are looked through for what it may have written
QUESTION: Final = 120  # characters of a comparison that is remembered as one question
