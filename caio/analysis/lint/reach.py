"""Rules that no service can satisfy (``rule_meetable``), and services that no request can reach (``keeps``).

A rule is met by a service if some request triggers it and the service entails every action. What is known without a solver is
looked at first: a service that does not state the attribute is asked about only where nobody else is left.

A service is out of reach if what it admits under all rules is empty. Whom to blame is an irreducible set of rules that shut it
out, or parts of its own contract where it admits nothing even without a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from caio.analysis.lint import rules
from caio.analysis.lint.inquiry import Demand, Inquiry
from caio.analysis.lint.shrinking import Search, blame, together
from caio.analysis.lint.topics import Draft, Topic
from caio.analysis.sanity import kind_of
from caio.base.canonical import digest
from caio.certify.prover import Model
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.obligations.admission import entailed
from caio.obligations.asked import Asked, Policy
from caio.obligations.contract import Contract
from caio.obligations.universal import applicable, keeps, meetable

_NOTHING: Final = Policy()


def unmeetable(inquiry: Inquiry, topic: Topic) -> None:
    """Find the rules whose every trigger is refused by all services."""
    if not inquiry.contracts:
        return
    together([_met(inquiry, topic, demand) for demand in inquiry.living], inquiry.explore)


def _met(inquiry: Inquiry, topic: Topic, demand: Demand) -> Search[None]:
    refused: list[Asked] = []
    for contract in _likely_first(inquiry, demand):
        asked = meetable(demand, contract, inquiry.meaning)
        (answer,) = yield [asked]
        if answer.holds:
            topic.asked.append(asked)
            return
        refused.append(asked)
        if answer.holds is None:
            topic.asked += refused
            topic.undecided.append(
                f"whether `{contract.service.name}` can satisfy {kind_of(demand)} `{demand.name}`"
            )
            return
    triggered = applicable(demand, inquiry.meaning)
    (answer,) = yield [triggered]
    topic.asked += [*refused, triggered]
    number = len(inquiry.contracts)
    them = "the one service" if number == 1 else f"none of the {number:,} services"
    not_ = " cannot" if number == 1 else " can"
    topic.drafts.append(
        Draft(
            rules.UNMEETABLE,
            f"{them}{not_} satisfy {kind_of(demand)} `{demand.name}`: every request that triggers it is refused",
            (demand.name,),
            kind_of(demand),
            document_digest(demand),
            shown_by=(*refused, triggered),
            model=(triggered, answer.decided) if isinstance(answer.decided, Model) else None,
            help="publish a service that satisfies it, or relax what it demands",
        )
    )


def _likely_first(inquiry: Inquiry, demand: Demand) -> list[Contract]:
    """All contracts, those last that plainly do not do what is demanded."""

    def unlikely(contract: Contract) -> bool:
        return any(
            entailed(atom, contract, inquiry.meaning) is False
            for atom in demand.then
            if not isinstance(atom, t.OnExpression)
        )

    return sorted(inquiry.contracts, key=unlikely)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a contract that could keep everybody out."""

    name: str
    clause: str


_PARTS: Final = (
    _Part("permits", "permits"),
    _Part("assumes", "assumes[0]"),
    _Part("guarantees", "guarantees[0]"),
    _Part("cost", "cost[0]"),
)
_IN_WORDS: Final = {
    "permits": "nobody is permitted",
    "assumes": "no request meets its assumptions",
    "guarantees": "its guarantees contradict each other wherever it could be used",
    "cost": "its cost cases overlap wherever it could be used",
}


def unreachable(inquiry: Inquiry, topic: Topic) -> None:
    """Find the services that admit no request at all, and say why."""
    posed = [_shut(inquiry, contract, inquiry.policy) for contract in inquiry.contracts]
    cores: list[list[Demand]] = []
    for contract, asked, answer in zip(
        inquiry.contracts, posed, inquiry.explore(posed), strict=True
    ):
        topic.asked.append(asked)
        if answer.holds is None:
            topic.undecided.append(f"whether anything reaches `{contract.service.name}`")
        if answer.holds:
            _explain(inquiry, topic, contract, asked, cores)


def _shut(inquiry: Inquiry, contract: Contract, policy: Policy) -> Asked:
    """That the contract admits nothing under the policy."""
    return keeps(None, False, (contract, policy), (None, _NOTHING), inquiry.meaning)


