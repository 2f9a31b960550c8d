"""What a decision rests on, on the screen: named proofs, measured fields, then time, policy, facts and evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from caio.cli.report import Report
from caio.cli.text import count, listing, safe
from caio.cli.values import decimal, quantity, read
from caio.fields.judging import judgements
from caio.ir import documents as d
from caio.obligations.candidate import Key

_STEPS: Final = {
    "contract_matching": "contract",
    "rule_satisfaction": "rules",
    "security": "security",
    "trait_constraints": "traits",
    "availability": "availability",
}
_PARTS: Final = {
    "non_empty": "a call exists",
    "coherent": "coherence",
    "capability": "needs",
    "assumption": "assumptions",
    "requirement": "bounds",
    "cost_disjoint": "prices",
    "available": "limits",
}
"""What an obligation of a kind is about, where the kind's name does not say it."""
_NAMED: Final = ("rule", "invariant", "safety", "policy", "traits")
_MOST_NAMES: Final = 3
_VERDICTS: Final = {"holds": "green", "broken": "red", "unknown": "yellow"}


@dataclass(frozen=True, slots=True)
class Basis:
    """What is known of a decision beyond its own text.

    Attributes:
        now: whether the time is that of the clock, because none was given.
        checked: what the checker said, or None where it was not asked.
        everything: whether to show every candidate and every reason.
        width: the columns there are.
        payload: what was found in the payload of the call, if there was one to look at.
    """

    now: bool = False
    checked: str | None = None
    everything: bool = False
    width: int = 100
    payload: str | None = None


# --- the named proofs -----------------------------------------------------------------------------


def proved(report: Report) -> Table:
    """The six named proofs (Eq. 1.7): the property, and what it rests on."""
    table = _plain()
    keys = list(report.obligation_keys)
    for proof in report.body["proofs"]:
        name = str(proof["property"])
        text = Text(_rests(report, proof, keys))
        if not proof["valid"]:
            text = Text(f"not shown: {text}", style="yellow")
        table.add_row(safe(name.replace("_", " ")), text)
    return table


def _rests(report: Report, proof: Mapping[str, Any], keys: list[Key]) -> str:
    if proof["property"] == "optimization":
        return _best(report)
    mine = [keys[place] for place in proof["evidence"]]
    if proof["property"] == "guarantees":
        return _guaranteed(report, mine)
    if not mine:
        return "nothing is asked of it"
    parts = list(dict.fromkeys(_part(key) for key in mine if key[0] not in _NAMED))
    parts += _by_name(mine)
    return f"{count(len(mine), 'proof')}: {', '.join(parts)}"


def _part(key: Key) -> str:
    return _PARTS.get(str(key[0]), str(key[0]))


def _by_name(keys: list[Key]) -> Iterator[str]:
    """Rules, invariants and constraints by their names, as long as there are few of them."""
    for kind in _NAMED:
        names = list(dict.fromkeys(f"`{safe(str(key[1]))}`" for key in keys if key[0] == kind))
        what = kind if kind in ("rule", "invariant") else "constraint"
        if len(names) > _MOST_NAMES:
            yield count(len(names), what)
        elif names:
            yield f"{what}{'s' if len(names) > 1 else ''} {listing(names)}"


def _best(report: Report) -> str:
    above = report.winner.rank - 1 if report.winner is not None else 0
    if above == 0:
        return "nobody is ranked above it"
    unknown = report.tallies.get("unknown", 0)
    if unknown:
        return (
            f"{unknown:,} of the {count(above, 'candidate')} ranked above it could not be decided"
        )
    whom = "the one candidate" if above == 1 else f"each of the {above:,} candidates"
    return f"a counterexample for {whom} ranked above it"


def _guaranteed(report: Report, keys: list[Key]) -> str:
    vocabulary, request = report.question.vocabulary, report.question.request
    said = []
    for promise in report.body["guarantees"]:
        metric = vocabulary.metric(str(promise["metric"]))
        lower = metric.better == "lower"
        bound = Fraction(promise["upper" if lower else "lower"])
        relation = "<=" if lower else ">="
        said.append(f"{safe(metric.name)} {relation} {quantity(bound, metric.dimension)}")
    if request.budget is not None and vocabulary.cost is not None:
        said.append(f"cost <= {quantity(request.budget, vocabulary.cost.dimension)}")
    if request.deadline is not None:
        said.append(f"an answer within {quantity(request.deadline, 'time')}")
    if not keys:
        return "nothing is asked of it"
    return f"{count(len(keys), 'proof')}: {', '.join(said) or 'bounds'}"


# --- measured fields ------------------------------------------------------------------------------


