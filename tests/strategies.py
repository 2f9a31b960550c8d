"""Hypothesis strategies for vocabularies and documents of every kind, and for points to evaluate them at.

Everything drawn is canonical: in the order and form of ``docs/spec/documents-v1.md``, within ranges, and sayable in the
language. ``world()`` is the usual entry: a vocabulary with documents that belong together.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.decode import ORIGINS
from caio.ir.encode import document_digest
from caio.ir.interpret import truth
from caio.sema.classes import about_facts
from caio.sema.invariants import INVARIANTS
from caio.sema.pieces import conjunction, equation
from caio.sema.requests import defaults
from caio.sema.scope import Scope, Variable
from caio.sema.vocabulary import ROLES

_T = TypeVar("_T")

NAMES = (
    "alpha",
    "beta_2",
    "gamma.delta",
    "public",
    "trust",
    "in",
    "at",
    "cost",
    "when",
    "vertex_ai/gemini-2.5-pro@001",
    "eu-west-1",
    'a "quoted" name',
    "back\\slash",
    "Zürich ∧ 東京",
    "1024x1024",
    "true",
    "USDX",
)
FIELDS = ("tokens", "fresh", "cached_2", "priority", "at", "data", "in", "region", "trust", "x")
ATTRIBUTES = ("region", "privacy.locality", "privacy.encrypted", "at.rest", "a", "limits.input")

magnitudes: SearchStrategy[Fraction] = st.one_of(
    st.integers(0, 12).map(Fraction),
    st.sampled_from(
        [Fraction(1, 2), Fraction(1, 3), Fraction(3, 1000), Fraction(1, 800_000), Fraction(10**9)]
    ),
    st.tuples(st.integers(0, 1000), st.integers(1, 1000)).map(lambda pair: Fraction(*pair)),
)
numbers: SearchStrategy[Fraction] = st.tuples(magnitudes, st.booleans()).map(
    lambda pair: -pair[0] if pair[1] else pair[0]
)
instants: SearchStrategy[Fraction] = st.one_of(
    st.integers(0, 40_000).map(lambda day: Fraction(day * 86_400_000_000)),
    st.integers(d.INSTANT_MIN, d.INSTANT_MAX).map(Fraction),
)
levels = st.sampled_from([Fraction(1, 2), Fraction(9, 10), Fraction(99, 100), Fraction(999, 1000)])
relations = st.sampled_from(list(t.Relation))


def names(
    pool: tuple[str, ...] = NAMES, least: int = 0, most: int = 4
) -> SearchStrategy[list[str]]:
    """Distinct names, some of them hard to write."""
    return st.lists(st.sampled_from(pool), min_size=least, max_size=most, unique=True)


def in_order(items: tuple[_T, ...], least: int = 0) -> SearchStrategy[tuple[_T, ...]]:
    """A selection that keeps the order."""
    if not items:
        return st.just(())
    return st.lists(
        st.sampled_from(range(len(items))), min_size=min(least, len(items)), unique=True
    ).map(lambda chosen: tuple(items[index] for index in sorted(chosen)))


# --- vocabularies --------------------------------------------------------------------------------


@st.composite
def vocabularies(draw: DrawFn, name: str | None = None) -> d.Vocabulary:
    """A vocabulary with fields of every kind and, most of the time, every role."""
    enum_names = draw(names(("Region", "Data", "Zone", "set", "Other.Kind", "my enum"), 1, 4))
    enums = tuple(
        d.Enumeration(
            enum, tuple(d.Member(m, draw(st.booleans())) for m in draw(names(least=1, most=5)))
        )
        for enum in enum_names
    )
    units = tuple(draw(names(("token", "image", "unit", "10k pixel", "per"), 0, 3)))
    dimensions = ("1", "time", "USD", *units)
    kinds = _types(enum_names, dimensions)
    metrics: list[d.Metric] = []
    for metric in draw(names((*NAMES, "latency", "accuracy", "service.x"), 1, 4)):
        metrics.append(draw(_metric(metric, dimensions, has_role=any(m.role for m in metrics))))
    return d.Vocabulary(
        name=draw(st.sampled_from(NAMES)) if name is None else name,
        enums=enums,
        units=units,
        capabilities=tuple(draw(names(least=1))),
        metrics=tuple(metrics),
        request=draw(_fields(FIELDS, kinds, "request", enums)),
        facts=draw(_fields(FIELDS, kinds, "fact", enums)),
        environment=draw(_fields(tuple(f for f in FIELDS if f != "at"), kinds, "env", enums)),
        measured=draw(_fields(FIELDS, kinds, "measured", enums)),
        controls=tuple(draw(names(("hold", "focus", *NAMES), 0, 3))),
        attributes=draw(
            _fields(
                ATTRIBUTES,
                kinds.filter(lambda kind: not isinstance(kind, d.SetType)),
                "service",
                enums,
            )
        ),
        cost=draw(
            st.none()
            | st.builds(
                d.CostRange, st.sampled_from(dimensions), magnitudes.map(lambda n: n + Fraction(1))
            )
        ),
    )


def _types(enums: list[str], dimensions: tuple[str, ...]) -> SearchStrategy[d.Type]:
    dimension = st.sampled_from(dimensions)
    whole = st.tuples(st.integers(-5, 5), st.integers(0, 1_000_000))
    return st.one_of(
        st.just(d.BoolType()),
        st.just(d.InstantType()),
        st.sampled_from(enums).map(d.EnumType),
        st.sampled_from(enums).map(d.SetType),
        st.tuples(dimension, whole).map(lambda p: d.IntType(p[0], p[1][0], p[1][0] + p[1][1])),
        st.builds(d.RationalType, dimension, st.none(), st.none()),
        st.tuples(dimension, numbers, magnitudes).map(
            lambda p: d.RationalType(p[0], p[1], p[1] + p[2])
        ),
    )


@st.composite
def _metric(draw: DrawFn, name: str, dimensions: tuple[str, ...], *, has_role: bool) -> d.Metric:
    lower = draw(numbers)
    level = draw(st.none() | levels)
    better = draw(st.sampled_from(["higher", "lower"]))
    dimension = draw(st.sampled_from(dimensions))
    latency = dimension == "time" and better == "lower" and not has_role and draw(st.booleans())
    laws = st.sampled_from([None, "sum", "min", "max", "product", "error_sum"])
    return d.Metric(
        name=name,
        dimension=dimension,
        lower=lower,
        upper=lower + draw(magnitudes) + 1,
        better=better,
        statistic=d.Statistic.EXPECTED if level is None else d.Statistic.QUANTILE,
        level=level,
        sequence=draw(laws),
        parallel=draw(laws),
        role="latency" if latency else None,
    )


@st.composite
def _fields(
    draw: DrawFn,
    pool: tuple[str, ...],
    kinds: SearchStrategy[d.Type],
    origin: str,
    enums: tuple[d.Enumeration, ...],
) -> tuple[d.Field, ...]:
    fields = []
    left = dict(ROLES[origin])
    for name in draw(names(pool, 0, 5)):
        kind = draw(kinds)
        role = next((role for role, wanted in left.items() if wanted.fits(kind)), None)
        if role is not None and draw(st.booleans()):
            del left[role]
        else:
            role = None
        default = None
        if origin == "request" and draw(st.integers(0, 3)) == 0:
            default = draw(values(kind, d.Vocabulary("", enums=enums)))
        fields.append(d.Field(name, kind, default, role))
    return tuple(fields)


def values(kind: d.Type, vocabulary: d.Vocabulary) -> SearchStrategy[d.Value]:
    """The values of a type."""
    match kind:
        case d.BoolType():
            return st.booleans()
        case d.EnumType(enum):
            return st.sampled_from(vocabulary.enum(enum).names())
        case d.SetType(enum):
            return in_order(vocabulary.enum(enum).names())
        case d.InstantType():
            return instants
        case d.IntType(_, lower, upper):
            return st.integers(lower, upper).map(Fraction)
        case d.RationalType(_, low, high):
            if low is None or high is None:
                return numbers
            return st.integers(0, 8).map(lambda part: low + (high - low) * Fraction(part, 8))


# --- expressions ---------------------------------------------------------------------------------


def variables(vocabulary: d.Vocabulary, origins: str) -> list[Variable]:
    """The variables of these origins: the decision's time is among those of ``env``, the cost of ``metric``."""
    found = [
        Variable(f"{origin}.{field.name}", field)
        for origin in origins.split()
        if origin != "metric"
        for field in vocabulary.fields(origin)
    ]
    if "metric" in origins.split():
        promised = [f"metric.{metric.name}" for metric in vocabulary.metrics]
        promised += [] if vocabulary.cost is None else [d.COST]
        found += [Variable(name, vocabulary.field(name)) for name in promised]
    if "env" in origins.split():
        found.append(Variable("env.at", vocabulary.field("env.at")))
    return found


