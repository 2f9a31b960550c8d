"""Questions over all requests: the good case that has one of every kind with every answer, and a second opinion on keys.

The opinion poses each question anew with the product, from what its key names, and never asks the checker.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from caio.base.canonical import canonical_bytes
from caio.certify.asking import Asker
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest, document_json
from caio.obligations import universal
from caio.obligations.asked import Asked, Policy
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.obligations.refinement import assumable, coherent, cost_disjoint, refinement
from tests.tamper.case import Case, Json, digest
from tests.tamper.subject import (
    ALPHA,
    ASK,
    BETA,
    CONSTRAINTS,
    FACTS,
    GAMMA,
    GT,
    LE,
    OVERLAY,
    P99,
    PROFILE,
    RULES,
    WORLD,
    W,
    affine,
    aim,
    latency,
    le,
    load,
)

NEWER = replace(
    GAMMA,
    version="2.2",
    route="external",
    assumes=GAMMA.assumes[1:],
    guarantees=(*GAMMA.guarantees, latency(LE, affine(30))),
    permits=replace(GAMMA.permits, trust=None, mode="any", zones=("internal",)),
    capabilities=("chat",),
    cost=(d.CostCase(t.TRUE, affine(0, tokens="1/1000")),),
)
USELESS = replace(
    ALPHA,
    name="useless",
    version="0.1",
    assumes=(le(3, tokens=1),),
    guarantees=(latency(LE, affine(1)), latency(GT, affine(2))),
    cost=(*ALPHA.cost, *ALPHA.cost),
)
TORN = replace(USELESS, name="torn", assumes=())
FREE = replace(ALPHA, name="free", cost=())
SWIFT = d.Rule(W, "swift", t.Is("request.urgent"), (t.OnMetric("latency", LE, affine(5), P99),))
BRISK = d.Rule(W, "brisk", t.Is("request.urgent"), (t.OnMetric("latency", LE, affine(9), P99),))
DEAD = d.Rule(W, "dead", le(10_001, tokens=-1), (t.OnCapability("vision"),))
CHEAP = d.Constraint(W, "cheap", "policy", t.TRUE, (aim(LE, -9, cost=1),))
SILENT = d.Class(W, "silent", (), (t.Not(t.Has("request.data", "health")),))
IDLE = load(t.Comparison.LE, "1/2")
SMALL = d.Class(W, "small", (("chat",),), (le(-100, tokens=1), IDLE, *SILENT.given))
NOBODY = d.Class(W, "nobody", (), (le(10_001, tokens=-1),))
QUICK = replace(SMALL, name="quick", ensure=SWIFT.then, deadline=PROFILE.limits.routing_allowance)
NO_LEAK = d.Property(
    W,
    "no_leak",
    d.Never(
        t.And((t.Has("request.data", "health"), t.In("service.privacy.locality", ("eu", "us"))))
    ),
)
NO_WAIT = d.Property(
    W,
    "no_wait",
    d.Never(t.Compare(t.Comparison.LT, t.Affine.of(Fraction(9), {"metric.latency": Fraction(-1)}))),
)
SERVED = d.Property(W, "served", d.Always(1, document_digest(SMALL)))
SPOILT = d.Property(W, "spoilt", d.Always(2, document_digest(QUICK)))

DEMANDS = (*RULES, *CONSTRAINTS, SWIFT, BRISK, DEAD, CHEAP)
CONTRACTS = tuple(
    Contract(*parts)
    for parts in (
        (GAMMA, (OVERLAY,)),
        (NEWER,),
        (ALPHA,),
        (BETA,),
        (USELESS,),
        (TORN,),
        (FREE,),
        (GAMMA,),
    )
)
MORE = (SILENT, SMALL, NOBODY, QUICK, NO_LEAK, NO_WAIT, SERVED, SPOILT)


def _posed(meaning: Meaning) -> Iterator[Asked]:
    policy = Policy.of(DEMANDS, PROFILE)
    some, none = Policy.of((SWIFT, CHEAP), PROFILE), Policy()
    for demand in DEMANDS:
        yield universal.applicable(demand, meaning)
        for contract in CONTRACTS:
            yield universal.meetable(demand, contract, meaning)
    for premise, goal in ((SWIFT, BRISK), (BRISK, SWIFT)):
        yield universal.implied((premise, CHEAP), goal, 0, meaning)
    for group in (SMALL, NOBODY):
        yield universal.inhabited(group, meaning)
    for old in CONTRACTS:
        for index in range(len(old.guarantees)):
            yield universal.matters(old, index, meaning)
        for new in CONTRACTS:
            yield from refinement(old, new, policy, meaning)
            sides = (old, some), (new, none)
            yield universal.keeps(ASK, FACTS, *sides, meaning, [SMALL])
            yield universal.keeps(SMALL, True, *sides, meaning, [])
        for claim in (NO_LEAK, NO_WAIT):
            yield universal.never(claim, old, some, meaning)
    served = [Contract(ALPHA), Contract(BETA)]
    yield universal.always(SERVED, SMALL, served, none, meaning)
    yield universal.always(SPOILT, QUICK, served, some, meaning)


def questions(prover: Prover) -> Case:
    """Of every kind the first that holds and the first that is refuted."""
    services = dict.fromkeys(contract.service for contract in CONTRACTS)
    documents: list[d.Document] = [WORLD, *services, OVERLAY, *DEMANDS, PROFILE, FACTS, ASK, *MORE]
    asker = Asker(WORLD, [documents], prover)
    found: dict[tuple[str, bool], Asked] = {}
    for answer in asker.ask("questions", list(_posed(asker.meaning))).answers:
        if answer.holds is not None:
            found.setdefault((answer.asked.kind, answer.holds), answer.asked)
    kept = [found[key] for key in sorted(found)]
    certificate = asker.ask("kept", kept).certificate
    if certificate is None:
        raise ValueError("nothing was decided")
    plain = [json.loads(canonical_bytes(document_json(one))) for one in documents]
    # Nothing is brought that no claim is about: what is unused may be anything.
    text = certificate.decode() + "".join(str(one) for one in plain if one["kind"] == "property")
    plain = [one for one in plain if digest(one) in text]
    return Case("questions", tuple(sorted(plain, key=digest)), json.loads(certificate))


# --- a second opinion ----------------------------------------------------------------------------


def asked_by(key: Json, meaning: Meaning, known: dict[str, d.Document]) -> Asked:
    """The question that a key names. Raises ``AssertionError`` where it names none."""
    kind, *parts = key
    found = _asked(kind, parts, meaning, known)
    assert canonical_bytes(list(found.key)) == canonical_bytes(key)
    return found


def _asked(kind: str, parts: Json, meaning: Meaning, known: dict[str, d.Document]) -> Asked:
    if kind.startswith("refines_"):
        policy = _policy(parts[2:] if kind == "refines_rule" else [], known)
        old, new = (_contract(part, known) for part in parts[:2])
        facets = list(refinement(old, new, policy, meaning))
        (found,) = [one for one in facets if list(one.key) == [kind, *parts]]
        return found
    match kind, parts:
        case "service_assumable", [s]:
            return assumable(_contract(s, known), meaning)
        case "service_coherent", [s]:
            return coherent(_contract(s, known), meaning)
        case "service_cost_disjoint", [s]:
            return cost_disjoint(_contract(s, known), meaning)
        case "rule_applicable", [p]:
            return universal.applicable(_demand(p, known), meaning)
        case "rule_meetable", [p, s]:
            return universal.meetable(_demand(p, known), _contract(s, known), meaning)
        case "guarantee_matters", [s, index]:
            return universal.matters(_contract(s, known), index, meaning)
        case "implied", [listed, r, index]:
            premises = [_demand(p, known) for p in listed]
            return universal.implied(premises, _demand(r, known), index, meaning)
        case "inhabited", [c]:
            return universal.inhabited(_class(c, known), meaning)
        case "never", [c, s, policy]:
            claim = known[c]
            assert isinstance(claim, d.Property)
            return universal.never(claim, _contract(s, known), _policy(policy, known), meaning)
        case "always", [c, listed, policy]:
            claim = known[c]
            assert isinstance(claim, d.Property)
            assert isinstance(claim.claim, d.Always)
            contracts = [_contract(s, known) for s in listed]
            assert len({contract.service.name for contract in contracts}) == len(contracts) > 0
            group = _class(claim.claim.group, known)
            return universal.always(claim, group, contracts, _policy(policy, known), meaning)
        case "keeps", [q, f, s, before, after_of, after, aside]:
            asked = None if q is None else known[q]
            assert asked is None or isinstance(asked, d.Request | d.Class)
            facts = known[f] if isinstance(f, str) else f is True
            assert isinstance(facts, d.Facts | bool)
            one, other = (None if at is None else _contract(at, known) for at in (s, after_of))
            sides = (one, _policy(before, known)), (other, _policy(after, known))
            groups = [_class(c, known) for c in aside]
            return universal.keeps(asked, facts, *sides, meaning, groups)
    raise AssertionError(f"no question: {kind}")


def _contract(at: Json, known: dict[str, d.Document]) -> Contract:
    service, overlays = known[at["service"]], [known[name] for name in at["overlays"]]
    assert isinstance(service, d.Service)
    own = tuple(one for one in overlays if isinstance(one, d.Overlay))
    assert [(one.service, one.version) for one in own] == [
        (service.name, service.version) for _ in overlays
    ]
    return Contract(service, own)


def _demand(name: str, known: dict[str, d.Document]) -> d.Rule | d.Constraint:
    found = known[name]
    assert isinstance(found, d.Rule | d.Constraint)
    return found


def _class(name: str, known: dict[str, d.Document]) -> d.Class:
    found = known[name]
    assert isinstance(found, d.Class)
    return found


def _policy(names: Sequence[str], known: dict[str, d.Document]) -> Policy:
    profiles = [one for one in (known[name] for name in names) if isinstance(one, d.Profile)]
    assert len(profiles) < 2
    rest = [_demand(name, known) for name in names if not isinstance(known[name], d.Profile)]
    return Policy.of(rest, profiles[0] if profiles else None)
