"""Points as text of the language: a request document, the facts that belong to it, and comments for what neither can say.

The text compiles against the vocabulary and describes the point and no other one, as far as the point goes: a field that was
dropped is not mentioned, a field at its declared default neither, because the language fills it in. Time, environment, measured
values and outcomes stand in comments of one fixed form, ``// at 2027-04-14, healthy: false``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from caio.analysis.witness.axes import Axis, axes_of
from caio.analysis.witness.concrete import NONE_OF_THEM, concrete
from caio.analysis.witness.minimal import Point
from caio.base.errors import InputError
from caio.base.spans import Source
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.obligations.meaning import Meaning
from caio.sema.pieces import equation
from caio.sema.profiles import STATED
from caio.sema.scope import Scope, Variable
from caio.sema.show import show_document
from caio.sema.show_terms import Shower
from caio.syntax.format import format_source
from caio.syntax.text import quote

COUNTEREXAMPLE: Final = "counterexample"
_NO_VALUE: Final = "no value"


def counterexample_text(
    point: Point,
    meaning: Meaning,
    *,
    request: d.Request | d.Class | None = None,
    name: str = COUNTEREXAMPLE,
    needs: Sequence[str] = (),
) -> str:
    """A point as a request to paste into a file, formatted as ``caio fmt`` would.

    Args:
        point: what to describe.
        meaning: of the vocabulary.
        request: whose needs, ensures, budget, deadline and caller are kept.
        name: the name of the request, and of the facts.
        needs: the capabilities that are needed where `request` names none; without any, the vocabulary's first one.

    Raises:
        InputError: the vocabulary declares no capability, so that nothing can be requested in it.
    """
    vocabulary = meaning.vocabulary
    parts = [*_comments(point, meaning), f"uses {quote(vocabulary.name)}"]
    asked = request_of(point, meaning, request=request, name=name, needs=needs)
    parts.append(show_document(asked, vocabulary))
    facts = facts_of(point, meaning, name=name)
    if facts is not None:
        parts.append(show_document(facts, vocabulary))
    text = "\n\n".join(parts)
    formatted, diagnostics = format_source(Source("<counterexample>", text))
    if formatted is None:
        raise InputError(f"the language has no text for a counterexample: {diagnostics[0].message}")
    return formatted


def request_of(
    point: Point,
    meaning: Meaning,
    *,
    request: d.Request | d.Class | None = None,
    name: str = COUNTEREXAMPLE,
    needs: Sequence[str] = (),
) -> d.Request:
    """The request that describes a point, without the equations of defaults that the language fills in.

    Args and raises: as ``counterexample_text``.
    """
    vocabulary = meaning.vocabulary
    groups = () if request is None else request.needs
    groups = groups or tuple((one,) for one in needs) or (vocabulary.capabilities[:1],)
    if not groups[0]:
        raise InputError(
            f"the vocabulary `{vocabulary.name}` declares no capability, so that no request can be stated"
        )
    scope = Scope(vocabulary, document_digest(vocabulary))
    given = tuple(_equations(point, meaning, scope))
    return d.Request(
        vocabulary=scope.digest,
        name=name,
        needs=groups,
        given=given,
        ensure=() if request is None else request.ensure,
        budget=None if request is None else request.budget,
        deadline=None if request is None else request.deadline,
        caller=request.caller if isinstance(request, d.Request) else None,
    )


def facts_of(point: Point, meaning: Meaning, *, name: str = COUNTEREXAMPLE) -> d.Facts | None:
    """The asserted facts of a point; None where it says nothing of the caller."""
    values = _values(point, meaning)
    stated = {
        axis.name.removeprefix("fact."): values[axis.name]
        for axis in _shown(point, meaning)
        if axis.origin == "fact"
    }
    if not stated:
        return None
    digest = document_digest(meaning.vocabulary)
    return d.Facts(digest, name, STATED, tuple(sorted(stated.items())))


def _values(point: Point, meaning: Meaning) -> Mapping[str, d.Value]:
    return concrete(point.values, meaning.vocabulary).point


def _shown(point: Point, meaning: Meaning) -> Iterator[Axis]:
    """The fields that a point says something about, in order."""
    for axis in axes_of(meaning):
        known = any(name in point.values for name in axis.variables)
        if known and axis.name not in point.dropped:
            yield axis


def _equations(point: Point, meaning: Meaning, scope: Scope) -> Iterator[t.Formula]:
    values = _values(point, meaning)
    for axis in _shown(point, meaning):
        if axis.origin != "request":
            continue
        field = meaning.vocabulary.field(axis.name)
        value = values[axis.name]
        if field.default is None or value != field.default:
            yield equation(scope, Variable(axis.name, field), value)


def _comments(point: Point, meaning: Meaning) -> list[str]:
    """The circumstances on one line, and what the service promises or does on another, where there is any of it."""
    vocabulary, values = meaning.vocabulary, _values(point, meaning)
    shower = Shower(vocabulary)
    around = []
    for axis in _shown(point, meaning):
        if axis.origin in ("request", "fact"):
            continue
        text = _written(values[axis.name], axis.type, shower)
        said = axis.name.removeprefix("env.")
        around.append(f"at {text}" if said == "at" else f"{said}: {text}")
    done = []
    promised = [name for name in values if name.startswith("metric.") or name == d.COST]
    for name in (*promised, *(name for name in values if name.startswith("service."))):
        text = _written(values[name], vocabulary.field(name).type, shower)
        done.append(f"{name.removeprefix('metric.')}: {text}")
    for name in point.values:
        if name.startswith("capability."):
            capability = name.removeprefix("capability.")
            done.append(f"provides {capability}: {_truth(point.values[name])}")
    lines = [f"// {', '.join(line)}" for line in (around, done) if line]
    return ["\n".join(lines)] if lines else []


def _truth(value: Fraction) -> str:
    return "true" if value == 1 else "false"


def _written(value: d.Value, kind: d.Type, shower: Shower) -> str:
    return _NO_VALUE if value == NONE_OF_THEM else shower.value(value, kind)
