"""A generated evolution: a contract before and after, and the policy under which the question is asked. A seed names it for good."""

from dataclasses import dataclass, replace
from random import Random

from caio.ir import documents as d
from caio.obligations.contract import Contract
from tests.differential.asking import plain
from tests.evolution.breaking import BREAKING
from tests.evolution.drawing import Drawer
from tests.evolution.editing import Edit, Pair
from tests.evolution.harmless import HARMLESS
from tests.evolution.oracle import sane
from tests.evolution.shaking import SHAKING
from tests.evolution.vocabulary import VOCABULARY
from tests.evolution.withdrawing import WITHDRAWING
from tests.oracle.candidate import Entry

SANE = 0.9
"""How often the contract before must make sense."""
EDITS: tuple[Edit, ...] = (*HARMLESS, *BREAKING, *WITHDRAWING, *SHAKING)


@dataclass(frozen=True)
class Evolution:
    """What may have changed, and what of refinement that may break."""

    seed: int
    old: Contract
    new: Contract
    policy: tuple[d.Rule | d.Constraint, ...]
    labels: tuple[str, ...]
    may_break: frozenset[str]

    def sets(self) -> list[list[d.Document]]:
        """What the question rests on, before and after: a contract may change without a change of its version."""
        return [
            [VOCABULARY, *self.policy, contract.service, *contract.overlays]
            for contract in (self.old, self.new)
        ]


def draw_evolution(seed: int) -> Evolution:
    """The evolution of a seed: one edit in turn (``seed`` modulo their number), and up to three more at random."""
    rng = Random(seed)
    main = EDITS[seed % len(EDITS)]
    while True:
        pair = _begin(rng)
        if rng.random() < SANE and not sane(plain(VOCABULARY), Entry(plain(pair.old))):
            continue
        others = rng.sample(EDITS, rng.choice([0, 0, 1, 1, 2, 3]))
        chosen = [main, *(edit for edit in others if not edit.first and edit is not main)]
        chosen.sort(key=lambda edit: not edit.first)
        applied = [edit for edit in chosen if edit.apply(pair)]
        if main in applied:
            break
    return Evolution(
        seed,
        Contract(pair.old, pair.old_overlays),
        Contract(pair.new, pair.new_overlays),
        pair.policy,
        tuple(edit.label for edit in applied),
        frozenset[str]().union(*(edit.may_break for edit in applied)),
    )


def _begin(rng: Random) -> Pair:
    """A contract and its successor, of which nothing but the version differs."""
    draw = Drawer(rng)
    old = draw.service("1.0")
    new = replace(old, version=rng.choice(["1.1", "2.0", "10.0", "1.0"]))
    pair = Pair(draw, old, new, draw.policy())
    if draw.chance(0.2):
        overlay = draw.overlay(old, old.version, "bench")
        pair.old_overlays = (overlay,)
        pair.new_overlays = (replace(overlay, version=new.version),)
    return pair