def measured(report: Report) -> RenderableType | None:
    """The intervals of measured fields, and what they say of the invariants; None where nothing was measured."""
    question = report.question
    document = question.measurements
    if document is None:
        return None
    judged = {one.field: one for one in judgements(question.vocabulary, document)}
    intervals = dict(document.intervals)
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for title in ("field", "interval", "invariant", "says"):
        table.add_column(title, no_wrap=title != "interval")
    for field in question.vocabulary.measured:
        interval, one = intervals.get(field.name), judged.get(field.name)
        if interval is None and one is None:
            continue
        cells: list[RenderableType] = [safe(field.name), _interval(field, interval, question)]
        if one is not None:
            bound = f"{one.invariant.relation.value} {_bound(one.invariant.bound)}"
            verdict = one.verdict.value
            cells += [f"{one.invariant.name} {bound}", Text(verdict, style=_VERDICTS[verdict])]
        table.add_row(*cells)
    if not table.row_count:
        return None
    note = f"measurements {safe(document.name)}: recorded, and nothing that a proof shows"
    return Group(table, Text(note, style="dim"))


def _interval(
    field: d.Field, interval: tuple[Fraction, Fraction] | None, question: Any
) -> RenderableType:
    if interval is None:
        return Text("not measured", style="yellow")
    low, high = (read(question.vocabulary, f"measured.{field.name}", end) for end in interval)
    return low if low == high else f"{low} .. {high}"


def _bound(bound: Fraction) -> str:
    """A threshold: the decimal where it is one, else the fraction."""
    text = decimal(bound)
    return str(bound) if text.startswith("≈") else text


# --- everything else ------------------------------------------------------------------------------


def rests_on(report: Report, basis: Basis) -> Table:
    """Time, policy, facts, landscape, steps, evidence and what the checker said."""
    question, body = report.question, report.body
    table = _plain()
    table.add_row("time", body["at"] + (" (now; recorded in the decision)" if basis.now else ""))
    table.add_row("policy", _policy(report))
    if report.controlled:
        table.add_row("control", _control(report))
    table.add_row("facts", _facts(report))
    if basis.payload is not None:
        table.add_row("payload", safe(basis.payload))
    services = count(len({row.service for row in report.rows}), "service")
    if report.controlled:
        controls = count(len(question.profile.controls), "control")
        services += f" under {controls}"
    table.add_row("landscape", f"{services}, complete relative to {body['landscape'][:19]}…")
    table.add_row("steps", _steps(report))
    evidence = body["evidence"]
    proofs, witnesses = len(evidence["proofs"]), len(evidence["witnesses"])
    table.add_row(
        "evidence",
        f"{count(report.obligations, 'obligation')} decided by {count(proofs, 'proof')}"
        f" and {count(witnesses, 'witness', 'witnesses')}",
    )
    if basis.checked is None:
        table.add_row("checked", Text("not checked here: see caio verify", style="yellow"))
    else:
        table.add_row("checked", basis.checked)
    table.add_row("digest", Text(body["decision_digest"], style="dim"))
    return table


def _plain() -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _policy(report: Report) -> str:
    question = report.question
    parts = [
        count(sum(rule.invariant is kind for rule in question.policy), noun)
        for kind, noun in ((False, "rule"), (True, "invariant"))
    ]
    if question.constraints:
        subjects = Counter(one.of for one in question.constraints)
        named = ", ".join(f"{number} of {of}" for of, number in subjects.items())
        parts.append(f"{count(len(question.constraints), 'constraint')} ({named})")
    objective = " (Eq. 1.1)" if question.profile.objective == "eq1.1" else ""
    return f"{', '.join(parts)}; profile {safe(question.profile.name)}{objective}"


def _control(report: Report) -> str:
    """The control of the winner with its gains; of a decision without a winner, those there are."""
    profile = report.question.profile
    names = listing([safe(control.name) for control in profile.controls])
    won = report.winner
    chosen = next((c for c in profile.controls if won is not None and c.name == won.control), None)
    if chosen is None:
        return f"one of {names}"
    gains = f"excitation {decimal(chosen.excitation)}, damping {decimal(chosen.damping)}"
    return f"{safe(chosen.name)}: {gains}; chosen among {names}"


def _steps(report: Report) -> str:
    """How many candidates pass each filter step; constraints on traits are one only where there are any."""
    asked = any(one.of == "traits" for one in report.question.constraints)
    passed = " → ".join(
        f"{_STEPS.get(name, name)} {number:,}"
        for name, number in report.body["steps"]
        if asked or name != "trait_constraints"
    )
    return f"of {count(report.examined, 'candidate')} examined passed: {passed}"


def _facts(report: Report) -> Text:
    facts = report.question.facts
    if facts is None:
        return Text("none: nothing is known of the caller, no permission is held")
    text = Text(f"{safe(facts.name)}: ")
    attestation = report.question.attestation
    if attestation is not None:
        text.append(f"attested by {safe(attestation.node)[:19]}…")
    else:
        text.append("asserted, attested by nobody", style="yellow")
    permitted = facts.origin in report.question.profile.limits.facts
    allowed = "permits" if permitted else "does not permit"
    text.append(f" (profile {safe(report.question.profile.name)} {allowed} it)")
    return text
