"""A new project works as it is, and nothing that was there before is lost."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from caio.base.errors import InputError
from caio.base.spans import Source
from caio.cli import starter
from caio.cli.packaged import TEMPLATES, locate, read_packaged
from caio.syntax.format import format_source
from tests.cli.conftest import Ran, Run

AT = ("--at", "2026-11-22")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones included, by its place."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def follow(ran: Ran, run: Run, monkeypatch: pytest.MonkeyPatch) -> list[Ran]:
    """Do what a report says under *Next*."""
    done = []
    for line in ran.out.partition("\nNext\n")[2].splitlines():
        name, *words = shlex.split(line)
        if name == "cd":
            monkeypatch.chdir(words[0])
        else:
            done.append(run(*words))
    return done


@pytest.mark.parametrize("name", ["desk", "with a space", "schöne 模型's", "-dash", "deep/er", "."])
def test_a_new_project_checks_routes_verifies_and_is_formatted(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    made = run("init", "--", name)
    assert (made.code, made.err) == (0, "")
    check, route, verify = follow(made, run, monkeypatch)
    assert (check.code, route.code, verify.code) == (0, 0, 0)
    assert "sane: " in check.out
    assert route.out.startswith("routed  triage → borealis")
    assert verify.out.rstrip().splitlines()[-1].startswith("accepted: decision.json")
    formatted = run("fmt", "--check")
    assert (formatted.code, formatted.err) == (0, "7 files: 0 would change\n")


@pytest.mark.slow
def test_the_demonstration_is_the_registry_with_its_licence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = run("init", "--demo", "gate")
    assert made.code == 0
    route = shlex.split(made.out.splitlines()[-2])
    wanted = "--request support_answer --facts support_desk --profile balanced"
    assert " ".join(route[3:9]) == wanted
    monkeypatch.chdir("gate")
    decided = run(*route[1:], *AT, "--no-cache")
    assert decided.code == 0
    assert decided.out.startswith("routed  support_answer → claude-sonnet-4-6")
    assert run("verify", "decision.json").code == 0
    source = Path("source")
    assert "MIT" in (source / "LICENSE.litellm").read_text("utf-8")
    assert "Berri AI" in (source / "ATTRIBUTION.md").read_text("utf-8")
    example = locate("examples/llm_gateway")
    assert example is not None
    assert {path.read_bytes() for path in source.iterdir()} <= {
        path.read_bytes() for path in example.iterdir()
    }


def test_what_the_readme_suggests_does_what_it_says(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("init").code == 0
    readme = Path("README.md").read_text("utf-8")
    commands = [line[7:] for line in re.findall(r"^\$ caio .*$", readme, re.MULTILINE)]
    assert [run(*shlex.split(words)).code for words in commands] == [0, 0, 0]
    question = ("route", "contracts", "--request", "triage", *AT)
    assert run("route", "contracts", "--request", "impossible", "--facts", "alice").code == 1
    assert run(*question).code == 1  # nobody is known to call
    assert run(*question, "--facts", "alice").code == 0
    overlays = Path("contracts/overlays.caio")
    kept = overlays.read_text("utf-8")
    overlays.write_text(kept.partition("overlay ")[0], "utf-8")
    assert run(*question, "--facts", "alice").code == 1  # encryption is unknown now
    overlays.write_text(kept, "utf-8")
    services = Path("contracts/services.caio")
    services.write_text(services.read_text("utf-8").replace("8 USD per", "9 USD per"), "utf-8")
    changed = run("verify", "decision.json", "--against", "contracts")
    assert changed.code == 1
    assert re.search(r"^differs +service atlas 2.1.0$", changed.out, re.MULTILINE)


@pytest.mark.parametrize("kind", ["project", "demo"])
def test_a_readme_names_exactly_the_documents_beside_it(kind: str) -> None:
    made = starter.project() if kind == "project" else starter.demo()
    files = dict(made.files)
    readme = files["README.md"].decode()
    named = set(re.findall(r"`(?:contracts/)?([a-z]+\.(?:caio|json))`", readme))
    assert named == {name.partition("/")[2] for name in files if name.startswith("contracts/")}
    assert " ".join(made.question) in readme


@pytest.mark.parametrize(
    "name", [name for name, _ in starter.project().files if "contracts" in name]
)
def test_templates_are_what_the_formatter_prints(name: str) -> None:
    text = read_packaged(f"{TEMPLATES}/project/{name}").decode()
    formatted, diagnostics = format_source(Source(name, text))
    assert formatted == text
    assert not diagnostics
    assert text.startswith("// "), "each file says what it is for"


class TestWhatWasThere:
    def test_is_refused_and_untouched_unless_told(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("mine")
        (tmp_path / "README.md").write_text("mine, too")
        before = contents(tmp_path)
        said = run("init", str(tmp_path))
        assert said.code == 4
        assert "is not empty" in said.err
        assert "`--force`, which would replace `README.md`" in said.err
        assert contents(tmp_path) == before
        assert run("init", "--json", str(tmp_path)).json["error"]["kind"] == "input"

    def test_is_replaced_by_name_only_when_told(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("mine")
        (tmp_path / "README.md").write_text("mine, too")
        made = run("init", "--force", "--json", str(tmp_path)).json
        assert {file["path"]: file["state"] for file in made["files"]} == {
            name: "replaced" if name == "README.md" else "written"
            for name, _ in starter.project().files
        }
        assert contents(tmp_path) == {"notes.txt": b"mine", **dict(starter.project().files)}

    def test_twice_changes_nothing(self, run: Run, tmp_path: Path) -> None:
        assert run("init", str(tmp_path)).code == 0
        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
        refused = run("init", str(tmp_path))
        assert refused.code == 4
        assert "would replace nothing" in refused.err
        again = run("init", "--force", str(tmp_path))
        assert again.code == 0
        assert again.out.count("unchanged") == len(starter.project().files)
        assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before

    def test_hidden_files_are_other_tools_business(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / ".git").mkdir()
        (tmp_path / ".gitignore").touch()
        assert run("init", str(tmp_path)).code == 0

    @pytest.mark.parametrize("force", [[], ["--force"]])
    @pytest.mark.parametrize("place", ["README.md", "contracts", "contracts/facts.caio"])
    def test_a_link_is_not_followed_out_of_the_folder(
        self, run: Run, tmp_path: Path, force: list[str], place: str
    ) -> None:
        outside, inside = tmp_path / "outside", tmp_path / "inside"
        outside.mkdir()
        (inside / place).parent.mkdir(parents=True)
        (inside / place).symlink_to(outside / "target" if "." in place else outside)
        said = run("init", *force, str(inside))
        assert said.code == 4
        assert "is in the way" in said.err
        assert contents(tmp_path) == {}

    def test_a_folder_or_file_in_the_way_is_named(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "a" / "README.md").mkdir(parents=True)
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / "contracts").touch()
        (tmp_path / "c").touch()
        for name, said in (("a", "README.md"), ("b", "contracts"), ("c", "is no folder")):
            ran = run("init", "--force", str(tmp_path / name))
            assert ran.code == 4
            assert said in ran.err
        assert set(contents(tmp_path)) == {"b/contracts", "c"}


class TestTrouble:
    @pytest.mark.parametrize("name", ["", "a\0b", "x" * 300, "/proc/self/x", "/dev/null"])
    def test_where_nothing_can_be_is_refused(self, run: Run, name: str) -> None:
        said = run("init", name)
        assert said.code == 4
        assert said.err.startswith("error: ")

    def test_a_read_only_folder_is_left_as_it_was(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The superuser may write anywhere: what anybody else is told is what is answered here.
        monkeypatch.setattr(os, "access", lambda *_, **__: False)
        said = run("init", str(tmp_path / "new"))
        assert said.code == 4
        assert "not writable" in said.err
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
    def test_what_goes_wrong_in_the_middle_is_taken_back(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
    ) -> None:
        (tmp_path / "old").mkdir()
        (tmp_path / "old" / "notes.txt").write_text("mine")
        (tmp_path / "old" / "README.md").write_text("mine, too")
        before = contents(tmp_path)
        sync, left = os.fsync, [9]

        def limited(file: int) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise error
            sync(file)

        for name in ("new/deep", "old"):
            left[0] = 9
            monkeypatch.setattr(os, "fsync", limited)
            said = run("init", "--force", str(tmp_path / name))
            assert said.code == (4 if isinstance(error, OSError) else 130)
            assert left[0] <= 0, "nothing went wrong"
            assert contents(tmp_path) == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["old"]

    @pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM])
    def test_a_kill_leaves_no_half_file(self, tmp_path: Path, blow: signal.Signals) -> None:
        script = (
            "import os, sys\n"
            "from caio.cli.main import main\n"
            "sync, left = os.fsync, [6]\n"
            "def last(file):\n"
            "    left[0] -= 1\n"
            "    sync(file)\n"
            f"    if left[0] == 0: os.kill(os.getpid(), {int(blow)})\n"
            "os.fsync = last\n"
            "sys.argv = ['caio', 'init', sys.argv[1]]\n"
            "main()\n"
        )
        target = tmp_path / "desk"
        done = subprocess.run(
            [sys.executable, "-c", script, str(target)], capture_output=True, check=False
        )
        wanted = dict(starter.project().files)
        if blow is signal.SIGTERM:
            assert done.returncode == 143
            assert list(tmp_path.iterdir()) == []
            return
        assert done.returncode == -blow
        there = {
            name: data
            for name, data in contents(target).items()
            if not Path(name).name.startswith(".")
        }
        assert 0 < len(there) < len(wanted)
        assert "README.md" not in there
        assert there.items() <= wanted.items()

    def test_a_file_that_appears_in_the_meantime_is_not_overwritten(self, tmp_path: Path) -> None:
        planned = starter.plan(tmp_path, starter.project(), force=False)
        (tmp_path / "README.md").write_text("faster")
        with pytest.raises(InputError, match="in the meantime"):
            starter.write_all(tmp_path, planned)
        assert contents(tmp_path) == {"README.md": b"faster"}


def test_files_of_the_package_are_found_in_a_checkout() -> None:
    assert locate("syntax/caio.lark") is not None
    assert locate("spec/documents-v1.schema.json") is not None
    assert locate("spec/nothing.json") is None
    assert locate("nothing") is None
    with pytest.raises(InputError, match="missing from the installation"):
        read_packaged("cli/templates/nothing")
