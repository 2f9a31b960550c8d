"""Constraints, controls, measurements and attestations: each flaw is refused with its code, at its place."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from caio.checker import Rejection, check, load
from caio.checker.documents import BUDGET
from caio.checker.formulas import Formulas
from caio.checker.obligations import Question
from caio.checker.reader import digest
from caio.checker.score import Scores
from tests.checker.forge import (
    Json,
    World,
    affine,
    constraint,
    control,
    document_set,
    dump,
    expression,
    field,
    governed,
    guarantee,
    number,
    seal,
)

Change = Callable[[World], object]
DECISION = governed().decision()
BEST = 2
"""The place of the admitted candidate: `alpha` under `calm`."""


def code(act: Callable[[], object]) -> str:
    try:
        act()
    except Rejection as rejection:
        return rejection.code
    return "accepted"


def of_decision(decision: Json) -> str:
    data = dump(decision)
    return code(lambda: check(load(data), data))


def test_a_decision_with_everything_is_accepted_and_says_what_it_rests_on() -> None:
    data = dump(DECISION)
    verdict = check(load(data), data)
    assert verdict.verdict == "routed"
    assert DECISION["selected"] == {
        "service": "alpha",
        "version": "1.0",
        "route": "external",
        "control": "calm",
    }
    told = {claim.name: (claim.text, claim.status) for claim in verdict.claims}
    assert told["facts"][0].endswith("whose signature was not checked, not proved")
    assert told["facts"][1] == "attested"
    assert told["measurements"] == ('measurements "now" are recorded, not proved', "measured")
    assert [c["control"] for c in DECISION["candidates"]] == ["bold", "bold", "calm", "calm"]
    assert DECISION["candidates"][1]["failed"] == [["policy", "bold_is_exact", 0]]


# --- documents ------------------------------------------------------------------------------------

GOAL = expression("-1", {"metric.accuracy": "1"})


def aim(*then: Json, when: Json = True, of: str = "safety") -> Change:
    def change(world: World) -> None:
        world.constraints = [constraint("c", of, *then, when=when)]

    return change


def over(**terms: str) -> Change:
    named = {name.replace("__", "."): factor for name, factor in terms.items()}
    return aim(expression("0", named))


def put(part: str, path: list[Any], value: Json) -> Change:
    def change(world: World) -> None:
        target = getattr(world, part)
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = value

    return change


def left_out(part: str, path: list[Any]) -> Change:
    def change(world: World) -> None:
        target = getattr(world, part)
        for key in path[:-1]:
            target = target[key]
        del target[path[-1]]

    return change


def le(variable: str) -> Json:
    return ["le", {"constant": "0", "terms": {variable: "1"}}]


C, V, P, M, A = "constraints", "vocabulary", "profile", "measurements", "attestation"
FLAWS: list[tuple[str, Change, str]] = [
    # Expressions.
    *(
        (f"an expression with {relation}", aim({**GOAL, "relation": relation}), "shape")
        for relation in (">=", ">", "==", "")
    ),
    ("an expression with a bound", aim({**GOAL, "bound": "0"}), "shape"),
    ("an expression without terms", aim({"on": "expression", "relation": "<="}), "shape"),
    ("an expression with a level", aim({**GOAL, "level": None}), "shape"),
    ("an expression of a number", aim({**GOAL, "terms": "0"}), "shape"),
    ("a factor of 0", over(metric__accuracy="0"), "canonical"),
    ("a factor of words", over(metric__accuracy="much"), "number"),
    ("an unknown metric", over(metric__speed="1"), "reference"),
    ("an unknown attribute", over(service__colour="1"), "reference"),
    ("a metric without its prefix", over(accuracy="1"), "reference"),
    ("an enumerated attribute in an expression", over(service__privacy__locality="1"), "sort"),
    ("a Boolean attribute in an expression", over(service__privacy__encrypted="1"), "sort"),
    ("a Boolean measured field in an expression", over(measured__seen="1"), "sort"),
    ("the route in an expression", over(choice__route="1"), "origin"),
    ("the control in an expression", over(choice__control="1"), "origin"),
    ("a count of a metric", aim(expression("0", {"count(metric.accuracy)": "1"})), "sort"),
    ("a count of the cost", aim(expression("0", {"count(cost)": "1"})), "sort"),
    ("a count of a choice", aim(expression("0", {"count(choice.route)": "1"})), "origin"),
    # Conditions.
    ("a metric in a condition", aim(GOAL, when=le("metric.accuracy")), "origin"),
    ("the cost in a condition", aim(GOAL, when=le("cost")), "origin"),
    ("an attribute in a condition", aim(GOAL, when=le("service.privacy.retention")), "origin"),
    ("the route as a number", aim(GOAL, when=le("choice.route")), "sort"),
    ("a route that is none", aim(GOAL, when=["in", "choice.route", ["scenic"]]), "reference"),
    ("a control that is none", aim(GOAL, when=["in", "choice.control", ["wild"]]), "reference"),
    ("the control `none`", aim(GOAL, when=["in", "choice.control", ["none"]]), "reference"),
    (
        "controls out of order",
        aim(GOAL, when=["in", "choice.control", ["bold", "calm"]]),
        "canonical",
    ),
    ("no control at all", aim(GOAL, when=["in", "choice.control", []]), "empty"),
    ("something else chosen", aim(GOAL, when=["in", "choice.mood", ["calm"]]), "reference"),
    # What constraints consist of.
    ("a constraint without actions", aim(), "empty"),
    ("a constraint of another subject", aim(GOAL, of="taste"), "shape"),
    ("a constraint of a rule", aim(GOAL, of="rule"), "shape"),
    (
        "a bound on a metric",
        aim(
            {
                "on": "metric",
                "name": "accuracy",
                "relation": "<=",
                "bound": affine("1"),
                "level": None,
            }
        ),
        "shape",
    ),
    ("a bound on the cost", aim({"on": "cost", "relation": "<=", "bound": affine("1")}), "shape"),
    (
        "a bound on a numeric attribute",
        aim({"on": "attribute", "name": "privacy.retention", "relation": "<=", "bound": "1"}),
        "shape",
    ),
    ("a bound on the time", aim({"on": "time", "relation": "<=", "bound": "1"}), "shape"),
    ("a priority", put(C, [0, "priority"], 0), "shape"),
    ("a constraint without a subject", left_out(C, [0, "of"]), "shape"),
    (
        "two constraints of one name",
        lambda w: w.constraints.append({**w.constraints[0], "of": "traits"}),
        "duplicate",
    ),
    # The same words where they are not allowed.
    ("a rule with an expression", put("rules", [1, "then"], [GOAL]), "shape"),
    (
        "a rule under a route",
        put("rules", [1, "when"], ["in", "choice.route", ["hybrid"]]),
        "origin",
    ),
    ("a rule over what was measured", put("rules", [1, "when"], le("measured.caution")), "origin"),
    ("a request that ensures an expression", put("request", ["ensure"], [GOAL]), "shape"),
    (
        "a promise over facts",
        put(
            "services",
            [0, "guarantees", 0, "bound"],
            {"constant": "0", "terms": {"fact.trust": "1"}},
        ),
        "origin",
    ),
    (
        "a promise over a metric",
        put(
            "services",
            [0, "guarantees", 0, "bound"],
            {"constant": "0", "terms": {"metric.latency": "1"}},
        ),
        "origin",
    ),
    (
        "a promise under a control",
        put("services", [0, "guarantees", 0, "when"], ["in", "choice.control", ["calm"]]),
        "origin",
    ),
    (
        "an assumption about the choice",
        put("services", [0, "assumes"], [["in", "choice.route", ["hybrid"]]]),
        "origin",
    ),
    (
        "an amount of what was measured",
        put(
            "services",
            [0, "cost", 0, "amount"],
            {"constant": "0", "terms": {"measured.steps": "1"}},
        ),
        "origin",
    ),
    (
        "a limit on what was measured",
        put(P, ["limits", "available"], [le("measured.caution")]),
        "origin",
    ),
    # Vocabularies and profiles.
    ("no controls in a vocabulary", left_out(V, ["controls"]), "shape"),
    ("controls as a text", put(V, ["controls"], "calm"), "shape"),
    (
        "a control twice in a vocabulary",
        put(V, ["controls"], ["calm", "bold", "calm"]),
        "duplicate",
    ),
    ("a control named none", put(V, ["controls"], ["calm", "bold", "none"]), "name"),
    ("a control without a name", put(V, ["controls"], ["calm", "bold", ""]), "name"),
    ("a control as a number", put(V, ["controls"], ["calm", "bold", 1]), "shape"),
    ("a role of another sort", put(V, ["measured", 2, "role"], "conductivity"), "sort"),
    ("a role twice", put(V, ["measured", 0, "role"], "passband_energy"), "duplicate"),
    ("a measured role of a fact", put(V, ["facts", 0, "role"], "conductivity"), "reference"),
    ("no controls in a profile", left_out(P, ["controls"]), "shape"),
    ("a control that is not declared", put(P, ["controls"], [control("wild")]), "reference"),
    ("the control none in a profile", put(P, ["controls"], [control("none")]), "reference"),
    ("a control twice", put(P, ["controls"], [control("calm"), control("calm")]), "duplicate"),
    (
        "controls out of their order",
        put(P, ["controls"], [control("bold"), control("calm")]),
        "canonical",
    ),
    ("a control with more", put(P, ["controls", 0, "gain"], "1"), "shape"),
    ("a control without damping", left_out(P, ["controls", 0, "damping"]), "shape"),
    ("an excitation too large", put(P, ["controls", 0, "excitation"], "1001"), "sort"),
    ("a negative excitation", put(P, ["controls", 0, "excitation"], "-1"), "sort"),
    ("a damping beyond 1", put(P, ["controls", 0, "damping"], "1001/1000"), "sort"),
    ("a damping as an integer", put(P, ["controls", 0, "damping"], 1), "shape"),
    ("weights of the other objective", put(P, ["objective"], "eq1.5"), "shape"),
    ("a weight missing", left_out(P, ["weights", "intent"]), "shape"),
    ("a negative weight", put(P, ["weights", "risk"], "-1"), "sort"),
    # Measurements.
    *(
        (f"measurements without {name}", left_out(M, [name]), "shape")
        for name in ("name", "procedure", "resolution", "inputs", "intervals", "terms")
    ),
    ("measurements with more", put(M, ["at"], "0"), "shape"),
    ("a resolution of 2", put(M, ["resolution"], "2"), "sort"),
    ("a resolution too fine", put(M, ["resolution"], "1/1000001"), "limit"),
    ("a resolution as an integer", put(M, ["resolution"], 1000), "shape"),
    ("an input that is no digest", put(M, ["inputs", "intent"], "sha256:1"), "shape"),
    ("an input without a name", put(M, ["inputs", ""], "sha256:" + "1" * 64), "name"),
    ("inputs in a list", put(M, ["inputs"], []), "shape"),
    ("an interval of nothing", put(M, ["intervals", "mood"], ["0", "1"]), "reference"),
    (
        "an interval with its prefix",
        put(M, ["intervals", "measured.caution"], ["0", "1"]),
        "reference",
    ),
    ("an interval of a Boolean field", put(M, ["intervals", "seen"], ["0", "1"]), "sort"),
    ("an interval turned round", put(M, ["intervals", "caution"], ["1", "0"]), "sort"),
    ("an interval above its range", put(M, ["intervals", "caution"], ["0", "11/10"]), "sort"),
    ("an interval below its range", put(M, ["intervals", "caution"], ["-1/10", "1"]), "sort"),
    ("an integer interval with a fraction", put(M, ["intervals", "steps"], ["1/2", "1"]), "sort"),
    ("an interval of one end", put(M, ["intervals", "caution"], ["0"]), "shape"),
    ("an interval of three ends", put(M, ["intervals", "caution"], ["0", "0", "1"]), "shape"),
    ("an interval of integers", put(M, ["intervals", "steps"], [1, 2]), "shape"),
    ("an interval without an end", put(M, ["intervals", "caution"], ["0", None]), "shape"),
    ("terms of a control that is not declared", put(M, ["terms", "wild"], {}), "shape"),
    (
        "terms of a stranger",
        lambda w: w.measurements["terms"].update(wild=w.measurements["terms"]["calm"]),
        "reference",
    ),
    *(
        (f"{name} of {value!r}", put(M, ["terms", "calm", name], value), expected)
        for name in ("intent", "attention", "resonance")
        for value, expected in (
            (1001, "sort"),
            (-1, "sort"),
            (True, "shape"),
            ("400", "shape"),
            (None, "shape"),
        )
    ),
    ("a policy term above N", put(M, ["terms", "calm", "policy", "beta"], 1001), "sort"),
    ("a negative policy term", put(M, ["terms", "calm", "policy", "beta"], -1), "sort"),
    ("a Boolean policy term", put(M, ["terms", "calm", "policy", "beta"], False), "shape"),
    ("a policy term of nobody", put(M, ["terms", "calm", "policy", "\n"], 1), "name"),
    ("a term too many", put(M, ["terms", "calm", "memory"], 1), "shape"),
    ("a term missing", left_out(M, ["terms", "calm", "policy"]), "shape"),
    # Attestations.
    ("an attestation without a node", left_out(A, ["node"]), "shape"),
    ("a node that is no digest", put(A, ["node"], "node-a"), "shape"),
    ("a signature of bytes", put(A, ["signature"], [1]), "shape"),
    ("an attestation with a name", put(A, ["name"], "x"), "shape"),
    *(
        (f"a statement without {name}", left_out(A, ["statement", name]), "shape")
        for name in ("algorithm", "at", "claims", "end", "issuer", "key", "kid", "start", "token")
    ),
    ("a statement with more", put(A, ["statement", "audience"], "me"), "shape"),
    ("claims as a text", put(A, ["statement", "claims"], "sub"), "shape"),
    ("a time as an integer", put(A, ["statement", "at"], 1), "shape"),
    ("a time with a fraction", put(A, ["statement", "end"], "1/2"), "sort"),
    ("a key that is no digest", put(A, ["statement", "key"], "k"), "shape"),
]


@pytest.mark.parametrize(("change", "expected"), [f[1:] for f in FLAWS], ids=[f[0] for f in FLAWS])
def test_a_flawed_document_is_refused(change: Change, expected: str) -> None:
    world = governed()
    change(world)
    assert code(lambda: load(document_set(*world.documents()))) == expected


def test_facts_of_one_name_are_one_whatever_their_origin() -> None:
    world = governed()
    listed = world.documents()
    listed.append({**world.facts, "origin": "asserted"})
    assert code(lambda: load(document_set(*listed))) == "duplicate"


def test_without_controls_nothing_may_be_said_of_them() -> None:
    world = governed()
    world.vocabulary["controls"], world.profile["controls"] = [], []
    world.measurements["terms"] = {}
    assert code(lambda: load(document_set(*world.documents()))) == "reference"
    world.constraints.pop(1)
    load(document_set(*world.documents()))


# --- decisions ------------------------------------------------------------------------------------


def row(decision: Json, index: int) -> Json:
    return decision["candidates"][index]


def swap(items: list[Json], first: int, second: int) -> None:
    items[first], items[second] = items[second], items[first]


TAMPERINGS: dict[str, tuple[Callable[[Json], object], str]] = {
    "no control": (lambda d: row(d, 0).update(control="none"), "landscape"),
    "a control that is not in the profile": (
        lambda d: row(d, 0).update(control="wild"),
        "landscape",
    ),
    "a control as a number": (lambda d: row(d, 0).update(control=0), "shape"),
    "a control missing": (lambda d: row(d, 0).pop("control"), "shape"),
    "one control missing": (lambda d: d["candidates"].pop(), "landscape"),
    "twice the same control": (lambda d: d["candidates"].__setitem__(3, row(d, 2)), "landscape"),
    "the order of controls": (lambda d: swap(d["candidates"], 2, 3), "order"),
    "the winner under another control": (lambda d: d["selected"].update(control="bold"), "verdict"),
    "the winner without its control": (lambda d: d["selected"].pop("control"), "verdict"),
    "a score one better": (lambda d: row(d, 3).update(score=row(d, 3)["score"] + 1), "score"),
    "the score of another control": (lambda d: row(d, 1).update(score=row(d, 2)["score"]), "score"),
    "a refuted constraint claimed to hold": (lambda d: row(d, 1).update(failed=[]), "verdict"),
    "a constraint listed as a rule": (
        lambda d: row(d, 1).update(failed=[["rule", "bold_is_exact", 0]]),
        "verdict",
    ),
    "a constraint of another subject": (
        lambda d: row(d, 1).update(failed=[["safety", "bold_is_exact", 0]]),
        "verdict",
    ),
    "no measurements": (lambda d: d["inputs"].update(measurements=None), "reference"),
    "facts as measurements": (
        lambda d: d["inputs"].update(measurements=d["inputs"]["facts"]),
        "reference",
    ),
    "measurements missing": (lambda d: d["inputs"].pop("measurements"), "shape"),
    "no attestation of attested facts": (lambda d: d["inputs"].update(attestation=None), "verdict"),
    "an attestation without facts": (lambda d: d["inputs"].update(facts=None), "verdict"),
    "facts as an attestation": (
        lambda d: d["inputs"].update(attestation=d["inputs"]["facts"]),
        "reference",
    ),
    "an attestation missing": (lambda d: d["inputs"].pop("attestation"), "shape"),
    "four steps": (lambda d: d["steps"].pop(3), "verdict"),
    "no step of traits": (lambda d: d["steps"].__setitem__(3, ["availability", 1]), "verdict"),
    "proofs left out": (lambda d: d.update(proofs=[]), "verdict"),
    "proofs missing": (lambda d: d.pop("proofs"), "shape"),
    "proofs in an object": (lambda d: d.update(proofs={}), "verdict"),
    "a proof missing": (lambda d: d["proofs"].pop(2), "verdict"),
    "a proof too many": (lambda d: d["proofs"].append(d["proofs"][0]), "verdict"),
    "proofs in another order": (lambda d: swap(d["proofs"], 0, 1), "verdict"),
    "another statement": (lambda d: d["proofs"][2].update(statement="all is well"), "verdict"),
    "a statement about another": (
        lambda d: d["proofs"][1].update(
            statement=d["proofs"][1]["statement"].replace("alpha", "beta")
        ),
        "verdict",
    ),
    "another formal statement": (lambda d: d["proofs"][3].update(formal="G ≤ 1"), "verdict"),
    "another method": (lambda d: d["proofs"][4].update(method="trust"), "verdict"),
    "a proof that is not valid": (lambda d: d["proofs"][0].update(valid=False), "verdict"),
    "validity as a number": (lambda d: d["proofs"][0].update(valid=1), "verdict"),
    "less evidence": (lambda d: d["proofs"][2]["evidence"].pop(), "verdict"),
    "more evidence": (lambda d: d["proofs"][2]["evidence"].append(0), "verdict"),
    "evidence as truths": (lambda d: d["proofs"][4].update(evidence=[False, True]), "verdict"),
    "a proof with more": (lambda d: d["proofs"][2].update(by="us"), "verdict"),
    "no guarantees": (lambda d: d.update(guarantees=[]), "verdict"),
    "guarantees missing": (lambda d: d.pop("guarantees"), "shape"),
    "too much promised": (lambda d: d["guarantees"][0].update(lower="1"), "verdict"),
    "too little promised": (lambda d: d["guarantees"][0].update(lower="0"), "verdict"),
    "a promise as an integer": (lambda d: d["guarantees"][0].update(upper=1), "verdict"),
    "a promise of the cost": (lambda d: d["guarantees"][0].update(metric="cost"), "verdict"),
    "promises in another order": (lambda d: swap(d["guarantees"], 0, 1), "verdict"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampered_decision_is_refused(name: str) -> None:
    tamper, expected = TAMPERINGS[name]
    decision = copy.deepcopy(DECISION)
    tamper(decision)
    own = load(document_set(*DECISION["documents"]))
    assert code(lambda: check(own, dump(seal(decision, None)))) == expected


WORLDS: list[tuple[str, Change, str]] = [
    ("measurements of another resolution", put(M, ["resolution"], "1/2000"), "reference"),
    ("an attestation at another time", put(A, ["statement", "at"], "1795305600000001"), "verdict"),
    (
        "an attestation that begins later",
        put(A, ["statement", "start"], "1795305600000001"),
        "verdict",
    ),
    ("an attestation that ended", put(A, ["statement", "end"], "1795305600000000"), "verdict"),
    ("an attestation of asserted facts", put("facts", ["origin"], "asserted"), "verdict"),
    (
        "an attestation of another time within its window",
        lambda w: w.attestation["statement"].update(at="1795305600000001", end="1795305700000000"),
        "verdict",
    ),
]


@pytest.mark.parametrize(
    ("change", "expected"), [w[1:] for w in WORLDS], ids=[w[0] for w in WORLDS]
)
def test_inputs_that_do_not_belong_together_are_refused(change: Change, expected: str) -> None:
    world = governed()
    change(world)
    decision = {**copy.deepcopy(DECISION), "inputs": world.inputs(listed := world.documents())}
    assert code(lambda: check(load(document_set(*listed)), dump(seal(decision, None)))) == expected


@pytest.mark.parametrize("part", ["facts", "vocabulary"])
def test_an_attestation_of_something_else_is_refused(part: str) -> None:
    listed = copy.deepcopy(DECISION["documents"])
    word = next(document for document in listed if document["kind"] == "attestation")
    word["statement"][part] = "sha256:" + "9" * 64
    decision = copy.deepcopy(DECISION)
    decision["inputs"]["attestation"] = digest(word)
    assert code(lambda: check(load(document_set(*listed)), dump(seal(decision, None)))) == "verdict"


def test_an_interval_is_part_of_what_is_asked() -> None:
    """A narrower interval than the recorded one is another document, and a wider one another world."""
    world = governed()
    world.measurements["intervals"]["caution"] = ["3/5", "4/5"]
    listed = world.documents()
    decision = copy.deepcopy(DECISION)
    assert code(lambda: check(load(document_set(*listed)), dump(decision))) == "reference"
    world.measurements["intervals"]["caution"] = ["3/5", "1"]
    world.constraints[2]["then"][0]["terms"]["constant"] = "-1/2"
    assert ["traits", "kind", 0] in world.decision()["candidates"][BEST]["failed"]


def test_evidence_under_one_control_says_nothing_about_another() -> None:
    decision = copy.deepcopy(DECISION)
    admitted, refuted = row(decision, BEST), row(decision, 1)
    assert admitted["service"] == refuted["service"]
    refuted |= {"verdict": "admitted", "failed": [], "evidence": admitted["evidence"]}
    assert of_decision(seal(decision, None)) in {"rup", "farkas", "reference", "incomplete"}


def test_what_is_nominal_is_nothing_that_is_promised() -> None:
    world = governed()
    world.request["nominal"] = {
        "region": "eu",
        "urgent": False,
        "tokens": "600",
        "data": ["health"],
    }
    decision = world.decision()
    assert of_decision(decision) == "accepted"
    promised = {one["metric"]: one["upper"] for one in decision["guarantees"]}
    assert promised["latency"] == "17/2"
    decision["guarantees"][1]["upper"] = "11/10"
    assert of_decision(seal(decision, None)) == "verdict"


def test_with_nothing_selected_nothing_is_proved_or_promised() -> None:
    world = governed()
    world.constraints.append(constraint("nobody", "traits", expression("1", {})))
    decision = world.decision()
    assert decision["verdict"] == "not_routable"
    assert of_decision(decision) == "accepted"
    for name in ("proofs", "guarantees"):
        assert of_decision(seal({**decision, name: DECISION[name]}, None)) == "verdict"


@pytest.mark.parametrize("condition", ["==", "!="])
def test_without_a_control_no_condition_on_it_is_excluded(condition: str) -> None:
    """With one control alone, too, for under none there is none of them."""
    world = governed()
    world.vocabulary["controls"] = ["calm"]
    world.profile["controls"] = []
    world.measurements["terms"] = {}
    calm = ["in", "choice.control", ["calm"]]
    when = calm if condition == "==" else ["not", calm]
    impossible = {"on": "capability", "name": "vision", "provided": True}
    world.constraints = [constraint("c", "policy", impossible, when=when)]
    decision = world.decision()
    assert [one["control"] for one in decision["candidates"]] == ["none", "none"]
    assert all(["policy", "c", 0] in one["failed"] for one in decision["candidates"])
    assert of_decision(decision) == "accepted"


@pytest.mark.parametrize(
    ("terms", "relation", "holds"),
    [
        ({"metric.latency": "1"}, "<=", False),
        ({"metric.accuracy": "-1"}, "<=", True),
        ({"metric.accuracy": "1"}, "<=", False),
        ({"cost": "1"}, "<=", False),
        ({"cost": "-1"}, "<=", False),
        ({"service.privacy.retention": "-1"}, "<=", False),
        ({"service.privacy.retention": "1"}, "<=", False),
        ({"fact.trust": "-1"}, "<", True),
        ({"fact.trust": "1", "measured.steps": "-1"}, "<=", False),
        ({"fact.trust": "1", "measured.steps": "-3/2"}, "<=", True),
        ({"fact.trust": "1", "measured.steps": "-3/2"}, "<", False),
        ({"count(request.data)": "1", "fact.trust": "-1"}, "<", True),
        ({"count(fact.permissions)": "1", "fact.trust": "-1/3"}, "<=", True),
        ({"count(fact.permissions)": "1", "fact.trust": "-1/3"}, "<", False),
        ({"env.at": "-1"}, "<", True),
        ({}, "<=", True),
        ({}, "<", False),
    ],
)
def test_an_expression_is_as_large_as_its_bounds_let_it_be(
    terms: dict[str, str], relation: str, holds: bool
) -> None:
    world = governed()
    world.constraints = [constraint("g", "safety", expression("0", terms, relation))]
    decision = world.decision()
    assert of_decision(decision) == "accepted"
    examined = [one for one in decision["candidates"] if "failed" in one]
    assert all((["safety", "g", 0] in one["failed"]) != holds for one in examined)


def test_a_promise_at_a_lower_level_bounds_no_expression() -> None:
    world = governed()
    world.constraints = [constraint("g", "safety", expression("-100", {"metric.latency": "1"}))]
    for service in world.services:
        service["guarantees"][1]["level"] = "1/2"
    decision = world.decision()
    assert all(["safety", "g", 0] in one["failed"] for one in decision["candidates"])


def test_a_guarantee_of_too_many_digits_is_refused_and_nothing_else_happens() -> None:
    """Bounds of a dozen fields with denominators of their own sum to a number that no decision can hold."""
    world = World()
    names = [f"x{index}" for index in range(12)]
    for index, name in enumerate(names):
        world.vocabulary["request"].append(field(name, number("rational", "0", "1")))
        low = affine(f"-1/{10**480 + 1 + 2 * index}", **{name: "1"})
        world.request["given"].append(["le", low])
    sum_ = affine("1/2", **dict.fromkeys(names, "1"))
    for service in world.services:
        service["guarantees"].append(guarantee("latency", "<=", sum_))
    question, loaded, _ = world.question()
    scores = Scores(question, Formulas(BUDGET, loaded.formulas), nominal=False)
    assert code(lambda: list(scores.promised(question.world.entries[0]))) == "limit"


@pytest.mark.parametrize(
    ("variable", "factor", "bounds"),
    [
        ("cost", "1", 2),
        ("cost", "-1", 0),
        ("metric.latency", "1", 1),
        ("metric.latency", "-1", 0),
        ("metric.accuracy", "-1", 1),
        ("metric.accuracy", "1", 0),
        ("service.privacy.retention", "1", 1),
        ("fact.trust", "1", 0),
    ],
)
def test_what_an_expression_names_is_bounded_on_one_side(
    variable: str, factor: str, bounds: int
) -> None:
    """The condition, the bounds that matter (certificate-v1 section 8), and that the expression is positive."""
    world = governed()
    world.services[0]["attributes"]["privacy.retention"] = "60"
    world.constraints = [constraint("g", "safety", expression("-100", {variable: factor}))]
    question, loaded, _ = world.question()
    candidate = world.candidates(question.world)[0]
    asking = Question(loaded, question, Formulas(BUDGET), [candidate])
    goals = dict(asking.obligations(candidate))
    assert len(goals["safety", "g", 0]) == 1 + bounds + 1


def test_a_stated_attribute_is_what_it_says_in_an_expression() -> None:
    world = governed()
    for service, retention in zip(world.services, ("60", "61"), strict=True):
        service["attributes"]["privacy.retention"] = retention
    aim_ = expression("-60", {"service.privacy.retention": "1"})
    world.constraints = [constraint("g", "traits", aim_)]
    decision = world.decision()
    assert of_decision(decision) == "accepted"
    failed = {
        c["service"]: ["traits", "g", 0] in c["failed"]
        for c in decision["candidates"]
        if "failed" in c
    }
    assert failed == {"alpha": False, "beta": True}


def test_no_expression_names_a_cost_that_is_not_declared() -> None:
    world = governed()
    world.vocabulary["cost"] = None
    world.request["budget"], world.rules = None, []
    for service in world.services:
        service["cost"] = []
    assert code(lambda: load(document_set(*world.documents()))) == "reference"
    world.constraints.pop(0)
    load(document_set(*world.documents()))


def test_a_constraint_is_no_rule_among_rules() -> None:
    """Contradictions are asked of rules and invariants; a constraint is about one candidate."""
    world = governed()
    own = load(document_set(*world.documents()))
    claim = {
        "obligation": ["rules_consistent", [digest(world.constraints[0])], []],
        "verdict": "holds",
        "evidence": 0,
    }
    proof = {"atoms": [], "steps": [["rup", [], [1]]]}
    certificate = {
        "format": "caio-certificate/v1",
        "vocabulary": digest(world.vocabulary),
        "claims": [claim],
        "evidence": {"proofs": [proof], "witnesses": []},
    }
    assert code(lambda: check(own, dump(certificate))) == "reference"


def test_whether_a_constraint_ever_applies_can_be_claimed() -> None:
    world = governed()
    own = load(document_set(*world.documents()))
    kind = next(one for one in world.constraints if one["name"] == "kind")
    claim = {"obligation": ["rule_applicable", digest(kind)], "verdict": "holds", "evidence": -1}
    certificate = {
        "format": "caio-certificate/v1",
        "vocabulary": digest(world.vocabulary),
        "claims": [claim],
        "evidence": {"proofs": [], "witnesses": [{"measured.caution": "3/4"}]},
    }
    assert code(lambda: check(own, dump(certificate))) == "accepted"
    certificate["evidence"] = {"proofs": [], "witnesses": [{"measured.caution": "1/4"}]}
    assert code(lambda: check(own, dump(certificate))) == "witness"


@pytest.mark.parametrize(("route", "binds"), [("external", True), ("hybrid", False)])
def test_the_route_of_a_candidate_is_its_services(route: str, binds: bool) -> None:
    world = governed()
    impossible = {"on": "capability", "name": "vision", "provided": True}
    when = ["in", "choice.route", [route]]
    world.constraints = [constraint("r", "safety", impossible, when=when)]
    decision = world.decision()
    assert of_decision(decision) == "accepted"
    examined = [one for one in decision["candidates"] if "failed" in one]
    assert all((["safety", "r", 0] in one["failed"]) == binds for one in examined)


def test_equal_scores_stand_in_the_order_of_controls() -> None:
    world = governed()
    world.measurements["terms"]["bold"] = world.measurements["terms"]["calm"]
    decision = world.decision()
    rows = [(one["service"], one["control"]) for one in decision["candidates"]]
    assert rows[:2] == [("alpha", "bold"), ("alpha", "calm")]
    assert of_decision(decision) == "accepted"
    swap(decision["candidates"], 0, 1)
    assert of_decision(seal(decision, None)) == "order"
