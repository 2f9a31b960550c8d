"""What the claims of a certificate of documents say, with names in place of digests.

The checker names documents by digest, for it trusts nothing else. These sentences are for people: what is claimed is the
checker's line, which ``--json`` keeps as it is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from caio.base.canonical import digest
from caio.cli.text import listing, safe

_OF_SERVICE: Final = {
    "service_assumable": "some request meets the assumptions of {}",
    "service_coherent": "the guarantees of {} never contradict each other",
    "service_cost_disjoint": "the prices of {} exclude each other",
}
_REFINES: Final = {
    "refines_assumption": "{1} assumes no more than {0}, in its assumption {2}",
    "refines_guarantee": "{1} promises what guarantee {2} of {0} promises",
    "refines_cost_covered": "{1} has a price wherever price {2} of {0} applies",
    "refines_cost": "price {3} of {1} is no higher than price {2} of {0}",
    "refines_attribute": "{1} states the same {2} as {0}",
    "refines_capability": "{1} provides {2} as {0} does",
    "refines_authorization": "{1} permits whomever {0} permits",
    "refines_trust": "{1} demands no more trust than {0}",
    "refines_access": "{1} is open to the zones that {0} is open to",
    "refines_rule": "{2} refuses {1} for nothing that {0} may lack",
    "refines_schema": "{1} answers in the response schema of {0}",
}
_MOST_NAMES: Final = 8


def names_of(documents: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """How documents are called, by digest; of two states of one document each has the first digits of its digest."""
    found = {}
    for document in documents:
        version = f" {document['version']}" if "version" in document else ""
        found[digest(dict(document))] = f"{document['kind']} `{document.get('name', '')}`{version}"
    twice = {name for name, number in Counter(found.values()).items() if number > 1}
    return {
        key: f"{name} ({key.removeprefix('sha256:')[:8]})" if name in twice else name
        for key, name in found.items()
    }


def sentence(text: str, names: Mapping[str, str]) -> str:
    """A claim in words; a line that is none of ours stays as it is."""
    try:
        return safe(_said(json.loads(text), names))
    except (ValueError, KeyError, TypeError, IndexError):
        return safe(text)


def _said(key: Any, names: Mapping[str, str]) -> str:
    """What a key claims.

    Raises:
        KeyError, TypeError: it is none of the specification's, or about documents that are not there.
    """

    def of(service: Any) -> str:
        return names[service["service"]]

    match key:
        case [str(kind), {"service": str(service)}] if kind in _OF_SERVICE:
            return _OF_SERVICE[kind].format(names[service])
        case [str(kind), old, new, *more] if kind in _REFINES:
            return _REFINES[kind].format(of(old), of(new), *(_part(one, names) for one in more))
        case ["guarantee_matters", service, int(i)]:
            return f"guarantee {i + 1} of {of(service)} says more than the others for some request"
        case ["rule_applicable", str(rule)]:
            return f"{names[rule]} applies to some request"
        case ["rule_meetable", str(rule), service]:
            return f"{of(service)} can do what {names[rule]} demands for some request"
        case ["rules_consistent", [*rules], [*aside]]:
            return _consistent([names[rule] for rule in rules], len(aside))
        case ["implied", [*rules], str(rule), int(i)]:
            whose = _whose([names[one] for one in rules], "rules") or "declared ranges alone"
            return f"demand {i + 1} of {names[rule]} follows from {whose}"
        case ["inhabited", str(group)]:
            return f"some request is of {names[group]}"
        case ["never", str(claim), service, [*policy]]:
            return f"{names[claim]} holds for {of(service)}{_under(policy)}"
        case ["always", str(claim), [*services], [*policy]]:
            whose = _whose([of(one) for one in services], "services")
            return f"{names[claim]} holds among {whose}{_under(policy)}"
        case ["keeps", asked, facts, before, [*policy], after, [*demands], [*aside]]:
            return _keeps((asked, facts), (before, policy), (after, demands), aside, names)
    raise KeyError(str(key)[:80])


def _part(value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, int):
        return str(value + 1)
    return names.get(value, f"`{value}`")


def _keeps(
    caller: tuple[Any, Any],
    before: tuple[Any, list[Any]],
    after: tuple[Any, list[Any]],
    aside: list[Any],
    names: Mapping[str, str],
) -> str:
    asked, facts = caller
    whose = "request" if asked is None else f"request of {names[asked]}"
    known = f" with {names[facts]}" if isinstance(facts, str) else ""
    known = " from a permitted caller" if facts is True else known
    but = (
        "" if not aside else f", {len(aside):,} {'class' if len(aside) == 1 else 'classes'} aside,"
    )
    first = "" if before[0] is None else f" that {names[before[0]['service']]} admits"
    first += "" if before[0] is None else _under(before[1])
    if after[0] is None:
        return f"no {whose}{known}{but}{first.replace(' that', ' is one that', 1)}"
    return f"every {whose}{known}{but}{first} is admitted by {names[after[0]['service']]}{_under(after[1])}"


def _under(policy: list[Any]) -> str:
    return f" under {len(policy):,} {'rule' if len(policy) == 1 else 'rules'}" if policy else ""


def _whose(found: list[str], what: str) -> str:
    return listing(found) if len(found) <= _MOST_NAMES else f"{len(found):,} {what}"


def _consistent(rules: list[str], aside: int) -> str:
    whose = _whose(rules, "rules and invariants")
    but = "" if not aside else f", {aside:,} named {'set' if aside == 1 else 'sets'} of them aside"
    return f"no request triggers contradictory demands of {whose}{but}"
