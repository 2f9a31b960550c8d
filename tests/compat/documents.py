"""Small documents for tests of compatibility, and what a report says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.cli.conftest import Ran

WORDS = """vocabulary "shop" {
  enum Region     { eu, us }
  enum Data       { public, health sensitive }
  enum Permission { invoke, admin }
  enum Zone       { internal, partner }

  unit       token
  capability chat, vision

  metric accuracy: ratio in 0 .. 1, higher is better, expected
  metric latency:  time in 0 s .. 60 s, lower is better, quantile 0.99, role latency
  cost   in 0 USD .. 10 USD

  request fields { tokens: int in 0 .. 10_000 token, urgent: bool, data: set of Data role data }
  facts {
    trust:       int in 0 .. 5 role trust,
    permissions: set of Permission role permissions,
    zone:        Zone role zone,
  }
  service attributes { region: Region, encrypted: bool role encrypted, retention: time }
}
"""
PROFILE = """profile standard {
  weights { guarantee 1, cost 1, performance 0, reliability 0 }
  limits  { facts asserted }
}
"""


def service(version: str, *clauses: str, name: str = "s") -> str:
    """A service that provides chat and is public, unless its clauses say otherwise."""
    own = list(clauses)
    for word, usual in (("provides", "provides chat"), ("permits", "permits public")):
        if not any(clause.startswith(word) for clause in own):
            own.append(usual)
    order = ("is", "provides", "assumes", "guarantees", "cost", "permits", "route", "api")
    own.sort(key=lambda clause: order.index(clause.split()[0]))
    return f'service "{name}" version {version} {{\n  ' + "\n  ".join(own) + "\n}\n"


def write(name: str, *texts: str, words: str | None = WORDS) -> str:
    """A file with the vocabulary, or with what uses it; its name."""
    head = 'uses "shop"\n' if words is None else words
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([head, *texts]), "utf-8")
    return name


def findings(ran: Ran) -> list[dict[str, Any]]:
    """All findings of a report in JSON."""
    return [found for question in ran.json["questions"] for found in question["findings"]]


def rules(ran: Ran) -> set[str]:
    """The rules of which there are findings."""
    return {found["rule"] for found in findings(ran)}


def verdicts(ran: Ran) -> dict[str, str]:
    """The verdict of each question by its name."""
    return {question["id"]: question["verdict"] for question in ran.json["questions"]}