@st.composite
def affine(draw: DrawFn, vocabulary: d.Vocabulary, origins: str) -> t.Affine:
    """An affine term over numbers, instants and counts."""
    usable = []
    for variable in variables(vocabulary, origins):
        match variable.field.type:
            case d.SetType():
                usable.append(f"count({variable.name})")
            case d.IntType() | d.RationalType() | d.InstantType():
                usable.append(variable.name)
    chosen = draw(names(tuple(usable), 0, 3)) if usable else []
    coefficient = st.sampled_from([Fraction(1), Fraction(-1)]) | numbers.filter(bool)
    constant = st.sampled_from([Fraction(0)]) | numbers | instants
    return t.Affine.of(draw(constant), {name: draw(coefficient) for name in chosen})


def formulas(vocabulary: d.Vocabulary, origins: str) -> SearchStrategy[t.Formula]:
    """Formulas of any shape over these origins."""
    leaves: list[SearchStrategy[t.Formula]] = [
        st.booleans().map(t.Constant),
        st.builds(t.Compare, st.sampled_from(list(t.Comparison)), affine(vocabulary, origins)),
    ]
    for variable in variables(vocabulary, origins):
        leaves += _about(variable, vocabulary)

    def wider(inner: SearchStrategy[t.Formula]) -> SearchStrategy[t.Formula]:
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(inner.map(t.Not), several.map(t.And), several.map(t.Or))

    return st.recursive(st.one_of(leaves), wider, max_leaves=6)


