"""Response schemas: JSON Schema, supplied by the host under the names that contracts use, without any network.

A contract's ``api`` names its response schema by a digest or a path. The host supplies the bytes under that very name; under
a digest, they must have it. References lead to places in the same schema, and nothing is ever fetched. ``format`` is an
annotation and is not enforced. A service must not be able to keep its caller busy, and it has written both the schema that
its contract names and the reply: keywords and patterns that may take long in the length of a text are refused, or judged
otherwise, and a reply that takes more than ``MOST_STEPS`` keywords to judge does not keep to its schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

from caio.base.canonical import digest_bytes
from caio.base.errors import InputError
from caio.execute.extra import needed
from caio.execute.strict import exact_json
from caio.sema.report import shown

with needed():
    import jsonschema
    import referencing
    import referencing.exceptions

_SLOW: Final = ("unevaluatedItems", "unevaluatedProperties")
_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
MOST_STEPS: Final = 250_000
"""How many keywords are evaluated for one reply, at most."""
_LEFT: ContextVar[list[int]] = ContextVar("_LEFT")
"""How many are left for the reply that is being judged."""

_ATOM: Final = r"(?:\\[dDwWsS]|\\[^a-zA-Z0-9]|[^\\\[\](){}*+?|^$]|\[\^?(?:\\[dDwWsS]|\\[^a-zA-Z0-9]|[^\\\[\]])+\])"
_QUICK: Final = re.compile(
    rf"(?:{_ATOM}*|\^(?:{_ATOM}(?:\{{\d{{1,3}}\}})?)*(?:{_ATOM}(?:[*+?]|\{{\d{{1,3}},\d{{0,3}}\}}){_ATOM}*)?)\$?",
    re.DOTALL,
)
"""Patterns that match in linear time: characters and classes alone, or from ``^`` on with one repetition of any number."""
_LONGEST: Final = 128
"""The most characters of a pattern."""


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema that was checked when it was supplied.

    Attributes:
        name: what contracts call it.
        digest: of its bytes.
    """

    name: str
    digest: str
    _validator: Any = field(repr=False)

    def broken_by(self, value: object) -> str | None:
        """The place in the schema that a value of ``exact_json`` breaks first, or None if it keeps to the schema."""
        held = _LEFT.set([MOST_STEPS])
        try:
            error = next(self._validator.iter_errors(value), None)
        except Exception:  # noqa: BLE001 - what cannot be judged does not keep to the schema
            return "it cannot be judged"
        finally:
            _LEFT.reset(held)
        if error is None:
            return None
        # The path in the schema, for the one in the reply would quote it.
        return "/" + "/".join(map(str, error.absolute_schema_path))


class Schemas:
    """The schemas that a host supplies, by name."""

    __slots__ = ("_schemas",)

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        """Read and check them.

        Raises:
            InputError: bytes that are no JSON Schema, lack the digest they are named by, or refer to elsewhere.
        """
        self._schemas = {name: _read(name, text) for name, text in texts.items()}

    def get(self, name: str) -> Schema | None:
        """The schema of this name, if it was supplied."""
        return self._schemas.get(name)


def _read(name: str, text: bytes) -> Schema:
    told = f"the response schema `{shown(name)}`"
    digest = digest_bytes(text)
    if name.startswith("sha256:") and name != digest:
        raise InputError(
            f"{told} has the digest {digest}: supply the bytes that the contract means"
        )
    try:
        content: Any = exact_json(text)
    except ValueError as error:
        raise InputError(f"{told} is no JSON Schema: {error}") from error
    if not isinstance(content, dict):
        raise InputError(f"{told} is no JSON Schema: expected an object")
    kind = jsonschema.validators.validator_for(content, default=jsonschema.Draft202012Validator)
    dialect = content.get("$schema")
    if dialect is not None and kind.META_SCHEMA["$schema"].rstrip("#") != str(dialect).rstrip("#"):
        raise InputError(f"{told} is written in a dialect that is not known: use draft 2020-12")
    try:
        kind.check_schema(content)
    except jsonschema.SchemaError as error:
        raise InputError(f"{told} is no JSON Schema: {shown(error.message)}") from error
    # Named again at each reference to the root, it would bring the library's own judges back.
    content = {word: value for word, value in content.items() if word != "$schema"}
    _check_words(told, content)
    _check_references(told, kind, content)
    extend: Any = jsonschema.validators.extend
    judges = {**kind.VALIDATORS, "uniqueItems": _unique}
    quick = extend(kind, {word: _counted(judge) for word, judge in judges.items()})
    return Schema(name, digest, quick(content, registry=referencing.Registry()))


