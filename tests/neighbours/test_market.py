"""The marketplace as a reference: the documents as they are, and words for their encodings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import caio
from caio.base.errors import InputError
from caio.fields.resonance import resonance
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.neighbours.intents import TextMaia
from caio.neighbours.market import ProjectMarketplace, description
from caio.routing.projects import DocumentError
from tests.neighbours.draw import SHOP

OVERLAY = 'uses "shop"  overlay small version 1.0 from "bench" { guarantees latency <= 100 ms }'


@pytest.fixture(scope="module")
def marketplace() -> ProjectMarketplace:
    return ProjectMarketplace(caio.loads(SHOP.read_text("utf-8"), OVERLAY))


def test_the_offer_is_what_candidates_are_made_of(marketplace: ProjectMarketplace) -> None:
    kinds = [type(document) for document in marketplace.candidates()]
    assert kinds == [d.Vocabulary, d.Service, d.Service, d.Overlay]
    assert marketplace.names == ("large", "small")
    digests = {document_digest(document) for document in marketplace.candidates()}
    assert len(digests) == 4


def test_a_query_resonates_with_what_offers_what_it_mentions(
    marketplace: ProjectMarketplace,
) -> None:
    maia = TextMaia()
    offers = marketplace.encode(("small", "large"))
    small, large = resonance(maia.intent("I need vision, in the us", []), offers).values
    assert large > small + 0.2


def test_a_row_is_the_same_alone_and_in_any_order(marketplace: ProjectMarketplace) -> None:
    both = marketplace.encode(("small", "large")).values
    assert (marketplace.encode(("large", "small")).values == both[::-1]).all()
    assert (marketplace.encode(("large",)).values == both[1:]).all()
    assert np.allclose(np.linalg.norm(both, axis=1), 1)


def test_the_highest_version_is_encoded() -> None:
    text = SHOP.read_text("utf-8")
    newer = 'uses "shop"  service small version 1.10 { provides chat, vision  permits public }'
    old = ProjectMarketplace(caio.loads(text)).encode(("small",))
    new = ProjectMarketplace(caio.loads(text, newer)).encode(("small",))
    assert old.digest != new.digest


def test_a_contract_in_words() -> None:
    (service,) = [s for s in caio.loads(SHOP.read_text("utf-8")).services if s.name == "large"]
    assert list(description(service)) == [
        "large",
        "external",
        "chat",
        "vision",
        "region",
        "us",
        "latency",
    ]


@pytest.mark.parametrize("names", [(), ("small", "small"), ("tiny",), ("small", "tiny")])
def test_services_that_are_not_there_are_refused(
    marketplace: ProjectMarketplace, names: tuple[str, ...]
) -> None:
    with pytest.raises(InputError):
        marketplace.encode(names)


def test_documents_that_do_not_compile_are_no_offer(tmp_path: Path) -> None:
    broken = tmp_path / "broken.caio"
    broken.write_text('vocabulary "v" { unit token }  uses "w"', "utf-8")
    with pytest.raises(DocumentError, match="there is no vocabulary `w`"):
        ProjectMarketplace.of([broken])
    empty = tmp_path / "empty.caio"
    empty.write_text('vocabulary "v" { unit token }', "utf-8")
    with pytest.raises(InputError, match="offer no service"):
        ProjectMarketplace.of([empty])
