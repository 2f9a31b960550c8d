"""A history counts each call once, judges guarantees by their own evidence, and tells decisions what it counted."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.base.canonical import canonical_bytes, digest
from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.landscape.betting import Bets
from caio.landscape.history import History
from caio.landscape.observations import Measured, Observation
from caio.landscape.records import Breach
from caio.landscape.snapshot import take
from caio.routing.plain import wilson
from tests.landscape.calls import (
    ACCURACY,
    BOUND,
    LATENCY,
    MEAN,
    P50,
    P99,
    QUICK,
    SLOW,
    VOCABULARY,
    call,
    rated,
)

ALPHA = Fraction(1, 1000)
FAST = d.Service(document_digest(VOCABULARY), "acme/fast", "1.0", guarantees=(P99,))


def bad_p99(history: History, calls: int = 60, *, version: str = "1.0") -> int:
    """Record a service one in five of whose calls is slow, until its guarantee breaks; how many calls that took."""
    for number in range(calls):
        latency = SLOW if number % 5 == 4 else QUICK
        if history.record(call(f"{version}/{number}", latency, version=version, at=number)):
            return number + 1
    raise AssertionError("never broken")


class TestCounting:
    def test_of_nothing_is_nothing(self) -> None:
        with History() as history:
            record = history.record_of("acme/fast", "1.0")
            assert (record.calls, record.violations, record.guarantees) == (0, 0, ())
            assert (record.first, record.last, record.chain) == (None, None, None)
            assert history.records() == ()
            assert history.state(FAST) == d.State(FAST.vocabulary, "acme/fast", "1.0")
            assert history.audit() == 0

    def test_keeps_versions_apart_and_writes_them_one_way(self) -> None:
        with History() as history:
            for name, version in [("a", "1.0"), ("b", "1"), ("c", "1.0.0"), ("d", "1.1")]:
                history.record(call(name, version=version))
            assert [(r.version, r.calls) for r in history.records()] == [("1", 3), ("1.1", 1)]
            assert history.record_of("acme/fast", "1.0.0.0").calls == 3

    def test_counts_each_kind_of_violation(self) -> None:
        with History() as history:
            for number, outcome in enumerate(["timed_out", "succeeded", "schema", "timed_out"]):
                history.record(call(str(number), outcome=outcome))
            record = history.record_of("acme/fast", "1")
            assert record.outcomes == (("schema", 1), ("succeeded", 1), ("timed_out", 2))
            assert (record.calls, record.violations) == (4, 3)

    def test_remembers_the_first_and_last_instant_whatever_the_order(self) -> None:
        with History() as history:
            for number, at in enumerate([5, -7, 3]):
                history.record(call(str(number), at=at))
            record = history.record_of("acme/fast", "1")
            assert (record.first, record.last) == (-7, 5)

    def test_the_same_observation_twice_counts_once(self) -> None:
        with History() as history:
            history.record(call("a"))
            before = history.records()
            assert history.record(call("a")) == ()
            assert history.record_all([call("a"), call("a")]) == ()
            assert history.records() == before

    @pytest.mark.parametrize(
        "other",
        [call("a", SLOW), call("a", at=1), call("a", service="b"), call("a", outcome="failed")],
        ids=["value", "instant", "service", "outcome"],
    )
    def test_another_observation_of_the_same_id_is_refused(self, other: Observation) -> None:
        with History() as history:
            history.record(call("a"))
            before = history.records()
            with pytest.raises(InputError, match="another observation has the id `a`"):
                history.record(other)
            assert history.records() == before

    def test_many_are_recorded_together_or_not_at_all(self) -> None:
        with History() as history:
            history.record(call("a"))
            before = history.records()
            with pytest.raises(InputError, match="another observation"):
                history.record_all([call("b"), call("c"), call("a", SLOW)])
            assert history.records() == before
            history.record_all(call(name) for name in "bc")
            assert history.record_of("acme/fast", "1").calls == 3

    @pytest.mark.parametrize("stranger", [None, {}, "x", call("a").json()])
    def test_what_is_no_observation_is_refused(self, stranger: Observation) -> None:
        with History() as history, pytest.raises(InputError, match="only an `Observation`"):
            history.record(stranger)

    @settings(max_examples=30)
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 30),
                st.sampled_from(["a", "b"]),
                st.sampled_from(["succeeded", "failed", "timed_out"]),
                st.integers(0, 10**7),
                st.integers(-(10**9), 10**9),
            ),
            max_size=40,
        )
    )
    def test_agrees_with_a_dictionary_of_calls(
        self, drawn: list[tuple[int, str, str, int, int]]
    ) -> None:
        """The oracle: the first call of each id, and everything counted from those."""
        first: dict[int, tuple[int, str, str, int, int]] = {}
        with History() as history:
            for one in drawn:
                number, service, outcome, latency, at = one
                observation = Observation(f"{number}", service, "1", at, outcome, latency)
                if first.setdefault(number, one) == one:
                    history.record(observation)
                else:
                    with pytest.raises(InputError):
                        history.record(observation)
            for service in ("a", "b"):
                mine = [one for one in first.values() if one[1] == service]
                record = history.record_of(service, "1")
                assert record.calls == record.latency.total == len(mine)
                assert dict(record.outcomes) == Counter(one[2] for one in mine)
                assert record.violations == sum(one[2] != "succeeded" for one in mine)
                assert record.last == max((one[4] for one in mine), default=None)
            assert history.audit() == len(first)


class TestJudging:
    def test_a_broken_guarantee_is_reported_once_and_stays(self) -> None:
        with History() as history:
            calls = bad_p99(history)
            for number in range(100):
                assert history.record(call(f"later {number}", SLOW)) == ()
            (breach,) = history.breaches()
            assert breach.tally.calls == calls
            assert breach.tally.exceeded == calls // 5
            (judgement,) = history.record_of("acme/fast", "1").guarantees
            assert judgement.verdict == "broken"
            assert judgement.breach == breach
            assert judgement.tally.calls == calls + 100

    def test_a_breach_carries_what_shows_it(self) -> None:
        with History() as history:
            calls = bad_p99(history)
            (breach,) = history.breaches()
            assert breach.tally.wealth is not None
            assert breach.tally.wealth >= 1 / breach.alpha == 1000
            assert (breach.first, breach.last) == ("1.0/0", f"1.0/{calls - 1}")
            assert breach.at == calls - 1
            assert breach.guarantee == call("x").guarantee(call("x").measured[0])
            # Whoever has the observations derives wealth and chain without this program.
            bets, chain = Bets(), None
            for kept in history.observations("acme/fast"):
                (one,) = kept["measured"]
                late = Fraction(one["value"]) > Fraction(one["bound"])
                start, latency = int(kept["at"]), kept["latency"]
                bets = bets.settle(Fraction(late), Fraction(1, 100), start, start + latency)
                chain = digest([chain, canonical_bytes(kept).decode()])
            assert bets.wealth == breach.tally.wealth
            assert chain == breach.chain
            assert str(breach) == (
                f"`acme/fast` 1 broke its guarantee on `latency` at quantile 99/100: {calls // 5} of {calls} calls"
                " exceeded their bound"
            )

    def test_one_slow_call_among_a_hundred_is_no_violation(self) -> None:
        with History() as history:
            for number in range(100):
                assert not history.record(call(str(number), SLOW if number == 37 else QUICK))
            record = history.record_of("acme/fast", "1")
            assert (record.calls, record.violations) == (100, 0)
            (judgement,) = record.guarantees
            assert judgement.verdict == "not broken so far"
            assert judgement.tally.exceeded == 1
            assert judgement.tally.mean == judgement.tally.promised == Fraction(1, 100)

    def test_slow_calls_are_excused_until_the_guarantee_is_broken_and_never_after(self) -> None:
        with History() as history:
            calls = bad_p99(history)
            # The last call broke it: it and all earlier slow ones count.
            assert history.record_of("acme/fast", "1").violations == calls // 5
            history.record(call("quick"))
            assert history.record_of("acme/fast", "1").violations == calls // 5
            history.record(call("slow", SLOW))
            assert history.record_of("acme/fast", "1").violations == calls // 5 + 1
            history.record(call("slow and wrong", SLOW, outcome="failed"))
            assert history.record_of("acme/fast", "1").violations == calls // 5 + 2

    def test_a_call_that_violates_in_several_ways_counts_once(self) -> None:
        with History() as history:
            both = tuple(Measured(LATENCY, g, BOUND, SLOW) for g in (P99, P50))
            for number in range(50):
                outcome = "failed" if number % 2 else "succeeded"
                history.record(replace(call(str(number), SLOW, outcome=outcome), measured=both))
            record = history.record_of("acme/fast", "1")
            assert len(record.breaches) == 2
            assert record.violations == record.calls == 50
            assert history.audit() == 50

    def test_the_bound_is_that_of_each_call(self) -> None:
        """The same latency keeps the bound of a long request and exceeds that of a short one."""
        with History() as history:
            for number in range(300):
                assert not history.record(call(str(number), SLOW, bound=Fraction(3, 10)))
            assert history.record_of("acme/fast", "1").guarantees[0].tally.exceeded == 0

    def test_a_new_version_starts_anew(self) -> None:
        with History() as history:
            bad_p99(history)
            history.record(call("new", version="1.1"))
            old, new = history.records()
            assert [len(record.breaches) for record in (old, new)] == [1, 0]
            assert new.guarantees[0].tally.calls == 1
            assert (old.version, new.version, new.violations) == ("1", "1.1", 0)

    def test_another_bound_is_another_guarantee(self) -> None:
        with History() as history:
            history.record(call("a"))
            history.record(call("b", guarantee=replace(P99, bound=P50.bound)))
            judged = history.record_of("acme/fast", "1").guarantees
            assert [one.tally.calls for one in judged] == [1, 1]

    def test_a_mean_below_what_is_promised_breaks_the_guarantee(self) -> None:
        with History() as history:
            found: tuple[Breach, ...] = ()
            number = 0
            while not found:
                found = history.record(rated(str(number), Fraction(number % 2)))
                number += 1
            (breach,) = found
            assert number <= 40
            assert breach.terms.level is None
            # Seen from the upper end: 1 - accuracy is 1/2 on average, where 1/10 is promised.
            assert breach.tally.mean >= Fraction(45, 100)
            assert breach.tally.promised == Fraction(1, 10)
            assert "on average" in str(breach)

    def test_a_mean_that_is_kept_at_its_limit_breaks_nothing(self) -> None:
        generator = random.Random(3)
        with History() as history:
            observations = [
                rated(str(number), Fraction(generator.random() < 0.9)) for number in range(1000)
            ]
            assert history.record_all(observations) == ()

    def test_a_promise_of_the_impossible_is_broken_by_the_first_value_that_shows_it(self) -> None:
        with History() as history:
            assert not history.record(rated("a", Fraction(1), bound=Fraction(1)))
            (breach,) = history.record(rated("b", Fraction(999, 1000), bound=Fraction(1)))
            assert breach.tally.wealth is None
            assert json.loads(canonical_bytes(breach.json()))["tally"]["wealth"] is None
            assert history.breaches() == (breach,)

    def test_a_value_beyond_the_range_that_keeps_its_bound_is_not_held_against_anybody(
        self,
    ) -> None:
        with History() as history:
            assert not history.record(rated("a", Fraction(2), bound=Fraction(2)))
            assert history.record_of("acme/fast", "1").breaches == ()

    def test_a_stricter_alpha_asks_for_more(self) -> None:
        with History(alpha=Fraction(1, 10**9)) as strict, History() as usual:
            assert strict.alpha == Fraction(1, 10**9)
            assert bad_p99(strict, 200) > bad_p99(usual)


class TestDecisions:
    def test_what_was_recorded_enters_the_landscape_and_the_score(self) -> None:
        with History() as history:
            empty = take(VOCABULARY, [FAST], states=history.states([FAST]))
            assert empty.contracts[0].state is None
            bad_p99(history)
            (state,) = history.states([FAST])
            snapshot = take(VOCABULARY, [FAST], states=[state])
            assert snapshot.contracts[0].state == state
            assert snapshot.digest != empty.digest
            record = history.record_of("acme/fast", "1.0")
            assert (state.calls, state.violations) == (record.calls, record.violations)
            assert state.version == FAST.version

    def test_a_broken_guarantee_lowers_reliability(self) -> None:
        with History() as history, History() as kept:
            calls = bad_p99(history)
            for number in range(calls):
                kept.record(call(str(number)))
            million = 10**6
            assert wilson(history.state(FAST), million) < wilson(kept.state(FAST), million)

    def test_values_of_other_observers_are_kept_and_their_counts_are_not(self) -> None:
        given = d.State(FAST.vocabulary, "acme/fast", "1", (("load", Fraction(1, 2)),), 10**6, 0)
        stranger = replace(FAST, name="other")
        with History() as history:
            (state,) = history.states([FAST, stranger], [given])
            assert (state.values, state.calls) == (given.values, 0)
            history.record(call("a", outcome="failed"))
            (state,) = history.states([FAST, stranger], [given])
            assert (state.values, state.calls, state.violations) == (given.values, 1, 1)


class TestForms:
    def test_a_record_is_canonical_json(self) -> None:
        with History() as history:
            bad_p99(history)
            history.record(rated("r", Fraction(1)))
            (record,) = history.records()
            form = json.loads(canonical_bytes(record.json()))
            assert form["calls"] == record.calls
            assert [one["verdict"] for one in form["guarantees"]] == [
                "not broken so far",
                "broken",
            ]
            assert form["latency"][0]["count"] == record.latency.counts[0][1]
            assert form["guarantees"][1]["breach"]["alpha"] == "1/1000"

    def test_observations_come_back_in_their_order(self) -> None:
        with History() as history:
            sent = [call(f"{n}", service=f"s{n % 2}", at=-n) for n in range(2500)]
            history.record_all(sent)
            assert list(history.observations()) == [one.json() for one in sent]
            assert list(history.observations("s1")) == [one.json() for one in sent[1::2]]

    def test_the_same_calls_make_the_same_records_everywhere(self, tmp_path: Path) -> None:
        generator = random.Random(11)
        sent = [
            replace(
                call(str(n), Fraction(generator.randrange(1, 10**6), 10**6 + 3)),
                measured=(
                    Measured(LATENCY, P99, BOUND, QUICK),
                    Measured(ACCURACY, MEAN, Fraction(9, 10), Fraction(n % 7, 7)),
                ),
            )
            for n in range(60)
        ]
        with History() as one, History(tmp_path / "h") as other:
            one.record_all(sent)
            for observation in sent:
                other.record(observation)
            assert one.records() == other.records()
            assert one.audit() == other.audit() == 60
