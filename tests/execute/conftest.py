"""What every test of this room leaves behind is put away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.execute.server import Server
from tests.execute.world import HISTORIES


@pytest.fixture(autouse=True)
def _histories() -> Iterator[None]:
    yield
    while HISTORIES:
        HISTORIES.pop().close()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running
