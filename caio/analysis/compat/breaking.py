"""Counterexamples of compatibility: requests that the one contract satisfies and the other one does not.

A facet that fails is a point of its block. To be of use, the point becomes a request that demands just what is lost there: the
bound that was promised, the price that was asked, the attribute, the capability. The request is shown only if the old contract is
admitted for every request that it describes and the new one for none, by the formulas of admission at a point
(``docs/spec/certificate-v1.md`` section 8.4); it is minimal among such (``caio.analysis.witness.minimal``). Where nobody whom the
old contract serves comes to such a point, the point itself is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from caio.analysis.witness.axes import axes_of, usual_of
from caio.analysis.witness.concrete import concrete
from caio.analysis.witness.minimal import Point, minimal
from caio.analysis.witness.text import counterexample_text
from caio.base.errors import InputError
from caio.certify.prover import Model, Prover
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.interpret import affine_value
from caio.obligations.admission import admitted
from caio.obligations.asked import Asked, Policy
from caio.obligations.clauses import clause_form
from caio.obligations.contract import Contract
from caio.obligations.formula import Formula, negation
from caio.obligations.meaning import Meaning

BUDGET: Final = 2_000_000
"""Solver units for each question on the way to a request: what it cannot answer costs a plainer counterexample."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A counterexample.

    Attributes:
        text: the request to paste.
        values: the values of the fields, by qualified variable, as documents have them.
        served: whether the old contract is admitted for it, so that a caller loses something.
    """

    text: str
    values: Mapping[str, d.Value]
    served: bool


@dataclass(frozen=True)
class Change:
    """A contract before and after, each under the policy of its side."""

    old: Contract
    new: Contract | None
    before: Policy
    after: Policy
    meaning: Meaning


class Breaking:
    """Finds counterexamples.

    Args:
        prover: asked for points.
    """

    def __init__(self, prover: Prover) -> None:
        self._prover = prover

    def of_facet(
        self, asked: Asked, witness: Mapping[str, Fraction], change: Change
    ) -> Shown | None:
        """The counterexample of a facet that fails at a point; None where the language has no text for one."""
        base = _demanding(change)
        # A request needs something, so that a contract that provides nothing serves nobody.
        block = [*asked.block, self._before(change, base)]
        point = self._first(block, change.meaning) if base.needs else None
        if point is None:
            return self._plain(asked, witness, change)
        values = self._values(point, change.meaning)
        demands = _demand(asked, change, base, values)
        if demands is None:
            return self._plain(asked, witness, change)
        lost = [self._before(change, demands), self._after(change, demands)]
        found = self._first([*asked.block, *lost], change.meaning)
        if found is None:
            return self._plain(asked, witness, change)
        return self._shown(found, demands, change.meaning, served=True)

    def of_service(self, change: Change) -> Shown | None:
        """A request that the old contract is admitted for."""
        base = _demanding(change)
        point = self._first([self._before(change, base)], change.meaning) if base.needs else None
        return None if point is None else self._shown(point, base, change.meaning, served=True)

    def of_caller(
        self, asked: Asked, witness: Mapping[str, Fraction], request: d.Request, meaning: Meaning
    ) -> Shown | None:
        """The counterexample of ``keeps`` about a caller's request."""
        point = minimal(asked.block, Model(dict(witness)), self._prover, meaning, scope=asked.scope)
        return self._shown(point, request, meaning, served=True)

    def _plain(self, asked: Asked, witness: Mapping[str, Fraction], change: Change) -> Shown | None:
        """The point of a facet itself, where no request that is served leads to it."""
        point = minimal(
            asked.block, Model(dict(witness)), self._prover, change.meaning, scope=asked.scope
        )
        return self._shown(point, _demanding(change), change.meaning, served=False)

    def _first(self, block: Sequence[Formula], meaning: Meaning) -> Point | None:
        """A minimal point of a block; None if there is none, or none is found."""
        form = clause_form([tuple(block)], meaning.scope)
        decided = self._prover.decide(form, budget=BUDGET)
        if not isinstance(decided, Model):
            return None
        return minimal(tuple(block), decided, self._prover, meaning)

    def _before(self, change: Change, asked: d.Class) -> Formula:
        return admitted(change.old, change.before, asked, change.meaning)

    def _after(self, change: Change, asked: d.Class) -> Formula:
        if change.new is None:
            return True
        return negation(admitted(change.new, change.after, asked, change.meaning))

    def _values(self, point: Point, meaning: Meaning) -> Mapping[str, d.Value]:
        values = dict(point.values)
        for axis in axes_of(meaning):
            for name, usual in axis.defaults().items():
                values.setdefault(name, usual)
        for name in meaning.scope:
            if name.startswith("metric."):
                values.setdefault(name, usual_of(name, meaning.scope))
        return concrete(values, meaning.vocabulary).point

    def _shown(
        self, point: Point, asked: d.Class | d.Request, meaning: Meaning, *, served: bool
    ) -> Shown | None:
        try:
            text = counterexample_text(point, meaning, request=asked)
        except InputError:
            return None
        return Shown(text, self._values(point, meaning), served)


def _demanding(change: Change) -> d.Class:
    """What any caller of the old contract may ask: one thing that both contracts provide, if there is such a thing."""
    provided = change.old.service.capabilities
    kept = [one for one in provided if change.new is None or one in change.new.capabilities]
    names = (kept or list(provided))[:1]
    needs = ((names[0],),) if names else ()
    return d.Class(
        vocabulary=change.old.service.vocabulary,
        name="demanding",
        needs=needs,
        given=(),
        ensure=(),
        budget=None,
        deadline=None,
    )


def _demand(
    asked: Asked, change: Change, base: d.Class, values: Mapping[str, d.Value]
) -> d.Class | None:
    """The demand that the new contract does not meet any more at a point; None where it cannot be stated."""
    match asked.kind, asked.key[3:]:
        case "refines_guarantee", (int(index),):
            guarantee = change.old.guarantees[index]
            bound = affine_value(guarantee.bound, values)
            if bound is None:
                return None
            atom: t.Atom = t.OnMetric(
                guarantee.metric, guarantee.relation, t.Affine(bound), guarantee.level
            )
            return replace(base, ensure=(atom,))
        case ("refines_cost_covered", (int(index),)) | ("refines_cost", (int(index), _)):
            amount = affine_value(change.old.service.cost[index].amount, values)
            return None if amount is None else replace(base, budget=max(amount, Fraction(0)))
        case "refines_attribute", (str(name),):
            return replace(base, ensure=(_stating(name, change),))
        case "refines_capability", (str(name),):
            return replace(base, needs=((name,),))
    return base


def _stating(name: str, change: Change) -> t.Atom:
    """The old value of an attribute as a demand that the new contract does not meet."""
    old = change.old.attributes[name]
    new = None if change.new is None else change.new.attributes.get(name)
    if not isinstance(old, Fraction):
        return t.OnAttribute(name, (old,) if isinstance(old, str | bool) else tuple(old))
    grown = isinstance(new, Fraction) and new < old
    return t.OnQuantity(name, t.Relation.GE if grown else t.Relation.LE, old)
