"""Which version of which service a decision is about, whatever the order of the documents."""

from collections.abc import Sequence
from itertools import permutations

import pytest

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.snapshot import Snapshot, take

VOCABULARY = d.Vocabulary("v", capabilities=("chat",))
OTHER = d.Vocabulary("w", capabilities=("chat",))
NAME = document_digest(VOCABULARY)


def service(name: str, version: str, vocabulary: d.Vocabulary = VOCABULARY) -> d.Service:
    return d.Service(document_digest(vocabulary), name, version)


def chosen(snapshot: Snapshot) -> list[tuple[str, str]]:
    return [(c.service.name, c.service.version) for c in snapshot.contracts]


@pytest.mark.parametrize(
    "versions",
    [
        ["1.9", "1.10"],
        ["1.10", "1.9"],
        ["2", "1.10", "10"],
        ["1.0.0", "1.0.0.1"],
        ["9.9", "10.0", "9.10"],
    ],
)
def test_the_highest_version_routes_by_number_not_by_text(versions: Sequence[str]) -> None:
    snapshot = take(VOCABULARY, [service("a", version) for version in versions])
    best = max(versions, key=lambda v: [int(part) for part in v.split(".")])
    assert chosen(snapshot) == [("a", best)]


def test_a_pin_chooses_an_older_version() -> None:
    services = [service("a", "1.0"), service("a", "2.0"), service("b", "1.0")]
    assert chosen(take(VOCABULARY, services, pins={"a": "1.0"})) == [("a", "1.0"), ("b", "1.0")]


def test_a_pin_is_met_by_an_equal_version_however_it_is_written() -> None:
    assert chosen(take(VOCABULARY, [service("a", "1.0")], pins={"a": "1"})) == [("a", "1.0")]


@pytest.mark.parametrize("pins", [{"a": "3.0"}, {"stranger": "1.0"}])
def test_a_pin_on_what_is_not_registered_is_refused(pins: dict[str, str]) -> None:
    with pytest.raises(InputError, match="is not registered"):
        take(VOCABULARY, [service("a", "1.0")], pins=pins)


def test_a_landscape_without_services_is_refused() -> None:
    with pytest.raises(InputError, match="no service"):
        take(VOCABULARY, [])
    with pytest.raises(InputError, match="no service"):
        take(VOCABULARY, [service("a", "1.0", OTHER)])


def test_what_speaks_another_vocabulary_is_left_out() -> None:
    other = document_digest(OTHER)
    snapshot = take(
        VOCABULARY,
        [service("a", "1.0"), service("b", "1.0", OTHER)],
        [d.Overlay(other, "a", "1.0", "x")],
        [d.State(other, "a", "1.0")],
    )
    assert chosen(snapshot) == [("a", "1.0")]
    assert snapshot.contracts[0].overlays == ()
    assert snapshot.contracts[0].state is None


def test_overlays_and_states_find_their_version_and_no_other() -> None:
    overlays = [d.Overlay(NAME, "a", version, "x") for version in ("1.0", "2.0")]
    states = [d.State(NAME, "a", version, calls=1) for version in ("1.0", "2.0")]
    services = [service("a", "1.0"), service("a", "2.0")]
    (contract,) = take(VOCABULARY, services, overlays, states).contracts
    assert contract.overlays == (overlays[1],)
    assert contract.state == states[1]


def test_the_order_of_documents_does_not_matter() -> None:
    services = [service(name, "1.0") for name in ("b", "A", "é", "a/1")]
    overlays = [d.Overlay(NAME, "b", "1.0", origin) for origin in ("z", "Z", "m")]
    snapshots = {
        take(VOCABULARY, some, added).digest
        for some in permutations(services)
        for added in permutations(overlays)
    }
    assert len(snapshots) == 1
    snapshot = take(VOCABULARY, services, overlays)
    assert [name for name, _ in chosen(snapshot)] == ["A", "a/1", "b", "é"]
    assert [o.origin for o in snapshot.contracts[2].overlays] == ["Z", "m", "z"]


def test_a_snapshot_lists_every_document_that_it_rests_on() -> None:
    overlay, state = d.Overlay(NAME, "a", "1.0", "x"), d.State(NAME, "a", "1.0")
    snapshot = take(VOCABULARY, [service("a", "1.0")], [overlay], [state])
    listed = [VOCABULARY, snapshot.landscape, service("a", "1.0"), overlay, state]
    assert snapshot.documents() == listed
    assert len(snapshot.landscape.entries) == 1
