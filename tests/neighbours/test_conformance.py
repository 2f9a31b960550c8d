"""The suite: the references pass it, every clause is examined, and whatever is broken is caught by the check that names it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caio.base.errors import InputError
from caio.neighbours import wire_checks
from caio.neighbours.conformance import Check, Outcome, Report, UndecidedError, run_checks
from caio.neighbours.suites import SUITES, examine_port
from caio.routing.ports import NeighbourError
from tests.neighbours.draw import ports
from tests.neighbours.mutants import MUTANTS, Late

SPEC = Path(__file__).resolve().parents[2] / "docs" / "spec" / "neighbours-v1.md"


@pytest.mark.parametrize("port", SUITES)
def test_the_references_pass_and_pass_again(port: str) -> None:
    implementation = ports()[port]
    for _ in range(2):
        report = examine_port(port, implementation, limit=20)
        assert [(r.name, r.seen) for r in report.results if r.seen] == []
        assert report.outcome is Outcome.PASSED


def test_every_clause_has_a_check_and_every_check_a_clause() -> None:
    said = set(re.findall(r"^- \*\*([A-Z][0-9]+)\*\*", SPEC.read_text("utf-8"), re.MULTILINE))
    checks: list[Check[Any]] = [check for suite in SUITES.values() for check in suite]
    checks += wire_checks.checks("maia")
    examined = {clause for check in checks for clause in check.clauses} | {"G3"}
    assert examined == said
    for suite in SUITES.values():
        names = [check.name for check in suite]
        assert len(set(names)) == len(names)
        assert all(check.clauses and check.statement for check in suite)


@pytest.mark.parametrize(
    ("port", "make", "check"),
    MUTANTS,
    ids=[f"{port}-{getattr(make, '__name__', check)}" for port, make, check in MUTANTS],
)
def test_what_is_broken_is_caught_by_the_check_that_names_it(
    port: str, make: Callable[[], object], check: str
) -> None:
    report = examine_port(port, make(), limit=0.25 if make is Late else 20)
    assert report.outcome is Outcome.FAILED
    assert check in report.failed, [(r.name, r.outcome.value, r.seen) for r in report.results]
    assert all(r.seen for r in report.results if r.outcome is not Outcome.PASSED)


def test_every_check_catches_something() -> None:
    caught = {(port, check) for port, _, check in MUTANTS}
    every = {(port, check.name) for port, suite in SUITES.items() for check in suite}
    # That a port names its space is one and the same check.
    assert every - caught <= {(port, "describes_itself") for port in SUITES}


# --- what a report says -----------------------------------------------------------------------------


def fails(_: object) -> None:
    raise InputError("no")


def loses(_: object) -> None:
    raise NeighbourError("gone", code="unreachable")


def doubts(_: object) -> None:
    raise UndecidedError("who knows")


def passes(_: object) -> None:
    pass


@pytest.mark.parametrize(
    ("runs", "outcome"),
    [
        ((), Outcome.UNKNOWN),
        ((passes,), Outcome.PASSED),
        ((passes, doubts), Outcome.UNKNOWN),
        ((passes, loses), Outcome.UNKNOWN),
        ((doubts, fails, passes), Outcome.FAILED),
    ],
)
def test_only_what_passed_everywhere_passes(
    runs: tuple[Callable[[object], None], ...], outcome: Outcome
) -> None:
    checks = [Check(run.__name__, ("X1",), "holds", run) for run in runs]
    report: Report = run_checks("maia", checks, object())
    assert report.outcome is outcome
    assert report.json()["outcome"] == outcome.value
