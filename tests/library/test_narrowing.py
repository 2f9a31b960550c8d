"""A value of a call means what an equation in the request would mean, to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import caio

TEXT = """
vocabulary "calls" {
  enum Region { eu, us, "far-away" }
  enum Data   { public, internal, health sensitive }
  unit       token
  capability chat

  cost in 0 USD .. 10 USD

  request fields {
    tokens:   int in 0 .. 1_000_000 token default 100 token,
    share:    ratio in 0 .. 1,
    wait:     time in 0 s .. 1 h default 2 s,
    region:   Region,
    urgent:   bool default false,
    data:     set of Data default { public },
    due:      instant,
    priority: { low, normal, high } default normal,
  }
}

service near version 1.0 {
  provides chat
  assumes  request.tokens <= 5_000 token, not request.data has health
  cost     1 USD per 1_000_000 token * request.tokens
  permits  public
}

service far version 1.0 {
  provides chat
  assumes  request.wait >= 1 s
  cost     2 USD per 1_000_000 token * request.tokens
  permits  public
}

profile standard {
  weights { guarantee 0, cost 1, performance 0, reliability 0 }
  limits  { facts asserted }
}
"""
AT = 1_795_348_800_000_000
FIELDS = ("tokens", "share", "wait", "region", "urgent", "data", "due", "priority")


@pytest.fixture(scope="module")
def calls() -> Iterator[caio.Router]:
    with caio.Router(caio.loads(TEXT)) as router:
        yield router


def request(*given_clauses: str, more: str = "") -> str:
    clauses = f"given {', '.join(given_clauses)}" if given_clauses else ""
    return f"request r {{ needs chat {clauses} {more} }}"


def values() -> st.SearchStrategy[dict[str, tuple[object, str]]]:
    """Values of some fields, each with the equation that says the same in the language."""
    tokens = st.integers(0, 1_000_000).map(lambda n: (n, f"request.tokens == {n} token"))
    share = st.fractions(0, 1, max_denominator=1000).map(
        lambda f: (f, f"share * {f.denominator} == {f.numerator}")
    )
    wait = st.integers(0, 3_600_000).map(lambda n: (f"{n} ms", f"wait == {n} ms"))
    region = st.sampled_from(["eu", "us", "far-away"]).map(lambda r: (r, f'region == "{r}"'))
    urgent = st.booleans().map(lambda b: (b, "urgent" if b else "not urgent"))
    data = st.sets(st.sampled_from(["public", "internal", "health"])).map(
        lambda s: (s, f"data == {{ {', '.join(sorted(s))} }}")
    )
    due = st.integers(1, 28).map(
        lambda day: (f"2026-11-{day:02}T08:30Z", f"due == 2026-11-{day:02}T08:30Z")
    )
    priority = st.sampled_from(["low", "normal", "high"]).map(lambda p: (p, f"priority == {p}"))
    kinds = dict(
        zip(FIELDS, (tokens, share, wait, region, urgent, data, due, priority), strict=True)
    )
    return st.fixed_dictionaries({}, optional=kinds)


@given(values())
def test_values_are_equations_of_the_language(
    calls: caio.Router, found: dict[str, tuple[object, str]]
) -> None:
    narrowed = calls.route(request(), {name: value for name, (value, _) in found.items()}, at=AT)
    equations = [found[name][1] for name in FIELDS if name in found]
    written = calls.route(request(*equations), at=AT)
    # A multiple of a fraction is the same equation, but not the same bytes.
    if "share" in found:
        assert type(narrowed) is type(written)
        assert narrowed.refusals == written.refusals
    else:
        assert narrowed.bundle() == written.bundle()


@given(values(), st.randoms(use_true_random=False))
def test_the_order_of_values_leaves_no_trace(
    calls: caio.Router, found: dict[str, tuple[object, str]], random: object
) -> None:
    plain = {name: value for name, (value, _) in found.items()}
    names = sorted(plain)
    random.shuffle(names)  # type: ignore[attr-defined]
    again = {name: plain[name] for name in names}
    first, second = (calls.route(request(), given_values, at=AT) for given_values in (plain, again))
    assert first.decision_digest == second.decision_digest


def test_what_the_request_says_stays_in_front_of_what_the_call_adds(calls: caio.Router) -> None:
    asked = request("tokens in 10 token .. 90 token", "share <= 1/2")
    narrowed = calls.route(asked, {"tokens": 50, "urgent": True}, at=AT)
    written = calls.route(
        request("tokens in 10 token .. 90 token", "share <= 1/2", "tokens == 50 token", "urgent"),
        at=AT,
    )
    assert narrowed.bundle() == written.bundle()


def test_a_default_gives_way_and_what_was_said_does_not(calls: caio.Router) -> None:
    # The default of 100 tokens is replaced; the stated range stays, and contradicts.
    assert isinstance(calls.route(request(), {"tokens": 7}, at=AT), caio.Routed)
    stated = request("tokens <= 90 token")
    with pytest.raises(
        caio.InputError, match=r"value of `tokens` contradicts .*`r` gives.*90 token"
    ):
        calls.route(stated, {"tokens": 91})


def test_a_contradiction_between_two_values_is_found_as_well(calls: caio.Router) -> None:
    stated = request("wait <= 1 s per token * request.tokens")
    calls.route(stated, {"tokens": 2, "wait": "2 s"})
    with pytest.raises(caio.InputError, match="value of `tokens`, `wait` contradicts"):
        calls.route(stated, {"tokens": 2, "wait": "3 s"})


def test_the_nominal_point_follows_the_call(calls: caio.Router) -> None:
    stated = request("tokens in 10 token .. 90 token", more="nominal tokens = 20 token")
    narrowed = calls.route(stated, {"tokens": 50}, at=AT)
    written = calls.route(
        request(
            "tokens in 10 token .. 90 token",
            "tokens == 50 token",
            more="nominal tokens = 50 token",
        ),
        at=AT,
    )
    assert narrowed.decision_digest == written.decision_digest


def test_a_narrowed_request_is_admitted_where_the_open_one_is_not(calls: caio.Router) -> None:
    open_one = request("tokens <= 1_000_000 token", "wait <= 1 h")
    assert isinstance(calls.route(open_one), caio.NotRoutable)
    near = calls.route(open_one, {"tokens": 100, "wait": "0 s"})
    far = calls.route(open_one, {"tokens": 9_000, "wait": "2 s"})
    assert isinstance(near, caio.Routed)
    assert isinstance(far, caio.Routed)
    assert (near.service, far.service) == ("near", "far")


def test_numbers_are_exact_to_the_last_digit(calls: caio.Router) -> None:
    third = Fraction(1, 3)
    stated = request("share * 3 <= 1")
    calls.route(stated, {"share": third})
    with pytest.raises(caio.InputError, match="contradicts"):
        calls.route(stated, {"share": third + Fraction(1, 10**100)})
