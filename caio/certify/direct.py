"""Deciding an obligation without the solver, where that takes little.

Most obligations of a routing decision need only propagation through a few dozen clauses and bounds.
For those a round trip to the solver and the reading of its log would be most of the cost. The effort is
bounded by the size of the clause form, so the stage that decides is a function of the form alone.
"""

from __future__ import annotations

from typing import Final

from caio.certify.assembly import assemble
from caio.certify.atoms import AtomTable
from caio.certify.derivation import Derivation
from caio.certify.proof import Decided, Model, Refutation, sayable
from caio.certify.search import Outcome, Search
from caio.obligations.clauses import ClauseForm

_BASE_EFFORT: Final = 1_000
_EFFORT_PER_LITERAL: Final = 10


def decide_directly(form: ClauseForm, *, effort: int) -> Decided | None:
    """A proof or a model, or None if the small effort granted, or `effort`, does not suffice."""
    derivation = Derivation(AtomTable(form))
    found = Search(
        derivation, effort=min(effort, granted_effort(sum(map(len, form.clauses))))
    ).run()
    if found is Outcome.REFUTED:
        return sayable(Refutation(assemble(derivation)))
    if isinstance(found, Outcome):
        return None
    return sayable(Model(found))


def granted_effort(literals: int) -> int:
    """How many steps a search of clauses with so many literals may take before the solver is the better way."""
    return _BASE_EFFORT + _EFFORT_PER_LITERAL * literals
