"""A runner for command lines that stays in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner

from caio.cli.main import cli


@dataclass(frozen=True)
class Ran:
    """What a command line did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be exactly one JSON object."""
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run ``caio`` with these words; a traceback is a failure in whatever it is found."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("CAIO_DEBUG", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)

    def call(*words: str, stdin: bytes = b"") -> Ran:
        result = CliRunner().invoke(cli, list(words), input=stdin, prog_name="caio")
        assert "Traceback" not in result.output
        assert isinstance(result.exception, (SystemExit, type(None))), result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return call
