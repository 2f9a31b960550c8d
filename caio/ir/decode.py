"""Canonical JSON to documents (``docs/spec/documents-v1.md`` section 5), the inverse of ``ir.encode``.

Strict about shape, exact types, numbers, names and the canonical form that a document shows by itself. What needs the
vocabulary beyond the types of values (references, ranges, origins, order of declaration) is ``sema.validate``; whoever
reads documents from outside calls both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from caio.ir import documents as d
from caio.ir import reader as r
from caio.ir.decode_choosing import (
    MEASUREMENTS,
    PROFILE,
    decode_measurements,
    decode_profile,
)
from caio.ir.decode_questions import (
    CLASS,
    PROPERTY,
    decode_class,
    decode_need,
    decode_property,
)
from caio.ir.decode_terms import (
    decode_affine,
    decode_atom,
    decode_formula,
    decode_relation,
    decode_value,
)
from caio.ir.decode_vocabulary import decode_vocabulary
from caio.ir.encode import document_digest
from caio.ir.memo import Memo, NoMemo
from caio.ir.reader import DecodeError, Object

ORIGINS: Final = ("asserted", "attested")
"""Where facts come from: a statement that nobody verified, or a verified token."""
FORMAT: Final = "caio-documents/v1"
"""The format of a document set."""

Vocabularies: TypeAlias = Mapping[str, d.Vocabulary]
"""Vocabularies by digest."""
_NO_MEMO: Final = NoMemo()


def decode_set(value: object) -> tuple[d.Document, ...]:
    """The documents of a document set, in its order.

    Raises:
        DecodeError: it is no document set, one of its documents is malformed or refers to a vocabulary that is not
            in the set, or the same document occurs twice.
    """
    members = r.members(value, frozenset({"format", "documents"}))
    r.member(members, "format", r.one_of(FORMAT))
    return r.member(members, "documents", decode_documents)


def decode_documents(value: object) -> tuple[d.Document, ...]:
    """The documents of an array (of a set, or of a decision that carries its documents).

    Raises:
        DecodeError: as ``decode_set``.
    """
    if type(value) is not list:
        raise r.expected("an array", value)
    vocabularies: dict[str, d.Vocabulary] = {}
    for index, item in enumerate(value):
        if type(item) is dict and item.get("kind") == "vocabulary":
            try:
                vocabulary = decode_vocabulary(item)
            except DecodeError as error:
                raise error.inside(f"[{index}]") from None
            vocabularies[document_digest(vocabulary)] = vocabulary
    return r.array(value, partial(decode_document, vocabularies=vocabularies))


def decode_document(value: object, vocabularies: Vocabularies, memo: Memo = _NO_MEMO) -> d.Document:
    """One document of any kind; every kind but the vocabulary needs its vocabulary among these.

    Args:
        value: its JSON.
        vocabularies: by digest.
        memo: decodes parts of services and overlays that several documents share as one object only once.

    Raises:
        DecodeError: the value is malformed or its vocabulary is not given.
    """
    if type(value) is not dict:
        raise r.expected("an object", value)
    kind = value.get("kind")
    if kind == "vocabulary":
        return decode_vocabulary(value)
    if type(kind) is not str or kind not in _DECODERS:
        raise DecodeError(f"{r.quoted(str(kind))} is no kind of document", "kind")
    names, decode = _DECODERS[kind]
    members = r.members(value, names)
    digest = r.member(members, "vocabulary", r.digest_name)
    vocabulary = vocabularies.get(digest)
    if vocabulary is None:
        raise DecodeError(f"no vocabulary here has the digest {r.quoted(digest)}", "vocabulary")
    return decode(members, digest, vocabulary, memo)


def _service(members: Object, digest: str, vocabulary: d.Vocabulary, memo: Memo) -> d.Service:
    return d.Service(
        vocabulary=digest,
        name=r.member(members, "name", r.name),
        version=r.member(members, "version", r.version),
        route=r.member(members, "route", _route),
        attributes=_attributes(members, digest, vocabulary, memo),
        capabilities=r.member(members, "capabilities", memo.of(_name_list)),
        assumes=r.many(members, "assumes", memo.of(decode_formula)),
        guarantees=r.many(members, "guarantees", memo.of(_guarantee)),
        cost=r.many(members, "cost", memo.of(_cost_case)),
        permits=r.member(members, "permits", memo.of(_permits)),
        api=r.member(members, "api", memo.of(_api)),
    )


def _overlay(members: Object, digest: str, vocabulary: d.Vocabulary, memo: Memo) -> d.Overlay:
    return d.Overlay(
        vocabulary=digest,
        service=r.member(members, "service", r.name),
        version=r.member(members, "version", r.version),
        origin=r.member(members, "origin", r.name),
        attributes=_attributes(members, digest, vocabulary, memo),
        guarantees=r.many(members, "guarantees", memo.of(_guarantee)),
    )


def _attributes(
    members: Object, digest: str, vocabulary: d.Vocabulary, memo: Memo
) -> tuple[tuple[str, d.Value], ...]:
    typed = partial(_typed, vocabulary.attributes)
    return r.member(members, "attributes", memo.of(typed, ("attributes", digest)))


def _guarantee(value: object) -> d.Guarantee:
    members = r.members(value, _GUARANTEE)
    return d.Guarantee(
        r.member(members, "metric", r.name),
        r.member(members, "relation", decode_relation),
        r.member(members, "bound", decode_affine),
        r.member(members, "when", decode_formula),
        r.member(members, "level", r.optional(r.number)),
    )


def _cost_case(value: object) -> d.CostCase:
    members = r.members(value, _CASE)
    return d.CostCase(
        r.member(members, "when", decode_formula), r.member(members, "amount", decode_affine)
    )


def _permits(value: object) -> d.Permits:
    members = r.members(value, _PERMITS)
    permits = d.Permits(
        r.member(members, "mode", r.one_of("public", "any", "all", "none")),
        r.member(members, "permissions", _distinct_names),
        r.member(members, "trust", r.optional(r.number)),
        r.member(members, "zones", r.optional(_distinct_names)),
    )
    if (not permits.permissions) != (permits.mode in ("public", "none")):
        raise DecodeError("permissions are listed iff the mode is `any` or `all`", "permissions")
    return permits


def _name_list(value: object) -> tuple[str, ...]:
    return r.array(value, r.name)


def _distinct_names(value: object) -> tuple[str, ...]:
    return r.distinct(r.array(value, r.name))


def _api(value: object) -> d.Api | None:
    if value is None:
        return None
    members = r.members(value, frozenset({"protocol", "endpoint", "response_schema"}))
    return d.Api(
        r.member(members, "protocol", r.name),
        r.member(members, "endpoint", r.string),
        r.member(members, "response_schema", r.optional(r.string)),
    )


def _rule(members: Object, digest: str, _: d.Vocabulary, *, invariant: bool) -> d.Rule:
    rule = d.Rule(
        vocabulary=digest,
        name=r.member(members, "name", r.name),
        when=r.member(members, "when", decode_formula),
        then=r.many(members, "then", decode_atom),
        priority=r.member(members, "priority", r.integer),
        invariant=invariant,
    )
    if not rule.then:
        raise DecodeError("a rule needs at least one action", "then")
    if invariant and rule.priority:
        raise DecodeError("the priority of an invariant is 0", "priority")
    return rule


def _constraint(members: Object, digest: str, _: d.Vocabulary) -> d.Constraint:
    constraint = d.Constraint(
        vocabulary=digest,
        name=r.member(members, "name", r.name),
        of=r.member(members, "of", r.one_of(*d.SUBJECTS)),
        when=r.member(members, "when", decode_formula),
        then=r.many(members, "then", decode_atom),
    )
    if not constraint.then:
        raise DecodeError("a constraint needs at least one action", "then")
    return constraint


def _request(members: Object, digest: str, vocabulary: d.Vocabulary) -> d.Request:
    nominal = None
    if members["nominal"] is not None:
        nominal = _values(members, "nominal", vocabulary.request)
    request = d.Request(
        vocabulary=digest,
        name=r.member(members, "name", r.name),
        needs=r.many(members, "needs", decode_need),
        given=r.many(members, "given", decode_formula),
        ensure=r.many(members, "ensure", decode_atom),
        budget=r.member(members, "budget", r.optional(r.natural)),
        deadline=r.member(members, "deadline", r.optional(r.natural)),
        caller=r.member(members, "caller", r.optional(r.name)),
        nominal=nominal,
    )
    if not request.needs:
        raise DecodeError("a request needs at least one capability", "needs")
    return request


def _facts(members: Object, digest: str, vocabulary: d.Vocabulary) -> d.Facts:
    return d.Facts(
        vocabulary=digest,
        name=r.member(members, "name", r.name),
        origin=r.member(members, "origin", r.one_of(*ORIGINS)),
        values=_values(members, "values", vocabulary.facts),
    )


def _attestation(members: Object, digest: str, _: d.Vocabulary) -> d.Attestation:
    return d.Attestation(
        vocabulary=digest,
        node=r.member(members, "node", r.digest_name),
        signature=r.member(members, "signature", r.string),
        statement=r.member(members, "statement", _statement),
    )


def _statement(value: object) -> d.Statement:
    members = r.members(value, _STATEMENT)
    return d.Statement(
        algorithm=r.member(members, "algorithm", r.string),
        at=r.member(members, "at", r.whole),
        claims=r.many(members, "claims", r.string),
        end=r.member(members, "end", r.whole),
        facts=r.member(members, "facts", r.digest_name),
        issuer=r.member(members, "issuer", r.string),
        key=r.member(members, "key", r.digest_name),
        kid=r.member(members, "kid", r.string),
        start=r.member(members, "start", r.whole),
        subject=r.member(members, "subject", r.digest_name),
        token=r.member(members, "token", r.digest_name),
        vocabulary=r.member(members, "vocabulary", r.digest_name),
    )


def _state(members: Object, digest: str, vocabulary: d.Vocabulary) -> d.State:
    calls, violations = r.member(members, "history", _history)
    return d.State(
        vocabulary=digest,
        service=r.member(members, "service", r.name),
        version=r.member(members, "version", r.version),
        values=_values(members, "values", vocabulary.environment),
        calls=calls,
        violations=violations,
    )


def _history(value: object) -> tuple[int, int]:
    members = r.members(value, frozenset({"calls", "violations"}))
    calls = r.member(members, "calls", r.whole)
    violations = r.member(members, "violations", r.whole)
    if not 0 <= violations <= calls <= MAX_CALLS:
        raise DecodeError(f"expected 0 ≤ violations ≤ calls ≤ {MAX_CALLS}")
    return calls, violations


MAX_CALLS: Final = 10**12
"""The most calls that a history may count."""


def _landscape(members: Object, digest: str, _: d.Vocabulary) -> d.Landscape:
    entries = r.many(members, "entries", _entry)
    count = r.member(members, "count", r.integer)
    if count != len(entries) or not entries:
        raise DecodeError(f"expected the number of entries, which is {len(entries)}", "count")
    return d.Landscape(digest, entries)


def _entry(value: object) -> d.Entry:
    members = r.members(value, frozenset({"service", "overlays", "state"}))
    return d.Entry(
        r.member(members, "service", r.digest_name),
        r.distinct(r.many(members, "overlays", r.digest_name)),
        r.member(members, "state", r.optional(r.digest_name)),
    )


def _values(
    members: Object, name: str, fields: tuple[d.Field, ...]
) -> tuple[tuple[str, d.Value], ...]:
    return r.member(members, name, partial(_typed, fields))


def _typed(fields: tuple[d.Field, ...], given: object) -> tuple[tuple[str, d.Value], ...]:
    """Values by field, in order of name; each is read as its field's type."""
    if type(given) is not dict:
        raise r.expected("an object", given)
    types = {field.name: field.type for field in fields}
    result = []
    for key in sorted(given):
        kind = types.get(key)
        if kind is None:
            raise DecodeError(f"the vocabulary declares no {r.quoted(key)}")
        try:
            result.append((key, decode_value(kind, given[key])))
        except DecodeError as error:
            raise error.inside(f".{key}") from None
    return tuple(result)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GUARANTEE: Final = _names("metric relation bound when level")
