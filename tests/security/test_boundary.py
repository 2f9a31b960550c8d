"""Which zone of which organisation may reach which service."""

from __future__ import annotations

from itertools import product

import pytest

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.security.boundary import may_reach, reach, zones_of
from caio.security.declarations import Authority, Fixed, FromClaim
from tests.security.forge import VOCABULARY

DIGEST = document_digest(VOCABULARY)
ZONES = ("public", "partner", "internal")


def service(name: str, zones: tuple[str, ...] | None, version: str = "1") -> d.Service:
    return d.Service(DIGEST, name, version, permits=d.Permits(mode="public", zones=zones))


OPEN = service("open", None)
INNER = service("inner", ("internal",))
SHARED = service("shared", ("internal", "partner"))
CLOSED = service("closed", ())
SERVICES = (OPEN, INNER, SHARED, CLOSED)


def authority(name: str, *rules: FromClaim | Fixed) -> Authority:
    return Authority(
        name=name,
        issuer=f"https://{name}.example",
        audiences=["caio"],
        algorithms=["ES256"],
        facts=[*rules],
    )


OURS = authority("ours", FromClaim(fact="zone", claim=["zone"]))
PARTNER = authority("partner", Fixed(fact="zone", fixed="partner"))
SHOPS = authority(
    "shops", FromClaim(fact="zone", claim=["z"], members={"till": "public", "depot": "partner"})
)
SILENT = authority("silent")


def test_a_service_names_its_zones_and_an_open_one_has_all() -> None:
    assert zones_of(VOCABULARY, OPEN) == ZONES
    assert zones_of(VOCABULARY, SHARED) == ("partner", "internal")
    assert zones_of(VOCABULARY, CLOSED) == ()


@pytest.mark.parametrize(
    ("zone", "chosen"),
    [*product((*ZONES, None), SERVICES)],
    ids=lambda item: getattr(item, "name", item),
)
def test_a_zone_reaches_what_names_it(zone: str | None, chosen: d.Service) -> None:
    named = chosen.permits.zones
    assert may_reach(VOCABULARY, zone, chosen) == (
        named is None or (zone is not None and zone in named)
    )


def test_an_organisation_reaches_what_the_zones_it_can_grant_reach() -> None:
    rows = reach(VOCABULARY, (SILENT, SHOPS, OURS, PARTNER), SERVICES)
    shown = {(row.organisation, row.zone): [name for name, _ in row.services] for row in rows}
    assert shown == {
        ("ours", "public"): ["open"],
        ("ours", "partner"): ["open", "shared"],
        ("ours", "internal"): ["inner", "open", "shared"],
        ("partner", "partner"): ["open", "shared"],
        ("shops", "public"): ["open"],
        ("silent", None): ["open"],
        ("shops", "partner"): ["open", "shared"],
    }


def test_a_zone_that_may_be_left_out_is_one_more_way_in() -> None:
    """Its callers reach what every zone may reach, and nothing else."""
    lax = authority(
        "lax", FromClaim(fact="zone", claim=["zone"], members={"dmz": "partner"}, absent="leave")
    )
    rows = reach(VOCABULARY, (lax,), SERVICES)
    assert [(row.zone, [name for name, _ in row.services]) for row in rows] == [
        ("partner", ["open", "shared"]),
        (None, ["open"]),
    ]


def test_nobody_outside_reaches_what_is_inside() -> None:
    rows = reach(VOCABULARY, (PARTNER, SHOPS), SERVICES)
    assert all(("inner", "1") not in row.services for row in rows)
    assert rows


def test_versions_are_in_order() -> None:
    several = [service("s", None, version) for version in ("10", "9", "9.5")]
    (row,) = reach(VOCABULARY, (PARTNER,), several)
    assert row.services == (("s", "9"), ("s", "9.5"), ("s", "10"))


def test_strangers_are_refused() -> None:
    with pytest.raises(InputError, match="zone `moon`"):
        zones_of(VOCABULARY, service("far", ("moon",)))
    with pytest.raises(InputError, match="no zone `moon`"):
        may_reach(VOCABULARY, "moon", OPEN)
    with pytest.raises(InputError, match="role `zone`"):
        zones_of(d.Vocabulary("bare"), OPEN)
    with pytest.raises(InputError, match="two organisations"):
        reach(VOCABULARY, (PARTNER, PARTNER), SERVICES)
    with pytest.raises(InputError, match="no value of the fact `zone`"):
        reach(VOCABULARY, (authority("lost", Fixed(fact="zone", fixed="moon")),), SERVICES)
