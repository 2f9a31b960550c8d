"""INV-CAIO-0004: nothing is routed without every security obligation proved, and facts that do not suffice never route."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caio.base.canonical import canonical_bytes, digest
from caio.base.errors import EvidenceError
from caio.certify.acceptance import accept
from caio.certify.prover import Prover
from caio.obligations.candidate import Question
from caio.routing.decision import Outcome
from caio.routing.files import decision_files
from caio.routing.route import route
from tests.calculus.sampling import secure, tried
from tests.differential.drawing import Drawer
from tests.differential.worlds import World, draw_world

SHARED = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
KINDS = ("authentication", "authorization", "privacy", "trust", "access", "invariant")


@SHARED
@given(st.integers(0, 600))
def test_whoever_is_routed_satisfies_every_security_invariant(prover: Prover, seed: int) -> None:
    world = draw_world(seed)
    decision = route(world.question, world.snapshot, prover)
    if decision.outcome is not Outcome.ROUTED:
        return
    for contract, point in tried(decision, Random(seed)):
        assert secure(world.question, contract, point), point
    # Each of the obligations that the invariant names was asked, and has evidence.
    keys = [key[0] for key in decision.results[-1].keys]
    assert {"authentication", "authorization", "privacy"} <= set(keys)
    assert decision.results[-1].admitted


def mutated(question: Question, rng: Random) -> Question:
    """The same question by somebody else: facts left out, changed, or none at all."""
    facts, draw = question.facts, Drawer(rng, question.vocabulary)
    if facts is None or rng.random() < 0.2:
        return replace(question, facts=None)
    values = dict(facts.values)
    for field in question.vocabulary.facts:
        match rng.choice(["keep", "drop", "other"]):
            case "drop":
                values.pop(field.name, None)
            case "other":
                values[field.name] = draw.value(field.type)
    return replace(question, facts=replace(facts, values=tuple(sorted(values.items()))))


@SHARED
@given(st.integers(0, 600), st.integers(0, 10**6))
def test_taking_away_what_is_needed_ends_the_route(prover: Prover, seed: int, draw: int) -> None:
    world = draw_world(seed)
    before = route(world.question, world.snapshot, prover)
    if before.winner is None:
        return
    rng = Random(draw)
    other = mutated(world.question, rng)
    after = route(other, world.snapshot, prover)
    if after.winner is None:
        return
    for contract, point in tried(after, rng):
        assert secure(other, contract, point), point


def test_every_kind_of_fact_can_end_a_route(prover: Prover) -> None:
    """Not vacuous: over some worlds, changed facts end routes, and for more than one reason."""
    ended, reasons = 0, Counter[str]()
    for seed in range(40):
        world = draw_world(seed)
        before = route(world.question, world.snapshot, prover)
        if before.winner is None:
            continue
        for draw in range(2):
            other = mutated(world.question, Random(draw))
            after = route(other, world.snapshot, prover)
            winner = before.winner.contract
            for candidate in after.examined:
                if candidate.contract.service is winner.service and candidate.failed:
                    ended += 1
                    reasons.update(str(one.key[0]) for one in candidate.failed)
    assert ended >= 10
    assert {"authorization", "trust"} <= reasons.keys()


def test_facts_of_an_origin_that_the_profile_does_not_permit_never_route(prover: Prover) -> None:
    routed = 0
    for seed in range(30):
        world = draw_world(seed)
        routed += route(world.question, world.snapshot, prover).outcome is Outcome.ROUTED
        limits = replace(world.question.profile.limits, facts=("attested",))
        strict = replace(world.question, profile=replace(world.question.profile, limits=limits))
        assert route(strict, world.snapshot, prover).outcome is not Outcome.ROUTED
    assert routed > 5


def routed_worlds(prover: Prover) -> list[tuple[World, dict[str, Any], list[str]]]:
    found = []
    for seed in range(40):
        world = draw_world(seed)
        decision = route(world.question, world.snapshot, prover)
        if decision.outcome is Outcome.ROUTED:
            keys = [str(key[0]) for key in decision.results[-1].keys]
            found.append((world, json.loads(decision_files(decision).bundle), keys))
    return found[:8]


def test_a_decision_without_the_evidence_of_a_security_obligation_is_rejected(
    prover: Prover,
) -> None:
    tampered = Counter[str]()
    for _, bundle, keys in routed_worlds(prover):
        documents = canonical_bytes(
            {"documents": bundle.pop("documents"), "format": "caio-documents/v1"}
        )
        winner = next(i for i, c in enumerate(bundle["candidates"]) if c["verdict"] == "admitted")
        for index, kind in enumerate(keys):
            if kind not in KINDS:
                continue
            body = json.loads(json.dumps(bundle))
            evidence = body["candidates"][winner]["evidence"]
            for change in (None, -1):
                evidence[index] = change
                body.pop("trace_digest", None)
                body["trace_digest"] = digest(body)
                with pytest.raises(EvidenceError):
                    accept([documents], canonical_bytes(body))
                tampered[kind] += 1
    assert {"authentication", "authorization", "privacy", "trust", "access"} <= tampered.keys()


def test_a_request_that_states_facts_is_no_request() -> None:
    import caio

    shop = """
    vocabulary "v" { capability chat  facts { permissions: set of { use } role permissions } }
    uses "v"
    request cunning { needs chat  given fact.permissions has use }
    """
    with pytest.raises(caio.DocumentError) as caught:
        caio.loads(shop)
    assert "wrong-origin" in {found.code.name for found in caught.value.diagnostics}


def test_facts_without_any_value_hold_nothing() -> None:
    import caio

    shop = """
    vocabulary "v" { capability chat  facts { permissions: set of { use, rule } role permissions } }
    uses "v"
    service "s" version 1 { provides chat  permits any of { use } }
    request plain { needs chat }
    facts nobody { origin asserted }
    facts wrong { origin asserted, permissions = { rule } }
    facts right { origin asserted, permissions = { use } }
    profile p { weights { cost 1 } limits { facts asserted } }
    """
    with caio.Router(caio.loads(shop)) as router:
        assert isinstance(router.route("plain", facts="right"), caio.Routed)
        for name in (None, "nobody", "wrong"):
            answer = router.route("plain", facts=name)
            assert isinstance(answer, caio.NotRoutable)
            assert dict(answer.refusals) == {"authorization": 1}
