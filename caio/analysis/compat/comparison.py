"""What is compared: the sides, which way, and against which versions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from caio.analysis.compat.sides import Side, Version, unknown
from caio.base.canonical import canonical_bytes
from caio.base.errors import InputError

BACKWARD: Final = "backward"
FORWARD: Final = "forward"


class Mode(Enum):
    """Which way refinement is asked for, and against which versions."""

    BACKWARD = "backward"
    FORWARD = "forward"
    FULL = "full"
    BACKWARD_TRANSITIVE = "backward-transitive"
    FORWARD_TRANSITIVE = "forward-transitive"
    FULL_TRANSITIVE = "full-transitive"

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions that are asked for."""
        word = self.value.removesuffix("-transitive")
        return (BACKWARD, FORWARD) if word == "full" else (word,)

    @property
    def transitive(self) -> bool:
        """Whether every earlier version is asked about."""
        return self.value.endswith("-transitive")


class Bumps(Enum):
    """What becomes of version numbers."""

    IGNORED = "ignored"
    """Nothing is asked about them."""
    TOLD = "told"
    """What a change needs is told; a number that says too little is a note."""
    REQUIRED = "required"
    """A number that says too little is refuted."""


@dataclass(frozen=True)
class Comparison:
    """What is compared.

    Attributes:
        old: the side before.
        new: the side after.
        history: sides of earlier versions, for transitive modes.
        mode: which way.
        service: the only service that is asked about, if it is one.
        bumps: what becomes of version numbers.
    """

    old: Side
    new: Side
    history: tuple[Side, ...] = ()
    mode: Mode = Mode.BACKWARD
    service: str | None = None
    bumps: Bumps = Bumps.TOLD

    def services(self) -> list[str]:
        """The names of the services of both sides that are asked about.

        Raises:
            InputError: OLD holds no service, or neither side has the service.
        """
        if not self.old.versions:
            raise InputError(f"`{self.old.name}` holds no service: there is nothing to be kept")
        names = sorted({*self.old.versions, *self.new.versions})
        if self.service is not None:
            if self.service not in names:
                raise InputError(unknown("service", self.service, names))
            return [self.service]
        return names

    def earlier(self, service: str) -> list[tuple[Version, Side]]:
        """The versions of a service that the new one is held against, the highest of OLD last.

        Versions with the same contract are one.
        """
        own = self.old.versions.get(service, ())
        found = [(version, self.old) for version in (own if self.mode.transitive else own[-1:])]
        if self.mode.transitive:
            for side in self.history:
                found += [(version, side) for version in side.versions.get(service, ())]
        newest = own[-1] if own else None
        new = self.new.highest(service)
        kept: dict[bytes, tuple[Version, Side]] = {}
        for version, side in sorted(found, key=lambda one: one[0].key):
            name = canonical_bytes(version.contract.subject)
            same = new is not None and name == canonical_bytes(new.contract.subject)
            if side is self.old or not same:
                kept.setdefault(name, (version, side))
        return sorted(kept.values(), key=lambda one: (one[0] is newest, one[0].key))
