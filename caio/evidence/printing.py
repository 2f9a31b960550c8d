"""A report as text for people: what was established, what was not, and what could not be looked at, each in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .report import Claim, Outcome, Report, Status

_SHOWN: Final = 5
_NEVER: Final = {
    Outcome.VERIFIED: "verified: every claim is established",
    Outcome.INCOMPLETE: "incomplete: nothing was found wrong, and not everything is established",
    Outcome.FAILED: "failed: do not rely on this file",
}
_LESS: Final = {
    "erased": "personal data were erased: inclusion ok, evidence erased",
    "redacted": "items are not disclosed: ask whoever made the file for them",
    "signatures-not-checked": "signatures: not checked. This program has no cryptography but SHA-256:"
    " `caio audit verify` checks them",
    "no-proof": "the older checkpoint lies outside of the range: ask the log for a proof of consistency",
    "no-key": "no key of the log was given: a key that comes with the evidence vouches for nothing",
}
_BLANK: Final = 15


def text(report: Report, name: str) -> str:
    """The report about the file of this name."""
    return "\n".join(_lines(report, name)) + "\n"


def _lines(report: Report, name: str) -> Iterator[str]:
    about = report.about
    if about:
        yield f"{name}: {plain(about['origin'])}"
        yield f"from {about['from']} to {about['to']}"
        first, count = about["first"], about["count"]
        last = first + count - 1 if isinstance(first, int) and isinstance(count, int) else "?"
        yield f"entries {first} to {last} of {about['size']}, made by {plain(about['tool'])}"
        yield ""
    for claim in report.claims:
        yield from _claim(claim)
    yield ""
    codes = [code for claim in report.claims for code in claim.codes]
    for code in dict.fromkeys(codes):
        if code in _LESS:
            yield _LESS[code]
    yield f"{_NEVER[report.outcome]}: {name}"


def _claim(claim: Claim) -> Iterator[str]:
    known = [f"{number:,} {code}" for code, number in claim.codes.items() if code in _LESS]
    counts = [f"{count:,} {word}" for count, word in _counts(claim) if count]
    details = ", ".join([*filter(None, [claim.text]), *counts])
    named = f" ({', '.join(known)})" if known else ""
    yield f"{claim.status.value:<{_BLANK}}  {claim.name:<12}  {details}{named}"
    blank = " " * (_BLANK + 2)
    failed = [why for why in claim.reasons if why.code not in _LESS]
    for why in failed[:_SHOWN]:
        place = "" if why.index is None else f"entry {why.index}: "
        yield f"{blank}{place}{why.code}: {plain(why.text)}"
    if len(failed) > _SHOWN:
        yield f"{blank}… and more of this: --json lists them"


def _counts(claim: Claim) -> tuple[tuple[int, str], ...]:
    if claim.status is Status.OK:
        return ()
    return (claim.ok, "ok"), (claim.failed, "failed"), (claim.open, "not established")


def plain(value: object) -> str:
    """A text from a file on one line, without anything that a terminal would obey."""
    text = str(value)
    shown = "".join(one if one.isprintable() else "?" for one in text)
    return shown if len(shown) <= 300 else f"{shown[:300]}…"
