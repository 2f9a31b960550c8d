"""What properties are about: the contracts that route, what the operator demands, and under which profiles.

Which version of a service routes is for profiles to say, who may pin one; without a pin it is the highest. Profiles that
differ neither in pins nor in the time that routing may take are the same to a property, and one **setting**. A property holds
if it holds in every setting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from caio.analysis.prove.words import allowance_of, listing
from caio.base.diagnostics import did_you_mean
from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.snapshot import contracts_of, take
from caio.obligations.asked import Policy
from caio.obligations.contract import Contract
from caio.sema.project import Project


@dataclass(frozen=True)
class Setting:
    """Contracts that route at the same time, by name, and the policy that governs them.

    Attributes:
        contracts: one version of each service.
        policy: demands with a profile for its routing allowance.
        profiles: the names of the profiles that make this setting; none, if there are none.
    """

    contracts: tuple[Contract, ...]
    policy: Policy
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True)
class World:
    """The documents of one vocabulary in a project.

    Attributes:
        project: compiled without an error.
        vocabulary: one of its vocabularies.
        profile: the name of the only profile that counts; None for all.
    """

    project: Project
    vocabulary: d.Vocabulary
    profile: str | None = None

    @cached_property
    def name(self) -> str:
        """The digest of the vocabulary."""
        return document_digest(self.vocabulary)

    @cached_property
    def demands(self) -> tuple[d.Rule | d.Constraint, ...]:
        """Rules, invariants and constraints."""
        rules = (one for one in self.project.rules if one.vocabulary == self.name)
        constraints = (one for one in self.project.constraints if one.vocabulary == self.name)
        return (*rules, *constraints)

    @cached_property
    def policy(self) -> Policy:
        """All that is demanded, without a profile."""
        return Policy.of(self.demands)

    @cached_property
    def classes(self) -> dict[str, d.Class]:
        """The classes by digest."""
        found = (one for one in self.project.classes if one.vocabulary == self.name)
        return {document_digest(one): one for one in found}

    @cached_property
    def contracts(self) -> tuple[Contract, ...]:
        """Every version of every service, by name and version."""
        found = (self.project.services, self.project.overlays)
        return tuple(contracts_of(self.name, *found))

    @cached_property
    def profiles(self) -> tuple[d.Profile, ...]:
        """The profiles that count, by name.

        Raises:
            InputError: the one that was named is not there.
        """
        found = [one for one in self.project.profiles if one.vocabulary == self.name]
        if self.profile is not None:
            found = [one for one in found if one.name == self.profile]
        return tuple(sorted(found, key=lambda one: one.name))

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """What may route together, each with its policy; empty if there is no service.

        Raises:
            InputError: a profile pins a version that is not there.
        """
        if not self.contracts:
            return ()
        groups: dict[object, list[d.Profile]] = {}
        for profile in self.profiles:
            groups.setdefault((profile.pins, allowance_of(profile)), []).append(profile)
        if not groups:
            return (Setting(self._routing({}), self.policy),)
        return tuple(
            Setting(
                self._routing(dict(group[0].pins)),
                Policy.of(self.demands, group[0]),
                tuple(profile.name for profile in group),
            )
            for group in groups.values()
        )

    @cached_property
    def routing(self) -> tuple[Contract, ...]:
        """Every contract that routes in some setting, by name and version."""
        routing = {contract for setting in self.settings for contract in setting.contracts}
        return tuple(contract for contract in self.contracts if contract in routing)

    def documents(self, claims: Iterable[d.Property]) -> tuple[d.Document, ...]:
        """What obligations of these properties may be about: rules among one another need no contract to be read."""
        if all(isinstance(claim.claim, d.Implication) for claim in claims):
            return self.demands
        found: list[d.Document] = []
        for contract in self.contracts:
            found += [contract.service, *contract.overlays]
        return (*found, *self.demands, *self.profiles, *self.classes.values())

    def _routing(self, pins: dict[str, str]) -> tuple[Contract, ...]:
        mine, overlays = self.project.services, self.project.overlays
        return take(self.vocabulary, mine, overlays, pins=pins).contracts


def properties_of(project: Project, names: Sequence[str]) -> tuple[d.Property, ...]:
    """The properties of these names, in the order of the project; all of them, if none is named.

    Raises:
        InputError: there is none of this name.
    """
    known = {one.name for one in project.properties}
    for name in names:
        if name not in known:
            there = listing([f"`{one}`" for one in sorted(known)]) if known else "none at all"
            hint = did_you_mean(name, sorted(known)) or f"there are: {there}"
            raise InputError(f"no property is named `{name}` ({hint})")
    wanted = set(names) or known
    return tuple(one for one in project.properties if one.name in wanted)


def known_profile(project: Project, name: str | None) -> None:
    """Make sure that a profile of this name is there.

    Raises:
        InputError: it is not.
    """
    names = {profile.name for profile in project.profiles}
    if name is not None and name not in names:
        hint = did_you_mean(name, sorted(names))
        raise InputError(f"no profile is named `{name}`{f' ({hint})' if hint else ''}")
