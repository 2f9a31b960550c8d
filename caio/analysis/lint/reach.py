"""Rules that no service can satisfy (``rule_meetable``), and services that no request can reach (``keeps``).

A rule is met by a service if some request triggers it and the service entails every action. What is known without a solver is
looked at first: a service that does not state the attribute is asked about only where nobody else is left.

A service is out of reach if what it admits under all rules is empty. Whom to blame is an irreducible set of rules that shut it
out, or parts of its own contract where it admits nothing even without a rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from caio.analysis.lint import rules
from caio.analysis.lint.inquiry import Demand, Inquiry
from caio.analysis.lint.shrinking import Search, blame, together
from caio.analysis.lint.topics import Draft, Topic, named
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
_MOST_NAMED: Final = 6
"""How many services a finding names."""


def unmeetable(inquiry: Inquiry, topic: Topic, aside: Collection[str]) -> None:
    """Find the rules whose every trigger is refused by all services; those in ``aside`` are known to contradict themselves."""
    if inquiry.contracts:
        left = [one for one in inquiry.living if document_digest(one) not in aside]
        together([_met(inquiry, topic, demand) for demand in left], inquiry.explore)


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


def _likely_first(inquiry: Inquiry, demand: Demand) -> Iterator[Contract]:
    """All contracts, those last that plainly do not do what is demanded; looked at one by one, as far as is needed."""
    simple = [atom for atom in demand.then if not isinstance(atom, t.OnExpression)]
    later = []
    for contract in inquiry.contracts:
        if any(entailed(atom, contract, inquiry.meaning) is False for atom in simple):
            later.append(contract)
        else:
            yield contract
    yield from later


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


@dataclass
class _Outside:
    """Services that are out of reach for one reason.

    Attributes:
        contracts: of the services.
        shown: what shows it.
        rules: the rules that shut them out together.
        parts: the parts of their own contracts that do, where no rule is to blame.
    """

    contracts: list[Contract] = field(default_factory=list)
    shown: list[Asked] = field(default_factory=list)
    rules: list[Demand] = field(default_factory=list)
    parts: list[_Part] = field(default_factory=list)


def unreachable(inquiry: Inquiry, topic: Topic) -> None:
    """Find the services that admit no request at all, and say why; those with one reason make one finding."""
    policy = inquiry.policy()
    posed = [_shut(inquiry, contract, policy) for contract in inquiry.contracts]
    reasons: dict[tuple[str, ...], _Outside] = {}
    for contract, asked, answer in zip(
        inquiry.contracts, posed, inquiry.explore(posed), strict=True
    ):
        topic.asked.append(asked)
        if answer.holds is None:
            topic.undecided.append(f"whether anything reaches `{contract.service.name}`")
        if answer.holds:
            _explain(inquiry, topic, contract, asked, reasons)
    for outside in reasons.values():
        topic.asked += outside.shown
        topic.drafts.append(_draft(outside))


def _shut(inquiry: Inquiry, contract: Contract, policy: Policy) -> Asked:
    """That the contract admits nothing under the policy."""
    return keeps(None, False, (contract, policy), (None, _NOTHING), inquiry.meaning)


def _explain(
    inquiry: Inquiry,
    topic: Topic,
    contract: Contract,
    shut: Asked,
    reasons: dict[tuple[str, ...], _Outside],
) -> None:
    """Find out why a service is out of reach; what was the reason before is tried first."""
    alone = _shut(inquiry, contract, _NOTHING)
    if inquiry.holds(alone):
        parts, shown = _own_parts(inquiry, topic, contract)
        outside = reasons.setdefault(("", *(part.name for part in parts)), _Outside(parts=parts))
        outside.contracts.append(contract)
        outside.shown += [shut, alone, *shown]
        return
    core = next(
        (
            one.rules
            for one in reasons.values()
            if one.rules and _shuts(inquiry, contract, one.rules)
        ),
        None,
    )
    if core is None:
        (core,) = together([_core(inquiry, contract)], inquiry.explore)
    outside = reasons.setdefault(tuple(document_digest(one) for one in core), _Outside(rules=core))
    outside.contracts.append(contract)
    outside.shown += [shut, _shut(inquiry, contract, Policy.of(core))]
    for member in core:
        less = _shut(inquiry, contract, Policy.of([one for one in core if one is not member]))
        if inquiry.holds(less) is not False:
            topic.undecided.append(
                f"whether `{contract.service.name}` is out of reach without `{member.name}`"
            )
        outside.shown.append(less)


def _draft(outside: _Outside) -> Draft:
    """What is said of services that are out of reach for one reason."""
    services = [contract.service for contract in outside.contracts]
    named = [f"`{one.name}` {one.version}" for one in services]
    title = named[0]
    if len(named) > 1:
        rest = f" and {len(named) - _MOST_NAMED:,} more" if len(named) > _MOST_NAMED else ""
        title = f"{len(named):,} services ({', '.join(named[:_MOST_NAMED])}{rest})"
    blamed = [f"{kind_of(one)} `{one.name}`" for one in outside.rules]
    them = "it" if len(named) == 1 else "them"
    if not blamed:
        own = "; ".join(_IN_WORDS[part.name] for part in outside.parts)
        reason = own or "nothing in its contract lets one in"
    elif len(blamed) == 1:
        reason = f"{blamed[0]} shuts {them} out"
    else:
        reason = f"{', '.join(blamed[:-1])} and {blamed[-1]} together shut {them} out"
    return Draft(
        rules.UNREACHABLE,
        f"no request can reach {title}: {reason}",
        tuple(one.name for one in outside.rules) or tuple(p.name for p in outside.parts),
        [f"{one.name} {one.version}" for one in services],
        document_digest(services[0]),
        outside.parts[0].clause if outside.parts else "",
        others=(
            *(
                (document_digest(one), "", f"`{one.name}` has a part in it")
                for one in outside.rules
            ),
            *((document_digest(one), "", "out of reach, too") for one in services[1:_MOST_NAMED]),
        ),
        shown_by=tuple(outside.shown),
        help="let the service promise or state what is demanded, or narrow a condition"
        if blamed
        else "correct the contract: say whom it permits, and what it assumes and promises",
    )


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

    return (yield from blame(list(inquiry.policy().demands), enough))


def _own_parts(
    inquiry: Inquiry, topic: Topic, contract: Contract
) -> tuple[list[_Part], list[Asked]]:
    """Which parts of a contract are to blame: without them all the rest would be reached, without fewer it would not."""
    shown: list[Asked] = []

    def without(parts: Sequence[_Part]) -> Contract:
        names = {part.name for part in parts}
        name = named("without", digest(contract.subject), *sorted(names))
        service = replace(contract.service, name=name)
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
