"""The actual payload, checked against what the request described (DESIGN section 7: nothing else is sent).

A payload comes with the exact value of every request field for this very call; what is left out has its declared default, or
none. The field of role ``data`` is what the host states united with what the declared classifier finds, and a payload that
nobody could classify counts as every sensitive class. The point that results must have a value for every field that the
request speaks of, lie in the declared ranges, and satisfy every element of the request's ``given``, exactly. Messages name
fields and clauses, never what a payload holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Final

from caio.base.canonical import digest_bytes
from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.ir.interpret import Point, in_schema, truth
from caio.routing import payloads
from caio.routing.values import value_from
from caio.security.classification import Classification, Classifier
from caio.security.payload import data_of, may_be_sensitive
from caio.sema.report import shown
from caio.sema.scope import Scope
from caio.sema.show import show_expression
from caio.sema.terms import type_name

MEDIA_TYPE: Final = re.compile(
    r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}(; ?[a-z0-9-]{1,32}=[A-Za-z0-9_.-]{1,64}){0,4}"
)
"""A media type that can be put into a header as it is, and into a message."""


@dataclass(frozen=True)
class Payload(payloads.Payload):
    """What is to be sent: a ``caio.Payload``, which a router may look at before, with what is known of this very call.

    Attributes:
        values: the value of each request field for this call, by name, as ``Router.route`` takes them.
    """

    values: Mapping[str, object] = field(default_factory=dict, repr=False)

    @cached_property
    def digest(self) -> str:
        """The digest of the content."""
        return digest_bytes(self.content)


class PayloadError(InputError):
    """A payload that the request does not describe. It has not been sent.

    Attributes:
        clause: the element of ``given`` that it breaks, as text of the language; empty where it breaks none.
        fields: the request fields that it is about, sorted.
    """

    def __init__(self, message: str, *, clause: str = "", fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.clause = clause
        self.fields = fields


class _Nobody:
    """The classifier where none is declared: every payload is unclassified, and so counts as sensitive."""

    def classify(self, payload: bytes, media_type: str) -> Classification:  # noqa: ARG002
        return Classification(frozenset(), (), "no classifier is declared")


def point_of(
    vocabulary: d.Vocabulary, request: d.Request, payload: Payload, classifier: Classifier | None
) -> Point:
    """The point of this call: values by ``request.…``, one that the request describes.

    Raises:
        PayloadError: the request does not describe it, or it states what no field may have.
    """
    if MEDIA_TYPE.fullmatch(payload.media_type) is None:
        raise PayloadError("the payload's media type is none such as `application/json`")
    values = {f.name: f.default for f in vocabulary.request if f.default is not None}
    values |= _values(vocabulary, payload.values)
    _check_stated(request, values)
    role = vocabulary.with_role("request", "data")
    asked = classifier or _Nobody()
    if role is not None and isinstance(role.type, d.SetType):
        stated = values.get(role.name)
        said = stated if isinstance(stated, tuple) else ()
        found = data_of(vocabulary, said, payload.content, payload.media_type, asked)
        values[role.name] = found.members
    elif _knows_sensitive(vocabulary) and may_be_sensitive(
        vocabulary, payload.content, payload.media_type, asked
    ):
        raise PayloadError(
            "the payload may be sensitive, and the vocabulary has no request field of role `data`: declare one"
        )
    point = {f"request.{name}": value for name, value in values.items()}
    if not in_schema(vocabulary, point):
        raise PayloadError("a value of the call lies outside its field's declared range")
    _check_given(vocabulary, request, point)
    return MappingProxyType(point)


def _knows_sensitive(vocabulary: d.Vocabulary) -> bool:
    return any(member.sensitive for enum in vocabulary.enums for member in enum.members)


def _values(vocabulary: d.Vocabulary, given: Mapping[str, object]) -> Mapping[str, d.Value]:
    scope = Scope(vocabulary, document_digest(vocabulary))
    found: dict[str, d.Value] = {}
    for name, value in given.items():
        known = scope.request.get(name)
        if known is None:
            raise PayloadError(f"the call states `{shown(str(name))}`, which is no request field")
        try:
            found[name] = value_from(scope, value, known)
        except InputError:
            # The reason quotes the value, which may have been read from the payload.
            raise PayloadError(
                f"the call states a value of `{shown(name)}` that it cannot have: expected {type_name(known.type)}",
                fields=(name,),
            ) from None
    return found


def _check_stated(request: d.Request, values: Mapping[str, d.Value]) -> None:
    """Refuse a call that leaves open what the request speaks of."""
    spoken = {
        name.removeprefix("request.")
        for formula in request.given
        for name in t.variables_of(formula)
        if name.startswith("request.")
    }
    missing = tuple(sorted(spoken - values.keys()))
    if missing:
        names = ", ".join(f"`{shown(name)}`" for name in missing)
        raise PayloadError(
            f"the request `{shown(request.name)}` speaks of {names}, and the call does not state it: pass its value",
            fields=missing,
        )


def _check_given(vocabulary: d.Vocabulary, request: d.Request, point: Point) -> None:
    for formula in request.given:
        if truth(formula, point) is True:
            continue
        clause = show_expression(formula, vocabulary)
        fields = tuple(sorted({n.removeprefix("request.") for n in t.variables_of(formula)}))
        raise PayloadError(
            f"the request `{shown(request.name)}` does not describe this payload: `{shown(clause)}` does not hold;"
            " route the call it really is",
            clause=clause,
            fields=fields,
        )
