"""The self-check of the checker: the set is what it claims to be, and a checker that is wrong is found out."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

import caio
from caio.base.errors import InputError
from caio.cli import packaged
from caio.cli.doctor import evidence
from caio.cli.doctor.finding import Finding
from caio.cli.doctor.judge import judged
from caio.cli.exits import Exit
from tests.cli.refusals import TARGET, edits, text

ROOT = Path(caio.__file__).parents[1]
STORED = json.loads(TARGET.read_bytes())
CASES = list(evidence.cases_of(STORED))
BAD = [case for case in CASES if case["expected"] is not None]


class TestTheSet:
    def test_is_what_the_script_makes(self) -> None:
        assert TARGET.read_text("utf-8") == text(), "run: python -m tests.cli.refusals"

    def test_has_a_certificate_for_each_code_of_the_specification(self) -> None:
        page = (ROOT / "docs" / "spec" / "certificate-v1.md").read_text("utf-8")
        table = page.partition("\n## 10. ")[2].partition("\n## ")[0]
        codes = set(re.findall(r"^\| `([a-z]+)` \|", table, re.MULTILINE))
        assert codes == evidence.CODES
        counts = Counter(case["expected"]["code"] for case in BAD)
        assert set(counts) == codes
        assert counts.total() >= evidence.LEAST
        assert {case["name"] for case in CASES} >= {"good: routed", "good: sane"}

    def test_holds_no_bad_case_that_is_a_good_one(self) -> None:
        good = {(case["documents"], case["certificate"]) for case in CASES if not case["expected"]}
        assert not [
            case["name"]
            for case in BAD
            if (case["documents"], case["certificate"]) in good and case["budget"] is None
        ]
        assert len({case["name"] for case in CASES}) == len(CASES)

    @pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"].partition(" (")[0])
    def test_is_judged_as_it_says(self, case: dict[str, Any]) -> None:
        wanted = {"accepted": True}
        if case["expected"] is not None:
            wanted = {"accepted": False, **case["expected"]}
        assert judged(case) == wanted

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('{"a":[1,2,"x\\""]}', '{"a":[1,3,"x\\"y"],"b":0}'),
            ("[1,2]", "[1,2"),
            ("[1,2]", '[1,"2]'),
            ("[1,2]", ""),
            ("", "null"),
            ("same", "same"),
        ],
    )
    def test_edits_lead_from_one_text_to_the_other(self, old: str, new: str) -> None:
        assert evidence.spliced(old, edits(old, new)) == new

    def test_edits_that_overlap_are_refused(self) -> None:
        with pytest.raises(ValueError, match="overlap"):
            evidence.spliced("abc", [(0, 2, "x"), (1, 1, "y")])


class TestASetThatHasShrunk:
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"{}",
            b"[]",
            json.dumps({**STORED, "format": "other"}).encode(),
            json.dumps({**STORED, "cases": []}).encode(),
            json.dumps({**STORED, "cases": STORED["cases"][:20]}).encode(),
            json.dumps({**STORED, "cases": [c for c in STORED["cases"] if c["expected"]]}).encode(),
            json.dumps(
                {
                    **STORED,
                    "cases": [
                        c for c in STORED["cases"] if (c["expected"] or {}).get("code") != "farkas"
                    ],
                }
            ).encode(),
            json.dumps({**STORED, "bases": {}}).encode(),
        ],
    )
    def test_proves_nothing(self, monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
        monkeypatch.setattr(evidence, "read_packaged", lambda _: data)
        (found,) = evidence.examine()
        assert (found.name, found.code) == ("checker", Exit.COULD_NOT_RUN)

    def test_or_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(packaged, "locate", lambda _: None)
        (found,) = evidence.examine()
        assert found.code is Exit.COULD_NOT_RUN
        assert "missing from the installation" in found.text


def answered(monkeypatch: pytest.MonkeyPatch, answers: list[Any], **others: Any) -> Finding:
    """What is said of a checker that gave these answers."""
    report = {
        "answers": answers,
        "modules": ["sys", "caio", "caio.checker"],
        "version": caio.__version__,
    }
    done = CompletedProcess([], 0, json.dumps({**report, **others}).encode(), b"")
    monkeypatch.setattr(evidence, "run_isolated", lambda *_, **__: done)
    return evidence._judge(CASES)


def right() -> list[dict[str, Any]]:
    return [
        {"accepted": False, **case["expected"]} if case["expected"] else {"accepted": True}
        for case in CASES
    ]


class TestAnswers:
    def test_that_are_right_are_well(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert answered(monkeypatch, right()).status == "ok"

    @pytest.mark.parametrize("code", sorted(evidence.CODES))
    @pytest.mark.parametrize("fault", ["accepted", "another code", "another place", "no answer"])
    def test_that_are_wrong_for_one_code_alone_are_found_out(
        self, monkeypatch: pytest.MonkeyPatch, code: str, fault: str
    ) -> None:
        answers = right()
        place = next(i for i, answer in enumerate(answers) if answer.get("code") == code)
        answers[place] = {
            "accepted": {"accepted": True},
            "another code": {**answers[place], "code": "json" if code != "json" else "shape"},
            "another place": {**answers[place], "path": "elsewhere"},
            "no answer": {"accepted": None, "crash": "KeyError"},
        }[fault]
        found = answered(monkeypatch, answers)
        assert found.code is Exit.REJECTED
        assert CASES[place]["name"] in found.text
        assert found.text.startswith(f"1 of {len(CASES)} ")

    def test_that_refuse_a_good_certificate_are_found_out(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers = right()
        answers[0] = {"accepted": False, "code": "verdict", "path": ""}
        assert answered(monkeypatch, answers).code is Exit.REJECTED

    def test_that_are_too_few_or_from_elsewhere_are_found_out(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert answered(monkeypatch, right()[:-1]).code is Exit.REJECTED
        assert answered(monkeypatch, []).code is Exit.REJECTED
        for module in ("numpy", "caio.smt", "caio.cli.main", "z3.z3core"):
            found = answered(monkeypatch, right(), modules=["sys", "caio", module])
            assert found.code is Exit.REJECTED
            assert module in found.text
        assert answered(monkeypatch, right(), version="9.9.9").code is Exit.REJECTED


ACCEPTS = """
load = lambda *parts, base=None: None
def check(documents, certificate, *, budget=BUDGET):
    return Verdict("decision", "routed", (), {}, {}, 0)
