"""INV-CAIO-0003: every decision of a running loop leaves a trace whose hash is right and whose proofs verify."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from caio.base.canonical import canonical_bytes, digest
from caio.certify.acceptance import accept
from caio.execute.loop import Done
from caio.execute.result_parts import read_account
from caio.ir.decode import decode_documents
from caio.routing.agreement import require_agreement
from caio.routing.trace import Trace
from tests.calculus import loops
from tests.cli.conftest import Run

WORDS = st.sampled_from(
    ["train", "hotel", "night", "station", "doctor", "python", "tests", "ticket"]
)


def verified(trace: Trace) -> None:
    """All that ``caio verify`` does, in this process: VerifyProof is the checker."""
    data = trace.bundle()
    again = Trace.read(data)
    assert again.hash == trace.hash == digest(without_aside(json.loads(data)))
    documents: list[Any] = json.loads(data)["documents"]
    carried = canonical_bytes({"format": "caio-documents/v1", "documents": documents})
    verdict = accept([carried], canonical_bytes(again.certificate))
    assert verdict.verdict == again.certificate["verdict"]
    require_agreement(again, decode_documents(documents))
    if again.result is not None:
        read_account(again.result, again.certificate)


def without_aside(body: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in body.items() if k not in ("hash", "timestamp", "documents")}


class EveryDecisionHasATrace(RuleBasedStateMachine):
    """A loop in which anybody asks anything and services do as they please."""

    def __init__(self) -> None:
        super().__init__()
        self.world = loops.World()
        self.stack = ExitStack()
        self.control = self.stack.enter_context(loops.loop(self.world))
        self.last: Done | None = None
        self.hashes: set[str] = set()

    @rule(service=st.sampled_from(sorted(loops.PLACES)), how=st.sampled_from(loops.BEHAVIOURS))
    def change(self, service: str, how: str) -> None:
        self.world.behaviour[service] = how

    @rule(
        words=st.lists(WORDS, min_size=1, max_size=4),
        request=st.sampled_from(["question", "question", "question", "impossible"]),
        user=st.sampled_from(["ada", "ben", ""]),
        data=st.sampled_from([("public",), ("personal",), ()]),
    )
    def ask(self, words: list[str], request: str, user: str, data: tuple[str, ...]) -> None:
        before = len(self.world.called)
        task = loops.task(" ".join(words), request=request, user=user, data=data)
        self.last = self.control.run(task)
        controlled = self.last.controlled
        routed = controlled.trace.decision["selected"] is not None
        assert (controlled.result is not None) == routed
        assert (len(self.world.called) > before) <= routed

    @invariant()
    def the_last_decision_has_a_trace_that_verifies(self) -> None:
        if self.last is None:
            return
        trace = self.last.controlled.trace
        if trace.hash not in self.hashes:
            verified(trace)
            self.hashes.add(trace.hash)
        assert (len(trace.proofs) == 6) == (trace.decision["selected"] is not None)
        assert all(proof["valid"] for proof in trace.proofs)

    def teardown(self) -> None:
        self.stack.close()


TestEveryDecisionHasATrace = EveryDecisionHasATrace.TestCase
TestEveryDecisionHasATrace.settings = settings(
    max_examples=12, stateful_step_count=8, deadline=None
)


def test_a_cautious_user_is_never_served_without_assurance() -> None:
    """Step 4: G_traits over the interval of what was measured of the user."""
    everybody = {}
    for user in ("ada", "nobody known"):
        with loops.loop() as control:
            done = control.run(loops.task(user=user))
            decision = done.controlled.checked.decision
            admitted = control.router._engine.admissions(done.controlled.checked)
            everybody[user] = {one.contract.service.name for one in admitted}
            used = decision.question.measurements
            assert used is not None
            low, high = dict(used.intervals)["caution"]
            assert low <= high
            assert (low > 0) == (user == "ada")
    assert "rash" not in everybody["ada"]
    assert {"careful", "cheap", "near"} <= everybody["ada"]


# --- the command ------------------------------------------------------------------------------------

CHANGES: list[tuple[str, tuple[str | int, ...], Any]] = [
    ("certificate.candidates[0].score", ("certificate", "candidates", 0, "score"), 1),
    ("certificate.verdict", ("certificate", "verdict"), "not_routable"),
    ("certificate.inputs.request", ("certificate", "inputs", "request"), "sha256:" + "0" * 64),
    ("proofs", ("proofs", 0, "statement"), "it is so"),
    ("decision.selected", ("decision", "selected", "version"), "9.9"),
    ("decision.control_signal.version", ("decision", "control_signal", "version"), "9.9"),
    ("field_snapshots.traits", ("field_snapshots", "traits"), "sha256:" + "0" * 64),
    ("result.reply", ("result", "reply"), "sha256:" + "0" * 64),
    ("state", ("state", "more"), 1),
]


@pytest.mark.parametrize("honest", [True, False], ids=["old hash", "new hash"])
@pytest.mark.parametrize(("place", "path", "value"), CHANGES, ids=[place for place, *_ in CHANGES])
def test_the_command_verifies_traces_and_says_where_they_were_changed(
    run: Run, tmp_path: Path, place: str, path: tuple[str | int, ...], value: Any, *, honest: bool
) -> None:
    target = tmp_path / "trace.json"
    loops.done().controlled.trace.save(target, arrays=True)
    body: dict[str, Any] = json.loads(target.read_bytes())
    inner: Any = body
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    if not honest:
        body["hash"] = digest(without_aside(body))
    target.write_text(json.dumps(body), "utf-8")
    ran = run("verify", str(target), "--json")
    assert ran.code == 5
    rejection = ran.json["rejection"]
    shape = place == "state"
    assert rejection["path"] == ("hash" if honest and not shape else place)
    assert rejection["expected"]
    assert ran.json["invariants"] == []
    shown = run("verify", str(target))
    assert shown.code == 5
    assert "nothing in it is established" in shown.out


def test_the_command_says_what_a_good_trace_establishes(run: Run, tmp_path: Path) -> None:
    for request, behaviour, words in (
        ("question", loops.GOOD, "a reply that breaks nothing; 1 attempt, 0 broken promises"),
        ("question", loops.BROKEN, "a reply that breaks nothing"),
        ("question", loops.SLOW, "no reply was handed out"),
        ("impossible", loops.GOOD, "nothing was executed"),
    ):
        target = tmp_path / f"{request}-{behaviour}.json"
        trace = loops.done(request, behaviour).controlled.trace
        trace.save(target, arrays=True)
        ran = run("verify", str(target), "--json")
        assert ran.code == 0
        texts = {claim["name"]: claim["text"] for claim in ran.json["claims"]}
        assert words in texts["result"]
        assert trace.hash in texts["hash"]
        assert "6 arrays" in texts["arrays"]
        assert ran.json["digests"]["trace_hash"] == trace.hash
        holding = {one["id"][-1] for one in ran.json["invariants"] if one["status"] == "holds"}
        assert holding == ({"3"} if request == "impossible" else set("23456"))


def test_a_trace_without_its_landscape_or_with_another_array_is_refused(
    run: Run, tmp_path: Path
) -> None:
    target = tmp_path / "trace.json"
    trace = loops.done().controlled.trace
    trace.save(target, arrays=True)
    (beside,) = tmp_path.glob("landscape-*.json")
    kept = beside.read_bytes()
    beside.unlink()
    ran = run("verify", str(target))
    assert (ran.code, beside.name in ran.err) == (4, True)
    target.write_bytes(trace.bundle())
    assert run("verify", str(target)).code == 0
    beside.write_bytes(kept)
    array = next(iter(tmp_path.glob("field-*.npy")))
    array.write_bytes(array.read_bytes()[:-8] + b"12345678")
    ran = run("verify", str(target), "--json")
    assert (ran.code, ran.json["rejection"]["code"]) == (5, "trace-array")
