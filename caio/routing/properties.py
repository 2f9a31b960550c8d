"""Capabilities and attributes of all candidates as arrays: what can be looked up without reasoning."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from caio.ir import documents as d
from caio.ir import terms as t
from caio.landscape.snapshot import Snapshot
from caio.obligations.meaning import Meaning
from caio.routing.rows import Mask

_LARGEST = Fraction(10**300)


class Properties:
    """The capabilities and the stated attributes of a snapshot's candidates, in snapshot order."""

    def __init__(self, snapshot: Snapshot, meaning: Meaning) -> None:
        contracts, vocabulary = snapshot.contracts, snapshot.vocabulary
        self._meaning = meaning
        size = len(contracts)
        self._provides = {name: np.zeros(size, dtype=np.bool_) for name in vocabulary.capabilities}
        self._none = np.zeros(size, dtype=np.bool_)
        self._codes: dict[str, npt.NDArray[np.int32]] = {}
        self._numbers: dict[str, npt.NDArray[np.float64]] = {}
        for field in vocabulary.attributes:
            if isinstance(field.type, d.EnumType | d.BoolType):
                self._codes[field.name] = np.full(size, -1, dtype=np.int32)
            else:
                self._numbers[field.name] = np.full(size, np.nan)
        for i, contract in enumerate(contracts):
            for name in contract.capabilities:
                self._provides[name][i] = True
            for name, value in contract.attributes.items():
                number = meaning.number(vocabulary.attribute(name).type, value)
                if name in self._codes:
                    self._codes[name][i] = int(number)
                else:
                    self._numbers[name][i] = approximate(number)

    def provides(self, capability: str) -> Mask:
        """Who provides a capability."""
        return self._provides.get(capability, self._none)

    def among(self, attribute: str, values: Iterable[d.Value], *, negated: bool = False) -> Mask:
        """Who states for an enumeration or a Boolean one of these values, or another one if ``negated``."""
        kind = self._meaning.vocabulary.attribute(attribute).type
        size = 2
        if isinstance(kind, d.EnumType):
            size = len(self._meaning.vocabulary.enum(kind.enum).members)
        chosen = np.full(size + 1, negated, dtype=np.bool_)
        for value in values:
            chosen[int(self._meaning.number(kind, value))] = not negated
        # Who states nothing has the code -1, the last place: nothing is known to be, or not to be, among the values.
        chosen[-1] = False
        found: Mask = chosen[self._codes[attribute]]
        return found

    def numbers(self, attribute: str) -> npt.NDArray[np.float64]:
        """What everybody states for a number or an instant, ``nan`` where nothing is stated."""
        return self._numbers[attribute]

    def bounded(self, attribute: str, relation: t.Relation, bound: Fraction) -> Mask:
        """Who states a number in this relation to a bound, up to the precision of floats."""
        stated, limit = self._numbers[attribute], approximate(bound)
        compare = {
            t.Relation.LE: np.less_equal,
            t.Relation.LT: np.less,
            t.Relation.GE: np.greater_equal,
            t.Relation.GT: np.greater,
        }[relation]
        found: Mask = compare(stated, limit)
        return found


def approximate(value: Fraction) -> float:
    """A number as a float, however large it is."""
    return float(max(-_LARGEST, min(value, _LARGEST)))
