"""A refuted facet at the point that refutes it: the reference interpreter must find it broken there, and somebody must notice.

Somebody is a caller whom the old contract admits at this point, and whom the new one does not: for every facet there is a request
that asks for exactly what was lost. Where the old contract admits nobody, nobody notices, and the facet is broken by the letter alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from operator import itemgetter
from random import Random

from caio.ir import documents as d
from caio.ir import interpret as i
from caio.ir import terms as t
from caio.obligations.contract import Contract
from tests.evolution.admission import (
    Demand,
    Operator,
    admits,
    coherent,
    disjoint,
    interpreted,
    keeps,
    permits,
)
from tests.evolution.drawing import Drawer

TRIES = 300
"""Ways in which what a counterexample leaves open is filled in."""
Point = Mapping[str, d.Value]
Key = tuple[object, ...]


class Replay:
    """The two contracts of an evolution, as the interpreter sees them."""

    def __init__(
        self, vocabulary: d.Vocabulary, old: Contract, new: Contract, policy: Sequence[Demand]
    ) -> None:
        self.vocabulary = vocabulary
        self.old = interpreted(vocabulary, old)
        self.new = interpreted(vocabulary, new)
        self.policy = {demand.name: demand for demand in policy}

    def somewhere_broken(self, key: Key, point: Point) -> bool:
        """Whether a facet is broken at a point, whatever the point leaves open: in one of many ways to fill it in."""
        return any(self.broken(key, here) for here in self._completed(point))

    def broken(self, key: Key, point: Point) -> bool:
        """Whether a facet is broken at a point, in the words of DESIGN section 5."""
        here = {**point, d.CHOICE_ROUTE: self.new.service.route}
        match key:
            case ("service_coherent",):
                return i.assumed(self.new, here) and not coherent(self.new, here)
            case ("service_cost_disjoint",):
                return i.assumed(self.new, here) and not disjoint(self.new, here)
            case ("refines_attribute", str(name)):
                return self.new.attribute(name) != self.old.attribute(name)
            case ("refines_capability", str(name)):
                return name not in self.new.service.capabilities
            case ("refines_authorization",):
                return permits(self.old, here) and not i.authorized(self.new, here)
            case ("refines_trust",):
                return permits(self.old, here) and not i.trusted(self.new, here)
            case ("refines_access",):
                return permits(self.old, here) and not i.accessible(self.new, here)
            case ("refines_schema",):
                return True
        return i.assumed(self.old, here) and self._lost(key, here)

    def _lost(self, key: Key, here: Point) -> bool:
        """The same of what is asked of old requests alone."""
        match key:
            case ("refines_assumption", int(n)):
                return not i.holds(self.new.service.assumes[n], here)
            case ("refines_guarantee", int(n)):
                promise = self.old.guarantees[n]
                return i.holds(promise.when, here) and i.violable(_atom(promise), self.new, here)
            case ("refines_cost_covered", int(n)):
                return i.holds(self.old.service.cost[n].when, here) and not any(
                    i.holds(case.when, here) for case in self.new.service.cost
                )
            case ("refines_cost", int(n), int(m)):
                before, after = self.old.service.cost[n], self.new.service.cost[m]
                price, amount = (i.affine_value(c.amount, here) for c in (before, after))
                assert price is not None
                assert amount is not None
                applying = i.holds(before.when, here) and i.holds(after.when, here)
                return applying and amount > price
            case ("refines_rule", str(name)):
                demand = self.policy[name]
                kept = keeps(demand, self.old, here) and permits(self.old, here)
                return kept and not keeps(demand, self.new, here)
        raise ValueError(f"no facet: {key!r}")

    def noticed(self, key: Key, point: Point) -> bool | None:
        """Whether a caller at this point notices; None if the old contract admits none there.

        What the point leaves open is tried in many ways, until the old contract admits the caller.
        """
        operator = Operator([self.policy[str(key[1])]] if key[0] == "refines_rule" else [])
        for here in self._completed(point):
            asked = self.asking(key, here)
            if admits(self.old, operator, None, here) and admits(self.old, operator, asked, here):
                return not admits(self.new, operator, asked, here)
        return None

    def _completed(self, point: Point) -> Iterator[dict[str, d.Value]]:
        """The point with what it leaves open drawn at random, by a seed that is its own."""
        draw = Drawer(Random(repr(sorted(point.items(), key=itemgetter(0)))))
        for _ in range(TRIES):
            yield {**draw.point(), **point}

    def asking(self, key: Key, point: Point) -> d.Class:
        """A caller who asks for what a facet is about, at a point, and for nothing else."""
        needs: tuple[tuple[str, ...], ...] = ()
        ensure: tuple[t.Atom, ...] = ()
        match key:
            case ("refines_guarantee", int(n)):
                ensure = (_fixed(_atom(self.old.guarantees[n]), point),)
            case ("refines_cost_covered" | "refines_cost", int(n), *_):
                price = i.affine_value(self.old.service.cost[n].amount, point)
                assert price is not None
                ensure = (t.OnCost(t.Relation.LE, t.Affine(price)),)
            case ("refines_attribute", str(name)):
                ensure = tuple(_stated(name, self.old.attribute(name)))
            case ("refines_capability", str(name)):
                needs = ((name,),)
        return d.Class("", "notices", needs=needs, ensure=ensure)


def _atom(promise: d.Guarantee) -> t.OnMetric:
    return t.OnMetric(promise.metric, promise.relation, promise.bound, promise.level)


def _fixed(atom: t.OnMetric, point: Point) -> t.OnMetric:
    """The requirement with the number that its bound is at a point."""
    value = i.affine_value(atom.bound, point)
    assert value is not None
    return t.OnMetric(atom.metric, atom.relation, t.Affine(value), atom.level)


def _stated(name: str, value: d.Value | None) -> Iterator[t.Atom]:
    match value:
        case bool() | str():
            yield t.OnAttribute(name, (value,))
        case Fraction():
            yield t.OnQuantity(name, t.Relation.LE, value)
            yield t.OnQuantity(name, t.Relation.GE, value)
