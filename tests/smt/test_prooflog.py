"""What can be read of a proof log is read exactly; what cannot is left out."""

from collections.abc import Mapping
from fractions import Fraction

import pytest

from caio.base.exact import Rational
from caio.smt.prooflog import Inference, LogReader, Premise

LOG = """(declare-fun v0 () Int)
(define-const $8 Int (* 2 v1))
(define-const $9 Int (+ v0 $8))
(define-const $11 Bool (<= $9 7))
(assume $11 g5)
(define-const $12 Bool (not $11))
(define-const $13 Bool (= $9 (- 3)))
(define-const $14 Bool (> (to_real v0) (/ 7.0 2.0)))
(define-const $40 Proof (farkas 1 $11 3/2 $12))
(define-const $41 Proof (farkas 2 $12 1 (not $14) 5 $13))
(infer $11 (not $14) (not g5) $41)
(infer (not $13) rup)
(infer $13 g5 rup)
(infer (not g5) rup)
(infer $99 rup)
(infer (<= (* v0 v1) 3) rup)
(infer $11
  (not g5) rup)
(define-const $42 Proof cut)
(infer (f
(infer rup)
"""


class Numbers:
    """Numbers inequalities in order of their first appearance, from 101 on."""

    def __init__(self) -> None:
        self.said: list[tuple[dict[str, Rational], Rational, bool]] = []

    def __call__(
        self, terms: Mapping[str, Rational], bound: Rational, *, strict: bool
    ) -> tuple[int, Rational] | None:
        said = (dict(terms), bound, strict)
        if said not in self.said:
            self.said.append(said)
        return 101 + self.said.index(said), 2


def test_a_log_becomes_inferences() -> None:
    numbers = Numbers()
    steps = list(LogReader({"v0": "x", "v1": "y"}, numbers).inferences(LOG))
    assert numbers.said == [
        ({"x": 1, "y": 2}, 7, False),
        ({"x": -1}, Fraction(-7, 2), True),
        ({"x": 1, "y": 2}, -3, False),
        ({"x": -1, "y": -2}, 3, False),
    ]
    assert steps == [
        Inference(
            (101, -102, -5), (Premise(4, (-101,)), Premise(2, (-102,)), Premise(10, (103, 104)))
        ),
        # The negation of an equation is no literal, and an equation is two.
        Inference(None, ()),
        Inference(None, ()),
        Inference((-5,), ()),
        Inference(None, ()),
        Inference((101, -5), ()),
        Inference((), ()),
    ]


@pytest.mark.parametrize("text", ["", "\n", "(infer", "(infer )", "()", "(define-const $1)", ")("])
def test_nonsense_is_left_out(text: str) -> None:
    assert list(LogReader({}, Numbers()).inferences(text)) == []


def test_endless_nesting_is_left_out() -> None:
    text = f"(infer {'(not ' * 100_000}g1{')' * 100_000} rup)"
    assert list(LogReader({}, Numbers()).inferences(text)) == []
