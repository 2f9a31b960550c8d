"""What a payload holds: a port for classifiers, and one that is declared in data (Eq. 4.3).

The reference classifier looks for words and patterns in text and in the strings, numbers and keys of JSON, after Unicode
normalisation (NFKC, decimal digits as ASCII, no invisible format characters, no case). It says what it found by the name of the rule and the
place, never by the text. A payload of another kind, too large, malformed, binary or with a long run of base64 is not
classified, and its user must take it for sensitive. It finds what its rules describe and nothing else.

Time is linear in the payload: words are looked up, patterns never backtrack, and the product of the longest matches and
the largest payload is bounded when the rules are read.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final, Never, Protocol

from caio.security.declarations import Classes
from caio.security.patterns import Pattern, compile_pattern
from caio.security.refusal import Refusal, RefusedError

MAX_WORK: Final = 2**29
"""The largest product of a payload's bytes and the sum of all patterns' longest matches."""
MAX_FINDINGS: Final = 256
"""How many findings are listed; members are never left out."""
MAX_DEPTH: Final = 64
"""How deeply a JSON payload may be nested."""
MAX_PIECES: Final = 16384
"""How many values of JSON, or lines of text, are looked at one by one."""
MAX_MARKS: Final = 32
"""How many combining marks may follow each other: normalisation takes time quadratic in their number."""

WHOLE: Final = "the whole text"
"""The place of what is found in a text and in none of its lines."""

_WORD: Final = re.compile(r"[^\W_]+")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]++(?:\r?\n[A-Za-z0-9+/_-]{40,}+)*+")
"""A run of base64, which goes on over the end of a line where it is wrapped, as in mail and in PEM."""
_TEXTS: Final = frozenset({"text/plain", "text/csv", "text/markdown"})
"""The texts that say what they show: in others, entities and tags may take a word apart."""
_CHARSETS: Final = frozenset({"utf-8", "us-ascii"})
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that applied at one place.

    Attributes:
        rule: the rule's name.
        member: the class of data it stands for.
        place: ``line 3`` of a text, ``the whole text``, or the positions that lead to a value of JSON, as in ``/0/2`` (the third item of the
            first member; a key has the place of its value). Keys are not named: they are part of the payload.
    """

    rule: str
    member: str
    place: str


@dataclass(frozen=True, slots=True)
class Classification:
    """What a classifier says of a payload.

    Attributes:
        members: the classes of data that were found.
        findings: why, at most ``MAX_FINDINGS``.
        reason: why the payload could not be classified, empty if it was. It quotes nothing.
    """

    members: frozenset[str]
    findings: tuple[Finding, ...] = ()
    reason: str = ""


class Classifier(Protocol):
    """Whatever finds classes of data in payloads; the same payload must always give the same answer."""

    def classify(self, payload: bytes, media_type: str) -> Classification:
        """What a payload of this media type holds. A reason says that it could not be classified."""
        ...


