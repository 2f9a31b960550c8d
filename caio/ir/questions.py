"""Documents for questions over all requests: classes of requests, and properties (``docs/spec/documents-v1.md`` section 5).

Import them from ``caio.ir.documents``. What a claim means as a formula is ``docs/spec/certificate-v1.md`` section 8.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from caio.ir.terms import Atom, Formula

MAX_ADMITTED: Final = 10_000
"""The most services that a property can ask for at once."""


@dataclass(frozen=True)
class Class:
    """The requests of a kind: as a request, but for whoever calls, whenever, and without defaults.

    ``given`` may be about the caller, the time, what is measured and what is chosen as well; formulas about facts alone
    come last.
    """

    vocabulary: str
    name: str
    needs: tuple[tuple[str, ...], ...] = ()
    given: tuple[Formula, ...] = ()
    ensure: tuple[Atom, ...] = ()
    budget: Fraction | None = None
    deadline: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """Nothing is admitted where the condition holds."""

    when: Formula


@dataclass(frozen=True, slots=True)
class Always:
    """At least ``count`` services are admitted for every request of the class with the digest ``group``."""

    count: int
    group: str


@dataclass(frozen=True, slots=True)
class Implication:
    """Whatever meets the first rules meets the second ones and, if ``both``, the other way round.

    Rules, invariants and constraints by digest, in increasing order, each once, at least one.
    """

    premises: tuple[str, ...]
    conclusions: tuple[str, ...]
    both: bool = False


PropertyClaim: TypeAlias = Never | Always | Implication
"""What a property can claim."""


@dataclass(frozen=True)
class Property:
    """What must be so for every request."""

    vocabulary: str
    name: str
    claim: PropertyClaim
