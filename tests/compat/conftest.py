"""A command line in this process and in a folder of its own, whose cache nobody else has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from caio.cli.main import cli
from tests.cli.conftest import Ran

Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run ``caio`` with these words in an empty folder; a traceback is a failure in whatever it is found."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("CAIO_CACHE_DIR", str(tmp_path.parent / f"{tmp_path.name}-cache"))
    for name in ("CAIO_DEBUG", "CAIO_DOCS_URL", "GITHUB_STEP_SUMMARY", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str) -> Ran:
        result = CliRunner().invoke(cli, list(words), prog_name="caio")
        assert "Traceback" not in result.output
        assert isinstance(result.exception, SystemExit | type(None)), result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return call
