"""The documents of an evidence file, loaded by the checker once and shared by all decisions about them.

What many decisions have in common is loaded in layers, each an extension of the one before it (``caio.checker.load``): the
services of a landscape, then the landscape with states and policy, then what belongs to one decision. A document is found by
its digest alone, which the checker computes again from what it reads: a member of another name or content only adds a document
that nobody named.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Generic, NamedTuple, TypeVar

from caio.checker import Documents, Rejection, load
from caio.checker.reader import digest

from .archive import Archive
from .entries import is_digest, read_json
from .report import Flaw

_NAMED: Final = re.compile(rb"sha256:[0-9a-f]{64}")
_SERVICES: Final = 4
_WORLDS: Final = 16
_Value = TypeVar("_Value")


class World(NamedTuple):
    """A landscape.

    Attributes:
        services: digests of the vocabulary, services and overlays, which change rarely.
        states: digests of the landscape and of what was observed.
        contracts: the digest of the contract of each service, by the service's name.
    """

    services: tuple[str, ...]
    states: tuple[str, ...]
    contracts: dict[str, str]


class Recent(Generic[_Value]):
    """What was made last, by key; refusals are kept as well, so that nothing is tried twice."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._found: OrderedDict[object, _Value | Flaw] = OrderedDict()

    def get(self, key: object, make: Callable[[], _Value]) -> _Value:
        """What was made under this key, or is made now.

        Raises:
            Flaw: it cannot be made.
        """
        if key not in self._found:
            try:
                self._found[key] = make()
            except Flaw as flaw:
                self._found[key] = flaw
            if len(self._found) > self._size:
                self._found.popitem(last=False)
        self._found.move_to_end(key)
        found = self._found[key]
        if isinstance(found, Flaw):
            raise Flaw(found.code, found.text)
        return found


class Library:
    """The documents of an archive, by digest."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._worlds = Recent[World](_WORLDS)
        self._services = Recent[Documents](_SERVICES)
        self._bases = Recent[Documents](_WORLDS)

    def documents(self, inputs: dict[str, Any]) -> Documents:
        """The documents that a decision with these inputs is about.

        Args:
            inputs: as a decision states them, digests checked.

        Raises:
            Flaw: ``document-missing``, ``document``.
        """
        world = self.world(inputs["landscape"])
        governing = (inputs["vocabulary"], inputs["profile"], *inputs["policy"])
        key = (inputs["landscape"], *governing)
        base = self._bases.get(key, lambda: self._base(world, governing))
        own = [inputs[name] for name in ("request", "facts", "attestation", "measurements")]
        return self._load([one for one in own if one is not None], base)

    def world(self, landscape: str) -> World:
        """The landscape of this digest.

        Raises:
            Flaw: ``document-missing``, ``document``.
        """
        return self._worlds.get(landscape, lambda: self._world(landscape))

    def _world(self, landscape: str) -> World:
        raw = self._raw(landscape)
        try:
            services, states, contracts = {raw["vocabulary"]}, {landscape}, dict[str, str]()
            for entry in raw["entries"]:
                contract = {name: entry[name] for name in ("overlays", "service")}
                services |= {entry["service"], *entry["overlays"]}
                states |= {entry["state"]} - {None}
                contracts[self._raw(entry["service"])["name"]] = digest(contract)
            return World(tuple(sorted(services)), tuple(sorted(states)), contracts)
        except (KeyError, TypeError, Rejection):
            raise Flaw("document", f"{landscape} is no landscape") from None

    def _base(self, world: World, governing: Iterable[str]) -> Documents:
        services = self._services.get(world.services, lambda: self._load(world.services, None))
        return self._load(sorted({*world.states, *governing} - {*world.services}), services)

    def _load(self, digests: Iterable[str], base: Documents | None) -> Documents:
        parts = b",".join(self._data(one) for one in digests)
        whole = b'{"documents":[' + parts + b'],"format":"caio-documents/v1"}'
        try:
            return load(whole, base=base)
        except Rejection as rejection:
            raise Flaw("document", f"the checker refuses the documents: {rejection}") from None

    def _raw(self, name: object) -> Any:
        return read_json(self._data(name), "a document")

    def _data(self, name: object) -> bytes:
        if not is_digest(name):
            raise Flaw("document", f"{str(name)[:80]!a} is no digest of a document")
        member = document_member(name)
        if member not in self._archive.members:
            raise Flaw("document-missing", f"there is no `{member}`")
        return self._archive.read(member)


def document_member(name: str) -> str:
    """The name of the member that holds the document with this digest."""
    return f"documents/{name.removeprefix('sha256:')}.json"


def unnamed(archive: Archive, named: Iterable[str]) -> Iterator[str]:
    """The members with documents that nothing names: neither one of these digests, nor a document that they lead to."""
    left = {name for name in archive.members if name.startswith("documents/")}
    found = {document_member(one) for one in named} & left
    while found:
        member = found.pop()
        left.discard(member)
        digests = {one.decode() for one in _NAMED.findall(archive.read(member))}
        found |= {document_member(one) for one in digests} & left
    yield from sorted(left)
