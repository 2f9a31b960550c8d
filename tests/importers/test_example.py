"""The gateway example routes as its README tells, candidate by candidate."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from caio.base.instants import parse_instant
from caio.certify.prover import Prover
from caio.importers.litellm import Imported, write_registry
from caio.routing.decision import Candidate, Decision
from caio.routing.question import pose
from caio.routing.route import route
from caio.sema.project import Project, load_project

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "llm_gateway"
NOON = "2026-11-22"

DECISIONS: dict[tuple[str, str, str], Decision] = {}
"""What was decided already: tests look at the same decisions from several sides."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(imported: Imported, tmp_path_factory: pytest.TempPathFactory) -> Project:
    registry = tmp_path_factory.mktemp("example") / "registry.json"
    write_registry(imported, registry)
    project = load_project([registry, EXAMPLE], cache=False)
    assert project.ok, project.diagnostics
    return project


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    with Prover() as prover:
        yield prover


def decide(
    project: Project, prover: Prover, request: str, profile: str = "balanced", at: str = NOON
) -> Decision:
    asked = (request, profile, at)
    if asked not in DECISIONS:
        question, snapshot = pose(
            project, request=request, profile=profile, facts="support_desk", at=parse_instant(at)
        )
        DECISIONS[asked] = route(question, snapshot, prover)
    return DECISIONS[asked]


def examined(decision: Decision) -> list[Candidate]:
    return [c for c in decision.candidates if c.obligations]


def failed(decision: Decision, service: str) -> set[object]:
    """The obligations that one candidate failed: their kind, and the name of a rule."""
    (candidate,) = [c for c in decision.candidates if c.contract.service.name == service]
    return {
        o.key[1] if o.key[0] in ("rule", "invariant") else o.key[0]
        for o in candidate.obligations or ()
        if o.verdict.value == "refuted"
    }


@pytest.mark.parametrize(
    ("request_name", "profile", "at", "winner", "position"),
    [
        ("support_answer", "balanced", NOON, "claude-sonnet-4-6", 2),
        ("eu_triage", "cheapest", NOON, "eu.amazon.nova-micro-v1:0", 988),
        ("nightly_report", "balanced", NOON, "mistral/mistral-large-latest", 6),
        ("long_contract", "balanced", NOON, "gemini/gemini-2.5-pro", 1),
        ("longer_contract", "balanced", NOON, "azure/eu/gpt-5.1", 1),
        ("before_the_deadline", "balanced", "2026-12-10T23:59:59Z", "gpt-5-mini", 8),
        ("before_the_deadline", "balanced", "2026-12-11", "gemini/gemini-2.5-flash", 9),
        ("patient_note", "balanced", NOON, "eu.anthropic.claude-sonnet-4-6", 3),
    ],
)
def test_a_request_finds_its_service(
    project: Project,
    prover: Prover,
    request_name: str,
    profile: str,
    at: str,
    winner: str,
    position: int,
) -> None:
    decision = decide(project, prover, request_name, profile, at)
    found = examined(decision)
    assert found[-1].contract.service.name == winner
    assert [c.standing.name for c in found] == ["REFUTED"] * (position - 1) + ["ADMITTED"]


def test_nothing_satisfies_the_impossible(project: Project, prover: Prover) -> None:
    decision = decide(project, prover, "impossible")
    assert {c.standing.name for c in decision.candidates} == {"REFUTED"}
    assert len(decision.candidates) == 4_551
    assert {"requirement"} <= failed(decision, "gpt-5.5")


@pytest.mark.parametrize(
    ("request_name", "at", "service", "reasons"),
    [
        ("support_answer", NOON, "gpt-5.5", {"requirement", "budget"}),
        ("nightly_report", NOON, "gpt-5.5", {"idle_work_is_cheap"}),
        ("before_the_deadline", "2026-12-11", "gpt-5-mini", {"assumption"}),
        ("patient_note", NOON, "gpt-5.5", {"health_in_eu", "privacy"}),
    ],
)
def test_a_better_candidate_fails_for_the_reason_that_is_told(
    project: Project, prover: Prover, request_name: str, at: str, service: str, reasons: set[str]
) -> None:
    assert failed(decide(project, prover, request_name, at=at), service) == reasons


def test_what_is_priced_zero_routes_only_where_it_is_confirmed(
    project: Project, prover: Prover
) -> None:
    decision = decide(project, prover, "eu_triage", "cheapest")
    refuted = {c.contract.service.name for c in examined(decision)}
    assert "ollama/llama3.1" in refuted
    assert "priced" in failed(decision, "ollama/llama3.1")
    assert "priced" not in failed(decision, "ollama/llama3")


def test_the_attribution_names_the_file_that_is_there(data: bytes) -> None:
    digest = hashlib.sha256(data).hexdigest()
    assert digest in (EXAMPLE / "ATTRIBUTION.md").read_text("utf-8")
    assert "Berri AI" in (EXAMPLE / "LICENSE.litellm").read_text("utf-8")


def test_every_made_up_figure_says_so(project: Project) -> None:
    assert {overlay.origin for overlay in project.overlays} == {"illustration"}
    assert 8 <= len(project.overlays) <= 12
