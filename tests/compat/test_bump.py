"""Which bump a change needs, and which one its numbers declare."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.analysis.compat.bump import Bump, Need, declared, needed
from caio.ir import documents as d
from tests.compat.conftest import Run
from tests.compat.documents import rules, service, verdicts, write

VERSIONS = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(lambda v: ".".join(map(str, v)))


@pytest.mark.parametrize(
    ("old", "new", "bump"),
    [
        ("1.0", "1.0", Bump.NONE),
        ("1", "1.0.0", Bump.NONE),
        ("1.0", "1.0.1", Bump.PATCH),
        ("1.0.0.1", "1.0.0.2", Bump.PATCH),
        ("1.2.3", "1.3", Bump.MINOR),
        ("1.9", "1.10", Bump.MINOR),
        ("0.9", "0.10", Bump.MINOR),
        ("1.9", "2.0", Bump.MAJOR),
        ("9", "10", Bump.MAJOR),
        ("1.1", "1.0", None),
        ("2.0", "1.9.9", None),
    ],
)
def test_what_numbers_declare(old: str, new: str, bump: Bump | None) -> None:
    assert declared(old, new) is bump


@given(VERSIONS, VERSIONS)
def test_numbers_declare_something_iff_they_do_not_go_down(old: str, new: str) -> None:
    bump = declared(old, new)
    assert (bump is None) == (d.version_key(new) < d.version_key(old))
    assert (bump is Bump.NONE) == (d.version_key(new) == d.version_key(old))


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("backward", [True, False, None])
@pytest.mark.parametrize("forward", [True, False, None])
def test_what_a_change_needs(same: bool, backward: bool | None, forward: bool | None) -> None:
    need = needed(same=same, backward=backward, forward=forward)
    # Whatever is unknown may turn out either way: the need is known iff it is the same in every case.
    outcomes = {
        needed(same=same, backward=b, forward=f).least
        for b in ([backward] if backward is not None else [True, False])
        for f in ([forward] if forward is not None else [True, False])
    }
    assert need == Need(min(outcomes), max(outcomes))


CHANGES = {
    "none": (["guarantees latency <= 1 s"], ["guarantees latency <= 1 s"]),
    "patch": (
        ["guarantees latency <= 1 s"],
        ["guarantees latency <= 1 s when request.urgent, latency <= 1 s when not request.urgent"],
    ),
    "minor": ([], ["guarantees latency <= 1 s"]),
    "major": (["guarantees latency <= 1 s"], []),
}
NUMBERS = {"none": "1.0", "patch": "1.0.1", "minor": "1.1", "major": "2.0"}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_says_too_little_is_refuted(run: Run, change: str, number: str) -> None:
    old, new = CHANGES[change]
    files = write("v1.caio", service("1.0", *old)), write("v2.caio", service(NUMBERS[number], *new))  # fmt: skip
    ran = run("compat", *files, "--require-bump", "--json")
    enough = list(NUMBERS).index(number) >= list(NUMBERS).index(change)
    assert verdicts(ran)["bump:s"] == ("proved" if enough else "refuted")
    assert ("bump-too-small" in rules(ran)) == (not enough)
    assert ran.code == (0 if enough and change != "major" else 1)
    # Without being required, it is told, and decides nothing.
    lenient = run("compat", *files, "--json")
    assert lenient.code == (1 if change == "major" else 0)
    assert verdicts(lenient)["bump:s"] == "proved"
    assert ("bump-too-small" in rules(lenient)) == (not enough)
    titles = " ".join(question["title"] for question in ran.json["questions"])
    assert f"needs {'no bump' if change == 'none' else f'a {change} bump'}" in titles
    assert "bump:s" not in verdicts(run("compat", *files, "--no-bump", "--json"))


def test_a_number_that_goes_down_declares_nothing(run: Run) -> None:
    files = write("v1.caio", service("2.0")), write("v2.caio", service("1.0"))
    ran = run("compat", *files, "--require-bump", "--json")
    assert (ran.code, rules(ran)) == (1, {"bump-too-small"})
    assert run("compat", *files, "--require-bump", "--no-bump").code == 2
    assert "a lower number than before" in ran.out


def test_what_is_unknown_needs_an_unknown_bump(run: Run) -> None:
    def schema(letter: str) -> str:
        return f'api http "https://s.example" response schema "sha256:{letter * 64}"'

    old = write("v1.caio", service("1.0", schema("a")))
    for number, verdict in (("1.0", "refuted"), ("1.0.1", "unknown"), ("2.0", "proved")):
        ran = run(
            "compat",
            old,
            write("v2.caio", service(number, schema("b"))),
            "--require-bump",
            "--json",
        )
        assert ran.code == 3
        assert verdicts(ran) == {"compat:s": "unknown", "bump:s": verdict}
        assert "an unknown bump, at least a patch bump" in ran.out
    # NEW promises more, so that it is no patch, whatever its schema is.
    more = service("1.1", "guarantees latency <= 1 s", schema("b"))
    ran = run("compat", old, write("v2.caio", more), "--json")
    assert ran.code == 3
    assert "an unknown bump, at least a minor bump" in ran.out
    assert verdicts(ran)["bump:s"] == "unknown"


def test_where_only_the_way_back_is_unknown_the_change_is_compatible(run: Run) -> None:
    """A schema whose content nobody has: NEW refines OLD, which has none, and perhaps the other way round."""
    clause = 'api http "https://s.example" response schema "gone.json"'
    old = write("v1.caio", service("1.0"))
    for number, code, required in (("1.0", 0, 1), ("1.0.1", 0, 3), ("1.1", 0, 0)):
        new = write("v2.caio", service(number, clause))
        assert run("compat", old, new).code == code
        assert run("compat", old, new, "--require-bump").code == required


def test_the_evidence_for_a_bump_is_the_certificate_that_shows_it(run: Run) -> None:
    """A major change is shown by what was asked; a minor one by the way back, which has a certificate of its own."""
    promise = "guarantees latency <= 1 s"
    old = write("v1.caio", service("1.0", promise, name="a"), service("1.0", name="b"))
    new = write("v2.caio", service("1.1", name="a"), service("1.1", promise, name="b"))
    ran = run("compat", old, new, "--json", "--certificate", "kept/")
    shown = {question["id"]: question["evidence"] for question in ran.json["questions"]}
    assert shown["bump:a"] == shown["compat:a"] == shown["compat:b"] != shown["bump:b"]
    ways = {}
    for name in ("a", "b"):
        digest = shown[f"bump:{name}"].removeprefix("sha256:")
        body = json.loads(Path("kept", f"{digest}.json").read_text("utf-8"))
        body = body.get("certificate", body)
        ways[name] = {claim["verdict"] for claim in body["claims"]}
    assert "refuted" in ways["a"]
    assert "refuted" in ways["b"]


def test_only_what_is_decided_is_counted(run: Run) -> None:
    """A report that tells of obligations tells of answers: with hardly any budget there are fewer of them."""
    sides = []
    for number, most in (("1.0", 500), ("1.1", 400)):
        clauses = (
            f"assumes request.tokens <= {most} token",
            "guarantees latency <= 3 s when request.tokens <= 100 token, latency <= 9 s",
            "cost 0.1 USD + 1 USD per 1_000 token * request.tokens",
        )
        sides.append(write(f"v{number}.caio", service(number, *clauses)))
    counts = []
    for budget in ("1", "10000000"):
        ran = run("compat", *sides, "--no-cache", "--budget", budget, "--json")
        counts.append({q["id"]: q["obligations"] for q in ran.json["questions"]})
    assert counts[0]["compat:s"] < counts[1]["compat:s"]
