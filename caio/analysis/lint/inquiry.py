"""What the topics of ``caio lint`` share: the documents of one vocabulary, and a way to ask about them.

Topics search with ``explore``, which claims nothing, and list the obligations that their findings rest on; ``settle`` then
has the checker accept all of these, in as few certificates as their size allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from caio.base.canonical import Json
from caio.certify.answers import Answers
from caio.certify.asking import Answer, Asker
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations.asked import Asked, Policy
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.sema.project import Project

Demand = d.Rule | d.Constraint

_MOST_NAMES: Final = 150_000
"""About how many digests the keys of one certificate may hold: some ten megabytes."""


class StaleEvidenceError(Exception):
    """What was kept from an earlier run led a search astray; search again without it."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A certificate that the checker accepted, and the documents that it is about."""

    digest: str
    certificate: bytes
    documents: tuple[d.Document, ...]


@dataclass
class Inquiry:
    """One vocabulary of a project, with everything that speaks it.

    Attributes:
        name: under which evidence is kept between runs.
        dead: the demands that were found to apply to no request, by digest; they take no part in what follows.
        idle: those that were found to follow from the others, or from declared ranges.
    """

    project: Project
    vocabulary: d.Vocabulary
    contracts: Sequence[Contract]
    demands: Sequence[Demand]
    asker: Asker
    name: str
    dead: set[str] = field(default_factory=set)
    idle: set[str] = field(default_factory=set)
    _explored: dict[str, bool | None] = field(default_factory=dict)

    @property
    def meaning(self) -> Meaning:
        """The meaning of the vocabulary's words."""
        return self.asker.meaning

    def policy(self) -> Policy:
        """The demands that say something: what the others follow from, so that they admit what all of them admit."""
        return Policy.of([one for one in self.living if document_digest(one) not in self.idle])

    @cached_property
    def living(self) -> list[Demand]:
        """The demands that apply to some request; known once the topic about that is done."""
        return [one for one in self.demands if document_digest(one) not in self.dead]

    def naming(self, demand: Demand) -> str | None:
        """The property that names a demand and would not compile without it, if any does."""
        name = document_digest(demand)
        for one in self.project.properties:
            claim = one.claim
            if isinstance(claim, d.Implication) and name in (*claim.premises, *claim.conclusions):
                return one.name
        return None

    def shared(self, document: str, name: str, index: int, number: int) -> bool:
        """Whether a clause of a list stands at the same place as another one, as the two ends of a range do."""
        place = self.project.locate(document, f"{name}[{index}]")
        return place is not None and any(
            self.project.locate(document, f"{name}[{other}]") == place
            for other in range(number)
            if other != index
        )

    def explore(self, asked: Sequence[Asked]) -> tuple[Answer, ...]:
        """Decide obligations on the way."""
        return self.asker.explore(self.name, asked)

    def holds(self, asked: Asked) -> bool | None:
        """Whether one obligation holds, on the way."""
        return self.explore([asked])[0].holds

    def settle(
        self, asked: Iterable[Asked], more: Sequence[d.Document]
    ) -> tuple[Mapping[str, str], tuple[Settled, ...]]:
        """Have the checker accept what the topics rest on.

        Returns:
            The digest of the certificate by obligation (``key``), and the certificates.

        Raises:
            EvidenceError: the checker rejected what was found.
            StaleEvidenceError: an answer is another one than the search went by.
        """
        where: dict[str, str] = {}
        settled: list[Settled] = []
        for number, part in enumerate(_parts(asked)):
            before = {
                key(one): answer for one, answer in zip(part, self.explore(part), strict=True)
            }
            answered = self.asker.ask(
                self.name if not number else f"{self.name}/{number}", part, more
            )
            for answer in answered.answers:
                name = key(answer.asked)
                if answer.holds != before[name].holds:
                    raise StaleEvidenceError(name)
                if answered.digest is not None and answer.holds is not None:
                    where[name] = answered.digest
            if answered.certificate is not None and answered.digest is not None:
                documents = (*self.documents, *more)
                settled.append(Settled(answered.digest, answered.certificate, documents))
        return where, tuple(settled)

    @cached_property
    def documents(self) -> tuple[d.Document, ...]:
        """What the obligations are about."""
        found: list[d.Document] = [self.vocabulary, *self.demands]
        for contract in self.contracts:
            found += [contract.service, *contract.overlays]
        return tuple(found)


def key(asked: Asked) -> str:
    """What names an obligation."""
    return Answers.key(asked.key)


def _parts(asked: Iterable[Asked]) -> Iterable[list[Asked]]:
    """The obligations, each once, in parts whose certificates are of a bearable size."""
    seen: set[str] = set()
    part: list[Asked] = []
    weight = 0
    for one in asked:
        name = key(one)
        if name in seen:
            continue
        seen.add(name)
        own = _names(list(one.key))
        if part and weight + own > _MOST_NAMES:
            yield part
            part, weight = [], 0
        part.append(one)
        weight += own
    if part:
        yield part


def _names(value: Json) -> int:
    """About how many digests a key holds."""
    if isinstance(value, list | tuple):
        return sum(map(_names, value))
    return 2 if isinstance(value, dict) else 1
