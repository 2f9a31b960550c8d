"""A terminal for pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.shell import Shell


@pytest.fixture
def shell(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """A terminal whose cache of compiled documents is shared by all pages of a run."""
    return Shell(tmp_path, tmp_path_factory.getbasetemp().parent / "compiled", monkeypatch)
