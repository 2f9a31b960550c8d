"""The price map that the example carries, read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from caio.importers.litellm import Imported, import_litellm
from caio.importers.source import Object, read_object, read_source

SOURCE = (
    Path(__file__).resolve().parents[2]
    / "examples"
    / "llm_gateway"
    / "litellm_model_prices_1.109.1.json.gz"
)


@pytest.fixture(scope="session")
def data() -> bytes:
    return read_source(SOURCE)


@pytest.fixture(scope="session")
def entries(data: bytes) -> Object:
    return read_object(data)


@pytest.fixture(scope="session")
def imported(data: bytes) -> Imported:
    return import_litellm(data, release="1.109.1")
