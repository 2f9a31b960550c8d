"""Certificates of documents: claims about services and rules over all requests."""

import copy
from typing import Any

import pytest

from caio.checker import Documents, Rejection, check, load
from caio.checker.documents import BUDGET
from caio.checker.formulas import ClauseForm, Formulas, Parts
from caio.checker.obligations import Meaning
from caio.checker.reader import digest, parse
from tests.checker.forge import (
    Evidence,
    Json,
    World,
    affine,
    document_set,
    dump,
    guarantee,
    on_metric,
)

WITNESSED = {"service_assumable", "rule_applicable"}


class Sane:
    """The claims that `caio check` makes of a world, with evidence by the forge."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.listed = world.documents()
        self.documents: Documents = load(document_set(*self.listed))
        self.owner = self.documents.get(parse(dump(digest(world.vocabulary))), "vocabulary")
        self.make = Formulas(BUDGET, self.documents.formulas)
        self.meaning = Meaning(self.owner, self.make)
        self.evidence = Evidence()
        self.claims: list[Json] = []

    def claim(self, key: Json, block: Parts) -> Json:
        reference = self.evidence.of(ClauseForm(self.make, tuple(block)))
        holds = (reference < 0) == (key[0] in WITNESSED)
        verdict = "holds" if holds else "refuted"
        self.claims.append({"obligation": key, "verdict": verdict, "evidence": reference})
        return self.claims[-1]

    def service(self, index: int) -> None:
        own = {"service": digest(self.world.services[index]), "overlays": []}
        parts = parse(dump([own["service"], own["overlays"]])).items()
        entry = self.documents.entry(self.owner, parts[0], parts[1])
        self.claim(["service_coherent", own], self.meaning.incoherent(entry))
        self.claim(["service_assumable", own], entry.service.assumes)
        self.claim(["service_cost_disjoint", own], self.meaning.overlapping(entry))

    def rules(self, *known: list[Json]) -> None:
        rules = {digest(rule): self.rule(rule) for rule in self.world.rules}
        for name, rule in rules.items():
            self.claim(["rule_applicable", name], (rule.when,))
        names = sorted(rules)
        parts = [sorted(digest(rule) for rule in part) for part in known]
        block = self.meaning.contradictory(
            [rules[name] for name in names], [[rules[name] for name in part] for part in parts]
        )
        self.claim(["rules_consistent", names, parts], block)

    def rule(self, rule: Json) -> Any:
        return self.documents.get(parse(dump(digest(rule))), "rule invariant")

    def certificate(self) -> Json:
        return {
            "format": "caio-certificate/v1",
            "vocabulary": digest(self.world.vocabulary),
            "claims": self.claims,
            "evidence": self.evidence.json(),
        }

    def verdicts(self) -> dict[str, str]:
        verdict = check(self.documents, dump(self.certificate()))
        assert verdict.verdict == ("refuted" if "refuted" in verdict.counts else "holds")
        return {claim.name: claim.status for claim in verdict.claims}


def sane(world: World | None = None) -> Sane:
    own = Sane(world or World())
    own.service(0)
    own.rules()
    return own


def test_a_sane_world_is_certified() -> None:
    assert set(sane().verdicts().values()) == {"holds"}


def test_promises_that_contradict_each_other_in_a_corner_are_refuted() -> None:
    world = World()
    above = ["le", affine("1000", tokens="-1")]
    world.services[0]["guarantees"].append(guarantee("accuracy", "<=", affine("4/5"), when=above))
    assert sane(world).verdicts()["service_coherent"] == "refuted"


def test_a_promise_beyond_the_declared_range_is_refuted() -> None:
    world = World()
    world.services[0]["guarantees"].append(guarantee("accuracy", ">=", affine("0", tokens="1")))
    assert sane(world).verdicts()["service_coherent"] == "refuted"


def test_promises_at_low_levels_may_cross() -> None:
    world = World()
    low = {**guarantee("latency", ">=", affine("900")), "level": "1/200"}
    world.services[0]["guarantees"].append(low)
    assert sane(world).verdicts()["service_coherent"] == "holds"
    low["level"] = "1/2"
    assert sane(world).verdicts()["service_coherent"] == "refuted"


def test_overlapping_cost_cases_are_refuted() -> None:
    world = World()
    world.services[0]["cost"][1]["when"] = True
    assert sane(world).verdicts()["service_cost_disjoint"] == "refuted"


def test_assumptions_that_nothing_meets_are_refuted() -> None:
    world = World()
    world.services[0]["assumes"].append(["lt", affine("0", tokens="1")])
    own = sane(world).verdicts()
    assert own["service_assumable"] == "refuted"
    assert own["service_coherent"] == "holds"  # Vacuously; this is why the other is its own claim.


def at_odds() -> World:
    world = World()
    slow = on_metric("latency", ">=", affine("2"))
    condition = ["is", "request.urgent"]
    world.rules.append({**world.rules[1], "name": "slow", "then": [slow], "when": condition})
    return world


def test_rules_at_odds_are_refuted_and_their_set_may_be_left_out() -> None:
    world = at_odds()
    own = Sane(world)
    own.rules()
    assert own.verdicts()["rules_consistent"] == "refuted"
    rest = Sane(world)
    rest.rules(world.rules[1:])
    assert rest.verdicts()["rules_consistent"] == "holds"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            {"on": "attribute", "name": "privacy.locality", "in": ["eu"]},
            {"on": "attribute", "name": "privacy.locality", "not_in": ["eu", "us"]},
        ),
        (
            {"on": "attribute", "name": "privacy.encrypted", "in": [True]},
            {"on": "attribute", "name": "privacy.encrypted", "in": [False]},
        ),
        (
            {"on": "attribute", "name": "privacy.retention", "relation": "<", "bound": "5"},
            {"on": "attribute", "name": "privacy.retention", "relation": ">=", "bound": "5"},
        ),
        (
            {"on": "capability", "name": "chat", "provided": True},
            {"on": "capability", "name": "chat", "provided": False},
        ),
        (
            {"on": "cost", "relation": "<=", "bound": affine("1")},
            {"on": "cost", "relation": ">", "bound": affine("1")},
        ),
    ],
)
def test_contradictory_actions_of_every_kind(first: Json, second: Json) -> None:
    world = World()
    world.rules = [{**world.rules[1], "then": [first]}]
    world.rules.append({**world.rules[0], "name": "other", "when": True, "then": [second]})
    own = Sane(world)
    own.rules()
    assert own.verdicts()["rules_consistent"] == "refuted"
    world.rules[1]["then"] = [first]
    agree = Sane(world)
    agree.rules()
    assert agree.verdicts()["rules_consistent"] == "holds"


def test_a_dead_rule_is_refuted() -> None:
    world = World()
    world.rules[1]["when"] = ["and", ["is", "request.urgent"], ["not", ["is", "request.urgent"]]]
    assert sane(world).verdicts()["rule_applicable"] == "refuted"


GOOD = sane()


def rejection(change: Any) -> Rejection:
    certificate = copy.deepcopy(GOOD.certificate())
    change(certificate)
    with pytest.raises(Rejection) as caught:
        check(GOOD.documents, dump(certificate))
    return caught.value


def claim(certificate: Json, kind: str) -> Json:
    return next(c for c in certificate["claims"] if c["obligation"][0] == kind)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda c: c.update(claims=[]), "empty"),
        (lambda c: c["claims"].append(c["claims"][0]), "duplicate"),
        (lambda c: c["claims"][0].update(verdict="refuted"), "polarity"),
        (lambda c: c["claims"][0].update(verdict="unknown"), "shape"),
        (lambda c: c["claims"][0].update(evidence=None), "shape"),
        (lambda c: c["claims"][0].update(evidence=77), "reference"),
        (lambda c: c["claims"][0].update(evidence=-77), "polarity"),
        (lambda c: c["claims"].pop(), "unused"),
        (lambda c: c["claims"][0].update(obligation=[]), "empty"),
        (lambda c: c["claims"][0].update(obligation=["service_nice", {}]), "shape"),
        (lambda c: c["claims"][0].update(obligation=["service_coherent"]), "shape"),
        (lambda c: c["claims"][0]["obligation"].append([]), "shape"),
        (
            lambda c: c["claims"][0]["obligation"][1].update(service="sha256:" + "0" * 64),
            "reference",
        ),
        (
            lambda c: c["claims"][0]["obligation"][1].update(overlays=[digest(GOOD.listed[1])]),
            "reference",
        ),
        (lambda c: c["claims"][0]["obligation"][1].update(state=None), "shape"),
        (lambda c: claim(c, "rules_consistent")["obligation"][1].clear(), "empty"),
        (lambda c: claim(c, "rules_consistent")["obligation"][1].reverse(), "canonical"),
        (lambda c: claim(c, "rules_consistent")["obligation"][2].append([]), "empty"),
        (
            lambda c: claim(c, "rules_consistent")["obligation"].__setitem__(
                2, [[digest(GOOD.listed[1])]]
            ),
            "reference",
        ),
        (
            lambda c: claim(c, "rules_consistent").update(
                obligation=[
                    "rules_consistent",
                    claim(c, "rules_consistent")["obligation"][1][:1],
                    [claim(c, "rules_consistent")["obligation"][1][1:]],
                ]
            ),
            "reference",
        ),
        (lambda c: c.update(vocabulary=digest(GOOD.listed[1])), "reference"),
        (lambda c: c.update(documents=[]), "shape"),
        (lambda c: c.update(format="caio-certificate/v2"), "shape"),
        (lambda c: c.pop("format"), "shape"),
        (lambda c: c["evidence"].pop("witnesses"), "shape"),
    ],
)
def test_a_tampered_certificate_is_refused(change: Any, code: str) -> None:
    assert rejection(change).code == code
