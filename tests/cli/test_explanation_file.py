"""Nothing in an explanation file can be changed without notice, besides what only orders or describes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from caio import checker
from caio.cli.explanation_file import WrongError, check_explanation
from caio.cli.main import cli

MARKET = Path(__file__).parent / "market"
ASKED = ("--request", "hopeless", "--at", "2026-11-22", "--facts", "alice", "--no-cache")


def judge(certificate: Path, documents: Path) -> Mapping[str, Any]:
    """The checker in this process: what is tested here is what stands around it."""
    try:
        verdict = checker.check(checker.load(documents.read_bytes()), certificate.read_bytes())
    except checker.Rejection as flaw:
        return {"accepted": False, **vars(flaw)}
    return {"accepted": True, "cost": verdict.cost}


def written(folder: Path, *extra: str) -> bytes:
    target = folder / "explanation.json"
    words = ["explain", str(MARKET), *ASKED, "-o", str(target), *extra]
    assert CliRunner().invoke(cli, words, prog_name="caio").exit_code == 1
    return target.read_bytes()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Of one service: bounds of several kinds, and a set of changes."""
    return written(tmp_path_factory.mktemp("service"), "--service", "cheap/small")


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Of the whole decision: relaxations that admit several."""
    return written(tmp_path_factory.mktemp("everybody"))


def test_what_was_written_is_borne_out(service: bytes, everybody: bytes, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    for data in (service, everybody):
        borne = check_explanation(data, tmp_path, judge, lambda *said: told.append(said))
        assert borne.verdict == "not_routable"
        assert borne.claims > borne.certificates > 10
        assert told[-1] == (borne.certificates, borne.certificates)
        assert borne.cost > 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"bound":"3/100"', '"bound":"1/50"'),
        ('"refuted":"2999/100000"', '"refuted":"2998/100000"'),
        ('"holds":true', '"holds":false'),
        ('"holds":false', '"holds":true'),
        ('"certificate":3,', '"certificate":4,'),
        ('"certificate":3,', '"certificate":-1,'),
        ('"certificate":3,', '"certificate":999,'),
        ('"obligation":["requirement",0]', '"obligation":["requirement",1]'),
        ('"clause":"budget"', '"clause":"deadline"'),
        ('"clause":"ensure[0]"', '"clause":"ensure[00]x"'),
        ('"kind":"drop"', '"kind":"loosen"'),
        ('"verdict": "not_routable"', '"verdict": "routed"'),
        ('"verdict":"refuted"', '"verdict":"admitted"'),
        ('"failed":[["', '"failed":[["non_empty"],["'),
        ('"score":', '"score":1'),
        ('"rank":1', '"rank":2'),
        ('"version":"1.0"', '"version":"1.1"'),
        ('"certificates": [', '"certificates": [{},'),
        ('"documents": [', '"documents": [3,'),
        ('"inputs": {', '"inputs": {"more":1,'),
    ],
)
def test_a_change_is_noticed(service: bytes, tmp_path: Path, old: str, new: str) -> None:
    text = service.decode()
    assert old in text
    with pytest.raises(WrongError) as wrong:
        check_explanation(text.replace(old, new, 1).encode(), tmp_path, judge)
    assert set(wrong.value.rejection) == {"code", "path", "expected", "seen"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["relaxations", "found", 0, "changes"], []),
        (["relaxations", "found", 0, "admits", 0, "service"], "cheap/far"),
        (["relaxations", "found", 0, "admits", 0, "claim", "certificate"], 0),
        (["relaxations", "found", 1, "changes", 0, "clause"], "needs[0]"),
        (["relaxations", "found", 1, "changes", 0, "without", "obligation"], ["non_empty"]),
        (["refused", "reasons", 0, "example", "obligation"], ["non_empty"]),
        (["certificates", 1, "inputs", "at"], "1"),
        (["documents"], []),
        (["certificates"], []),
    ],
)
def test_a_wrong_value_is_noticed(
    everybody: bytes, tmp_path: Path, path: list[str | int], value: object
) -> None:
    body = json.loads(everybody)
    place = body
    for step in path[:-1]:
        place = place[step]
    assert place[path[-1]] != value
    place[path[-1]] = value
    with pytest.raises(WrongError):
        check_explanation(json.dumps(body).encode(), tmp_path, judge)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_explanation_is_no_crash(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(WrongError):
        check_explanation(data, tmp_path, judge)
