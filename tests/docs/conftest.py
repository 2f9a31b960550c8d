"""A terminal for pages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.docs.shell import Shell


def folder_of_the_run(factory: pytest.TempPathFactory) -> Path:
    """A temporary folder that all processes of this run share, and no other run."""
    own = factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


@pytest.fixture
def shell(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """A terminal whose cache of compiled documents is shared by all pages of a run."""
    return Shell(tmp_path, folder_of_the_run(tmp_path_factory) / "compiled", monkeypatch)
