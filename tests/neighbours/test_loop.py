"""The neighbours in the master equation: steps 0, 6 and 11 over ports, in the process and over HTTP, with the same digests."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from typing import Any

import pytest

from caio.fields.invariants import Verdict
from caio.fields.scaled import LearnedPolicy
from caio.fields.scaled import Marketplace as Placed
from caio.fields.state import FieldState
from caio.ir import documents as d
from caio.neighbours.client import HttpMaia, HttpMarketplace, HttpNme, HttpRfs
from caio.neighbours.server import serve
from caio.routing.equation import (
    Neighbours,
    Situation,
    extract_field_state,
    send_control_signal,
)
from caio.routing.ports import Maia, Outcome
from tests.neighbours.draw import ports

RESOLUTION = Fraction(1, 1000)
CONTROLS = (d.Control("still"), d.Control("push", Fraction(1, 2), Fraction(0)))
QUERIES = ("refund my last invoice", "is it raining in Lisbon", "what do you see in this picture")


def learned(maia: Maia) -> LearnedPolicy:
    return LearnedPolicy(maia.policy(), Fraction(-1), Fraction(1))


def around(found: dict[str, Any]) -> Neighbours:
    market = found["marketplace"]
    services = tuple(sorted(one.name for one in market.candidates() if isinstance(one, d.Service)))
    placed = Placed(services, market.encode(services))
    return Neighbours(
        maia=found["maia"], nme=found["nme"], rfs=found["rfs"], marketplace=placed, learned=learned
    )


def ten_steps(neighbours: Neighbours) -> list[tuple[str, object, str]]:
    """Ten steps without services: state, terms, signal; what is chosen follows from the terms alone."""
    seen: list[tuple[str, object, str]] = []
    for step in range(10):
        situation = Situation(
            query=QUERIES[step % 3], context=QUERIES[: step % 2], user="alice" if step % 2 else ""
        )
        state: FieldState = extract_field_state(situation, neighbours)
        control = CONTROLS[step % 2]
        terms = state.terms(control, RESOLUTION)
        service, _ = max(terms.policy, key=lambda pair: pair[1])
        signal = state.control_signal(control, (service, "1.0", "internal"), RESOLUTION)
        reward = Fraction(1) if service == "small" else Fraction(-1, 2)
        neighbours.maia.feedback(Outcome(f"call {step}", state.intent, service, "1.0", reward))
        neighbours.rfs.store(state.intent, f"key {step % 3}")
        send_control_signal(signal, neighbours.maia)
        seen.append((state.digest, terms, signal.digest))
    return seen


def test_the_loop_is_the_same_in_the_process_and_over_http() -> None:
    here = ten_steps(around(dict(ports())))
    with serve(ports()) as server, ExitStack() as stack:
        there = {
            name: stack.enter_context(client(server.url))
            for name, client in {
                "maia": HttpMaia,
                "nme": HttpNme,
                "rfs": HttpRfs,
                "marketplace": HttpMarketplace,
            }.items()
        }
        assert ten_steps(around(there)) == here
    assert len({digest for digest, _, _ in here}) == 10


def test_an_empty_memory_gives_metrics_and_no_resonance() -> None:
    state = extract_field_state(Situation(query=QUERIES[0]), around(dict(ports())))
    metrics = state.rfs_metrics(RESOLUTION)
    assert metrics.interference.value == metrics.cost.value == 0
    resonance, interference, margin = metrics.judgements
    # Between an intent and what is orthogonal to it, nothing stands out for sure.
    assert resonance.verdict is not Verdict.HOLDS
    assert interference.verdict is margin.verdict is Verdict.HOLDS
    assert state.terms(CONTROLS[0], RESOLUTION).resonance in {499, 500}


def test_what_was_stored_resonates_with_the_next_question() -> None:
    neighbours = around(dict(ports()))
    before = extract_field_state(Situation(query=QUERIES[0]), neighbours)
    neighbours.rfs.store(before.intent, "billing")
    after = extract_field_state(Situation(query="refund the last invoice, please"), neighbours)
    still = CONTROLS[0]
    assert (
        after.terms(still, RESOLUTION).resonance > 700 > before.terms(still, RESOLUTION).resonance
    )
    assert all(judged.holds for judged in after.rfs_metrics(RESOLUTION).judgements)


@pytest.mark.parametrize("excitation", [Fraction(1, 4), Fraction(2)])
def test_a_signal_of_step_six_raises_the_energy_of_the_next_intent(excitation: Fraction) -> None:
    neighbours = around(dict(ports()))
    situation = Situation(query=QUERIES[0])
    before = extract_field_state(situation, neighbours)
    control = d.Control("push", excitation, Fraction(0))
    signal = before.control_signal(control, ("small", "1.0", "internal"), RESOLUTION)
    acknowledged = send_control_signal(signal, neighbours.maia)
    assert acknowledged is not None
    assert not acknowledged.repeated
    after = extract_field_state(situation, neighbours)
    largest = float(1 + excitation) ** 2
    assert 1.0 < float(after.intent.energies[0]) <= largest + 1e-9
    # A second identical signal is the same signal: energy does not run away.
    assert send_control_signal(signal, neighbours.maia).repeated  # type: ignore[union-attr]
    again = extract_field_state(situation, neighbours)
    assert again.intent.digest == after.intent.digest
