"""A small shop for the tests of the library: the one that the documentation's examples use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import caio

FOLDER = Path(__file__).parents[2] / "examples" / "gateway"
SHOP = (FOLDER / "shop.caio").read_text("utf-8")


@pytest.fixture(scope="session")
def project() -> caio.Project:
    return caio.loads(SHOP)


@pytest.fixture
def router(project: caio.Project) -> Iterator[caio.Router]:
    with caio.Router(project) as router:
        yield router