def _about(variable: Variable, vocabulary: d.Vocabulary) -> list[SearchStrategy[t.Formula]]:
    name = variable.name
    match variable.field.type:
        case d.BoolType():
            return [st.just(t.Is(name))]
        case d.EnumType(enum):
            members = vocabulary.enum(enum).names()
            return [in_order(members, 1).map(lambda chosen: t.In(name, chosen))]
        case d.SetType(enum):
            members = vocabulary.enum(enum).names()
            return [st.sampled_from(members).map(lambda member: t.Has(name, member))]
        case d.IntType() | d.RationalType():
            return [st.tuples(numbers, magnitudes).map(lambda p: _between(name, p[0], p[0] + p[1]))]
        case d.InstantType():
            return [instants.map(lambda at: _between(name, at, at))]


def _between(name: str, low: Fraction, high: Fraction) -> t.Formula:
    at_least = t.Compare(t.Comparison.LE, t.Affine.of(low, {name: Fraction(-1)}))
    at_most = t.Compare(t.Comparison.LE, t.Affine.of(-high, {name: Fraction(1)}))
    return t.And((at_least, at_most))


@st.composite
def bound(draw: DrawFn, vocabulary: d.Vocabulary, metric: d.Metric, origins: str) -> t.Affine:
    """The bound of a metric: a constant within its range, or an affine term."""
    term = draw(affine(vocabulary, origins))
    if not term.is_constant:
        return term
    kind = d.RationalType(metric.dimension, metric.lower, metric.upper)
    value = draw(values(kind, vocabulary))
    assert isinstance(value, Fraction)
    return t.Affine.of(value)


