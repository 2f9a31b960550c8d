"""From Z3's proof log to a derivation that is checked step by step.

A hint `farkas` or `bound` carries multipliers, which are checked exactly and found anew if they do not
fit. A hint `rup` is propagated. Everything else names a set of literals that Z3 found contradictory
for reasons it does not state (cuts, divisibility, equalities between terms); such a set is refuted
independently. A step that cannot be reproduced is left out: later ones may do without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from caio.certify.arithmetic import refute
from caio.certify.derivation import Derivation
from caio.smt.prooflog import Inference, Premise


def elaborate(derivation: Derivation, inferences: Iterable[Inference]) -> bool:
    """Replay inferences until the empty clause is derived; whether it was.

    Args:
        derivation: where the steps go.
        inferences: Z3's steps, in order.
    """
    for inference in inferences:
        if derivation.refuted:
            break
        if inference.premises:
            _theory(derivation, inference)
        elif inference.clause is not None:
            derivation.rup(inference.clause)
    return derivation.refuted


def _theory(derivation: Derivation, inference: Inference) -> None:
    """Derive what makes the premises contradictory, if it can be found."""
    if not _lemma(derivation, inference.premises):
        literals = _literals(derivation, inference)
        if literals:
            refute(derivation, literals)
    derivation.propagate()


def _lemma(derivation: Derivation, premises: Sequence[Premise]) -> bool:
    """Whether the hint's own multipliers make a Farkas lemma."""
    if any(len(premise.literals) != 1 for premise in premises):
        return False
    pairs = [(premise.literals[0], premise.coefficient) for premise in premises]
    return derivation.lemma(pairs) is not None


def _literals(derivation: Derivation, inference: Inference) -> list[int]:
    """The literals that an inference claims to be contradictory, as far as they are arithmetic."""
    found = dict.fromkeys(literal for premise in inference.premises for literal in premise.literals)
    found.update(dict.fromkeys(-literal for literal in inference.clause or ()))
    atoms = derivation.table.atoms
    return [literal for literal in found if abs(literal) in atoms and -literal not in found]
