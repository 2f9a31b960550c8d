"""INV-CAIO-0001: equal inputs give equal bytes, and anybody can find out (``docs/invariants/INV-CAIO-0001.md``)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caio.base.canonical import digest
from caio.certify.prover import Prover
from caio.routing.engine import Engine
from caio.routing.files import decision_files
from caio.routing.route import route
from tests.calculus import loops
from tests.calculus.running import hashes
from tests.cli.conftest import Run
from tests.differential.worlds import draw_question, draw_world, shuffled

ROOT = Path(__file__).resolve().parents[2]
MARKET = ROOT / "tests" / "cli" / "market"
ASKED = ("--request", "triage", "--facts", "alice", "--at", "2026-11-22")
SHARED = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SHARED
@given(st.integers(0, 400), st.lists(st.integers(0, 10**6), max_size=3), st.integers(0, 10**6))
def test_equal_inputs_give_equal_bytes_whatever_came_before(
    prover: Prover, seed: int, others: list[int], order: int
) -> None:
    world = draw_world(seed)
    expected = decision_files(route(world.question, world.snapshot, prover)).bundle
    # An engine that served others, about the same documents in another order, cold and then warm.
    engine = Engine(shuffled(world, order), prover)
    for other in others:
        engine.decide(draw_question(other, world))
    for _ in range(2):
        assert decision_files(engine.decide(world.question).decision).bundle == expected


def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    here = list(hashes())
    assert len(set(here)) > 4
    done = subprocess.run(
        [sys.executable, "-m", "tests.calculus.running"],
        env={**os.environ, "PYTHONHASHSEED": "4242"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == here


def test_a_cold_cache_and_a_warm_one_and_none_write_the_same_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAIO_CACHE_DIR", str(tmp_path / "cache"))
    for name, more in (("cold", ()), ("warm", ()), ("none", ("--no-cache",))):
        assert run("route", str(MARKET), *ASKED, "-o", str(tmp_path / name), *more).code == 0
    cold, warm, none = ((tmp_path / name).read_bytes() for name in ("cold", "warm", "none"))
    assert cold == warm == none


# --- caio verify --again ----------------------------------------------------------------------------


def again(run: Run, path: Path) -> tuple[int, Any]:
    ran = run("verify", str(path), "--again", "--json")
    return ran.code, ran.json


def status(found: Any, number: int) -> str:
    return str(
        next(one["status"] for one in found["invariants"] if one["id"].endswith(str(number)))
    )


def test_deciding_anew_gives_the_recorded_bytes(run: Run, tmp_path: Path) -> None:
    decision, bundle = tmp_path / "decision.json", tmp_path / "bundle.json"
    assert run("route", str(MARKET), *ASKED, "-o", str(decision)).code == 0
    assert run("route", str(MARKET), *ASKED, "--bundle", str(bundle)).code == 0
    trace = tmp_path / "trace.json"
    loops.done().controlled.trace.save(trace)
    refused = tmp_path / "refused.json"
    loops.done("impossible").controlled.trace.save(refused)
    for path in (decision, bundle, trace, refused):
        code, found = again(run, path)
        assert (code, found["again"]) == (0, {"same": True, "difference": None})
        assert status(found, 1) == "holds"


def test_valid_evidence_that_caio_would_not_have_found_is_noticed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "decision.json"
    assert run("route", str(MARKET), *ASKED, "--bundle", str(path)).code == 0
    body: dict[str, Any] = json.loads(path.read_bytes())
    documents = body.pop("documents")
    del body["trace_digest"]
    body["evidence"]["witnesses"][0]["request.tokens"] = "700"
    body["trace_digest"] = digest(body)
    path.write_text(json.dumps({**body, "documents": documents}), "utf-8")
    ran = run("verify", str(path), "--json")
    assert (ran.code, ran.json["again"], status(ran.json, 1)) == (0, None, "not_checked")
    code, found = again(run, path)
    assert (code, found["again"]) == (1, {"same": False, "difference": "evidence"})
    assert status(found, 1) == "broken"
    assert found["verdict"] == "accepted"


def test_what_is_no_decision_is_not_decided_anew(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "sane.json"
    assert run("check", str(MARKET), "-o", str(path)).code == 0
    assert run("verify", str(path), "--again").code == 2
