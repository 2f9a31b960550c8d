"""Whatever a sequence of candidates does: what is handed out breaks nothing, and everything is on record.

The oracle is the script: it knows which reply keeps everything, because it was written so, and nobody asks the room under test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from caio.base.canonical import digest_bytes
from caio.execute.adapter import CallError, Reply, Trouble
from caio.execute.attempts import Ending
from caio.execute.inprocess import InProcessAdapter
from caio.execute.outcomes import Executed, Reason
from caio.execute.reports import Reports, header, member
from caio.execute.retries import Retry
from caio.execute.schemas import Schemas
from caio.execute.violations import Kind
from caio.landscape.history import History
from tests.execute import world as w

MILLISECOND = 1_000
DEADLINE = 2_000_000
REPORTS = Reports(cost=member("/cost"), locality=header("x-locality"))
EU = (("x-locality", "eu"),)
GOOD = b'{"answer": "yes", "cost": 0.001}'


@dataclass(frozen=True)
class Step:
    """What a candidate does on one call: how long it takes, and what it answers."""

    name: str
    answer: object
    took: int = MILLISECOND

    @property
    def keeps_everything(self) -> bool:
        return self.name == "good"


ANSWERS: dict[str, object] = {
    "good": Reply(GOOD, headers=EU),
    "status": Reply(GOOD, status=503, headers=EU),
    "redirect": Reply(GOOD, status=302, headers=EU),
    "kind": Reply(GOOD, "text/html", headers=EU),
    "json": Reply(GOOD[:-1], headers=EU),
    "twice": Reply(b'{"answer": "no", ' + GOOD[1:], headers=EU),
    "schema": Reply(b'{"answer": 1, "cost": 0}', headers=EU),
    "cost": Reply(b'{"answer": "yes", "cost": 0.0011}', headers=EU),
    "free": Reply(b'{"answer": "yes"}', headers=EU),
    "us": Reply(GOOD, headers=(("x-locality", "us"),)),
    "nowhere": Reply(GOOD),
    "large": Reply(GOOD + b" " * 2_000, headers=EU),
    "other": Reply(GOOD.replace(b"yes", b"no"), headers=EU),
    "text": "yes",
    "nothing": None,
    "bug": KeyError("s3cret"),
    **{f"trouble {trouble}": CallError(trouble, sent=True) for trouble in Trouble},
    "unreachable": CallError(Trouble.UNREACHABLE, sent=False),
}
STEPS = st.builds(
    lambda name, took: Step(name, ANSWERS[name], took),
    st.one_of(st.just("good"), st.sampled_from(sorted(ANSWERS))),
    st.sampled_from([0, MILLISECOND, 400 * MILLISECOND, 1_500 * MILLISECOND, DEADLINE]),
)
CANDIDATES = st.lists(st.lists(STEPS, min_size=1, max_size=4), max_size=5)


@dataclass
class World:
    """An execution over candidates that follow their scripts, and what they were called with."""

    scripts: list[list[Step]]
    idempotent: bool
    budget: int | None
    deterministic: bool

    def __post_init__(self) -> None:
        self.clock = w.HandClock()
        self.history = History()
        self.kept = w.Kept()
        self.handed: list[tuple[str, Step, int, int]] = []
        self.adapters = {f"s{i}": self.adapter(f"s{i}", s) for i, s in enumerate(self.scripts)}
        connections = {
            name: w.connection(a, reports=REPORTS, idempotent=self.idempotent, max_bytes=1_000)
            for name, a in self.adapters.items()
        }
        self.made = w.executor(
            connections,
            recorder=self.history,
            evidence=self.kept,
            clock=self.clock,
            schemas=Schemas({"answer.json": w.SCHEMA}),
            retry=Retry(tries=3, budget=4, first=Fraction(1, 100), longest=Fraction(1, 10)),
        )
        limit = None if self.budget is None else Fraction(self.budget, 1000)
        self.request = replace(w.REQUEST, deadline=Fraction(2), budget=limit)
        self.services = [
            w.service(name, schema="answer.json", locality="eu", deterministic=self.deterministic)
            for name in self.adapters
        ]

    def adapter(self, name: str, script: list[Step]) -> w.Scripted:
        def step(index: int) -> Callable[[], object]:
            def act() -> object:
                began = self.clock.now()
                self.clock.time += script[index].took
                self.handed.append((name, script[index], began, self.clock.now()))
                return script[index].answer

            return act

        return w.Scripted([step(index) for index in range(len(script))])


@settings(max_examples=150)
@given(CANDIDATES, st.booleans(), st.none() | st.integers(0, 6), st.booleans())
def test_only_what_keeps_everything_is_handed_out_and_everything_is_on_record(
    scripts: list[list[Step]], idempotent: bool, budget: int | None, deterministic: bool
) -> None:
    world = World(scripts, idempotent, budget, deterministic)
    outcome = world.made.run(w.order(world.services, world.request), w.payload())
    attempts, handed = outcome.attempts, world.handed

    if isinstance(outcome, Executed):
        name, step, _, ended = handed[-1]
        assert step.keeps_everything or step.name == "other"
        assert isinstance(step.answer, Reply)
        assert (outcome.service, outcome.content) == (name, step.answer.content)
        assert ended < DEADLINE
        assert attempts[-1].ending is Ending.SUCCEEDED
    else:
        # Nobody answered well and in time.
        assert not [s for _, s, _, ended in handed if s.keeps_everything and ended < DEADLINE]

    # Every call is an attempt, in order; every attempt that broke something says what; success comes last.
    sent = [a for a in attempts if a.ending is not Ending.NOT_SENT or not a.reason]
    assert [a.service for a in sent] == [name for name, *_ in handed]
    assert all(bool(a.violations) == (a.ending is Ending.VIOLATED) for a in attempts)
    assert [a.ending for a in attempts[:-1]].count(Ending.SUCCEEDED) == 0
    assert [a.number for a in attempts] == list(range(1, len(attempts) + 1))

    # Candidates come in rank order, and none comes back.
    order = [a.service for a in attempts]
    assert order == sorted(order, key=lambda name: int(name[1:]))

    # Limits over all attempts: no call begins after the deadline, and none that the budget would not bear.
    assert all(began < DEADLINE for *_, began, _ in handed)
    if budget is not None:
        promised = Fraction(1, 1000)
        assert sum(a.charged - promised * (a.charged > promised) for a in attempts) <= Fraction(
            budget, 1000
        )

    # What repeats does so because nothing was sent, or because it may.
    for first, second in pairwise(handed):
        if first[0] == second[0]:
            unsent = isinstance(first[1].answer, CallError) and not first[1].answer.sent
            assert idempotent or unsent
    assert len(handed) - len({name for name, *_ in handed}) <= 4

    # The history, the evidence and the outcome tell the same.
    counted = [a for a in attempts if a.counts]
    records = world.history.records()
    assert sum(r.calls for r in records) == len(counted)
    assert sum(r.violations for r in records) == sum(bool(a.violations) for a in counted)
    assert [line["number"] for line in world.kept.lines] == [a.number for a in attempts]
    assert "s3cret" not in str(world.kept.lines)
    world.history.close()


@settings(max_examples=40)
@given(st.lists(st.sampled_from(["good", "other", "schema", "status"]), min_size=1, max_size=12))
def test_a_deterministic_service_hands_out_one_reply_for_one_payload(names: list[str]) -> None:
    world = World([[Step(name, ANSWERS[name]) for name in names]], False, None, True)
    handed_out = []
    for _ in names:
        outcome = world.made.run(w.order(world.services, world.request), w.payload())
        if isinstance(outcome, Executed):
            handed_out.append(outcome.reply_digest)
        else:
            assert outcome.reason is Reason.EXHAUSTED
    assert len({*handed_out}) <= 1
    valid = [name for name in names if name in ("good", "other")]
    assert len(handed_out) == valid.count(valid[0]) if valid else not handed_out
    world.history.close()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["good", "schema", "us", "bug", "slow"]), min_size=1, max_size=30))
def test_executions_at_the_same_time_do_not_meet(names: list[str]) -> None:
    async def answering(call: object) -> Reply:
        content = getattr(call, "content", b"")
        name = names[int(content)]
        await asyncio.sleep(0.01 if name == "slow" else 0)
        if name == "slow":
            name = "good"
        answer = ANSWERS[name]
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Reply)
        return Reply(answer.content[:-1] + b', "n": %s}' % content, headers=answer.headers)

    history = History()
    made = w.executor(
        {"good": w.connection(InProcessAdapter(answering), reports=w.LOCALITY)},
        recorder=history,
        schemas=Schemas({"answer.json": w.SCHEMA}),
    )
    good = w.service(schema="answer.json", locality="eu")

    async def all_at_once() -> list[object]:
        each = [
            made.execute(w.order([good]), w.payload(str(index).encode()))
            for index in range(len(names))
        ]
        return list(await asyncio.gather(*each))

    outcomes = asyncio.run(all_at_once())
    for index, (name, outcome) in enumerate(zip(names, outcomes, strict=True)):
        assert isinstance(outcome, Executed) == (name in ("good", "slow"))
        if isinstance(outcome, Executed):
            assert outcome.content.endswith(b'"n": %d}' % index)
            assert outcome.result()["payload"] == digest_bytes(str(index).encode())
        else:
            assert w.failed(outcome).violations[0].kind in (
                Kind.SCHEMA,
                Kind.LOCALITY,
                Kind.FAILURE,
            )
    record = history.record_of("good", "1.0")
    assert (record.calls, record.violations) == (
        len(names),
        sum(name not in ("good", "slow") for name in names),
    )
    history.close()
