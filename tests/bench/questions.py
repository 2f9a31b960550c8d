"""Questions over all requests, from documents to accepted evidence, beside Z3 on the same obligations.

Ours is everything that ``caio prove`` does once documents are compiled, with nothing kept and nothing warm: the documents go to the
checker, obligations are posed, made clause forms, decided, written as a certificate and accepted. The solver's process has started.

The baseline is Z3 as our own worker asks it (``caio.smt.worker``), in this process, one obligation after another, on the distinct
obligations as SMT-LIB; neither posing nor rendering is in its time. With its proof log is the one that ours is held to: this is
the evidence of Z3 that can be elaborated into a proof that a checker without a solver accepts. Nobody reads the log. Beside it
stand Z3 without a proof, and Z3 through its API with terms built beforehand in one context: with proof terms, and without.

Where there are many obligations, Z3 is asked about a seeded sample, and its time is scaled up. All times are of computing.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import z3

from caio.certify.asking import BUDGET, Answer, Answered, Asker
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.obligations import universal
from caio.obligations.asked import Asked
from caio.obligations.clauses import ClauseForm, clause_form
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.obligations.refinement import refinement
from caio.smt.protocol import Core, Query, Status
from caio.smt.render import render
from caio.smt.worker import _solve
from tests.bench.cold import processor_of
from tests.bench.questions_world import Drawn, draw
from tests.bench.table import Bar, Figures, Section, progress, seconds, spread

RATIO: Final = 3.0
"""How many times as long as Z3 with its proof log a question may take."""

SIZES: Final = ((10, 10), (100, 10), (1_000, 10), (10, 100), (10, 1_000), (100, 100))
"""Rules and services."""

REPEATED: Final = 1_000
"""Up to so many rules times services, questions are asked several times."""

PAIRS: Final = 10
"""How many pairs of contracts are asked to refine each other at most."""

_ASKED: Final = 60
"""How many obligations Z3 is asked about at most."""

_PATIENCE: Final = 10_000
"""Milliseconds after which Z3 with proof terms is not waited for; it then counts as having taken so long."""

_BASELINES: Final = ("log", "plain", "terms", "bare")


@dataclass(frozen=True)
class Kind:
    """A kind of question, with the verdict that it must have.

    Attributes:
        pose: its obligations.
        about: the documents that a command gives to the checker for it.
    """

    name: str
    holds: bool
    pose: Callable[[Drawn, Meaning], Iterable[Asked]]
    about: Callable[[Drawn], Iterable[d.Document]]


def _never(name: str, *, holds: bool) -> Kind:
    def pose(drawn: Drawn, meaning: Meaning) -> Iterator[Asked]:
        claim = drawn.named(name)
        for contract in drawn.contracts:
            yield universal.never(claim, contract, drawn.policy, meaning)

    def about(drawn: Drawn) -> list[d.Document]:
        return [*_services(drawn.contracts), *drawn.policy.demands, drawn.named(name)]

    return Kind("never", holds, pose, about)


def _always(name: str, *, holds: bool) -> Kind:
    def pose(drawn: Drawn, meaning: Meaning) -> Iterator[Asked]:
        (group,) = drawn.project.classes
        yield universal.inhabited(group, meaning)
        claim = drawn.named(name)
        yield universal.always(claim, group, drawn.contracts, drawn.policy, meaning)

    def about(drawn: Drawn) -> list[d.Document]:
        own: list[d.Document] = [drawn.named(name), *drawn.project.classes]
        return [*_services(drawn.contracts), *drawn.policy.demands, *own]

    return Kind("always", holds, pose, about)


def _implied(of: Callable[[Drawn], Sequence[d.Rule]], *, holds: bool) -> Kind:
    def pose(drawn: Drawn, meaning: Meaning) -> Iterator[Asked]:
        for rule in of(drawn):
            yield universal.implied(drawn.policy.demands, rule, 0, meaning)

    return Kind("implied", holds, pose, lambda drawn: [*drawn.policy.demands, *of(drawn)])


def _refines(of: Callable[[Drawn], Sequence[Contract]], *, holds: bool) -> Kind:
    def pose(drawn: Drawn, meaning: Meaning) -> Iterator[Asked]:
        for old, new in zip(drawn.contracts[:PAIRS], of(drawn)[:PAIRS], strict=True):
            yield from refinement(old, new, drawn.policy, meaning)

    def about(drawn: Drawn) -> list[d.Document]:
        pairs = [*drawn.contracts[:PAIRS], *of(drawn)[:PAIRS]]
        return [*_services(pairs), *drawn.policy.demands]

    return Kind("refines", holds, pose, about)


def _keeps(of: Callable[[Drawn], Sequence[Contract]], *, holds: bool) -> Kind:
    def pose(drawn: Drawn, meaning: Meaning) -> Iterator[Asked]:
        for old, new in zip(drawn.contracts, of(drawn), strict=True):
            sides = (old, drawn.policy), (new, drawn.policy)
            yield universal.keeps(None, False, *sides, meaning)

    def about(drawn: Drawn) -> list[d.Document]:
        return [*_services((*drawn.contracts, *of(drawn))), *drawn.policy.demands]

    return Kind("keeps", holds, pose, about)


def _services(contracts: Iterable[Contract]) -> list[d.Service]:
    return [contract.service for contract in contracts]


KINDS: Final = (
    _never("never_proved", holds=True),
    _never("never_refuted", holds=False),
    _always("always_proved", holds=True),
    _always("always_refuted", holds=False),
    _implied(lambda drawn: drawn.weaker, holds=True),
    _implied(lambda drawn: drawn.stronger, holds=False),
    _refines(lambda drawn: drawn.better, holds=True),
    _refines(lambda drawn: drawn.worse, holds=False),
    _keeps(lambda drawn: drawn.better, holds=True),
    _keeps(lambda drawn: drawn.worse, holds=False),
)


@dataclass
class Phases:
    """Seconds of computing of one question."""

    load: float = 0.0
    pose: float = 0.0
    decide: float = 0.0
    write: float = 0.0
    check: float = 0.0

    @property
    def whole(self) -> float:
        """All of it."""
        return self.load + self.pose + self.decide + self.write + self.check


@dataclass
class Measured:
    """One kind of question at one size."""

    kind: Kind
    rules: int
    services: int
    rounds: list[Phases] = field(default_factory=list)
    obligations: int = 0
    distinct: int = 0
    certificate: int = 0
    baselines: dict[str, float] = field(default_factory=dict)
    """Seconds of computing per baseline for all distinct obligations."""

    @property
    def ours(self) -> float:
        """The median of all rounds."""
        return median([one.whole for one in self.rounds])

    def ratio(self, baseline: str) -> float:
        """Ours to a baseline."""
        return self.ours / self.baselines[baseline]


class _Timed(Asker):
    """An asker that tells its phases apart."""

    def __init__(self, drawn: Drawn, kind: Kind, prover: Prover) -> None:
        self.phases = Phases()
        began = time.process_time()
        super().__init__(drawn.vocabulary, [kind.about(drawn)], prover, budget=BUDGET)
        self.phases.load = time.process_time() - began

    def _decide(self, *given: Any) -> list[Answer]:
        began, solved = time.process_time(), processor_of(self.prover._worker.pid)
        answers = super()._decide(*given)
        self.phases.decide = time.process_time() - began
        self.phases.decide += processor_of(self.prover._worker.pid) - solved
        return answers

    def _accept(self, *given: Any) -> Answered:
        began = time.process_time()
        loaded = self._loaded
        spent: list[float] = []

        class Watched:
            """What the checker takes."""

            def accept(self, *documents: Any) -> Any:
                started = time.process_time()
                verdict = loaded.accept(*documents)
                spent.append(time.process_time() - started)
                return verdict

        self._loaded = Watched()  # type: ignore[assignment]
        answered = super()._accept(*given)
        self._loaded = loaded
        self.phases.check = sum(spent)
        self.phases.write = time.process_time() - began - self.phases.check
        return answered


def ask(drawn: Drawn, kind: Kind, prover: Prover) -> tuple[Phases, Answered]:
    """Ask a question of this kind, cold.

    Raises:
        ValueError: the verdict is not the one that the documents were drawn for.
    """
    asker = _Timed(drawn, kind, prover)
    began = time.process_time()
    posed = list(kind.pose(drawn, asker.meaning))
    asker.phases.pose = time.process_time() - began
    answered = asker.ask(kind.name, posed)
    if answered.holds is not kind.holds:
        raise ValueError(f"`{kind.name}` is {answered.holds} and should be {kind.holds}")
    return asker.phases, answered


def measure(drawn: Drawn, kind: Kind, rounds: int, log: Path) -> Measured:
    """One kind of question about these documents: ours first, then Z3."""
    found = Measured(kind, len(drawn.policy.demands), len(drawn.contracts))
    asked = [_round(drawn, kind) for _ in range(rounds)]
    found.rounds = [phases for phases, _ in asked]
    _, answered = asked[-1]
    found.obligations = len(answered.answers)
    blocks = {answer.asked.block: answer.asked for answer in answered.answers}
    found.distinct = len(blocks)
    found.certificate = len(answered.certificate or b"")
    every = list(blocks.values())
    chosen = random.Random(0).sample(every, min(_ASKED, len(every)))
    scripts = [render(clause_form([one.block], one.scope)).script for one in chosen]
    with _as_the_worker_has_it():
        for baseline in _BASELINES:
            spent = median([_baseline(baseline, scripts, log) for _ in range(rounds)])
            found.baselines[baseline] = spent * len(every) / len(scripts)
    return found


def _round(drawn: Drawn, kind: Kind) -> tuple[Phases, Answered]:
    with Prover() as prover:
        _start(prover)
        return ask(drawn, kind, prover)


def _start(prover: Prover) -> None:
    """Have the solver's process running: it is one for all questions of a command."""
    nothing = Query(render(ClauseForm({}, 0, (), {})).script, Core.LOGGING, BUDGET)
    list(prover._worker.run([nothing]))


