"""The explanation of one service on the screen: what to change, then every reason with its least bound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from caio.analysis.explain.explanation import Explanation
from caio.analysis.explain.standings import Standing
from caio.analysis.explain.study import Failing, Study
from caio.cli.explain_parts import (
    STYLES,
    Setting,
    append_clause,
    changed,
    margin_table,
    named,
    rests_on,
    section,
)
from caio.cli.text import count, listing, safe

_LABELS: Final = {
    "request": "least",
    "rule": "it would keep",
    "invariant": "it would keep",
    "constraint": "it would keep",
    "facts": "needed",
    "measurements": "needed",
}
"""What a least bound is called: a proposal only where the caller may follow it."""


def view_of_service(
    explanation: Explanation, standing: Standing, setting: Setting
) -> list[RenderableType]:
    """The explanation of one service in parts, to be printed one below the other."""
    line = Text(standing.verdict, style=STYLES.get(standing.verdict, "bold"))
    line.append(f"  {safe(explanation.accepted.question.request.name)} → ", style="bold")
    line.append_text(named(standing))
    parts: list[RenderableType] = [
        Group(line, Text(_standing_sentence(explanation, standing), style="dim"))
    ]
    study = explanation.study
    if study is not None and study.mended is not None:
        parts.append(section("What to change", _mended(study, setting)))
    if study is not None:
        title = f"Why not: {count(len(study.failing), 'obligation')} {'fails' if len(study.failing) == 1 else 'fail'}"
        parts.append(section(title, _failing(study, setting)))
    if standing.undecided:
        kinds = listing([" ".join(map(str, key)) for key in standing.undecided])
        parts.append(section("Undecided within the budget", Text(safe(kinds), style="yellow")))
    if explanation.others:
        parts.append(section(_others_title(explanation), _others(explanation, setting)))
    if explanation.margin is not None:
        won = explanation.winner is not None and explanation.winner.rank == standing.rank
        ahead = explanation.margin.ahead
        title = (
            "Why this one" if won else f"By score, {safe(ahead.contract.service.name)} comes first"
        )
        parts.append(section(title, margin_table(explanation.margin)))
    parts.append(section("What it rests on", rests_on(explanation, setting)))
    return parts


def _others_title(explanation: Explanation) -> str:
    return f"Under {'other controls' if len(explanation.others) > 1 else 'another control'}"


def _others(explanation: Explanation, setting: Setting) -> Table:
    """The same service under its other controls: those that fail for the same reasons on one line."""
    groups: dict[tuple[object, ...], list[Standing]] = {}
    for other in explanation.others:
        groups.setdefault((other.verdict, other.failed), []).append(other)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for those in groups.values():
        names = listing([safe(one.contract.control) for one in those])
        table.add_row(names, _other(explanation, those, setting))
    return table


def _other(explanation: Explanation, those: list[Standing], setting: Setting) -> Text:
    first, ranks = those[0], listing([f"{one.rank:,}" for one in those])
    text = Text(first.verdict, style=STYLES.get(first.verdict, "bold"))
    number = "number" if len(those) == 1 else "numbers"
    text.append(f", {number} {ranks} in the ranking", style="not bold default")
    service = explanation.service
    if service is not None and first.failed and first.failed == service.failed:
        text.append(", for the same reasons", style="not bold default")
        return text
    for key in first.failed:
        said = setting.reasons.of(key, first.contract)
        clause = setting.reasons.clause(said)
        place = "" if clause.place is None else f" ({clause.place})"
        text.append(f"\n{said.sentence}{place}", style="not bold default")
    return text


def _standing_sentence(explanation: Explanation, standing: Standing) -> str:
    place = f"number {standing.rank:,} of {len(explanation.standings):,} in the ranking"
    winner = explanation.winner
    if standing.verdict == "admitted":
        if winner is None:
            return f"It satisfies everything, {place}; who is better could not be decided."
        if winner.rank == standing.rank:
            return f"It is selected: it satisfies everything, {place}, and whoever is above it is refuted."
        lead = winner.score - standing.score
        by = f"by {lead:,} points" if lead else "by its name"
        return (
            f"It satisfies everything, {place}; {safe(winner.contract.service.name)} is ahead {by}."
        )
    if standing.verdict == "unknown":
        return f"It could not be decided within the budget, {place}: that is no reason, and no success."
    where = "" if winner is None else f"; {safe(winner.contract.service.name)} is selected"
    return f"It is refuted, {place}{where}."


def _mended(study: Study, setting: Setting) -> Group:
    mended = study.mended
    if mended is None:
        return Group()
    parts: list[RenderableType] = [changed(one, setting) for one in mended.proven]
    repair = mended.repair
    if repair.impossible:
        kinds = listing(
            list(dict.fromkeys(_kind(key, study, setting) for key in repair.impossible))
        )
        parts.append(Text(f"No change of the request meets this: {kinds}"))
    elif repair.admits:
        parts.append(
            Text("With all of this it is admitted; without any part of it, it is not.", style="dim")
        )
    elif mended.proven:
        parts.append(Text("Then nothing of the request keeps it out any more.", style="dim"))
    if repair.blocked:
        kinds = listing(list(dict.fromkeys(_kind(key, study, setting) for key in repair.blocked)))
        parts.append(
            Text(f"It stays out, for this is not the caller's to change: {kinds}", style="yellow")
        )
    return Group(*parts)


def _kind(key: tuple[str | int, ...], study: Study, setting: Setting) -> str:
    return setting.reasons.of(key, study.standing.contract).sentence


def _failing(study: Study, setting: Setting) -> Group:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="red")
    table.add_column(overflow="fold")
    for one in study.failing:
        said = setting.reasons.of(one.key, study.standing.contract)
        text = Text(said.sentence)
        append_clause(text, one, setting, standing=study.standing)
        for line in _least(one, setting):
            text.append("\n")
            text.append_text(line)
        table.add_row("-", text)
    parts: list[RenderableType] = [table]
    if study.undecided:
        parts.append(Text("Some bounds could not be decided within the budget.", style="yellow"))
    return Group(*parts)


def _least(one: Failing, setting: Setting) -> Iterator[Text]:
    least = one.least
    if least is None:
        return
    words, dial = setting.words, least.dial
    if least.bound is None:
        text = "no bound would do"
        if least.refuted is not None:
            text += f": even {words.bound(least, one.key)[0]} fails, and the range ends there"
        yield Text(text, style="yellow")
        return
    new, old = words.bound(least, one.key)
    line = Text(f"{_LABELS[dial.owner]}: ", style="green")
    line.append(new, style="bold green")
    if old:
        line.append(f" {old}", style="dim")
    if least.refuted is not None:
        line.append(f"; at {words.failing(least, one.key)} it still fails", style="dim")
    yield line
