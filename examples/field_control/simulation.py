"""The world outside: tasks as they come, users, and services that answer well, badly, late or not at all.

Everything is drawn from SHA-256 of names and numbers, and time is virtual: two runs are the same, and no run waits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from caio.execute.adapter import Call

TOPICS = {
    "code": (
        "write a python function that parses dates",
        "why does this python code raise a type error",
        "add unit tests to my python module",
        "refactor this code and keep the tests green",
    ),
    "health": (
        "which dosage of this medicine is safe",
        "is my blood pressure a health risk",
        "can I take two medicines together",
        "explain the side effects of this medicine",
    ),
    "travel": (
        "find trains from Rome to Paris",
        "which hotels are near the station",
        "plan a trip by train with two hotels",
        "when does the last night train leave",
    ),
}
SKILL = {
    "python-code-tests": {"code": 95, "health": 45, "travel": 45},
    "medicine-health-dosage": {"code": 40, "health": 95, "travel": 45},
    "travel-trains-hotels": {"code": 40, "health": 35, "travel": 95},
    "everything-cheap": {"code": 60, "health": 55, "travel": 65},
    "everything-careful": {"code": 80, "health": 80, "travel": 80},
    "pocket": {"code": 35, "health": 40, "travel": 40},
}
"""How many of 100 answers are right, by topic; nobody is told."""
PACE = {
    "python-code-tests": 500,
    "medicine-health-dosage": 700,
    "travel-trains-hotels": 400,
    "everything-cheap": 300,
    "everything-careful": 900,
    "pocket": 1_100,
}
"""Milliseconds that an answer takes, or up to half as many more."""
PLACE = {
    "python-code-tests": "eu",
    "medicine-health-dosage": "local",
    "travel-trains-hotels": "eu",
    "everything-cheap": "us",
    "everything-careful": "eu",
    "pocket": "on_device",
}
"""Where each says that it answers; what it says is held against its contract."""
DECLINE = 0.5
"""The part of a run after which the cheap service is overloaded and lets every third caller wait too long."""


def draw(below: int, *name: object) -> int:
    """A number from 0 to below ``below`` that depends on the name alone."""
    text = json.dumps([str(part) for part in name]).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8]) % below


class VirtualClock:
    """A clock that services move on; waiting takes no time."""

    def __init__(self) -> None:
        self.microseconds = 0

    def now(self) -> int:
        """Microseconds since the run began."""
        return self.microseconds

    async def sleep(self, seconds: float) -> None:
        """Move on."""
        self.microseconds += round(seconds * 1_000_000)


@dataclass(frozen=True)
class Job:
    """What one user asks at one step."""

    step: int
    topic: str
    text: str
    user: str

    @property
    def payload(self) -> bytes:
        """What is sent to the service that is selected."""
        return json.dumps({"step": self.step, "text": self.text}, sort_keys=True).encode()


def jobs(steps: int) -> list[Job]:
    """The jobs of a run: code and travel first, then more and more questions of health."""
    found = []
    for step in range(steps):
        mix = ("code", "travel", "travel", "code", "health")
        if 2 * step >= steps:
            mix = ("health", "code", "health", "travel", "health")
        topic = mix[draw(len(mix), "topic", step)]
        text = TOPICS[topic][draw(len(TOPICS[topic]), "text", step)]
        user = ("ada", "ben", "ben")[draw(3, "user", step)]
        found.append(Job(step, topic, text, user))
    return found


@dataclass
class Simulation:
    """Six services on a virtual clock, and what their answers were really worth.

    Attributes:
        run: the jobs by step.
        clock: moved on by every answer.
        right: whether an answer was right, by service and step.
    """

    run: list[Job]
    clock: VirtualClock
    right: dict[tuple[str, int], bool]

    @classmethod
    def of(cls, run: list[Job]) -> Simulation:
        """A world in which nothing has happened yet."""
        return cls(run, VirtualClock(), {})

    def service(self, name: str) -> Callable[[Call], object]:
        """The service of this name, for an in-process adapter."""

        async def answer(call: Call) -> bytes:
            step = json.loads(call.content)["step"]
            job = self.run[step]
            overloaded = name == "everything-cheap" and step >= DECLINE * len(self.run)
            late = overloaded and draw(3, "late", step) == 0
            pace = 2_500 if late else PACE[name] + draw(PACE[name] // 2, "pace", name, step)
            self.clock.microseconds += 1_000 * pace
            right = draw(100, "skill", name, step) < SKILL[name][job.topic]
            self.right[name, step] = right
            reply = {"answer": f"{name} on {job.text}", "step": step, "locality": PLACE[name]}
            return json.dumps(reply).encode()

        return answer


def worth(*, right: bool, broken: bool, latency: int, cost: Fraction) -> Fraction:
    """What an answer was worth to the user, from -1 to 1: the measure that this example is judged by.

    Args:
        right: whether the user could use it.
        broken: whether a guarantee or a limit was broken, so that there was no answer.
        latency: in microseconds; 2 s cost a quarter.
        cost: in USD; 0.05 USD cost a quarter.
    """
    if broken:
        return Fraction(-1)
    value = Fraction(1) if right else Fraction(0)
    return value - min(Fraction(latency, 8_000_000), Fraction(1, 4)) - min(5 * cost, Fraction(1, 4))
