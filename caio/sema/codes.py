"""The diagnostic codes of meaning: names, types, units and the rules of documents.

A code names the pattern found. Each has a page ``docs/errors/<code>.md`` with an example that fails and one that passes.
"""

from __future__ import annotations

from typing import Final

from caio.base.diagnostics import register

UNKNOWN_NAME: Final = register("unknown-name", "a name that nothing declares")
AMBIGUOUS_NAME: Final = register("ambiguous-name", "a name that means two things here")
UNKNOWN_MEMBER: Final = register("unknown-member", "a name that is no member of the enumeration")
UNKNOWN_UNIT: Final = register("unknown-unit", "a unit that the vocabulary does not know")
UNKNOWN_TYPE: Final = register("unknown-type", "a type that does not exist")
UNKNOWN_WORD: Final = register("unknown-word", "a word where only a few fixed ones may stand")
UNKNOWN_VOCABULARY: Final = register("unknown-vocabulary", "a vocabulary that is not there")
NO_VOCABULARY: Final = register("no-vocabulary", "a document that names no vocabulary")
BAD_NAME: Final = register("bad-name", "a name of a form that is not allowed")
DUPLICATE_NAME: Final = register("duplicate-name", "two declarations of one name")
DUPLICATE_STATEMENT: Final = register("duplicate-statement", "the same thing stated twice")
UNIT_MISMATCH: Final = register("unit-mismatch", "quantities of different dimensions")
TYPE_MISMATCH: Final = register("type-mismatch", "an expression of the wrong type")
NOT_LINEAR: Final = register("not-linear", "arithmetic beyond linear")
WRONG_ORIGIN: Final = register("wrong-origin", "a variable that may not occur in this place")
OUT_OF_RANGE: Final = register("out-of-range", "a value outside its range")
EMPTY_RANGE: Final = register("empty-range", "a range that holds nothing")
EMPTY_LIST: Final = register("empty-list", "a list that must not be empty")
NOMINAL_OUTSIDE: Final = register(
    "nominal-outside", "a nominal point that the request does not describe"
)
MISSING_PART: Final = register("missing-part", "a declaration without a part that it needs")
BAD_LEVEL: Final = register("bad-level", "a quantile level where none belongs, or a missing one")
NOT_A_BOUND: Final = register("not-a-bound", "a guarantee or requirement that is not one bound")
BAD_ROLE: Final = register("bad-role", "a role on something that cannot play it")
NO_ROLE: Final = register("no-role", "a clause that needs a role which nothing plays")
NO_COST: Final = register("no-cost", "a price where the vocabulary declares no cost")
BAD_COST_CASE: Final = register("bad-cost-case", "cost cases that do not fit together")
BAD_PRIORITY: Final = register(
    "bad-priority", "a priority that is no whole number, or an invariant's"
)
SCORE_MAGNITUDE: Final = register("score-magnitude", "weights and resolution that overflow scores")
TOO_LARGE: Final = register("too-large", "a number or an expression beyond the limits")
UNREADABLE: Final = register("unreadable", "a file or folder that cannot be read")
BAD_JSON: Final = register("bad-json", "JSON that is no document")
NOT_CANONICAL: Final = register(
    "not-canonical", "a canonical document that breaks a rule of its format"
)