@st.composite
def atoms(draw: DrawFn, vocabulary: d.Vocabulary) -> t.Atom:
    """A requirement atom of any kind that the vocabulary allows."""
    kinds = ["metric", "capability", "time"]
    kinds += ["cost"] if vocabulary.cost is not None else []
    kinds += ["attribute"] * 2 if vocabulary.attributes else []
    match draw(st.sampled_from(kinds)):
        case "metric":
            metric = draw(st.sampled_from(vocabulary.metrics))
            level = None if metric.level is None else draw(st.just(metric.level) | levels)
            limit = draw(bound(vocabulary, metric, "request env"))
            return t.OnMetric(metric.name, draw(relations), limit, level)
        case "cost":
            return t.OnCost(draw(relations), draw(affine(vocabulary, "request env")))
        case "capability":
            capability = draw(st.sampled_from(vocabulary.capabilities))
            return t.OnCapability(capability, draw(st.booleans()))
        case "time":
            return t.OnTime(draw(relations), draw(instants))
    attribute = draw(st.sampled_from(vocabulary.attributes))
    match attribute.type:
        case d.EnumType(enum):
            members = draw(in_order(vocabulary.enum(enum).names(), 1))
            return t.OnAttribute(attribute.name, members, draw(st.booleans()))
        case d.BoolType():
            flags = draw(st.sampled_from([(False,), (True,), (False, True)]))
            return t.OnAttribute(attribute.name, flags, draw(st.booleans()))
        case d.InstantType():
            return t.OnQuantity(attribute.name, draw(relations), draw(instants))
    return t.OnQuantity(attribute.name, draw(relations), draw(numbers))


@st.composite
def demands(draw: DrawFn, vocabulary: d.Vocabulary) -> t.Atom:
    """What a constraint can demand: an expression, a named invariant, an attribute, a capability."""
    kinds = ["expression"] * 2 + ["other"]
    roles = [name for name in INVARIANTS if vocabulary.with_role("measured", name) is not None]
    match draw(st.sampled_from([*kinds, "meets"] if roles else kinds)):
        case "expression":
            terms = draw(affine(vocabulary, "request fact env measured metric service"))
            return t.OnExpression(draw(st.sampled_from([t.Relation.LE, t.Relation.LT])), terms)
        case "meets":
            name = draw(st.sampled_from(roles))
            field = vocabulary.with_role("measured", name)
            assert field is not None
            return INVARIANTS[name].over(field.name)
    allowed = atoms(vocabulary).filter(
        lambda atom: isinstance(atom, t.OnAttribute | t.OnCapability)
    )
    return draw(allowed)


# --- documents -----------------------------------------------------------------------------------


@st.composite
def stated(
    draw: DrawFn, fields: tuple[d.Field, ...], vocabulary: d.Vocabulary
) -> tuple[tuple[str, d.Value], ...]:
    """Values for some of these fields, by name."""
    chosen = draw(in_order(fields))
    found = {field.name: draw(values(field.type, vocabulary)) for field in chosen}
    return tuple(sorted(found.items()))


@st.composite
def guarantees(draw: DrawFn, vocabulary: d.Vocabulary) -> d.Guarantee:
    """A guarantee on one of the metrics."""
    metric = draw(st.sampled_from(vocabulary.metrics))
    return d.Guarantee(
        metric.name,
        draw(relations),
        draw(bound(vocabulary, metric, "request")),
        draw(st.just(t.TRUE) | formulas(vocabulary, "request env")),
        None if metric.level is None else draw(st.just(metric.level) | levels),
    )


@st.composite
def permits(draw: DrawFn, vocabulary: d.Vocabulary) -> d.Permits:
    """Who may call, as far as the vocabulary has the roles for it."""
    mode = draw(st.sampled_from(["public", "none"]))
    permissions: tuple[str, ...] = ()
    role = vocabulary.with_role("fact", "permissions")
    if role is not None and isinstance(role.type, d.SetType) and draw(st.booleans()):
        mode = draw(st.sampled_from(["any", "all"]))
        permissions = draw(in_order(vocabulary.enum(role.type.enum).names(), 1))
    trust = vocabulary.with_role("fact", "trust")
    zone = vocabulary.with_role("fact", "zone")
    level = draw(st.none() | values(trust.type, vocabulary)) if trust is not None else None
    zones = None
    if zone is not None and isinstance(zone.type, d.EnumType) and draw(st.booleans()):
        zones = draw(in_order(vocabulary.enum(zone.type.enum).names(), 1))
    assert level is None or isinstance(level, Fraction)
    return d.Permits(mode, permissions, level, zones)


