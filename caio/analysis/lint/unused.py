"""What is declared and never spoken of: words of the vocabulary, classes, pins; notes, one for each list of declarations.

Read off the documents, and proved of nothing: a vocabulary may well be a library of words for documents that are elsewhere.
What a role or a reserved meaning gives a use to (the field that permissions are, the data that is sensitive) is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from caio.analysis.lint import rules
from caio.analysis.lint.inquiry import Inquiry
from caio.analysis.lint.topics import Draft, Topic
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest

_MOST_NAMED = 12
"""How many names a note lists."""
_ORIGINS = ("request", "fact", "env", "measured", "service")
_SECTIONS = {
    "request": "request field",
    "fact": "fact",
    "env": "environment field",
    "measured": "measured field",
    "service": "attribute",
}
_PATHS = {
    "request": "request",
    "fact": "facts",
    "env": "environment",
    "measured": "measured",
    "service": "attributes",
}


@dataclass
class _Uses:
    """What the documents of a project speak of.

    Attributes:
        variables: qualified names of fields and metrics.
        members: by qualified name of a field, the members that are named for it.
        capabilities, controls: names.
        classes: digests.
    """

    variables: set[str] = field(default_factory=set)
    members: dict[str, set[str]] = field(default_factory=dict)
    capabilities: set[str] = field(default_factory=set)
    controls: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)

    def member(self, variable: str, names: Iterable[str]) -> None:
        """A field and members that are named for it."""
        self.variables.add(variable)
        self.members.setdefault(variable, set()).update(names)

    def formula(self, formula: t.Formula) -> None:
        """A condition."""
        match formula:
            case t.Not(operand):
                self.formula(operand)
            case t.And(operands) | t.Or(operands):
                for operand in operands:
                    self.formula(operand)
            case t.Compare(_, term):
                self.variables.update(t.affine_variables(term))
            case t.In(variable, members):
                self.member(variable, members)
            case t.Has(variable, name):
                self.member(variable, (name,))
            case t.Is(variable):
                self.variables.add(variable)
            case t.Constant():
                pass

    def formulas(self, formulas: Iterable[t.Formula]) -> None:
        """Conditions."""
        for one in formulas:
            self.formula(one)

    def atoms(self, atoms: Iterable[t.Atom]) -> None:
        """Requirements."""
        for one in atoms:
            self.atom(one)

    def atom(self, atom: t.Atom) -> None:
        """A requirement."""
        match atom:
            case t.OnMetric(metric, _, bound):
                self.variables.add(f"metric.{metric}")
                self.variables.update(t.affine_variables(bound))
            case t.OnCost(_, bound):
                self.variables.update(t.affine_variables(bound))
            case t.OnAttribute(attribute, values):
                self.member(f"service.{attribute}", [v for v in values if isinstance(v, str)])
            case t.OnQuantity(attribute):
                self.variables.add(f"service.{attribute}")
            case t.OnCapability(capability):
                self.capabilities.add(capability)
            case t.OnExpression(_, terms):
                self.variables.update(t.affine_variables(terms))
            case t.OnTime():
                pass

    def values(self, origin: str, values: Iterable[tuple[str, d.Value]]) -> None:
        """Stated values."""
        for name, value in values:
            named = value if isinstance(value, tuple) else (value,)
            self.member(f"{origin}.{name}", [one for one in named if isinstance(one, str)])

    def guarantees(self, guarantees: Iterable[d.Guarantee]) -> None:
        """Promises."""
        for one in guarantees:
            self.variables.add(f"metric.{one.metric}")
            self.variables.update(t.affine_variables(one.bound))
            self.formulas((one.when,))


def unused(inquiry: Inquiry, topic: Topic) -> None:
    """Find what is declared and never spoken of."""
    vocabulary, name = inquiry.vocabulary, document_digest(inquiry.vocabulary)
    own = [
        one
        for one in inquiry.project.documents()
        if not isinstance(one, d.Vocabulary) and one.vocabulary == name
    ]
    uses = _Uses()
    for one in own:
        _count(one, uses, vocabulary)
    for what, names, missing, path in _lists(vocabulary, uses):
        topic.examined += len(names)
        if missing:
            _note(topic, vocabulary, what, missing, name, path)
    _classes(own, uses, topic)
    _pins(own, inquiry, topic)
    if inquiry.demands and not inquiry.contracts and len(inquiry.project.vocabularies) > 1:
        topic.drafts.append(
            Draft(
                rules.UNUSED,
                f"no service here speaks vocabulary `{vocabulary.name}`, and {len(inquiry.demands):,} rules do",
                (vocabulary.name,),
                "rules without services",
                name,
                help="name the services as well, or let the rules use the vocabulary of the others",
            )
        )


def _count(one: d.Document, uses: _Uses, vocabulary: d.Vocabulary) -> None:
    match one:
        case d.Service():
            _count_service(one, uses, vocabulary)
        case d.Overlay():
            uses.values("service", one.attributes)
            uses.guarantees(one.guarantees)
        case d.Rule() | d.Constraint():
            uses.formulas((one.when,))
            uses.atoms(one.then)
        case d.Request() | d.Class():
            uses.capabilities.update(*one.needs)
            uses.formulas(one.given)
            uses.atoms(one.ensure)
            if isinstance(one, d.Request) and one.nominal:
                uses.values("request", one.nominal)
        case d.Property(claim=d.Never(when)):
            uses.formulas((when,))
        case d.Property(claim=d.Always(group=group)):
            uses.classes.add(group)
        case d.Profile():
            uses.formulas(one.limits.available)
            uses.variables.update(f"metric.{metric}" for metric in one.performance)
            uses.controls.update(control.name for control in one.controls)
        case _:
            _count_recorded(one, uses)


def _count_service(one: d.Service, uses: _Uses, vocabulary: d.Vocabulary) -> None:
    uses.values("service", one.attributes)
    uses.capabilities.update(one.capabilities)
    uses.guarantees(one.guarantees)
    uses.formulas(one.assumes)
    for case in one.cost:
        uses.formulas((case.when,))
        uses.variables.update(t.affine_variables(case.amount))
    _permits(one.permits, uses, vocabulary)


def _count_recorded(one: d.Document, uses: _Uses) -> None:
    match one:
        case d.Facts():
            uses.values("fact", one.values)
        case d.State():
            uses.values("env", one.values)
        case d.Measurements():
            uses.variables.update(f"measured.{name}" for name, _ in one.intervals)
        case _:
            pass


def _permits(permits: d.Permits, uses: _Uses, vocabulary: d.Vocabulary) -> None:
    for role, names in (("permissions", permits.permissions), ("zone", permits.zones or ())):
        found = vocabulary.with_role("fact", role)
        if found is not None:
            uses.member(f"fact.{found.name}", names)


def _lists(
    vocabulary: d.Vocabulary, uses: _Uses
) -> Iterator[tuple[str, Sequence[str], list[str], str]]:
    """Each list of declarations: what they are, all names, those without a use, and a place."""
    capabilities = vocabulary.capabilities
    yield "capability", capabilities, _left(capabilities, uses.capabilities), ""
    controls = vocabulary.controls
    named = uses.controls | uses.members.get(d.CHOICE_CONTROL, set())
    yield "control", controls, _left(controls, named), ""
    metrics = [one.name for one in vocabulary.metrics]
    missing = [
        one.name
        for one in vocabulary.metrics
        if f"metric.{one.name}" not in uses.variables and one.role is None
    ]
    yield "metric", metrics, missing, _first("metrics", metrics, missing)
    for origin in _ORIGINS:
        fields = vocabulary.fields(origin)
        names = [one.name for one in fields]
        missing = [
            one.name
            for one in fields
            if f"{origin}.{one.name}" not in uses.variables and one.role is None
        ]
        yield _SECTIONS[origin], names, missing, _first(_PATHS[origin], names, missing)
    yield from _enums(vocabulary, uses)
    units = vocabulary.units
    yield "unit", units, _left(units, _dimensions(vocabulary)), ""


def _enums(
    vocabulary: d.Vocabulary, uses: _Uses
) -> Iterator[tuple[str, Sequence[str], list[str], str]]:
    """Enumerations that no field is of, and the members of the others that nothing names."""
    of: dict[str, list[str]] = {}
    sensitive: set[str] = set()
    for origin in _ORIGINS:
        for one in vocabulary.fields(origin):
            if isinstance(one.type, d.EnumType | d.SetType):
                of.setdefault(one.type.enum, []).append(f"{origin}.{one.name}")
                if one.role in ("locality", "data"):
                    sensitive.add(one.type.enum)
    names = [one.name for one in vocabulary.enums]
    missing = _left(names, set(of))
    yield "enumeration", names, missing, _first("enums", names, missing)
    for index, enum in enumerate(vocabulary.enums):
        if enum.name not in of or enum.name in sensitive:
            # Roles and marks give the members of these a meaning that no document need repeat.
            continue
        named: set[str] = set()
        spoken = False
        for variable in of[enum.name]:
            named |= uses.members.get(variable, set())
            spoken = spoken or variable in uses.variables
        if spoken:
            own = enum.names()
            yield f"member of enumeration `{enum.name}`", own, _left(own, named), f"enums[{index}]"


def _dimensions(vocabulary: d.Vocabulary) -> set[str]:
    """The dimensions of everything that has one."""
    found = {metric.dimension for metric in vocabulary.metrics}
    if vocabulary.cost is not None:
        found.add(vocabulary.cost.dimension)
    for origin in _ORIGINS:
        for one in vocabulary.fields(origin):
            if isinstance(one.type, d.IntType | d.RationalType):
                found.add(one.type.dimension)
    return {part for dimension in found for part in dimension.replace("per", " ").split()} | found


def _left(names: Sequence[str], used: set[str] | Mapping[str, object]) -> list[str]:
    return [name for name in names if name not in used]


def _first(path: str, names: Sequence[str], missing: Sequence[str]) -> str:
    return f"{path}[{names.index(missing[0])}]" if missing else ""


def _note(
    topic: Topic, vocabulary: d.Vocabulary, what: str, missing: list[str], digest: str, path: str
) -> None:
    shown = ", ".join(f"`{name}`" for name in missing[:_MOST_NAMED])
    rest = f" and {len(missing) - _MOST_NAMED:,} more" if len(missing) > _MOST_NAMED else ""
    noun, of, enum = what.partition(" of ")
    where = f"{of}{enum} of vocabulary `{vocabulary.name}`"
    where = where if of else f" of vocabulary `{vocabulary.name}`"
    says = f"{len(missing):,} {_plural(noun)}{where} are used nowhere: {shown}{rest}"
    if len(missing) == 1:
        says = f"{noun} {shown}{where} is used nowhere"
    topic.drafts.append(
        Draft(
            rules.UNUSED,
            says,
            (vocabulary.name,),
            [what, list(missing)],
            digest,
            path,
            help="drop what nobody will need; documents elsewhere may use it",
        )
    )


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def _classes(own: Sequence[d.Document], uses: _Uses, topic: Topic) -> None:
    classes = [one for one in own if isinstance(one, d.Class)]
    topic.examined += len(classes)
    missing = [one for one in classes if document_digest(one) not in uses.classes]
    for one in missing:
        topic.drafts.append(
            Draft(
                rules.UNUSED,
                f"no property names class `{one.name}`",
                (one.name,),
                "class",
                document_digest(one),
                help="drop it, or claim something of it",
            )
        )


def _pins(own: Sequence[d.Document], inquiry: Inquiry, topic: Topic) -> None:
    versions = {(c.service.name, d.version_key(c.service.version)) for c in inquiry.contracts}
    for one in own:
        if not isinstance(one, d.Profile) or not versions:
            continue
        for service, version in one.pins:
            topic.examined += 1
            if (service, d.version_key(version)) not in versions:
                topic.drafts.append(
                    Draft(
                        rules.PIN_OF_NOBODY,
                        f"profile `{one.name}` pins `{service}` {version}, which is not here",
                        (one.name, service),
                        version,
                        document_digest(one),
                        f"pins.{service}",
                        help="correct the version, add the service to what is linted, or drop the pin",
                    )
                )
