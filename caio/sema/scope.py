"""What the names in a document mean: a vocabulary with its units, looked up by origin.

Variables are qualified (``request.tokens``, ``fact.trust``, ``env.load``); ``at`` is the decision's time. In a ``given``
and in the limits of a profile only one origin makes sense, and its fields may be written without it. Which origins may
occur where is ``docs/spec/documents-v1.md`` section 4: the places below.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from caio.base.spans import Span
from caio.base.units import Units
from caio.ir import documents as d
from caio.sema import codes
from caio.sema.report import Report, shown

AT: Final = "env.at"
"""The decision's time."""

_ORIGINS: Final = {
    "request": "claimed by the caller",
    "fact": "supplied by authentication",
    "env": "observed in the environment",
    "measured": "measured",
    "service": "stated by the service",
    "metric": "promised by the service",
    "choice": "what is chosen",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a document: what it is called and which variables may occur in it."""

    what: str
    origins: frozenset[str]
    bare: str | None = None


def _place(what: str, origins: str, bare: str | None = None) -> Place:
    return Place(what, frozenset(origins.split()), bare)


GUARD: Final = _place("the condition of a guarantee or a price", "request env")
ASSUMPTION: Final = _place("an assumption", "request env")
BOUND: Final = _place("the bound of a guarantee or a price", "request")
CONDITION: Final = _place("the condition of a rule", "request fact env")
LIMIT: Final = _place("the bound of a requirement", "request env")
GIVEN: Final = _place("a `given`", "request", "request")
AVAILABLE: Final = _place("a limit of availability", "env", "env")
CHOICE: Final = _place("the condition of a constraint", "request fact env measured choice")
EXPRESSION: Final = _place(
    "an expression of a constraint", "request fact env measured metric service", "metric"
)
OF_CLASS: Final = _place(
    "the `given` of a class", "request fact env measured choice", bare="request"
)
FACTS_OF_CLASS: Final = _place("the `facts` of a class", "fact", bare="fact")
ADMITTED: Final = _place(
    "the condition of a property", "request fact env metric service", bare="metric"
)
CONSTANT: Final = _place("a constant", "")


@dataclass(frozen=True, slots=True)
class Variable:
    """A resolved variable: its qualified name and its field."""

    name: str
    field: d.Field


class Scope:
    """A vocabulary, its digest, and quick ways to find what it declares."""

    def __init__(self, vocabulary: d.Vocabulary, digest: str) -> None:
        self.vocabulary = vocabulary
        self.digest = digest
        self.units = Units.of(vocabulary.units)
        self.enums = {enum.name: enum for enum in vocabulary.enums}
        chosen = (field.type for field in vocabulary.fields("choice"))
        choices = [vocabulary.enum(kind.enum) for kind in chosen if isinstance(kind, d.EnumType)]
        self.members = {enum.name: enum.names() for enum in (*vocabulary.enums, *choices)}
        self.order = {
            name: {member: index for index, member in enumerate(members)}
            for name, members in self.members.items()
        }
        self.metrics = {metric.name: metric for metric in vocabulary.metrics}
        self.metric_order = {metric.name: i for i, metric in enumerate(vocabulary.metrics)}
        self.capabilities = {name: i for i, name in enumerate(vocabulary.capabilities)}
        self.attributes = {field.name: field for field in vocabulary.attributes}
        self.request = {field.name: field for field in vocabulary.request}
        self.environment = {field.name: field for field in vocabulary.environment}
        self.facts = {field.name: field for field in vocabulary.facts}
        self.measured = {field.name: field for field in vocabulary.measured}
        self.controls = {name: i for i, name in enumerate(vocabulary.controls)}
        self._variables: dict[str, Variable] = {AT: Variable(AT, d.Field("at", d.InstantType()))}
        for origin in ("request", "fact", "env", "measured", "service", "choice"):
            for field in vocabulary.fields(origin):
                name = f"{origin}.{field.name}"
                self._variables.setdefault(name, Variable(name, field))
        promised = [f"metric.{name}" for name in self.metrics]
        for name in promised if vocabulary.cost is None else [*promised, d.COST]:
            self._variables[name] = Variable(name, vocabulary.field(name))

    def find(self, text: str, place: Place) -> Variable | None:
        """The variable that a name means in a place, whether or not it may occur there."""
        if text == "at":
            return self._variables[AT]
        if text == d.COST:
            return self._variables.get(text)
        found = self._variables.get(text)
        if found is None and place.bare is not None:
            found = self._variables.get(f"{place.bare}.{text}")
        return found

    def qualified(self, name: str) -> Variable | None:
        """The variable of this qualified name."""
        return self._variables.get(name)

    def variable(self, text: str, span: Span, place: Place, report: Report) -> Variable | None:
        """The variable that a name means in a place; reports a stranger, or one from elsewhere."""
        found = self.find(text, place)
        if found is None:
            self._explain(text, span, place, report)
            return None
        origin = origin_of(found.name)
        if origin not in place.origins:
            _misplaced(text, origin, span, place, report)
            return None
        return found

    def _explain(self, text: str, span: Span, place: Place, report: Report) -> None:
        """Report a name that means nothing here, as helpfully as it can be said."""
        metric = text.removeprefix("metric.")
        if text == d.COST and "metric" in place.origins:
            report.add(
                codes.NO_COST,
                span,
                f"the vocabulary `{shown(self.vocabulary.name)}` declares no cost",
                help="such as `cost in 0 .. 100 USD`",
            )
            return
        if metric in self.metrics or text == d.COST:
            _misplaced(text, "metric", span, place, report)
            return
        if text == d.CHOICE_CONTROL:
            report.add(
                codes.UNKNOWN_NAME,
                span,
                f"the vocabulary `{shown(self.vocabulary.name)}` declares no controls, so that none is chosen",
                help="such as `control hold, focus` in the vocabulary",
            )
            return
        homes = [origin for origin in _ORIGINS if f"{origin}.{text}" in self._variables]
        allowed = [origin for origin in homes if origin in place.origins]
        if homes and not allowed:
            _misplaced(text, homes[0], span, place, report)
        elif allowed:
            report.add(
                codes.UNKNOWN_NAME,
                span,
                f"there is no variable `{shown(text)}`",
                help=f"did you mean `{allowed[0]}.{text}`?",
            )
        else:
            report.unknown(codes.UNKNOWN_NAME, span, "variable", text, self._known(place))

    def _known(self, place: Place) -> Iterable[str]:
        for name in self._variables:
            origin, rest = origin_of(name), name.partition(".")[2] or name
            if origin in place.origins:
                yield "at" if name == AT else rest if origin == place.bare else name


def origin_of(variable: str) -> str:
    """The origin of a qualified name; the cost is promised as metrics are."""
    return "metric" if variable == d.COST else variable.partition(".")[0]


def _misplaced(text: str, origin: str, span: Span, place: Place, report: Report) -> None:
    if place is CONSTANT:
        message = f"`{shown(text)}` is a variable, and only constants may occur here"
    else:
        message = f"`{shown(text)}` is {_ORIGINS[origin]} and may not occur in {place.what}"
    report.add(codes.WRONG_ORIGIN, span, message, help=_advice(origin, place))


def _advice(origin: str, place: Place) -> str | None:
    if place is GIVEN and origin == "fact":
        return "a request cannot vouch for itself: facts come from authentication"
    if place is GIVEN and origin == "env":
        return "a request cannot choose the time or the state of a service"
    if place is FACTS_OF_CLASS and origin not in ("metric", "service"):
        return "`facts` is about the caller's facts alone; everything else is said with `given`"
    if place in (OF_CLASS, FACTS_OF_CLASS):
        return "a class describes requests; what it asks of services is said with `ensure`"
    if place is ADMITTED and origin in ("measured", "choice"):
        return "what is measured and chosen is asked in constraints, and in the `given` of a class"
    if origin in ("metric", "service") and place is CHOICE:
        return "what services promise is bounded behind `then`"
    if origin == "choice" and place is EXPRESSION:
        return "what is chosen is asked in the condition: `when choice.route == external`"
    if origin == "choice":
        return (
            "`constraint … of policy { when choice.route == external then … }` asks what is chosen"
        )
    if origin == "measured":
        return "`constraint … of traits { … }` asks what is measured of fields"
    if origin in ("metric", "service"):
        return "what services promise is required with `ensure`, or by the actions of a rule"
    if not place.origins:
        return None
    return f"allowed here: {', '.join(sorted(f'`{name}.…`' for name in place.origins))}"
