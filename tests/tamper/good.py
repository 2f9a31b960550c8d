"""The good cases: small landscapes and rule sets, decided by the product.

`python -m tests.tamper.generate --cases` writes them; the vectors are made from the files.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from caio.base.canonical import canonical_bytes
from caio.certify.evidence import EvidenceTable
from caio.certify.prover import Model, Prover
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest, document_json
from caio.landscape.snapshot import take
from caio.obligations import documents as obligations
from caio.obligations.candidate import Question
from caio.obligations.clauses import ClauseForm, clause_form
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.files import decision_files
from caio.routing.question import constraints_of, policy_of
from caio.routing.route import route
from tests.tamper.case import Case, Json, digest
from tests.tamper.questions import questions
from tests.tamper.subject import (
    ALPHA,
    ASK,
    ATTESTED,
    BETA,
    CONSTRAINTS,
    COUNTER,
    COUNTING,
    FACTS,
    FIELDS,
    GAMMA,
    GE,
    LE,
    LT,
    NOW,
    NUMBERS,
    OMEGA,
    OPEN,
    OVERLAY,
    P99,
    PROFILE,
    RULES,
    SETTLED,
    STATES,
    STEERED,
    WORD,
    WORLD,
    W,
    affine,
    aim,
    counting,
    depth,
    eq,
    latency,
    le,
    lt,
)


def decided(
    name: str,
    prover: Prover,
    services: Sequence[d.Service],
    *,
    request: d.Request,
    policy: Sequence[d.Rule] = (),
    profile: d.Profile = PROFILE,
    facts: d.Facts | None = None,
    overlays: Sequence[d.Overlay] = (),
    states: Sequence[d.State] = (),
    constraints: Sequence[d.Constraint] = (),
    attestation: d.Attestation | None = None,
    measurements: d.Measurements | None = None,
) -> Case:
    """What the product decides, as it would write it."""
    question = Question(
        vocabulary=WORLD if request.vocabulary == W else NUMBERS,
        request=request,
        policy=policy_of(policy),
        profile=profile,
        facts=facts,
        at=NOW,
        constraints=constraints_of(constraints),
        attestation=attestation,
        measurements=measurements,
    )
    vocabulary = question.vocabulary
    snapshot = take(vocabulary, services, overlays, states, dict(profile.pins))
    files = decision_files(route(question, snapshot, prover))
    documents = json.loads(files.documents)["documents"]
    return Case(name, tuple(documents), json.loads(files.certificate))


def routed(prover: Prover) -> Case:
    """Two better candidates refuted, the third admitted, the last not examined."""
    return decided(
        "routed",
        prover,
        (ALPHA, BETA, GAMMA, OMEGA),
        request=ASK,
        policy=RULES,
        facts=FACTS,
        overlays=(OVERLAY,),
        states=STATES,
    )


def not_routable(prover: Prover) -> Case:
    """Nobody may serve somebody of whom nothing is known; one service also contradicts itself."""
    torn = replace(
        ALPHA,
        name="torn",
        guarantees=(latency(LE, affine(3)), latency(GE, affine(2, tokens="1/1000"))),
    )
    request = replace(ASK, name="anonymous", given=(eq(-2500, tokens=1), *ASK.given[2:]))
    return decided(
        "not_routable",
        prover,
        (torn, replace(BETA, capabilities=("vision",))),
        request=request,
        policy=RULES,
        profile=replace(PROFILE, pins=()),
    )


def ranges(prover: Prover) -> Case:
    """An open request: proofs by cases over ranges, a nominal point for the scores."""
    return decided(
        "ranges",
        prover,
        (replace(GAMMA, permits=d.Permits("any", ("invoke",))), OMEGA),
        request=OPEN,
        policy=RULES[2:],
        facts=FACTS,
        states=STATES[2:],
    )


def parity(prover: Prover) -> Case:
    """Integer reasoning: an even number is not odd, and three times one is not one more."""
    service = replace(
        COUNTER,
        assumes=(
            t.Not(eq(0, a=2, b=-1, c=-1)),
            t.Not(
                t.And((le(-1, a=3, b=-3, c=3), le(2, a=-3, b=3, c=-4), le(1, c=-1), le(-1, c=1)))
            ),
        ),
        guarantees=(depth(LE, affine(0, a=2, c=1), le(1, a=1)), depth(LE, affine(3, b="1/3"))),
    )
    request = counting(
        "parity",
        eq(-1, b=1, c=-1),
        le(-40, a=-1),
        le(-7, a=1, b=1),
        le(-9, c=-1),
        t.Not(eq(-2, a=1)),
        ensure=(t.OnMetric("depth", LE, affine(20)),),
    )
    return decided("parity", prover, (service,), request=request, profile=COUNTING)


def mixed(prover: Prover) -> Case:
    """Integers beside reals, strict beside not strict, with fractions."""
    service = replace(
        COUNTER,
        assumes=(lt("-9/2", a=1, x="1/3"), t.Not(eq("1/2", x=1, y="-2/3"))),
        guarantees=(
            depth(LT, affine("1/7", x="3/5", y=1), lt(0, y=1, a=-1)),
            depth(LE, affine(9, a="-1/2"), le(0, y=-1, a=1)),
            depth(GE, affine(-50)),
        ),
    )
    request = counting(
        "mixed",
        lt(0, x=1, a="-1/2"),
        le(-3, a=1),
        le(-1, a=-1),
        t.Or((lt("-1/4", y=1, x="-1/8"), lt(4, y="-1/2"))),
        le(-30, y=1),
        le("-7/2", y=-1),
        lt(-1, x=1, y="-2/3"),
        lt(0, x=-1, y="2/3"),
        ensure=(t.OnMetric("depth", LT, affine(21)),),
    )
    return decided("mixed", prover, (service,), request=request, profile=COUNTING)


def knapsack(prover: Prover) -> Case:
    """29 is the largest number that 6, 10 and 15 do not sum to: proofs by splits over fresh atoms."""
    service = replace(
        COUNTER,
        assumes=(t.Not(eq(-29, a=6, b=10, c=15)),),
        guarantees=(depth(LE, affine(-3, a=6, b=10), le("5/2", c=-1)), depth(LE, affine(80))),
    )
    request = counting(
        "knapsack",
        *(le(0, **{name: -1}) for name in ("a", "b", "c")),
        le(-2, b=1),
        ensure=(t.OnMetric("depth", LE, affine(80, a="1/3")),),
    )
    return decided("knapsack", prover, (service,), request=request, profile=COUNTING)


def _doubtful(name: str, prover: Prover, *, optional: bool) -> Case:
    """An obligation that no budget of this size decides, above one that is trivial."""
    hard = replace(
        COUNTER,
        name="hard",
        assumes=(t.Not(eq(0, a=2, b=-1, c=-1)), t.Not(eq(3, a=6, b=10, c=15))),
        guarantees=(depth(LE, affine(0)), depth(GE, affine("1/2", x=1), le(0, x=1, a=1))),
    )
    services = (hard, replace(COUNTER, name="plain"), replace(COUNTER, name="spare"))
    for units in range(1, 200):
        profile = replace(
            COUNTING,
            limits=replace(COUNTING.limits, solver_units=units),
            optional_optimality=optional,
        )
        request = counting("any", eq(-1, b=1, c=-1))
        case = decided(name, prover, services, request=request, profile=profile)
        standings = [row["verdict"] for row in case.certificate["candidates"]]
        if standings == ["unknown", "admitted", "not_examined"]:
            return case
    raise AssertionError("no budget decides the one and not the other")


def unknown(prover: Prover) -> Case:
    """An unknown above the winner, where the profile requires optimality."""
    return _doubtful("unknown", prover, optional=False)


def doubtful(prover: Prover) -> Case:
    """An unknown above the winner, where the profile does not mind."""
    return _doubtful("doubtful", prover, optional=True)


def tied(prover: Prover) -> Case:
    """Equal scores: names decide; the smallest decision of all."""
    services = [replace(COUNTER, name=name) for name in ("a", "b", "c")]
    return decided(
        "tied",
        prover,
        services,
        request=counting("least"),
        profile=COUNTING,
    )


def steered(prover: Prover) -> Case:
    """Eq. 1.1 with everything: controls, measured fields, three kinds of constraints, attested facts."""
    return decided(
        "steered",
        prover,
        (ALPHA, BETA, GAMMA, OMEGA),
        request=ASK,
        policy=RULES[:1],
        profile=STEERED,
        facts=ATTESTED,
        overlays=(SETTLED, OVERLAY),
        states=STATES,
        constraints=CONSTRAINTS,
        attestation=WORD,
        measurements=FIELDS,
    )


def uncontrolled(prover: Prover) -> Case:
    """Constraints where there is no control: what is asked of any, and of none of them, must be kept."""
    calmly = d.Constraint(
        W,
        "calmly",
        "policy",
        t.In("choice.control", ("calm",)),
        (aim(LE, "-3/2", measured__depth="1/4"),),
    )
    otherwise = replace(
        calmly,
        name="otherwise",
        when=t.Not(t.In("choice.control", ("calm", "bold", "late"))),
        then=(aim(LT, -61, metric__latency=1),),
    )
    return decided(
        "uncontrolled",
        prover,
        (ALPHA, GAMMA),
        request=replace(ASK, ensure=(t.OnMetric("latency", LE, affine(9), P99),)),
        profile=replace(PROFILE, pins=()),
        facts=FACTS,
        overlays=(OVERLAY,),
        states=(STATES[0], STATES[2]),
        constraints=(calmly, otherwise, CONSTRAINTS[1]),
        measurements=replace(FIELDS, terms=()),
    )


def sane(prover: Prover) -> Case:
    """A certificate of documents: contracts coherent and usable, rules applicable, two at odds."""
    odd = d.Rule(
        W,
        "cheap",
        le(-6000, tokens=1),
        (t.OnCost(LE, affine(0, tokens="1/2000")), t.OnAttribute("privacy.encrypted", (True,))),
    )
    dear = d.Rule(
        W,
        "dear",
        le(5000, tokens=-1),
        (t.OnCost(GE, affine(1, tokens="1/2000")), t.OnMetric("latency", GE, affine(1), P99)),
    )
    never = d.Rule(W, "never", le(10_001, tokens=-1), (t.OnCapability("vision", provided=False),))
    useless = replace(ALPHA, name="useless", assumes=(le(3, tokens=1),))
    rules = sorted((odd, dear, never), key=document_digest)
    contracts = [Contract(GAMMA, (OVERLAY,), None), Contract(useless, (), None)]
    return Case("sane", *_claimed(prover, contracts, rules))


def _claimed(
    prover: Prover, contracts: Sequence[Contract], rules: Sequence[d.Rule]
) -> tuple[tuple[Json, ...], Json]:
    meaning = Meaning(WORLD)
    evidence = EvidenceTable()
    claims: list[Json] = []
    kinds = (
        ("service_assumable", obligations.assumable),
        ("service_coherent", obligations.coherent),
        ("service_cost_disjoint", obligations.cost_disjoint),
    )
    forms: list[tuple[list[Any], ClauseForm]] = [
        (
            [
                kind,
                {
                    "service": document_digest(contract.service),
                    "overlays": [document_digest(overlay) for overlay in contract.overlays],
                },
            ],
            clause_form([build(contract, meaning)], meaning.scope),
        )
        for contract in contracts
        for kind, build in kinds
    ]
    for rule in rules:
        form = clause_form([obligations.applicable(rule, meaning)], meaning.scope)
        forms.append((["rule_applicable", document_digest(rule)], form))
    pairs: list[tuple[Sequence[d.Rule], list[Sequence[d.Rule]]]] = [
        (list(rules), []),
        (rules[:1], []),
        (rules[1:2], []),
        (list(rules), [rules[:]]),
    ]
    at_odds = [rule for rule in rules if rule.name != "never"]
    pairs.append((list(rules), [at_odds]))
    for members, aside in pairs:
        posed = obligations.consistent(
            members, [[rule.name for rule in group] for group in aside], meaning
        )
        key = [
            "rules_consistent",
            [document_digest(rule) for rule in members],
            [[document_digest(rule) for rule in group] for group in aside],
        ]
        forms.append((key, clause_form([posed.block], posed.scope)))
    for key, form in forms:
        answer = prover.decide(form)
        satisfiable = isinstance(answer, Model)
        hoped = key[0] in {"service_assumable", "rule_applicable"}
        claims.append(
            {
                "obligation": key,
                "verdict": "holds" if satisfiable == hoped else "refuted",
                "evidence": evidence.reference(answer),
            }
        )
    documents: list[d.Document] = [WORLD, *rules]
    for contract in contracts:
        documents += [contract.service, *contract.overlays]
    body: dict[str, Json] = {
        "format": "caio-certificate/v1",
        "vocabulary": W,
        "claims": claims,
        "evidence": evidence.json(),
    }
    plain = [json.loads(canonical_bytes(document_json(document))) for document in documents]
    return tuple(sorted(plain, key=digest)), json.loads(canonical_bytes(body))


MAKERS: Sequence[Callable[[Prover], Case]] = (
    routed,
    not_routable,
    ranges,
    parity,
    mixed,
    knapsack,
    unknown,
    doubtful,
    tied,
    steered,
    uncontrolled,
    sane,
    questions,
)
