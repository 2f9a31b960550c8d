"""Input that is wrong, empty, doubled or huge never looks like success."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from caio.base.errors import SolverError
from caio.certify.prover import Prover
from tests.compat.conftest import Run
from tests.compat.documents import WORDS, rules, service, verdicts, write

SAID = ("proved: ", '"exit": 0')


@pytest.fixture
def files(run: Run) -> tuple[str, str]:  # noqa: ARG001 - in its folder
    return write("v1.caio", service("1.0")), write("v2.caio", service("1.0.1"))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "OLD"),
        (["v1.caio"], 2, "NEW"),
        (["v1.caio", "missing.caio"], 4, "missing.caio"),
        (["missing.caio", "v2.caio"], 4, "missing.caio"),
        (["v1.caio", "empty"], 4, "holds no `.caio` or `.json` file"),
        (["empty", "v2.caio"], 4, "holds no `.caio` or `.json` file"),
        (["", "v2.caio"], 4, "is empty"),
        (["v1.caio", "fifo.caio"], 4, "pipe"),
        (["v1.caio", "note.txt"], 4, "no document"),
        (["v1.caio", "broken.caio"], 4, "broken.caio"),
        (["v1.caio", "latin.caio"], 4, "latin.caio"),
        (["words.caio", "v2.caio"], 4, "holds no service"),
        (["v1.caio", "words.caio"], 1, "service-removed"),
        (["v1.caio", "twice.caio"], 4, "declared twice"),
        (["v1.caio", "v2.caio", "--service", "t"], 4, "there is no service `t`"),
        (["v1.caio", "v2.caio", "--service", ""], 4, "there is no service"),
        (["v1.caio", "v2.caio", "--policy", "missing.caio"], 4, "missing.caio"),
        (["v1.caio", "v2.caio", "--policy", "words.caio"], 4, "declared twice"),
        (["v1.caio", "v2.caio", "--callers", "empty"], 4, "empty"),
        (["v1.caio", "v2.caio", "--callers", "none.caio"], 4, "there is no request"),
        (["v1.caio", "v2.caio", "--budget", "0"], 2, "budget"),
        (["v1.caio", "v2.caio", "--certificate", "empty/no/such/file"], 4, "empty/no/such"),
        (["v1.caio", "v2.caio", "--profile", "p", "--callers", "ask.caio"], 4, "no profile"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.usefixtures("files")
def test_what_cannot_be_asked_is_told(
    run: Run, words: list[str], code: int, said: str, as_json: bool
) -> None:
    Path("empty").mkdir()
    Path("note.txt").write_text("no contract")
    Path("broken.caio").write_text("service {")
    Path("latin.caio").write_bytes(b'service "\xe9" version 1.0 {}')
    os.mkfifo("fifo.caio")
    write("words.caio")
    write("none.caio", words=None)
    write("ask.caio", 'request r { caller "c" needs chat }', words=None)
    write("twice.caio", service("1.0.1"), service("1.0.1"))
    ran = run("compat", *words, *(["--json"] if as_json else []))
    assert ran.code == code
    assert said in ran.out + ran.err
    assert not any(word in ran.out for word in SAID)


def test_a_service_that_is_nearly_there_is_suggested(run: Run) -> None:
    old = write("v1.caio", service("1.0", name="letters/summary"))
    ran = run("compat", old, old, "--service", "letters/sumary")
    assert ran.code == 4
    assert "did you mean `letters/summary`?" in ran.out + ran.err


def test_one_service_alone(run: Run) -> None:
    old = write("v1.caio", service("1.0"), service("1.0", "cost 1 USD", name="r"))
    new = write("v2.caio", service("1.0"), service("1.0", "cost 2 USD", name="r"))
    assert run("compat", old, new).code == 1
    ran = run("compat", old, new, "--service", "s", "--json")
    assert (ran.code, set(verdicts(ran))) == (0, {"compat:s", "bump:s"})


def test_the_same_path_twice_is_a_question_like_any_other(run: Run, files: tuple[str, str]) -> None:
    ran = run("compat", files[0], files[0], "--json")
    assert ran.code == 0
    assert set(verdicts(ran).values()) == {"proved"}
    assert "needs no bump" in ran.out
    assert run("compat", ".", "./v1.caio").code == 4  # Both files declare the vocabulary.


def test_vocabulary_drift_is_refuted_and_what_changed_is_told(run: Run) -> None:
    other = WORDS.replace("capability chat, vision", "capability chat, vision, tools").replace(
        "10_000 token", "20_000 token"
    )
    old = write("v1.caio", service("1.0"))
    new = write("v2.caio", service("1.0"), words=other)
    ran = run("compat", old, new, "--json")
    assert (ran.code, rules(ran)) == (1, {"vocabulary-changed"})
    assert "request field `tokens` changed, capabilities gained `tools`" in ran.out
    asked = write("ask.caio", 'request r { caller "c" needs chat }', words=None)
    assert rules(run("compat", old, new, "--callers", asked, "--json")) == {"vocabulary-changed"}


def test_a_service_of_another_vocabulary_does_not_hide_among_others(run: Run) -> None:
    other = WORDS.replace('"shop"', '"yard"')
    text = f'{other}\nuses "yard"\n{service("1.0", name="r")}\nuses "shop"\n{service("1.0")}'
    old = write("v1.caio", text, words=WORDS)
    assert run("compat", old, old).code == 0
    moved = text.replace('uses "yard"', 'uses "shop"', 1).replace('uses "shop"\nservice "s"', 'uses "shop"\nservice "s"')  # fmt: skip
    ran = run("compat", old, write("v2.caio", moved, words=WORDS), "--json")
    assert ran.code == 1
    assert "vocabulary-changed" in rules(ran)


def test_a_budget_that_is_too_small_is_unknown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from caio.certify.prover import Unknown

    def giving_up(_: Prover, forms, **_settings):  # type: ignore[no-untyped-def]
        return [Unknown("the budget is spent") for _form in forms]

    monkeypatch.setattr(Prover, "decide_many", giving_up)
    files = write("v1.caio", service("1.0", "cost 1 USD")), write("v2.caio", service("1.1", "cost 1 USD"))  # fmt: skip
    for words in ([], ["--callers", write("ask.caio", 'request r { caller "c" needs chat }', words=None)]):  # fmt: skip
        ran = run("compat", *files, *words, "--no-cache", "--json")
        assert ran.code == 3
        assert set(verdicts(ran).values()) == {"unknown"}
    asked = write("all.caio", service("1.0"), 'request r { caller "c" needs chat }')
    ran = run("can-deploy", asked, "--service", "s", "--version", "1.0", "--no-cache", "--json")
    assert ran.code == 3
    assert ran.json["tables"][0]["rows"] == [["c", "r", "unknown"]]


def test_a_solver_that_dies_is_no_verdict(
    run: Run, files: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(_prover: Prover, _forms, **_settings):  # type: ignore[no-untyped-def]
        raise SolverError("the solver's process ended")

    monkeypatch.setattr(Prover, "decide_many", dying)
    ran = run("compat", *files, "--no-cache", "--json")
    assert (ran.code, ran.json["verdict"]) == (4, "could-not-run")


def test_an_interruption_is_no_verdict(
    run: Run, files: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_prover: Prover, _forms, **_settings):  # type: ignore[no-untyped-def]
        raise KeyboardInterrupt

    monkeypatch.setattr(Prover, "decide_many", interrupted)
    ran = run("compat", *files, "--no-cache", "--format", "json=out.json")
    assert ran.code == 130
    assert not Path("out.json").exists()


def test_hostile_names_are_shown_and_not_obeyed(run: Run) -> None:
    name = "s\\u001b[31m ::error::"
    text = service("1.0", "cost 1 USD", name="plain").replace('"plain"', f'"{name}"')
    old = write("v1.caio", text)
    new = write("v2.caio", text.replace("1 USD", "2 USD"))
    for kind in ("text", "markdown", "html", "sarif", "junit", "github", "gitlab", "json"):
        ran = run("compat", old, new, "--format", kind)
        assert ran.code in (1, 4)
        assert "\x1b" not in ran.out
        assert not [line for line in ran.out.splitlines() if line.lstrip().startswith("::error::")]


def many(number: int, changed: int | None = None) -> str:
    return "\n".join(
        service(
            "1.0",
            f"guarantees latency <= {(i if i != changed else i + 1) % 50 + 1} s when request.tokens <= {i + 1} token, accuracy >= 0.5",
            f"assumes request.tokens <= {i + 10} token",
            f"cost case {{ when request.urgent: {i % 5 + 2} USD, otherwise: {i % 5 + 1} USD }}",
            "permits any of { invoke }",
            name=f"s{i}",
        )
        for i in range(number)
    )


@pytest.mark.slow
def test_five_hundred_services_take_seconds(run: Run) -> None:
    old, new = write("v1.caio", many(500)), write("v2.caio", many(500, changed=250))
    began = time.process_time()
    ran = run("compat", old, new, "--json", "--no-bump")
    spent = time.process_time() - began
    assert ran.code == 1
    assert [name for name, found in verdicts(ran).items() if found != "proved"] == ["compat:s250"]
    assert len(verdicts(ran)) == 500
    assert spent < 60


WAITING = """
import sys, time
from caio.certify.prover import Prover
from caio.cli.main import main

def decide_many(self, forms, **settings):
    print("proving", file=sys.stderr, flush=True)
    time.sleep(60)

Prover.decide_many = decide_many
sys.argv = ["caio", *sys.argv[1:]]
main()
"""


@pytest.mark.usefixtures("files")
def test_a_signal_ends_it_without_a_verdict() -> None:
    words = ["compat", "v1.caio", "v2.caio", "--no-cache", "--format", "json=out.json"]
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        assert process.stderr is not None
        assert process.stderr.readline() == b"proving\n"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, out) == (130, b"")
    assert not Path("out.json").exists()
