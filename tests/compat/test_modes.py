"""Both directions, and every earlier version."""

from __future__ import annotations

import pytest

from tests.compat.conftest import Run
from tests.compat.documents import findings, rules, service, verdicts, write

NEW_PROMISES_MORE = service("1.0"), service("1.1", "guarantees latency <= 1 s")
NEW_PROMISES_LESS = service("1.0", "guarantees latency <= 1 s"), service("2.0")
NEITHER = service("1.0", "is region = eu"), service("2.0", "is region = us")


@pytest.mark.parametrize(
    ("sides", "codes"),
    [(NEW_PROMISES_MORE, (0, 1, 1)), (NEW_PROMISES_LESS, (1, 0, 1)), (NEITHER, (1, 1, 1))],
)
def test_a_mode_asks_in_its_direction(run: Run, sides: tuple[str, str], codes: tuple[int, ...]) -> None:  # fmt: skip
    files = write("v1.caio", sides[0]), write("v2.caio", sides[1])
    for mode, code in zip(("backward", "forward", "full"), codes, strict=True):
        ran = run("compat", *files, "--mode", mode, "--json")
        assert ran.code == code
        assert verdicts(ran)["bump:s"] == "proved"
        # The direction that is not asked for is no finding.
        assert len([one for one in verdicts(ran) if one.startswith("compat:")]) == (
            2 if mode == "full" else 1
        )


def test_a_finding_of_the_other_direction_speaks_of_the_later_version(run: Run) -> None:
    files = write("v1.caio", NEW_PROMISES_MORE[0]), write("v2.caio", NEW_PROMISES_MORE[1])
    (found,) = findings(run("compat", *files, "--mode", "forward", "--json"))
    assert found["message"].startswith(
        "`s` 1.1 promised `latency <= 1 s`; `s` 1.0 promises nothing"
    )
    assert found["span"]["path"] == "v1.caio"


def test_the_highest_versions_are_held_against_each_other(run: Run) -> None:
    one, two, ten = (service(v, f"guarantees latency <= {s} s") for v, s in (("1.0", 3), ("1.2", 2), ("1.10", 1)))  # fmt: skip
    ran = run("compat", write("v1.caio", one, two), write("v2.caio", two, ten), "--json")
    assert ran.code == 0
    assert "from `s` 1.2 to 1.10" in ran.out


def test_names_that_look_like_questions_are_told_apart(run: Run) -> None:
    texts = [service("1.0", name=name) for name in ("s", "s:forward", "s%3Aforward", "a:b")]
    file = write("v1.caio", *texts)
    ran = run("compat", file, file, "--mode", "full", "--json")
    assert ran.code == 0
    assert len(verdicts(ran)) == 12


def history(*texts: str) -> str:
    for number, text in enumerate(texts):
        write(f"history/{number}/contracts.caio" if number % 2 else f"history/{number}.caio", text)
    return "history"


def test_transitive_modes_ask_about_every_earlier_version(run: Run) -> None:
    """2.0 broke a promise and said so; 2.1 is safe for callers of 2.0 and not for those of 1.0."""
    first = service("1.0", "guarantees latency <= 1 s"), service("1.1", "guarantees latency <= 900 ms")  # fmt: skip
    folder = history(*first)
    old, new = write("v2.0.caio", service("2.0")), write("v2.1.caio", service("2.1"))
    assert run("compat", old, new, "--no-bump").code == 0
    ran = run("compat", old, new, "--mode", "backward-transitive", "--history", folder, "--no-bump", "--json")  # fmt: skip
    assert (ran.code, rules(ran)) == (1, {"weaker-guarantee"})
    assert sorted(verdicts(ran).values()) == ["proved", "refuted", "refuted"]
    assert len({found["fingerprint"] for found in findings(ran)}) == 2
    better = write("v3.caio", service("2.1", "guarantees latency <= 500 ms"))
    assert run("compat", old, better, "--mode", "backward-transitive", "--history", folder).code == 0  # fmt: skip
    ran = run("compat", old, better, "--mode", "full-transitive", "--history", folder, "--json")
    assert ran.code == 1
    assert len(verdicts(ran)) == 7


def test_every_version_in_old_is_earlier(run: Run) -> None:
    old = write("v1.caio", service("1.0", "guarantees latency <= 1 s"), service("2.0"))
    new = write("v2.caio", service("2.1"))
    assert run("compat", old, new, "--no-bump").code == 0
    assert run("compat", old, new, "--mode", "backward-transitive", "--no-bump").code == 1


def test_a_version_that_is_there_twice_is_asked_about_once(run: Run) -> None:
    text = service("1.0")
    old, new = write("v1.caio", text), write("v2.caio", service("1.0.1"))
    ran = run("compat", old, new, "--mode", "backward-transitive", "--history", history(text, text), "--json")  # fmt: skip
    assert ran.code == 0
    assert len(verdicts(ran)) == 2


def test_a_version_of_other_content_under_the_same_number_is_another_one(run: Run) -> None:
    text = service("1.0")
    folder = history(service("1.0", "guarantees latency <= 1 s"))
    old, new = write("v1.caio", text), write("v2.caio", service("1.0.1"))
    ran = run("compat", old, new, "--mode", "backward-transitive", "--history", folder, "--json")
    assert ran.code == 1
    assert sorted(verdicts(ran).values()) == ["proved", "proved", "refuted"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--history", "history"], 2, "transitive modes"),
        (["--mode", "backward-transitive", "--history", "nowhere"], 4, "name a folder of versions"),
        (["--mode", "backward-transitive", "--history", "empty"], 4, "holds no version"),
        (["--mode", "backward-transitive", "--history", "v1.caio"], 4, "name a folder of versions"),
        (["--mode", "sideways"], 2, "sideways"),
        (["--mode", "full", "--callers", "v1.caio"], 2, "leave out `--mode full`"),
    ],
)
def test_what_does_not_go_together_is_told(run: Run, words: list[str], code: int, said: str) -> None:  # fmt: skip
    from pathlib import Path

    Path("empty").mkdir()
    history(service("1.0"))
    ran = run("compat", write("v1.caio", service("1.0")), write("v2.caio", service("1.1")), *words)
    assert ran.code == code
    assert said in ran.out + ran.err
