"""A small world in which the whole master equation runs: neighbours, services that follow a script, a history."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, partial

import caio
from caio.execute.attempts import Attempt, Ending
from caio.execute.executor import Executor
from caio.execute.loop import Done, Loop, Task
from caio.execute.payload import Payload
from caio.execute.plans import Connection
from caio.execute.reports import Reports, member
from caio.execute.retries import Retry
from caio.fields.scaled import Marketplace
from caio.landscape.history import History
from caio.neighbours.intents import TextMaia
from caio.neighbours.learner import LinearPolicy
from caio.neighbours.market import ProjectMarketplace
from caio.neighbours.memory import SuperposedRfs
from caio.neighbours.traits import AveragedNme
from caio.routing.equation import Neighbours, Situation
from caio.routing.ports import Space
from tests.execute import world as w

AT = 1_795_305_600_000_000
SPACE = Space(dimension=32, source=8)
TEXT = """
vocabulary small {
  enum Data { public, personal sensitive }
  enum Locality { local, eu, us }
  unit word
  capability answer
  control hold, focus, calm
  metric quality: ratio in 0 .. 1, higher is better, expected
  metric latency: time in 0 s .. 10 s, lower is better, quantile 0.95, role latency
  cost in 0 USD .. 1 USD
  request fields { words: int in 0 .. 2_000 word, data: set of Data role data }
  facts { permissions: set of { ask } role permissions }
  measured { caution: ratio in -1 .. 1 }
  service attributes {
    assurance: ratio in 0 .. 1,
    privacy: { locality: Locality role locality, encrypted: bool role encrypted },
  }
}
uses small
service "careful" version 1.0 {
  is         assurance = 1, privacy.locality = eu, privacy.encrypted = true
  provides   answer
  guarantees quality >= 0.6, latency <= 900 ms
  cost       0.012 USD
  permits    any of { ask }
}
service "cheap" version 1.1 {
  is         assurance = 1, privacy.locality = us, privacy.encrypted = true
  provides   answer
  guarantees quality >= 0.5, latency <= 600 ms
  cost       0.002 USD
  permits    any of { ask }
}
service "near" version 2.0 {
  route      internal
  is         assurance = 0.9, privacy.locality = local, privacy.encrypted = false
  provides   answer
  guarantees quality >= 0.4, latency <= 800 ms
  cost       0.004 USD
  permits    public
}
service "rash" version 1.0 {
  is         assurance = 0, privacy.locality = us
  provides   answer
  guarantees quality >= 0.9, latency <= 100 ms
  cost       0.001 USD
  permits    any of { ask }
}
rule sound { when request.words <= 2_000 word  then quality >= 0.3 }
invariant at_home { when personal in request.data  then service.privacy.locality in { local, eu } }
constraint careful_enough of traits { always measured.caution <= service.assurance }
request question {
  needs    answer
  given    words <= 2_000 word
  ensure   latency <= 2 s, quality >= 0.3
  budget   0.05 USD
  deadline 2 s
}
request impossible { needs answer  ensure latency <= 1 ms }
facts member { origin asserted, permissions = { ask } }
profile steering {
  objective field_control
  weights   { intent 1, attention 1, policy 4, resonance 1, cost 1, risk 1, latency 1 }
  controls  { hold: excite 0 damp 0, focus: excite 0.5 damp 0, calm: excite 0 damp 0.25 }
  limits    { facts asserted }
}
"""
PLACES = {"careful": "eu", "cheap": "us", "near": "local", "rash": "us"}
GOOD, BROKEN, ELSEWHERE, SLOW = "good", "broken", "elsewhere", "slow"
BEHAVIOURS = (GOOD, BROKEN, ELSEWHERE, SLOW)
"""A reply that keeps everything, one that is no JSON, one from another place than promised, one after the deadline."""


@cache
def project() -> caio.Project:
    return caio.loads(TEXT)


@dataclass
class World:
    """What services do, by name, and what they were asked."""

    behaviour: dict[str, str] = field(default_factory=dict)
    called: list[tuple[str, str]] = field(default_factory=list)
    clock: w.HandClock = field(default_factory=w.HandClock)
    history: History = field(default_factory=History)

    def answer(self, name: str) -> Callable[[], object]:
        def step() -> object:
            how = self.behaviour.get(name, GOOD)
            self.called.append((name, how))
            self.clock.time += 2_500_000 if how == SLOW else 1_000
            if how == BROKEN:
                return b"{"
            place = "nowhere" if how == ELSEWHERE else PLACES[name]
            return json.dumps({"locality": place, "answer": name}).encode()

        return step

    def executor(self) -> Executor:
        connections = {
            service.name: Connection(
                adapter=w.Scripted([self.answer(service.name)]),
                reports=Reports(locality=member("/locality")),
            )
            for service in project().services
        }
        numbers = iter(range(10**9))
        return Executor(
            connections,
            self.history,
            classifier=w.Nothing(),
            clock=self.clock,
            wall=self.clock.now,
            retry=Retry(tries=1),
            nonce=lambda: str(next(numbers)),
        )


def reward(attempt: Attempt) -> Fraction:
    return Fraction(1 if attempt.ending is Ending.SUCCEEDED else -1)


def neighbours() -> Neighbours:
    """MAIA, NME, RFS and the marketplace, as if nothing had happened yet but one user being known."""
    maia = TextMaia(SPACE, LinearPolicy(SPACE.source, initial=Fraction(1), rate=Fraction(1, 2)))
    nme, rfs = AveragedNme(("caution",), SPACE), SuperposedRfs(SPACE)
    for _ in range(10):
        nme.observe("ada", {"caution": Fraction(4, 5)})
    market = ProjectMarketplace(project(), SPACE)
    encoded = Marketplace(market.names, market.encode(market.names))
    return Neighbours(maia=maia, nme=nme, rfs=rfs, marketplace=encoded)


def task(
    text: str = "which train leaves first",
    *,
    request: str = "question",
    user: str = "ada",
    data: Sequence[str] = ("public",),
    words: int = 4,
) -> Task:
    values = {"words": words, "data": set(data)}
    return Task(
        situation=Situation(query=text, context=("we talked about trains",), user=user),
        request=request,
        payload=Payload(text.encode(), "text/plain", values),
        values=values,
        facts="member",
        at=AT,
    )


@contextmanager
def loop(world: World | None = None) -> Iterator[Loop]:
    """A control loop over the world."""
    world = World() if world is None else world
    made = Loop(
        project(),
        neighbours(),
        world.executor(),
        world.history,
        reward=reward,
        router=partial(caio.Router, profile="steering", clock=int),
        refresh=4,
    )
    with made as control:
        try:
            yield control
        finally:
            world.history.close()


@cache
def done(request: str = "question", behaviour: str = GOOD) -> Done:
    """One run in a fresh world in which the winner and the one after it behave so."""
    world = World({"near": behaviour, "cheap": behaviour})
    with loop(world) as control:
        return control.run(task(request=request))
