"""The sides of a comparison: document sets, the versions of each service in them, and the policy that governs them.

A version is a contract as it is compared. Its service is the document of the text but for the response schema: a path is no
content, so that the digest of the file stands in its place (``caio.analysis.compat.schemas``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from caio.analysis.compat.schemas import Schema, schema_of
from caio.base.diagnostics import did_you_mean
from caio.base.errors import InputError
from caio.base.spans import Span
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.landscape.snapshot import contracts_of
from caio.obligations.asked import Policy
from caio.obligations.contract import Contract
from caio.sema.project import Project


@dataclass(frozen=True)
class Version:
    """A version of a service on one side.

    Attributes:
        contract: what is compared.
        written: the digest of the service document as it is written.
        schema: its response schema, if it has one.
        project: where it comes from.
    """

    contract: Contract
    written: str
    schema: Schema | None
    project: Project

    @property
    def service(self) -> d.Service:
        """The service as it is compared."""
        return self.contract.service

    @property
    def name(self) -> str:
        """The name of the service."""
        return self.service.name

    @property
    def number(self) -> str:
        """The version as it is written."""
        return self.service.version

    @property
    def vocabulary(self) -> str:
        """The digest of its vocabulary."""
        return self.service.vocabulary

    @property
    def key(self) -> tuple[int, ...]:
        """What versions are ordered by."""
        return d.version_key(self.number)

    def locate(self, path: str = "") -> Span | None:
        """Where a clause of the service stands."""
        return self.project.locate(self.written, path)

    def place_of_guarantee(self, index: int) -> Span | None:
        """Where a guarantee of the effective contract stands: in the service, or in one of its overlays."""
        own = len(self.service.guarantees)
        if index < own:
            return self.locate(f"guarantees[{index}]")
        index -= own
        for overlay in self.contract.overlays:
            if index < len(overlay.guarantees):
                return self.project.locate(document_digest(overlay), f"guarantees[{index}]")
            index -= len(overlay.guarantees)
        return self.locate()

    def place_of_attribute(self, name: str) -> Span | None:
        """Where an attribute of the effective contract is stated."""
        for overlay in self.contract.overlays:
            if any(name == stated for stated, _ in overlay.attributes):
                return self.project.locate(document_digest(overlay), f"attributes.{name}")
        return self.locate(f"attributes.{name}")

    def documents(self) -> list[d.Document]:
        """The documents of the contract as it is compared."""
        return [self.service, *self.contract.overlays]


class Side:
    """A document set with the versions of each service in it.

    Args:
        project: compiled without errors.
        name: what people call it: the path that was given.
    """

    def __init__(self, project: Project, name: str) -> None:
        self.project = project
        self.name = name
        self.versions = _versions(project)

    @cached_property
    def vocabularies(self) -> dict[str, d.Vocabulary]:
        """The vocabularies by digest."""
        return {document_digest(one): one for one in self.project.vocabularies}

    def highest(self, service: str) -> Version | None:
        """The highest version of a service, if there is any."""
        found = self.versions.get(service)
        return None if found is None else found[-1]

    def policy(self, vocabulary: str, profile: d.Profile | None = None) -> Policy:
        """The rules, invariants and constraints over a vocabulary."""
        rules = [rule for rule in self.project.rules if rule.vocabulary == vocabulary]
        constraints = [one for one in self.project.constraints if one.vocabulary == vocabulary]
        return Policy(tuple(rules), tuple(constraints), profile)

    def profile(self, vocabulary: str, name: str | None = None) -> d.Profile | None:
        """The profile of that name; without one the only profile over a vocabulary, if there is just one.

        Raises:
            InputError: no profile has the name.
        """
        own = [one for one in self.project.profiles if one.vocabulary == vocabulary]
        if name is None:
            return own[0] if len(own) == 1 else None
        found = next((one for one in own if one.name == name), None)
        if found is None:
            raise InputError(unknown("profile", name, (one.name for one in own)))
        return found

    def facts(self, vocabulary: str, caller: str | None) -> d.Facts | None:
        """What is known of a caller: the facts document that is called as the caller is."""
        return next(
            (f for f in self.project.facts if f.name == caller and f.vocabulary == vocabulary), None
        )


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The message that there is nothing of a name."""
    known = sorted(known)
    hint = did_you_mean(name, known)
    told = f"{', '.join(f'`{one}`' for one in known[:5])}{', …' if len(known) > 5 else ''}"
    known_ones = f"there are {told}" if known else f"there is no {kind} at all"
    return f"there is no {kind} `{name}`; {hint or known_ones}"


def matters(demand: d.Rule | d.Constraint) -> bool:
    """Whether a demand can keep a contract from refining another though that promises as much (certificate-v1 section 8.5).

    Such are the demands that name a capability negatively, and those whose condition depends on the route. Of all others the
    block of ``refines_rule`` is false whatever the contracts say, so that they need not be asked.
    """
    unwanted = any(isinstance(atom, t.OnCapability) and not atom.provided for atom in demand.then)
    return unwanted or d.CHOICE_ROUTE in t.variables_of(demand.when)


def named(*parts: str) -> str:
    """The name of a question, made of names that may hold anything: no two lists of names give the same."""
    return ":".join(part.replace("%", "%25").replace(":", "%3A") for part in parts)


def title(version: Version) -> str:
    """A version in a message."""
    return f"`{version.name}` {version.number}"


def _versions(project: Project) -> dict[str, tuple[Version, ...]]:
    found: dict[str, list[Version]] = {}
    for vocabulary in project.vocabularies:
        contracts = contracts_of(
            document_digest(vocabulary), project.services, project.overlays, project.states
        )
        for contract in contracts:
            found.setdefault(contract.service.name, []).append(_version(contract, project))
    return {name: _ordered(own) for name, own in sorted(found.items())}


def _ordered(versions: Sequence[Version]) -> tuple[Version, ...]:
    return tuple(sorted(versions, key=lambda version: version.key))


def _version(contract: Contract, project: Project) -> Version:
    written = document_digest(contract.service)
    found = schema_of(contract.service, project.file_of(written))
    if found is None:
        return Version(contract, written, None, project)
    service = found.put_into(contract.service)
    return Version(
        Contract(service, contract.overlays, contract.state, contract.control),
        written,
        found,
        project,
    )
