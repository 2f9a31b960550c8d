"""Evidence against promises: never more than there is, rarely against those who keep them, soon against those who do not."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.landscape.betting import SHARES, Bets, reserve
from tests.landscape.oracle import Exact, Floats, peak

ALPHA = Fraction(1, 1000)
HUNDREDTH = Fraction(1, 100)

shares = st.fractions(0, 1, max_denominator=10**6)
promises = st.fractions(Fraction(1, 10**9), Fraction(999, 1000), max_denominator=10**9)
instants = st.integers(0, 50)
calls = st.lists(st.tuples(shares, promises, instants, st.integers(0, 20)), max_size=25)
Call = tuple[Fraction, Fraction, int, int]


def after(observed: list[Call]) -> Bets:
    """Calls that begin in any order, each a little later than its place says, and take any time."""
    bets = Bets()
    for place, (seen, promised, start, duration) in enumerate(observed):
        bets = bets.settle(seen, promised, start + place, start + place + duration)
    return bets


def settle(bets: Bets, seen: Fraction, promised: Fraction) -> Bets:
    """One call after the other, each of no duration."""
    return bets.settle(seen, promised, bets.calls, bets.calls)


def capital(bets: Bets) -> list[Fraction]:
    """The stated capitals, exactly."""
    return [mantissa * Fraction(2) ** exponent for mantissa, exponent in bets.capital]


@settings(max_examples=50)
@given(calls)
def test_what_is_stated_is_never_more_than_the_exact_capital_and_hardly_less(
    observed: list[Call],
) -> None:
    exact = Exact()
    for place, (seen, promised, start, duration) in enumerate(observed):
        exact.settle(seen, promised, start + place, start + place + duration)
    bets = after(observed)
    loss = Fraction(1, 2**61) * (len(observed) + 1)
    for stated, true in zip(capital(bets), exact.capital, strict=True):
        assert true * (1 - loss) <= stated <= true
    assert bets.wealth <= exact.wealth <= bets.wealth + 2 * Fraction(1, 10**6) + exact.wealth * loss


def test_the_exact_capital_is_kept_to_for_two_thousand_calls() -> None:
    # The oracle's fractions grow with every call, so that one long run stands for many.
    generator = random.Random(2)
    exact, bets = Exact(), Bets()
    for number in range(2000):
        seen = Fraction(generator.random() < 0.02)
        exact.settle(seen, HUNDREDTH, number, number + 5)
        bets = bets.settle(seen, HUNDREDTH, number, number + 5)
    loss = Fraction(2000, 2**61)
    for stated, true in zip(capital(bets), exact.capital, strict=True):
        assert true * (1 - loss) <= stated <= true


@settings(max_examples=50)
@given(calls, promises, shares, st.integers(0, 200))
def test_a_bet_on_a_promise_that_is_kept_gains_nothing_on_average(
    observed: list[Call], promised: Fraction, chance: Fraction, start: int
) -> None:
    """The step of the supermartingale, exactly, from any state: the mean of what follows is at most what was staked."""
    before = after(observed)
    staked = sum(capital(before), Fraction(0)) + len(SHARES) * reserve(before.calls + 2)
    # x = 1 with a chance of at most m; as capital is affine in x, every x of that mean does the same.
    chance = chance * promised
    good = sum(capital(before.settle(Fraction(0), promised, start, start)), Fraction(0))
    bad = sum(capital(before.settle(Fraction(1), promised, start, start)), Fraction(0))
    assert chance * bad + (1 - chance) * good <= staked


def test_all_that_is_ever_staked_adds_up_to_no_more_than_one() -> None:
    total = Fraction(0)
    for power in range(12):
        for call in (2**power, 2 ** (power + 1) - 1):
            assert reserve(call) == Fraction(1, (power + 1) * (power + 2) * 2**power)
        total += 2**power * reserve(2**power)
        # The telescoping sum of 1/((k+1)(k+2)): always below 1.
        assert total == 1 - Fraction(1, power + 2)


class TestFalseAlarms:
    """Runs of services that keep their promise at its very limit, watched after every call."""

    RUNS = 2000

    def check(self, best: Floats) -> None:
        """At every α, the share of runs that ever reached 1/α is at most that, up to chance."""
        assert best.shape == (self.RUNS,)
        for alpha in (0.2, 0.05, 0.001):
            assert np.mean(best >= 1 / alpha) <= self.allowed(alpha)

    def allowed(self, alpha: float) -> float:
        """α and four standard deviations of the share of so many runs."""
        return float(alpha + 4 * np.sqrt(alpha * (1 - alpha) / self.RUNS))

    @pytest.mark.parametrize("limit", [0.5, 0.1, 0.01, 0.001])
    def test_are_as_rare_as_promised(self, limit: float) -> None:
        generator = np.random.default_rng(1)
        seen = (generator.random((self.RUNS, 600)) < limit).astype(np.float64)
        self.check(peak(seen, np.full_like(seen, limit)))

    def test_are_as_rare_when_the_bound_depends_on_what_has_happened(self) -> None:
        """An adversary chooses each promise after having seen all earlier calls, and looks for a bad moment."""
        generator = np.random.default_rng(2)
        draws = generator.random((self.RUNS, 400))
        seen, promised = np.zeros_like(draws), np.zeros_like(draws)
        streak = np.zeros(self.RUNS)
        for call in range(400):
            # After misfortune it promises much, to turn one more exceedance into a fortune; else little.
            promised[:, call] = np.where(streak > 0, 0.002, np.where(call % 3 == 0, 0.3, 0.05))
            seen[:, call] = draws[:, call] < promised[:, call]
            streak = np.where(seen[:, call] > 0, 5, np.maximum(streak - 1, 0))
        self.check(peak(seen, promised))

    def test_are_as_rare_for_means_of_values_that_are_rarely_large(self) -> None:
        generator = np.random.default_rng(3)
        seen = generator.beta(0.05, 0.95, (self.RUNS, 400))
        self.check(peak(seen, np.full_like(seen, 0.05)))

    @pytest.mark.parametrize("number", [40, 400])
    def test_are_as_rare_when_calls_overlap_and_are_recorded_as_they_end(self, number: int) -> None:
        """A hundred calls run at any time, then traffic stops, and those that still come are all slow."""
        generator = np.random.default_rng(6)
        durations = generator.exponential(100 / np.log(20), (self.RUNS, number))
        late = (durations > 100).astype(np.float64)  # one in twenty
        start = np.broadcast_to(np.arange(float(number)), durations.shape)
        order = np.argsort(start + durations, axis=1)
        seen, start, lasting = (
            np.take_along_axis(values, order, axis=1) for values in (late, start, durations)
        )
        self.check(peak(seen, np.full_like(seen, 0.05), start, start + lasting))

    def test_of_many_runs_and_of_one_are_the_same_betting(self) -> None:
        """What is simulated above is what is implemented."""
        generator = np.random.default_rng(7)
        durations = generator.integers(0, 200, (3, 120))
        start = np.broadcast_to(np.arange(120), durations.shape)
        late = generator.random((3, 120)) < 0.1
        best = peak(
            late.astype(np.float64),
            np.full((3, 120), 0.05),
            start.astype(np.float64),
            (start + durations).astype(np.float64),
        )
        for run in range(3):
            bets, most = Bets(), Fraction(0)
            for call in range(120):
                begun, lasting = int(start[run, call]), int(durations[run, call])
                seen = Fraction(int(late[run, call]))
                bets = bets.settle(seen, Fraction(1, 20), begun, begun + lasting)
                most = max(most, bets.wealth)
            assert float(most) == pytest.approx(best[run], abs=1e-5)

    def test_would_not_be_rare_if_one_looked_again_and_again_at_an_ordinary_test(self) -> None:
        """What this is for: the usual test at one in a hundred, made after every call, accuses far more than that."""
        generator = np.random.default_rng(4)
        seen = generator.random((1000, 600)) < 0.1
        count = np.arange(1, 601)
        z = (seen.cumsum(axis=1) / count - 0.1) / np.sqrt(0.09 / count)
        assert np.mean(z[:, 20:].max(axis=1) > 2.326) > 0.05

    def test_of_the_implementation_itself_are_as_rare(self) -> None:
        generator = random.Random(5)
        alarms = 0
        for _ in range(150):
            bets = Bets()
            for _ in range(100):
                bets = settle(bets, Fraction(generator.random() < 0.1), Fraction(1, 10))
                if bets.breaks(Fraction(1, 10)):
                    alarms += 1
                    break
        # One in ten of 150 is 15; more than 30 has a chance below one in ten thousand.
        assert alarms <= 30


def calls_until_broken(rate: float, promised: Fraction, *, good: int = 0, seed: int = 0) -> int:
    """How many calls it takes, after so many that exceed half as often as promised."""
    generator = random.Random(seed)
    bets = Bets()
    for _ in range(good):
        bets = settle(bets, Fraction(generator.random() < promised / 2), promised)
        assert not bets.breaks(ALPHA)
    count = 0
    while not bets.breaks(ALPHA):
        bets = settle(bets, Fraction(generator.random() < rate), promised)
        count += 1
    return count


def quantiles(rate: float, promised: Fraction, *, runs: int, good: int = 0) -> tuple[int, int]:
    """Median and nine tenths of the number of calls until a breach is found."""
    found = sorted(calls_until_broken(rate, promised, good=good, seed=s) for s in range(runs))
    return found[runs // 2], found[runs * 9 // 10]


class TestPower:
    """How soon a broken promise is found: the table of docs/history.md."""

    @pytest.mark.parametrize(
        ("rate", "promised", "median", "most"),
        [
            (1.0, HUNDREDTH, 3, 3),
            (0.5, HUNDREDTH, 7, 13),
            (0.1, HUNDREDTH, 80, 140),
            (0.05, HUNDREDTH, 250, 450),
            (0.5, Fraction(1, 10), 20, 35),
            (0.01, Fraction(1, 1000), 800, 1500),
        ],
    )
    def test_a_broken_promise_is_found_within_so_many_calls(
        self, rate: float, promised: Fraction, median: int, most: int
    ) -> None:
        middle, late = quantiles(rate, promised, runs=21)
        assert middle <= median
        assert late <= most

    def test_a_good_past_does_not_hide_a_bad_present(self) -> None:
        middle, _ = quantiles(0.1, HUNDREDTH, runs=3, good=5000)
        assert middle <= 180

    def test_a_mean_is_found_to_exceed_its_bound(self) -> None:
        """Values of 0 to 0.4 of the range, 0.2 on average, where 0.1 is promised."""
        found = []
        for seed in range(21):
            generator = random.Random(seed)
            bets, count = Bets(), 0
            while not bets.breaks(ALPHA):
                seen = Fraction(generator.randrange(401), 1000)
                bets, count = settle(bets, seen, Fraction(1, 10)), count + 1
            found.append(count)
        found.sort()
        assert found[10] <= 30
        assert found[18] <= 45


@pytest.mark.parametrize("place", [0, 1, 50, 99])
def test_one_slow_call_among_a_hundred_breaks_no_p99(place: int) -> None:
    bets = Bets()
    for call in range(100):
        bets = settle(bets, Fraction(call == place), HUNDREDTH)
        assert not bets.breaks(ALPHA)


def test_capital_that_decays_is_never_lost() -> None:
    bets = Bets()
    for _ in range(3000):
        bets = settle(bets, Fraction(0), Fraction(1, 2))
    assert all(mantissa > 0 for mantissa, _ in bets.staked)
    # With nothing new to stake, a share of 7/8 has become smaller than any float.
    assert min(capital(bets)) < Fraction(1, 10**6)
    assert not bets.breaks(ALPHA)


class TestLimits:
    def test_what_promises_nothing_is_not_bet_on(self) -> None:
        assert settle(Bets(), Fraction(1), Fraction(1)) == Bets()
        assert settle(Bets(), Fraction(1), Fraction(7)) == Bets()

    @pytest.mark.parametrize("promised", [Fraction(0), Fraction(-3)])
    def test_what_a_promise_rules_out_breaks_it_at_once(self, promised: Fraction) -> None:
        kept = settle(Bets(), Fraction(0), promised)
        assert kept == Bets()
        broken = settle(kept, Fraction(1, 10**9), promised)
        assert broken.breaks(Fraction(1, 10**100))
        assert settle(broken, Fraction(0), HUNDREDTH).breaks(ALPHA)

    @pytest.mark.parametrize("seen", [Fraction(-1, 10**9), Fraction(1) + Fraction(1, 10**9)])
    def test_a_quantity_out_of_range_is_refused(self, seen: Fraction) -> None:
        with pytest.raises(ValueError, match="does not lie in"):
            settle(Bets(), seen, HUNDREDTH)

    @settings(max_examples=20)
    @given(st.integers(1, 500), st.booleans())
    def test_promises_with_long_numbers_lose_nothing_but_digits(
        self, digits: int, exceeded: bool
    ) -> None:
        promised = Fraction(1, 10**digits + 1)
        bets = settle(Bets(), Fraction(exceeded), promised)
        exact = Exact()
        exact.settle(Fraction(exceeded), promised, 0, 0)
        for stated, true in zip(capital(bets), exact.capital, strict=True):
            assert true * (1 - Fraction(1, 2**61)) <= stated <= true


@settings(max_examples=30)
@given(calls)
def test_bets_are_read_as_they_were_written(observed: list[Call]) -> None:
    bets = after(observed)
    assert Bets.read(bets.text()) == bets


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "{}",
        "[]",
        "[0, 0, [null, null, null, 0, 0]]",
        Bets().text() + " ",
        Bets().text().replace("[0, 0]", "[0, 1]", 1),
        Bets().text().replace("[0, 0]", "[0.5, 0]", 1),
        Bets().text().replace("[0, 0]", "[true, 0]", 1),
        Bets().text().replace("[0, 0]", "[-1, 0]", 1),
        Bets().text().replace(", [0, 0]", "", 1),
    ],
)
def test_what_nobody_wrote_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="no capitals"):
        Bets.read(text)


def test_shares_are_admissible() -> None:
    assert all(0 < share < 1 for share in SHARES)
    assert len(set(SHARES)) == len(SHARES)
