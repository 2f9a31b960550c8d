"""Logs that the tests of ``caio audit`` look at: made by the commands, once, and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

from click.testing import CliRunner

from caio.cli.main import cli
from tests.cli.conftest import Ran

MARKET = Path(__file__).parent / "market"
ORIGIN = "audit.example.com/desk"
TRIAGE = ("--request", "triage", "--at", "2026-11-22", "--facts", "alice")
HOPELESS = ("--request", "hopeless", "--at", "2026-11-22", "--facts", "alice")


def do(*words: str) -> Ran:
    """A command that must not fail in CAIO itself."""
    result = CliRunner().invoke(cli, list(words), prog_name="caio", env={"NO_COLOR": "1"})
    assert result.exit_code in {0, 1}, result.output
    return Ran(result.exit_code, result.stdout, result.stderr)


def begin(folder: Path) -> Path:
    """An empty log ``d.log`` with its vault, signed by ``key.pem``."""
    key, log = folder / "key.pem", folder / "d.log"
    do("audit", "key", "create", str(key), "--name", ORIGIN)
    do("audit", "init", str(log), "--key", str(key), "--name", ORIGIN)
    return log


def record(log: Path, *asked: str) -> Ran:
    """Decide about the market, and record it with an attestation."""
    key = log.with_name("key.pem")
    return do("route", str(MARKET), *asked, "--record", str(log), "--record-key", str(key))


def filled(folder: Path) -> Path:
    """A log with a decision that routes, and one that does not, signed after both."""
    log = begin(folder)
    assert record(log, *TRIAGE).code == 0
    assert record(log, *HOPELESS).code == 1
    do("audit", "checkpoint", str(log), "--key", str(folder / "key.pem"))
    return log


def copied(log: Path, folder: Path) -> Path:
    """The same log, its vault and its key in a folder that a test may change."""
    for name in ("key.pem", "d.log", "d.log.vault"):
        shutil.copy(log.with_name(name), folder / name)
    return folder / "d.log"
