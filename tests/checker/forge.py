"""Makes documents, proofs and decisions by hand, so that the checker has something to judge.

The prover is deliberately simple-minded: it splits on atoms and refutes every branch by Fourier and
Motzkin's elimination. It works on the checker's own clause forms, whose numbering the vectors in
docs/spec/vectors fix independently.
"""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import ceil, floor, lcm
from typing import Any

from caio.checker import Documents
from caio.checker.documents import BUDGET
from caio.checker.formulas import Atom, ClauseForm, Formula, Formulas
from caio.checker.obligations import Candidate, Question
from caio.checker.reader import Record, digest, parse
from caio.checker.score import Scores
from tests.oracle import decision as oracle
from tests.oracle.candidate import Entry as PlainEntry
from tests.oracle.candidate import Question as PlainQuestion
from tests.oracle.scores import promised

Json = Any
Row = tuple[dict[str, Fraction], Fraction, bool, dict[int, Fraction]]


def dump(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


# --- proofs ------------------------------------------------------------------------------------


def _row(atom: Atom, literal: int) -> Row:
    sign, bound, strict = atom.inequality(literal)
    terms = {variable.name: Fraction(sign * c) for variable, c in atom.terms}
    return terms, Fraction(bound), strict, {literal: Fraction(1)}


def eliminate(rows: list[Row]) -> dict[int, Fraction] | None:
    """Multipliers of a contradictory combination, if the rows have no rational solution."""
    for terms, bound, strict, used in rows:
        if not any(terms.values()) and (bound < 0 or (bound == 0 and strict)):
            return used
    names = sorted({name for terms, *_ in rows for name, c in terms.items() if c})
    if not names:
        return None

    def product(name: str) -> int:
        up = sum(row[0].get(name, 0) > 0 for row in rows)
        return up * sum(row[0].get(name, 0) < 0 for row in rows)

    name = min(names, key=product)
    kept = [row for row in rows if not row[0].get(name)]
    for a, b in itertools.product(rows, rows):
        p, q = a[0].get(name, Fraction(0)), b[0].get(name, Fraction(0))
        if p > 0 > q:
            keys, both = a[0].keys() | b[0].keys(), a[3].keys() | b[3].keys()
            terms = {k: a[0].get(k, 0) / p - b[0].get(k, Fraction(0)) / q for k in keys}
            factors = {k: a[3].get(k, 0) / p - b[3].get(k, Fraction(0)) / q for k in both}
            kept.append((terms, a[1] / p - b[1] / q, a[2] or b[2], factors))
    return eliminate(kept)


class Satisfiable(Exception):  # noqa: N818
    """There is no proof; here is a branch on which all clauses hold."""

    def __init__(self, literals: list[int]) -> None:
        self.literals = literals


class Prover:
    """Refutes a clause form."""

    def __init__(self, form: ClauseForm) -> None:
        self.atoms = list(form.atoms)
        self.clauses = list(form.clauses)
        self.steps: list[Json] = []

    def prove(self) -> Json:
        self._refute([])
        return {"atoms": [], "steps": self.steps}

    def _add(self, step: Json, clause: tuple[int, ...]) -> int:
        self.steps.append(step)
        self.clauses.append(clause)
        return len(self.clauses) - 1

    def _refute(self, assumed: list[int]) -> int:
        """The number of a derived clause that refutes the assumptions."""
        clause = [-literal for literal in assumed]
        true, hints = list(assumed), list[int]()
        found = True
        while found:
            found = False
            for number, literals in enumerate(self.clauses[1:], 1):
                left = [literal for literal in literals if -literal not in true]
                if not left:
                    return self._add(["rup", clause, [*hints, number]], tuple(clause))
                if len(left) == 1 and left[0] not in true:
                    true.append(left[0])
                    hints.append(number)
                    found = True
                    break
        rows = [_row(atom, n) for n in true if (atom := self.atoms[abs(n)]) is not None]
        factors = eliminate(rows)
        if factors is not None:
            scale = lcm(*(f.denominator for f in factors.values()))
            pairs = [[literal, str(int(f * scale))] for literal, f in factors.items() if f]
            negated = tuple(-literal for literal, f in factors.items() if f)
            lemma = self._add(["farkas", pairs], negated)
            if not self.clauses[lemma]:
                return lemma
            return self._add(["rup", clause, [*hints, lemma]], tuple(clause))
        open_ = [n for n in range(1, len(self.atoms)) if n not in true and -n not in true]
        if not open_:
            raise Satisfiable(true)
        sides = [self._refute([*assumed, open_[0]]), self._refute([*assumed, -open_[0]])]
        return self._add(["rup", clause, sides], tuple(clause))


def prove(form: ClauseForm) -> Json:
    """A proof, or `Satisfiable`."""
    proof = Prover(form).prove()
    steps = proof["steps"]
    while len(steps) > 1 and steps[-2][0] == "rup" and not steps[-2][1]:
        steps.pop()
    return proof


def truth(formula: Formula, point: dict[str, Fraction]) -> bool:
    """The value of a formula, by an evaluator of the tests' own."""
    if formula.atom is not None:
        left = sum(c * point[variable.name] for variable, c in formula.atom.terms)
        return left < formula.atom.bound if formula.atom.strict else left <= formula.atom.bound
    if formula.op == "not":
        return not truth(formula.opposite, point)
    return formula.op != "false" and all(truth(part, point) for part in formula.parts)


def solve(form: ClauseForm, literals: list[int]) -> dict[str, str] | None:
    """A point that satisfies the literals, if a greedy search finds one."""
    rows = [_row(atom, n) for n in literals if (atom := form.atoms[abs(n)]) is not None]
    # What a contract bounds comes after that which its bounds are made of.
    names = sorted(form.variables, key=lambda n: (n.startswith(("cost", "metric", "service")), n))
    point: dict[str, Fraction] = {}

    def search(index: int) -> bool:
        if index == len(names):
            return all(truth(formula, point) for formula in form.block)
        name = names[index]
        low: Fraction | None = None
        high: Fraction | None = None
        for terms, bound, _, _ in rows:
            c = terms.get(name)
            if c and all(other in point or other == name for other in terms):
                rest = sum(v * point[k] for k, v in terms.items() if k != name)
                end = (bound - rest) / c
                if c > 0:
                    high = end if high is None else min(high, end)
                else:
                    low = end if low is None else max(low, end)
        tries = [e for e in (low, high) if e is not None] or [Fraction(0)]
        tries += [sum(tries, Fraction(0)) / len(tries), tries[0] + 1, tries[-1] - 1]
        for value in tries:
            options = {value}
            if form.variables[name].integer:
                options = {Fraction(floor(value)), Fraction(ceil(value))}
            for option in sorted(options):
                point[name] = option
                if search(index + 1):
                    return True
                del point[name]
        return False

    return {name: str(value) for name, value in point.items()} if search(0) else None


class Evidence:
    """Collects proofs and witnesses, equal ones once."""

    def __init__(self) -> None:
        self.proofs: list[Json] = []
        self.witnesses: list[Json] = []
        self._known: dict[tuple[Formula, ...], int] = {}

    def of(self, form: ClauseForm) -> int:
        if form.block not in self._known:
            self._known[form.block] = self._find(form)
        return self._known[form.block]

    def _find(self, form: ClauseForm) -> int:
        try:
            proof = prove(form)
        except Satisfiable as branch:
            witness = solve(form, branch.literals)
            if witness is None:
                raise
            if witness not in self.witnesses:
                self.witnesses.append(witness)
            return -1 - self.witnesses.index(witness)
        if proof not in self.proofs:
            self.proofs.append(proof)
        return self.proofs.index(proof)

    def json(self) -> Json:
        return {"proofs": self.proofs, "witnesses": self.witnesses}


# --- documents ---------------------------------------------------------------------------------


def number(sort: str, lower: str | None, upper: str | None, dimension: str = "1") -> Json:
    return {"sort": sort, "dimension": dimension, "lower": lower, "upper": upper}


def field(name: str, kind: Json, role: str | None = None, default: Json = None) -> Json:
    return {"name": name, "type": kind, "default": default, "role": role}


def members(*names: str) -> Json:
    return [{"name": n.rstrip("!"), "sensitive": n.endswith("!")} for n in names]


VOCABULARY: Json = {
    "kind": "vocabulary",
    "name": "tiny",
    "enums": [
        {"name": "Region", "members": members("eu", "us")},
        {"name": "Data", "members": members("public", "health!")},
        {"name": "Locality", "members": members("on_device", "local", "eu", "us")},
        {"name": "Permission", "members": members("invoke", "admin")},
        {"name": "Zone", "members": members("internal", "partner", "public")},
    ],
    "units": ["token"],
    "capabilities": ["chat", "vision"],
    "metrics": [
        {
            "name": "accuracy",
            "dimension": "1",
            "lower": "0",
            "upper": "1",
            "better": "higher",
            "statistic": "expected",
            "level": None,
            "sequence": "min",
            "parallel": None,
            "role": None,
        },
        {
            "name": "latency",
            "dimension": "time",
            "lower": "0",
            "upper": "3600",
            "better": "lower",
            "statistic": "quantile",
            "level": "99/100",
            "sequence": "sum",
            "parallel": "max",
            "role": "latency",
        },
    ],
    "request": [
        field("region", {"sort": "enum", "enum": "Region"}),
        field("urgent", {"sort": "bool"}, default=False),
        field("tokens", number("int", "0", "1000000", "token")),
        field("data", {"sort": "set", "enum": "Data"}, role="data"),
    ],
    "facts": [
        field("trust", number("int", "0", "5"), role="trust"),
        field("permissions", {"sort": "set", "enum": "Permission"}, role="permissions"),
        field("zone", {"sort": "enum", "enum": "Zone"}, role="zone"),
    ],
    "environment": [
        field("healthy", {"sort": "bool"}),
        field("load", number("rational", "0", "1")),
    ],
    "measured": [
        field("caution", number("rational", "0", "1")),
        field("kappa", number("rational", "0", "1"), role="passband_energy"),
        field("steps", number("int", "0", "9")),
        field("seen", {"sort": "bool"}),
    ],
    "controls": ["calm", "bold"],
    "attributes": [
        field("privacy.locality", {"sort": "enum", "enum": "Locality"}, role="locality"),
        field("privacy.encrypted", {"sort": "bool"}, role="encrypted"),
        field("privacy.retention", number("rational", None, None, "time")),
    ],
    "cost": {"dimension": "USD", "upper": "10"},
}


def affine(constant: str, **terms: str) -> Json:
    return {"constant": constant, "terms": {f"request.{k}": v for k, v in terms.items()}}


def guarantee(metric: str, relation: str, bound: Json, *, when: Json = True) -> Json:
    level = "99/100" if metric == "latency" else None
    return {
        "metric": metric,
        "relation": relation,
        "bound": bound,
        "when": when,
        "level": level,
    }


def on_metric(name: str, relation: str, bound: Json) -> Json:
    level = "99/100" if name == "latency" else None
    return {"on": "metric", "name": name, "relation": relation, "bound": bound, "level": level}


def expression(constant: str, terms: dict[str, str], relation: str = "<=") -> Json:
    """`constant + Σ factor · variable` is at most (or less than) 0."""
    return {
        "on": "expression",
        "relation": relation,
        "terms": {"constant": constant, "terms": terms},
    }


def constraint(name: str, of: str, *then: Json, when: Json = True) -> Json:
    return {
        "kind": "constraint",
        "vocabulary": "",
        "name": name,
        "of": of,
        "when": when,
        "then": list(then),
    }


def control(name: str) -> Json:
    return {"name": name, "excitation": "2", "damping": "1/2"}


def field_terms(intent: int, attention: int, resonance: int, **policy: int) -> Json:
    own = {"intent": intent, "attention": attention, "resonance": resonance}
    return {**own, "policy": policy}


def measurements(**changes: Json) -> Json:
    """Measurements of nothing, with some of their fields changed."""
    own = {
        "kind": "measurements",
        "vocabulary": "",
        "name": "now",
        "procedure": "caio-fields/v1",
        "resolution": "1/1000",
        "inputs": {"intent": "sha256:" + "1" * 64},
        "intervals": {},
        "terms": {},
    }
    return own | changes


def attestation(at: int, **changes: Json) -> Json:
    """What a node signs of a token; the forge names vocabulary and facts."""
    statement = {
        "algorithm": "EdDSA",
        "at": str(at),
        "claims": ["scope", "sub"],
        "end": str(at + 1),
        "facts": "",
        "issuer": "https://issuer.example",
        "key": "sha256:" + "2" * 64,
        "kid": "k1",
        "start": str(at - 1),
        "subject": "sha256:" + "3" * 64,
        "token": "sha256:" + "4" * 64,
        "vocabulary": "",
    }
    return {
        "kind": "attestation",
        "vocabulary": "",
        "node": "sha256:" + "5" * 64,
        "signature": "AAAA",
        "statement": statement | changes,
    }


class World:
    """A document set and its decision; change the parts, then `decision()`."""

    def __init__(self) -> None:
        self.vocabulary = copy.deepcopy(VOCABULARY)
        v = "sha256:" + "0" * 64
        self.services = [self._service("alpha", "2", "90"), self._service("beta", "1/2", "92")]
        self.services[1]["attributes"]["privacy.locality"] = "us"
        self.overlays: list[Json] = []
        self.states = [
            {
                "kind": "state",
                "vocabulary": v,
                "service": name,
                "version": "1.0",
                "values": {"healthy": True, "load": "1/4"},
                "history": {"calls": "100", "violations": "3"},
            }
            for name in ("alpha", "beta")
        ]
        self.rules: list[Json] = [
            {
                "kind": "invariant",
                "vocabulary": v,
                "name": "health_at_home",
                "priority": 0,
                "when": ["has", "request.data", "health"],
                "then": [
                    {
                        "on": "attribute",
                        "name": "privacy.locality",
                        "in": ["on_device", "local", "eu"],
                    }
                ],
            },
            {
                "kind": "rule",
                "vocabulary": v,
                "name": "fast",
                "priority": 3,
                "when": ["is", "request.urgent"],
                "then": [on_metric("latency", "<=", affine("1"))],
            },
        ]
        self.request: Json = {
            "kind": "request",
            "vocabulary": v,
            "name": "triage",
            "caller": None,
            "needs": [["chat"]],
            "given": [
                ["le", affine("500", tokens="-1")],
                ["le", affine("-8000", tokens="1")],
                ["in", "request.region", ["eu"]],
                ["has", "request.data", "health"],
                ["not", ["is", "request.urgent"]],
            ],
            "ensure": [
                on_metric("accuracy", ">=", affine("9/10")),
                on_metric("latency", "<=", affine("10")),
            ],
            "budget": "1/10",
            "deadline": "12",
            "nominal": None,
        }
        self.profile: Json = {
            "kind": "profile",
            "vocabulary": v,
            "name": "standard",
            "objective": "eq1.5",
            "controls": [],
            "weights": {"guarantee": "1", "cost": "1/2", "performance": "1", "reliability": "1/3"},
            "resolution": "1/1000",
            "performance": ["accuracy", "latency"],
            "limits": {
                "available": [
                    ["is", "env.healthy"],
                    ["le", {"constant": "-9/10", "terms": {"env.load": "1"}}],
                ],
                "routing_allowance": "1/10",
                "facts": ["asserted"],
                "solver_units": "100000",
            },
            "optimality": "required",
            "pins": {},
        }
        self.facts: Json = {
            "kind": "facts",
            "vocabulary": v,
            "name": "alice",
            "origin": "asserted",
            "values": {"trust": "3", "permissions": ["invoke"], "zone": "internal"},
        }
        self.constraints: list[Json] = []
        self.attestation: Json = None
        self.measurements: Json = None
        self.at = 1795305600000000
        self.forget: Callable[[str, tuple[object, ...]], bool] = lambda _service, _key: False

    def _service(self, name: str, price: str, accuracy: str) -> Json:
        per_token = str(Fraction(price) / 1_000_000)
        return {
            "kind": "service",
            "vocabulary": "",
            "name": name,
            "version": "1.0",
            "route": "external",
            "attributes": {"privacy.locality": "eu", "privacy.encrypted": True},
            "capabilities": ["chat"],
            "assumes": [["le", affine("-128000", tokens="1")]],
            "guarantees": [
                guarantee("accuracy", ">=", affine(str(Fraction(accuracy) / 100))),
                guarantee("latency", "<=", affine("1/2", tokens="1/1000")),
            ],
            "cost": [
                {
                    "when": ["le", affine("-200000", tokens="1")],
                    "amount": affine("0", tokens=per_token),
                },
                {
                    "when": ["lt", affine("200000", tokens="-1")],
                    "amount": affine("1"),
                },
            ],
            "permits": {
                "mode": "any",
                "permissions": ["invoke", "admin"],
                "trust": "2",
                "zones": ["internal", "partner"],
            },
            "api": None,
        }

    def documents(self) -> list[Json]:
        """All documents with their references filled in; the landscape comes last."""
        own = digest(self.vocabulary)
        listed = [*self.services, *self.overlays, *self.states, *self.rules]
        listed += [*self.constraints, self.request, self.profile]
        listed += [one for one in (self.facts, self.attestation, self.measurements) if one]
        for document in listed:
            document["vocabulary"] = own
        if self.attestation is not None and self.facts is not None:
            self.attestation["statement"] |= {"vocabulary": own, "facts": digest(self.facts)}
        entries = []
        for service in sorted(self.services, key=lambda s: str(s["name"])):

            def mine(document: Json, service: Json = service) -> bool:
                same = document["service"], document["version"]
                return bool(same == (service["name"], service["version"]))

            overlays = sorted(filter(mine, self.overlays), key=lambda o: str(o["origin"]))
            states = [digest(state) for state in self.states if mine(state)]
            entries.append(
                {
                    "service": digest(service),
                    "overlays": [digest(overlay) for overlay in overlays],
                    "state": states[0] if states else None,
                }
            )
        landscape = {"kind": "landscape", "vocabulary": own, "count": len(entries)}
        return [self.vocabulary, *listed, {**landscape, "entries": entries}]

    def inputs(self, documents: list[Json]) -> Json:
        return {
            "vocabulary": digest(self.vocabulary),
            "landscape": digest(documents[-1]),
            "request": digest(self.request),
            "policy": sorted(digest(rule) for rule in [*self.rules, *self.constraints]),
            "profile": digest(self.profile),
            "facts": self.facts and digest(self.facts),
            "attestation": self.attestation and digest(self.attestation),
            "measurements": self.measurements and digest(self.measurements),
            "at": str(self.at),
            "seed": "0",
        }

    def load(self) -> Documents:
        return Documents(document_set(*self.documents()))

    def question(self) -> tuple[Record, Documents, str]:
        """The checker's own view of the inputs."""
        listed = self.documents()
        loaded = Documents(document_set(*listed))

        def get(document: Json) -> Record:
            return loaded.get(parse(dump(digest(document))), document["kind"])

        rules = [get(rule) for rule in [*self.rules, *self.constraints]]
        order = ["rule", "invariant", "safety", "policy", "traits"]
        question = Record(
            {
                "request": get(self.request),
                "rules": sorted(rules, key=lambda rule: (order.index(rule.subject), rule.name)),
                "profile": get(self.profile),
                "facts": self.facts and get(self.facts),
                "measurements": self.measurements and get(self.measurements),
                "origin": "asserted" if self.facts is None else self.facts["origin"],
                "at": self.at,
                "world": get(listed[-1]),
            }
        )
        return question, loaded, digest(listed[-1])

    def candidates(self, world: Record) -> list[Candidate]:
        """Every entry under every control of the profile, in no order that means anything."""
        controls = [control["name"] for control in self.profile["controls"]] or ["none"]
        return [Candidate(entry, control) for entry in world.entries for control in controls]

    def decision(self) -> Json:
        """The decision, with evidence by the simple-minded prover; `documents` included."""
        listed = self.documents()
        question, loaded, _ = self.question()
        formulas = Formulas(BUDGET, loaded.formulas)
        scores = Scores(question, formulas)
        scored = {one: scores.of(*one) for one in self.candidates(question.world)}
        ranked = sorted(scored, key=lambda c: (-scored[c], c.entry.service.name, c.control))
        asking = Question(loaded, question, formulas, ranked)
        evidence = Evidence()
        candidates: list[Json] = []
        asked = []
        keys = list[Json]()
        for one in ranked:
            service = one.entry.service
            row: Json = {
                "service": service.name,
                "version": service.version,
                "route": service.route,
                "control": one.control,
                "score": scored[one],
                "verdict": "not_examined",
            }
            candidates.append(row)
            if any(c["verdict"] == "admitted" for c in candidates):
                continue
            first = asking.hypothesis(one.entry.state)
            keys, failed = list[Json](), list[Json]()
            references: list[int | None] = []
            for key, goal in asking.obligations(one):
                keys.append(list(key))
                if self.forget(service.name, key):
                    references.append(None)
                    continue
                reference = evidence.of(ClauseForm(formulas, first, goal))
                references.append(reference)
                if (reference < 0) != (key == ("non_empty",)):
                    failed.append(list(key))
            verdict = "refuted" if failed else "unknown" if None in references else "admitted"
            row |= {"verdict": verdict, "failed": failed, "evidence": references}
            asked.append([service.name, service.version, digest(keys)])
        found = [row["failed"] for row in candidates if "evidence" in row]
        decision = {
            "format": "caio-decision/v1",
            "inputs": self.inputs(listed),
            "landscape": digest(listed[-1]),
            "at": "2026-11-22T00:00:00Z",
            "candidates": candidates,
            "steps": oracle.passed(found),
            "evidence": evidence.json(),
            "documents": listed,
        }
        return self.finish(decision, asked, keys)

    def finish(self, decision: Json, asked: Json, keys: list[Json]) -> Json:
        """The decision with its verdict, its selection and what is said of it, and its digests.

        Args:
            decision: all but these.
            asked: what the digest of obligations is of.
            keys: the obligations of the last candidate that was examined.
        """
        verdicts = [c["verdict"] for c in decision["candidates"]]
        verdict, selected, optimality = "unknown", None, None
        proofs, guarantees = list[Json](), list[Json]()
        required = self.profile["optimality"] == "required"
        if set(verdicts) == {"refuted"}:
            verdict = "not_routable"
        elif "admitted" in verdicts and not (required and "unknown" in verdicts):
            verdict = "routed"
            place = verdicts.index("admitted")
            best = decision["candidates"][place]
            selected = {name: best[name] for name in ("service", "version", "route", "control")}
            optimality = "not_established" if "unknown" in verdicts else "established"
            proofs = oracle.named_proofs(best["service"], best["version"], keys, verdicts[:place])
            guarantees = promised(*self.plain(best["service"]))
        decision |= {"verdict": verdict, "selected": selected, "optimality": optimality}
        return seal({**decision, "proofs": proofs, "guarantees": guarantees}, asked)

    def plain(self, service: str) -> tuple[PlainQuestion, PlainEntry]:
        """The question and one entry for the oracle."""

        def own(listed: list[Json]) -> list[Json]:
            return [document for document in listed if document["service"] == service]

        question = PlainQuestion(
            vocabulary=self.vocabulary,
            request=self.request,
            policy=[*self.rules, *self.constraints],
            profile=self.profile,
            facts=self.facts,
            at=self.at,
            measurements=self.measurements,
        )
        promising = next(one for one in self.services if one["name"] == service)
        overlays = sorted(own(self.overlays), key=lambda o: str(o["origin"]))
        return question, PlainEntry(promising, overlays, next(iter(own(self.states)), None))


def governed() -> World:
    """A world with everything: Eq. 1.1 over two controls, constraints of each kind, attested facts."""
    world = World()
    names = ("intent", "attention", "policy", "resonance", "cost", "risk", "latency")
    world.profile |= {
        "objective": "eq1.1",
        "weights": dict(zip(names, ("2", "1", "5/2", "1", "1/2", "1", "1"), strict=True)),
        "controls": [control("calm"), control("bold")],
    }
    world.profile["limits"]["facts"] = ["asserted", "attested"]
    world.measurements = measurements(
        intervals={"caution": ["3/5", "9/10"], "steps": ["2", "4"]},
        terms={
            "bold": field_terms(900, 700, 650, alpha=900, beta=950),
            "calm": field_terms(400, 600, 500, alpha=300),
        },
    )
    world.facts["origin"] = "attested"
    world.attestation = attestation(world.at)
    world.constraints = [
        constraint(
            "affordable",
            "safety",
            expression("-11", {"metric.latency": "1", "cost": "2", "request.tokens": "1/4000"}),
            when=["has", "request.data", "health"],
        ),
        constraint(
            "bold_is_exact",
            "policy",
            expression("19/20", {"metric.accuracy": "-1"}),
            {"on": "capability", "name": "chat", "provided": True},
            when=["and", ["in", "choice.control", ["bold"]], ["in", "choice.route", ["external"]]],
        ),
        constraint(
            "kind",
            "traits",
            expression("-1", {"measured.caution": "1", "metric.accuracy": "-1/2"}, "<"),
            {"on": "attribute", "name": "privacy.encrypted", "in": [True]},
            when=["le", {"constant": "1/2", "terms": {"measured.caution": "-1"}}],
        ),
    ]
    return world


def seal(decision: Json, asked: Json) -> Json:
    """The decision with all digests recomputed, so that they hide no other flaw."""
    if asked is not None:
        decision["obligations_digest"] = digest(asked)
    names = ("inputs", "verdict", "selected", "optimality", "obligations_digest")
    own = {name: decision.get(name) for name in names}
    own["candidates"] = [
        {k: v for k, v in c.items() if k != "evidence"} for c in decision["candidates"]
    ]
    decision["decision_digest"] = digest(own)
    kept = {k: v for k, v in decision.items() if k not in {"documents", "trace_digest"}}
    decision["trace_digest"] = digest(kept)
    return decision


def document_set(*documents: Json) -> bytes:
    return dump({"format": "caio-documents/v1", "documents": list(documents)})


def paths(value: Json, path: tuple[Json, ...] = ()) -> Iterator[tuple[Json, ...]]:
    """The paths to every part of a JSON value."""
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from paths(item, (*path, index))
