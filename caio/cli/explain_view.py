"""An explanation on the screen: what to change first, then why, then what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from caio.analysis.explain.clauses import Holder
from caio.analysis.explain.explanation import Explanation, Offer
from caio.analysis.explain.grouping import Reason
from caio.analysis.explain.margin import Margin
from caio.analysis.explain.standings import Standing
from caio.analysis.explain.study import Failing, Proven, Study
from caio.cli.explain_words import Words
from caio.cli.reasons import Reasons
from caio.cli.text import count, listing, safe
from caio.cli.values import decimal

Counterexample = dict[tuple[str, tuple[str | int, ...]], str]
"""A call that shows a refusal, by service and obligation."""

_STYLES: Final = {
    "admitted": "bold green",
    "routed": "bold green",
    "refuted": "bold red",
    "not_routable": "bold red",
    "unknown": "bold yellow",
}
_MOST_REASONS: Final = 8
_MOST_ADMITTED: Final = 3
_HOLDERS: Final = {
    Holder.CALLER: "The request's own clauses",
    Holder.OPERATOR: "The operator's: nothing in a request changes them",
    Holder.IDENTITY: "What is known of the caller: only authentication changes it",
    Holder.SERVICE: "The service's own",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What is shown, and with which words.

    Attributes:
        reasons: puts obligations into words and finds their lines.
        words: puts changes into words.
        examples: calls that show refusals.
        everything: whether nothing is left out.
        checked: what the checker said.
    """

    reasons: Reasons
    words: Words
    examples: Counterexample
    everything: bool
    checked: str


def view(explanation: Explanation, setting: Setting) -> list[RenderableType]:
    """The explanation in parts, to be printed one below the other."""
    if explanation.service is not None:
        return _of_service(explanation, explanation.service, setting)
    parts: list[RenderableType] = [_headline(explanation)]
    if explanation.relaxations is not None:
        parts.append(_section("What to change", _offers(explanation, setting)))
    if explanation.margin is not None:
        parts.append(_section("Why this one", _margin(explanation.margin)))
    refused = len(explanation.refused)
    if refused:
        title = f"Why {count(refused, 'candidate')} {'is' if refused == 1 else 'are'} refused"
        parts.append(_section(title, _reasons(explanation, setting)))
    parts.append(_section("What it rests on", _rests_on(explanation, setting)))
    return parts


def _section(title: str, body: RenderableType) -> Group:
    return Group(Text(), Text(title, style="bold"), Padding(body, (0, 0, 0, 2), expand=False))


def _headline(explanation: Explanation) -> Group:
    verdict = str(explanation.accepted.body["verdict"])
    line = Text(verdict.replace("_", " "), style=_STYLES.get(verdict, "bold"))
    line.append(f"  {safe(explanation.accepted.question.request.name)}", style="bold")
    if explanation.winner is not None:
        line.append(" → ", style="bold")
        line.append_text(_named(explanation.winner))
    return Group(line, Text(_sentence(explanation), style="dim"))


def _sentence(explanation: Explanation) -> str:
    total, refused = len(explanation.standings), len(explanation.refused)
    if explanation.winner is not None:
        above = explanation.winner.rank - 1
        if total == 1:
            return "It satisfies everything, and it is the only candidate."
        lead = explanation.margin.lead if explanation.margin is not None else None
        ahead = "" if lead is None else f", {lead:,} points ahead of the next"
        return f"It satisfies everything and is number {above + 1:,} of {total:,} in the ranking{ahead}."
    if explanation.accepted.body["verdict"] == "unknown":
        return "Not everything could be decided within the budget: what is unknown is no reason for anything."
    return f"Nobody can take it: {'the only candidate is' if total == 1 else f'all {refused:,} candidates are'} refuted."


def _named(standing: Standing) -> Text:
    service = standing.contract.service
    text = Text(safe(service.name), style="bold")
    text.append(f" {safe(service.version)}", style="not bold")
    return text


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
    if sought is not None and sought.eligible == 0:
        return "No change of the request alone would help: every service is kept out by more than the request."
    return "No change of the request was found that admits a service."


def _offer(offer: Offer, setting: Setting) -> Text:
    text = Text()
    for number, proven in enumerate(offer.mended.proven):
        if number:
            text.append("\n")
        text.append_text(_change(proven, setting))
    names = [
        f"{safe(standing.contract.service.name)} {safe(standing.contract.service.version)}"
        for standing, _ in offer.admits
    ]
    more = len(names) - _MOST_ADMITTED
    shown = (
        names if setting.everything or more <= 0 else [*names[:_MOST_ADMITTED], f"{more:,} more"]
    )
    text.append(f"\nadmits {listing(shown)}", style="green")
    return text


def _change(proven: Proven, setting: Setting) -> Text:
    new, old = setting.words.change(proven.change)
    text = Text(new, style="bold")
    if old:
        text.append(f" {old}" if old.startswith("instead") else f" ({old})", style="not bold dim")
    return text


# --- why this one ---------------------------------------------------------------------------------