@contextmanager
def _as_the_worker_has_it() -> Iterator[None]:
    """Z3 in this process with the parameters of our worker, for a while."""
    z3.set_param("sat.euf", True)
    z3.set_param("tactic.default_tactic", "smt")
    try:
        yield
    finally:
        z3.reset_params()


def _baseline(baseline: str, scripts: Sequence[str], log: Path) -> float:
    """Seconds of computing of Z3 for these obligations.

    Raises:
        ValueError: Z3 does not know.
    """
    if baseline in {"log", "plain"}:
        core = Core.LOGGING if baseline == "log" else Core.PLAIN
        began = time.process_time()
        answers = [_solve(z3, Query(script, core, BUDGET), log) for script in scripts]
        spent = time.process_time() - began
        if any(answer.status is Status.UNKNOWN for answer in answers):
            raise ValueError("the baseline does not know")
        return spent
    proofs = baseline == "terms"
    context = z3.Context(proof="true") if proofs else z3.Context()
    parsed = [z3.parse_smt2_string(script, ctx=context) for script in scripts]
    began = time.process_time()
    for terms in parsed:
        solver = z3.SimpleSolver(ctx=context)
        solver.set("timeout", _PATIENCE)
        solver.add(terms)
        if solver.check() == z3.unsat and proofs:
            solver.proof()
    return time.process_time() - began


