"""Landscapes and policies of any size for questions over all requests, and the properties that are asked of them.

Drawn from a seed, each figure of its own, so that nothing is decided once for many. Three services serve everybody between
them, and each service has a successor: one that may take its place, and one that may not.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.snapshot import contracts_of
from caio.obligations.asked import Policy
from caio.obligations.contract import Contract
from caio.sema.project import Project, load_project

VOCABULARY: Final = """
vocabulary "asked" {
  enum Data { open, internal, personal sensitive, health sensitive }
  enum Region { r1, r2, r3, r4, r5, r6, r7, r8 }
  enum Locality { on_device, local, eu, us, other }
  enum Permission { invoke, admin }
  enum Zone { inside, partner, outside }
  unit token
  capability chat, tools, vision, code, search, audio

  metric accuracy: ratio in 0 .. 1, higher is better, expected
  metric latency: time in 0 ms .. 1 h, lower is better, quantile 0.99, role latency
  cost in 0 USD .. 100 USD

  request fields {
    tokens: int in 0 .. 1_000_000 token,
    answer: int in 0 .. 100_000 token,
    priority: { low, normal, high },
    tier: { free, team, gold },
    data: set of Data role data,
  }
  facts { trust: int in 0 .. 5 role trust, permissions: set of Permission role permissions, zone: Zone role zone }
  service attributes {
    region: Region, deterministic: bool,
    privacy: { locality: Locality role locality, encrypted: bool role encrypted, retention: time },
  }
}

class ordinary { given tokens <= 200_000 token, answer <= 10_000 token  facts permissions has invoke  needs chat }

property never_proved {
  never admitted when request.data has health and service.privacy.locality == us
                   or request.priority == high and latency > 20 s
}
property never_refuted {
  never admitted when request.data has internal and service.privacy.locality != eu
                   or request.priority == low and latency > 1 ms
}
property always_proved { always at least 1 admitted for ordinary }

invariant health_stays { when request.data has health then service.privacy.locality in { on_device, local, eu } }
rule urgent { when request.priority == high then latency <= 20 s }
"""

_DEMANDING: Final = "property always_refuted {{ always at least {most} admitted for ordinary }}"

_FLAGSHIP: Final = """
service "flagship {name}" version 1.0 {{
  is         region = r1, deterministic = true, privacy.locality = local, privacy.encrypted = true,
             privacy.retention = 0 days
  provides   chat, tools, vision, code, search, audio
  assumes    {assumes}
  guarantees latency <= 1 ms, accuracy >= 0.9999
  cost       0.000001 USD
  permits    any of {{ invoke }}
}}
"""
_FLAGSHIPS: Final = {
    "small": "request.tokens <= 60_000 token",
    "large": "request.tokens > 40_000 token, request.tier in { team, gold }",
    "free": "request.tokens > 50_000 token, request.tier == free",
}


_FORMS: Final = (
    "when request.data has {data} and request.tokens > {at} token then service.privacy.retention <= {limit} days",
    "when request.priority == {priority} and request.answer <= {at} token then latency <= {limit} ms",
    "when request.tier == {tier} and request.tokens <= {at} token then cost <= {limit} USD",
    "when fact.trust < {trust} and request.tokens > {at} token then latency <= {limit} s",
)
_DATA: Final = ("open", "internal", "personal", "health")
_LOCALITIES: Final = ("on_device", "local", "eu", "us", "other")


@dataclass(frozen=True)
class Drawn:
    """Documents of one size, and what questions are about."""

    project: Project
    policy: Policy
    contracts: tuple[Contract, ...]
    better: tuple[Contract, ...]
    """Each contract's successor, which may take its place."""
    worse: tuple[Contract, ...]
    """Each contract's successor that may not."""
    weaker: tuple[d.Rule, ...]
    """Rules that follow from those of the policy."""
    stronger: tuple[d.Rule, ...]
    """Rules that do not."""

    @property
    def vocabulary(self) -> d.Vocabulary:
        """The one vocabulary."""
        return self.project.vocabularies[0]

    def named(self, name: str) -> d.Property:
        """The property of this name."""
        return next(one for one in self.project.properties if one.name == name)


