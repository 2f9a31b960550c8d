"""The one way in which the checker says no: no input ends in any other exception."""

from __future__ import annotations

import json


class Rejection(Exception):  # noqa: N818 - a rejection is an answer, and the specification's word
    """Not accepted: a code of certificate-v1 section 10, the place, what was expected and seen."""

    def __init__(self, code: str, path: str, expected: str, seen: str) -> None:
        self.code, self.path, self.expected, self.seen = code, path, expected, seen
        place = path or "(whole input)"
        super().__init__(f"{place}: {code}: expected {expected}, seen {seen}")

    def within(self, path: str) -> Rejection:
        """The same rejection at `path`, its own path told in the message."""
        inner = f" (at {self.path})" if self.path else ""
        return Rejection(self.code, path, self.expected + inner, self.seen)


def show(value: object) -> str:
    """A short rendering of untrusted JSON, on one line and in ASCII."""
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'an array'} of {len(value)}"
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