"""
REFUSES = "\ndef check(documents, certificate, *, budget=BUDGET):\n    raise Rejection('verdict', '', 'x', 'y')\n"
FORGIVES = """
_strict = check
def check(documents, certificate, *, budget=BUDGET):
    try:
        return _strict(documents, certificate, budget=budget)
    except Rejection as rejection:
        if rejection.code == "score":
            return Verdict("decision", "routed", (), {}, {}, 0)
        raise
"""
CRASHES = "\nimport nothing_of_this_name\n"
LEAVES = "\nraise SystemExit(0)\n"
LOADS = "\nimport caio.base.canonical\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with what it needs, whose checker can be replaced."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "caio", folder / "caio", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("grammar", "docs", "examples"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (ACCEPTS, f"{len(BAD)} of {len(CASES)} built-in certificates are judged wrongly"),
        (REFUSES, "built-in certificates are judged wrongly"),
        (FORGIVES, "3 of "),
        (CRASHES, "it ends without an answer"),
        (LEAVES, "it ends without an answer"),
        (LOADS, "it is not alone: version 0.1.0, loaded besides Python's own: caio.base"),
    ],
    ids=["accepts all", "refuses all", "forgives scores", "crashes", "leaves", "is not alone"],
)
def test_a_replaced_checker_is_found_out(site: Path, change: str, said: str) -> None:
    module = site / "caio" / "checker" / "__init__.py"
    module.write_text((ROOT / "caio" / "checker" / "__init__.py").read_text("utf-8") + change)
    shutil.rmtree(module.parent / "__pycache__", ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "caio", "doctor", "--json"],
        cwd=site,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 5, done.stderr
    body = json.loads(done.stdout)
    assert (body["verdict"], body["exit"]) == ("unsound", 5)
    found = {item["name"]: item for item in body["findings"]}
    assert found["checker"]["status"] == "problem"
    assert said in found["checker"]["text"]
    assert "use no verdict" in found["checker"]["help"]
    if change in {ACCEPTS, REFUSES, CRASHES, LEAVES}:
        assert found["verify"]["status"] == "problem"


def test_a_process_that_cannot_start_is_no_acceptance(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> CompletedProcess[bytes]:
        raise InputError("the checker's interpreter cannot be started: no memory")

    monkeypatch.setattr(evidence, "run_isolated", refused)
    monkeypatch.setattr("caio.cli.isolation.run_isolated", refused)
    assert [found.code for found in evidence.examine()] == [Exit.REJECTED, Exit.REJECTED]
