"""The hooks: valid by pre-commit itself, and run by it in a repository that has never heard of CAIO."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from caio.cli.main import cli
from tests.ci.conftest import BAD, GOOD
from tests.ci.hosts import HOOKS, MAX_SECONDS, ROOT, Ran, offline

PACKAGED = ("caio", "grammar", "docs/spec", "examples/llm_gateway")
NEEDED = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")


def ids() -> list[str]:
    return [hook["id"] for hook in yaml.safe_load(HOOKS.read_text("utf-8"))]


class Repositories:
    """CAIO's repository as pre-commit fetches it, and a user's that names it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **offline(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "PRE_COMMIT_HOME": str(folder / "pre-commit"),
            "CAIO_CACHE_DIR": str(folder / "cache"),
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        self.caio, self.user = folder / "caio-router", folder / "user"
        for name in PACKAGED:
            skipped = shutil.ignore_patterns("__pycache__", "vectors")
            shutil.copytree(ROOT / name, self.caio / name, ignore=skipped)
        for name in NEEDED:
            shutil.copy(ROOT / name, self.caio / name)
        self._commit(self.caio)
        revision = self._do(self.caio, "git", "rev-parse", "HEAD").out.strip()
        hooks = [{"id": name} for name in ids()]
        repository = {"repo": str(self.caio), "rev": revision, "hooks": hooks}
        self.user.mkdir()
        config = yaml.safe_dump({"repos": [repository]})
        (self.user / ".pre-commit-config.yaml").write_text(config)
        (self.user / "a.caio").write_text(GOOD)
        self._commit(self.user)

    def hook(self, name: str) -> Ran:
        """Run one hook on all files of the user's repository."""
        return self._do(self.user, "pre-commit", "run", name, "--all-files", "--verbose")

    def _commit(self, where: Path) -> None:
        author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        for words in (("init", "-q"), ("add", "-A", "-f"), (*author, "commit", "-q", "-m", "a")):
            assert self._do(where, "git", *words).code == 0

    def _do(self, where: Path, *words: str) -> Ran:
        process = subprocess.run(
            words,
            cwd=where,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=MAX_SECONDS,
        )
        return Ran(process.returncode, process.stdout, process.stderr)


def test_the_manifest_is_what_pre_commit_takes() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", str(HOOKS)], check=False
    )
    assert process.returncode == 0


def test_every_hook_runs_a_command_that_there_is() -> None:
    for hook in yaml.safe_load(HOOKS.read_text("utf-8")):
        caio, command = hook["entry"].split()
        assert caio == "caio"
        assert hook["id"] == f"caio-{command}"
        assert hook["description"]
        assert command in cli.list_commands(None)  # type: ignore[arg-type]  # known without a context


@pytest.mark.slow
def test_hooks_pass_and_fail_as_their_commands_do(tmp_path: Path) -> None:
    repositories = Repositories(tmp_path)
    document = repositories.user / "a.caio"
    for name in ids():
        ran = repositories.hook(name)
        assert ran.code == 0, ran.out + ran.err
    document.write_text(BAD)
    for name in ("caio-check", "caio-lint"):
        ran = repositories.hook(name)
        assert ran.code == 1
        assert "rule-never-applies" in ran.out
    # What is not formatted is formatted, and the commit is refused for it.
    document.write_text(GOOD.replace("  unit token", "unit   token"))
    assert repositories.hook("caio-fmt").code == 1
    assert document.read_text() == GOOD
    # Other files are nobody's business: the hooks do not even start.
    (repositories.user / ".pre-commit-config.yaml").touch()
    document.unlink()
    (repositories.user / "a.txt").write_text("x")
    assert "no files to check" in repositories.hook("caio-fmt").out
