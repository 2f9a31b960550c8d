"""The campaign over generated evolutions: product against oracle, facet by facet; checker and interpreter on the evidence."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations.asked import Policy
from caio.obligations.meaning import Meaning
from caio.obligations.refinement import refinement
from tests.differential.asking import oracle_entry, plain
from tests.differential.campaigns import DisagreementError, must_agree
from tests.evolution.admission import Operator, admits
from tests.evolution.asking import certified, point_of
from tests.evolution.callers import values
from tests.evolution.drawing import Drawer
from tests.evolution.editing import RULE, SCHEMA
from tests.evolution.evolving import EDITS, Evolution, draw_evolution
from tests.evolution.oracle import Facet, Verdict, facets, verdict
from tests.evolution.replaying import Replay
from tests.evolution.vocabulary import VOCABULARY

POINTS = 4
"""Points at which a facet that holds is tried."""
CALLERS = 3
"""Random callers of every evolution that is compatible."""
SAMPLES = 20
"""Points at which each of them calls."""


@dataclass
class Evolutions:
    """Everybody's opinion on every facet of generated evolutions."""

    prover: Prover
    counts: Counter[str] = field(default_factory=Counter)
    _vocabulary: dict[str, object] = field(default_factory=lambda: plain(VOCABULARY))
    _meaning: Meaning = field(default_factory=lambda: Meaning(VOCABULARY))

    def run(self, seed: int) -> None:
        """The evolution of one seed."""
        evolution = draw_evolution(seed)
        expected = self._truth(evolution)
        self._compare(evolution, expected)
        found = verdict(expected)
        self.counts["evolutions"] += 1
        self.counts[f"verdict {found.value}"] += 1
        self.counts[f"edit {EDITS[seed % len(EDITS)].label}: {found.value}"] += 1
        if found is not Verdict.INCOMPATIBLE:
            self._call(evolution)

    # --- the oracle -------------------------------------------------------------------------------

    def _truth(self, evolution: Evolution) -> list[Facet]:
        """What the oracle says; no facet may break that no edit may break, and that held of the old contract itself."""
        old, new = oracle_entry(evolution.old), oracle_entry(evolution.new)
        policy = [plain(demand) for demand in evolution.policy]
        expected = facets(self._vocabulary, old, new, policy)
        failed = {facet.key[0] for facet in expected if not facet.holds}
        if not failed <= evolution.may_break:
            itself = facets(self._vocabulary, old, old, policy)
            allowed = evolution.may_break | {facet.key[0] for facet in itself if not facet.holds}
            if failed & allowed - {SCHEMA}:
                allowed |= {RULE}  # What is lost may be what a rule demands.
            if not failed <= allowed:
                raise DisagreementError(
                    f"evolution {evolution.seed}: {evolution.labels} cannot break {failed - allowed}"
                )
        return expected

    # --- the product ------------------------------------------------------------------------------

    def _compare(self, evolution: Evolution, expected: list[Facet]) -> None:
        place = f"evolution {evolution.seed}, {', '.join(evolution.labels)}"
        asked = list(
            refinement(evolution.old, evolution.new, Policy.of(evolution.policy), self._meaning)
        )
        answers = certified(asked, evolution.sets(), self.prover)
        self.counts["certificates accepted"] += 1
        names = {document_digest(demand): demand.name for demand in evolution.policy}
        said = {answer.about(names): answer for answer in answers}
        truth = {facet.key: facet for facet in expected}
        must_agree(
            f"{place}: the facets", product=sorted(map(repr, said)), oracle=sorted(map(repr, truth))
        )
        replay = Replay(VOCABULARY, evolution.old, evolution.new, evolution.policy)
        for key, answer in said.items():
            self.counts["facets"] += 1
            self.counts["unknown"] += answer.holds is None
            if answer.holds is not None:
                must_agree(
                    f"{place}: {key} at {truth[key].point}, {answer.witness}",
                    product=answer.holds,
                    oracle=truth[key].holds,
                )
                self.counts[f"facet {key[0]} {'holds' if answer.holds else 'fails'}"] += 1
            if truth[key].holds:
                self._sample(evolution, replay, key, place)
            elif key[0] != "service_assumable":
                self._replay(replay, key, values(VOCABULARY, truth[key].point or {}), place)
                if answer.witness is not None:
                    self._replay(replay, key, point_of(VOCABULARY, answer.witness), place)

    def _replay(
        self, replay: Replay, key: tuple[object, ...], point: dict[str, d.Value], place: str
    ) -> None:
        """A facet that fails, where it fails: broken there, and noticed by a caller who is admitted there."""
        here = {name: value for name, value in point.items() if name != d.CHOICE_ROUTE}
        must_agree(
            f"{place}: {key} at {here}",
            product=True,
            interpreter=replay.somewhere_broken(key, here),
        )
        self.counts["counterexamples replayed"] += 1
        if key[0] in ("refines_schema", "service_coherent", "service_cost_disjoint"):
            return
        noticed = replay.noticed(key, here)
        if noticed is None:
            self.counts[f"by the letter alone: {key[0]}"] += 1
        else:
            must_agree(f"{place}: {key}, a caller at {here}", product=True, noticed=noticed)
            self.counts["counterexamples with a caller who is broken"] += 1

    def _sample(
        self, evolution: Evolution, replay: Replay, key: tuple[object, ...], place: str
    ) -> None:
        """A facet that holds is broken at no point that is tried: interpreter against oracle."""
        if key[0] in ("service_assumable", "refines_schema"):
            return
        draw = Drawer(Random(evolution.seed))
        for _ in range(POINTS):
            point = draw.point()
            must_agree(
                f"{place}: {key} at {point}", product=False, interpreter=replay.broken(key, point)
            )
            self.counts["points tried"] += 1

    # --- callers ----------------------------------------------------------------------------------

    def _call(self, evolution: Evolution) -> None:
        """Whoever the old contract admits, the new one does, if refinement holds: random callers at random points."""
        rng = Random(evolution.seed)
        replay = Replay(VOCABULARY, evolution.old, evolution.new, evolution.policy)
        operator = Operator(evolution.policy)
        for _ in range(CALLERS):
            draw = Drawer(rng)
            caller = draw.caller(evolution.old)
            for _ in range(SAMPLES):
                point = draw.point()
                self.counts["calls"] += 1
                if admits(replay.old, operator, caller, point):
                    self.counts["calls admitted before"] += 1
                    must_agree(
                        f"evolution {evolution.seed}, {evolution.labels}: {caller} at {point}",
                        before=True,
                        after=admits(replay.new, operator, caller, point),
                    )