@st.composite
def services(draw: DrawFn, vocabulary: d.Vocabulary, name: str, version: str) -> d.Service:
    """A service; its cost cases need not be disjoint."""
    case = st.builds(d.CostCase, formulas(vocabulary, "request env"), affine(vocabulary, "request"))
    api = st.builds(
        d.Api,
        st.sampled_from(NAMES),
        st.sampled_from(["https://x/y?z=1", "x"]),
        st.none() | st.just("s.json"),
    )
    return d.Service(
        vocabulary=document_digest(vocabulary),
        name=name,
        version=version,
        route=draw(st.sampled_from(["internal", "external", "hybrid"])),
        attributes=draw(stated(vocabulary.attributes, vocabulary)),
        capabilities=draw(in_order(vocabulary.capabilities)),
        assumes=tuple(draw(st.lists(formulas(vocabulary, "request env"), max_size=2))),
        guarantees=tuple(draw(st.lists(guarantees(vocabulary), max_size=3))),
        cost=tuple(draw(st.lists(case, max_size=2))) if vocabulary.cost is not None else (),
        permits=draw(permits(vocabulary)),
        api=draw(st.none() | api),
    )


@st.composite
def overlays(draw: DrawFn, vocabulary: d.Vocabulary, service: d.Service, origin: str) -> d.Overlay:
    """An overlay that restates nothing of its service."""
    taken = {name for name, _ in service.attributes}
    free = tuple(field for field in vocabulary.attributes if field.name not in taken)
    return d.Overlay(
        vocabulary=document_digest(vocabulary),
        service=service.name,
        version=service.version,
        origin=origin,
        attributes=draw(stated(free, vocabulary)),
        guarantees=tuple(draw(st.lists(guarantees(vocabulary), max_size=2))),
    )


@st.composite
def rules(draw: DrawFn, vocabulary: d.Vocabulary, name: str) -> d.Rule:
    """A rule or an invariant."""
    invariant = draw(st.booleans())
    return d.Rule(
        vocabulary=document_digest(vocabulary),
        name=name,
        when=draw(st.just(t.TRUE) | formulas(vocabulary, "request fact env")),
        then=tuple(draw(st.lists(atoms(vocabulary), min_size=1, max_size=3))),
        priority=0 if invariant else draw(st.integers(-10, 10_000)),
        invariant=invariant,
    )


@st.composite
def constraints(draw: DrawFn, vocabulary: d.Vocabulary, name: str) -> d.Constraint:
    """A constraint on safety, policy or traits."""
    return d.Constraint(
        vocabulary=document_digest(vocabulary),
        name=name,
        of=draw(st.sampled_from(d.SUBJECTS)),
        when=draw(st.just(t.TRUE) | formulas(vocabulary, "request fact env measured choice")),
        then=tuple(draw(st.lists(demands(vocabulary), min_size=1, max_size=3))),
    )


@st.composite
def requests(draw: DrawFn, vocabulary: d.Vocabulary, name: str) -> d.Request:
    """A request, its defaults filled in, with or without a nominal point."""
    scope = Scope(vocabulary, "")
    given: list[t.Formula] = list(draw(st.lists(formulas(vocabulary, "request"), max_size=3)))
    given += defaults(scope, given)
    budgets, deadlines = limits_of(vocabulary)
    nominal = None
    if draw(st.booleans()):
        nominal = tuple(
            sorted((f.name, draw(values(f.type, vocabulary))) for f in vocabulary.request)
        )
        point = {f"request.{name}": value for name, value in nominal}
        if any(truth(formula, point) is False for formula in given):
            nominal = None
    return d.Request(
        vocabulary=document_digest(vocabulary),
        name=name,
        needs=tuple(draw(st.lists(in_order(vocabulary.capabilities, 1), min_size=1, max_size=3))),
        given=tuple(given),
        ensure=tuple(draw(st.lists(atoms(vocabulary), max_size=3))),
        budget=draw(budgets),
        deadline=draw(deadlines),
        caller=draw(st.none() | st.sampled_from(NAMES)),
        # An empty nominal point cannot be written, and says nothing.
        nominal=nominal or None,
    )


