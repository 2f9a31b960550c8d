"""The codes of the diagnostics that reading a text can give; each has a page in ``docs/errors``."""

from __future__ import annotations

from typing import Final

from caio.base.diagnostics import register

ASSIGNMENT_IN_CONDITION: Final = register(
    "assignment-in-condition", "`=` where two things are compared"
)
CHAINED_COMPARISON: Final = register("chained-comparison", "a comparison of three or more things")
INVALID_ESCAPE: Final = register("invalid-escape", "a backslash before something it cannot escape")
INVALID_INSTANT: Final = register("invalid-instant", "a date or time that does not exist")
INVALID_NAME: Final = register("invalid-name", "a name that is empty, too long or unprintable")
INVALID_NUMBER: Final = register("invalid-number", "a number that is not written properly")
INVALID_VERSION: Final = register("invalid-version", "a version that is not numbers and dots")
NESTING_TOO_DEEP: Final = register("nesting-too-deep", "parentheses or groups beyond the limit")
REPEATED_CLAUSE: Final = register("repeated-clause", "a clause that says twice what is said once")
RESERVED_DECLARATION: Final = register(
    "reserved-declaration", "a declaration that is planned and does not exist yet"
)
TOO_MANY_ERRORS: Final = register("too-many-errors", "more errors than anybody reads")
UNCLOSED_DELIMITER: Final = register("unclosed-delimiter", "a brace or parenthesis left open")
UNEXPECTED_TOKEN: Final = register("unexpected-token", "something that cannot stand here")
UNKNOWN_CHARACTER: Final = register("unknown-character", "a character that begins nothing")
UNKNOWN_CLAUSE: Final = register("unknown-clause", "a word that begins no clause here")
UNKNOWN_DECLARATION: Final = register("unknown-declaration", "a word that declares nothing")
UNKNOWN_FUNCTION: Final = register("unknown-function", "a function other than `count`")
UNMATCHED_DELIMITER: Final = register("unmatched-delimiter", "a brace that closes nothing")
UNTERMINATED_STRING: Final = register("unterminated-string", "a quotation mark without a second")