def _counted(judge: Callable[..., Any]) -> Callable[..., Any]:
    """A keyword's judge that is asked so many times for one reply and no more: alternatives of references double at each level."""

    def judged(*arguments: Any) -> Any:
        left = _LEFT.get()
        left[0] -= 1
        if left[0] < 0:
            raise InputError(f"judging it takes more than {MOST_STEPS} keywords")
        return judge(*arguments)

    return judged


def _unique(_: Any, wanted: Any, instance: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    """``uniqueItems`` in linear time; the library compares each item with every other one."""
    if wanted is True and isinstance(instance, list):
        items = [_hashable(item) for item in instance]
        if len({*items}) < len(items):
            yield jsonschema.ValidationError("an item occurs twice")


def _hashable(value: Any) -> object:
    """A value that is equal to another one's iff the two are the same JSON."""
    if isinstance(value, dict):
        return "object", frozenset((key, _hashable(item)) for key, item in value.items())
    if isinstance(value, list):
        return "array", tuple(_hashable(item) for item in value)
    # True is no number in JSON.
    return (bool, value) if isinstance(value, bool) else value


def _check_words(told: str, content: Any) -> None:
    """Refuse what can only be judged slowly."""
    for _, node in _objects(content):
        slow = next((word for word in _SLOW if word in node), None)
        if slow is not None:
            raise InputError(
                f"{told} says `{slow}`, which takes time quadratic in the reply: list what there may be, and say"
                " `additionalProperties` or `items`"
            )
        for pattern in _patterns(node):
            if len(pattern) > _LONGEST or _QUICK.fullmatch(pattern) is None:
                raise InputError(
                    f"{told} has the pattern `{shown(pattern)}`, which may take long to match: begin with `^`, repeat one"
                    " item at most any number of times, and use no groups and no alternatives"
                )


def _patterns(node: dict[str, Any]) -> Iterator[str]:
    """What an object matches texts with, if it is a schema."""
    if isinstance(node.get("pattern"), str):
        yield node["pattern"]
    if isinstance(node.get("patternProperties"), dict):
        yield from node["patternProperties"]


def _check_references(told: str, kind: Any, content: Any) -> None:
    """Refuse references that lead elsewhere, or nowhere, before any reply depends on them."""
    specification = referencing.jsonschema.specification_with(kind.META_SCHEMA["$schema"])
    resource = specification.create_resource(content)
    resolver = referencing.Registry().resolver_with_root(resource)
    name = "$id" if "$id" in kind.META_SCHEMA else "id"
    for depth, node in _objects(content):
        for word in (name, "$schema"):
            if depth and isinstance(node.get(word), str):
                raise InputError(f"{told} holds a schema with its own `{word}`: leave it out")
        for word in _REFERENCES:
            reference = node.get(word)
            if not isinstance(reference, str):
                continue
            if not reference.startswith("#"):
                raise InputError(
                    f"{told} refers to `{shown(reference)}`: references must stay within it, nothing is fetched"
                )
            try:
                resolver.lookup(reference)
            except referencing.exceptions.Unresolvable as error:
                raise InputError(
                    f"{told} refers to `{shown(reference)}`, which is not there"
                ) from error


def _objects(root: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    pending = [(0, root)]
    while pending:
        depth, node = pending.pop()
        if isinstance(node, dict):
            yield depth, node
            pending += [(depth + 1, item) for item in node.values()]
        elif isinstance(node, list):
            pending += [(depth + 1, item) for item in node]