def limits_of(
    vocabulary: d.Vocabulary,
) -> tuple[SearchStrategy[Fraction | None], SearchStrategy[Fraction | None]]:
    """Budgets and deadlines, where the vocabulary has what they are about."""
    timed = any(metric.role for metric in vocabulary.metrics)
    return (
        st.none() | magnitudes if vocabulary.cost is not None else st.none(),
        st.none() | magnitudes if timed else st.none(),
    )


@st.composite
def classes(draw: DrawFn, vocabulary: d.Vocabulary, name: str) -> d.Class:
    """A class of requests; what it says of facts alone comes last."""
    origins = st.sampled_from(["request", "fact", "request fact env measured choice"])
    given = draw(st.lists(origins.flatmap(lambda o: formulas(vocabulary, o)), max_size=4))
    budgets, deadlines = limits_of(vocabulary)
    return d.Class(
        vocabulary=document_digest(vocabulary),
        name=name,
        needs=tuple(draw(st.lists(in_order(vocabulary.capabilities, 1), max_size=2))),
        given=tuple(sorted(given, key=about_facts)),
        ensure=tuple(draw(st.lists(atoms(vocabulary), max_size=3))),
        budget=draw(budgets),
        deadline=draw(deadlines),
    )


@st.composite
def properties(
    draw: DrawFn, vocabulary: d.Vocabulary, name: str, others: list[d.Document]
) -> d.Property:
    """A property: a condition that is never admitted, or a claim about some of these others."""
    groups = [document_digest(other) for other in others if isinstance(other, d.Class)]
    governing = sorted(
        document_digest(other) for other in others if isinstance(other, d.Rule | d.Constraint)
    )
    when = formulas(vocabulary, "request fact env metric service")
    claims: list[SearchStrategy[d.PropertyClaim]] = [when.map(d.Never)]
    if groups:
        claims.append(st.builds(d.Always, st.integers(1, 10_000), st.sampled_from(groups)))
    if governing:
        some = in_order(tuple(governing), 1)
        claims.append(st.builds(d.Implication, some, some, st.booleans()))
    return d.Property(document_digest(vocabulary), name, draw(st.one_of(claims)))


@st.composite
def profiles(draw: DrawFn, vocabulary: d.Vocabulary, name: str) -> d.Profile:
    """A profile whose scores stay within the limit."""
    weight = st.integers(0, 24).map(lambda eighths: Fraction(eighths, 8))
    pins = draw(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["1", "2.0"]), max_size=2))
    return d.Profile(
        vocabulary=document_digest(vocabulary),
        name=name,
        weights=draw(
            st.builds(d.Weights, st.just(Fraction(1)), *[weight] * 3)
            | st.builds(d.FieldWeights, st.just(Fraction(1)), *[weight] * 6)
        ),
        controls=tuple(
            d.Control(control, draw(weight), draw(weight) / 3)
            for control in draw(in_order(vocabulary.controls))
        ),
        resolution=Fraction(1, draw(st.sampled_from([1, 1000, 999_983, 1_000_000]))),
        performance=draw(in_order(tuple(metric.name for metric in vocabulary.metrics))),
        limits=d.Limits(
            tuple(draw(st.lists(formulas(vocabulary, "env"), max_size=2))),
            draw(magnitudes),
            draw(in_order(ORIGINS)),
            draw(st.integers(1, 10**12)),
        ),
        optional_optimality=draw(st.booleans()),
        pins=tuple(sorted(pins.items())),
    )


digests = st.integers(0, 2**256 - 1).map(lambda number: f"sha256:{number:064x}")
remarks = st.sampled_from(["", "reference/1", "two\nlines", 'a "quoted" text', "∧"])


