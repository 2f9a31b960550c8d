"""What declared ranges say of constraints g <= 0 (Eq. 1.1): one that nobody can keep, or that everybody keeps.

An expression is linear, and each of its quantities lies in a range that the vocabulary declares, so that the least and
the most that it may be are sums of ends of ranges, exactly. A statement of a service lies in its range; one that is not
made keeps nothing. Nothing here is a claim of a certificate: the checker is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from caio.base.diagnostics import Diagnostic, Severity, register
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.sema.project import Project

NEVER_KEPT: Final = register(
    "constraint-never-kept", "nothing that can be measured, promised or stated keeps a constraint"
)
ALWAYS_KEPT: Final = register(
    "constraint-always-kept", "declared ranges alone keep a constraint", Severity.NOTE
)
NOT_MEASURED: Final = register(
    "field-not-measured", "a constraint on a field that nothing here measures", Severity.NOTE
)

_Ends = tuple[Fraction | None, Fraction | None]


def out_of_reach(
    constraints: Sequence[d.Constraint], vocabulary: d.Vocabulary, project: Project
) -> Iterator[Diagnostic]:
    """The constraints that nobody can keep, each with the expression to blame."""
    for constraint, index, atom in _expressions(constraints):
        least, _ = _range(atom.terms, vocabulary)
        if least is not None and _positive(least, atom):
            yield NEVER_KEPT.at(
                project.locate(document_digest(constraint), f"then[{index}]"),
                f"constraint `{constraint.name}` cannot be kept: whatever is measured, promised and stated within the"
                " declared ranges breaks it",
                help="correct the bound or the sign, or widen a range of the vocabulary",
            )


def notes(
    constraints: Sequence[d.Constraint], vocabulary: d.Vocabulary, project: Project
) -> Iterator[Diagnostic]:
    """What is worth knowing of constraints and wrong with none of them."""
    for constraint, index, atom in _expressions(constraints):
        _, most = _range(atom.terms, vocabulary)
        states = any(name.startswith("service.") for name, _ in atom.terms.terms)
        if most is not None and not states and not _positive(most, atom):
            yield ALWAYS_KEPT.at(
                project.locate(document_digest(constraint), f"then[{index}]"),
                f"constraint `{constraint.name}` forbids nothing here: every value in the declared ranges keeps it",
                help="correct the bound or the sign, or drop it",
            )
    yield from _not_measured(constraints, vocabulary, project)


def _not_measured(
    constraints: Sequence[d.Constraint], vocabulary: d.Vocabulary, project: Project
) -> Iterator[Diagnostic]:
    """Constraints on fields that no objective asks for and no measurements have."""
    name = document_digest(vocabulary)
    if any(one.objective == "eq1.1" for one in project.profiles if one.vocabulary == name):
        return
    known = {
        field
        for document in project.measurements
        if document.vocabulary == name
        for field, _ in document.intervals
    }
    for constraint in constraints:
        for index, field in _fields(constraint):
            if field not in known:
                known.add(field)
                yield NOT_MEASURED.at(
                    project.locate(document_digest(constraint), f"then[{index}]"),
                    f"constraint `{constraint.name}` speaks of the measured field `{field}`, which nothing here"
                    " measures: without measurements only its declared range is known",
                    help="maximise Eq. 1.1 (`objective field_control`) in a profile, or give measurements",
                )


def _fields(constraint: d.Constraint) -> Iterator[tuple[int, str]]:
    """The measured fields of a constraint, and in which of its actions (or in its condition: the first)."""
    for variable in t.variables_of(constraint.when):
        if variable.startswith("measured."):
            yield 0, variable.removeprefix("measured.")
    for _, index, atom in _expressions([constraint]):
        for variable in t.affine_variables(atom.terms):
            if variable.startswith("measured."):
                yield index, variable.removeprefix("measured.")


def _expressions(
    constraints: Sequence[d.Constraint],
) -> Iterator[tuple[d.Constraint, int, t.OnExpression]]:
    for constraint in constraints:
        for index, atom in enumerate(constraint.then):
            if isinstance(atom, t.OnExpression):
                yield constraint, index, atom


def _positive(value: Fraction, atom: t.OnExpression) -> bool:
    return value >= 0 if atom.relation.strict else value > 0


def _range(terms: t.Affine, vocabulary: d.Vocabulary) -> _Ends:
    """The least and the most of an expression; None where a range is open at that end."""
    least: Fraction | None = terms.constant
    most: Fraction | None = terms.constant
    for name, factor in terms.terms:
        low, high = _declared(name, vocabulary)
        if factor < 0:
            low, high = high, low
        least = None if least is None or low is None else least + factor * low
        most = None if most is None or high is None else most + factor * high
    return least, most


def _declared(name: str, vocabulary: d.Vocabulary) -> _Ends:
    """The declared range of a quantity; a cost has none that anybody is held to."""
    counted = t.counted(name)
    if counted is not None:
        kind = vocabulary.field(counted).type
        size = len(vocabulary.enum(kind.enum).members) if isinstance(kind, d.SetType) else 0
        return Fraction(0), Fraction(size)
    if name == d.COST:
        return None, None
    match vocabulary.field(name).type:
        case d.IntType(_, lower, upper):
            return Fraction(lower), Fraction(upper)
        case d.RationalType(_, low, high):
            return low, high
        case d.InstantType():
            return Fraction(d.INSTANT_MIN), Fraction(d.INSTANT_MAX)
        case _:
            return None, None
