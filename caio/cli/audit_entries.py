"""Entries of an audit log: which ones are wanted, and each on a line of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click

from caio.audit.entries import MAX_TIME, Kind
from caio.audit.log import Log
from caio.audit.recorded import Recorded
from caio.base.errors import InputError
from caio.base.instants import format_timestamp, parse_instant
from caio.cli import streams
from caio.cli.failures import MisuseError
from caio.cli.text import count, one_line, safe

_PAGE: Final = 1_024
"""How many entries are read at first, from the end; then more and more."""
_TONES: Final = {
    "routed": "\x1b[32m",
    "not_routable": "\x1b[31m",
    "unknown": "\x1b[33m",
    "refuted": "\x1b[31m",
    "holds": "\x1b[32m",
}
VERDICTS: Final = ("routed", "not_routable", "unknown", "holds", "refuted")

_Command = TypeVar("_Command", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries are wanted; None where everything will do.

    Attributes:
        kinds: of these kinds; empty for all.
        first: taken at this time or later, in microseconds since 1970.
        last: taken at this time or earlier.
        verdict: with this verdict.
        service: of this service.
    """

    kinds: frozenset[Kind] = frozenset()
    first: int | None = None
    last: int | None = None
    verdict: str | None = None
    service: str | None = None

    def fits(self, entry: Recorded) -> bool:
        """Whether an entry is wanted, whenever it was taken."""
        if self.kinds and entry.kind not in self.kinds:
            return False
        if self.verdict is not None and entry.details.get("verdict") != self.verdict:
            return False
        return self.service is None or service_of(entry) == self.service


def filter_options(command: _Command) -> _Command:
    """The options that say which entries are wanted."""
    for option in (
        click.option("--service", metavar="NAME", help="Only those about this service."),
        click.option(
            "--verdict", type=click.Choice(VERDICTS), help="Only those with this verdict."
        ),
        click.option(
            "--kind",
            "kinds",
            multiple=True,
            type=click.Choice([str(kind) for kind in Kind]),
            help="Only those of this kind (repeatable).",
        ),
    ):
        option(command)
    return command


def time_options(command: _Command) -> _Command:
    """The options that say from when to when."""
    for option in (
        click.option("--to", "last", metavar="TIME", help="Taken at this time or earlier."),
        click.option("--from", "first", metavar="TIME", help="Taken at this time or later."),
    ):
        option(command)
    return command


def instant(text: str | None, option: str) -> int | None:
    """The time that an option names, in microseconds since 1970; a day is its first moment.

    Raises:
        click.BadParameter: it is no time.
    """
    if text is None:
        return None
    try:
        return parse_instant(text)
    except InputError as error:
        raise click.BadParameter(str(error), param_hint=f"'{option}'") from error


def wanted(settings: dict[str, Any]) -> Wanted:
    """What the options say, which are taken out.

    Raises:
        MisuseError: the times are in the wrong order.
    """
    kinds = frozenset(Kind(kind) for kind in settings.pop("kinds"))
    first = instant(settings.pop("first", None), "--from")
    last = instant(settings.pop("last", None), "--to")
    if first is not None and last is not None and first > last:
        raise MisuseError("`--from` is later than `--to`: exchange them")
    return Wanted(kinds, first, last, settings.pop("verdict"), settings.pop("service"))


def latest(log: Log, which: Wanted, limit: int) -> tuple[list[Recorded], bool]:
    """The last entries that are wanted, in order, at most so many; whether there are more before them.

    Raises:
        AuditError: ``log-damaged``.
    """
    start, stop = span(log, which)
    kind = next(iter(which.kinds)) if len(which.kinds) == 1 else None
    found: list[Recorded] = []
    page = _PAGE
    # From the end: a log may be long, and mostly the last entries are wanted.
    while stop > start and len(found) <= limit:
        begin = max(start, stop - page)
        found = [*filter(which.fits, log.entries(begin, stop, kind=kind)), *found]
        stop, page = begin, min(page * 2, 1 << 16)
    return found[-limit:], len(found) > limit


