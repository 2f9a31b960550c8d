"""Thresholds at odds with what is declared: comparisons that always or never hold, requirements that nobody or everybody meets.

What requests and classes demand is asked about as a rule that says the same (``implied`` by nothing, ``rules_consistent`` by
itself); a comparison as the condition of a rule (``rule_applicable``). These rules are documents of the certificate alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from caio.analysis.contradictions import consistent
from caio.analysis.lint import rules
from caio.analysis.lint.inquiry import Inquiry
from caio.analysis.lint.topics import Draft, Topic, named
from caio.analysis.sanity import kind_of
from caio.base.diagnostics import Severity
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.obligations.asked import Asked
from caio.obligations.contract import Contract
from caio.obligations.universal import applicable, implied, meetable
from caio.sema.guesses import guess
from caio.sema.show import show_expression
from caio.sema.show_numbers import quantity

_ORDINARY: Final = ("request.", "fact.", "env.")
_ANY_TIME: Final = t.OnTime(t.Relation.GE, Fraction(d.INSTANT_MIN))


def of_requests(inquiry: Inquiry, topic: Topic) -> None:
    """Find what requests and classes demand and everybody, or nobody, could promise."""
    name = document_digest(inquiry.vocabulary)
    project = inquiry.project
    both: list[d.Request | d.Class] = [*project.requests, *project.classes]
    asking = [one for one in both if one.vocabulary == name]
    for one in asking:
        demanded = _demanded(one, inquiry.vocabulary)
        if not demanded:
            continue
        given = [f for f in one.given if set(t.variables_of(f)) <= _known(f)]
        for index, (path, atom) in enumerate(demanded):
            title = named("requirement", document_digest(one), str(index))
            rule = d.Rule(name, title, _all(given), (atom,))
            _of_requirement(inquiry, topic, one, rule, path)
    for one in asking:
        _budget(inquiry.vocabulary, one, topic)


def _known(formula: t.Formula) -> set[str]:
    return {name for name in t.variables_of(formula) if name.startswith(_ORDINARY)}


def _all(parts: Sequence[t.Formula]) -> t.Formula:
    if len(parts) < 2:
        return parts[0] if parts else t.TRUE
    return t.And(tuple(parts))


def _demanded(one: d.Request | d.Class, vocabulary: d.Vocabulary) -> list[tuple[str, t.Atom]]:
    found = [(f"ensure[{i}]", atom) for i, atom in enumerate(one.ensure)]
    metric = next((m for m in vocabulary.metrics if m.role == "latency"), None)
    if one.deadline is not None and metric is not None:
        bound = t.Affine(one.deadline)
        found.append(("deadline", t.OnMetric(metric.name, t.Relation.LE, bound, metric.level)))
    return found


def _of_requirement(
    inquiry: Inquiry, topic: Topic, one: d.Request | d.Class, rule: d.Rule, path: str
) -> None:
    kind = "class" if isinstance(one, d.Class) else "request"
    (atom,) = rule.then
    shown = show_expression(atom, inquiry.vocabulary)
    what = "the deadline" if path == "deadline" else f"`{shown}`"
    place = document_digest(one)
    met = consistent([rule], [], inquiry.meaning)
    kept = implied([], rule, 0, inquiry.meaning)
    posed = [met, kept]
    topic.asked += posed
    topic.more.append(rule)
    if any(answer.holds is None for answer in inquiry.explore(posed)):
        topic.undecided.append(f"whether {what} of {kind} `{one.name}` lies in reach")
    if inquiry.holds(met) is False:
        topic.drafts.append(
            Draft(
                rules.OUT_OF_REACH,
                f"{what} of {kind} `{one.name}` can be promised by nobody: {_range(atom, inquiry.vocabulary)}",
                (one.name,),
                [kind, shown],
                place,
                path,
                shown_by=(met,),
                help=_help(atom, inquiry.vocabulary) or "correct the bound",
            )
        )
    elif inquiry.holds(kept):
        topic.drafts.append(
            Draft(
                rules.BEHIND,
                f"{what} of {kind} `{one.name}` always holds: {_range(atom, inquiry.vocabulary)}",
                (one.name,),
                [kind, shown],
                place,
                path,
                shown_by=(kept,),
                help=_help(atom, inquiry.vocabulary) or "correct the bound, or drop it",
            )
        )


def of_statements(inquiry: Inquiry, topic: Topic) -> None:
    """Find what rules demand of stated numbers and not even the best of the declared values meets."""
    for demand in inquiry.living:
        for index, atom in enumerate(demand.then):
            if isinstance(demand, d.Rule) and isinstance(atom, t.OnQuantity):
                _of_statement(inquiry, topic, demand, index)


def _of_statement(inquiry: Inquiry, topic: Topic, demand: d.Rule, index: int) -> None:
    atom = demand.then[index]
    best = None if not isinstance(atom, t.OnQuantity) else _best(atom, inquiry.vocabulary)
    if best is None or not isinstance(atom, t.OnQuantity):
        return
    name = document_digest(inquiry.vocabulary)
    title = named("statement", document_digest(demand), str(index))
    rule = d.Rule(name, title, demand.when, (atom,))
    service = d.Service(name, title, "1", attributes=((atom.attribute, best),))
    asked = meetable(rule, Contract(service), inquiry.meaning)
    topic.more += [rule, service]
    topic.asked.append(asked)
    shown = show_expression(atom, inquiry.vocabulary)
    who = f"`{shown}` of {kind_of(demand)} `{demand.name}`"
    holds = inquiry.holds(asked)
    if holds is None:
        topic.undecided.append(f"whether {who} can be met")
    if holds is False:
        kind = inquiry.vocabulary.attribute(atom.attribute).type
        meant = _guessed(atom.bound, kind)
        topic.drafts.append(
            Draft(
                rules.OUT_OF_REACH,
                f"{who} is met by no value that can be stated: it lies beyond the declared range",
                (demand.name,),
                [kind_of(demand), shown],
                document_digest(demand),
                f"then[{index}]",
                shown_by=(asked,),
                help=meant or "correct the number or its unit, or the declared range",
            )
        )


def _best(atom: t.OnQuantity, vocabulary: d.Vocabulary) -> Fraction | None:
    """The declared value that is most likely to meet a demand, if the range has an end there."""
    match vocabulary.attribute(atom.attribute).type:
        case d.IntType(_, lower, upper):
            return Fraction(lower if atom.relation.upper else upper)
        case d.RationalType(_, low, high):
            return low if atom.relation.upper else high
    return None


def _guessed(number: Fraction, kind: d.Type) -> str | None:
    if not isinstance(kind, d.RationalType):
        return None
    found = guess(number, kind.dimension, kind.lower, kind.upper)
    return None if found is None else f"did you mean `{found}`?"


def _budget(vocabulary: d.Vocabulary, one: d.Request | d.Class, topic: Topic) -> None:
    """A budget above the declared worst: nothing is proved of it, for cost is held to no range."""
    if one.budget is None or vocabulary.cost is None:
        return
    topic.examined += 1
    if one.budget > vocabulary.cost.upper:
        kind = "class" if isinstance(one, d.Class) else "request"
        worst = quantity(vocabulary.cost.upper, vocabulary.cost.dimension)
        topic.drafts.append(
            Draft(
                rules.BEHIND,
                f"the budget of {kind} `{one.name}` is above the declared worst cost of {worst}",
                (one.name,),
                [kind, "budget"],
                document_digest(one),
                "budget",
                help="correct the budget, or the worst that the vocabulary declares",
                severity=Severity.NOTE,
            )
        )


def out_of_reach(demand: d.Rule, vocabulary: d.Vocabulary) -> tuple[str, str, str] | None:
    """The path, a message and help for the action of a rule that contradicts a declared range by itself, if one does."""
    for index, atom in enumerate(demand.then):
        match atom:
            case t.OnMetric(name, relation, bound) if bound.is_constant:
                metric = vocabulary.metric(name)
                end = metric.lower if relation.upper else metric.upper
                gap = bound.constant - end if relation.upper else end - bound.constant
                if gap < 0 or (gap == 0 and relation.strict):
                    shown = show_expression(atom, vocabulary)
                    who = f"{kind_of(demand)} `{demand.name}`"
                    says = (
                        f"`{shown}` of {who} can be promised by nobody: {_range(atom, vocabulary)}"
                    )
                    return f"then[{index}]", says, _help(atom, vocabulary) or "correct the bound"
    return None


def _help(atom: t.Atom, vocabulary: d.Vocabulary) -> str | None:
    """What may have been meant by the bound of a metric at or beyond the end of its range."""
    if not isinstance(atom, t.OnMetric) or not atom.bound.is_constant:
        return None
    metric = vocabulary.metric(atom.metric)
    found = guess(atom.bound.constant, metric.dimension, metric.lower, metric.upper)
    return None if found is None else f"did you mean `{found}`?"


def _range(atom: t.Atom, vocabulary: d.Vocabulary) -> str:
    if isinstance(atom, t.OnMetric):
        metric = vocabulary.metric(atom.metric)
        ends = [quantity(end, metric.dimension) for end in (metric.lower, metric.upper)]
        return f"{metric.name} lies in {ends[0]} .. {ends[1]}"
    return "the declared ranges say so"


@dataclass(frozen=True, slots=True)
class _Found:
    """A comparison and one place where it stands."""

    comparison: t.Compare
    kind: str
    name: str
    document: str
    path: str
    severity: Severity


def of_conditions(inquiry: Inquiry, topic: Topic) -> None:
    """Find the comparisons in conditions that hold always or never, by declared ranges alone."""
    vocabulary = document_digest(inquiry.vocabulary)
    places: dict[t.Compare, list[_Found]] = {}
    for one in _comparisons(inquiry):
        places.setdefault(one.comparison, []).append(one)
    posed: list[tuple[t.Compare, Asked, Asked]] = []
    for comparison in places:
        rows = []
        shown = show_expression(comparison, inquiry.vocabulary)
        for sign, when in (("holds", comparison), ("fails", t.Not(comparison))):
            rule = d.Rule(vocabulary, named("comparison", shown, sign), when, (_ANY_TIME,))
            topic.more.append(rule)
            rows.append(applicable(rule, inquiry.meaning))
        posed.append((comparison, rows[0], rows[1]))
    inquiry.explore([asked for _, *pair in posed for asked in pair])
    for comparison, holds, fails in posed:
        topic.asked += [holds, fails]
        answers = inquiry.explore([holds, fails])
        shown = show_expression(comparison, inquiry.vocabulary)
        help_ = _meant(comparison, inquiry.vocabulary)
        if any(answer.holds is None for answer in answers):
            topic.undecided.append(f"whether `{shown}` can hold and fail")
        for asked, answer, never in zip((holds, fails), answers, (True, False), strict=True):
            if answer.holds is False:
                for one in places[comparison]:
                    _report(topic, one, shown, asked, help_, never=never)


def _meant(comparison: t.Compare, vocabulary: d.Vocabulary) -> str | None:
    """What may have been meant by the number that a field is compared with."""
    if len(comparison.term.terms) != 1:
        return None
    ((name, factor),) = comparison.term.terms
    if t.counted(name) is not None:
        return None
    return _guessed(-comparison.term.constant / factor, vocabulary.field(name).type)


def _report(
    topic: Topic, one: _Found, shown: str, asked: Asked, help_: str | None, *, never: bool
) -> None:
    rule, says = (rules.OUT_OF_REACH, "never") if never else (rules.BEHIND, "always")
    topic.drafts.append(
        Draft(
            rule,
            f"`{shown}` in {one.kind} `{one.name}` {says} holds: the declared ranges say so",
            (one.name,),
            [one.kind, shown, one.path.partition("[")[0]],
            one.document,
            one.path,
            shown_by=(asked,),
            help=help_ or "correct the number or its unit, or widen the range that is declared",
            severity=one.severity,
        )
    )


def _comparisons(inquiry: Inquiry) -> Iterator[_Found]:
    """Comparisons in the conditions of demands that apply, and in the guards of contracts."""
    for demand in inquiry.living:
        name = document_digest(demand)
        for one in _within(demand.when):
            yield _Found(one, kind_of(demand), demand.name, name, "when", Severity.WARNING)
    for contract in inquiry.contracts:
        service = contract.service
        guards = [(f"guarantees[{i}]", g.when) for i, g in enumerate(service.guarantees)]
        guards += [(f"cost[{i}]", case.when) for i, case in enumerate(service.cost)]
        guarded = [(path, when) for path, when in guards if when != t.TRUE]
        if guarded:
            name = document_digest(service)
            for path, when in guarded:
                for one in _within(when):
                    yield _Found(one, "service", service.name, name, path, Severity.NOTE)


def _within(formula: t.Formula) -> Iterator[t.Compare]:
    match formula:
        case t.Compare():
            if not formula.term.is_constant and _known_alone(formula):
                yield formula
        case t.Not(operand):
            yield from _within(operand)
        case t.And(operands) | t.Or(operands):
            for operand in operands:
                yield from _within(operand)
        case _:
            pass


def _known_alone(formula: t.Formula) -> bool:
    return all(name.startswith(_ORDINARY) for name in t.variables_of(formula))
