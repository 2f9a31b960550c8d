"""What an edit is: a labelled change of a contract, with the facets of refinement that it may break.

The label is no verdict. An edit that tightens a guard may change nothing, if nobody assumed otherwise; whether a facet holds is for
the oracle to say. But a facet that no edit may break must hold, whoever is asked.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from caio.ir import documents as d
from caio.ir import terms as t
from tests.evolution.drawing import Drawer

Item = TypeVar("Item")

COHERENT, DISJOINT, USABLE = "service_coherent", "service_cost_disjoint", "service_assumable"
ASSUMPTION, GUARANTEE = "refines_assumption", "refines_guarantee"
COVERED, PRICE = "refines_cost_covered", "refines_cost"
ATTRIBUTE, CAPABILITY = "refines_attribute", "refines_capability"
AUTHORIZATION, TRUST, ACCESS = "refines_authorization", "refines_trust", "refines_access"
RULE, SCHEMA = "refines_rule", "refines_schema"


@dataclass
class Pair:
    """A contract before and after, while it is being edited."""

    draw: Drawer
    old: d.Service
    new: d.Service
    policy: tuple[d.Rule | d.Constraint, ...]
    old_overlays: tuple[d.Overlay, ...] = ()
    new_overlays: tuple[d.Overlay, ...] = ()
    labels: list[str] = field(default_factory=list)
    may_break: set[str] = field(default_factory=set)

    def both(self, **changes: object) -> None:
        """Change the contract as it was; the new one starts from the same."""
        self.old = replace(self.old, **changes)  # type: ignore[arg-type]
        self.new = replace(self.old, version=self.new.version)

    def change(self, **changes: object) -> None:
        """Change the new contract."""
        self.new = replace(self.new, **changes)  # type: ignore[arg-type]

    def permit(self, **changes: object) -> None:
        """Change whom the new contract permits."""
        self.change(permits=replace(self.new.permits, **changes))  # type: ignore[arg-type]

    def state(self, name: str, value: d.Value | None) -> None:
        """Change an attribute of the new contract; None takes the statement back."""
        stated = {**dict(self.new.attributes), name: value}
        kept = tuple(sorted((key, found) for key, found in stated.items() if found is not None))
        self.change(attributes=kept)


Change = Callable[[Pair], bool]
"""Applies an edit; whether it could."""


@dataclass(frozen=True)
class Edit:
    """A labelled change. ``first`` ones change the old contract as well, and come before all others."""

    label: str
    apply: Change
    may_break: frozenset[str]
    first: bool = False


class Edits:
    """The edits of one kind; their functions are registered under their names."""

    def __init__(self) -> None:
        self.known: list[Edit] = []

    def edit(self, *may_break: str, first: bool = False) -> Callable[[Change], Change]:
        """Registers a change that may break these facets, and no others."""

        def register(change: Change) -> Change:
            label = change.__name__.replace("_", " ")
            self.known.append(Edit(label, change, frozenset(may_break), first))
            return change

        return register

    def __iter__(self) -> Iterator[Edit]:
        return iter(self.known)


def replaced(items: tuple[Item, ...], index: int, *others: Item) -> tuple[Item, ...]:
    """The items with one of them replaced by others, or by nothing."""
    return (*items[:index], *others, *items[index + 1 :])


def place(pair: Pair, items: Sequence[object]) -> int | None:
    """A place in a list, or None if it is empty."""
    return pair.draw.rng.randrange(len(items)) if items else None


def conjoined(left: t.Formula, right: t.Formula) -> t.Formula:
    """Both conditions; one alone where the other is ``true``."""
    return right if left == t.TRUE else t.And((left, right))
