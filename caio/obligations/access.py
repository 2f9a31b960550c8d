"""Who may call a service: permissions, trust and zones as formulas over facts (Def. 4.1, Eq. 4.1, 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.contract import Contract
from caio.obligations.formula import Formula, conjunction, disjunction, member
from caio.obligations.meaning import Meaning


def permitted(contract: Contract, meaning: Meaning) -> Iterator[tuple[str, Formula]]:
    """What the service demands of a caller, by the name of the obligation (certificate-v1 sections 8.1 and 8.4).

    Authorization is always among it, trust and access are where the service states a level or zones.

    Raises:
        KeyError: a level or zones are stated, and no fact has the role.
    """
    permits = contract.service.permits
    yield "authorization", _authorized(permits, meaning)
    if permits.trust is not None:
        enough = t.Affine.of(permits.trust, {_fact(meaning, "trust"): Fraction(-1)})
        yield "trust", meaning.formula(t.Compare(t.Comparison.LE, enough))
    if permits.zones is not None:
        variable = _fact(meaning, "zone")
        kind = meaning.vocabulary.field(variable).type
        inside = [int(meaning.number(kind, zone)) for zone in permits.zones]
        yield "access", member(variable, inside, meaning.scope)


def _authorized(permits: d.Permits, meaning: Meaning) -> Formula:
    if permits.mode == "public":
        return True
    field = meaning.vocabulary.with_role("fact", "permissions")
    if field is None:
        return False
    held = [meaning.formula(t.Has(f"fact.{field.name}", name)) for name in permits.permissions]
    if permits.mode == "all":
        return conjunction(held)
    return disjunction(held)


def _fact(meaning: Meaning, role: str) -> str:
    field = meaning.vocabulary.with_role("fact", role)
    if field is None:
        raise KeyError(f"no fact has the role `{role}`")
    return f"fact.{field.name}"
