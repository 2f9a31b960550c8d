"""An explanation on the screen: what to change first, then why, then what it rests on."""

from __future__ import annotations

from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from caio.analysis.explain.clauses import Holder
from caio.analysis.explain.explanation import Explanation, Offer
from caio.analysis.explain.grouping import Reason
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
from caio.cli.explain_service import view_of_service
from caio.cli.text import count, listing, safe

_MOST_REASONS: Final = 8
_MOST_ADMITTED: Final = 3
_HOLDERS: Final = {
    Holder.CALLER: "The request's own clauses",
    Holder.OPERATOR: "The operator's, and not the caller's to change",
    Holder.IDENTITY: "What is known of the caller, by authentication alone",
    Holder.SERVICE: "The service's own",
}


def view(explanation: Explanation, setting: Setting) -> list[RenderableType]:
    """The explanation in parts, to be printed one below the other."""
    if explanation.service is not None:
        return view_of_service(explanation, explanation.service, setting)
    parts: list[RenderableType] = [_headline(explanation)]
    if explanation.relaxations is not None:
        parts.append(section("What to change", _offers(explanation, setting)))
    if explanation.margin is not None:
        parts.append(section("Why this one", margin_table(explanation.margin)))
    refused = len(explanation.refused)
    if refused:
        title = f"Why {count(refused, 'candidate')} {'is' if refused == 1 else 'are'} refused"
        parts.append(section(title, _reasons(explanation, setting)))
    parts.append(section("What it rests on", rests_on(explanation, setting)))
    return parts


def _headline(explanation: Explanation) -> Group:
    verdict = str(explanation.accepted.body["verdict"])
    line = Text(verdict.replace("_", " "), style=STYLES.get(verdict, "bold"))
    line.append(f"  {safe(explanation.accepted.question.request.name)}", style="bold")
    if explanation.winner is not None:
        line.append(" → ", style="bold")
        line.append_text(named(explanation.winner))
    return Group(line, Text(_sentence(explanation), style="dim"))


def _sentence(explanation: Explanation) -> str:
    total, refused = len(explanation.standings), len(explanation.refused)
    if explanation.winner is not None:
        above = explanation.winner.rank - 1
        if total == 1:
            return "It satisfies everything, and it is the only candidate."
        lead = explanation.margin.lead if explanation.margin is not None else None
        ahead = "" if lead is None else f", {lead:,} points ahead of the next"
        if lead == 0:
            ahead = ", level with the next and ahead by its name"
        return f"It satisfies everything and is number {above + 1:,} of {total:,} in the ranking{ahead}."
    if explanation.accepted.body["verdict"] == "unknown":
        return "Not everything could be decided within the budget: what is unknown is no reason for anything."
    return f"Nobody can take it: {'the only candidate is' if total == 1 else f'all {refused:,} candidates are'} refuted."


# --- what to change -------------------------------------------------------------------------------


def _offers(explanation: Explanation, setting: Setting) -> Group:
    sought = explanation.relaxations
    parts: list[RenderableType] = []
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True, style="bold green")
    table.add_column(overflow="fold")
    for number, offer in enumerate(explanation.offers, 1):
        table.add_row(str(number), _offer(offer, setting))
    if explanation.offers:
        parts += [
            table,
            Text("Each is proved to suffice; each change is needed, and the least.", style="dim"),
        ]
    else:
        parts.append(Text(_nothing(explanation)))
    if sought is not None and sought.eligible:
        tried = f"tried {sought.tried:,} of the {count(sought.eligible, 'service')} that only the request keeps out"
        if not sought.complete:
            tried += "; there may be others as cheap (see --limit)"
        parts.append(Text(tried, style="dim"))
        if sought.undecided:
            undecided = (
                f"{count(sought.undecided, 'search', 'searches')} ended undecided within the budget"
            )
            parts.append(Text(undecided, style="yellow"))
    return Group(*parts)


def _nothing(explanation: Explanation) -> str:
    sought = explanation.relaxations
    if any(reason.group == ("non_empty",) for reason in explanation.reasons):
        return "The request describes no call at all: what it gives contradicts itself, the facts or what is observed."
    if sought is not None and sought.eligible == 0:
        return "No relaxation of the request helps: something else keeps every service out as well."
    return "No change of the request was found that admits a service."


def _offer(offer: Offer, setting: Setting) -> Text:
    text = Text()
    for number, proven in enumerate(offer.mended.proven):
        if number:
            text.append("\n")
        text.append_text(changed(proven, setting))
    names = [named(standing).plain for standing, _ in offer.admits]
    more = len(names) - _MOST_ADMITTED
    shown = (
        names if setting.everything or more <= 0 else [*names[:_MOST_ADMITTED], f"{more:,} more"]
    )
    if offer.relaxation.implied:
        shown.append(f"{count(offer.relaxation.implied, 'service')} that fail at nothing else")
    text.append(f"\nadmits {listing(shown)}", style="green")
    return text


# --- why not the others ---------------------------------------------------------------------------


def _reasons(explanation: Explanation, setting: Setting) -> Group:
    parts: list[RenderableType] = []
    left = 0
    for holder in Holder:
        mine = [reason for reason in explanation.reasons if reason.holder is holder]
        if not mine:
            continue
        shown = mine if setting.everything else mine[:_MOST_REASONS]
        left += len(mine) - len(shown)
        parts.append(Text(_HOLDERS[holder], style="dim italic"))
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(justify="right", no_wrap=True, style="red")
        table.add_column(overflow="fold")
        for reason in shown:
            table.add_row(f"{reason.count:,}", _reason(reason, setting))
        parts.append(table)
    if left:
        parts.append(Text(f"… and {count(left, 'more reason')}: see --all", style="dim"))
    if any(reason.alone < reason.count for reason in explanation.reasons):
        parts.append(
            Text("A candidate that fails for several reasons is counted at each.", style="dim")
        )
    below = sum(s.verdict == "not_examined" for s in explanation.standings)
    if below and not explanation.wish.everybody:
        text = f"{count(below, 'candidate')} ranked below the winner {'was' if below == 1 else 'were'} not examined: --all does"
        parts.append(Text(text, style="dim"))
    if explanation.unobjected:
        whom = "it, it ranks" if explanation.unobjected == 1 else "them, they rank"
        text = f"{count(explanation.unobjected, 'candidate')} below the winner: nothing refutes {whom} lower"
        parts.append(Text(text, style="dim"))
    return Group(*parts)


def _reason(reason: Reason, setting: Setting) -> Text:
    said = setting.reasons.of(reason.key, reason.example.contract)
    text = Text(said.sentence)
    notes = []
    profile = setting.controls
    if profile:
        notes.append(count(reason.services, "service"))
        if len(reason.controls) < len(profile):
            notes.append(f"under {listing([safe(name) for name in reason.controls])} only")
    if reason.alone:
        notes.append(
            "the only reason" + ("" if reason.alone == reason.count else f" for {reason.alone:,}")
        )
    if reason.silent:
        whom = "all of them" if reason.silent == reason.count else f"{reason.silent:,}"
        notes.append(f"{whom} state nothing about it")
    if notes:
        text.append(f"; {', '.join(notes)}", style="dim")
    append_clause(text, reason, setting)
    return text
