"""Waivers: a file in which somebody answers for leaving a finding as it is, until a day.

```toml
format = "caio-waivers/v1"

[[waiver]]
fingerprint = "sha256:…"
reason = "the old gateway is switched off in March"
owner = "platform@example.org"
expires = 2027-03-31
```

Reading is strict: what is misspelt, missing, of another type or beyond a limit is an error with its place, and then no waiver
counts. A waiver covers refuted findings alone. Expired, unused and repeated waivers are findings themselves, which no waiver
covers. Whether one has expired depends on the instant given and on no clock.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from caio.analysis.findings.finding import Finding, Waiver
from caio.analysis.findings.plain import plain
from caio.analysis.findings.report import Question, Report
from caio.analysis.findings.rules import register
from caio.analysis.findings.verdicts import Verdict
from caio.base.diagnostics import Code, Diagnostic, Label, Severity, did_you_mean
from caio.base.errors import InputError
from caio.base.spans import Source, Span

FORMAT: Final = "caio-waivers/v1"
MOST_BYTES: Final = 1024 * 1024
"""The largest file of waivers that is read."""
MOST_WAIVERS: Final = 1_000
MOST_CHARACTERS: Final = 500
"""The longest reason and owner."""
QUESTION: Final = "waivers"
"""The name of the question whether all waivers are in order."""

INVALID: Final = register("invalid-waivers", "a file of waivers with an error")
EXPIRED: Final = register("waiver-expired", "a waiver whose last day is over")
UNUSED: Final = register("waiver-unused", "a waiver that no finding needs", Severity.WARNING)
REPEATED: Final = register("waiver-repeated", "two waivers of one finding")
WITHOUT_EFFECT: Final = register(
    "waiver-without-effect", "a waiver of a finding that is not refuted", Severity.NOTE
)

_CODE: Final = Code(INVALID.id, INVALID.summary)
_FINGERPRINT: Final = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_HEADER: Final = re.compile(r"[ \t]*\[\[[ \t]*waiver[ \t]*\]\]", re.ASCII)
_PLACE: Final = re.compile(r" \(at line (\d+), column (\d+)\)$", re.ASCII)
_KEYS: Final = ("fingerprint", "reason", "owner", "expires")
_DAY: Final = 86_400_000_000


class WaiversError(InputError):
    """A file of waivers with errors in it; none of its waivers counts.

    Attributes:
        diagnostics: what is wrong, and where.
    """

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        number = len(diagnostics)
        super().__init__(f"{number} error{'' if number == 1 else 's'} in the waivers")
        self.diagnostics = diagnostics


@dataclass
class _Reader:
    """One reading of one file: values with exact types, and everything that is wrong with them."""

    source: Source
    errors: list[Diagnostic]

    def wrong(self, span: Span, message: str, help_: str | None = None) -> None:
        self.errors.append(_CODE.at(span, message, help=help_))

    def place(self, table: Span, key: str | None = None) -> Span:
        """Where a key of a table is written, else the beginning of the table."""
        if key is not None:
            found = re.compile(rf"^[ \t]*{key}[ \t]*=.*$", re.MULTILINE).search(
                self.source.text, table.start, table.end
            )
            if found is not None:
                return self.source.span(found.start(), len(found[0].rstrip()) + found.start())
        line = self.source.text[table.start : table.end].split("\n", 1)[0].rstrip()
        return self.source.span(table.start, table.start + len(line))

    def tables(self, number: int) -> list[Span]:
        """Where each table stands, by its header line; the whole text, if a text in it looks like a header, too."""
        starts, offset = [], 0
        for line in self.source.text.split("\n"):
            if _HEADER.match(line):
                starts.append(offset)
            offset += len(line) + 1
        if not starts or len(starts) != number:
            return [self.source.span()] * number
        ends = [*starts[1:], len(self.source.text)]
        return [self.source.span(start, end) for start, end in zip(starts, ends, strict=True)]

    def strange(self, table: Span, given: Mapping[str, object], known: tuple[str, ...]) -> None:
        for key in given:
            if key not in known:
                self.wrong(
                    self.place(table, re.escape(key)),
                    f"there is no key `{plain(key, 80)}` here",
                    did_you_mean(key, known) or "known here: " + ", ".join(f"`{k}`" for k in known),
                )

    def text(self, table: Span, given: Mapping[str, object], key: str) -> str:
        value = given.get(key)
        if type(value) is not str:
            seen = "nothing" if value is None else f"a TOML {type(value).__name__}"
            self.wrong(self.place(table, key), f"`{key}` is a text, and here is {seen}")
        elif not value.strip():
            self.wrong(self.place(table, key), f"`{key}` is empty", f"say the {key} in a few words")
        elif len(value) > MOST_CHARACTERS or "\n" in value or "\r" in value:
            wanted = f"one line of at most {MOST_CHARACTERS} characters"
            self.wrong(self.place(table, key), f"`{key}` is not {wanted}")
        else:
            return value
        return ""

    def waiver(self, table: Span, given: Mapping[str, object]) -> Waiver:
        self.strange(table, given, _KEYS)
        fingerprint = self.text(table, given, "fingerprint")
        if fingerprint and not _FINGERPRINT.fullmatch(fingerprint):
            self.wrong(
                self.place(table, "fingerprint"),
                f"`{plain(fingerprint, 80)}` is not a fingerprint",
                "copy it from a report: `sha256:` and 64 digits from 0 to f",
            )
        expires = given.get("expires")
        if type(expires) is not date:
            seen = "nothing" if expires is None else f"a TOML {type(expires).__name__}"
            self.wrong(
                self.place(table, "expires"),
                f"`expires` is a date, and here is {seen}",
                "write the last day as `expires = 2027-03-31`, without quotation marks and without a time",
            )
            expires = date.min
        reason, owner = self.text(table, given, "reason"), self.text(table, given, "owner")
        return Waiver(fingerprint, reason, owner, expires, self.place(table))


def read_waivers(source: Source) -> tuple[Waiver, ...]:
    """The waivers in a file.

    Raises:
        WaiversError: it is too large, not TOML, or not a file of waivers as ``docs/findings.md`` describes it.
    """
    reader = _Reader(source, [])
    # A waiver's own text is bounded, and so is what the parser is given: it recurses and copies.
    if len(source.text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        reader.wrong(source.span(0, 0), f"the file has more than {MOST_BYTES:,} bytes")
        raise WaiversError(tuple(reader.errors))
    try:
        given = tomllib.loads(source.text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        reader.wrong(*_syntax_error(source, str(error) or "nested too deeply"))
        raise WaiversError(tuple(reader.errors)) from error
    whole = source.span()
    if given.get("format") != FORMAT:
        reader.wrong(
            reader.place(whole, "format"),
            "the file does not say that it holds waivers",
            f'begin it with `format = "{FORMAT}"`',
        )
    reader.strange(whole, given, ("format", "waiver"))
    entries = given.get("waiver", [])
    if type(entries) is not list or any(type(entry) is not dict for entry in entries):
        reader.wrong(
            reader.place(whole, "waiver"), "`waiver` is a list of tables", "write `[[waiver]]`"
        )
        entries = []
    if len(entries) > MOST_WAIVERS:
        reader.wrong(
            whole, f"there are {len(entries):,} waivers, more than the {MOST_WAIVERS:,} allowed"
        )
        entries = []
    places = reader.tables(len(entries))
    waivers = tuple(
        reader.waiver(place, entry) for place, entry in zip(places, entries, strict=True)
    )
    if reader.errors:
        raise WaiversError(tuple(reader.errors))
    return waivers


def _syntax_error(source: Source, message: str) -> tuple[Span, str]:
    """Where TOML ends to be TOML, and what the parser says of it, in the manner of the house."""
    place = _PLACE.search(message)
    words = plain(message[: place.start()] if place else message, 200)
    text = f"not TOML: {words[:1].lower()}{words[1:]}"
    if place is None:
        return source.span(len(source.text), len(source.text)), text
    line, column = int(place[1]), int(place[2])
    starts = source.line_starts
    start = min(starts[min(line, len(starts)) - 1] + column - 1, len(source.text))
    return source.span(start, min(start + 1, len(source.text))), text


def unreadable(error: WaiversError) -> Question:
    """The question whether the waivers are in order, when they cannot be read: it could not be asked."""
    findings = tuple(
        Finding(
            INVALID,
            Verdict.COULD_NOT_RUN,
            diagnostic.message,
            subjects=(QUESTION,),
            content=[index, diagnostic.message],
            span=diagnostic.span,
            help=diagnostic.help,
        )
        for index, diagnostic in enumerate(error.diagnostics)
    )
    return Question(QUESTION, _TITLE, Verdict.COULD_NOT_RUN, 0, findings)


_TITLE: Final = "every waiver is in force, needed and given once"


def apply_waivers(report: Report, waivers: tuple[Waiver, ...], *, at: int) -> Report:
    """The report with every refuted finding waived for which a waiver is in force at ``at`` (microseconds since 1970 UTC).

    If there are waivers, there is one more question: whether they are in order. Of two waivers of one finding the one that
    expires first counts.
    """
    today = at // _DAY
    in_force: dict[str, Waiver] = {}
    for waiver in sorted(waivers, key=lambda waiver: waiver.expires):
        in_force.setdefault(waiver.fingerprint, waiver)
    expired = {name for name, waiver in in_force.items() if _day(waiver.expires) < today}
    met: set[str] = set()
    unaffected: dict[str, Verdict] = {}

    def cover(finding: Finding) -> Finding:
        waiver = in_force.get(finding.fingerprint)
        if waiver is None:
            return finding
        if finding.found is not Verdict.REFUTED:
            unaffected.setdefault(finding.fingerprint, finding.found)
            return finding
        met.add(finding.fingerprint)
        return finding if finding.fingerprint in expired else finding.waived(waiver)

    questions = tuple(
        replace(question, findings=tuple(map(cover, question.findings)))
        for question in report.questions
    )
    if waivers:
        findings = (
            *_repeated(waivers),
            *(_expired(in_force[name]) for name in sorted(expired)),
            *_idle(in_force, expired, met, unaffected),
        )
        wrong = any(finding.counts for finding in findings)
        found = Verdict.REFUTED if wrong else Verdict.PROVED
        questions = (*questions, Question(QUESTION, _TITLE, found, len(waivers), findings))
    return report.with_questions(questions, at=at)


def _day(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def _repeated(waivers: tuple[Waiver, ...]) -> Iterator[Finding]:
    groups: dict[str, list[Waiver]] = {}
    for waiver in waivers:
        groups.setdefault(waiver.fingerprint, []).append(waiver)
    for name, group in groups.items():
        if len(group) > 1:
            first, *others = (waiver.span for waiver in group)
            yield Finding(
                REPEATED,
                Verdict.REFUTED,
                f"{len(group)} waivers name the finding `{name}`; the one that expires first counts",
                subjects=(name,),
                span=others[0],
                labels=tuple(
                    Label(span, "also here") for span in (first, *others[1:]) if span is not None
                ),
                help="keep one of them",
            )


def _expired(waiver: Waiver) -> Finding:
    return Finding(
        EXPIRED,
        Verdict.REFUTED,
        f"the waiver of `{plain(waiver.owner, 80)}` expired on {waiver.expires}: `{plain(waiver.reason, 120)}`",
        subjects=(waiver.fingerprint,),
        span=waiver.span,
        help="mend what it covered and drop it, or let its owner give a later day",
    )


def _idle(
    in_force: Mapping[str, Waiver],
    expired: set[str],
    met: set[str],
    unaffected: Mapping[str, Verdict],
) -> Iterator[Finding]:
    for name, waiver in in_force.items():
        if name in met or name in expired:
            continue
        if name in unaffected:
            yield Finding(
                WITHOUT_EFFECT,
                Verdict.REFUTED,
                f"the waiver of `{plain(waiver.owner, 80)}` has no effect: its finding is {unaffected[name].value}",
                subjects=(name,),
                span=waiver.span,
                help="only what is refuted can be waived",
            )
        else:
            yield Finding(
                UNUSED,
                Verdict.REFUTED,
                f"no finding needs the waiver of `{plain(waiver.owner, 80)}`: `{plain(waiver.reason, 120)}`",
                subjects=(name,),
                span=waiver.span,
                help="drop it; what it covered is mended, or has another fingerprint now",
            )
