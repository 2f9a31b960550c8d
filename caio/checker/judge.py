"""Holds the evidence of one certificate against obligations, each distinct pair once."""

from __future__ import annotations

from typing import Final

from .clauses import ClauseForm
from .errors import Rejection
from .formulas import Formula, Formulas
from .reader import Value
from .rules import Proof, Witness

_KEPT: Final = 64
"""How many shared clause forms are kept at once: memory stays bounded when none is shared."""


class Judge:
    """The proofs and witnesses of a certificate, and what they were found to show."""

    def __init__(self, evidence: Value, formulas: Formulas) -> None:
        self._formulas = formulas
        self._proofs, self._witnesses = evidence.record("proofs witnesses")
        self._read: dict[int, Proof | Witness] = {}
        for index, item in enumerate(self._proofs.items()):
            self._read[index] = Proof(item)
        for index, item in enumerate(self._witnesses.items()):
            self._read[-1 - index] = Witness(item)
        self._used: set[int] = set()
        self._forms: dict[tuple[Formula, ...], ClauseForm] = {}
        self._shown: set[tuple[tuple[Formula, ...], tuple[Formula, ...], int]] = set()

    def shows(
        self, at: Value, reference: int, first: tuple[Formula, ...], goal: tuple[Formula, ...]
    ) -> bool:
        """Whether the blocks `first` and `goal` are satisfiable, as the evidence shows.

        Raises:
            Rejection: If the evidence does not exist or does not show what its kind can show.
        """
        self._formulas.meter.spend(1)
        self._used.add(reference)
        if (first, goal, reference) in self._shown:
            return reference < 0
        try:
            if reference not in self._read:
                raise Rejection("reference", "", "the number of a proof or witness", str(reference))
            form = self._forms.get(first)
            if form is None:
                if len(self._forms) >= _KEPT:
                    self._forms.clear()
                form = self._forms[first] = ClauseForm(self._formulas, first)
            if goal:
                form = ClauseForm(self._formulas, goal, form)
            self._read[reference].check(form, self._formulas)
        except Rejection as rejection:
            raise rejection.within(at.path) from None
        self._shown.add((first, goal, reference))
        return reference < 0

    def finish(self) -> None:
        """Refuse evidence that no claim refers to."""
        for sign, listed in ((0, self._proofs), (-1, self._witnesses)):
            for index, item in enumerate(listed.items()):
                if (index if sign == 0 else -1 - index) not in self._used:
                    raise item.rejection("unused", "evidence that some claim refers to")
