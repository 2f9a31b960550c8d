"""Explanations of generated requests that nobody takes, against the oracle and against their own certificates."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random
from typing import Any

from caio.analysis.explain.as_json import explanation_bytes
from caio.analysis.explain.explanation import Accepted, Wish, explain
from caio.base.canonical import canonical_bytes, digest
from caio.certify.acceptance import accept
from caio.certify.prover import Prover
from caio.ir import terms as t
from caio.routing.files import decision_files
from caio.routing.route import route
from tests.analysis.steering import steered
from tests.differential.asking import oracle_entry, oracle_question
from tests.differential.campaigns import (
    DisagreementError,
    must_agree,
)
from tests.differential.worlds import World, draw_world
from tests.oracle.candidate import Key
from tests.oracle.explaining import Candidate, Name, confirm, failing

RELAXATIONS = 3


@dataclass
class Explaining:
    """Every least bound, every set of changes and every count of a world whose request nobody takes."""

    prover: Prover
    services: int | None = None
    """How many services of each world are explained one by one, besides the whole; None for all."""
    largest: int | None = None
    """Worlds with more services than this are left out; None leaves out none."""
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, seed: int) -> int:
        """Explain the world of a seed, as it is and with a request that asks for more; how often nobody took it.

        Every second world has controls, measurements and constraints.
        """
        world = draw_world(seed)
        if seed % 2:
            world = steered(world)
        if self.largest is not None and len(world.snapshot.contracts) > self.largest:
            return 0
        return self._explain(world) + self._explain(strained(world))

    def _explain(self, world: World) -> bool:
        seed, decision = world.seed, route(world.question, world.snapshot, self.prover)
        if decision.outcome.value != "not_routable":
            return False
        files = decision_files(decision)
        accept(files.parts, files.certificate)
        controls = world.question.profile.control_names
        entries = {
            (c.service.name, control): Candidate(oracle_entry(c), control)
            for c in world.snapshot.contracts
            for control in controls
        }
        asked = oracle_question(world)
        broken = {name: failing(asked, entry) for name, entry in entries.items()}
        accepted = Accepted(world.question, world.snapshot, decision.json())
        names = [c.service.name for c in world.snapshot.contracts]
        for name in (None, *Random(seed).sample(names, len(names))[: self.services]):
            wish = Wish(name, limit=RELAXATIONS)
            said = json.loads(explanation_bytes(explain(accepted, wish, self.prover)))
            try:
                self.counts += confirm(asked, entries, broken, said)
                check_reasons(entries, broken, said)
                self.counts["claims"] += check_claims(said)
            except AssertionError as wrong:
                raise DisagreementError(f"world {seed}, {name}: {wrong}") from wrong
        self.counts["requests"] += 1
        return True


def strained(world: World) -> World:
    """The same world with a request that asks for so much that its own clauses are what keeps services out."""
    rng, question = Random(world.seed), world.question
    vocabulary, request = question.vocabulary, question.request
    ensure = list(request.ensure)
    for metric in vocabulary.metrics:
        share = (metric.upper - metric.lower) * Fraction(rng.randint(1, 199), 1000)
        upper = metric.better == "lower"
        strict, loose = (t.Relation.LT, t.Relation.LE) if upper else (t.Relation.GT, t.Relation.GE)
        bound = metric.lower + share if upper else metric.upper - share
        if rng.random() < 0.7:
            relation = strict if rng.random() < 0.3 else loose
            ensure.append(t.OnMetric(metric.name, relation, t.Affine(bound), metric.level))
    budget, deadline = request.budget, request.deadline
    if vocabulary.cost is not None:
        budget = vocabulary.cost.upper * Fraction(rng.randint(1, 99), 997)
    if deadline is not None:
        deadline *= Fraction(rng.randint(1, 50), 101)
    changed = replace(request, ensure=tuple(ensure), budget=budget, deadline=deadline)
    return replace(world, question=replace(question, request=changed))


def check_reasons(
    entries: Mapping[Name, Candidate], broken: Mapping[Name, list[Key]], said: Mapping[str, Any]
) -> None:
    """The groups count exactly the services that fail at their clause."""
    counts: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for name, keys in broken.items():
        mine = {_group(key, entries[name]) for key in keys}
        counts.update(mine)
        if len(mine) == 1:
            alone.update(mine)
    reasons = said["refused"]["reasons"]
    told = {json.dumps(reason["clause"]): reason["count"] for reason in reasons}
    must_agree(
        "the counts of the reasons", product=sorted(told.items()), oracle=sorted(counts.items())
    )
    told = {json.dumps(r["clause"]): r["alone"] for r in reasons if r["alone"]}
    must_agree("those with one reason", product=sorted(told.items()), oracle=sorted(alone.items()))
    must_agree(
        "the refused", product=said["refused"]["count"], oracle=sum(map(bool, broken.values()))
    )


def _group(key: Key, entry: Candidate) -> str:
    match key[0]:
        case "budget":
            return json.dumps(["budget", "covered" if key[1] == "covered" else "exceeded"])
        case "authorization" if entry.entry.service["permits"]["mode"] == "none":
            return json.dumps(["authorization", "nobody"])
        case (
            "requirement"
            | "rule"
            | "invariant"
            | "safety"
            | "policy"
            | "traits"
            | "capability"
            | "available"
        ):
            return json.dumps(key)
        case _:
            return json.dumps([key[0]])


def claims_of(value: Any) -> list[dict[str, Any]]:
    """Every claim in an explanation."""
    if isinstance(value, list):
        return [claim for one in value for claim in claims_of(one)]
    if not isinstance(value, dict):
        return []
    if value.keys() == {"certificate", "service", "control", "obligation", "holds"}:
        return [value]
    inner = {k: v for k, v in value.items() if k not in ("certificates", "documents")}
    return [claim for one in inner.values() for claim in claims_of(one)]


def check_claims(said: Mapping[str, Any]) -> int:
    """Every claim is what its certificate says, every certificate is used, and the checker accepts each on its own."""
    certificates, used = said["certificates"], {0}
    for claim in claims_of(said):
        used.add(claim["certificate"])
        candidate = next(
            c
            for c in certificates[claim["certificate"]]["candidates"]
            if (c["service"], c["control"]) == (claim["service"], claim["control"])
        )
        if claim["obligation"] is None:
            assert candidate["verdict"] == ("admitted" if claim["holds"] else "refuted"), claim
        else:
            assert candidate["verdict"] != "not_examined", claim
            assert (claim["obligation"] not in candidate["failed"]) == claim["holds"], claim
    for section in (said["winner"], said["service"]):
        used |= set() if section is None else {section["certificate"]}
        used |= {one["certificate"] for one in (section or {}).get("others", ())}
    assert used == set(range(len(certificates)))
    return len(claims_of(said))


def parts_of(said: Mapping[str, Any], certificate: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """The document set and the certificate of one of the certificates of an explanation."""
    inputs = certificate["inputs"]
    wanted = {inputs["vocabulary"], inputs["landscape"], inputs["request"], inputs["profile"]}
    wanted |= {*inputs["policy"], inputs["facts"], inputs["attestation"], inputs["measurements"]}
    known = {digest(document): document for document in said["documents"]}
    for entry in known[inputs["landscape"]]["entries"]:
        wanted |= {entry["service"], *entry["overlays"], entry["state"]}
    documents = [document for name, document in known.items() if name in wanted]
    listed = {"format": "caio-documents/v1", "documents": documents}
    return canonical_bytes(listed), canonical_bytes(certificate)
