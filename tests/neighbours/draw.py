"""Strategies and ready-made neighbours."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from caio.fields.arrays import ComplexArray, Field
from caio.fields.control import ControlSignal
from caio.neighbours.intents import TextMaia
from caio.neighbours.market import ProjectMarketplace
from caio.neighbours.memory import SuperposedRfs
from caio.neighbours.methods import Port
from caio.neighbours.traits import AveragedNme
from caio.routing.ports import Space

SPACE = Space(256, 16)
"""A small space: 16 slots of 16 components."""
SHOP = Path(__file__).resolve().parents[2] / "examples" / "gateway" / "shop.caio"

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
"""Any text without lone surrogates."""
QUERIES = TEXTS.filter(lambda text: bool(text.strip()))
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


def sources(dimension: int = SPACE.source) -> st.SearchStrategy[ComplexArray]:
    """Vectors of ℂ^d that are not zero."""
    parts = st.lists(st.integers(-8, 8), min_size=2 * dimension, max_size=2 * dimension)
    return parts.filter(any).map(
        lambda numbers: np.array(numbers, dtype=np.float64).view(np.complex128) / 8
    )


def encoded(source: ComplexArray, space: Space = SPACE) -> Field:
    """E_i w."""
    return Field("probe", space.encoder.apply(source))


def tone(place: int, energy: float = 0.25, space: Space = SPACE) -> Field:
    """E_i of one component."""
    source = np.zeros(space.source, dtype=np.complex128)
    source[place] = np.sqrt(energy)
    return encoded(source, space)


def signal(bins: tuple[int, ...], gain: int, space: Space = SPACE) -> ControlSignal:
    """A control signal of one gain, in thousandths."""
    gains = (gain,) * len(bins)
    return ControlSignal(
        "u", "small", "1.0", "internal", space.dimension, bins, gains, Fraction(1, 1000)
    )


def ports(space: Space = SPACE) -> dict[str, Port]:
    """New references of all four ports."""
    nme = AveragedNme(("caution", "haste", "thrift"), space)
    nme.observe("alice", {"caution": Fraction(1, 2), "haste": Fraction(-1)})
    return {
        "maia": TextMaia(space),
        "nme": nme,
        "rfs": SuperposedRfs(space),
        "marketplace": ProjectMarketplace.of([SHOP], space),
    }
