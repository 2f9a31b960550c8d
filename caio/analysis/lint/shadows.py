"""Rules that say nothing: kept by declared ranges alone, or demanded by other rules together (``implied``).

A rule is shadowed if all its actions follow from others. Of rules that shadow each other one stays: they are taken out one after
the other, and what is found shadowed follows from what is left. Whom to blame is an irreducible set: without any
of its members the rule does not follow, which a witness shows for each.

Invariants cannot be waived, so that only invariants make one superfluous; constraints are reported by subject, so that
only constraints of the same subject do. Priorities order reports and do not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from caio.analysis.lint import rules
from caio.analysis.lint.bearing import bearing
from caio.analysis.lint.inquiry import Demand, Inquiry
from caio.analysis.lint.shrinking import Search, asked_one_by_one, blame, together
from caio.analysis.lint.topics import Draft, Removal, Topic
from caio.analysis.sanity import kind_of
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations.asked import Asked
from caio.obligations.universal import implied
from caio.sema.show import show_expression


def always_kept(inquiry: Inquiry, topic: Topic, behind: Topic) -> None:
    """Find rules, and single actions, that declared ranges alone keep.

    Args:
        inquiry: the vocabulary.
        topic: takes the rules that forbid nothing.
        behind: takes the single actions.
    """
    posed = [
        (demand, [(i, implied([], demand, i, inquiry.meaning)) for i in range(len(demand.then))])
        for demand in inquiry.living
    ]
    inquiry.explore([asked for _, own in posed for _, asked in own])
    for demand, own in posed:
        topic.asked += [asked for _, asked in own]
        held = [inquiry.holds(asked) for _, asked in own]
        name, kind = document_digest(demand), kind_of(demand)
        if None in held:
            topic.undecided.append(f"whether {kind} `{demand.name}` forbids anything")
        kept = [pair for pair, holds in zip(own, held, strict=True) if holds]
        if len(kept) == len(demand.then):
            inquiry.idle.add(name)
            message = f"{kind} `{demand.name}` forbids nothing: declared ranges alone keep it"
            topic.drafts.append(
                Draft(
                    rules.ALWAYS_KEPT,
                    message,
                    (demand.name,),
                    kind,
                    name,
                    shown_by=tuple(asked for _, asked in kept),
                    removal=None if inquiry.naming(demand) else Removal(name),
                    help="correct the bound, or drop it",
                )
            )
            continue
        for index, asked in kept:
            if inquiry.shared(name, "then", index, len(demand.then)):
                # Of a range whose one end is that of the declared range, the other end is what is meant.
                continue
            shown = show_expression(demand.then[index], inquiry.vocabulary)
            behind.asked.append(asked)
            behind.drafts.append(
                Draft(
                    rules.BEHIND,
                    f"`{shown}` of {kind} `{demand.name}` always holds: declared ranges alone keep it",
                    (demand.name,),
                    [kind, shown],
                    name,
                    f"then[{index}]",
                    shown_by=(asked,),
                    removal=None if inquiry.naming(demand) else Removal(name, f"then[{index}]"),
                    help="correct the bound, or drop it",
                )
            )


@dataclass
class _Candidate:
    """A demand that might follow from others."""

    index: int
    demand: Demand
    pools: list[list[int]]
    """For each action, the demands that could imply it."""
    premises: list[int] = field(default_factory=list)
    """All of them, without those that were taken out."""


class _Shadows:
    """The search in one vocabulary."""

    def __init__(self, inquiry: Inquiry, topic: Topic) -> None:
        self.inquiry, self.topic = inquiry, topic
        self.meaning = inquiry.meaning
        self.demands = list(inquiry.policy().demands)
        near = bearing(self.demands, self.meaning)
        self.candidates = []
        for index, demand in enumerate(self.demands):
            pools = [
                [other for other in near[index, i] if _may_replace(self.demands[other], demand)]
                for i in range(len(demand.then))
            ]
            self.candidates.append(_Candidate(index, demand, pools, sorted(set().union(*pools))))

    def implied(self, candidate: _Candidate, premises: Sequence[int]) -> list[Asked]:
        """That each action follows from those of the premises that could bear on it."""
        left = set(premises)
        return [
            implied(
                [self.demands[other] for other in pool if other in left],
                candidate.demand,
                i,
                self.meaning,
            )
            for i, pool in enumerate(candidate.pools)
        ]

    def run(self) -> None:
        """Find every rule that follows from those that stay."""
        first = together(
            [asked_one_by_one(self.implied(c, c.premises)) for c in self.candidates],
            self.inquiry.explore,
        )
        shadowed = []
        for candidate, holds in zip(self.candidates, first, strict=True):
            self._note(candidate, holds=holds)
            if holds:
                shadowed.append(candidate)
        taken = self._taken_out(shadowed)
        gone = {candidate.index for candidate in taken}
        for candidate in taken:
            candidate.premises = [i for i in candidate.premises if i not in gone]
        cores = together([self._core(c) for c in taken], self.inquiry.explore)
        for candidate, core in zip(taken, cores, strict=True):
            if core is None:
                # It followed only beside what has gone; where that is not decided, the topic says so.
                self._still(candidate, candidate.premises)
            else:
                self._report(candidate, core)
                self.inquiry.idle.add(document_digest(candidate.demand))

    def _note(self, candidate: _Candidate, *, holds: bool | None) -> None:
        asked = self.implied(candidate, candidate.premises)
        if holds is False:
            # One action that does not follow is enough; the others need not be asked.
            asked = [next(one for one in asked if self.inquiry.holds(one) is False)]
        self.topic.asked += asked
        if holds is None:
            kind, name = kind_of(candidate.demand), candidate.demand.name
            self.topic.undecided.append(f"whether {kind} `{name}` follows from others")

    def _taken_out(self, shadowed: Sequence[_Candidate]) -> list[_Candidate]:
        """Which of them can go together, those declared last first, and invariants last of all."""
        gone: set[int] = set()
        taken = []
        for candidate in sorted(shadowed, key=self._order):
            left = [i for i in candidate.premises if i not in gone]
            if len(left) < len(candidate.premises) and not self._still(candidate, left):
                continue
            gone.add(candidate.index)
            taken.append(candidate)
        return sorted(taken, key=lambda candidate: candidate.index)

    def _still(self, candidate: _Candidate, left: Sequence[int]) -> bool:
        """Whether it follows from what is left; where that is not decided, it stays, and the topic says so."""
        found = [self.inquiry.holds(one) for one in self.implied(candidate, left)]
        if None in found and False not in found:
            self.topic.undecided.append(f"whether `{candidate.demand.name}` follows from the rest")
        return all(found)

    def _order(self, candidate: _Candidate) -> tuple[int, int, str, str]:
        demand = candidate.demand
        weight = 2 if isinstance(demand, d.Rule) and demand.invariant else 0
        weight += isinstance(demand, d.Constraint)
        span = self.inquiry.project.locate(document_digest(demand))
        if span is None:
            return weight, 0, "", demand.name
        return weight, -span.start, span.source.name, demand.name

    def _core(self, candidate: _Candidate) -> Search[list[int] | None]:
        """Whom to blame; None if it does not follow from what stays after all."""

        def enough(premises: Sequence[int]) -> Search[bool | None]:
            return asked_one_by_one(self.implied(candidate, premises))

        if (yield from enough(candidate.premises)) is not True:
            return None
        return (yield from blame(candidate.premises, enough))

    def _report(self, candidate: _Candidate, core: Sequence[int]) -> None:
        demand, members = candidate.demand, [self.demands[i] for i in core]
        shown = self.implied(candidate, core)
        for member in core:
            less = self.implied(candidate, [i for i in core if i != member])
            broken = next((one for one in less if self.inquiry.holds(one) is False), None)
            if broken is None:
                self.topic.undecided.append(
                    f"whether `{demand.name}` follows without `{self.demands[member].name}`"
                )
            else:
                shown.append(broken)
        names = [f"{kind_of(one)} `{one.name}`" for one in members]
        title = f"{kind_of(demand)} `{demand.name}`"
        message = f"{title} says nothing that {_listed(names)} do not say together"
        if len(members) == 1:
            message = f"{title} says nothing that {names[0]} does not say"
            back = self._back(demand, members[0])
            if back and all(self.inquiry.holds(one) for one in back):
                shown += back
                message = f"{title} says the same as {names[0]}"
        self.topic.asked += shown
        named = self.inquiry.naming(demand)
        self.topic.drafts.append(
            Draft(
                rules.SHADOWED,
                message,
                (demand.name,),
                [kind_of(demand), sorted(names)],
                document_digest(demand),
                others=tuple(
                    (document_digest(one), "", f"`{one.name}` is needed for that")
                    for one in members
                ),
                shown_by=tuple(shown),
                removal=None if named else Removal(document_digest(demand)),
                help=f"drop it, and change property `{named}`, which names it"
                if named
                else "drop it, or correct what it should have said",
            )
        )

    def _back(self, demand: Demand, other: Demand) -> list[Asked]:
        return [implied([demand], other, i, self.meaning) for i in range(len(other.then))]


def shadows(inquiry: Inquiry, topic: Topic) -> None:
    """Find the rules that follow from others."""
    _Shadows(inquiry, topic).run()


def _may_replace(one: Demand, other: Demand) -> bool:
    """Whether the first can make the second superfluous."""
    if isinstance(other, d.Constraint):
        return isinstance(one, d.Constraint) and one.of == other.of
    if other.invariant:
        return isinstance(one, d.Rule) and one.invariant
    return True


def _listed(names: Sequence[str]) -> str:
    shown = list(names) if len(names) <= 6 else [*names[:5], f"{len(names) - 5} more"]
    return f"{', '.join(shown[:-1])} and {shown[-1]}"
