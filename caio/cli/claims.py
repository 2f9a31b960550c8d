"""What the claims of a certificate of documents say, with names in place of digests.

The checker names documents by digest, for it trusts nothing else. These sentences are for people: what is claimed is the
checker's line, which ``--json`` keeps as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from caio.base.canonical import digest
from caio.cli.text import listing, safe

_OF_SERVICE: Final = {
    "service_assumable": "some request meets the assumptions of {}",
    "service_coherent": "the guarantees of {} never contradict each other",
    "service_cost_disjoint": "the prices of {} exclude each other",
}
_MOST_NAMES: Final = 8


def names_of(documents: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """How documents are called, by digest."""
    found = {}
    for document in documents:
        version = f" {document['version']}" if "version" in document else ""
        found[digest(dict(document))] = f"{document['kind']} `{document.get('name', '')}`{version}"
    return found


def sentence(text: str, names: Mapping[str, str]) -> str:
    """A claim in words; a line that is none of ours stays as it is."""
    try:
        key = json.loads(text)
        match key:
            case [str(kind), {"service": str(service)}] if kind in _OF_SERVICE:
                return safe(_OF_SERVICE[kind].format(names[service]))
            case ["rule_applicable", str(rule)]:
                return safe(f"{names[rule]} applies to some request")
            case ["rules_consistent", [*rules], [*aside]]:
                return safe(_consistent([names[rule] for rule in rules], len(aside)))
    except (ValueError, KeyError, TypeError):
        pass
    return safe(text)


def _consistent(rules: list[str], aside: int) -> str:
    whose = listing(rules) if len(rules) <= _MOST_NAMES else f"{len(rules):,} rules and invariants"
    but = "" if not aside else f", {aside:,} named {'set' if aside == 1 else 'sets'} of them aside"
    return f"no request triggers contradictory demands of {whose}{but}"