def draw(rules: int, services: int, folder: Path, *, seed: int = 0, asked: int = 10) -> Drawn:
    """Documents with so many rules and services.

    Args:
        rules: at least 3.
        services: at least 4.
        folder: for the text and what it compiles to.
        seed: of everything that is drawn.
        asked: how many rules are asked to follow, at most.

    Raises:
        ValueError: what was drawn does not compile.
    """
    drawn = random.Random(seed)
    forms = [_rule(drawn) for _ in range(rules - 2)]
    text = [VOCABULARY, _DEMANDING.format(most=services // 2 + 1)]
    text += [_FLAGSHIP.format(name=name, assumes=assumes) for name, assumes in _FLAGSHIPS.items()]
    text += [_service(drawn, number) for number in range(services - len(_FLAGSHIPS))]
    text += [
        f"rule policy{i} {{ {form.format(limit=limit)} }}" for i, (form, limit) in enumerate(forms)
    ]
    some = forms[:asked]
    text += [
        f"rule weaker{i} {{ {form.format(limit=limit + 7)} }}"
        for i, (form, limit) in enumerate(some)
    ]
    text += [f"rule stronger{i} {{ always latency <= {i + 1} us }}" for i in range(len(some))]
    path = folder / f"asked-{rules}-{services}.caio"
    path.write_text("\n".join(text), "utf-8")
    project = load_project([path], cache=folder / "cache")
    if not project.ok:
        raise ValueError(f"what was drawn does not compile: {project.diagnostics[0].message}")

    def of(prefix: str) -> tuple[d.Rule, ...]:
        return tuple(rule for rule in project.rules if rule.name.startswith(prefix))

    contracts = tuple(contracts_of(document_digest(project.vocabularies[0]), project.services))
    apart = {*of("weaker"), *of("stronger")}
    return Drawn(
        project,
        Policy.of([rule for rule in project.rules if rule not in apart]),
        contracts,
        tuple(_successor(contract, Fraction(9, 10)) for contract in contracts),
        tuple(_successor(contract, Fraction(11, 10)) for contract in contracts),
        of("weaker"),
        of("stronger"),
    )


def _rule(drawn: random.Random) -> tuple[str, int]:
    """A rule but for its limit, and the limit."""
    form = drawn.choice(_FORMS).replace("{limit}", "{{limit}}")
    shown = form.format(
        data=drawn.choice(_DATA),
        priority=drawn.choice(("low", "normal", "high")),
        tier=drawn.choice(("free", "team", "gold")),
        trust=drawn.randint(1, 5),
        at=drawn.randint(1_000, 90_000),
    )
    return shown, drawn.randint(1, 900)


def _service(drawn: random.Random, number: int) -> str:
    """A service with figures of its own."""
    provides = ["chat", *drawn.sample(("tools", "vision", "code", "search", "audio"), 2)]
    stated = [
        f"region = r{drawn.randint(1, 8)}",
        f"privacy.retention = {drawn.randint(0, 400)} days",
    ]
    if drawn.random() < 0.9:
        stated.append(f"privacy.locality = {drawn.choice(_LOCALITIES)}")
    if drawn.random() < 0.8:
        stated.append("privacy.encrypted = true")
    rate, base = drawn.randint(1, 90), drawn.randint(20, 2_000)
    knee, price = drawn.randint(1_000, 50_000), drawn.randint(1, 999)
    permits = drawn.choice(("any of { invoke }", "all of { invoke, admin }", "public, trust >= 2"))
    zones = drawn.choice(("", ", zone in { inside, partner }"))
    return f"""
service "service {number}" version 1.0 {{
  is         {", ".join(stated)}
  provides   {", ".join(provides)}
  assumes    request.tokens <= {drawn.randint(10_000, 900_000)} token
  guarantees latency <= {base} ms + {rate} ms per 1000 token * request.answer,
             latency <= {base // 2} ms when request.tokens <= {knee} token,
             accuracy >= 0.{drawn.randint(500, 999)}
  cost       case {{
    when request.tokens <= {knee * 4} token: {price} USD per 1_000_000_000 token * request.tokens,
    otherwise: {price * 2} USD per 1_000_000_000 token * request.tokens,
  }}
  permits    {permits}{zones}
}}"""


def _successor(contract: Contract, factor: Fraction) -> Contract:
    """The next version, with delays and prices multiplied."""
    service = contract.service
    guarantees = tuple(
        replace(g, bound=g.bound.times(factor)) if g.metric == "latency" else g
        for g in service.guarantees
    )
    cost = tuple(replace(case, amount=case.amount.times(factor)) for case in service.cost)
    return Contract(replace(service, version="1.1", guarantees=guarantees, cost=cost))
