"""Which clause an obligation comes from, and whose it is to change.

Obligations are per candidate; clauses are not. Thousands of refused candidates fail for a handful of clauses, and what
can be done about a refusal depends on who holds the clause.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeAlias

from caio.obligations.candidate import Key
from caio.obligations.contract import Contract


class Holder(Enum):
    """Who could change a clause."""

    CALLER = "caller"
    """A clause of the request."""
    OPERATOR = "operator"
    """A rule, an invariant, a constraint, a limit of the profile, or the built-in protection of sensitive data."""
    IDENTITY = "identity"
    """What is known of the caller; only authentication supplies it."""
    SERVICE = "service"
    """The contract itself, or the service's observed state."""


Group: TypeAlias = tuple[str | int, ...]
"""What names the clause behind obligations of several candidates, such as ``("requirement", 0)``."""

_HOLDERS: Final = {
    "non_empty": Holder.CALLER,
    "capability": Holder.CALLER,
    "assumption": Holder.CALLER,
    "requirement": Holder.CALLER,
    "budget": Holder.CALLER,
    "deadline": Holder.CALLER,
    "rule": Holder.OPERATOR,
    "safety": Holder.OPERATOR,
    "policy": Holder.OPERATOR,
    "traits": Holder.OPERATOR,
    "invariant": Holder.OPERATOR,
    "privacy": Holder.OPERATOR,
    "available": Holder.OPERATOR,
    "authentication": Holder.OPERATOR,
    "authorization": Holder.IDENTITY,
    "trust": Holder.IDENTITY,
    "access": Holder.IDENTITY,
    "coherent": Holder.SERVICE,
    "cost_disjoint": Holder.SERVICE,
}

RELAXABLE: Final = frozenset({"capability", "assumption", "requirement", "budget", "deadline"})
"""The kinds of obligations that the caller can meet by asking for less."""

_OWN: Final = frozenset(
    {"coherent", "assumption", "authorization", "trust", "access", "cost_disjoint"}
)
"""The kinds whose clause is the service's: one group for all services, whatever each of them says."""


def holder(key: Key) -> Holder:
    """Whose clause an obligation is."""
    return _HOLDERS[str(key[0])]


def relaxable(key: Key) -> bool:
    """Whether the caller's own clause is what fails, and asking for less may help."""
    return key[0] in RELAXABLE


def group_of(key: Key, contract: Contract) -> Group:
    """The group of an obligation: the same for every candidate that fails at the same clause."""
    kind = str(key[0])
    if kind == "budget":
        return (kind, "covered" if key[1] == "covered" else "exceeded")
    if kind == "authorization" and contract.service.permits.mode == "none":
        return (kind, "nobody")
    return (kind,) if kind in _OWN else key


def clause_of(key: Key) -> str:
    """The path of the caller's clause behind a relaxable obligation: ``ensure[0]``, ``needs[1]``, ``budget``."""
    kind = str(key[0])
    match kind:
        case "capability":
            return f"needs[{key[1]}]"
        case "requirement":
            return f"ensure[{key[1]}]"
        case "assumption":
            return "given"
        case _:
            return kind
