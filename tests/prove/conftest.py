"""One prover for the folder: its memory changes no answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caio.certify.prover import Prover


@pytest.fixture(scope="package")
def prover() -> Iterator[Prover]:
    with Prover() as prover:
        yield prover
