"""The tables of proofs and witnesses of a certificate (``docs/spec/certificate-v1.md`` section 9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import Self

from caio.base.canonical import Json
from caio.certify.proof import Decided, Model, Refutation, proof_json, witness_json


class EvidenceTable:
    """Proofs and witnesses, each once, in the order in which they are first asked for."""

    def __init__(self) -> None:
        self._places: dict[bytes, int] = {}
        self._known: dict[int, int | None] = {}
        self._answers: list[Decided] = []
        self._proofs: list[Refutation] = []
        self._witnesses: list[Model] = []

    def reference(self, answer: Decided) -> int | None:
        """The number that claims use for an answer: a proof, a witness, or None for *unknown*."""
        if id(answer) not in self._known:
            self._known[id(answer)] = self._place(answer)
            # Holding the answer keeps its identity from being given to another one.
            self._answers.append(answer)
        return self._known[id(answer)]

    @classmethod
    def of(cls, rows: Sequence[Sequence[Decided]]) -> Self:
        """The evidence of many answers; what is referred to most has the shortest numbers."""
        table = cls()
        answers = list(chain.from_iterable(rows))
        names = list(map(id, answers))
        uses, known = Counter(names), dict(zip(names, answers, strict=True))
        for name in sorted(known, key=uses.__getitem__, reverse=True):
            table.reference(known[name])
        return table

    def references(self, answers: Sequence[Decided]) -> list[int | None]:
        """The numbers of answers that all have one already, in order."""
        return list(map(self._known.__getitem__, map(id, answers)))

    def json(self) -> Json:
        """The ``evidence`` object."""
        return {
            "proofs": [proof_json(refutation.proof) for refutation in self._proofs],
            "witnesses": [witness_json(model.witness) for model in self._witnesses],
        }

    def text(self) -> bytes:
        """The canonical bytes of the ``evidence`` object."""
        proofs = b",".join(refutation.text for refutation in self._proofs)
        witnesses = b",".join(model.text for model in self._witnesses)
        return b'{"proofs":[' + proofs + b'],"witnesses":[' + witnesses + b"]}"

    def counts(self) -> tuple[int, int]:
        """How many proofs and how many witnesses there are."""
        return len(self._proofs), len(self._witnesses)

    def _place(self, answer: Decided) -> int | None:
        # A proof and a witness never have the same bytes: their fields differ.
        match answer:
            case Refutation():
                number = self._places.setdefault(answer.text, len(self._proofs))
                if number == len(self._proofs):
                    self._proofs.append(answer)
                return number
            case Model():
                number = self._places.setdefault(answer.text, len(self._witnesses))
                if number == len(self._witnesses):
                    self._witnesses.append(answer)
                return -1 - number
            case _:
                return None
