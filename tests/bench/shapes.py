"""The first decision of a shape: no skeleton yet, beside Z3 on the same obligations.

An engine with a warm landscape (it has decided one request of another shape) decides a request of a new shape: ranking,
proving, evidence and checking are in the time. The baseline is Z3 alone, in the worker process that CAIO uses, on the
distinct obligations of the same candidates, rendered beforehand: once with its proof log and once without. Nobody reads the
log. Where there are many obligations, Z3 is asked about a seeded sample, and the time scaled up.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from statistics import median
from typing import Final

from caio.certify.prover import DEFAULT_BUDGET, Prover
from caio.obligations.candidate import Question, goals, hypothesis
from caio.obligations.clauses import ClauseBuilder, ClauseForm
from caio.obligations.contract import Contract
from caio.obligations.formula import Formula
from caio.obligations.meaning import Meaning
from caio.routing.engine import Engine
from caio.smt.client import Worker
from caio.smt.protocol import Core, Query
from caio.smt.render import render
from tests.bench.table import Bar, Figures, Section, progress, seconds
from tests.bench.workloads import CLASSES, Draft, Posed, request_of, requests
from tests.bench.world import World

COLD: Final = 3.0
"""How many times as long as Z3 with its proof log the first decision of a shape may take."""

_ASKED: Final = 400
"""How many obligations Z3 is asked about at most."""
_THROUGH_LOG: Final = 500
"""Above this many obligations the route through the log is not measured: it would take minutes."""


@dataclass(frozen=True)
class First:
    """The first decision of a shape, in seconds."""

    posed: Posed
    ours: float
    log_route: float | None
    logged: float
    plain: float
    candidates: int
    obligations: int


def cold_shapes(world: World, *, per_class: int) -> Section:
    """Measure the first shapes of each class."""
    with Worker() as worker:
        found = {
            kind: [
                _first(world, posed, worker)
                for posed in islice(requests(world.vocabulary, kind, seed=2_000_000), per_class)
            ]
            for kind in CLASSES
        }
    section, rows = Section("shapes"), []
    for kind, firsts in found.items():
        for first in firsts:
            logged = first.log_route
            rows.append(
                [
                    f"({kind}) {first.posed.shape.replace('_', ' ')}",
                    f"{first.candidates:,}",
                    f"{first.obligations:,}",
                    seconds(first.ours),
                    "" if logged is None else seconds(logged),
                    seconds(first.logged),
                    seconds(first.plain),
                    f"{first.ours / first.logged:.3g}",
                    f"{first.ours / first.plain:.3g}",
                ]
            )
        ratio = median([first.ours / first.logged for first in firsts])
        detail = f"median of {len(firsts)} shapes"
        section.bars.append(
            Bar(f"({kind}) first of a shape, to Z3 with its log", ratio, COLD, False, "x", detail)
        )
        routes = [one.log_route / one.logged for one in firsts if one.log_route is not None]
        if routes:
            what = f"({kind}) the same with every obligation through the log"
            detail = f"median of {len(routes)} shapes"
            section.bars.append(Bar(what, median(routes), COLD, False, "x", detail))
    columns = (
        "first decision of a shape",
        "examined",
        "obligations",
        "ours",
        "ours, log only",
        "Z3 with log",
        "Z3 plain",
        "ours / log",
        "ours / plain",
    )
    notes = [
        "obligations: distinct ones of the examined candidates; ours includes ranking, evidence and checking",
        "ours, log only: the same with every obligation sent to the solver and its log elaborated",
    ]
    section.figures.append(Figures("cold shapes", columns, rows, notes))
    return section


def _first(world: World, posed: Posed, worker: Worker) -> First:
    progress(f"first of a shape: {posed.shape}")
    question = world.question(posed.request, posed.profile)
    ours, contracts = _decide(world, question, direct=True)
    forms = obligations_of(question, contracts, Meaning(world.vocabulary))
    log_route = None
    if len(forms) <= _THROUGH_LOG:
        log_route, _ = _decide(world, question, direct=False)
    return First(
        posed,
        ours,
        log_route,
        _solve(worker, forms, Core.LOGGING),
        _solve(worker, forms, Core.PLAIN),
        len(contracts),
        len(forms),
    )


def _decide(world: World, question: Question, *, direct: bool) -> tuple[float, list[Contract]]:
    """Decide with an engine that knows the landscape and not the shape; who was examined."""
    with Engine(world.snapshot, Prover(direct=direct)) as engine:
        engine.decide(_primer(world))
        began = time.perf_counter()
        checked = engine.decide(question)
        elapsed = time.perf_counter() - began
    return elapsed, [candidate.contract for candidate in checked.decision.examined]


def _primer(world: World) -> Question:
    """A question of a shape that no class has, with one candidate to examine."""
    stated = {"fresh_tokens": Fraction(17), "output_tokens": Fraction(19), "images": Fraction(0)}
    draft = Draft((("chat", "completion"),), stated)
    return world.question(request_of(world.vocabulary, "primer", draft), draft.profile)


def obligations_of(
    question: Question, contracts: Sequence[Contract], meaning: Meaning
) -> list[ClauseForm]:
    """The distinct obligations of these candidates, as clause forms."""
    prefix = ClauseBuilder(meaning.scope).block(hypothesis(question, None, meaning))
    posed: dict[tuple[Formula, ...] | None, None] = {}
    for contract in contracts:
        posed.update(dict.fromkeys(goal.goal for goal in goals(question, contract, meaning)))
    return [prefix.form() if goal is None else prefix.branch().block(goal).form() for goal in posed]


def _solve(worker: Worker, forms: Sequence[ClauseForm], core: Core) -> float:
    """Seconds that Z3 takes for these obligations, one by one in a warm worker."""
    asked = list(forms)
    if len(asked) > _ASKED:
        asked = random.Random(0).sample(asked, _ASKED)
    queries = [Query(render(form).script, core, DEFAULT_BUDGET) for form in asked]
    list(worker.run(queries[:1]))
    began = time.perf_counter()
    list(worker.run(queries))
    return (time.perf_counter() - began) * len(forms) / len(asked)
