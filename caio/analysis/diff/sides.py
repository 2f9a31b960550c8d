"""The two states of a document set that are compared, vocabulary by vocabulary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.snapshot import take
from caio.obligations.asked import Policy
from caio.obligations.contract import Contract
from caio.sema.project import Project


@dataclass(frozen=True)
class Side:
    """One state of the documents of one vocabulary.

    Attributes:
        project: all documents of this state.
        vocabulary: whose documents these are.
    """

    project: Project
    vocabulary: d.Vocabulary

    @cached_property
    def name(self) -> str:
        """The digest of the vocabulary."""
        return document_digest(self.vocabulary)

    @cached_property
    def contracts(self) -> Mapping[str, Contract]:
        """What routes: the highest version of each service, by name."""
        project = self.project
        if not any(service.vocabulary == self.name for service in project.services):
            return {}
        snapshot = take(self.vocabulary, project.services, project.overlays)
        return {contract.service.name: contract for contract in snapshot.contracts}

    @cached_property
    def policy(self) -> Policy:
        """Every rule, invariant and constraint of the vocabulary."""
        demands: list[d.Rule | d.Constraint] = [*self.project.rules, *self.project.constraints]
        return Policy.of([one for one in demands if one.vocabulary == self.name])

    @cached_property
    def documents(self) -> tuple[d.Document, ...]:
        """What questions about this side are about."""
        found: list[d.Document] = [self.vocabulary, *self.policy.demands]
        for contract in self.contracts.values():
            found += [contract.service, *contract.overlays]
        return tuple(found)


def pairs(old: Project, new: Project) -> Iterator[tuple[Side, Side]]:
    """The sides of each vocabulary, by name.

    Raises:
        InputError: there is nothing to compare, or a vocabulary is not the same on both sides: its words mean something else
            then, and no request of one side is one of the other.
    """
    before = {vocabulary.name: vocabulary for vocabulary in old.vocabularies}
    after = {vocabulary.name: vocabulary for vocabulary in new.vocabularies}
    if not before and not after:
        raise InputError("no vocabulary on either side: there is nothing to compare")
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            where = "NEW" if name in after else "OLD"
            raise InputError(
                f"the vocabulary `{name[:80]}` is in {where} alone: name documents of both"
            )
        if document_digest(before[name]) != document_digest(after[name]):
            raise InputError(
                f"the vocabulary `{name[:80]}` differs between OLD and NEW, so that their words mean different things:"
                " compare documents that use one vocabulary (`caio compat` says what changed in it)"
            )
        yield Side(old, before[name]), Side(new, after[name])
