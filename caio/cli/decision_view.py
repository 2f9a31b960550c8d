"""The report of a decision on the screen: the verdict first, then why, then what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from caio.cli.decision_basis import Basis, measured, proved, rests_on
from caio.cli.report import Refusal, Report, Row
from caio.cli.text import count, one_line, safe
from caio.cli.values import decimal
from caio.ir import documents as d

_STYLES: Final = {
    "admitted": "green",
    "routed": "bold green",
    "refuted": "red",
    "not_routable": "bold red",
    "unknown": "yellow",
    "not_examined": "dim",
}
_HEAD, _TAIL, _AFTER = 6, 2, 3
_MOST_REASONS: Final = 8
_MOST_VALUES: Final = 6
"""How much of a counterexample is shown: what it takes to see the point."""
_NAME_WIDTH: Final = 40
_LEAST_NOTE: Final = 16


def view(report: Report, basis: Basis) -> list[RenderableType]:
    """The report in parts, to be printed one below the other."""
    parts: list[RenderableType] = [_headline(report)]
    if report.terms:
        parts.append(_section("Why this one", _score(report)))
    same = f" of version {report.rows[0].version}" if _same_version(report) else ""
    title = f"Ranking{same}"
    parts.append(_section(title, _ranking(report, basis)))
    if report.refusals:
        parts.append(_section(_refusal_title(report), _refusals(report, basis)))
    if report.winner is not None:
        parts.append(_section("What is proved of it", proved(report)))
    fields = measured(report)
    if fields is not None:
        parts.append(_section("What was measured", fields))
    parts.append(_section("What it rests on", rests_on(report, basis)))
    return parts


def _section(title: str, body: RenderableType) -> Group:
    return Group(Text(), Text(title, style="bold"), Padding(body, (0, 0, 0, 2), expand=False))


def _headline(report: Report) -> Group:
    verdict = report.body["verdict"]
    name = safe(report.question.request.name)
    line = Text(verdict.replace("_", " "), style=_STYLES.get(verdict, "bold"))
    line.append("  ")
    if report.winner is not None:
        line.append(f"{name} → ", style="bold")
        line.append(safe(report.winner.service), style="bold green")
        line.append(f" {report.winner.version}", style="green")
        if report.controlled:
            line.append(f" under {safe(report.winner.control)}", style="green")
    else:
        line.append(name, style="bold")
    return Group(line, Text(_sentence(report), style="dim"))


def _sentence(report: Report) -> str:
    refuted, unknown = report.tallies.get("refuted", 0), report.tallies.get("unknown", 0)
    total = len(report.rows)
    if report.winner is None and report.body["verdict"] == "not_routable":
        whom = "the only candidate is" if total == 1 else f"each of the {total:,} candidates is"
        return f"Nobody can take it: {whom} refuted by a counterexample."
    if report.winner is None:
        return f"{count(unknown, 'candidate')} could not be decided within the budget; this fails closed."
    if report.body["optimality"] != "established":
        return (
            f"It is proved to satisfy everything; that it is the best is not proved, for"
            f" {count(unknown, 'candidate')} above it could not be decided."
        )
    if total == 1:
        return "It is proved to satisfy everything, and it is the only candidate."
    if refuted == 0:
        return f"It is proved to satisfy everything, and of {count(total, 'candidate')} none ranks higher."
    above = {1: "the one candidate", 2: "both candidates"}.get(
        refuted, f"all {refuted:,} candidates"
    )
    return (
        f"It is proved to satisfy everything, and {above} ranked above it"
        f" {'is' if refuted == 1 else 'are'} refuted (of {total:,})."
    )


def _score(report: Report) -> Group:
    winner, following = report.winner, report.following
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column("term")
    for title in ("value", "weight", "points"):
        table.add_column(title, justify="right")
    if following is not None:
        table.add_column("next", justify="right", style="dim")
        table.add_column("lead", justify="right")
    for term in report.terms:
        cells = [term.name, decimal(term.value), decimal(term.weight), f"{term.points:,}"]
        if term.next_points is not None:
            cells += [f"{term.next_points:,}", _signed(term.points - term.next_points)]
        table.add_row(*cells, style="dim" if term.points == 0 and not term.next_points else "")
    if winner is None:
        return Group(table)
    total: list[RenderableType] = [
        Text("score", style="bold"),
        "",
        "",
        Text(f"{winner.score:,}", style="bold"),
    ]
    if following is None:
        table.add_row(*total)
        return Group(table, Text("There is no other candidate after it.", style="dim"))
    total += [Text(f"{following.score:,}"), Text(_signed(winner.score - following.score))]
    table.add_row(*total)
    state = "not examined" if following.verdict == "not_examined" else following.verdict
    rival = Text("next in the ranking: ", style="dim")
    under = f" under {safe(following.control)}" if report.controlled else ""
    rival.append(f"{safe(following.service)} {following.version}{under}")
    rival.append(f" ({state.replace('_', ' ')})", style="dim")
    if winner.score == following.score:
        rival.append(", equal in score: the name decides", style="dim")
    return Group(table, rival)


def _signed(number: int) -> str:
    return f"{number:+,}" if number else "0"


def _ranking(report: Report, basis: Basis) -> Table:
    rows = list(_chosen(report, everything=basis.everything))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("#", justify="right", style="dim", no_wrap=True)
    gaps = [row for row in rows if isinstance(row, str)]
    widest = max(map(len, gaps), default=0)
    table.add_column("service", overflow="fold", min_width=widest, max_width=_NAME_WIDTH)
    if not _same_version(report):
        table.add_column("version", style="dim", no_wrap=True)
    if report.controlled:
        table.add_column("control", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    room = basis.width - _columns([row for row in rows if isinstance(row, Row)], widest)
    # Without notes there is no column for them: rich gives an empty one a blank that it takes from the names.
    noted = room >= _LEAST_NOTE and any(isinstance(row, Row) and row.note for row in rows)
    if noted:
        table.add_column("", style="dim", no_wrap=True)
    for row in rows:
        if isinstance(row, str):
            table.add_row("", Text(row, style="dim"))
            continue
        won = row is report.winner
        style = "bold green" if won else "dim" if row.verdict == "not_examined" else ""
        table.add_row(
            f"{row.rank:,}",
            Text(safe(row.service), style=style),
            *([] if _same_version(report) else [row.version]),
            *([Text(safe(row.control), style=style)] if report.controlled else []),
            Text(f"{row.score:,}", style=style),
            Text(
                "selected" if won else row.verdict.replace("_", " "),
                style="bold green" if won else _STYLES.get(row.verdict, ""),
            ),
            *([_note(row, room)] if noted else []),
        )
    return table


def _same_version(report: Report) -> bool:
    return len({row.version for row in report.rows}) == 1


def _columns(rows: list[Row], least: int) -> int:
    """How wide the ranking is without its notes: its indent, its cells, and two blanks after each."""
    widths = [
        max(least, min(_NAME_WIDTH, max((len(safe(row.service)) for row in rows), default=0))),
        max((len(row.version) for row in rows), default=0)
        if len({row.version for row in rows}) > 1
        else 0,
        max((len(safe(row.control)) for row in rows), default=0)
        if any(row.control != d.NO_CONTROL for row in rows)
        else 0,
        max((len(f"{row.score:,}") for row in rows), default=0),
        max((len(f"{row.rank:,}") for row in rows), default=0),
        max((len(row.verdict) for row in rows), default=0),
    ]
    return 2 + sum(max(width, 7) + 2 for width in widths if width)


def _note(row: Row, room: int) -> str:
    """The first reason, cut to the room there is, and how many there are besides."""
    more = f" (+{row.more})" if row.more else ""
    if not row.note:
        return ""
    return one_line(row.note, room - len(more)) + more


def _chosen(report: Report, *, everything: bool) -> Iterator[Row | str]:
    """The rows that are shown, with a line of words in place of those that are not."""
    rows = report.rows
    if everything or len(rows) <= _HEAD + _TAIL + _AFTER + 2:
        yield from rows
        return
    last = report.winner.rank if report.winner is not None else report.examined
    if last <= _HEAD + _TAIL + 1:
        yield from rows[:last]
    else:
        yield from rows[:_HEAD]
        hidden = rows[_HEAD : last - _TAIL]
        yield f"… {_tally(hidden)}"
        yield from rows[last - _TAIL : last]
    rest = rows[last : last + _AFTER]
    yield from rest
    if last + len(rest) < len(rows):
        yield f"… {_tally(rows[last + len(rest) :])}"


def _tally(rows: tuple[Row, ...]) -> str:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.verdict] = counts.get(row.verdict, 0) + 1
    return ", ".join(f"{number:,} more {name.replace('_', ' ')}" for name, number in counts.items())


def _refusal_title(report: Report) -> str:
    refuted = report.tallies.get("refuted", 0)
    return f"Why {count(refuted, 'candidate')} {'was' if refuted == 1 else 'were'} refused"


def _refusals(report: Report, basis: Basis) -> Group:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True, style="red")
    table.add_column(overflow="fold")
    shown = report.refusals if basis.everything else report.refusals[:_MOST_REASONS]
    for refusal in shown:
        table.add_row(f"{refusal.count:,}", _reason(refusal))
    left = len(report.refusals) - len(shown)
    if not left:
        return Group(table)
    return Group(table, Text(f"… and {count(left, 'more reason')}: see --all", style="dim"))


def _reason(refusal: Refusal) -> Text:
    reason, clause = refusal.reason, refusal.clause
    text = Text(reason.sentence)
    if refusal.alone > 0 and refusal.count > 1:
        which = "for all" if refusal.alone == refusal.count else f"for {refusal.alone:,}"
        text.append(f", {which} the only reason", style="dim")
    source = ": ".join(filter(None, (clause.place, _own_words(refusal))))
    if source:
        text.append(f"\n{source}", style="dim")
    example = refusal.example
    if example.values or example.words:
        text.append(f"\ne.g. {example.text(_MOST_VALUES)}", style="dim")
    return text


def _own_words(refusal: Refusal) -> str:
    """The clause and whose it is, as far as the sentence has not said as much."""
    clause, reason = refusal.clause, refusal.reason
    whose = "" if reason.whose in reason.sentence else reason.whose
    if clause.text is None or clause.text in reason.sentence:
        return whose
    return f"{whose}: {clause.text}" if whose else clause.text


def per_cent(part: int, whole: int) -> str:
    """``0.4 %``, for shares of a budget."""
    return f"{decimal(Fraction(round(1000 * part / whole), 10))} %" if whole else "0 %"