def _explain(
    inquiry: Inquiry,
    topic: Topic,
    contract: Contract,
    shut: Asked,
    cores: list[list[Demand]],
) -> None:
    """Why a service is out of reach; ``cores`` are the sets of rules that were to blame before."""
    service = contract.service
    title = f"`{service.name}` {service.version}"
    alone = _shut(inquiry, contract, _NOTHING)
    if inquiry.holds(alone):
        parts, shown = _own_parts(inquiry, topic, contract)
        reasons = "; ".join(_IN_WORDS[part.name] for part in parts) or "its contract admits none"
        path = parts[0].clause if parts else ""
        _found(
            topic, contract, f"no request can reach {title}: {reasons}", (shut, alone, *shown), path,
            [part.name for part in parts],
            help_="correct the contract: `permits public`, or `permits any of { … }`, if nobody is permitted",
        )  # fmt: skip
        return
    core = next((one for one in cores if _shuts(inquiry, contract, one)), None)
    if core is None:
        (core,) = together([_core(inquiry, contract)], inquiry.explore)
        cores.append(core)
    shown = [_shut(inquiry, contract, Policy.of(core))]
    for member in core:
        less = _shut(inquiry, contract, Policy.of([one for one in core if one is not member]))
        if inquiry.holds(less) is not False:
            topic.undecided.append(f"whether {title} is out of reach without `{member.name}`")
        shown.append(less)
    names = [f"{kind_of(one)} `{one.name}`" for one in core]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} together"
    verb = "shuts" if len(names) == 1 else "shut"
    _found(
        topic, contract, f"no request can reach {title}: {listed} {verb} it out", (shut, *shown), "",
        sorted(names),
        others=tuple((document_digest(one), "", f"`{one.name}` has a part in it") for one in core),
        help_="let the service promise or state what is demanded, or narrow a condition",
    )  # fmt: skip


def _shuts(inquiry: Inquiry, contract: Contract, core: Sequence[Demand]) -> bool:
    """Whether exactly these rules shut a service out: all of them do, and without any of them it is reached."""
    return inquiry.holds(_shut(inquiry, contract, Policy.of(core))) is True and all(
        inquiry.holds(_shut(inquiry, contract, Policy.of([o for o in core if o is not one])))
        is False
        for one in core
    )


def _core(inquiry: Inquiry, contract: Contract) -> Search[list[Demand]]:
    def enough(demands: Sequence[Demand]) -> Search[bool | None]:
        (answer,) = yield [_shut(inquiry, contract, Policy.of(demands))]
        return answer.holds

    return (yield from blame(list(inquiry.policy.demands), enough))


def _own_parts(
    inquiry: Inquiry, topic: Topic, contract: Contract
) -> tuple[list[_Part], list[Asked]]:
    """Which parts of a contract are to blame: without them all the rest would be reached, without fewer it would not."""
    shown: list[Asked] = []

    def without(parts: Sequence[_Part]) -> Contract:
        names = {part.name for part in parts}
        name = digest([contract.subject, sorted(names)])
        service = replace(contract.service, name=f"variant {name}")
        overlays = contract.overlays
        if "permits" in names:
            service = replace(service, permits=d.Permits("public"))
        if "assumes" in names:
            service = replace(service, assumes=())
        if "guarantees" in names:
            service = replace(service, guarantees=())
            overlays = ()
        if "cost" in names:
            service = replace(service, cost=())
        return Contract(service, () if "guarantees" in names else overlays)

    def opened(parts: Sequence[_Part]) -> bool:
        changed = without(parts)
        asked = _shut(inquiry, changed, _NOTHING)
        found = inquiry.holds(asked) is False
        if found:
            topic.more.append(changed.service)
            shown.append(asked)
        return found

    left = list(_PARTS)
    if not opened(left):
        return [], []
    for part in _PARTS:
        fewer = [other for other in left if other is not part]
        if fewer and opened(fewer):
            left = fewer
    return left, shown[-1:]


def _found(
    topic: Topic,
    contract: Contract,
    message: str,
    shown: Sequence[Asked],
    path: str,
    content: list[str],
    *,
    others: tuple[tuple[str, str, str], ...] = (),
    help_: str,
) -> None:
    topic.asked += shown
    service = contract.service
    topic.drafts.append(
        Draft(
            rules.UNREACHABLE,
            message,
            (service.name, service.version),
            [*content],
            document_digest(service),
            path,
            others,
            tuple(shown),
            help=help_,
        )
    )
