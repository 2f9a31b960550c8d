"""What a report leaves out, and what it must not say: on documents made for the purpose, and on decisions broken at random."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ran, Run

DOCUMENTS = """
vocabulary "v" {
  unit token, image
  enum Data { open, health sensitive }
  enum Locality { local, far }
  capability chat, draw
  metric latency: time in 0 s .. 1 h, lower is better, quantile 0.99, role latency
  cost in 0 USD .. 100 USD
  request fields {
    tokens: int in 0 .. 1000 token,
    images: int in 0 .. 10 image default 1 image,
    data: set of Data role data,
  }
  environment { per service { healthy: bool, draining: bool } }
  service attributes { kept: time, locality: Locality role locality, encrypted: bool role encrypted }
}
service "a service with a long name" version 1.0 {
  provides chat
  cost 0.01 USD per token * request.tokens + 0.001 USD per image * request.images
  permits public
}
service other version 2.0 { provides chat cost 99 USD permits public }
service closed version 1.0 { provides draw cost 0.1 USD }
request cheap {
  needs chat given images in 0 .. 5 image, data == { open } budget 0.5 USD
}
request free { needs chat given data == { open } }
request secret { needs chat given data == { health } }
request nothing { needs chat given tokens < 5 token, tokens > 6 token }
request drawn { needs draw given data == { open } }
request kept { needs chat ensure service.kept <= 1 day }
state "a service with a long name" version 1.0 { healthy = true, draining = true }
profile p { weights { cost 1 } limits { facts asserted } }
profile careful { weights { cost 1 } limits { facts asserted available env.healthy, not env.draining } }
"""


@pytest.fixture
def route(run: Run, tmp_path: Path) -> Any:
    file = tmp_path / "documents.caio"
    file.write_text(DOCUMENTS)

    def call(name: str, *words: str) -> Ran:
        return run(
            *("route", str(file), "--no-cache", "--at", "2026-11-22", "--request", name),
            *(words if "--profile" in words else (*words, "--profile", "p")),
        )

    return call


def test_a_counterexample_leaves_out_what_is_at_its_default(route: Any) -> None:
    said = " ".join(route("cheap").out.split())
    example = said.partition("e.g. a service with a long name where ")[2].partition(" 1 capab")[0]
    assert "request.tokens = " in example
    assert "request.images = 1 image" not in example


def test_names_are_not_broken_where_there_is_room(route: Any) -> None:
    assert "  a service with a long name  " in route("free").out


def test_the_privacy_rule_is_said_as_it_is(route: Any) -> None:
    said = " ".join(route("secret").out.split())
    assert "it states neither to be local nor to be encrypted" in said


@pytest.mark.parametrize(("name", "whose"), [("nothing", "request"), ("drawn", "service")])
def test_a_name_is_no_clause(route: Any, name: str, whose: str) -> None:
    said = " ".join(route(name).out.split())
    assert f"{whose} `" in said
    assert "`: nothing" not in said
    assert "1.0: closed" not in said


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(item, (*path, key))


def test_showing_a_broken_decision_is_never_a_bug(run: Run, route: Any, tmp_path: Path) -> None:
    file = tmp_path / "decision.json"
    assert route("cheap", "--bundle", str(file)).code == 1
    text = file.read_text()
    chance = random.Random(1)
    every = list(_paths(json.loads(text)))
    strange: list[Any] = [
        None,
        0,
        "x",
        [],
        {},
        True,
        -1,
        float("inf"),
        float("nan"),
        "1/0",
        "9" * 600,
    ]
    numbers = [path for path in every if path[:2] == ("evidence", "witnesses")]
    for path in [*chance.sample(every, 120), *numbers, *numbers]:
        body = part = json.loads(text)
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = chance.choice(strange)
        file.write_text(json.dumps(body))
        said = run("show", str(file))
        assert said.code in {0, 4}, path
        assert "internal error" not in said.err, (path, part[path[-1]])


def test_limits_are_reasons_of_their_own_and_silence_is_named(route: Any) -> None:
    said = " ".join(route("free", "--profile", "careful").out.split())
    assert "3 its observed state does not meet the limit `not env.draining`" in said
    assert "2 its observed state does not meet the limit `env.healthy`" in said
    assert "e.g. closed where env.healthy = not observed" in said


def test_an_attribute_that_is_not_stated_has_no_value(route: Any) -> None:
    assert "where service.kept = not stated" in " ".join(route("kept").out.split())