_CASE: Final = _names("when amount")
_PERMITS: Final = _names("mode permissions trust zones")
_STATEMENT: Final = _names(
    "algorithm at claims end facts issuer key kid start subject token vocabulary"
)
_RULE: Final = _names("kind vocabulary name priority when then")
_route: Final = r.one_of("internal", "external", "hybrid")
_Decoder: TypeAlias = Callable[[Object, str, d.Vocabulary, Memo], d.Document]


def _single(decode: Callable[[Object, str, d.Vocabulary], d.Document]) -> _Decoder:
    """The decoder of a kind of which there are few documents."""
    return lambda members, digest, vocabulary, _: decode(members, digest, vocabulary)


_DECODERS: Final[dict[str, tuple[frozenset[str], _Decoder]]] = {
    "service": (
        _names(
            "kind vocabulary name version route attributes capabilities assumes guarantees cost permits api"
        ),
        _service,
    ),
    "overlay": (
        _names("kind vocabulary service version origin attributes guarantees"),
        _overlay,
    ),
    "rule": (_RULE, _single(partial(_rule, invariant=False))),
    "invariant": (_RULE, _single(partial(_rule, invariant=True))),
    "constraint": (_names("kind vocabulary name of when then"), _single(_constraint)),
    "request": (
        _names("kind vocabulary name caller needs given ensure budget deadline nominal"),
        _single(_request),
    ),
    "class": (CLASS, _single(decode_class)),
    "property": (PROPERTY, _single(decode_property)),
    "profile": (PROFILE, _single(decode_profile)),
    "facts": (_names("kind vocabulary name origin values"), _single(_facts)),
    "attestation": (_names("kind vocabulary node signature statement"), _single(_attestation)),
    "measurements": (MEASUREMENTS, _single(decode_measurements)),
    "state": (_names("kind vocabulary service version values history"), _single(_state)),
    "landscape": (_names("kind vocabulary count entries"), _single(_landscape)),
}
