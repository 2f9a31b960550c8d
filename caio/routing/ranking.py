"""The order of candidates as an array (``docs/spec/score-v1.md`` section 4).

Candidates come by (-score, name, version, route, control). A landscape names each service once and stands in order of
names, and each entry is a candidate once under each control, by code points: so the place ``entry · controls + control``
decides between equal scores, nothing after the name is ever looked at, and no object is made for a candidate that nobody
asks about.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from caio.ir import documents as d
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.obligations.contract import Contract
from caio.routing.bulk import Scorer
from caio.routing.rows import Integers, Places


class Candidates:
    """The contracts of a snapshot under controls, each made once, when it is first asked for.

    Who keeps something about a candidate may go by its identity: it is the same object in every ranking.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._under: dict[tuple[int, str], Contract] = {}

    def under(self, entry: int, control: str) -> Contract:
        """The contract at a place in the snapshot, as a candidate under a control."""
        contract = self.snapshot.contracts[entry]
        if control == contract.control:
            return contract
        found = self._under.get((entry, control))
        if found is None:
            found = self._under.setdefault((entry, control), contract.under(control))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Every candidate of a snapshot, best first.

    Attributes:
        among: the contracts that are ranked.
        order: the places of the candidates, best first: that of an entry under a control is ``entry · controls + control``.
        totals: the weighted score of every candidate, by place.
        controls: the controls, by code points.
    """

    among: Candidates
    order: Places
    totals: Integers
    controls: tuple[str, ...] = (d.NO_CONTROL,)

    def __len__(self) -> int:
        return len(self.order)

    @property
    def snapshot(self) -> Snapshot:
        """Whose contracts are ranked."""
        return self.among.snapshot

    @property
    def entries(self) -> Places:
        """The places in the snapshot of the candidates' contracts, best first."""
        return self.order if len(self.controls) == 1 else self.order // len(self.controls)

    def contract(self, rank: int) -> Contract:
        """The candidate at a rank, 0 for the best: a contract under its control."""
        entry, control = divmod(int(self.order[rank]), len(self.controls))
        return self.among.under(entry, self.controls[control])

    def score(self, rank: int) -> int:
        """The weighted score of the candidate at a rank."""
        return int(self.totals[self.order[rank]])

    def scores(self) -> list[int]:
        """The weighted score of every candidate, best first."""
        scores: list[int] = self.totals[self.order].tolist()
        return scores


class Ranker:
    """Ranks the candidates of a snapshot for one question after another.

    Raises:
        ValueError: the contracts of the snapshot are not in strictly increasing order of names.
    """

    def __init__(self, scorer: Scorer) -> None:
        names = [contract.service.name for contract in scorer.snapshot.contracts]
        for first, second in pairwise(names):
            if first >= second:
                raise ValueError(f"`{second}` does not come after `{first}` in the landscape")
        self._scorer = scorer
        self._candidates = Candidates(scorer.snapshot)

    def rank(self, question: Question) -> Ranking:
        """Every candidate in the order of its score.

        Raises:
            InputError: as for ``Scorer.scores``.
        """
        scores = self._scorer.scores(question)
        return Ranking(self._candidates, order_of(scores.total), scores.total, scores.controls)


def order_of(totals: Integers) -> Places:
    """The places of the totals, greatest first, equal ones in the order they stand in.

    Args:
        totals: not negative and below 2^53, as scores are.
    """
    bits = max(len(totals) - 1, 0).bit_length()
    highest = int(totals.max(initial=0))
    if highest.bit_length() + bits > _BITS or int(totals.min(initial=0)) < 0:
        return np.argsort(-totals, kind="stable")
    # Distance from the highest above, place below: one number per candidate, all different, so that plain sorting, which
    # is several times as fast as a stable sort of places, has only one result.
    keys = ((highest - totals) << bits) | np.arange(len(totals))
    keys.sort()
    return keys & ((1 << bits) - 1)


_BITS = 62
"""What a key may take of 64 bits."""
