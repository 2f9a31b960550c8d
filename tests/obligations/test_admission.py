"""What cannot be posed is said at once, and what to do about it."""

from dataclasses import replace
from fractions import Fraction

import pytest

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.admission import MOST_CHOICES, admitted
from caio.obligations.asked import Policy
from caio.obligations.contract import Contract
from caio.obligations.formula import Conjunction
from caio.obligations.meaning import Meaning
from tests.tamper.subject import ALPHA, LE, WORLD, W, affine, aim

METRICS = 4


def many(count: int) -> tuple[Meaning, Contract, Policy]:
    """A constraint over four metrics, each of which has so many upper bounds besides its range."""
    model = WORLD.metrics[0]
    names = [f"m{index}" for index in range(METRICS)]
    vocabulary = replace(
        WORLD, metrics=(*WORLD.metrics, *(replace(model, name=name) for name in names))
    )
    guarantees = tuple(
        d.Guarantee(name, LE, affine(Fraction(1, n + 2), tokens=Fraction(1, 10**6)))
        for name in names
        for n in range(count)
    )
    service = replace(ALPHA, guarantees=guarantees)
    demand = d.Constraint(
        W, "all", "safety", t.TRUE, (aim(LE, -1, **{f"metric__{name}": 1 for name in names}),)
    )
    return Meaning(vocabulary), Contract(service), Policy.of([demand])


def test_more_ways_to_bound_an_expression_than_can_be_tried_are_refused() -> None:
    meaning, contract, policy = many(17)
    assert 18**METRICS > MOST_CHOICES
    with pytest.raises(InputError, match=r"`alpha` .* in 104,976 ways.* fewer guarantees"):
        admitted(contract, policy, None, meaning)


def test_as_many_as_can_be_tried_are() -> None:
    meaning, contract, policy = many(3)
    assert isinstance(admitted(contract, policy, None, meaning), Conjunction)
