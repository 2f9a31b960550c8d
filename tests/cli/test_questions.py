"""Classes and properties at the command line: laid out, compiled, printed, and in nobody's way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from caio.routing.files import document_set
from caio.sema.project import load_project
from tests.cli.conftest import Run

MARKET = Path(__file__).parent / "market"
TEXT = """uses "market"

class gold {
  given  region == eu, tokens in 500 .. 8_000 token
  needs  chat
  ensure latency <= 200 ms
}

property at_home {
  never admitted when request.region == eu and service.region != eu
}

property covered { always at least 1 admitted for gold }
property tidy { rules { stay_home } equivalent to { stay_home } }
"""


@pytest.fixture(name="asking")
def _asking(tmp_path: Path) -> Path:
    """The market, with a class and properties."""
    folder = Path(shutil.copytree(MARKET, tmp_path / "market"))
    (folder / "asked.caio").write_text(TEXT)
    return folder


def test_their_layout_is_kept(run: Run, asking: Path) -> None:
    assert run("fmt", "--check", str(asking)).code == 1
    assert run("fmt", str(asking)).code == 0
    assert "property at_home { never admitted when" in (asking / "asked.caio").read_text()
    assert run("fmt", "--check", str(asking)).code == 0


def test_what_is_checked_and_decided_stays_as_it_was(
    run: Run, asking: Path, tmp_path: Path
) -> None:
    assert (
        run("check", str(asking), "--no-cache").out == run("check", str(MARKET), "--no-cache").out
    )
    words = ["--request", "triage", "--facts", "alice", "--at", "2026-11-22", "--no-cache", "-o"]
    for name, folder in (("with", asking), ("without", MARKET)):
        assert run("route", str(folder), *words, str(tmp_path / f"{name}.json")).code == 0
    assert (tmp_path / "with.json").read_bytes() == (tmp_path / "without.json").read_bytes()
    said = run("verify", str(tmp_path / "with.json"), "--against", str(asking))
    assert (said.code, said.err) == (0, "")


def test_they_alone_are_nothing_to_prove(run: Run, tmp_path: Path) -> None:
    vocabulary = (MARKET / "vocabulary.caio").read_text()
    rest = TEXT[: TEXT.index("property tidy")]
    (tmp_path / "vocabulary.caio").write_text(vocabulary)
    (tmp_path / "asked.caio").write_text(rest)
    said = run("check", str(tmp_path), "--no-cache")
    assert said.code == 4
    assert "there is nothing to prove" in said.err


def test_their_canonical_documents_are_printed_by_name(
    run: Run, asking: Path, tmp_path: Path
) -> None:
    project = load_project([asking])
    file = tmp_path / "set.json"
    file.write_bytes(document_set(project.documents()))
    said = run("show", str(file))
    assert said.code == 0
    assert "property tidy { rules { stay_home } equivalent to { stay_home } }" in said.out
    assert "property covered { always at least 1 admitted for gold }" in said.out
    printed = tmp_path / "printed.caio"
    printed.write_text(said.out)
    again = load_project([printed])
    assert again.ok
    assert {*again.classes, *again.properties} == {*project.classes, *project.properties}


def test_a_set_without_the_class_of_a_property_is_refused(
    run: Run, asking: Path, tmp_path: Path
) -> None:
    project = load_project([asking])
    value = json.loads(document_set(project.documents()))
    value["documents"] = [one for one in value["documents"] if one["kind"] != "class"]
    file = tmp_path / "set.json"
    file.write_text(json.dumps(value))
    said = run("check", str(file), "--no-cache")
    assert said.code == 4
    assert "unknown-name" in said.err
    assert "no class of this vocabulary here has the digest" in said.err
    shown = run("show", str(file))
    assert shown.code == 4
    assert "is not here" in shown.err