def questions(folder: Path, rounds: int, *, every: bool = True) -> Section:
    """All kinds at all sizes, or at the smallest one; with the bar over their sum and those of each kind."""
    found: list[Measured] = []
    for rules, services in SIZES if every else SIZES[:1]:
        drawn = draw(rules, services, folder)
        for kind in KINDS:
            progress(f"questions: {kind.name}, {rules:,} rules, {services:,} services")
            repeated = rounds if rules * services <= REPEATED else 1
            found.append(measure(drawn, kind, repeated, folder / "proof.log"))
    return section_of(found)


def section_of(found: Sequence[Measured]) -> Section:
    """The tables and bars of what was measured."""
    section = Section("questions")
    rows, parts = [], []
    for one in found:
        whole, noise = spread([phases.whole for phases in one.rounds])
        title = f"{one.kind.name}, {'proved' if one.kind.holds else 'refuted'}"
        size = [f"{one.rules:,}", f"{one.services:,}"]
        rows.append(
            [
                title,
                *size,
                f"{one.distinct:,} of {one.obligations:,}",
                seconds(whole),
                f"{noise:.2f}",
                *(seconds(one.baselines[name]) for name in _BASELINES),
                *(f"{one.ratio(name):.3g}" for name in _BASELINES),
            ]
        )
        if one.rules * one.services <= REPEATED:
            continue
        last = one.rounds[-1]
        shares = [last.load, last.pose, last.decide, last.write, last.check]
        cells = [f"{share / last.whole:.0%}" for share in shares]
        parts.append([title, *size, *cells, f"{one.certificate / 1024:,.0f} KiB"])
    for name in dict.fromkeys(one.kind.name for one in found):
        mine = [one for one in found if one.kind.name == name]
        section.bars.append(_bar(f"questions `{name}`, to Z3 with its log", mine))
    section.bars.append(_bar("questions of all kinds, to Z3 with its log", found))
    typical = median([one.ratio("log") for one in found])
    what = "the median question, to Z3 with its log"
    section.bars.append(Bar(what, typical, RATIO, False, "x", f"{len(found)} questions"))
    worst = max(found, key=lambda one: one.ratio("log"))
    what = "the dearest question, to Z3 with its log"
    detail = f"{worst.kind.name}, {worst.rules:,} rules, {worst.services:,} services"
    section.bars.append(Bar(what, worst.ratio("log"), RATIO, False, "x", detail))
    columns = ["question", "rules", "services", "obligations", "ours", "max/min"]
    columns += ["Z3, log", "Z3, plain", "Z3, proof terms", "Z3, bare"]
    columns += ["ours / log", "/ plain", "/ proof terms", "/ bare"]
    notes = [
        f"obligations: distinct ones of all; refines is about {PAIRS} pairs of contracts",
        f"Z3 is asked about {_ASKED} of them at most, and its time scaled up",
    ]
    section.figures.append(Figures("questions over all requests", columns, rows, notes))
    if parts:
        columns = ["question", "rules", "services", "documents", "pose", "decide", "write", "check"]
        what = "where the time of the larger ones goes"
        section.figures.append(Figures(what, [*columns, "certificate"], parts))
    return section


def _bar(what: str, found: Sequence[Measured]) -> Bar:
    ours, theirs = sum(one.ours for one in found), sum(one.baselines["log"] for one in found)
    return Bar(what, ours / theirs, RATIO, False, "x", f"{len(found)} questions")
