"""The tables of proofs and witnesses of a certificate (``docs/spec/certificate-v1.md`` section 9)."""

from __future__ import annotations

from caio.base.canonical import Json, canonical_bytes
from caio.certify.prover import Decided, Model, Refutation, proof_json, witness_json


class EvidenceTable:
    """Proofs and witnesses, each once, in order of first use."""

    def __init__(self) -> None:
        self._places: dict[bytes, int] = {}
        self._known: dict[int, int | None] = {}
        self._answers: list[Decided] = []
        self._proofs: list[Json] = []
        self._witnesses: list[Json] = []

    def reference(self, answer: Decided) -> int | None:
        """The number that claims use for an answer: a proof, a witness, or None for *unknown*."""
        if id(answer) not in self._known:
            self._known[id(answer)] = self._place(answer)
            # Holding the answer keeps its identity from being given to another one.
            self._answers.append(answer)
        return self._known[id(answer)]

    def json(self) -> Json:
        """The ``evidence`` object."""
        return {"proofs": self._proofs, "witnesses": self._witnesses}

    def counts(self) -> tuple[int, int]:
        """How many proofs and how many witnesses there are."""
        return len(self._proofs), len(self._witnesses)

    def _place(self, answer: Decided) -> int | None:
        match answer:
            case Refutation(proof):
                return self._add(self._proofs, proof_json(proof))
            case Model(witness):
                return -1 - self._add(self._witnesses, witness_json(witness))
            case _:
                return None

    def _add(self, table: list[Json], body: Json) -> int:
        # A proof and a witness never have the same bytes: their fields differ.
        number = self._places.setdefault(canonical_bytes(body), len(table))
        if number == len(table):
            table.append(body)
        return number
