"""The parts that explanations of a decision and of one service have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from caio.analysis.explain.explanation import Explanation
from caio.analysis.explain.grouping import Reason
from caio.analysis.explain.margin import Margin
from caio.analysis.explain.standings import Standing
from caio.analysis.explain.study import Failing, Proven
from caio.cli.counterexamples import Example
from caio.cli.explain_words import Words
from caio.cli.reasons import Reasons
from caio.cli.text import count, listing, safe
from caio.cli.values import decimal
from caio.ir import documents as d
from caio.obligations.candidate import Key

Counterexamples = dict[tuple[str, str, Key], Example]
"""A call that shows a refusal, by service, control and obligation."""

_MOST_VALUES: Final = 4
"""How much of a call is shown: what it takes to see the point."""


STYLES: Final = {
    "admitted": "bold green",
    "routed": "bold green",
    "refuted": "bold red",
    "not_routable": "bold red",
    "unknown": "bold yellow",
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
        controls: the controls of the profile.
    """

    reasons: Reasons
    words: Words
    examples: Counterexamples
    everything: bool
    checked: str
    controls: tuple[str, ...] = ()


def section(title: str, body: RenderableType) -> Group:
    """A title, and what is under it."""
    return Group(Text(), Text(title, style="bold"), Padding(body, (0, 0, 0, 2), expand=False))


def named(standing: Standing) -> Text:
    """A service and its version."""
    service = standing.contract.service
    text = Text(safe(service.name), style="bold")
    text.append(f" {safe(service.version)}", style="not bold")
    if standing.contract.control != d.NO_CONTROL:
        text.append(f" under {safe(standing.contract.control)}", style="not bold")
    return text


def changed(proven: Proven, setting: Setting) -> Text:
    """A change: what to write, and in place of what."""
    new, old = setting.words.change(proven.change)
    text = Text(new, style="bold")
    if old:
        text.append(f" {old}" if old.startswith("instead") else f" ({old})", style="not bold dim")
    return text


def margin_table(margin: Margin) -> Group:
    """Two candidates term by term, the decisive one in bold."""
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
    line.append_text(named(rival))
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


def append_clause(
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
    contract = example.contract
    shown = setting.examples.get((contract.service.name, contract.control, reason.key))
    if isinstance(reason, Reason):
        call = safe(contract.service.name) if shown is None else shown.text(_MOST_VALUES)
    else:
        call = "" if shown is None else shown.text(_MOST_VALUES, named=False)
    if call:
        text.append(f"\ne.g. {call}", style="dim")


# --- what it rests on -----------------------------------------------------------------------------


def rests_on(explanation: Explanation, setting: Setting) -> Table:
    """Time, landscape, resolution, evidence."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    body = explanation.accepted.body
    table.add_row("time", str(body["at"]))
    table.add_row(
        "landscape",
        f"{_landscape(explanation)}, complete relative to {str(body['landscape'])[:19]}…",
    )
    steps = dict.fromkeys(_steps(explanation, setting.words))
    if steps:
        table.add_row("resolution", f"bounds are least in steps of {listing(list(steps))}")
    table.add_row("evidence", count(len(explanation.evidence), "certificate"))
    table.add_row("checked", setting.checked)
    return table


def _quantity(subject: str) -> str:
    return subject.removeprefix("metric.").removeprefix("measured.")


def _landscape(explanation: Explanation) -> str:
    """How many services there are, and under how many controls each is a candidate."""
    names = {standing.contract.service.name for standing in explanation.standings}
    controls = explanation.accepted.question.profile.controls
    under = f" under {count(len(controls), 'control')}" if controls else ""
    return f"{count(len(names), 'service')}{under}"


def _steps(explanation: Explanation, words: Words) -> Iterable[str]:
    """The steps of all bounds that are shown, by quantity."""
    changes = [p.change.least for offer in explanation.offers for p in offer.mended.proven]
    study = explanation.study
    if study is not None:
        changes += [one.least for one in study.failing]
    for least in changes:
        if least is not None:
            yield f"{words.step(least.dial)} ({safe(_quantity(least.dial.subject))})"
