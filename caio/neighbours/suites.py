"""The suite of each port, and the examination of an implementation behind a URL."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from caio.neighbours import (
    maia_checks,
    marketplace_checks,
    nme_checks,
    rfs_checks,
    wire_checks,
)
from caio.neighbours.client import HttpMaia, HttpMarketplace, HttpNme, HttpRfs, Neighbour
from caio.neighbours.conformance import Check, Outcome, Report, Result, examine, run_checks
from caio.routing.ports import NeighbourError

SUITES: Final[Mapping[str, tuple[Check[Any], ...]]] = MappingProxyType(
    {
        "maia": maia_checks.CHECKS,
        "nme": nme_checks.CHECKS,
        "rfs": rfs_checks.CHECKS,
        "marketplace": marketplace_checks.CHECKS,
    }
)
"""The checks of each port, in the order in which they are run."""
CLIENTS: Final[Mapping[str, type[Neighbour]]] = MappingProxyType(
    {"maia": HttpMaia, "nme": HttpNme, "rfs": HttpRfs, "marketplace": HttpMarketplace}
)
"""The client of each port."""


def examine_port(port: str, implementation: object, *, limit: float = 2.0) -> Report:
    """Examine an implementation in this process.

    Args:
        port: ``maia``, ``nme``, ``rfs`` or ``marketplace``.
        implementation: an object with the methods of the port.
        limit: seconds that an answer may take.
    """
    return examine(port, SUITES[port], implementation, limit=limit)


def examine_url(port: str, url: str, *, limit: float = 2.0) -> Report:
    """Examine an implementation behind a URL: the clauses of the port, and those of the wire.

    Raises:
        InputError: the URL is none.
        NeighbourError: with code ``unreachable``: nobody is there to be examined.
    """
    with CLIENTS[port](url, timeout=limit) as client:
        try:
            space = client.space
        except NeighbourError as error:
            if error.code == "unreachable":
                raise
            # Without a space there is nothing to ask about.
            first = SUITES[port][0]
            seen = Outcome.FAILED, str(error)
            return Report(port, (Result(first.name, first.clauses, first.statement, *seen),))
        report = examine_port(port, client, limit=limit)
    wire = run_checks(port, wire_checks.checks(port), wire_checks.Wire(url, port, space, limit))
    return Report(port, report.results + wire.results)
