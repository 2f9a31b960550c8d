"""Certificates of what an explanation claims: decisions about one service each, under documents that may be changed.

A landscape with a single entry is a landscape like any other, so that a decision about it says of each obligation whether
it holds, and the checker judges it as it judges every decision. Nothing is claimed before it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from caio.analysis.explain.inquiry import UndecidedError
from caio.analysis.explain.standings import Standing, standings
from caio.base.canonical import Json
from caio.base.errors import InternalError
from caio.certify.acceptance import accept
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Key, Question
from caio.obligations.contract import Contract
from caio.routing.files import decision_files
from caio.routing.route import route


@dataclass(frozen=True, slots=True)
class Claim:
    """What a certificate shows of one service.

    Attributes:
        certificate: the certificate's number.
        service: the service's name.
        control: the control under which it is a candidate.
        obligation: the key of an obligation, by the documents of the certificate; None for all of them.
        holds: whether it holds, or is refuted.
    """

    certificate: int
    service: str
    control: str
    obligation: Key | None
    holds: bool

    def json(self) -> Json:
        """The claim as JSON."""
        return {
            "certificate": self.certificate,
            "service": self.service,
            "control": self.control,
            "obligation": None if self.obligation is None else list(self.obligation),
            "holds": self.holds,
        }


class Evidence:
    """The certificates of an explanation, each accepted by the checker when it was added, in order of first use."""

    def __init__(self, prover: Prover) -> None:
        self._prover = prover
        self._known: dict[tuple[str, ...], Standing] = {}
        self._bodies: list[Mapping[str, Json]] = []
        self._documents: list[list[d.Document]] = []
        self.work = 0
        """Steps of the checker's work, over all certificates."""

    def __len__(self) -> int:
        return len(self._bodies)

    def add(self, question: Question, snapshot: Snapshot, body: Mapping[str, Json]) -> int:
        """Add a decision that the checker has accepted; its number."""
        self._bodies.append(body)
        self._documents.append(documents_of(question, snapshot))
        return len(self._bodies) - 1

    def forget(self, length: int) -> None:
        """Take back all certificates but the first ones: nothing is claimed by the others after all."""
        del self._bodies[length:]
        del self._documents[length:]
        self._known = {k: s for k, s in self._known.items() if s.certificate < length}

    def among(self, question: Question, snapshot: Snapshot) -> list[Standing]:
        """How the candidates of a snapshot stand by a decision made, and checked, for this purpose.

        Raises:
            EvidenceError: the checker rejected it.
        """
        decision = route(question, snapshot, self._prover)
        files = decision_files(decision)
        self.work += accept(files.parts, files.certificate).cost
        body = decision.json()
        return standings(question, snapshot, body, self.add(question, snapshot, body))

    def about(self, question: Question, contract: Contract) -> Standing:
        """How a service stands by itself, under its control alone.

        Raises:
            EvidenceError: the checker rejected the decision about it.
        """
        question = choosing(question, contract.control)
        alone = Snapshot(question.vocabulary, (contract,))
        name = (alone.digest, *map(document_digest, documents_of(question, alone)))
        standing = self._known.get(name)
        if standing is None:
            (standing,) = self.among(question, alone)
            self._known[name] = standing
        return standing

    def admitted(self, question: Question, contract: Contract) -> Claim:
        """That a service is admitted.

        Raises:
            UndecidedError: an obligation is unknown.
            InternalError: the certificate says otherwise.
        """
        standing = self.about(question, contract)
        if standing.verdict == "unknown":
            raise UndecidedError
        if standing.verdict != "admitted":
            raise InternalError(f"`{contract.service.name}` is not admitted after all")
        return _claim(standing, None, holds=True)

    def refuted(self, question: Question, contract: Contract, keys: Sequence[Key]) -> Claim:
        """That one of these obligations is refuted: the first one that is.

        Raises:
            UndecidedError: none is, and one of them is unknown.
            InternalError: all of them hold.
        """
        standing = self.about(question, contract)
        for key in standing.failed:
            if key in keys:
                return _claim(standing, key, holds=False)
        if any(key in keys for key in standing.undecided):
            raise UndecidedError
        raise InternalError(f"nothing refutes `{contract.service.name}` after all")

    def holding(self, question: Question, contract: Contract, key: Key) -> Claim:
        """That an obligation holds.

        Raises:
            UndecidedError: it is unknown.
            InternalError: the certificate says otherwise.
        """
        standing = self.about(question, contract)
        if key in standing.undecided:
            raise UndecidedError
        if key in standing.failed:
            raise InternalError(f"{key} of `{contract.service.name}` does not hold after all")
        return _claim(standing, key, holds=True)

    def bodies(self) -> list[Mapping[str, Json]]:
        """The certificates in order."""
        return list(self._bodies)

    def documents(self) -> Iterator[tuple[str, d.Document]]:
        """Every document that they are about, by digest."""
        known = {document_digest(one): one for documents in self._documents for one in documents}
        yield from sorted(known.items())


def _claim(standing: Standing, key: Key | None, *, holds: bool) -> Claim:
    contract = standing.contract
    return Claim(standing.certificate, contract.service.name, contract.control, key, holds=holds)


def choosing(question: Question, control: str) -> Question:
    """The question with a profile that chooses among this control alone.

    A decision stops at the first candidate that it admits; what is claimed of a service under one control must not be
    left out because it is admitted under another.
    """
    profile = question.profile
    if len(profile.controls) < 2:
        return question
    mine = tuple(one for one in profile.controls if one.name == control)
    return replace(question, profile=replace(profile, controls=mine))


def documents_of(question: Question, snapshot: Snapshot) -> list[d.Document]:
    """Every document that a decision about this question and this snapshot rests on."""
    return [*snapshot.documents(), *question.lasting, *question.passing]
