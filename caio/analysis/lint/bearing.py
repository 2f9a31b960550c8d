"""Which rules could bear on what another one demands: a filter, so that few premises stand in an obligation.

A premise too few can only hide that something follows, and never make it follow (``implied``, certificate-v1 section 8.3). Left
out is what the obligation would leave out as well, bounds looser than the one that is demanded (what breaks the tighter one can
keep them), and rules whose conditions plainly exclude each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.meaning import Meaning
from caio.obligations.universal import bears


@dataclass
class _Box:
    """What the conjuncts of a condition say of single fields."""

    among: dict[str, frozenset[str]] = field(default_factory=dict)
    beside: dict[str, frozenset[str]] = field(default_factory=dict)
    least: dict[str, Fraction] = field(default_factory=dict)
    most: dict[str, Fraction] = field(default_factory=dict)


def excluded(one: t.Formula, other: t.Formula) -> bool:
    """Whether two conditions plainly cannot both hold, by what they say of single fields."""
    return _apart(_box(one), _box(other))


def bearing(
    demands: list[d.Rule | d.Constraint], meaning: Meaning
) -> Mapping[tuple[int, int], list[int]]:
    """For each demand and each of its actions, by index: the other demands that could bear on it."""
    boxes = [_box(demand.when) for demand in demands]
    places: dict[object, list[tuple[int, t.Atom]]] = {}
    everywhere: list[tuple[int, t.Atom]] = []
    for index, demand in enumerate(demands):
        for atom in demand.then:
            bucket = _bucket(atom)
            if bucket is not None:
                places.setdefault(bucket, []).append((index, atom))
            everywhere.append((index, atom))
    found = {}
    for index, demand in enumerate(demands):
        for action, atom in enumerate(demand.then):
            bucket = _bucket(atom)
            near = everywhere if bucket is None else places[bucket]
            found[index, action] = sorted(
                {
                    other
                    for other, said in near
                    if other != index
                    and bears(said, atom, meaning)
                    and not _looser(said, atom)
                    and not _apart(boxes[index], boxes[other])
                }
            )
    return found


def _looser(said: t.Atom, atom: t.Atom) -> bool:
    """Whether a bound allows more than what is demanded at every point: no help, alone or beside others."""
    mine, its = _constant(atom), _constant(said)
    if mine is None or its is None:
        return False
    (relation, bound), (other, limit) = mine, its
    if relation.upper != other.upper:
        return True
    gap = limit - bound if relation.upper else bound - limit
    return gap > 0 or (gap == 0 and relation.strict and not other.strict)


def _constant(atom: t.Atom) -> tuple[t.Relation, Fraction] | None:
    """The relation and the bound of an action that bounds one thing by a constant."""
    match atom:
        case t.OnMetric(_, relation, bound) | t.OnCost(relation, bound):
            return (relation, bound.constant) if bound.is_constant else None
        case t.OnQuantity(_, relation, value):
            return relation, value
    return None


def _bucket(atom: t.Atom) -> object:
    """What an action is about, so that others are looked for among few; None for expressions, on which anything bears."""
    match atom:
        case t.OnMetric(metric, relation):
            return "metric", metric, relation.upper
        case t.OnCost(relation):
            return "cost", relation.upper
        case t.OnAttribute(attribute) | t.OnQuantity(attribute):
            return "attribute", attribute
        case t.OnCapability(capability):
            return "capability", capability
        case t.OnTime():
            return "time"
    return None


def _box(formula: t.Formula) -> _Box:
    box = _Box()
    for part in _conjuncts(formula):
        match part:
            case t.In(variable, members):
                now = box.among.get(variable)
                said = frozenset(members)
                box.among[variable] = said if now is None else now & said
            case t.Not(t.In(variable, members)):
                box.beside[variable] = box.beside.get(variable, frozenset()) | set(members)
            case t.Is(variable):
                box.among[variable] = box.among.get(variable, frozenset(("yes",))) & {"yes"}
            case t.Not(t.Is(variable)):
                box.among[variable] = box.among.get(variable, frozenset(("no",))) & {"no"}
            case t.Has(variable, member):
                box.least[f"{variable}:{member}"] = Fraction(1)
            case t.Not(t.Has(variable, member)):
                box.most[f"{variable}:{member}"] = Fraction(0)
            case t.Compare(comparison, t.Affine(constant, ((variable, factor),))):
                _bound(box, variable, -constant / factor, comparison, rising=factor > 0)
            case _:
                pass
    return box


def _bound(
    box: _Box, variable: str, end: Fraction, comparison: t.Comparison, *, rising: bool
) -> None:
    """``variable <= end`` where the coefficient is positive, else ``>=``; strictness only narrows further."""
    if rising or comparison is t.Comparison.EQ:
        box.most[variable] = min(end, box.most.get(variable, end))
    if not rising or comparison is t.Comparison.EQ:
        box.least[variable] = max(end, box.least.get(variable, end))


def _conjuncts(formula: t.Formula) -> Iterator[t.Formula]:
    if isinstance(formula, t.And):
        for operand in formula.operands:
            yield from _conjuncts(operand)
    else:
        yield formula


def _apart(one: _Box, other: _Box) -> bool:
    for mine, its in ((one, other), (other, one)):
        for variable, members in mine.among.items():
            if variable in its.among and members.isdisjoint(its.among[variable]):
                return True
            if members <= its.beside.get(variable, frozenset()):
                return True
        for variable, least in mine.least.items():
            if variable in its.most and its.most[variable] < least:
                return True
    return False
