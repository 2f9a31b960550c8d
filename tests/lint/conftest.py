"""One solver for all tests of a process."""

from collections.abc import Iterator

import pytest

from caio.certify.prover import Prover


@pytest.fixture(scope="session")
def prover() -> Iterator[Prover]:
    with Prover() as found:
        yield found