class DeclaredClassifier:
    """The reference classifier: rules as data."""

    __slots__ = ("_classes", "_lengths", "_patterns", "_words")

    def __init__(self, classes: Classes) -> None:
        """Compile the rules.

        Raises:
            RefusedError: ``declaration``: two rules of one name, a rule without words and patterns, a keyword without a
                letter or digit, a pattern that is none, or more work than ``MAX_WORK``.
        """
        self._classes = classes
        self._words: dict[tuple[str, ...], set[tuple[str, str]]] = {}
        self._patterns: list[tuple[str, str, Pattern]] = []
        names: set[str] = set()
        for index, rule in enumerate(classes.rules):
            place = f"rules.{index}"
            if rule.name in names:
                raise RefusedError(Refusal.DECLARATION, place, "two rules have one name")
            names.add(rule.name)
            if not rule.keywords and not rule.patterns:
                raise RefusedError(Refusal.DECLARATION, place, "the rule can find nothing")
            for keyword in rule.keywords:
                words = tuple(
                    word for text in _foldings(keyword)[:1] for word in _WORD.findall(text)
                )
                if not words:
                    detail = "a keyword has at least one letter or digit"
                    raise RefusedError(Refusal.DECLARATION, f"{place}.keywords", detail)
                # Written as one word, it is the same.
                for form in {words, ("".join(words),)}:
                    self._words.setdefault(form, set()).add((rule.name, rule.member))
            for text in rule.patterns:
                pattern = compile_pattern(text, f"{place}.patterns")
                self._patterns.append((rule.name, rule.member, pattern))
        self._lengths = sorted({len(words) for words in self._words})
        work = sum(pattern.longest for *_, pattern in self._patterns) * classes.max_bytes
        if work > MAX_WORK:
            detail = f"patterns and payloads of this size take {work} steps, more than {MAX_WORK}"
            raise RefusedError(Refusal.DECLARATION, "rules", detail)

    @property
    def members(self) -> frozenset[str]:
        """The classes of data that there are rules for."""
        return frozenset(rule.member for rule in self._classes.rules)

    def classify(self, payload: bytes, media_type: str) -> Classification:
        """What a payload holds; JSON and text are looked at, in UTF-8."""
        if len(payload) > self._classes.max_bytes:
            return _unclassified("it is larger than the classifier reads")
        text: str | None = None
        with suppress(UnicodeDecodeError):
            text = payload.decode()
        if text is None:
            return _unclassified("it is not UTF-8")
        kind, charset = _media(media_type)
        if charset not in _CHARSETS:
            return _unclassified("its character set is not UTF-8")
        pieces: list[tuple[str, str]] | None
        if kind == "application/json" or kind.endswith("+json"):
            pieces = _json_pieces(text)
            if pieces is None:
                return _unclassified("it is not strict JSON of at most 64 levels and 16,384 values")
        elif kind in _TEXTS:
            pieces = _text_pieces(text)
        else:
            return _unclassified("its media type is neither plain text, CSV, Markdown nor JSON")
        return self._judged(pieces)

    def _judged(self, pieces: list[tuple[str, str]]) -> Classification:
        members: set[str] = set()
        findings: list[Finding] = []
        seen: set[str] = set()
        reason = ""
        for place, piece in pieces:
            foldings = _foldings(piece)
            if not foldings:
                reason = reason or "it holds a long run of combining marks"
            if any(len(folded) > self._classes.max_bytes for folded in foldings):
                return _unclassified("its normal form is larger than the classifier reads")
            if _CONTROL.search(piece):
                reason = reason or "it holds control characters"
            elif any(len(run[0]) >= self._classes.opaque_run for run in _BASE64.finditer(piece)):
                reason = reason or "it holds a long run of base64"
            applying = {found for folded in foldings for found in self._applying(folded)}
            for rule, member in sorted(applying):
                # The whole text repeats what its lines showed.
                if place == WHOLE and rule in seen:
                    continue
                seen.add(rule)
                members.add(member)
                if len(findings) < MAX_FINDINGS:
                    findings.append(Finding(rule, member, place))
        return Classification(frozenset(members), tuple(findings), reason)

    def _applying(self, text: str) -> set[tuple[str, str]]:
        """The rules that apply to a folded text, with their members."""
        found: set[tuple[str, str]] = set()
        words = _WORD.findall(text)
        for length in self._lengths:
            for start in range(len(words) - length + 1):
                found |= self._words.get(tuple(words[start : start + length]), set())
        for rule, member, pattern in self._patterns:
            if (rule, member) not in found and pattern.occurs(text):
                found.add((rule, member))
        return found


def _unclassified(reason: str) -> Classification:
    return Classification(frozenset(), (), reason)


def _media(text: str) -> tuple[str, str]:
    """The media type and its character set, in lower case; UTF-8 where none is stated."""
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    charset = "utf-8"
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset":
            charset = value.strip().strip('"')
    return kind, charset


def _foldings(text: str) -> tuple[str, ...]:
    """A text as rules see it; nothing where normalising it would take too long.

    An invisible character may stand within a word or between two, so that a text with one is seen both ways.
    """
    if text.isascii():
        return (text.lower(),)
    visible = [c for c in text if unicodedata.category(c) != "Cf"]
    run = 0
    for character in visible:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > MAX_MARKS:
            return ()
    joined = _normal("".join(visible))
    if len(visible) == len(text):
        return (joined,)
    return joined, _normal("".join(" " if unicodedata.category(c) == "Cf" else c for c in text))


def _normal(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in folded)


def _text_pieces(text: str) -> list[tuple[str, str]]:
    """The lines of a text, then all of it, for a word or a number may run over the end of a line."""
    lines = text.split("\n")
    if len(lines) > MAX_PIECES:
        return [(WHOLE, text)]
    return [*((f"line {n}", line) for n, line in enumerate(lines, 1)), (WHOLE, text)]


def _json_pieces(text: str) -> list[tuple[str, str]] | None:
    """The strings, numbers and keys of JSON with their places, or None if it is malformed."""
    value: object = _json_pieces
    with suppress(ValueError, RecursionError):
        # Numbers stay texts: their digits are what rules look at, and no digit is lost.
        value = json.loads(
            text, object_pairs_hook=_Members, parse_int=str, parse_float=str, parse_constant=_refuse
        )
    if value is _json_pieces:
        return None
    pieces = list(islice(_pieces(value), MAX_PIECES + 1))
    if len(pieces) > MAX_PIECES or any(place.count("/") > MAX_DEPTH for place, _ in pieces):
        return None
    return pieces


class _Members(list[tuple[str, object]]):
    """The members of an object, in order; a key may not occur twice."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError
        super().__init__(pairs)


def _refuse(_: str) -> Never:
    raise ValueError


def _pieces(root: object) -> Iterator[tuple[str, str]]:
    pending: list[tuple[str, object]] = [("", root)]
    while pending:
        place, value = pending.pop()
        if isinstance(value, str):
            yield place or "/", value
        elif isinstance(value, _Members):
            for index, (key, item) in enumerate(value):
                yield f"{place}/{index}", key
                pending.append((f"{place}/{index}", item))
        elif isinstance(value, list):
            pending += [(f"{place}/{index}", item) for index, item in enumerate(value)]
