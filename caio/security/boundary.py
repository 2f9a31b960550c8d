"""The access boundary: which zone, of which organisation, may reach which service (Eq. 1.4, Def. 4.1).

A service names the zones that may reach it (``permits … zone in …``); one that names none is open to all, as far as zones
are concerned. An organisation is an issuer of tokens, and the zones of its callers are those that its declaration can
grant: another organisation's issuer cannot put a caller into a zone of yours. Both together say, before any request
exists, who can reach what from where. Whether a caller may *call* is authorization, and is not answered here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.security.declarations import Authority
from caio.security.mapping import ClaimMapping


@dataclass(frozen=True, slots=True)
class Reach:
    """That callers of an organisation in a zone may reach these services (name and version), in order.

    The zone is None for callers whose tokens need not state one: they reach what every zone may reach.
    """

    organisation: str
    zone: str | None
    services: tuple[tuple[str, str], ...]


def zones_of(vocabulary: d.Vocabulary, service: d.Service) -> tuple[str, ...]:
    """The zones that may reach a service, in the enumeration's order.

    Raises:
        InputError: the vocabulary has no fact of role ``zone``, or the service names a stranger to it.
    """
    names = _zones(vocabulary)
    if service.permits.zones is None:
        return names
    for zone in service.permits.zones:
        if zone not in names:
            raise InputError(
                f"`{service.name[:60]}` names the zone `{zone[:60]}`, which there is not"
            )
    return tuple(zone for zone in names if zone in service.permits.zones)


def may_reach(vocabulary: d.Vocabulary, zone: str | None, service: d.Service) -> bool:
    """Whether callers in a zone may reach a service; from an unknown zone only one that every zone may reach.

    Raises:
        InputError: as ``zones_of``, or the zone is a stranger to the vocabulary.
    """
    allowed = zones_of(vocabulary, service)
    if zone is None:
        return service.permits.zones is None
    if zone not in _zones(vocabulary):
        raise InputError(f"the vocabulary has no zone `{zone[:60]}`")
    return zone in allowed


def reach(
    vocabulary: d.Vocabulary, authorities: Iterable[Authority], services: Iterable[d.Service]
) -> tuple[Reach, ...]:
    """What every organisation can reach from each zone that its issuer can grant or leave open, by name of organisation.

    Raises:
        InputError: as ``zones_of``; a declaration does not fit the vocabulary, or two organisations have one name.
    """
    fact = _field(vocabulary)[0].name
    listed = sorted(services, key=lambda service: (service.name, d.version_key(service.version)))
    rows: list[Reach] = []
    for authority in sorted(authorities, key=lambda item: item.name):
        if rows and rows[-1].organisation == authority.name:
            raise InputError(f"two organisations are called `{authority.name[:60]}`")
        mapping = ClaimMapping(vocabulary, authority.facts)
        zones: list[str | None] = [*mapping.granted(fact)]
        if not mapping.states(fact):
            zones.append(None)
        for zone in zones:
            reached = tuple((s.name, s.version) for s in listed if may_reach(vocabulary, zone, s))
            rows.append(Reach(authority.name, zone, reached))
    return tuple(rows)


def _zones(vocabulary: d.Vocabulary) -> tuple[str, ...]:
    return vocabulary.enum(_field(vocabulary)[1].enum).names()


def _field(vocabulary: d.Vocabulary) -> tuple[d.Field, d.EnumType]:
    """The fact of role ``zone``, and its type."""
    field = vocabulary.with_role("fact", "zone")
    if field is None or not isinstance(field.type, d.EnumType):
        raise InputError(
            "the vocabulary has no fact of role `zone`: declare one to draw boundaries"
        )
    return field, field.type
