"""Callers, by looking at every point of theirs: does what admitted them still admit them?

The points are those of ``tests.oracle.space``: integers, enumerations and sets in full, and one of every cell into which rationals,
instants and wide ranges of integers are divided by whatever is compared with them. What holds at a point, the interpreter says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caio.ir import documents as d
from caio.ir import interpret as i
from caio.obligations.contract import Contract
from tests.differential.asking import oracle_entry, plain
from tests.evolution.admission import NOTHING, Caller, Operator, admits, interpreted, permits
from tests.evolution.oracle import permitted
from tests.evolution.vocabulary import NO_CONTROL
from tests.oracle.expressions import Document, constant, number
from tests.oracle.space import Space

Values = dict[str, d.Value]


@dataclass(frozen=True)
class Side:
    """A contract, or none, under a policy."""

    contract: Contract | None
    operator: Operator = NOTHING

    def admits(self, vocabulary: d.Vocabulary, asked: Caller | None, point: Values) -> bool:
        """Whether there is a contract, and it is admitted."""
        if self.contract is None:
            return False
        return admits(interpreted(vocabulary, self.contract), self.operator, asked, point)


def lost(
    vocabulary: d.Vocabulary,
    asked: Caller | None,
    facts: d.Facts | bool | None,
    before: Side,
    after: Side,
    aside: Sequence[d.Class] = (),
) -> Values | None:
    """A point of a caller that is admitted before and not after; None if there is none.

    Args:
        vocabulary: of all documents.
        asked: the caller; None asks for nothing.
        facts: who calls; True is anybody whom the contract afterwards permits, None or False anybody at all.
        before: what admits; without a contract everything is admitted.
        after: what should admit; without a contract nothing is.
        aside: classes of requests that are left aside.
    """
    for point in points(vocabulary, [before, after], asked, facts, aside):
        if asked is not None and not _described(asked.given, point):
            continue
        if any(_described(group.given, point) for group in aside):
            continue
        if facts is True and not _permitted(vocabulary, after.contract, point):
            continue
        entered = before.contract is None or before.admits(vocabulary, asked, point)
        if entered and not after.admits(vocabulary, asked, point):
            return point
    return None


def _permitted(vocabulary: d.Vocabulary, contract: Contract | None, point: Values) -> bool:
    return contract is None or permits(interpreted(vocabulary, contract), point)


def _described(given: Sequence[Any], point: Values) -> bool:
    return all(i.holds(formula, point) for formula in given)


def points(
    vocabulary: d.Vocabulary,
    sides: Sequence[Side],
    asked: Caller | None,
    facts: d.Facts | bool | None = None,
    aside: Sequence[d.Class] = (),
    besides: Sequence[Any] = (),
    bounds: Mapping[str, Sequence[Any]] | None = None,
) -> Iterator[Values]:
    """Every point at which one of the contracts may be admitted and another one not.

    Args:
        vocabulary: of all documents.
        sides: the contracts with their policies.
        asked: who asks.
        facts: who calls, if that is known.
        aside: classes of requests that are left aside.
        besides: other formulas that will be evaluated.
        bounds: other terms that will be compared with the promises on ``metric.<name>`` or ``cost``.
    """
    plain_vocabulary = plain(vocabulary)
    formulas: list[Any] = list(besides)
    families: list[list[Document]] = [[{"constant": "0", "terms": _data(vocabulary)}]]
    for group in aside:
        formulas += plain(group)["given"]
    compared = _Compared(plain_vocabulary)
    if asked is not None:
        caller = plain(asked)
        formulas += caller["given"]
        compared.demand(caller["ensure"])
        compared.limits(caller)
    for side in sides:
        for rule in side.operator.demands:
            formulas.append(plain(rule)["when"])
            compared.demand(plain(rule)["then"])
        if side.contract is not None:
            entry = oracle_entry(side.contract)
            formulas += entry.service["assumes"]
            formulas += permitted(plain_vocabulary, entry.service["permits"])
            formulas += [case["when"] for case in entry.service["cost"]]
            formulas += [promise["when"] for promise in entry.guarantees()]
            compared.promise(entry.guarantees(), entry.service["cost"])
    families += compared.families(bounds or {})
    fixed: dict[str, Any] = {}
    if any(side.contract is not None for side in sides):
        fixed[d.CHOICE_ROUTE] = "internal"  # Every contract is looked at under its own.
    if isinstance(facts, d.Facts):
        fixed |= {f"fact.{name}": _free(value) for name, value in facts.values}
        for field in vocabulary.facts:
            if field.role == "permissions":
                fixed.setdefault(f"fact.{field.name}", frozenset())
    for point in Space(plain_vocabulary, fixed).points(formulas, families):
        yield values(vocabulary, point)


def values(vocabulary: d.Vocabulary, point: Mapping[str, Any]) -> Values:
    """The interpreter's form of a point: sets as members in order."""
    found: Values = {}
    for name, value in point.items():
        if isinstance(value, frozenset):
            kind = vocabulary.field(name).type
            names = vocabulary.enum(kind.enum).names() if isinstance(kind, d.SetType) else ()
            found[name] = tuple(member for member in names if member in value)
        else:
            found[name] = NO_CONTROL if value is None else value
    return found


def _free(value: d.Value) -> Any:
    return frozenset(value) if isinstance(value, tuple) else value


def _data(vocabulary: d.Vocabulary) -> dict[str, str]:
    """A term that mentions what was declared of data: privacy depends on it, and no formula does."""
    role = vocabulary.with_role("request", "data")
    return {} if role is None else {f"count(request.{role.name})": "1"}


def _about_the_point(term: Document) -> Document:
    """The part of an expression that a point decides."""
    own = {name: value for name, value in term["terms"].items() if not _promised(name)}
    return {**term, "terms": own}


def _promised(name: str) -> bool:
    return name == "cost" or name.startswith(("metric.", "service."))


class _Compared:
    """The terms that are compared with one another, by what they bound."""

    def __init__(self, vocabulary: Document) -> None:
        self._terms: dict[str, list[Document]] = {"cost": [constant(0)], "time": []}
        self._latency = [m["name"] for m in vocabulary["metrics"] if m["role"] == "latency"]
        for metric in vocabulary["metrics"]:
            ends = (constant(number(metric["lower"])), constant(number(metric["upper"])))
            self._terms[f"metric.{metric['name']}"] = list(ends)

    def demand(self, atoms: Sequence[Document]) -> None:
        for atom in atoms:
            match atom["on"]:
                case "metric":
                    self._terms[f"metric.{atom['name']}"].append(atom["bound"])
                case "cost":
                    self._terms["cost"].append(atom["bound"])
                case "expression":
                    self._terms.setdefault("expression", []).append(_about_the_point(atom["terms"]))
                case "time":
                    now = {"constant": "0", "terms": {"env.at": "1"}}
                    self._terms["time"] += [now, constant(number(atom["bound"]))]

    def limits(self, caller: Document) -> None:
        if caller["budget"] is not None:
            self._terms["cost"].append(constant(number(caller["budget"])))
        if caller["deadline"] is not None:
            for name in self._latency:
                self._terms[f"metric.{name}"].append(constant(number(caller["deadline"])))

    def promise(self, guarantees: Sequence[Document], cases: Sequence[Document]) -> None:
        for promise in guarantees:
            self._terms[f"metric.{promise['metric']}"].append(promise["bound"])
        self._terms["cost"] += [case["amount"] for case in cases]

    def families(self, more: Mapping[str, Sequence[Any]]) -> list[list[Document]]:
        return [[*terms, *more.get(name, ())] for name, terms in self._terms.items()]
