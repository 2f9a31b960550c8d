"""Explanations are what brute force says, and the same bytes whatever the order; ``python -m tests.fuzz`` runs many more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from caio.analysis.explain.as_json import explanation_bytes
from caio.analysis.explain.explanation import Accepted, Explanation, Wish, explain
from caio.base.errors import EvidenceError, InputError
from caio.certify.acceptance import accept
from caio.certify.prover import Prover
from caio.routing.route import route
from tests.analysis.explaining import Explaining, check_claims, claims_of, parts_of, strained
from tests.differential.worlds import World, draw_world, shuffled

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = 7
BATCHES = 8
"""Together nearly sixty requests that nobody takes."""


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    with Prover() as found:
        yield found


def explained(world: World, prover: Prover, wish: Wish | None = None) -> Explanation:
    decision = route(world.question, world.snapshot, prover)
    accepted = Accepted(world.question, world.snapshot, decision.json())
    return explain(accepted, wish or Wish(limit=3), prover)


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(BATCHES))
def test_every_bound_is_exact_and_every_set_irreducible(prover: Prover, batch: int) -> None:
    campaign, seed = Explaining(prover, services=1, largest=3), 1_000 * batch
    while campaign.counts["requests"] < REQUESTS:
        campaign.run(seed)
        seed += 1
    assert campaign.counts["least bounds"] > 0
    assert campaign.counts["irreducible sets"] > 0
    assert campaign.counts["claims"] > 50


@pytest.fixture(scope="module")
def refused(prover: Prover) -> tuple[World, dict[str, Any]]:
    """A world whose request nobody takes, and where changes would help several."""
    for seed in range(200):
        world = strained(draw_world(seed))
        if len(world.snapshot.contracts) < 3:
            continue
        if route(world.question, world.snapshot, prover).outcome.value != "not_routable":
            continue
        said = json.loads(explanation_bytes(explained(world, prover)))
        if len(said["relaxations"]["found"]) > 1:
            return world, said
    raise AssertionError("no such world")


def schema() -> jsonschema.Draft202012Validator:
    text = (ROOT / "docs" / "spec" / "explanation-v1.schema.json").read_text("utf-8")
    jsonschema.Draft202012Validator.check_schema(json.loads(text))
    return jsonschema.Draft202012Validator(json.loads(text))


class TestBytes:
    def test_are_the_same_twice_and_in_any_order_of_documents(
        self, refused: tuple[World, dict[str, Any]], prover: Prover
    ) -> None:
        world, _ = refused
        name = world.snapshot.contracts[0].service.name
        for wish in (Wish(limit=3), Wish(service=name)):
            first = explanation_bytes(explained(world, prover, wish))
            with Prover() as fresh:
                other = replace(world, snapshot=shuffled(world, 7))
                assert explanation_bytes(explained(other, fresh, wish)) == first

    def test_match_the_schema_which_knows_every_member(
        self, refused: tuple[World, dict[str, Any]], prover: Prover
    ) -> None:
        world, said = refused
        schema().validate(said)
        for contract in world.snapshot.contracts:
            wish = Wish(service=contract.service.name)
            one = json.loads(explanation_bytes(explained(world, prover, wish)))
            schema().validate(one)
        for member in said:
            assert not schema().is_valid({k: v for k, v in said.items() if k != member}), member
        assert not schema().is_valid({**said, "more": 1})


class TestEvidence:
    def test_is_accepted_piece_by_piece_from_the_file_alone(
        self, refused: tuple[World, dict[str, Any]]
    ) -> None:
        _, said = refused
        assert len(said["certificates"]) > 5
        for certificate in said["certificates"]:
            documents, body = parts_of(said, certificate)
            accept([documents], body)

    def test_is_rejected_with_a_bound_that_was_changed(
        self, refused: tuple[World, dict[str, Any]]
    ) -> None:
        _, said = refused
        index = said["relaxations"]["found"][0]["admits"][0]["claim"]["certificate"]
        certificate = said["certificates"][index]
        documents, body = parts_of(said, certificate)
        text = json.loads(documents)
        request = next(one for one in text["documents"] if one["kind"] == "request")
        request["caller"] = "somebody else"
        with pytest.raises(EvidenceError):
            accept([json.dumps(text).encode()], body)

    @pytest.mark.parametrize("change", ["holds", "obligation", "certificate"])
    def test_a_claim_that_was_changed_is_noticed(
        self, refused: tuple[World, dict[str, Any]], change: str
    ) -> None:
        said = json.loads(json.dumps(refused[1]))
        offer = said["relaxations"]["found"][0]
        claim = offer["changes"][0]["without"]
        match change:
            case "holds":
                claim["holds"] = not claim["holds"]
            case "obligation":
                claim["obligation"] = ["non_empty"]
            case _:
                claim["certificate"] = offer["admits"][0]["claim"]["certificate"]
        with pytest.raises(AssertionError):
            check_claims(said)

    def test_shows_every_answer(self, refused: tuple[World, dict[str, Any]]) -> None:
        _, said = refused
        for offer in said["relaxations"]["found"]:
            assert all(one["claim"]["holds"] for one in offer["admits"])
            for change in offer["changes"]:
                assert change["without"]["holds"] is False
                assert change["least"] is None or change["below"] is not None
        assert all(claim["certificate"] < len(said["certificates"]) for claim in claims_of(said))


class TestCounts:
    def test_add_up(self, prover: Prover) -> None:
        seen = 0
        for seed in range(40):
            world = draw_world(seed)
            found = explained(world, prover, Wish(everybody=True, limit=1))
            refused = found.refused
            assert sum(reason.alone for reason in found.reasons) <= len(refused)
            assert all(0 < reason.count <= len(refused) for reason in found.reasons)
            assert all(reason.alone <= reason.count for reason in found.reasons)
            assert all(reason.silent <= reason.count for reason in found.reasons)
            assert bool(refused) == bool(found.reasons)
            kinds = {str(s.verdict) for s in found.standings}
            below = sum(s.verdict == "not_examined" for s in found.standings)
            assert below == found.unobjected, kinds
            seen += len(refused)
        assert seen > 20


class TestService:
    def test_that_is_not_there_is_named_with_the_nearest(
        self, refused: tuple[World, dict[str, Any]], prover: Prover
    ) -> None:
        world, _ = refused
        name = world.snapshot.contracts[0].service.name
        with pytest.raises(InputError, match="did you mean"):
            explained(world, prover, Wish(service=name[:-1] + "~"))
        with pytest.raises(InputError, match="there are: "):
            explained(world, prover, Wish(service="nothing like it"))

    def test_of_another_version_is_refused_with_the_one_that_routes(
        self, refused: tuple[World, dict[str, Any]], prover: Prover
    ) -> None:
        world, _ = refused
        service = world.snapshot.contracts[0].service
        with pytest.raises(InputError, match=f"{service.version} is the one that routes"):
            explained(world, prover, Wish(service=f"{service.name} 77.0"))
        found = explained(world, prover, Wish(service=f"{service.name} {service.version}"))
        assert found.service is not None

    def test_that_is_admitted_has_nothing_to_mend(self, prover: Prover) -> None:
        for seed in range(60):
            world = draw_world(seed)
            decision = route(world.question, world.snapshot, prover)
            if decision.winner is None or len(decision.candidates) < 2:
                continue
            name = decision.winner.contract.service.name
            found = explained(world, prover, Wish(service=name))
            assert found.service is not None
            assert found.service.verdict == "admitted"
            assert found.study is None
            assert not found.offers
            return
        raise AssertionError("no world has a winner")


def test_what_is_unknown_is_never_a_reason() -> None:
    """With a budget for little or nothing, whatever is told is told with evidence."""
    undecided = 0
    for seed in range(12):
        for world, units in ((draw_world(seed), 1), (strained(draw_world(seed)), 150)):
            profile = world.question.profile
            poor = replace(profile, limits=replace(profile.limits, solver_units=units))
            starved = replace(world, question=replace(world.question, profile=poor))
            name = world.snapshot.contracts[0].service.name
            with Prover() as fresh:
                check_claims(
                    json.loads(explanation_bytes(explained(starved, fresh, Wish(limit=1))))
                )
                one = json.loads(explanation_bytes(explained(starved, fresh, Wish(service=name))))
            check_claims(one)
            failing = {json.dumps(each["obligation"]) for each in one["service"]["failing"]}
            unknown = {json.dumps(key) for key in one["service"]["undecided"]}
            assert not failing & unknown
            mended = one["service"]["mended"]
            assert mended is None or not (unknown and mended["admits"])
            undecided += bool(unknown)
    assert undecided > 0
