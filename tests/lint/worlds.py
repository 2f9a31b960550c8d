"""Small worlds for ``caio lint``, drawn from a seed, and what is true of them by looking at every point."""

import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product

from caio.analysis.lint.linting import Linted, lint
from caio.base.canonical import digest_bytes
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir import interpret as i
from caio.ir import terms as t
from caio.obligations.contract import Contract
from caio.sema.discover import Input
from caio.sema.project import Project, compile_inputs
from tests.evolution.admission import Operator, admits, interpreted

VOCABULARY = """vocabulary "v" {
  enum Region { eu, us }
  enum Permission { invoke, admin }
  unit token
  capability chat, vision
  metric latency: time in 0 s .. 6 s, lower is better, quantile 0.99, role latency
  metric quality: ratio in 0 .. 1, higher is better, expected
  cost in 0 USD .. 10 USD
  request fields { tokens: int in 0 .. 5 token, urgent: bool, region: Region }
  facts { permissions: set of Permission role permissions }
  service attributes { region: Region, safety: ratio in 0 .. 1 }
}
"""


def project_of(text: str, name: str = "a.caio") -> Project:
    """The project of one text, which must compile."""
    data = text.encode()
    found = compile_inputs([Input(name, data, digest_bytes(data), True)], keep=True)
    assert found.ok, found.diagnostics
    return found


def linted(text: str, prover: Prover) -> Linted:
    """What is found in one text."""
    return lint(project_of(text), prover)


def messages(found: Linted, rule: str) -> list[str]:
    """What is said of one kind."""
    return [f.message for q in found.questions for f in q.findings if f.rule.id == rule]


def subjects(found: Linted, rule: str) -> list[str]:
    """The first names of what findings of one kind are about."""
    return sorted(f.subjects[0] for q in found.questions for f in q.findings if f.rule.id == rule)


def world(seed: int, *, rules: int = 7, services: int = 3) -> str:
    """A vocabulary with rules and services."""
    rng = random.Random(seed)
    parts = [VOCABULARY, *(_service(rng, number) for number in range(services))]
    for number in range(rules):
        kind = "invariant" if rng.random() < 0.2 else "rule"
        actions = ", ".join(_action(rng) for _ in range(rng.choice((1, 1, 2))))
        parts.append(f"// about r{number}\n{kind} r{number} {{ {_head(rng)} {actions} }}\n")
    return "\n".join(parts)


def _head(rng: random.Random) -> str:
    parts = []
    if rng.random() < 0.8:
        low = rng.randrange(0, 6)
        parts.append(f"request.tokens in {low} .. {rng.randrange(low, 6)} token")
    if rng.random() < 0.3:
        parts.append(rng.choice(("request.urgent", "not request.urgent")))
    if rng.random() < 0.2:
        parts.append(rng.choice(("request.region == eu", "request.region != eu")))
    return f"when {' and '.join(parts)} then" if parts else "always"


def _action(rng: random.Random) -> str:
    kind = rng.randrange(8)
    if kind < 4:
        return f"latency <= {rng.randrange(1, 7)} s"
    if kind == 4:
        return rng.choice(("service.region == eu", "service.region in { eu, us }"))
    if kind == 5:
        return rng.choice(("provides chat", "provides vision", "not provides vision"))
    if kind == 6:
        return f"service.safety >= 0.{rng.randrange(10)}"
    return f"quality >= 0.{rng.randrange(10)}"


def _service(rng: random.Random, number: int) -> str:
    guarantees = [
        f"latency <= {rng.randrange(1, 7)} s"
        + (f" when request.tokens <= {rng.randrange(6)} token" if rng.random() < 0.5 else "")
        for _ in range(rng.randrange(1, 4))
    ]
    guarantees += [f"quality >= 0.{rng.randrange(10)}" for _ in range(rng.randrange(2))]
    states = [f"region = {rng.choice(('eu', 'us'))}"] * (rng.random() < 0.7)
    states += [f"safety = 0.{rng.randrange(10)}"] * (rng.random() < 0.5)
    lines = [f"  is {', '.join(states)}"] if states else []
    lines += ["  provides chat, vision" if rng.random() < 0.5 else "  provides chat"]
    if rng.random() < 0.4:
        lines.append(f"  assumes request.tokens <= {rng.randrange(6)} token")
    lines.append(f"  guarantees {', '.join(guarantees)} // of s{number}")
    lines.append("  permits public" if rng.random() < 0.8 else "  permits any of { invoke }")
    body = "\n".join(lines)
    return f'service "s{number}" version 1.0 {{\n{body}\n}}\n'


def points() -> Iterator[Mapping[str, d.Value]]:
    """Every request that such a world can see."""
    for tokens, urgent, region in product(range(6), (False, True), ("eu", "us")):
        yield {
            "request.tokens": Fraction(tokens),
            "request.urgent": urgent,
            "request.region": region,
            "fact.permissions": ("invoke",),
            "env.at": Fraction(0),
        }


def admissions(project: Project) -> dict[str, list[bool]]:
    """By service, for every point whether it is admitted under all rules, by the reference interpreter."""
    (vocabulary,) = project.vocabularies
    operator = Operator([*project.rules, *project.constraints])
    return {
        service.name: [
            admits(interpreted(vocabulary, Contract(service)), operator, None, point)
            for point in points()
        ]
        for service in project.services
    }


def follows(premises: Sequence[d.Rule], rule: d.Rule) -> bool:
    """Whether whoever keeps the premises keeps a rule, at every point, looked at action by action."""
    return all(
        not i.holds(rule.when, point)
        or all(_follows_at(premises, atom, point) for atom in rule.then)
        for point in points()
    )


def _follows_at(premises: Sequence[d.Rule], atom: t.Atom, point: Mapping[str, d.Value]) -> bool:
    said = [a for p in premises if i.holds(p.when, point) for a in p.then]
    match atom:
        case t.OnMetric(metric, relation, bound):
            upper = relation.upper
            ends = [
                a.bound.constant
                for a in said
                if isinstance(a, t.OnMetric) and a.metric == metric and a.relation.upper == upper
            ]
            # Six seconds are the most, and no quality is the least.
            best = min([Fraction(6), *ends]) if upper else max([Fraction(0), *ends])
            return best <= bound.constant if upper else best >= bound.constant
        case t.OnQuantity(attribute, _, value):
            return any(
                a.bound >= value
                for a in said
                if isinstance(a, t.OnQuantity) and a.attribute == attribute
            )
        case t.OnAttribute(attribute, values):
            left = {"eu", "us", "absent"}
            for a in said:
                if isinstance(a, t.OnAttribute) and a.attribute == attribute:
                    left &= set(map(str, a.values))
            return left <= set(map(str, values))
        case t.OnCapability():
            return atom in said
    raise AssertionError(atom)
