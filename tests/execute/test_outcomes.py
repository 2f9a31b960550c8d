"""Outcomes are values that nobody makes by mistake, and whose canonical form depends on nothing but what happened."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

import caio.execute
from caio.base.canonical import canonical_bytes, digest
from caio.base.errors import InputError
from caio.execute.extra import MissingExtraError, needed
from caio.execute.outcomes import Executed, ExecutionFailed, Outcome
from caio.execute.violations import Kind
from tests.execute import world as w
from tests.execute.world import executed, failed


def both() -> tuple[Executed, ExecutionFailed]:
    made = w.executor({"bad": [b"{"], "good": [w.ANSWER]}, clock=w.HandClock())
    services = [w.service("bad"), w.service("good")]
    good = executed(made.run(w.order(services), w.payload()))
    return good, failed(made.run(w.order(services[:1]), w.payload()))


def test_nobody_makes_changes_or_copies_an_outcome() -> None:
    for kind in (Outcome, Executed, ExecutionFailed):
        with pytest.raises(TypeError, match="only an `Executor` makes one"):
            kind()
        with pytest.raises(TypeError, match="cannot extend"):
            type("Mine", (kind,), {})
    for outcome in both():
        anything: Any = outcome
        with pytest.raises(AttributeError):
            anything.reply_digest = "sha256:"
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(outcome)
        assert copy.deepcopy(outcome) is outcome


def test_an_outcome_is_neither_true_nor_false() -> None:
    for outcome in both():
        with pytest.raises(TypeError, match="neither true nor false"):
            bool(outcome)


def test_what_an_outcome_says() -> None:
    good, bad = both()
    assert (good.service, good.version, good.media_type) == ("good", "1.0", "application/json")
    assert repr(good) == "<Executed by 'good' 1.0, attempt 2>"
    assert repr(bad).startswith("<ExecutionFailed exhausted: no admitted candidate is left")
    result = good.result()
    assert result["selected"] == {"service": "good", "version": "1.0", "control": "none"}
    assert (result["outcome"], result["reply"]) == ("executed", good.reply_digest)
    assert good.decision_digest == result["decision"] == w.DECISION
    assert bad.result()["selected"] is bad.result()["reply"] is None
    assert (bad.result()["outcome"], bad.result()["reason"]) == ("failed", "exhausted")
    # The canonical form holds digests, and nothing that was sent or received.
    text = canonical_bytes(result)
    assert b"question" not in text
    assert b"yes" not in text
    assert json.loads(text) == result
    assert [v.kind for v in good.violations] == [Kind.MALFORMED]
    assert digest(good.violations[0].json()) == good.violations[0].digest


def test_equal_executions_have_equal_results_however_long_they_took() -> None:
    results = []
    for pause in (1, 70_000):
        clock = w.HandClock()
        made = w.executor(
            {"bad": [clock.passing(pause, b"{")], "good": [clock.passing(pause)]}, clock=clock
        )
        outcome = executed(made.run(w.order([w.service("bad"), w.service("good")]), w.payload()))
        results.append((outcome.result_digest, outcome.attempts[0].elapsed))
    assert results[0][0] == results[1][0]
    assert results[0][1] != results[1][1]


def test_violations_are_named_by_all_that_they_say() -> None:
    _, bad = both()
    (violation,) = bad.violations
    changes: dict[str, Any] = {
        "kind": Kind.STATUS,
        "service": "x",
        "version": "2",
        "control": "x",
        "decision": "x",
        "evidence": "x",
        "promised": (),
        "observed": (),
        "reply": None,
    }
    assert set(changes) == {*violation.json()} - {"format"}
    digests = {replace(violation, **{name: value}).digest for name, value in changes.items()}
    assert len(digests | {violation.digest}) == len(changes) + 1


@pytest.mark.parametrize("decision", ["", "decision", "sha256:", "SHA256:" + "0" * 64])
def test_an_order_names_its_decision(decision: str) -> None:
    with pytest.raises(InputError, match="by its digest"):
        w.executor({}).run(w.order([], decision=decision), w.payload())


# --- the extra --------------------------------------------------------------------------------------


@pytest.mark.parametrize("library", ["httpx", "jsonschema", "tenacity"])
def test_a_missing_library_says_what_to_install(library: str) -> None:
    module = {"httpx": "http", "jsonschema": "schemas", "tenacity": "executor"}[library]
    program = (
        f"import sys; sys.modules[{library!r}] = None\n"
        "import caio.execute\n"
        "from caio.base.errors import CaioError\n"
        f"try: import caio.execute.{module}\n"
        "except CaioError as error: print(isinstance(error, ImportError), error)"
    )
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told == (
        f"True calling services needs `{library}`, which is not installed:"
        ' pip install "caio-router[execute]"\n'
    )


def test_an_import_that_works_is_left_alone() -> None:
    with needed():
        import json as _  # noqa: F401
    with pytest.raises(MissingExtraError, match="a library"), needed():
        raise ImportError("no name")


def test_importing_the_room_loads_none_of_them() -> None:
    program = (
        "import sys, caio, caio.execute\n"
        "print(sorted({'httpx', 'jsonschema', 'tenacity'} & {*sys.modules}))"
    )
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
    assert caio.execute.__doc__


def test_services_in_this_process_need_neither_httpx_nor_jsonschema() -> None:
    program = (
        "import sys, caio.execute.executor, caio.execute.inprocess\n"
        "print(sorted({'httpx', 'jsonschema'} & {*sys.modules}))"
    )
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
