"""What ``caio doctor`` says of an environment: it names what is wrong, and says nothing that is nobody's business."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Self

import pytest

from caio.base.errors import SolverError
from caio.base.store import Store
from caio.cli.commands import doctor
from caio.cli.doctor import installation, surroundings
from caio.cli.doctor.finding import Finding, broken, note, ok, unsound
from caio.cli.exits import Exit
from caio.cli.packaged import read_packaged
from caio.smt.protocol import Answer, Core, Query, Status
from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]


def distribution(folder: Path, name: str, version: str) -> None:
    """Have a distribution recorded in a folder as installed."""
    place = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    place.mkdir(parents=True)
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (place / "METADATA").write_text(text)


def test_all_is_well_here(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIO_CACHE_DIR", str(tmp_path / "cache"))
    said = run("doctor", "--json")
    assert said.code == 0, said.out
    body = said.json
    assert {key: body[key] for key in ("format", "verdict", "exit")} == {
        "format": "caio-doctor/v1",
        "verdict": "healthy",
        "exit": 0,
    }
    required = [
        name for name, _ in installation.requirements(metadata.requires("caio-router") or [])
    ]
    assert "z3-solver" in required
    names = ["caio", "namesakes", "python", *required]
    names += ["files", "solver", "cache", "checker", "verify"]
    assert [finding["name"] for finding in body["findings"]] == names
    for finding in body["findings"]:
        assert set(finding) == {"name", "status", "text", "help", "details"}
        assert finding["status"] in {"ok", "note"}, finding
    checker = next(item for item in body["findings"] if item["name"] == "checker")["details"]
    assert sum(checker["rejected"].values()) >= 30
    assert checker["accepted"] >= 1
    assert checker["formats"] == ["caio-certificate/v1", "caio-decision/v1"]
    assert not (tmp_path / "cache").exists(), "looking must not change anything"


def test_nothing_of_the_home_folder_or_the_environment_is_shown(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "private-diary.txt").touch()
    (tmp_path / ".cache" / "caio").mkdir(parents=True)
    (tmp_path / ".cache" / "caio" / "private-too").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("CAIO_CACHE_DIR", raising=False)
    monkeypatch.setenv("PROVIDER_API_KEY", "sk-secret")
    said = run("doctor", "--json")
    assert said.code == 0
    assert str(tmp_path / ".cache" / "caio") in said.out
    assert "private" not in said.out + said.err
    assert "secret" not in said.out + said.err


@pytest.mark.parametrize(
    ("findings", "code", "last"),
    [
        ([ok("a", "fine")], 0, "healthy: no problem in 1 examination"),
        ([ok("a", "fine"), note("b", "odd", "look")], 0, "healthy: no problem in 2 examinations"),
        (
            [broken("a", "bad", "mend"), note("b", "odd", "look")],
            4,
            "broken: 1 problem in 2 examinations",
        ),
        (
            [unsound("a", "bad", "stop"), broken("b", "bad", "mend")],
            5,
            "unsound: 2 problems in 2 examinations",
        ),
    ],
)
def test_each_line_says_what_to_do_and_the_worst_counts(
    run: Run, monkeypatch: pytest.MonkeyPatch, findings: list[Finding], code: int, last: str
) -> None:
    monkeypatch.setattr(doctor, "_examine", lambda: iter(findings))
    said = run("doctor")
    assert said.code == code
    assert said.out.splitlines()[-1] == last
    for finding in findings:
        assert f"{finding.status:<7}  {finding.name:<10}  {finding.text}\n" in said.out
        assert finding.help is None or f"help: {finding.help}\n" in said.out


class TestNamesakes:
    def test_a_file_in_the_folder_where_one_works(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "caio.py").touch()
        monkeypatch.chdir(tmp_path)
        found = installation.namesakes()
        assert found.code is Exit.COULD_NOT_RUN
        assert str(tmp_path / "caio.py") in found.text
        assert found.help is not None
        assert "rename" in found.help

    def test_a_second_installation(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "caio").mkdir()
        (tmp_path / "caio" / "__init__.py").touch()
        monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
        found = installation.namesakes()
        assert found.code is Exit.COULD_NOT_RUN
        assert found.details["others"] == [str(tmp_path / "caio" / "__init__.py")]

    def test_the_other_project_of_our_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        distribution(tmp_path, "caio", "0.9.25")
        monkeypatch.syspath_prepend(tmp_path)
        found = installation.namesakes()
        assert found.code is Exit.COULD_NOT_RUN
        assert "PyPI's `caio` 0.9.25" in found.text
        assert "another project" in found.text
        assert found.help is not None
        assert "pip uninstall caio" in found.help

    def test_the_command_of_another_environment_is_a_note(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "caio").write_text("#!/bin/sh\n")
        (tmp_path / "caio").chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        found = installation.namesakes()
        assert (found.status, found.code) == ("note", Exit.HOLDS)
        assert str(tmp_path / "caio") in found.text


class TestVersions:
    def test_a_record_of_another_version_is_stale(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        distribution(tmp_path, installation.DISTRIBUTION, "0.0.1")
        monkeypatch.syspath_prepend(tmp_path)
        found = installation.program()
        assert found.code is Exit.COULD_NOT_RUN
        assert "0.0.1 is recorded" in found.text

    def test_a_folder_that_was_never_installed_is_no_installation(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(installation, "DISTRIBUTION", "caio-router-of-nobody")
        assert installation.program().code is Exit.COULD_NOT_RUN
        assert list(installation.dependencies()) == []

    def test_python_out_of_range(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("platform.python_version", lambda: "3.10.14")
        found = installation.python()
        assert found.code is Exit.COULD_NOT_RUN
        assert "3.10.14" in found.text
        assert ">=3.11 is demanded" in found.text

    def test_a_dependency_out_of_range_missing_or_broken_is_named_and_no_other(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        distribution(tmp_path, "numpy", "1.26.4")
        (tmp_path / "lark.py").write_text("raise ImportError('no symbol in libx.so')\n")
        (tmp_path / "rich.py").write_text("import os; os._exit(3)\n")
        monkeypatch.syspath_prepend(tmp_path)
        version = metadata.version

        def without_click(name: str) -> str:
            if name == "click":
                raise metadata.PackageNotFoundError(name)
            return version(name)

        monkeypatch.setattr(metadata, "version", without_click)
        found = {item.name: item for item in installation.dependencies()}
        problems = {name: item.text for name, item in found.items() if item.status != "ok"}
        assert set(problems) == {"numpy", "lark", "rich", "click"}
        assert problems["numpy"] == "1.26.4, but >=2.0 is demanded"
        assert problems["click"] == "missing; >=8.1.7 is demanded"
        assert "ImportError: no symbol in libx.so" in problems["lark"]
        assert "the process that loads it ends" in problems["rich"]
        for name in problems:
            assert found[name].code is Exit.COULD_NOT_RUN
            assert str(found[name].help).startswith("pip install")

    @pytest.mark.parametrize(
        ("version", "demanded", "satisfied"),
        [
            ("2.0", ">=2.0", True),
            ("2", ">=2.0.0", True),
            ("2.0.1", ">=2.0,<2.1", True),
            ("2.1", ">=2.0,<2.1", False),
            ("1.9.9", ">=2.0", False),
            ("1.10", ">=1.9", True),
            ("2.0rc1", ">=2.0", False),
            ("2.0.dev3", ">=2.0", False),
            ("5.4.1.0", "==5.4.1.0", True),
            ("5.4.1.0", "==5.4.1", True),
            ("5.4.2", "==5.4.1.0", False),
            ("1.0", "!=1.0", False),
            ("1.1", ">1.0", True),
            ("1.0", "<=1.0", True),
            ("anything", ">=1.0", False),
            ("1.0", "~=1.0", False),
            ("1.0", "", True),
        ],
    )
    def test_versions_compare_by_number_and_what_is_not_understood_fails(
        self, version: str, demanded: str, *, satisfied: bool
    ) -> None:
        assert installation.satisfies(version, demanded) is satisfied

    def test_requirements_are_read_as_metadata_writes_them(self) -> None:
        texts = ["a>=1", "b (>=2,<3)", "c", "d-e.f==1.0 ", 'dev>=1; extra == "dev"']
        assert dict(installation.requirements(texts)) == {
            "a": ">=1",
            "b": ">=2,<3",
            "c": "",
            "d-e.f": "==1.0",
        }


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("syntax/caio.lark", b""),
        ("spec/decision-v1.schema.json", b"{"),
        (
            "examples/llm_gateway/litellm_model_prices_1.109.1.json.gz",
            gzip.compress(b"x" * 999)[:-9],
        ),
    ],
)
def test_a_missing_or_damaged_file_of_the_package_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, data: bytes
) -> None:
    read = read_packaged
    monkeypatch.setattr(installation, "read_packaged", lambda n: data if n == name else read(n))
    found = installation.files()
    assert found.code is Exit.COULD_NOT_RUN
    assert found.details["missing"] == [name]
    assert found.help is not None
    assert "caio-router" in found.help


class FakeWorker:
    """A solver that says what it is told to."""

    said: tuple[Status, Status] = (Status.SAT, Status.UNSAT)
    log = "(log)"
    pids: Iterator[int | None] = iter(())
    error: Exception | None = None

    def __init__(self, *, watchdog: float) -> None:
        assert watchdog > 0

    def run(self, queries: Sequence[Query]) -> Iterator[Answer]:
        if self.error is not None:
            raise self.error
        assert [query.core for query in queries] == [Core.PLAIN, Core.LOGGING]
        for status in self.said:
            yield Answer(status, "", "", self.log if status is Status.UNSAT else "")

    @property
    def pid(self) -> int | None:
        return next(self.pids)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class TestSolver:
    @pytest.mark.parametrize(
        ("attributes", "said"),
        [
            ({"error": SolverError("the solver process failed twice")}, "does not work"),
            ({"error": OSError(12, "Cannot allocate memory")}, "does not work"),
            ({"said": (Status.SAT, Status.SAT)}, "it said sat, sat, sat, sat"),
            ({"said": (Status.UNSAT, Status.UNSAT)}, "it said unsat"),
            ({"said": (Status.UNKNOWN, Status.UNSAT)}, "it said unknown"),
            ({"log": ""}, "expected sat and unsat with a log"),
            ({"pids": (4, 4, 4, 4)}, "did not come back"),
            ({"pids": (4, 4, None)}, "did not come back"),
        ],
    )
    def test_that_does_not_work_is_a_problem(
        self, monkeypatch: pytest.MonkeyPatch, attributes: dict[str, Any], said: str
    ) -> None:
        pids = iter(attributes.pop("pids", (None, 5)))
        fake = type("Fake", (FakeWorker,), {**attributes, "pids": pids})
        monkeypatch.setattr(surroundings, "Worker", fake)
        monkeypatch.setattr(os, "kill", lambda *_: None)
        found = surroundings.solver()
        assert found.code is Exit.COULD_NOT_RUN
        assert said in found.text

    def test_that_works_is_killed_and_comes_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        kill, killed = os.kill, []

        def recorded(pid: int, number: int) -> None:
            killed.append(pid)
            kill(pid, number)

        monkeypatch.setattr(os, "kill", recorded)
        found = surroundings.solver()
        assert found.status == "ok"
        assert found.details == {"answers": ["sat", "unsat"] * 2, "restarted": True}
        # The first process is killed, the second is ended in the usual way when the work is done.
        assert len(set(killed)) == 2


class TestCache:
    @staticmethod
    def filled(folder: Path) -> Store:
        store = Store(folder, "test/v1", ".caiocache", 9, 9999, 9999)
        for digit in "abc":
            assert store.write(f"sha256:{digit * 64}", f"body {digit}".encode())
        return store

    def test_that_is_not_there_yet_is_well(self, tmp_path: Path) -> None:
        found = surroundings.cache(tmp_path / "a" / "b")
        assert (found.status, found.details["entries"]) == ("ok", 0)
        assert list(tmp_path.iterdir()) == []

    def test_is_counted(self, tmp_path: Path) -> None:
        self.filled(tmp_path)
        (tmp_path / "somebody-elses").write_text("x")
        found = surroundings.cache(tmp_path)
        sizes = [path.stat().st_size for path in tmp_path.glob("*.caiocache")]
        assert found.status == "ok"
        wanted = {"entries": 3, "bytes": sum(sizes), "damaged": 0, "writable": True}
        assert found.details == {"folder": str(tmp_path), **wanted}

    @pytest.mark.parametrize("how", ["cut", "flipped", "renamed", "emptied"])
    def test_with_damage_is_a_note_that_agrees_with_the_reader(
        self, tmp_path: Path, how: str
    ) -> None:
        store = self.filled(tmp_path)
        path = store.path("sha256:" + "b" * 64)
        data = path.read_bytes()
        if how == "renamed":
            path.rename(store.path("sha256:" + "d" * 64))
        else:
            flipped = data[:-1] + bytes([data[-1] ^ 1])
            path.write_bytes({"cut": data[:-3], "flipped": flipped, "emptied": b""}[how])
        found = surroundings.cache(tmp_path)
        assert (found.status, found.code) == ("note", Exit.HOLDS)
        assert found.details["damaged"] == 1
        read = [store.read(f"sha256:{digit * 64}") for digit in "abcd"]
        assert sum(body is not None for body in read) == 2

    def test_of_a_user_without_a_home_is_a_note_and_stops_no_command(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def nobody() -> Path:
            raise RuntimeError("Could not determine home directory.")

        for name in ("CAIO_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(Path, "home", nobody)
        found = surroundings.cache()
        assert (found.status, found.code) == ("note", Exit.HOLDS)
        assert "CAIO_CACHE_DIR" in str(found.help)
        assert run("check", str(ROOT / "tests" / "cli" / "market")).code == 0

    def test_that_cannot_be_used_is_a_note(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").touch()
        for folder in (tmp_path / "file", tmp_path / "file" / "below"):
            found = surroundings.cache(folder)
            assert found.status == "note"
            assert "CAIO_CACHE_DIR" in str(found.help)
        self.filled(tmp_path / "cache")

        def refused(**_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("tempfile.TemporaryFile", refused)
        found = surroundings.cache(tmp_path / "cache")
        assert (found.status, found.details["writable"]) == ("note", False)
