"""Installations for tests: CAIO as a host installs it, and one whose only command finds what it is told to."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.ci.hosts import ROOT, Runner

GOOD = """\
vocabulary "v" {
  unit token
  capability chat
  metric latency: time in 0 s .. 1 h, lower is better, quantile 0.99, role latency
  cost in 0 .. 100 USD
  request fields { tokens: int in 0 .. 1000 token }
}

service quick version 1.0 {
  provides   chat
  permits    public
  guarantees latency <= 500 ms
  cost       2 USD
}

service slow version 1.0 {
  provides   chat
  permits    public
  guarantees latency <= 2 s
  cost       1 USD
}

rule large { when request.tokens > 500 token then latency <= 1 s }
"""
BAD = GOOD.replace("> 500", "> 5000")

_TOY = """\
#!{python}
import sys
sys.path.insert(0, {root!r})
from caio.cli.root import Root
Root(name="caio", lazy={{"toy": ("tests.findings.toy", "a toy")}}).main()
"""


def runner(folder: Path) -> Runner:
    """A runner in an empty workspace."""
    workspace, temporary = folder / "work" / "workspace", folder / "temp"
    workspace.mkdir(parents=True)
    temporary.mkdir(exist_ok=True)
    (workspace / "good.caio").write_text(GOOD)
    (workspace / "bad.caio").write_text(BAD)
    return Runner(workspace, temporary)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A runner in whose temporary folder the action has installed CAIO."""
    made = runner(tmp_path_factory.mktemp("installed"))
    ran = made.run("Install CAIO", paths=".")
    assert ran.code == 0, ran.err
    return made


@pytest.fixture
def toy(tmp_path: Path) -> Runner:
    """A runner where ``caio`` has one command, which finds what it is told to find."""
    made = runner(tmp_path)
    bin_ = made.temporary / "caio-router" / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "caio").write_text(_TOY.format(python=sys.executable, root=str(ROOT)))
    (bin_ / "caio").chmod(0o755)
    (bin_ / "python").symlink_to(sys.executable)
    return made
