"""The rules of findings about compatibility: one for each facet of refinement, and what else can be wrong with a change."""

from __future__ import annotations

from typing import Final

from caio.analysis import sanity
from caio.analysis.findings.finding import Rule
from caio.analysis.findings.rules import register
from caio.base.diagnostics import Severity

NARROWED_ASSUMPTION: Final = register(
    "narrowed-assumption", "a contract that takes fewer requests than before"
)
WEAKER_GUARANTEE: Final = register(
    "weaker-guarantee", "a promise that is no longer made, or not as tight as before"
)
COST_NOT_COVERED: Final = register(
    "cost-not-covered", "requests that had a price and have none any more"
)
DEARER: Final = register("dearer", "a price above the one before")
ATTRIBUTE_CHANGED: Final = register(
    "attribute-changed", "an attribute that has another value than before"
)
ATTRIBUTE_GONE: Final = register(
    "attribute-gone", "an attribute that is no longer stated, and thus unknown"
)
CAPABILITY_GONE: Final = register("capability-gone", "a capability that is no longer provided")
CAPABILITY_FORBIDDEN: Final = register(
    "capability-forbidden", "a new capability that a rule forbids some callers"
)
ROUTE_CHANGED: Final = register(
    "route-changed", "another route, of which a constraint makes a difference"
)
RULE_NO_LONGER_MET: Final = register(
    "rule-no-longer-met", "a rule that the contract before met and the one after does not"
)
PERMISSIONS_NARROWED: Final = register(
    "permissions-narrowed", "callers who were permitted and are not any more"
)
TRUST_RAISED: Final = register("trust-raised", "more trust demanded of callers than before")
ZONE_CLOSED: Final = register("zone-closed", "a zone of callers that is no longer served")
SCHEMA_CHANGED: Final = register(
    "schema-changed", "a response schema of which nobody knows whether old callers can read it"
)
INCOHERENT_NEW: Final = register(
    "incoherent-new", "a new contract that contradicts itself, so that it would promise anything"
)
VOCABULARY_CHANGED: Final = register(
    "vocabulary-changed", "contracts in two vocabularies, of which no word may be compared"
)
SERVICE_REMOVED: Final = register("service-removed", "a service that is not there any more")
SERVICE_ADDED: Final = register(
    "service-added", "a service that was not there before", Severity.NOTE
)
BUMP_TOO_SMALL: Final = register(
    "bump-too-small", "a version number that says less than the change does"
)
BUMP_UNKNOWN: Final = register(
    "bump-unknown", "a change of which it is not known which version number it needs"
)
CALLER_BROKEN: Final = register(
    "caller-broken", "a caller who was satisfied by a contract and is not any more"
)
CALLER_NEVER_SATISFIED: Final = register(
    "caller-never-satisfied", "a caller whom a contract satisfied for no request", Severity.NOTE
)
CALLER_UNSATISFIED: Final = register(
    "caller-unsatisfied", "a caller whom the version to deploy does not satisfy"
)
CALLER_WITHOUT_SERVICE: Final = register(
    "caller-without-service", "a caller whom no version of a service satisfies", Severity.NOTE
)
CALLER_UNKNOWN: Final = register(
    "caller-unknown",
    "a caller of whom nothing is known but what the service demands",
    Severity.NOTE,
)
REQUEST_WITHOUT_CALLER: Final = register(
    "request-without-caller", "a request that names no caller", Severity.NOTE
)

UNDECIDED: Final = Rule.of(sanity.UNDECIDED)
UNUSABLE: Final = Rule.of(sanity.UNUSABLE)
OVERLAPPING: Final = Rule.of(sanity.OVERLAPPING)
