"""The obligations of documents, asked over all requests (``docs/spec/certificate-v1.md`` section 8.3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.candidate import overlap
from caio.obligations.contract import Contract
from caio.obligations.formula import (
    Formula,
    Scope,
    conjunction,
    disjunction,
    negation,
    truth,
)
from caio.obligations.goals import Bound, clashes, conflicts, contradictions
from caio.obligations.meaning import Meaning


def coherent(contract: Contract, meaning: Meaning) -> tuple[Formula, ...]:
    """Unsatisfiable iff the promises never contradict each other where the assumptions hold."""
    return (*assumable(contract, meaning), conflicts(contract, meaning))


def assumable(contract: Contract, meaning: Meaning) -> tuple[Formula, ...]:
    """Satisfiable iff some request meets the assumptions."""
    return tuple(meaning.formula(assumption) for assumption in contract.service.assumes)


def cost_disjoint(contract: Contract, meaning: Meaning) -> tuple[Formula, ...]:
    """Unsatisfiable iff no two cost cases apply at once where the assumptions hold."""
    return (*assumable(contract, meaning), overlap(contract, meaning))


def applicable(rule: d.Rule | d.Constraint, meaning: Meaning) -> tuple[Formula, ...]:
    """Satisfiable iff the rule's condition holds for some request."""
    return (meaning.formula(rule.when),)


@dataclass(frozen=True, slots=True)
class Consistency:
    """``rules_consistent``: its block, and the scope that its selectors extend."""

    block: tuple[Formula, ...]
    scope: Scope


@dataclass(frozen=True, slots=True)
class _Action:
    """An action of a rule, under the formula which says that the rule is selected and applies."""

    when: Formula
    atom: t.Atom


def consistent(
    rules: Sequence[d.Rule], blocked: Sequence[Sequence[str]], meaning: Meaning
) -> Consistency:
    """Unsatisfiable iff no request triggers rules with contradictory actions.

    Args:
        rules: the rules and invariants in question, in order.
        blocked: sets of names; contradictions that involve all of one set are left aside.
        meaning: of their vocabulary.
    """
    scope = meaning.with_selectors(tuple(rule.name for rule in rules))

    def select(name: str) -> Formula:
        return truth(f"select.{name}", scope)

    actions = [
        _Action(conjunction([select(rule.name), meaning.formula(rule.when)]), atom)
        for rule in rules
        for atom in rule.then
    ]
    aside = [disjunction([negation(select(name)) for name in names]) for names in blocked]
    return Consistency((*aside, disjunction(_contradictions(actions, meaning))), scope)


def _contradictions(actions: Sequence[_Action], meaning: Meaning) -> list[Formula]:
    vocabulary = meaning.vocabulary
    found: list[Formula] = []
    for metric in vocabulary.metrics:
        # The default binds this metric, and not the loop's last; mypy cannot infer a lambda that has one.
        lowers, uppers = _bounds(actions, lambda a, m=metric: _on_metric(a, m))  # type: ignore[misc]
        found += contradictions(metric, lowers, uppers, meaning)
    lowers, uppers = _bounds(actions, _on_cost)
    found += clashes(lowers, uppers, meaning)
    for field in vocabulary.attributes:
        found += _attribute(field, actions, meaning)
    for capability in vocabulary.capabilities:
        sides = [
            disjunction(
                [
                    action.when
                    for action in actions
                    if action.atom == t.OnCapability(capability, provided)
                ]
            )
            for provided in (True, False)
        ]
        found.append(conjunction(sides))
    return found


def _bounds(
    actions: Sequence[_Action],
    pick: Callable[[t.Atom], tuple[t.Relation, t.Affine, Fraction | None] | None],
) -> tuple[list[Bound], list[Bound]]:
    """The lower and the upper bounds that actions put on one quantity, in order."""
    lowers: list[Bound] = []
    uppers: list[Bound] = []
    for action in actions:
        picked = pick(action.atom)
        if picked is not None:
            relation, bound, level = picked
            side = uppers if relation.upper else lowers
            side.append(Bound(action.when, bound, relation.strict, level))
    return lowers, uppers


def _on_metric(
    atom: t.Atom, metric: d.Metric
) -> tuple[t.Relation, t.Affine, Fraction | None] | None:
    if isinstance(atom, t.OnMetric) and atom.metric == metric.name:
        return atom.relation, atom.bound, atom.level
    return None


def _on_cost(atom: t.Atom) -> tuple[t.Relation, t.Affine, Fraction | None] | None:
    return (atom.relation, atom.bound, None) if isinstance(atom, t.OnCost) else None


def _on_quantity(
    atom: t.Atom, attribute: str
) -> tuple[t.Relation, t.Affine, Fraction | None] | None:
    if isinstance(atom, t.OnQuantity) and atom.attribute == attribute:
        return atom.relation, t.Affine(atom.bound), None
    return None


def _attribute(field: d.Field, actions: Sequence[_Action], meaning: Meaning) -> list[Formula]:
    """No value of the attribute satisfies all actions that apply."""
    lowers, uppers = _bounds(actions, lambda a: _on_quantity(a, field.name))
    if lowers or uppers:
        return clashes(lowers, uppers, meaning)
    naming = [
        (action.when, action.atom)
        for action in actions
        if isinstance(action.atom, t.OnAttribute) and action.atom.attribute == field.name
    ]
    if not naming:
        return []
    names: tuple[str | bool, ...] = (False, True)
    if isinstance(field.type, d.EnumType):
        names = meaning.vocabulary.enum(field.type.enum).names()
    return [
        conjunction(
            [
                disjunction(
                    [when for when, atom in naming if (value in atom.values) == atom.negated]
                )
                for value in names
            ]
        )
    ]