def span(log: Log, which: Wanted) -> tuple[int, int]:
    """Where the entries of the times that are wanted begin and end."""
    first = 0 if which.first is None else min(max(which.first, 0), MAX_TIME)
    last = MAX_TIME if which.last is None else min(which.last, MAX_TIME)
    return (0, 0) if last < 0 else log.span(first, last)


def service_of(entry: Recorded) -> object:
    """The service that an entry is about, None if it is about none."""
    selected = entry.details.get("selected")
    return (
        selected.get("service") if isinstance(selected, Mapping) else entry.details.get("service")
    )


def entry_json(entry: Recorded) -> dict[str, object]:
    """An entry as the commands print it."""
    return {
        "index": entry.index,
        "time": format_timestamp(entry.time),
        "kind": str(entry.kind),
        "digests": dict(entry.digests),
        "details": dict(entry.details),
    }


def lines(entries: list[Recorded], size: int) -> Iterator[str]:
    """A line for each entry, in columns, as wide as there is room."""
    room, digits = streams.width(), len(f"{size:,}")
    bold, dim, plain = (
        ("\x1b[1m", "\x1b[2m", "\x1b[0m") if streams.coloured(sys.stdout) else ("",) * 3
    )
    for entry in entries:
        head = f"{entry.index:>{digits},}"
        time, kind = format_timestamp(entry.time // 1_000_000 * 1_000_000), f"{entry.kind:<10}"
        text = one_line(said(entry), max(20, room - digits - len(time) - len(kind) - 6))
        tone = _TONES.get(str(entry.details.get("verdict")), "") if bold else ""
        yield f"{bold}{head}{plain}  {dim}{time}{plain}  {kind}  {tone}{text}{plain if tone else ''}"


def said(entry: Recorded) -> str:
    """What an entry records, in a few words; whatever it holds is shown and never obeyed."""
    details = entry.details
    service = f"{details.get('service')} {details.get('version')}"
    match entry.kind:
        case Kind.DECISION:
            text = outcome(details)
        case Kind.EXECUTION:
            text = f"{details.get('outcome')}: {service}, attempts {details.get('attempts')}"
        case Kind.VIOLATION:
            text = f"{details.get('metric')} of {service}"
        case Kind.EVALUATION:
            text = f"{details.get('verdict')}: {details.get('question')}"
        case Kind.DISCOVERY:
            text = f"{details.get('found')} found"
        case Kind.REGISTRY:
            text = _changes(details)
        case Kind.ERASURE:
            places = details.get("entries")
            listed = ", ".join(map(str, places)) if isinstance(places, list) else "unknown"
            text = f"of entries {listed}: {details.get('reason')}"
        case _:
            text = _key(details)
    return safe(text)


def outcome(details: Mapping[str, object]) -> str:
    """The verdict of a decision, and what it selected."""
    verdict = str(details.get("verdict")).replace("_", " ")
    selected = details.get("selected")
    if not isinstance(selected, Mapping):
        return verdict
    control = selected.get("control")
    under = f" under {control}" if control not in (None, "", "none") else ""
    return f"{verdict} → {selected.get('service')} {selected.get('version')}{under}"


def _key(details: Mapping[str, object]) -> str:
    """The third line of the note: what becomes of which key."""
    words = [*str(details.get("note")).split("\n"), "", "", ""][2].split(" ")
    ids = [key.split("+")[1] if key.count("+") >= 2 else key for key in words[1:]]
    return " ".join([words[0], *ids])


def _changes(details: Mapping[str, object]) -> str:
    parts = []
    for name in ("added", "changed", "removed"):
        names = details.get(name)
        if isinstance(names, list) and names:
            parts.append(f"{name} {count(len(names), 'service')}")
    return ", ".join(parts) or "nothing changed"
