"""Landscapes of any size, generated from the real one.

The first copy of a service is the service itself. Every further copy has its own name, prices, limits, dates and sometimes one
capability less, drawn from a seed; what it says, clause by clause, is what its original says, so that the diversity of the
registry is kept. Overlays are copied likewise, and never dropped: without them nothing is known to be accurate.
"""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.contract import Contract
from tests.bench.world import World

_DAY = 86_400_000_000


def grown(world: World, size: int, *, seed: int) -> World:
    """The world with ``size`` services.

    Raises:
        ValueError: there would be fewer services than overlays are about.
    """
    rng = random.Random(f"landscape/{seed}/{size}")
    vouched = [contract for contract in world.snapshot.contracts if contract.overlays]
    others = [contract for contract in world.snapshot.contracts if not contract.overlays]
    if size < len(vouched):
        raise ValueError(f"{size} services, but {len(vouched)} have overlays")
    if size < len(world.snapshot.contracts):
        others = rng.sample(others, size - len(vouched))
    originals = [*vouched, *others]
    contracts = [
        _copy(originals[i % len(originals)], i // len(originals), rng) for i in range(size)
    ]
    overlays = [overlay for contract in contracts for overlay in contract.overlays]
    return world.among([contract.service for contract in contracts], overlays)


def _copy(contract: Contract, number: int, rng: random.Random) -> Contract:
    if number == 0:
        return contract
    price = Fraction(rng.randint(80, 125), 100)
    limit = Fraction(rng.randint(70, 140), 100)
    later = rng.randint(-60, 60) * _DAY
    service = contract.service
    name = f"{service.name}~{number}"
    dropped = rng.choice(service.capabilities) if rng.random() < 0.1 else None
    copied = replace(
        service,
        name=name,
        attributes=tuple(_attribute(key, value, limit) for key, value in service.attributes),
        capabilities=tuple(c for c in service.capabilities if c != dropped or c == "chat"),
        assumes=tuple(_assumed(formula, limit, later) for formula in service.assumes),
        cost=tuple(replace(case, amount=case.amount.times(price)) for case in service.cost),
    )
    return Contract(copied, tuple(_overlay(one, name, rng) for one in contract.overlays))


def _attribute(name: str, value: d.Value, limit: Fraction) -> tuple[str, d.Value]:
    if name.startswith("limits.") and isinstance(value, Fraction):
        return name, _whole(value * limit)
    return name, value


def _assumed(formula: t.Formula, limit: Fraction, later: int) -> t.Formula:
    """The assumption with another limit or date; what has no magnitude stays as it is."""
    match formula:
        case t.Compare(comparison, t.Affine(constant, (("env.at", _),) as terms)):
            return t.Compare(comparison, t.Affine(constant - later, terms))
        case t.Compare(t.Comparison.LE, t.Affine(constant, terms)) if constant < 0:
            return t.Compare(t.Comparison.LE, t.Affine(-_whole(-constant * limit), terms))
    return formula


def _overlay(overlay: d.Overlay, service: str, rng: random.Random) -> d.Overlay:
    slower = Fraction(rng.randint(95, 140), 100)
    worse = Fraction(rng.randint(900, 1000), 1000)
    guarantees = tuple(_promised(one, slower, worse) for one in overlay.guarantees)
    return replace(overlay, service=service, guarantees=guarantees)


def _promised(guarantee: d.Guarantee, slower: Fraction, worse: Fraction) -> d.Guarantee:
    factor = slower if guarantee.relation.upper else worse
    return replace(guarantee, bound=guarantee.bound.times(factor))


def _whole(value: Fraction) -> Fraction:
    return Fraction(max(1, round(value)))
