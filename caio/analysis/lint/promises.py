"""Guarantees that do not matter: implied by the other guarantees and the declared range (``guarantee_matters``).

Of several that imply each other one stays: they are taken out one after the other, with the contract that is left as the
next premise. A guarantee that goes may change how services are ranked for requests with open fields, because a score counts only
guarantees whose guard surely holds (score-v1, section 2); it is taken out by ``--fix`` only where it cannot.
"""

from __future__ import annotations

from dataclasses import replace

from caio.analysis.lint import rules
from caio.analysis.lint.inquiry import Inquiry
from caio.analysis.lint.topics import Draft, Removal, Topic, named
from caio.base.canonical import digest
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.obligations.asked import Asked
from caio.obligations.contract import Contract
from caio.obligations.universal import matters
from caio.sema.show import show_guarantee


def without_effect(inquiry: Inquiry, topic: Topic) -> None:
    """Find the guarantees that say nothing beside the others."""
    posed = [
        (contract, [matters(contract, i, inquiry.meaning) for i in range(len(contract.guarantees))])
        for contract in inquiry.contracts
    ]
    inquiry.explore([asked for _, own in posed for asked in own])
    for contract, own in posed:
        topic.asked += own
        answers = inquiry.explore(own)
        if any(answer.holds is None for answer in answers):
            topic.undecided.append(f"whether every guarantee of `{contract.service.name}` matters")
        idle = [i for i, answer in enumerate(answers) if answer.holds is False]
        if idle:
            _take_out(inquiry, topic, contract, idle)


def _take_out(inquiry: Inquiry, topic: Topic, contract: Contract, idle: list[int]) -> None:
    """Report those that can go together, guarded ones first, last ones before first ones."""
    gone: list[int] = []
    for index in sorted(idle, key=lambda i: (contract.guarantees[i].when == t.TRUE, -i)):
        asked = matters(contract, index, inquiry.meaning)
        if gone:
            asked = _beside(contract, index, gone, inquiry, topic)
            holds = inquiry.holds(asked)
            if holds is None:
                topic.undecided.append(
                    f"whether every guarantee of `{contract.service.name}` matters beside the rest"
                )
            if holds is not False:
                continue
        gone.append(index)
        _report(inquiry, topic, contract, index, gone, asked)


def _variant(contract: Contract, kept: list[int]) -> Contract:
    """The contract with these guarantees alone, as one service under another name."""
    service = replace(
        contract.service,
        name=named("guarantees", digest(contract.subject), *map(str, kept)),
        guarantees=tuple(contract.guarantees[i] for i in kept),
    )
    return Contract(service)


def _beside(
    contract: Contract, index: int, gone: list[int], inquiry: Inquiry, topic: Topic
) -> Asked:
    """That a guarantee matters beside those that are left."""
    kept = [i for i in range(len(contract.guarantees)) if i not in gone]
    return _among(contract, index, kept, inquiry, topic)


def _among(
    contract: Contract, index: int, kept: list[int], inquiry: Inquiry, topic: Topic
) -> Asked:
    variant = _variant(contract, kept)
    topic.more.append(variant.service)
    return matters(variant, kept.index(index), inquiry.meaning)


def _report(
    inquiry: Inquiry, topic: Topic, contract: Contract, index: int, gone: list[int], asked: Asked
) -> None:
    guarantee, service = contract.guarantees[index], contract.service
    shown = show_guarantee(guarantee, inquiry.vocabulary)
    evidence = [asked]
    others = [
        i
        for i, other in enumerate(contract.guarantees)
        if i not in gone
        and other.metric == guarantee.metric
        and other.relation.upper == guarantee.relation.upper
    ]
    reason, single = "the other guarantees", None
    alone = _among(contract, index, [index], inquiry, topic)
    by_range = inquiry.holds(alone) is False
    document, path = _place(contract, index)
    if by_range and _is_end_of_range(inquiry, contract, document, path):
        return
    if by_range:
        evidence.append(alone)
        reason = "the declared range"
    else:
        for other in others:
            pair = _among(contract, index, sorted((index, other)), inquiry, topic)
            if inquiry.holds(pair) is False:
                evidence.append(pair)
                single = contract.guarantees[other]
                reason = f"`{show_guarantee(single, inquiry.vocabulary)}`"
                break
    topic.asked += evidence
    keeps_rank = (
        _constant(guarantee) if by_range else single is not None and _same_rank(guarantee, single)
    )
    topic.drafts.append(
        Draft(
            rules.NO_EFFECT,
            f"`{shown}` of `{service.name}` {service.version} says nothing beside {reason}",
            (service.name, service.version),
            [shown, _repeated(contract, index)],
            document,
            path,
            shown_by=tuple(evidence),
            removal=Removal(document, path) if keeps_rank else None,
            help="drop it, or correct its bound" if keeps_rank
            else "drop it, or correct its bound; dropping it may change how the service is ranked",
        )
    )  # fmt: skip


def _is_end_of_range(inquiry: Inquiry, contract: Contract, document: str, path: str) -> bool:
    """Whether a clause is one end of a range, of which the other end is what is meant."""
    documents: list[d.Service | d.Overlay] = [contract.service, *contract.overlays]
    own = next(one for one in documents if document_digest(one) == document)
    index = int(path.partition("[")[2].rstrip("]"))
    return inquiry.shared(document, "guarantees", index, len(own.guarantees))


def _place(contract: Contract, index: int) -> tuple[str, str]:
    """The document that holds a guarantee of the effective contract, and its clause path there."""
    documents: list[d.Service | d.Overlay] = [contract.service, *contract.overlays]
    for document in documents:
        if index < len(document.guarantees):
            return document_digest(document), f"guarantees[{index}]"
        index -= len(document.guarantees)
    raise IndexError(index)


def _repeated(contract: Contract, index: int) -> int:
    """How often the same guarantee was there before, which tells equal ones apart."""
    return contract.guarantees[:index].count(contract.guarantees[index])


def _constant(guarantee: d.Guarantee) -> bool:
    return guarantee.bound.is_constant


def _same_rank(guarantee: d.Guarantee, other: d.Guarantee) -> bool:
    """Whether a score that counts the first counts the second, which is then as good (score-v1, section 2)."""
    return (other.when in (t.TRUE, guarantee.when)) and (
        guarantee.bound == other.bound or (_constant(guarantee) and _constant(other))
    )
