"""Evidence files hold the range and everything that it names, in the same bytes each time, and nothing that was withheld."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

import caio
from caio.audit.entries import Entry, Kind
from caio.audit.export import Exported, Range, export
from caio.audit.faults import AuditError, Fault
from caio.audit.keys import load_signer
from caio.audit.log import Log
from caio.audit.vault import Vault
from caio.base.canonical import digest_bytes
from tests.audit.test_trail import DOCUMENTS, ORIGIN, open_trail

EVERYTHING = Range(0, 2**53 - 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("export")
    with open_trail(place) as trail, caio.Router(caio.loads(DOCUMENTS), records=trail) as router:
        for tokens in (1, 2, 3):
            router.route("question", {"tokens": tokens}, facts="somebody")
        router.route("urgent")
    return place


def exported(folder: Path, target: Path, wanted: Range = EVERYTHING, **more: Any) -> Exported:
    signer = load_signer(folder / "key.pem", ORIGIN)
    with Log.open(folder / "log", signer) as log, Vault.open(folder / "vault", ORIGIN) as vault:
        return export(
            log,
            vault,
            target,
            wanted,
            checkpoint=log.checkpoint(),
            more={"report.html": b"r"},
            **more,
        )


def read(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == sorted(archive.namelist())
        return {name: archive.read(name) for name in archive.namelist()}


def test_everything_that_entries_name_is_there(folder: Path, tmp_path: Path) -> None:
    found = exported(folder, tmp_path / "a.zip")
    assert (found.entries, found.decisions, found.redacted, found.erased) == (5, 4, 0, 0)
    members = read(tmp_path / "a.zip")
    manifest = json.loads(members["manifest.json"])
    assert manifest["files"] == {
        n: digest_bytes(d) for n, d in members.items() if n != "manifest.json"
    }
    assert (manifest["first"], manifest["count"], manifest["before"], manifest["after"]) == (
        0,
        5,
        False,
        False,
    )
    lines = members["entries.jsonl"].splitlines()
    assert len(lines) == 5
    for disclosed in map(json.loads, members["disclosures.jsonl"].splitlines()):
        entry = json.loads(lines[disclosed["index"]])
        assert entry["content"]["digests"][disclosed["item"][1]] is not None
    for line in lines[1:]:
        digests = json.loads(line)["content"]["digests"]
        for name in ("vocabulary", "landscape", "profile"):
            assert f"documents/{digests[name].removeprefix('sha256:')}.json" in members
    for name, data in members.items():
        if name.startswith("documents/"):
            assert digest_bytes(data) == f"sha256:{name[10:-5]}"
    assert sorted(n for n in members if n.startswith("decisions/")) == [
        f"decisions/{i}.json" for i in range(1, 5)
    ]


def test_two_exports_have_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    exported(folder, tmp_path / "a.zip")
    exported(folder, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_range_comes_with_its_neighbours(folder: Path, tmp_path: Path) -> None:
    with Log.open(folder / "log") as log:
        times = [entry.time for entry in log.entries()]
    found = exported(folder, tmp_path / "a.zip", Range(times[2], times[3]))
    manifest = json.loads(read(tmp_path / "a.zip")["manifest.json"])
    assert found.decisions == manifest["decisions"] == found.entries
    assert (manifest["before"], manifest["after"]) == (True, True)
    assert manifest["count"] == found.entries + 2
    nothing = exported(folder, tmp_path / "b.zip", Range(0, 1))
    assert (nothing.entries, nothing.decisions) == (0, 0)


@pytest.mark.parametrize(
    ("withheld", "gone"),
    [
        ({"caller"}, {"caller", "request", "decision", "evidence"}),
        ({"facts"}, {"facts", "decision", "evidence"}),
        ({"evidence"}, {"evidence"}),
    ],
)
def test_what_is_withheld_is_told_by_nothing_else(
    folder: Path, tmp_path: Path, withheld: set[str], gone: set[str]
) -> None:
    found = exported(folder, tmp_path / "a.zip", withhold=withheld)
    members = read(tmp_path / "a.zip")
    assert found.redacted == 4
    names = {json.loads(line)["item"][1] for line in members["disclosures.jsonl"].splitlines()}
    assert names == {"caller", "request", "facts", "decision", "evidence"} - gone
    if "caller" in withheld:
        assert not [name for name, data in members.items() if b"Alice" in data]
    assert not [name for name in members if name.startswith("decisions/") and "evidence" in gone]


def test_what_was_erased_is_said(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "copy"
    other.mkdir()
    for name in ("log", "vault", "key.pem"):
        (other / name).write_bytes((folder / name).read_bytes())
    (other / "key.pem").chmod(0o600)
    with Log.open(other / "log") as log, Vault.open(other / "vault", ORIGIN) as vault:
        entry = next(log.entries(kind=Kind.DECISION))
        seals = [entry.digests[name] for name in ("request", "evidence")]
        assert vault.erase(seals, 1) == tuple(sorted(seals))
        log.append(Entry(Kind.DISCOVERY, {"landscape": entry.digests["landscape"]}))
    found = exported(other, tmp_path / "a.zip")
    assert (found.decisions, found.erased) == (4, 1)
    lines = [json.loads(line) for line in read(tmp_path / "a.zip")["erased.jsonl"].splitlines()]
    assert [(one["index"], one["name"]) for one in lines] == [(1, "evidence"), (1, "request")]


def test_a_place_that_cannot_be_written_says_so(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(AuditError) as caught:
        exported(folder, tmp_path / "none" / "a.zip")
    assert caught.value.fault is Fault.EXPORT
    assert not list(tmp_path.iterdir())
