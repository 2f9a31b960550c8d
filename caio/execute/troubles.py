"""What it means for a service that a call had no reply, or that calls together broke a guarantee."""

from __future__ import annotations

from typing import Final

from caio.base.canonical import digest
from caio.execute.adapter import CallError, Trouble
from caio.execute.enforcement import Judged
from caio.execute.violations import Broken, Kind, told
from caio.landscape.records import Breach

OURS: Final = frozenset({Trouble.BUSY, Trouble.REFUSED})
"""Troubles that are no fault of the service: nothing was sent, for reasons on this side."""


def broken_by(trouble: CallError, max_bytes: int) -> Broken | None:
    """What a service broke by not replying; None where that is not its fault, or a matter of time."""
    match trouble.trouble:
        case Trouble.BUSY | Trouble.REFUSED | Trouble.TIMEOUT:
            return None
        case Trouble.UNREACHABLE:
            return Broken(Kind.UNREACHABLE, told(connection="one"), told(connection="none"))
        case Trouble.TOO_LARGE:
            seen = told(bytes=f"more than {max_bytes}")
            return Broken(Kind.SIZE, told(most_bytes=max_bytes), seen)
        case Trouble.ENCODED:
            seen = told(content_encoding="another")
            return Broken(Kind.CONTENT_TYPE, told(content_encoding="identity"), seen)
        case Trouble.BROKEN | Trouble.FAILED:
            seen = told(reply="none", trouble=trouble.trouble.value)
            return Broken(Kind.FAILURE, told(reply="one"), seen)


def broken_over_all(breach: Breach) -> Broken:
    """A guarantee that the calls so far show to be broken, with the numbers that show it."""
    terms, tally = breach.terms, breach.tally
    promised = told(
        guarantee=breach.guarantee,
        metric=terms.metric,
        relation=terms.relation.value,
        level=terms.level,
        mean=tally.promised,
    )
    observed = told(
        calls=tally.calls,
        exceeded=tally.exceeded,
        mean=tally.mean,
        wealth="without bound" if tally.wealth is None else tally.wealth,
        alpha=breach.alpha,
        breach=digest(breach.json()),
    )
    return Broken(Kind.GUARANTEE, promised, observed)


def may_pass(trouble: CallError | None, judged: Judged, *, idempotent: bool) -> bool:
    """Whether the same call may be made again: nothing was sent, or it does no harm and may end otherwise."""
    if trouble is None:
        return idempotent and judged.repeatable
    if not trouble.sent:
        return trouble.trouble in (Trouble.UNREACHABLE, Trouble.BUSY)
    return idempotent and trouble.trouble in (Trouble.BROKEN, Trouble.TIMEOUT)
