"""The order of candidates as an array (``docs/spec/score-v1.md`` section 4).

Candidates come by (-score, name, version, route, control). A landscape names each service once and stands in order of
names, so that the place in the snapshot decides between equal scores: nothing after the name is ever looked at, and no
object is made for a candidate that nobody asks about.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.obligations.contract import Contract
from caio.routing.bulk import Scorer
from caio.routing.rows import Integers, Places


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Every candidate of a snapshot, best first.

    Attributes:
        snapshot: whose contracts are ranked.
        order: the places of the candidates in the snapshot, best first.
        totals: the weighted score of every candidate, in snapshot order.
    """

    snapshot: Snapshot
    order: Places
    totals: Integers

    def __len__(self) -> int:
        return len(self.order)

    def contract(self, rank: int) -> Contract:
        """The candidate at a rank, 0 for the best."""
        return self.snapshot.contracts[int(self.order[rank])]

    def score(self, rank: int) -> int:
        """The weighted score of the candidate at a rank."""
        return int(self.totals[self.order[rank]])


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

    def rank(self, question: Question) -> Ranking:
        """Every candidate in the order of its score."""
        totals = self._scorer.scores(question).total
        return Ranking(self._scorer.snapshot, order_of(totals), totals)


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
