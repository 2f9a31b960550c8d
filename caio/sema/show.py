"""Canonical documents back to text of the language, so that an auditor reads what was proved.

Parsing and lowering the text gives the same canonical JSON. What the language cannot say (a range with one open end, a
quantile that is no decimal) is an ``InputError``, never an approximation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from caio.base.errors import InputError
from caio.base.spans import Source
from caio.base.units import RATIO, TIME
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.sema.profiles import STATED, objective_of, weights_of
from caio.sema.show_numbers import ends, grouped, level, number, quantity
from caio.sema.show_pieces import assigned, block, braced, clause, cost_dimension
from caio.sema.show_questions import show_class, show_property, show_request
from caio.sema.show_recorded import show_attestation, show_attested, show_measurements
from caio.sema.show_terms import Shower
from caio.syntax.format import format_source
from caio.syntax.text import quote, quote_name

_NONE: Final[Mapping[str, d.Document]] = MappingProxyType({})


def show_documents(documents: Iterable[d.Document]) -> str:
    """The documents as one formatted text, vocabularies first; what no text can state as comments.

    Raises:
        InputError: a document says something that the language cannot, or what it names is missing.
    """
    listed = list(documents)
    vocabularies = {document_digest(v): v for v in listed if isinstance(v, d.Vocabulary)}
    parts = [show_document(v, v) for v in vocabularies.values()]
    others = {document_digest(document): document for document in listed}
    used = next(iter(vocabularies)) if len(vocabularies) == 1 else None
    for document in listed:
        if isinstance(document, d.Vocabulary):
            continue
        vocabulary = vocabularies.get(document.vocabulary)
        if vocabulary is None:
            raise InputError(f"the vocabulary {document.vocabulary} is not here")
        if document.vocabulary != used:
            used = document.vocabulary
            parts.append(f"uses {quote(vocabulary.name)}")
        parts.append(show_document(document, vocabulary, others))
    return _formatted("\n\n".join(parts))


def _formatted(text: str) -> str:
    formatted, diagnostics = format_source(Source("<documents>", text))
    if formatted is None:
        found = diagnostics[0]
        raise InputError(f"the language has no text for a part of this: {found.message}")
    return formatted


def show_document(
    document: d.Document, vocabulary: d.Vocabulary, others: Mapping[str, d.Document] = _NONE
) -> str:
    """One document as a declaration, without ``uses`` and without layout.

    Args:
        document: what is printed.
        vocabulary: its vocabulary, or itself.
        others: the documents beside it by digest, of which a property tells the names.

    Raises:
        InputError: it says something that the language cannot.
    """
    match document:
        case d.Vocabulary():
            return _vocabulary(document)
        case d.Landscape():
            return (
                f"// a landscape of {len(document.entries)} services: {document_digest(document)}"
            )
        case d.Service():
            return _service(document, vocabulary)
        case d.Overlay():
            head = f"overlay {quote(document.service)} version {document.version}"
            body = _statements(document.attributes, document.guarantees, vocabulary)
            return block(f"{head} from {quote(document.origin)}", body)
        case d.Rule() | d.Constraint():
            return _governing(document, vocabulary)
        case d.Request():
            return show_request(document, vocabulary)
        case d.Class():
            return show_class(document, vocabulary)
        case d.Property():
            return show_property(document, vocabulary, others)
        case d.Profile():
            return _profile(document, vocabulary)
        case d.Facts():
            return _facts(document, vocabulary)
        case d.Attestation():
            return show_attestation(document)
        case d.Measurements():
            return show_measurements(document, vocabulary)
        case d.State():
            return _state(document, vocabulary)


def show_expression(expression: t.Formula | t.Atom, vocabulary: d.Vocabulary) -> str:
    """One formula or requirement atom as text, with qualified names.

    Raises:
        InputError: it says something that the language cannot.
    """
    shower = Shower(vocabulary)
    if isinstance(expression, t.Atom):
        return shower.atom(expression)
    return shower.formula(expression)


def show_guarantee(guarantee: d.Guarantee, vocabulary: d.Vocabulary) -> str:
    """One guarantee as text.

    Raises:
        InputError: it says something that the language cannot.
    """
    shower = Shower(vocabulary)
    text = shower.metric_bound(
        guarantee.metric, guarantee.relation, guarantee.bound, guarantee.level
    )
    return text if guarantee.when == t.TRUE else f"{text} when {shower.formula(guarantee.when)}"


def show_cost_case(case: d.CostCase, vocabulary: d.Vocabulary) -> str:
    """One cost case as text."""
    shower = Shower(vocabulary)
    amount = shower.affine(case.amount, cost_dimension(vocabulary))
    return f"when {shower.formula(case.when)}: {amount}"


# --- vocabulary ----------------------------------------------------------------------------------


def _vocabulary(vocabulary: d.Vocabulary) -> str:
    clauses = []
    for enum in vocabulary.enums:
        members = ", ".join(
            quote_name(member.name) + (" sensitive" if member.sensitive else "")
            for member in enum.members
        )
        clauses.append(f"enum {quote_name(enum.name)} {{ {members} }}")
    clauses += clause("unit", [quote_name(unit) for unit in vocabulary.units])
    clauses += clause("capability", [quote_name(name) for name in vocabulary.capabilities])
    clauses += clause("control", [quote_name(name) for name in vocabulary.controls])
    clauses += [_metric(metric) for metric in vocabulary.metrics]
    if vocabulary.cost is not None:
        cost = vocabulary.cost
        clauses.append(f"cost in {ends(Fraction(0), cost.upper, cost.dimension)}")
    for word, origin in (
        ("request fields", "request"),
        ("facts", "fact"),
        ("environment", "env"),
        ("measured", "measured"),
        ("service attributes", "service"),
    ):
        fields = vocabulary.fields(origin)
        if fields:
            inner = ", ".join(_field(field, vocabulary) for field in fields)
            body = f"per service {{ {inner} }}" if origin == "env" else inner
            clauses.append(f"{word} {{ {body} }}")
    return block(f"vocabulary {quote(vocabulary.name)}", clauses)


def _metric(metric: d.Metric) -> str:
    kind = d.RationalType(metric.dimension, metric.lower, metric.upper)
    parts = [f"metric {quote_name(metric.name)}: {_type(kind)}", f"{metric.better} is better"]
    parts.append("expected" if metric.level is None else f"quantile {level(metric.level)}")
    if metric.sequence is not None:
        parts.append(f"sequence {metric.sequence}")
    if metric.parallel is not None:
        parts.append(f"parallel {metric.parallel}")
    if metric.role is not None:
        parts.append(f"role {metric.role}")
    return ", ".join(parts)


def _field(field: d.Field, vocabulary: d.Vocabulary) -> str:
    text = f"{quote_name(field.name)}: {_type(field.type)}"
    if field.default is not None:
        text += f" default {Shower(vocabulary).value(field.default, field.type)}"
    return text if field.role is None else f"{text} role {field.role}"


def _type(kind: d.Type) -> str:
    match kind:
        case d.BoolType():
            return "bool"
        case d.InstantType():
            return "instant"
        case d.EnumType(enum):
            return quote_name(enum)
        case d.SetType(enum):
            return f"set of {quote_name(enum)}"
        case d.IntType(dimension, lower, upper):
            return f"int in {_int_ends(lower, upper, dimension)}"
        case d.RationalType(dimension, low, high):
            name = {RATIO: "ratio", TIME: "time"}.get(dimension) or quote_name(dimension)
            if low is None and high is None:
                return name
            if low is None or high is None:
                raise InputError("the language has no text for a range with one open end")
            return f"{name} in {ends(low, high, dimension)}"


def _int_ends(lower: int, upper: int, dimension: str) -> str:
    return ends(Fraction(lower), Fraction(upper), dimension)


# --- services ------------------------------------------------------------------------------------


def _statements(
    attributes: tuple[tuple[str, d.Value], ...],
    guarantees: tuple[d.Guarantee, ...],
    vocabulary: d.Vocabulary,
) -> list[str]:
    clauses = clause("is", assigned(attributes, vocabulary.attributes, vocabulary))
    return clauses + clause("guarantees", [show_guarantee(g, vocabulary) for g in guarantees])


def _service(service: d.Service, vocabulary: d.Vocabulary) -> str:
    shower = Shower(vocabulary)
    stated = assigned(service.attributes, vocabulary.attributes, vocabulary)
    clauses = clause("is", stated)
    clauses += clause("provides", [quote_name(name) for name in service.capabilities])
    clauses += clause("assumes", [shower.formula(formula) for formula in service.assumes])
    clauses += clause("guarantees", [show_guarantee(g, vocabulary) for g in service.guarantees])
    clauses += _cost(service.cost, vocabulary)
    clauses += _permits(service.permits, vocabulary)
    if service.route != "external":
        clauses.append(f"route {service.route}")
    if service.api is not None:
        schema = service.api.response_schema
        clauses.append(
            f"api {quote_name(service.api.protocol)} {quote(service.api.endpoint)}"
            + ("" if schema is None else f" response schema {quote(schema)}")
        )
    return block(f"service {quote(service.name)} version {service.version}", clauses)


def _cost(cases: tuple[d.CostCase, ...], vocabulary: d.Vocabulary) -> list[str]:
    if len(cases) == 1 and cases[0].when == t.TRUE:
        amount = Shower(vocabulary).affine(cases[0].amount, cost_dimension(vocabulary))
        return [f"cost {amount}"]
    shown = [show_cost_case(case, vocabulary) for case in cases]
    return [f"cost case {{ {', '.join(shown)} }}"] if shown else []


def _permits(permits: d.Permits, vocabulary: d.Vocabulary) -> list[str]:
    parts = ["public"] if permits.mode == "public" else []
    if permits.permissions:
        parts.append(f"{permits.mode} of {braced(permits.permissions)}")
    if permits.trust is not None:
        field = vocabulary.with_role("fact", "trust")
        kind = None if field is None else field.type
        dimension = kind.dimension if isinstance(kind, d.IntType) else RATIO
        parts.append(f"trust >= {quantity(permits.trust, dimension)}")
    if permits.zones is not None:
        if not permits.zones:
            raise InputError("the language has no text for a service that no zone may reach")
        parts.append(f"zone in {braced(permits.zones)}")
    return clause("permits", parts)


# --- policy --------------------------------------------------------------------------------------


def _governing(document: d.Rule | d.Constraint, vocabulary: d.Vocabulary) -> str:
    if isinstance(document, d.Rule):
        return _rule(document, vocabulary)
    return _constraint(document, vocabulary)


def _rule(rule: d.Rule, vocabulary: d.Vocabulary) -> str:
    clauses = [f"priority {rule.priority}"] if rule.priority else []
    clauses.append(_consequence(rule.when, rule.then, vocabulary))
    return block(f"{'invariant' if rule.invariant else 'rule'} {quote_name(rule.name)}", clauses)


def _constraint(constraint: d.Constraint, vocabulary: d.Vocabulary) -> str:
    body = _consequence(constraint.when, constraint.then, vocabulary)
    return block(f"constraint {quote_name(constraint.name)} of {constraint.of}", [body])


def _consequence(when: t.Formula, then: tuple[t.Atom, ...], vocabulary: d.Vocabulary) -> str:
    shower = Shower(vocabulary)
    actions = ", ".join(map(shower.atom, then))
    return f"always {actions}" if when == t.TRUE else f"when {shower.formula(when)} then {actions}"


def _profile(profile: d.Profile, vocabulary: d.Vocabulary) -> str:
    objective = objective_of(profile.weights)
    weights = [f"{name} {number(value)}" for name, value in weights_of(profile.weights).items()]
    clauses = [] if objective == "contracts" else [f"objective {objective}"]
    clauses.append(f"weights {{ {', '.join(weights)} }}")
    if profile.controls:
        clauses.append(f"controls {{ {', '.join(map(_control, profile.controls))} }}")
    clauses.append(f"resolution 1/{grouped(profile.resolution.denominator)}")
    clauses += clause("performance", [quote_name(name) for name in profile.performance])
    clauses += _limits(profile.limits, vocabulary)
    clauses.append(f"optimality {'optional' if profile.optional_optimality else 'required'}")
    clauses += clause("pin", [f"{quote(name)} version {version}" for name, version in profile.pins])
    return block(f"profile {quote_name(profile.name)}", clauses)


def _control(control: d.Control) -> str:
    strength = f"excite {number(control.excitation)} damp {number(control.damping)}"
    return f"{quote_name(control.name)}: {strength}"


def _limits(limits: d.Limits, vocabulary: d.Vocabulary) -> list[str]:
    shower = Shower(vocabulary, "env")
    inner = clause("available", [shower.formula(formula) for formula in limits.available])
    inner.append(f"routing allowance {quantity(limits.routing_allowance, TIME)}")
    inner += clause("facts", [quote_name(origin) for origin in limits.facts])
    inner.append(f"solver units {number(Fraction(limits.solver_units))}")
    return [f"limits {{ {' '.join(inner)} }}"]


def _facts(facts: d.Facts, vocabulary: d.Vocabulary) -> str:
    values = assigned(facts.values, vocabulary.facts, vocabulary)
    if facts.origin != STATED:
        return show_attested(facts, values)
    items = [f"origin {quote_name(facts.origin)}", *values]
    return f"facts {quote_name(facts.name)} {{ {', '.join(items)} }}"


def _state(state: d.State, vocabulary: d.Vocabulary) -> str:
    items = assigned(state.values, vocabulary.environment, vocabulary)
    items += [f"calls {number(Fraction(state.calls))}"]
    items += [f"violations {number(Fraction(state.violations))}"]
    head = f"state {quote(state.service)} version {state.version}"
    return f"{head} {{ {', '.join(items)} }}"
