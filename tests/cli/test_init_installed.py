"""The wheel in an environment of its own: everything that travels with the package is found there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import click
import pytest

from caio.cli import starter

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command ``caio`` of a fresh environment with our wheel in it; its dependencies are those of this one."""
    folder = tmp_path_factory.mktemp("a fresh environment")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    home = folder / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps"]
    options = ["--no-index", "--disable-pip-version-check", "--quiet", str(wheel)]
    subprocess.run([*install, *options], check=True, capture_output=True)
    (packages,) = home.glob("lib/python*/site-packages")
    # A folder that a `.pth` names is searched, and the `.pth` files in it are not: the link to the checkout stays out.
    (packages / "dependencies.pth").write_text(f"{Path(click.__file__).parents[1]}\n")
    return home / "bin" / "caio"


def call(command: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a folder, with nothing of this environment but a cache of its own."""
    settings = {"PATH": f"{command.parent}{os.pathsep}{os.defpath}", "HOME": str(folder)}
    settings |= {"CAIO_CACHE_DIR": str(folder / ".cache"), "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    return subprocess.run(
        [str(command), *words],
        cwd=folder,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_project_from_the_wheel_works(installed: Path, tmp_path: Path) -> None:
    made = call(installed, tmp_path, "init", "mein Büro", "--json")
    assert made.returncode == 0, made.stderr
    desk = tmp_path / "mein Büro"
    assert {file["path"] for file in json.loads(made.stdout)["files"]} == {
        name for name, _ in starter.project().files
    }
    for words in (
        ("check", "contracts"),
        ("fmt", "--check"),
        ("route", "contracts", *starter.project().question, "-o", "decision.json"),
        ("verify", "decision.json"),
    ):
        done = call(installed, desk, *words)
        assert done.returncode == 0, (words, done.stdout, done.stderr)


def test_the_demonstration_from_the_wheel_is_the_one_of_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    made = call(installed, tmp_path, "init", "--demo", "gate")
    assert made.returncode == 0, made.stderr
    written = {
        path.relative_to(tmp_path / "gate").as_posix(): path.read_bytes()
        for path in (tmp_path / "gate").rglob("*")
        if path.is_file()
    }
    assert written == dict(starter.demo().files)


def test_the_wheel_is_healthy(installed: Path, tmp_path: Path) -> None:
    said = call(installed, tmp_path, "doctor", "--json")
    body = json.loads(said.stdout)
    assert said.returncode == 0, body
    assert body["verdict"] == "healthy"
    found = {finding["name"]: finding for finding in body["findings"]}
    assert found["caio"]["details"]["folder"].startswith(str(installed.parents[1]))
    assert found["namesakes"]["details"]["others"] == []
    assert found["namesakes"]["details"]["command"] == str(installed)


def test_files_that_were_lost_are_named(installed: Path, tmp_path: Path) -> None:
    (package,) = installed.parents[1].glob("lib/python*/site-packages/caio")
    lost = ["syntax/caio.lark", "cli/doctor/selfcheck.json", "cli/templates/project/README.md"]
    for name in lost:
        (package / name).rename(package / f"{name}.lost")
    try:
        said = call(installed, tmp_path, "doctor", "--json")
        refused = call(installed, tmp_path, "init", "desk")
    finally:
        for name in lost:
            (package / f"{name}.lost").rename(package / name)
    assert said.returncode == 4
    body = json.loads(said.stdout)
    assert body["verdict"] == "broken"
    found = {item["name"]: item for item in body["findings"] if item["status"] == "problem"}
    assert set(found) == {"files", "checker"}
    assert found["files"]["details"]["missing"] == [lost[0], lost[2]]
    assert refused.returncode == 4
    assert "README.md` is missing from the installation: pip install" in refused.stderr
    assert not (tmp_path / "desk").exists()
