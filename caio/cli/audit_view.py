"""A recorded decision as a certificate: who, what, why, against whom, proved how, and what the log vouches for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from caio.audit.recorded import Recorded
from caio.base.instants import format_timestamp
from caio.cli.audit_entries import said
from caio.cli.audit_evidence import Behind, Inclusion, late
from caio.cli.text import count, listing, safe
from caio.ir import documents as d
from caio.sema.show import show_document

SKEW: Final = 5 * 60 * 1_000_000
"""Microseconds by which the time that was decided for and that of the entry may differ before it is said."""

_WORDS: Final = {"holds": "ok", "refuted": "refuted", "unknown": "unknown"}
_STYLES: Final = {"ok": "green", "refuted": "red", "none": "dim"}
_UNITS: Final = ((86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s"))


@dataclass(frozen=True, slots=True)
class Found:
    """What was found out of an entry, to be shown.

    Attributes:
        entry: itself.
        origin: of the log.
        inclusion: whether a signed checkpoint covers it.
        behind: what the vault has for a decision; None for an entry of another kind.
        claims: of the checker, just now; None where it had nothing to judge.
        attested: who has attested the decision.
        unattested: why that is not established.
    """

    entry: Recorded
    origin: str
    inclusion: Inclusion
    behind: Behind | None = None
    claims: Sequence[Mapping[str, str]] | None = None
    attested: tuple[str, ...] = ()
    unattested: str | None = None

    @property
    def erased(self) -> tuple[str, ...]:
        """The names of what was erased."""
        return () if self.behind is None else self.behind.erased


def headline(found: Found) -> RenderableType:
    """One line that says what the entry is."""
    entry = found.entry
    line = Text(f"entry {entry.index:,}", style="bold")
    line.append(f"  {entry.kind}  ", style="dim")
    line.append(said(entry), style="bold")
    under = Text(f"{safe(found.origin)}, taken {format_timestamp(entry.time)}", style="dim")
    return Group(line, under)


def who(behind: Behind, facts: d.Facts | None, attestation: d.Attestation | None) -> RenderableType:
    """The caller, and whose word the facts about it are."""
    table = _table()
    caller = behind.value("caller")
    if "caller" in behind.erased:
        table.add_row("caller", _erased(behind, "caller"))
    else:
        table.add_row("caller", safe(str(caller)) if caller is not None else "not stated")
    if facts is not None:
        word = (
            Text(f"{safe(facts.name)}: attested by {safe(attestation.node)}")
            if attestation is not None
            else Text(f"{safe(facts.name)}: asserted, attested by nobody", style="yellow")
        )
        table.add_row("facts", word)
    elif "facts" in behind.erased:
        table.add_row("facts", _erased(behind, "facts"))
    else:
        table.add_row("facts", "none: nothing is known of the caller")
    return section("Who", table)


def asked(request: d.Request, vocabulary: d.Vocabulary) -> RenderableType:
    """The request, in the language."""
    return section("What was asked", Text(safe(show_document(request, vocabulary), lines=True)))


def policies(documents: Iterable[d.Document]) -> RenderableType:
    """The names of what was decided by."""
    table = _table()
    for kind, title in ((d.Vocabulary, "vocabulary"), (d.Rule, "rules"), (d.Profile, "profile")):
        names = sorted({safe(one.name) for one in documents if isinstance(one, kind)})
        if names:
            table.add_row(title, listing(names))
    return section("By which rules", table)


def judged(claims: Sequence[Mapping[str, str]]) -> RenderableType:
    """What the checker, which contains no solver, has said just now."""
    table = _table("")
    for claim in claims:
        word = _WORDS.get(
            claim["status"], "none" if claim["status"] == "none" else "not established"
        )
        table.add_row(Text(word, style=_STYLES.get(word, "yellow")), safe(claim["text"]))
    return section("Proved, checked again just now without a solver", table)


def vouched(found: Found) -> RenderableType:
    """What the log establishes: inclusion, signatures, times, and what was erased."""
    table = _table("")
    entry, inclusion = found.entry, found.inclusion
    if inclusion.size is not None:
        tree = count(inclusion.size, "entry", "entries")
        signers = listing([safe(key) for key in inclusion.keys])
        _row(table, "ok", f"inclusion: in the tree of {tree} that {signers} has signed")
    else:
        _row(table, None, f"inclusion: {safe(str(inclusion.why))}")
    if found.behind is not None:
        if found.claims is not None:
            _row(
                table,
                "ok",
                "evidence: what opens the seals has the digests of the entry, which says what was decided",
            )
        if found.attested:
            signers = listing([safe(key) for key in found.attested])
            _row(table, "ok", f"attestation: {signers} has signed that this was decided")
        else:
            _row(table, None, f"attestation: {safe(str(found.unattested))}")
        _time(table, entry)
    if found.erased:
        once = format_timestamp(_when(found.behind))
        names = listing([f"`{name}`" for name in found.erased])
        word = "inclusion ok, evidence erased" if inclusion.size is not None else "evidence erased"
        table.add_row(Text("erased", style="yellow"), f"{word}: {names}, at {once}")
    return section("In the log", table)


def particulars(entry: Recorded) -> RenderableType:
    """The members of an entry as they are."""
    table = _table()
    for name, value in sorted(entry.details.items()):
        table.add_row(safe(name), safe(_plain(value), lines=True))
    for name, value in sorted(entry.digests.items()):
        table.add_row(safe(name), Text(value, style="dim"))
    return section("What it says", table)


def section(title: str, body: RenderableType) -> Group:
    """A heading, and what stands below it."""
    return Group(Text(), Text(title, style="bold"), Padding(body, (0, 0, 0, 2), expand=False))


def found_json(found: Found) -> dict[str, object]:
    """The same for programs, without the documents."""
    behind, inclusion = found.behind, found.inclusion
    return {
        "inclusion": {
            "established": inclusion.size is not None,
            "size": inclusion.size,
            "keys": list(inclusion.keys),
            "reason": inclusion.why,
        },
        "attestation": None
        if behind is None
        else {
            "established": bool(found.attested),
            "keys": list(found.attested),
            "reason": found.unattested,
        },
        "sealed": None
        if behind is None
        else {
            name: "erased" if kept.item is None else "kept" for name, kept in behind.sealed.items()
        },
        "claims": None if found.claims is None else [dict(claim) for claim in found.claims],
        "late": None if behind is None else late(found.entry),
    }


def _time(table: Table, entry: Recorded) -> None:
    skew = late(entry)
    if skew is None:
        _row(table, None, "time: the entry states none that was decided for")
        return
    text = f"decided for {safe(str(entry.details.get('at')))}, recorded {_span(skew)}"
    if abs(skew) <= SKEW:
        _row(table, "ok", f"time: {text}")
    else:
        _row(table, None, f"time: {text}; what was valid then may not have been valid any more")


def _span(skew: int) -> str:
    left = abs(skew)
    parts = []
    for size, unit in _UNITS:
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number:,} {unit}")
    if not parts:
        return "within a second"
    return f"{' '.join(parts[:2])} {'later' if skew > 0 else 'before it'}"


def _row(table: Table, word: str | None, text: str) -> None:
    shown = word or "not established"
    table.add_row(Text(shown, style=_STYLES.get(shown, "yellow")), text)


def _erased(behind: Behind, name: str) -> Text:
    once = format_timestamp(behind.sealed[name].erased or 0)
    return Text(f"erased at {once}", style="yellow")


def _when(behind: Behind | None) -> int:
    """When the last of it was erased."""
    times = [] if behind is None else [kept.erased or 0 for kept in behind.sealed.values()]
    return max(times, default=0)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(one)}" for name, one in sorted(value.items()))
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return "none" if value is None else str(value).strip()


def _table(style: str = "dim") -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style=style, no_wrap=True)
    table.add_column(overflow="fold")
    return table
