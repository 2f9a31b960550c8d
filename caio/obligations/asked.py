"""An obligation of documents: what is asked over all requests (``docs/spec/certificate-v1.md`` section 8.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from caio.base.canonical import Json
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations.formula import Formula, Scope

_SUBJECTS: Final = ("safety", "policy", "traits")


@dataclass(frozen=True, slots=True)
class Asked:
    """One obligation of documents.

    Attributes:
        key: names it in a certificate; a JSON array, the kind first.
        block: all that is asserted.
        scope: the variables that the block may speak about.
        by_witness: whether it holds by a witness and is refuted by a proof, instead of the other way round.
    """

    key: tuple[Json, ...]
    block: tuple[Formula, ...]
    scope: Scope
    by_witness: bool = False

    @property
    def kind(self) -> str:
        """The first part of the key."""
        return str(self.key[0])


@dataclass(frozen=True)
class Policy:
    """What an operator demands: rules, invariants and constraints, with a profile for its routing allowance (Eq. 1.3)."""

    rules: tuple[d.Rule, ...] = ()
    constraints: tuple[d.Constraint, ...] = ()
    profile: d.Profile | None = None

    @staticmethod
    def of(demands: Sequence[d.Rule | d.Constraint], profile: d.Profile | None = None) -> Policy:
        """A policy of these demands."""
        rules = tuple(one for one in demands if isinstance(one, d.Rule))
        constraints = tuple(one for one in demands if isinstance(one, d.Constraint))
        return Policy(rules, constraints, profile)

    @cached_property
    def demands(self) -> tuple[d.Rule | d.Constraint, ...]:
        """Rules, invariants, then constraints by subject, each kind by name (certificate-v1 section 8.1)."""
        rules = sorted(self.rules, key=lambda rule: (rule.invariant, rule.name))
        constraints = sorted(self.constraints, key=lambda one: (_SUBJECTS.index(one.of), one.name))
        return (*rules, *constraints)

    @cached_property
    def _names(self) -> dict[d.Document, str]:
        return {one: document_digest(one) for one in self.demands}

    def digest(self, demand: d.Rule | d.Constraint) -> str:
        """What names one of the demands. Raises ``KeyError`` for a stranger."""
        return self._names[demand]

    @cached_property
    def digests(self) -> tuple[str, ...]:
        """What names the policy in a key: digests in increasing order."""
        profile = () if self.profile is None else (document_digest(self.profile),)
        return tuple(sorted((*self._names.values(), *profile)))
