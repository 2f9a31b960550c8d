"""Response schemas are compared by content."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from caio.base.canonical import digest_bytes
from tests.compat.conftest import Run
from tests.compat.documents import findings, rules, service, write

CONTENT = b'{"type": "object"}'


def answering(folder: str, version: str, schema: str, content: bytes | None = None) -> str:
    """A service with a response schema, and perhaps its file beside it."""
    clause = f'api http "https://s.example" response schema "{schema}"'
    file = write(f"{folder}/contracts.caio", service(version, clause))
    if content is not None:
        (Path(folder) / schema).parent.mkdir(parents=True, exist_ok=True)
        (Path(folder) / schema).write_bytes(content)
    return file


@pytest.mark.parametrize("moved", ["answer.json", "schemas/answer.json"])
def test_the_same_content_is_the_same_schema_wherever_it_lies(run: Run, moved: str) -> None:
    old = answering("old", "1.0", "answer.json", CONTENT)
    new = answering("new", "1.0.1", moved, CONTENT)
    assert run("compat", old, new, "--certificate", "evidence/").code == 0
    certificates = list(Path("evidence").glob("*.json"))
    assert certificates
    for certificate in certificates:
        # The documents of the certificate have the digest in the place of the path.
        assert digest_bytes(CONTENT) in certificate.read_text()
        assert run("verify", str(certificate)).code == 0


def test_a_path_and_the_digest_of_its_file_are_the_same_schema(run: Run) -> None:
    old = answering("old", "1.0", "answer.json", CONTENT)
    assert run("compat", old, answering("new", "1.0.1", digest_bytes(CONTENT))).code == 0


@pytest.mark.parametrize("new", [CONTENT + b" ", b"", None])
def test_other_content_is_unknown_under_the_same_name(run: Run, new: bytes | None) -> None:
    files = answering("old", "1.0", "answer.json", CONTENT), answering("new", "2.0", "answer.json", new)  # fmt: skip
    ran = run("compat", *files, "--json")
    assert (ran.code, rules(ran)) == (3, {"schema-changed"})
    (found,) = findings(ran)
    assert (found["verdict"], found["counterexample"]) == ("unknown", None)
    assert ("cannot read" in found["message"]) == (new is None)


def test_two_files_that_cannot_be_read_are_not_the_same(run: Run) -> None:
    ran = run("compat", answering("old", "1.0", "a.json"), answering("new", "2.0", "a.json"), "--json")  # fmt: skip
    assert (ran.code, rules(ran)) == (3, {"schema-changed"})
    # Nor is one the same as itself.
    file = answering("old", "1.0", "a.json")
    assert run("compat", file, file, "--no-bump").code == 3


@pytest.mark.parametrize("name", ["https://s.example/answer.json", "/etc/hostname", "fifo", "folder", "a\\\\b"])  # fmt: skip
def test_nothing_but_a_file_beside_the_document_is_read(run: Run, name: str) -> None:
    Path("old/folder").mkdir(parents=True)
    os.mkfifo("old/fifo")
    file = answering("old", "1.0", name)
    ran = run("compat", file, file, "--json")
    assert (ran.code, rules(ran)) == (3, {"schema-changed", "bump-unknown"})


def test_without_a_schema_before_there_is_nothing_to_keep(run: Run) -> None:
    old = write("v1.caio", service("1.0"))
    assert run("compat", old, answering("new", "1.1", "answer.json")).code == 0
    dropped = run("compat", answering("old", "1.0", "answer.json", CONTENT), write("v2.caio", service("2.0")))  # fmt: skip
    assert dropped.code == 3


def test_a_refutation_counts_beside_what_is_unknown(run: Run) -> None:
    old = answering("old", "1.0", digest_bytes(b"a"))
    text = Path(old).read_text().replace("provides chat", "provides chat, vision")
    Path(old).write_text(text)
    ran = run("compat", old, answering("new", "2.0", digest_bytes(b"b")), "--json")
    assert rules(ran) == {"schema-changed", "capability-gone"}
    # What is refuted is settled, whatever else stays unknown.
    assert ran.code == 1
