"""A solver process for all of these tests, and a runner for command lines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caio.certify.prover import Prover
from tests.cli.conftest import run as run  # noqa: PLC0414 - a fixture
from tests.execute.world import HISTORIES


@pytest.fixture(scope="session")
def prover() -> Iterator[Prover]:
    with Prover() as found:
        yield found


@pytest.fixture(autouse=True)
def closed_histories() -> Iterator[None]:
    yield
    while HISTORIES:
        HISTORIES.pop().close()
