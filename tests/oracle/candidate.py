"""Every obligation of a candidate, decided by looking at every point the request describes.

Follows DESIGN section 5's prose and the table of ``docs/spec/certificate-v1.md`` section 8.1: an obligation is refuted
iff some point of H (with assumptions or a condition, where the table names one) breaks it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from typing import Any

from tests.oracle.expressions import Document, Point, affine, combined, constant, number, truth
from tests.oracle.space import Space

Key = list[Any]
SUBJECTS = ("rule", "invariant", "safety", "policy", "traits")


def subject(rule: Document) -> str:
    """What the keys of a rule's, an invariant's or a constraint's obligations begin with."""
    return str(rule["of"] if rule["kind"] == "constraint" else rule["kind"])


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
        """Rules, invariants, then constraints by their subject; each by name."""
        return sorted(self.policy, key=lambda rule: (SUBJECTS.index(subject(rule)), rule["name"]))

    def described(self) -> list[Any]:
        """What every point of the request satisfies: what is given, and what was measured."""
        return [*self.request["given"], *_measured(self.vocabulary, self.measurements)]


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


def judge(question: Question, entry: Entry, control: str = "none") -> list[tuple[Key, bool]]:
    """The key of every obligation of a candidate in order, and whether it holds."""
    space = Space(question.vocabulary, stated(question, entry, control))
    given = question.described()

    def found(breach: Breach) -> bool:
        return any(
            all(truth(g, x) for g in given) and breach.broken(x)
            for x in space.points([*given, *breach.formulas], breach.families)
        )

    verdicts: list[tuple[Key, bool]] = [(["non_empty"], found(ALWAYS))]
    verdicts += [(key, not found(breach)) for key, breach in breaches(question, entry)]
    return verdicts


def _measured(vocabulary: Document, measurements: Document | None) -> Iterator[Any]:
    """The intervals of measured fields as formulas."""
    intervals = {} if measurements is None else measurements["intervals"]
    for name in (declared["name"] for declared in vocabulary["measured"]):
        if name in intervals:
            low, high = map(number, intervals[name])
            yield ["le", {"constant": str(low), "terms": {f"measured.{name}": "-1"}}]
            yield ["le", {"constant": str(-high), "terms": {f"measured.{name}": "1"}}]


def stated(question: Question, entry: Entry, control: str = "none") -> Point:
    """What facts, time, state and choice fix. A permission that nobody states is not held."""
    point: dict[str, Any] = {"env.at": Fraction(question.at)}
    point["choice.route"] = entry.service["route"]
    if control != "none":
        point["choice.control"] = control
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


def breaches(question: Question, entry: Entry) -> Iterator[tuple[Key, Breach]]:
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
            yield [subject(rule), rule["name"], i], breach
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
        case "expression":
            return positive(vocabulary, entry, atom)
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


def positive(vocabulary: Document, entry: Entry, atom: Document) -> Breach:
    """Some outcome that keeps the promises makes an expression positive: its worst value is (Eq. 1.1, g ≤ 0).

    At a point every metric is as bad as the best promise on the side of its coefficient allows. What is not bounded
    there (an attribute that nobody states, a cost without a case) makes the expression as large as one likes.
    """
    plain = dict(atom["terms"]["terms"])
    swinging = [
        _of_metric(metric, number(plain.pop(f"metric.{metric['name']}")), entry)
        for metric in vocabulary["metrics"]
        if f"metric.{metric['name']}" in plain
    ]
    price = number(plain.pop("cost", "0"))
    if price > 0:
        cases = [(case["when"], case["amount"], False) for case in entry.service["cost"]]
        swinging.append(Swing(price, [], cases, []))
    base, unstated = _with_attributes(vocabulary, entry, {**atom["terms"], "terms": plain})

    def above(x: Point) -> bool:
        if not all(swing.possible(x) for swing in swinging):
            return False
        ends = [swing.end(x) for swing in swinging]
        if unstated or price < 0 or None in ends:
            return True
        known = [end for end in ends if end is not None]
        worst = affine(base, x) + sum(
            s.factor * e for s, (e, _) in zip(swinging, known, strict=True)
        )
        attained = not any(strict for _, strict in known)
        return worst > 0 or (worst == 0 and attained and _strict(atom))

    corners = [base]
    for swing in swinging:
        corners = [combined(c, swing.factor, t) for c in corners for t in swing.terms()]
    compared: list[list[Document]] = [[*swing.terms(), *swing.facing] for swing in swinging]
    compared += [[corner, constant(0)] for corner in corners]
    return Breach(above, [g for swing in swinging for g in swing.guards()], compared)


def _with_attributes(vocabulary: Document, entry: Entry, term: Document) -> tuple[Document, bool]:
    """A term with the values of attributes in their places, and whether one of them is not stated."""
    stated_values, unstated = entry.attributes(), False
    terms = dict(term["terms"])
    known = constant(0)
    for declared in vocabulary["attributes"]:
        factor = number(terms.pop(f"service.{declared['name']}", "0"))
        if factor:
            value = stated_values.get(declared["name"])
            unstated = unstated or value is None
            known = combined(known, factor, constant(number(value or "0")))
    return combined({**term, "terms": terms}, Fraction(1), known), unstated


@dataclass(frozen=True)
class Swing:
    """One quantity of an expression: its coefficient, and its bounds on that side with their guards.

    ``always`` are bounds that need no guard, ``facing`` those from the other side: where none of the quantity's values
    is left between them, the contract describes no outcome at all.
    """

    factor: Fraction
    always: list[Document]
    promised: list[tuple[Any, Document, bool]]
    facing: list[Document]

    def guards(self) -> list[Any]:
        return [guard for guard, _, _ in self.promised]

    def terms(self) -> list[Document]:
        return [*self.always, *(bound for _, bound, _ in self.promised)] or [constant(0)]

    def end(self, x: Point) -> tuple[Fraction, bool] | None:
        """The bound that binds at a point, and whether it is strict; None without any."""
        ends = [(affine(term, x), False) for term in self.always]
        ends += [
            (affine(term, x), strict) for when, term, strict in self.promised if truth(when, x)
        ]
        if not ends:
            return None
        worst = (min if self.factor > 0 else max)(value for value, _ in ends)
        return worst, any(strict for value, strict in ends if value == worst)

    def possible(self, x: Point) -> bool:
        end = self.end(x)
        if end is None:
            return True
        others = [(affine(term, x), False) for term in self.facing]
        return _some_value(others, [end]) if self.factor > 0 else _some_value([end], others)


def _of_metric(metric: Document, factor: Fraction, entry: Entry) -> Swing:
    """A metric with the guarantees on the side of its coefficient, at its declared level or a higher one."""
    sides = ("<=", "<") if factor > 0 else (">=", ">")
    least = None if metric["level"] is None else number(metric["level"])
    promised = [
        (g["when"], g["bound"], _strict(g))
        for g in entry.guarantees()
        if g["metric"] == metric["name"]
        and g["relation"] in sides
        and (least is None or number(g["level"]) >= least)
    ]
    low, high = constant(number(metric["lower"])), constant(number(metric["upper"]))
    near, far = (high, low) if factor > 0 else (low, high)
    return Swing(factor, [near], promised, [far])


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
