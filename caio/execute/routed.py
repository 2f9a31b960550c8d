"""From a router's answer to an order: what was decided about, and the admitted candidates as the router examines them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from caio.execute.order import Admission, Order
from caio.routing.results import Routed, checked_of
from caio.routing.router import Router


def order_of(router: Router, answer: Routed) -> Order:
    """The order to execute an answer: its winner first, then what is admitted below it, examined when it is asked for.

    The request is the one that was decided about, with the values that the router was asked for. An order is executed once.

    Args:
        router: the one that gave the answer.
        answer: what it routed.
    """
    return order_from(answer, router.admissions(answer))


def order_from(answer: Routed, candidates: Iterable[Admission]) -> Order:
    """The order to execute an answer, with candidates that are its own."""
    question = checked_of(answer).decision.question
    return Order(
        vocabulary=question.vocabulary,
        request=question.request,
        rules=(*question.policy, *question.constraints),
        facts=question.facts,
        at=question.at,
        decision=answer.decision_digest,
        candidates=candidates,
    )


def used_by(answer: Routed) -> int:
    """How long routing took, in microseconds, rounded up: what of the deadline is gone before execution begins."""
    return -(-answer.elapsed // timedelta(microseconds=1)) if answer.elapsed > timedelta(0) else 0
