"""Every obligation of a candidate, decided by looking at every point the request describes.

Follows DESIGN section 5's prose and the table of ``docs/spec/certificate-v1.md`` section 8.1: an obligation is refuted
iff some point of H (with assumptions or a condition, where the table names one) breaks it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from typing import Any

from tests.oracle.expressions import Document, Point, affine, constant, number, truth
from tests.oracle.space import Space

Key = list[Any]


@dataclass(frozen=True)
class Question:
    """What a decision is about; documents as plain dictionaries."""

    vocabulary: Document
    request: Document
    policy: list[Document]
    profile: Document
    facts: Document | None
    at: int
    measurements: Document | None = None

    def ordered_policy(self) -> list[Document]:
        """Rules by name, then invariants by name."""
        return sorted(self.policy, key=lambda rule: (rule["kind"] == "invariant", rule["name"]))


@dataclass(frozen=True)
class Entry:
    """One entry of a landscape."""

    service: Document
    overlays: list[Document] = field(default_factory=list)
    state: Document | None = None

    def guarantees(self) -> list[Document]:
        return [g for part in (self.service, *self.overlays) for g in part["guarantees"]]

    def attributes(self) -> Document:
        stated: Document = {}
        for part in (self.service, *self.overlays):
            stated |= part["attributes"]
        return stated


@dataclass(frozen=True)
class Breach:
    """What would break an obligation: where to look, and what to look for there."""

    broken: Callable[[Point], bool]
    formulas: Sequence[Any] = ()
    families: Sequence[Sequence[Document]] = ()

    def under(self, premises: Sequence[Any]) -> "Breach":
        """The same breach, looked for only where the premises hold."""
        return Breach(
            lambda x: all(truth(p, x) for p in premises) and self.broken(x),
            [*premises, *self.formulas],
            self.families,
        )


ALWAYS = Breach(lambda _: True)
NEVER = Breach(lambda _: False)


def flag(*, broken: bool) -> Breach:
    return ALWAYS if broken else NEVER


def judge(question: Question, entry: Entry) -> list[tuple[Key, bool]]:
    """The key of every obligation in order, and whether it holds."""
    space = Space(question.vocabulary, _stated(question, entry))
    given = question.request["given"]

    def found(breach: Breach) -> bool:
        return any(
            all(truth(g, x) for g in given) and breach.broken(x)
            for x in space.points([*given, *breach.formulas], breach.families)
        )

    verdicts: list[tuple[Key, bool]] = [(["non_empty"], found(ALWAYS))]
    verdicts += [(key, not found(breach)) for key, breach in _breaches(question, entry)]
    return verdicts


def _stated(question: Question, entry: Entry) -> Point:
    """What facts, time and state fix. A permission that nobody states is not held."""
    point: dict[str, Any] = {"env.at": Fraction(question.at)}
    facts = {} if question.facts is None else question.facts["values"]
    state = {} if entry.state is None else entry.state["values"]
    for prefix, part, values in (("fact", "facts", facts), ("env", "environment", state)):
        for declared in question.vocabulary[part]:
            name = declared["name"]
            if name in values:
                point[f"{prefix}.{name}"] = _value(declared["type"]["sort"], values[name])
            elif declared["role"] == "permissions":
                point[f"{prefix}.{name}"] = frozenset()
    return point


def _value(sort: str, value: Any) -> Any:
    if sort == "set":
        return frozenset(value)
    return number(value) if sort in ("int", "rational", "instant") else value


def _breaches(question: Question, entry: Entry) -> Iterator[tuple[Key, Breach]]:
    service, request = entry.service, question.request
    vocabulary = question.vocabulary
    assumes = service["assumes"]
    yield ["coherent"], incoherent(vocabulary, entry).under(assumes)
    for i, group in enumerate(request["needs"]):
        provided = any(name in service["capabilities"] for name in group)
        yield ["capability", i], flag(broken=not provided)
    for i, formula in enumerate(assumes):
        yield ["assumption", i], _false(formula)
    for i, atom in enumerate(request["ensure"]):
        yield ["requirement", i], unmet(vocabulary, entry, atom)
    for rule in question.ordered_policy():
        for i, atom in enumerate(rule["then"]):
            breach = unmet(vocabulary, entry, atom).under([rule["when"]])
            yield [rule["kind"], rule["name"], i], breach
    yield from _security(question, entry)
    for i, formula in enumerate(question.profile["limits"]["available"]):
        yield ["available", i], _false(formula)
    if len(service["cost"]) >= 2:
        yield ["cost_disjoint"], overlapping(service).under(assumes)
    if request["budget"] is not None:
        yield from _budget(service, number(request["budget"]))
    if request["deadline"] is not None:
        yield ["deadline"], _late(question, entry)


def _false(formula: Any) -> Breach:
    return Breach(lambda x: not truth(formula, x), [formula])


# --- promises -------------------------------------------------------------------------------------


def incoherent(vocabulary: Document, entry: Entry) -> Breach:
    """Promises contradict each other, or one of them the declared range."""
    guarantees = entry.guarantees()
    ranges = {m["name"]: (number(m["lower"]), number(m["upper"])) for m in vocabulary["metrics"]}

    def clash(x: Point) -> bool:
        holding = [g for g in guarantees if truth(g["when"], x)]
        for g in holding:
            low, high = ranges[g["metric"]]
            bound, strict = affine(g["bound"], x), g["relation"] in ("<", ">")
            if g["relation"] in ("<", "<=") and (bound < low or (bound == low and strict)):
                return True
            if g["relation"] in (">", ">=") and (bound > high or (bound == high and strict)):
                return True
        return any(_clash(first, second, x) for first in holding for second in holding)

    families = [
        [constant(low), constant(high), *(g["bound"] for g in guarantees if g["metric"] == name)]
        for name, (low, high) in ranges.items()
    ]
    return Breach(clash, [g["when"] for g in guarantees], families)


def _clash(lower: Document, upper: Document, x: Point) -> bool:
    """Two promises on one metric that hold at once, cannot be kept at once."""
    if lower["metric"] != upper["metric"]:
        return False
    if lower["relation"] not in (">", ">=") or upper["relation"] not in ("<", "<="):
        return False
    if lower["level"] is not None and number(lower["level"]) + number(upper["level"]) <= 1:
        return False
    low, high = affine(lower["bound"], x), affine(upper["bound"], x)
    strict = lower["relation"] == ">" or upper["relation"] == "<"
    return low > high or (low == high and strict)


def overlapping(service: Document) -> Breach:
    """Two cost cases apply at once."""
    guards = [case["when"] for case in service["cost"]]

    def both(x: Point) -> bool:
        return any(truth(a, x) and truth(b, x) for a, b in combinations(guards, 2))

    return Breach(both, guards)


def unmet(vocabulary: Document, entry: Entry, atom: Document) -> Breach:
    """Some outcome that keeps the promises breaks the requirement."""
    match atom["on"]:
        case "metric":
            return _metric_unmet(vocabulary, entry, atom)
        case "cost":
            return _cost_unmet(entry, atom)
        case "attribute":
            return flag(broken=not _attribute_met(entry, atom))
        case "capability":
            return flag(broken=(atom["name"] in entry.service["capabilities"]) != atom["provided"])
        case "time":
            relation, bound = atom["relation"], number(atom["bound"])
            return Breach(lambda x: not _related(x["env.at"], relation, bound), [], _time(atom))
    raise ValueError(f"no requirement: {atom!r}")


def _time(atom: Document) -> list[list[Document]]:
    return [[{"constant": "0", "terms": {"env.at": "1"}}, constant(number(atom["bound"]))]]


def _metric_unmet(vocabulary: Document, entry: Entry, atom: Document) -> Breach:
    metric = next(m for m in vocabulary["metrics"] if m["name"] == atom["name"])
    upper = atom["relation"] in ("<=", "<")
    promises = [
        g
        for g in entry.guarantees()
        if g["metric"] == atom["name"]
        and (g["relation"] in ("<=", "<")) == upper
        and (atom["level"] is None or number(g["level"]) >= number(atom["level"]))
    ]
    near, far = number(metric["lower"]), number(metric["upper"])

    def breakable(x: Point) -> bool:
        ends = [(affine(g["bound"], x), _strict(g)) for g in promises if truth(g["when"], x)]
        beyond = (affine(atom["bound"], x), not _strict(atom))
        if upper:
            return _some_value([(near, False), beyond], [(far, False), *ends])
        return _some_value([(near, False), *ends], [(far, False), beyond])

    bounds = [constant(near), constant(far), atom["bound"], *(g["bound"] for g in promises)]
    return Breach(breakable, [g["when"] for g in promises], [bounds])


def _cost_unmet(entry: Entry, atom: Document) -> Breach:
    cases = entry.service["cost"] if atom["relation"] in ("<=", "<") else []

    def breakable(x: Point) -> bool:
        beyond = (affine(atom["bound"], x), not _strict(atom))
        if atom["relation"] in (">=", ">"):
            return True
        amounts = [(affine(c["amount"], x), False) for c in cases if truth(c["when"], x)]
        return _some_value([beyond], amounts)

    bounds = [atom["bound"], *(c["amount"] for c in cases)]
    return Breach(breakable, [c["when"] for c in cases], [bounds])


def _strict(bounded: Document) -> bool:
    return bounded["relation"] in ("<", ">")


def _some_value(lows: list[tuple[Fraction, bool]], highs: list[tuple[Fraction, bool]]) -> bool:
    """Whether a rational lies above all lows and below all highs (True: strictly)."""
    return all(
        low < high or (low == high and not open_low and not open_high)
        for low, open_low in lows
        for high, open_high in highs
    )


def _attribute_met(entry: Entry, atom: Document) -> bool:
    """Open world: what is not stated meets nothing."""
    stated = entry.attributes().get(atom["name"])
    if stated is None:
        return False
    if "in" in atom:
        return stated in atom["in"]
    if "not_in" in atom:
        return stated not in atom["not_in"]
    return _related(number(stated), atom["relation"], number(atom["bound"]))


def _related(left: Fraction, relation: str, right: Fraction) -> bool:
    return {"<=": left <= right, "<": left < right, ">=": left >= right, ">": left > right}[
        relation
    ]


# --- security, cost, time -------------------------------------------------------------------------


def _security(question: Question, entry: Entry) -> Iterator[tuple[Key, Breach]]:
    vocabulary, permits = question.vocabulary, entry.service["permits"]
    origin = "asserted" if question.facts is None else question.facts["origin"]
    yield ["authentication"], flag(broken=origin not in question.profile["limits"]["facts"])
    yield ["authorization"], _forbidden(vocabulary, permits)
    yield ["privacy"], _exposed(vocabulary, entry)
    if permits["trust"] is not None:
        variable = "fact." + _with_role(vocabulary["facts"], "trust")["name"]
        demand = {"constant": permits["trust"], "terms": {variable: "-1"}}
        yield ["trust"], _false(["le", demand])
    if permits["zones"] is not None:
        variable = "fact." + _with_role(vocabulary["facts"], "zone")["name"]
        inside: Any = ["in", variable, permits["zones"]] if permits["zones"] else False
        yield ["access"], _false(inside)


def _with_role(fields: list[Document], role: str) -> Document:
    found = [f for f in fields if f["role"] == role]
    return found[0] if found else {}


def _forbidden(vocabulary: Document, permits: Document) -> Breach:
    holder = _with_role(vocabulary["facts"], "permissions")
    if permits["mode"] == "public":
        return NEVER
    if permits["mode"] == "none" or not holder:
        return ALWAYS
    variable = f"fact.{holder['name']}"
    enough = any if permits["mode"] == "any" else all
    return Breach(lambda x: not enough(name in x[variable] for name in permits["permissions"]))


def _exposed(vocabulary: Document, entry: Entry) -> Breach:
    """Sensitive data would leave for a place that is neither near nor encrypted (Eq. 4.3)."""
    data = _with_role(vocabulary["request"], "data")
    if not data:
        return NEVER
    enum = next(e for e in vocabulary["enums"] if e["name"] == data["type"]["enum"])
    sensitive = {m["name"] for m in enum["members"] if m["sensitive"]}
    attributes = entry.attributes()
    locality = _with_role(vocabulary["attributes"], "locality")
    encrypted = _with_role(vocabulary["attributes"], "encrypted")
    near = bool(locality) and attributes.get(locality["name"]) in ("on_device", "local")
    sealed = bool(encrypted) and attributes.get(encrypted["name"]) is True
    if near or sealed:
        return NEVER
    variable = f"request.{data['name']}"
    mention: Any = {"constant": "0", "terms": {f"count({variable})": "1"}}
    return Breach(lambda x: bool(x[variable] & sensitive), [], [[mention]])


def _budget(service: Document, budget: Fraction) -> Iterator[tuple[Key, Breach]]:
    guards = [case["when"] for case in service["cost"]]
    yield ["budget", "covered"], Breach(lambda x: not any(truth(g, x) for g in guards), guards)
    for i, case in enumerate(service["cost"]):
        over = Breach(
            lambda x, case=case: affine(case["amount"], x) > budget,  # type: ignore[misc]
            [],
            [[case["amount"], constant(budget)]],
        )
        yield ["budget", i], over.under([case["when"]])


def _late(question: Question, entry: Entry) -> Breach:
    vocabulary = question.vocabulary
    metric = _with_role(vocabulary["metrics"], "latency")
    if not metric:
        return ALWAYS
    allowance = number(question.profile["limits"]["routing_allowance"])
    left = number(question.request["deadline"]) - allowance
    atom = {
        "on": "metric",
        "name": metric["name"],
        "relation": "<=",
        "bound": constant(left),
        "level": metric["level"],
    }
    return unmet(vocabulary, entry, atom)
