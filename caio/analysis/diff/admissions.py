"""Which requests a service admits after a change and did not before, and the other way round, as regions.

Admission is that of a point (certificate-v1 section 8.4) with nothing asked: health is assumed, callers are free. Every
claim "nothing is newly admitted" is proved, every region rests on a request that the interpreter and the checker replay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from caio.analysis.diff.sides import Side
from caio.analysis.findings.finding import Finding, Rule
from caio.analysis.findings.plain import count
from caio.analysis.findings.report import Question
from caio.analysis.findings.rules import register
from caio.analysis.findings.verdicts import Verdict
from caio.analysis.witness.conditions import describe
from caio.analysis.witness.minimal import minimal
from caio.analysis.witness.regions import Regions, cover
from caio.analysis.witness.text import counterexample_text
from caio.base.diagnostics import Severity
from caio.base.spans import Span
from caio.certify.asking import Answer, Answered, Asker
from caio.certify.prover import Model
from caio.ir.encode import document_digest
from caio.obligations.asked import Asked, Policy
from caio.obligations.contract import Contract
from caio.obligations.formula import Formula
from caio.obligations.universal import keeps
from caio.sema.report import shown

ADMITTED: Final = register(
    "newly-admitted", "a service admits requests that it did not admit before", Severity.WARNING
)
REFUSED: Final = register(
    "newly-refused", "a service refuses requests that it admitted before", Severity.WARNING
)
DESCRIBED: Final = 24
"""How many different changes are described as regions; of further ones only an example is given."""
FEW: Final = 3
"""How many services that are on one side alone are described one by one."""
REGIONS: Final = 8
"""How many regions describe one change."""


@dataclass(frozen=True, slots=True)
class _Way:
    """One direction of the comparison."""

    rule: Rule
    verb: str
    within: str
    title: str


_GAINED: Final = _Way(
    ADMITTED,
    "newly admits",
    "of what it admits now",
    "no service admits what it did not admit before",
)
_LOST: Final = _Way(
    REFUSED, "newly refuses", "of what it admitted", "no service refuses what it admitted before"
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One question with the evidence for its answer."""

    question: Question
    answered: Answered


def compare(old: Side, new: Side, asker: Asker) -> Iterator[Compared]:
    """Both directions for all services of either side.

    Args:
        old: the documents before.
        new: the documents after, of the same vocabulary.
        asker: knows the documents of both.

    Raises:
        EvidenceError, SolverError: as ``Asker.ask``.
    """
    # A side without services admits nothing, and there is nothing to ask about it.
    if new.contracts:
        yield _direction(_GAINED, new, old, asker, new)
    if old.contracts:
        yield _direction(_LOST, old, new, asker, new)


def _direction(way: _Way, one: Side, other: Side, asker: Asker, shown_side: Side) -> Compared:
    """That everything which one side admits, the other side admits as well."""
    asked = [
        keeps(
            None,
            False,
            (contract, one.policy),
            (other.contracts.get(name), other.policy if name in other.contracts else Policy()),
            asker.meaning,
        )
        for name, contract in one.contracts.items()
    ]
    vocabulary = one.vocabulary.name
    name = f"diff:{way.rule.id}:{vocabulary}"
    answered = asker.ask(name, asked)
    names = list(one.contracts)
    findings = _findings(way, names, answered, (one, shown_side), asker)
    verdict = {True: Verdict.PROVED, False: Verdict.REFUTED, None: Verdict.UNKNOWN}[answered.holds]
    decided = sum(answer.holds is not None for answer in answered.answers)
    question = Question(name, way.title, verdict, decided, tuple(findings), answered.digest)
    return Compared(question, answered)


def _findings(
    way: _Way, names: Sequence[str], answered: Answered, sides: tuple[Side, Side], asker: Asker
) -> Iterator[Finding]:
    """One finding for each change, whoever it happens to: most changes of a rule are the same for many services."""
    groups: dict[tuple[Formula, ...], list[tuple[str, Answer]]] = {}
    alone: list[tuple[str, Answer]] = []
    for name, answer in zip(names, answered.answers, strict=True):
        if answer.holds is False:
            if answer.asked.key[5] is None:
                alone.append((name, answer))
            else:
                groups.setdefault(answer.asked.block, []).append((name, answer))
    # All that a service admits takes long to describe, and says little where many come or go at once.
    if len(alone) > FEW:
        yield _finding(way, (), alone, sides, asker, answered, whole=False)
    else:
        groups.update({answer.asked.block: [(name, answer)] for name, answer in alone})
    described: dict[tuple[str, ...], list[tuple[str, Answer]]] = {}
    partial: set[tuple[str, ...]] = set()
    for index, members in enumerate(groups.values()):
        texts, whole = _regions(members[0][1].asked, asker, describe_it=index < DESCRIBED)
        described.setdefault(texts, []).extend(members)
        if not whole:
            partial.add(texts)
    for texts, members in described.items():
        yield _finding(way, texts, members, sides, asker, answered, whole=texts not in partial)


def _regions(asked: Asked, asker: Asker, *, describe_it: bool) -> tuple[tuple[str, ...], bool]:
    """The regions of a change in the language, and whether they are all of it."""
    if not describe_it:
        return (), False
    # That one side admits them is said in the message, and is no part of the description.
    premise, *rest = asked.block
    found: Regions = cover(
        rest or [premise],
        asker.prover,
        asker.meaning,
        scope=asked.scope,
        within=[premise] if rest else [],
        most=REGIONS,
        budget=asker.budget,
    )
    return tuple(describe(cube, asker.meaning) for cube in found.cubes), found.complete


def _finding(
    way: _Way,
    texts: tuple[str, ...],
    members: Sequence[tuple[str, Answer]],
    sides: tuple[Side, Side],
    asker: Asker,
    answered: Answered,
    *,
    whole: bool,
) -> Finding:
    services = [name for name, _ in members]
    name, answer = members[0]
    side, _ = sides
    if not isinstance(answer.decided, Model):
        raise TypeError("a change without a request that shows it")
    asked = answer.asked
    point = minimal(
        asked.block,
        answer.decided,
        asker.prover,
        asker.meaning,
        scope=asked.scope,
        budget=asker.budget,
    )
    contract = side.contracts[name]
    example = counterexample_text(point, asker.meaning, needs=contract.service.capabilities[:1])
    where = f"{way.verb}: some requests, such as the one below"
    if texts:
        whole_of_it = answer.asked.key[5] is None
        where = way.verb if whole_of_it else f"{way.verb}, {way.within}"
        where = f"{where}: {'; or '.join(texts)}"
    more = "" if whole or not texts else "; and more, which is not described"
    return Finding(
        way.rule,
        Verdict.REFUTED,
        f"{_named(services)} {where}{more}",
        subjects=tuple(sorted(services)),
        content={"regions": list(texts), "whole": whole},
        span=_place(contract, sides),
        counterexample=example,
        evidence=answered.digest,
        help="paste the request into a file and ask `caio explain` about it, with OLD and with NEW",
    )


def _named(services: Sequence[str]) -> str:
    first = ", ".join(f"`{shown(name)}`" for name in services[:3])
    left = len(services) - 3
    return first if left <= 0 else f"{first} and {count(left, 'more service')}"


def _place(contract: Contract, sides: tuple[Side, Side]) -> Span | None:
    """Where the service stands in the new documents, or in the old ones if it is gone."""
    side, preferred = sides
    own = preferred.contracts.get(contract.service.name)
    if own is not None:
        return preferred.project.locate(document_digest(own.service))
    return side.project.locate(document_digest(contract.service))