@st.composite
def measurements(draw: DrawFn, vocabulary: d.Vocabulary, name: str) -> d.Measurements:
    """Intervals of some measured fields, and the terms of Eq. 1.1 under some controls."""
    count = draw(st.sampled_from([1, 1000, 999_983]))
    steps = st.integers(0, count)
    intervals = []
    for field in vocabulary.measured:
        if isinstance(field.type, d.IntType | d.RationalType) and draw(st.booleans()):
            ends = draw(st.lists(values(field.type, vocabulary), min_size=2, max_size=2))
            low, high = sorted(end for end in ends if isinstance(end, Fraction))
            intervals.append((field.name, (low, high)))
    policy = st.dictionaries(st.sampled_from(NAMES), steps, max_size=2)
    terms = st.builds(
        d.FieldTerms, steps, steps, steps, policy.map(lambda found: tuple(sorted(found.items())))
    )
    return d.Measurements(
        vocabulary=document_digest(vocabulary),
        name=name,
        procedure=draw(remarks),
        resolution=Fraction(1, count),
        inputs=tuple(sorted(draw(st.dictionaries(st.sampled_from(NAMES), digests)).items())),
        intervals=tuple(sorted(intervals)),
        terms=tuple(
            sorted((x, draw(terms)) for x in draw(in_order((d.NO_CONTROL, *vocabulary.controls))))
        ),
    )


@st.composite
def attestations(draw: DrawFn, facts: d.Facts) -> d.Attestation:
    """A node's word for these facts; nobody has signed it."""
    start = draw(st.integers(0, 10**15))
    at = start + draw(st.integers(0, 10**12))
    return d.Attestation(
        vocabulary=facts.vocabulary,
        node=draw(digests),
        signature=draw(remarks),
        statement=d.Statement(
            algorithm="EdDSA",
            at=at,
            claims=tuple(draw(st.lists(remarks, max_size=2))),
            end=at + 1 + draw(st.integers(0, 10**12)),
            facts=document_digest(facts),
            issuer=draw(remarks),
            key=draw(digests),
            kid=draw(remarks),
            start=start,
            subject=draw(digests),
            token=draw(digests),
            vocabulary=facts.vocabulary,
        ),
    )


@dataclass(frozen=True)
class World:
    """A vocabulary and documents that belong together."""

    vocabulary: d.Vocabulary
    documents: tuple[d.Document, ...]

    @property
    def all(self) -> tuple[d.Document, ...]:
        """Every document, the vocabulary first."""
        return (self.vocabulary, *self.documents)


@st.composite
def world(draw: DrawFn) -> World:
    """Some documents of each kind, consistent with one another."""
    vocabulary = draw(vocabularies())
    digest = document_digest(vocabulary)
    found: list[d.Document] = []
    for name in draw(names(most=2)):
        version = draw(st.sampled_from(["1", "1.0.0", "2.10", "0.0.1.3"]))
        service = draw(services(vocabulary, name, version))
        found.append(service)
        if draw(st.booleans()):
            found.append(draw(overlays(vocabulary, service, draw(st.sampled_from(NAMES)))))
        if draw(st.booleans()):
            calls = draw(st.integers(0, 10**12))
            found.append(
                d.State(
                    digest,
                    name,
                    version,
                    draw(stated(vocabulary.environment, vocabulary)),
                    calls,
                    draw(st.integers(0, calls)),
                )
            )
    found += [draw(rules(vocabulary, name)) for name in draw(names(most=2))]
    found += [draw(constraints(vocabulary, name)) for name in draw(names(most=2))]
    found += [draw(requests(vocabulary, name)) for name in draw(names(most=2))]
    found += [draw(classes(vocabulary, name)) for name in draw(names(most=2))]
    found += [draw(properties(vocabulary, name, found)) for name in draw(names(most=2))]
    found += [draw(profiles(vocabulary, name)) for name in draw(names(most=1))]
    for name in draw(names(most=1)):
        origin = draw(st.sampled_from(ORIGINS))
        facts = d.Facts(digest, name, origin, draw(stated(vocabulary.facts, vocabulary)))
        found.append(facts)
        if origin == "attested":
            found.append(draw(attestations(facts)))
    found += [draw(measurements(vocabulary, name)) for name in draw(names(most=1))]
    return World(vocabulary, tuple(found))


@st.composite
def points(
    draw: DrawFn, vocabulary: d.Vocabulary, origins: str = "request fact env"
) -> dict[str, d.Value]:
    """A complete point: a value for every variable of these origins."""
    return {
        variable.name: draw(values(variable.field.type, vocabulary))
        for variable in variables(vocabulary, origins)
    }


__all__ = ["World", "conjunction", "equation", "points", "vocabularies", "world"]