def _margin(margin: Margin) -> Group:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column("term")
    for title in ("weight", "points"):
        table.add_column(title, justify="right")
    rival = margin.behind
    if rival is not None:
        table.add_column("other", justify="right", style="dim")
        table.add_column("lead", justify="right")
    for term in margin.terms:
        decided = term.name == margin.decisive
        cells = [term.name, decimal(term.weight), f"{term.points:,}"]
        if term.rival is not None and term.lead is not None:
            cells += [f"{term.rival:,}", _signed(term.lead)]
        table.add_row(*cells, style="bold" if decided else "")
    total = ["score", "", f"{margin.ahead.score:,}"]
    if rival is not None and margin.lead is not None:
        total += [f"{rival.score:,}", _signed(margin.lead)]
    table.add_row(*total, style="bold")
    if rival is None:
        return Group(table, Text("No other candidate comes after it.", style="dim"))
    line = Text("the other: ", style="dim")
    line.append_text(_named(rival))
    line.append(f", {rival.verdict.replace('_', ' ')}", style="dim")
    line.append(f"; {_decisive(margin)}")
    return Group(table, line)


def _decisive(margin: Margin) -> str:
    if margin.lead == 0:
        return "the scores are equal, and the name decides"
    if margin.decisive is None:
        return "no single term decides"
    return f"{margin.decisive} decides most"


def _signed(number: int) -> str:
    return f"{number:+,}" if number else "0"


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
    if reason.alone:
        notes.append(
            "the only reason" + ("" if reason.alone == reason.count else f" for {reason.alone:,}")
        )
    if reason.silent:
        whom = "all of them" if reason.silent == reason.count else f"{reason.silent:,}"
        notes.append(f"{whom} state nothing about it")
    if notes:
        text.append(f"; {', '.join(notes)}", style="dim")
    _append_clause(text, reason, setting)
    return text


def _append_clause(
    text: Text, reason: Reason | Failing, setting: Setting, *, standing: Standing | None = None
) -> None:
    """The source line of a clause, and a call that shows the refusal."""
    example = reason.example if isinstance(reason, Reason) else standing
    if example is None:
        return
    said = setting.reasons.of(reason.key, example.contract)
    clause = setting.reasons.clause(said)
    own = "" if clause.text is None or clause.text in said.sentence else clause.text
    whose = "" if said.whose in said.sentence else said.whose
    words = f"{whose}: {own}" if own and whose else own or whose
    source = ": ".join(filter(None, (clause.place, words)))
    if source:
        text.append(f"\n{source}", style="dim")
    name = example.contract.service.name
    shown = setting.examples.get((name, reason.key))
    if isinstance(reason, Reason):
        text.append(f"\ne.g. {safe(name)}" + (f" where {shown}" if shown else ""), style="dim")
    elif shown:
        text.append(f"\ne.g. where {shown}", style="dim")


# --- one service ----------------------------------------------------------------------------------


def _of_service(
    explanation: Explanation, standing: Standing, setting: Setting
) -> list[RenderableType]:
    line = Text(standing.verdict, style=_STYLES.get(standing.verdict, "bold"))
    line.append(f"  {safe(explanation.accepted.question.request.name)} → ", style="bold")
    line.append_text(_named(standing))
    parts: list[RenderableType] = [
        Group(line, Text(_standing_sentence(explanation, standing), style="dim"))
    ]
    study = explanation.study
    if study is not None and study.mended is not None:
        parts.append(_section("What to change", _mended(study, setting)))
    if study is not None:
        title = f"Why not: {count(len(study.failing), 'obligation')} {'fails' if len(study.failing) == 1 else 'fail'}"
        parts.append(_section(title, _failing(study, setting)))
    if standing.undecided:
        kinds = listing([" ".join(map(str, key)) for key in standing.undecided])
        parts.append(_section("Undecided within the budget", Text(safe(kinds), style="yellow")))
    if explanation.margin is not None:
        won = explanation.winner is not None and explanation.winner.rank == standing.rank
        ahead = explanation.margin.ahead
        title = (
            "Why this one" if won else f"By score, {safe(ahead.contract.service.name)} comes first"
        )
        parts.append(_section(title, _margin(explanation.margin)))
    parts.append(_section("What it rests on", _rests_on(explanation, setting)))
    return parts


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
    parts: list[RenderableType] = [_change(one, setting) for one in mended.proven]
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
        _append_clause(text, one, setting, standing=study.standing)
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
            text += f": {words.bound(least, one.key)[0]} fails as well, and the range ends there"
        yield Text(text, style="yellow")
        return
    new, old = words.bound(least, one.key)
    line = Text("least: ", style="green")
    line.append(new, style="bold green")
    if old:
        line.append(f" {old}", style="dim")
    if least.refuted is not None:
        line.append(f"; at {words.amount(dial, least.refuted)} it still fails", style="dim")
    yield line


# --- what it rests on -----------------------------------------------------------------------------


def _rests_on(explanation: Explanation, setting: Setting) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    body = explanation.accepted.body
    table.add_row("time", str(body["at"]))
    table.add_row(
        "landscape",
        f"{count(len(explanation.standings), 'service')}, complete relative to {str(body['landscape'])[:19]}…",
    )
    steps = dict.fromkeys(_steps(explanation, setting.words))
    if steps:
        table.add_row("resolution", f"bounds are least in steps of {listing(list(steps))}")
    table.add_row("evidence", count(len(explanation.evidence), "certificate"))
    table.add_row("checked", setting.checked)
    return table


def _steps(explanation: Explanation, words: Words) -> Iterable[str]:
    """The steps of all bounds that are shown, by quantity."""
    changes = [p.change.least for offer in explanation.offers for p in offer.mended.proven]
    study = explanation.study
    if study is not None:
        changes += [one.least for one in study.failing]
    for least in changes:
        if least is not None:
            yield f"{words.step(least.dial)} ({safe(least.dial.subject.removeprefix('metric.'))})"
