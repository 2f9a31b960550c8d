"""Verification gives a value or raises; the evidence is the same as that of the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import caio
from caio.cli.isolation import check
from caio.cli.main import cli
from tests.library.conftest import SHOP


@pytest.fixture
def bundle(router: caio.Router) -> bytes:
    return router.route("question", {"tokens": 500}).bundle()


@pytest.fixture
def saved(router: caio.Router, tmp_path: Path) -> Path:
    path = tmp_path / "decision.json"
    router.route("question", {"tokens": 500}).save(path)
    return path


def test_bytes_paths_and_values_verify_the_same(bundle: bytes, saved: Path) -> None:
    (landscape,) = saved.parent.glob("landscape-*.json")
    ways = [
        caio.verify(bundle),
        caio.verify(json.loads(bundle)),
        caio.verify(saved),
        caio.verify(str(saved)),
        caio.verify(saved, [saved, landscape]),
        caio.verify(saved.read_bytes(), [saved.read_bytes(), str(landscape)]),
        caio.verify(bundle, [bundle]),
    ]
    for verified in ways:
        assert verified.selected == caio.Selected("small", "1.0", "external")
        assert verified.verdict == "routed"
        assert verified.claims == ways[0].claims
        assert "winner" in {claim.name for claim in verified.claims}
        assert verified.cost > 0


def test_it_says_what_the_answer_said(router: caio.Router) -> None:
    for name in ("question", "summary"):
        answer = router.route(name)
        verified = caio.verify(answer.bundle())
        assert verified.decision_digest == answer.decision_digest
        assert verified.landscape == answer.landscape
        assert verified.at == answer.at
        assert (verified.selected is None) == isinstance(answer, caio.NotRoutable)


def test_the_checker_alone_accepts_what_is_written(saved: Path) -> None:
    (landscape,) = saved.parent.glob("landscape-*.json")
    answer = check(str(saved), [str(saved), str(landscape)])
    assert answer.status == 0
    assert answer.body["verdict"] == "routed"


def test_decisions_in_one_folder_share_their_landscape(router: caio.Router, tmp_path: Path) -> None:
    router.route("question").save(tmp_path / "a.json")
    (landscape,) = tmp_path.glob("landscape-*.json")
    before = landscape.stat()
    router.route("summary").save(str(tmp_path / "b.json"))
    assert (landscape.stat().st_ino, landscape.stat().st_mtime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
    )
    landscape.write_bytes(b"damaged")
    router.route("question").save(tmp_path / "a.json")
    assert caio.verify(tmp_path / "a.json").verdict == "routed"
    assert len(list(tmp_path.iterdir())) == 3


def tampered(bundle: bytes, **changes: Any) -> dict[str, Any]:
    return {**json.loads(bundle), **changes}


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"verdict": "not_routable"}, "verdict", "verdict"),
        ({"selected": None}, "verdict", "selected"),
        ({"at": "2026-01-01T00:00:00Z"}, "verdict", "at"),
        ({"optimality": "not_established"}, "verdict", "optimality"),
        ({"candidates": []}, "landscape", "candidates"),
        ({"decision_digest": "sha256:" + "0" * 64}, "digest", "decision_digest"),
        ({"surplus": 1}, "shape", ""),
    ],
)
def test_a_changed_decision_is_rejected_with_code_and_place(
    bundle: bytes, changes: dict[str, Any], code: str, path: str
) -> None:
    with pytest.raises(caio.EvidenceError) as caught:
        caio.verify(tampered(bundle, **changes))
    error = caught.value
    assert error.code, error
    assert error.code in str(error)
    assert (error.code, error.path.split(".")[0].split("[")[0]) == (code, path)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"null", b"[]", b"\xff", b'{"format":[]}', b'{"a":1,"a":2}', b"[" * 10_000]
)
def test_what_is_no_decision_is_rejected(data: bytes) -> None:
    with pytest.raises(caio.EvidenceError) as caught:
        caio.verify(data)
    assert caught.value.code


def test_only_the_documents_that_are_given_count(bundle: bytes) -> None:
    with caio.Router(caio.loads(SHOP.replace("200 ms", "150 ms"))) as other:
        foreign = other.route("question").bundle()
    with pytest.raises(caio.EvidenceError):
        caio.verify(bundle, [foreign])
    with pytest.raises(caio.EvidenceError):
        caio.verify(bundle, [])


@pytest.mark.parametrize(
    ("decision", "message"),
    [
        ("/nowhere/decision.json", "cannot read"),
        ("/", "it is no file"),
        ("\0", "cannot read"),
        (None, "not bytes, a path or a mapping"),
        (3.5, "not bytes, a path or a mapping"),
        ({"format": 0.5}, "float 0.5"),
    ],
)
def test_what_cannot_be_read_is_an_input_error(decision: Any, message: str) -> None:
    with pytest.raises(caio.InputError, match=message):
        caio.verify(decision)


def test_one_document_set_is_not_a_list_of_them(bundle: bytes) -> None:
    with pytest.raises(caio.InputError, match="put this one into a list"):
        caio.verify(bundle, bundle)  # type: ignore[arg-type]


def test_a_landscape_that_is_missing_is_named(saved: Path) -> None:
    (landscape,) = saved.parent.glob("landscape-*.json")
    landscape.unlink()
    with pytest.raises(caio.InputError, match=landscape.name):
        caio.verify(saved)
    with pytest.raises(caio.InputError, match="give a bundle"):
        caio.verify(saved.read_bytes())


def test_a_certificate_of_documents_is_for_the_command(tmp_path: Path) -> None:
    (tmp_path / "shop.caio").write_text(SHOP, "utf-8")
    target = tmp_path / "certificate.json"
    done = CliRunner().invoke(cli, ["check", str(tmp_path / "shop.caio"), "-o", str(target)])
    assert done.exit_code == 0, done.output
    with pytest.raises(caio.InputError, match="certificate of documents"):
        caio.verify(target)


def test_the_evidence_of_some_candidates_is_no_decision(router: caio.Router) -> None:
    examination = router.route("question")._decision.examination()
    with pytest.raises(caio.InputError, match="no decision"):
        caio.verify(examination)


def test_nothing_is_written_where_nothing_can_be(router: caio.Router, tmp_path: Path) -> None:
    answer = router.route("question")
    for path in (tmp_path / "no" / "folder.json", tmp_path, Path("\0")):
        with pytest.raises(caio.InputError, match="cannot write"):
            answer.save(path)
    assert not list(tmp_path.iterdir())
    assert not list(tmp_path.parent.glob("landscape-*"))
    assert not list(Path().glob("landscape-*"))
