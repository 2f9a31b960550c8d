"""Where the commands of a page run: a copy of the repository, `caio` in this process where it can be, the rest in a shell."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from caio.cli.main import cli
from tests.docs.pages import ROOT

COPIED = ("docs", "examples", "grammar", "tests/cli", "Makefile", "README.md")
"""What the copy of the repository holds: what a reader's command may name."""
PLACEHOLDER = "PATH/TO/caio-router"
"""What pages say for the folder of an installation."""
MAX_SECONDS = 120

_TARGET = re.compile(r"^([a-z]+):(?!=)", re.MULTILINE)


@dataclass(frozen=True)
class Ran:
    """The exit status of a command and what a terminal would have shown, both streams in order."""

    code: int
    shown: str


class Shell:
    """One reader's terminal, 100 columns wide, without colours."""

    def __init__(self, home: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._home = home
        self._monkeypatch = monkeypatch
        self._copies = 0
        self.folder = home
        tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        settings = {"COLUMNS": "100", "NO_COLOR": "1", "CAIO_CACHE_DIR": str(cache), "PATH": tools}
        for name, value in {**settings, "HOME": str(home)}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("CAIO_DEBUG", raising=False)
        (home / "tmp").mkdir()

    def enter_repository(self) -> None:
        """Work in the root of a copy of the repository."""
        target = self._home / "caio-router"
        for name in COPIED:
            self._copy(ROOT / name, target / name)
        self._enter(target)

    def enter_copy(self, path: str) -> None:
        """Work in a fresh copy of a folder of the repository."""
        self._copies += 1
        target = self._home / f"copy-{self._copies}" / Path(path).name
        self._copy(ROOT / path, target)
        self._enter(target)

    def enter_project(self, template: str) -> None:
        """Work in a new project, made from a template of `caio init`."""
        target = self._home / "my-project"
        ran = _caio(["init", *(["--demo"] if template == "demo" else []), str(target)])
        assert ran.code == 0, ran.shown
        self._enter(target)

    def provide(self, path: str, name: str) -> None:
        """Have a copy of a file or folder of the repository at hand under this name."""
        self._copy(ROOT / path, self.folder / name)

    def run(self, text: str) -> Ran:
        """What a command does; a traceback is a failure whatever the page says."""
        text = text.replace("/tmp/", f"{self._home}/tmp/")  # noqa: S108 - what pages say
        text = text.replace(PLACEHOLDER, str(ROOT))
        words = _plain_words(text)
        if words[:1] == ["cd"] and len(words) == 2:
            self._enter((self.folder / words[1]).resolve())
            return Ran(0, "")
        ran = _caio(words[1:]) if words[:1] == ["caio"] else self._bash(text)
        assert "Traceback" not in ran.shown, ran.shown
        return Ran(ran.code, ran.shown.replace(f"{self._home}/tmp/", "/tmp/"))  # noqa: S108

    def _bash(self, text: str) -> Ran:
        process = subprocess.run(
            ["/bin/bash", "-c", text],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
            timeout=MAX_SECONDS,
        )
        return Ran(process.returncode, process.stdout)

    def _enter(self, folder: Path) -> None:
        self.folder = folder
        self._monkeypatch.chdir(folder)

    def _copy(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(
                source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(source, target)


def _caio(words: list[str]) -> Ran:
    result = CliRunner().invoke(cli, words, prog_name="caio")
    assert isinstance(result.exception, (SystemExit, type(None))), result.exception
    return Ran(result.exit_code, result.output)


def _plain_words(text: str) -> list[str]:
    """The words of a command that needs no shell; none if it does."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="();<>|&$`*?~#")
    lexer.whitespace_split = True
    lexer.commenters = ""
    words = list(lexer)
    return [] if any(set(word) & set("();<>|&$`*?~#") for word in words) else words


def vouched_for(text: str) -> bool:
    """Whether a command changes the reader's machine and is checked by what it names instead of being run.

    That is a target of the Makefile, one of the long campaigns under `tests` with the options it has, and pip with our
    distribution or the one that stands in its way.
    """
    words = _plain_words(text)
    if words[1:2] == ["-m"] and words[2:] and words[2].startswith("tests."):
        return words[0] == ".venv/bin/python" and _has_options(words[2], words[3:])
    if words[:1] == ["make"]:
        targets = set(_TARGET.findall((ROOT / "Makefile").read_text("utf-8")))
        return set(words[1:]) <= targets
    if words[:2] == ["pip", "install"]:
        names = {re.split(r"==|\[", word)[0] for word in words[2:] if not word.startswith("-")}
        return bool(names) and names <= {"caio-router", "."}
    return words[:2] == ["pip", "uninstall"] and words[2:] == ["caio"]


def _has_options(module: str, words: list[str]) -> bool:
    """Whether a module of the tests can be run and names these options and choices in its source."""
    place = ROOT.joinpath(*module.split("."))
    files = (
        [place.with_suffix(".py")] if place.with_suffix(".py").is_file() else [*place.glob("*.py")]
    )
    source = "".join(file.read_text("utf-8") for file in files)
    wanted = [word for word in words if not word.isdigit()]
    return "__main__" in source + "".join(f.name for f in files) and all(
        re.search(rf"\b{re.escape(word.lstrip('-'))}\b", source) for word in wanted
    )
