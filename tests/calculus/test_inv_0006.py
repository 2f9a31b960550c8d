"""INV-CAIO-0006: deadline and budget are proved, CAIO's own time is held to its allowance, and no hash knows of it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

import caio

ALLOWANCE = 20
"""Milliseconds."""
SERVICES = {"fast": (100, 900), "plain": (300, 300), "slow": (700, 100)}
"""Promised milliseconds, and price in thousandths."""


def usd(thousandths: int) -> str:
    return f"{thousandths // 1000}.{thousandths % 1000:03}"


OFFERS = "\n".join(
    f'service "{name}" version 1 {{ provides chat  guarantees latency <= {promised} ms'
    f"  cost {usd(price)} USD  permits public }}"
    for name, (promised, price) in SERVICES.items()
)
SHOP = f"""
vocabulary "v" {{
  capability chat
  metric latency : time in 0 s .. 1 h, lower is better, expected, role latency
  cost in 0 USD .. 10 USD
}}
uses "v"
{OFFERS}
profile strict {{
  weights {{ performance 1, cost 1 }}
  limits  {{ routing allowance {ALLOWANCE} ms  facts asserted }}
}}
"""


class Clock:
    """Moves on by what the next measurement is to find, from its second look on."""

    def __init__(self) -> None:
        self.time = 0
        self.next = 0
        self.begun = False

    def __call__(self) -> int:
        if self.begun:
            self.time += self.next
        self.begun = not self.begun
        return self.time


class Bounds(RuleBasedStateMachine):
    """Whatever is asked, and however long routing takes: an answer is about bounds that hold, or there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.router = caio.Router(caio.loads(SHOP), clock=self.clock)
        self.digests: dict[tuple[int | None, int | None], str] = {}

    @rule(microseconds=st.integers(0, 3 * ALLOWANCE * 1000) | st.sampled_from([20_000, 20_001]))
    def take_so_long(self, microseconds: int) -> None:
        self.clock.next = microseconds * 1000

    @rule(
        deadline=st.none()
        | st.integers(0, 900)
        | st.sampled_from([p + ALLOWANCE + e for p, _ in SERVICES.values() for e in (-1, 0)]),
        budget=st.none()
        | st.integers(0, 1000)
        | st.sampled_from([price + e for _, price in SERVICES.values() for e in (-1, 0)]),
    )
    def ask(self, deadline: int | None, budget: int | None) -> None:
        text = "request asked { needs chat"
        text += "" if budget is None else f"  budget {usd(budget)} USD"
        text += "" if deadline is None else f"  deadline {deadline} ms"
        late = self.clock.next > ALLOWANCE * 1_000_000
        # What counts on the allowance does not leave when it was not kept; nothing else is held to it.
        if late and deadline is not None:
            with pytest.raises(caio.AllowanceError) as caught:
                self.router.route(text + " }", at=0)
            assert caught.value.elapsed == self.clock.next // 1000
            assert caught.value.allowed == Fraction(ALLOWANCE, 1000)
            return
        answer = self.router.route(text + " }", at=0)
        assert answer.elapsed.total_seconds() == self.clock.next // 1000 / 1_000_000
        allowed = {
            name
            for name, (promised, price) in SERVICES.items()
            if (deadline is None or promised + ALLOWANCE <= deadline)
            and (budget is None or price <= budget)
        }
        if isinstance(answer, caio.Routed):
            assert answer.service in allowed
        else:
            assert not allowed
            assert isinstance(answer, caio.NotRoutable)
            assert answer.refusals.keys() <= {"deadline", "budget"}
        # Time is outside of every hash: the same question has the same digest, however long it took.
        known = self.digests.setdefault((deadline, budget), answer.decision_digest)
        assert answer.decision_digest == known
        assert caio.verify(answer.bundle()).decision_digest == known

    def teardown(self) -> None:
        self.router.close()


TestBounds = Bounds.TestCase
TestBounds.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)


def test_the_allowance_counts_in_the_proof_and_in_nothing_else() -> None:
    with caio.Router(caio.loads(SHOP), clock=int) as router:
        for deadline, routed in ((120, True), (119, False)):
            answer = router.route(f"request asked {{ needs chat  deadline {deadline} ms }}", at=0)
            assert isinstance(answer, caio.Routed) == routed
    other = SHOP.replace("routing allowance 20 ms", "routing allowance 19 ms")
    with caio.Router(caio.loads(other), clock=int) as router:
        answer = router.route("request asked { needs chat  deadline 119 ms }", at=0)
        assert isinstance(answer, caio.Routed)


def test_a_trace_of_a_late_run_is_that_of_a_quick_one() -> None:
    """The decision's bundle holds no time but `at`."""
    bundles = set()
    for wait in (0, 15_000_000):
        clock = Clock()
        clock.next = wait
        with caio.Router(caio.loads(SHOP), clock=clock) as router:
            bundles.add(router.route("request asked { needs chat  deadline 1 s }", at=0).bundle())
    assert len(bundles) == 1
