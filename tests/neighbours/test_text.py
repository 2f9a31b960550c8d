"""Texts as vectors: pure, normalised, and near where words are shared."""

from __future__ import annotations

import unicodedata
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.base.canonical import digest_bytes
from caio.base.errors import InputError
from caio.neighbours.text import MAX_TEXT, features, vector, words
from tests.neighbours.draw import TEXTS

PARAPHRASES = (
    (
        "refund the last invoice of my order",
        "please refund my last invoice",
        "I want my last order refunded, here is the invoice",
    ),
    (
        "translate this letter from German into French",
        "a French translation of this German letter",
        "could you translate the German letter to French?",
    ),
    (
        "write a unit test for the parser",
        "the parser needs unit tests, write some",
        "tests for this parser, please: unit tests",
    ),
    (
        "what is the weather in Lisbon tomorrow",
        "tomorrow's weather in Lisbon?",
        "will it rain in Lisbon tomorrow, how is the weather",
    ),
    (
        "summarise the quarterly report in five sentences",
        "a five sentence summary of the quarterly report",
        "summarize this report of the last quarter, five sentences",
    ),
)
"""Five meanings in three wordings each."""


@pytest.mark.parametrize("dimension", [64, 128, 256])
def test_paraphrases_are_nearer_than_anything_unrelated(dimension: int) -> None:
    made = [[vector([text], dimension) for text in group] for group in PARAPHRASES]
    near = [np.vdot(a, b).real for group in made for a, b in combinations(group, 2)]
    far = [np.vdot(a, b).real for x, y in combinations(made, 2) for a, b in product(x, y)]
    assert len(near) == 15
    assert len(far) == 90
    assert min(near) > max(far)
    assert abs(np.mean(far)) < 0.1


@given(st.lists(TEXTS, max_size=4), st.sampled_from([1, 16, 64]))
def test_a_vector_has_norm_one_whatever_the_texts(texts: list[str], dimension: int) -> None:
    found = vector(texts, dimension)
    assert found.shape == (dimension,)
    assert abs(np.vdot(found, found).real - 1) < 1e-12


@given(st.lists(TEXTS, max_size=4), st.randoms(use_true_random=False))
def test_the_same_words_have_the_same_bytes_in_any_order(texts: list[str], order: object) -> None:
    shuffled = list(texts)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert vector(texts, 64).tobytes() == vector(shuffled, 64).tobytes()


@given(TEXTS)
def test_compatibility_forms_and_case_make_no_difference(text: str) -> None:
    upper = unicodedata.normalize("NFKC", text).casefold()
    assert vector([text], 64).tobytes() == vector([upper], 64).tobytes()


def test_the_bytes_of_a_text_are_the_same_everywhere() -> None:
    """Integers and square roots alone: what this machine finds is what every machine finds."""
    found = vector(["Refund the last invoice, please"], 64).astype("<c16").tobytes()
    golden = "sha256:973aefca6635b2e16970ff80e338be49144a2a2fa902917b92041359208a6491"
    assert digest_bytes(found) == golden


def test_frequency_counts_less_than_in_proportion() -> None:
    once, four = features(["invoice"]), features(["invoice " * 4])
    assert four["w invoice"] == 2 * once["w invoice"]


def test_words_are_cut_at_what_is_no_letter() -> None:
    assert words("Ｒefund,  the_last-invoice №5!") == ["refund", "the_last", "invoice", "no5"]


@pytest.mark.parametrize("text", ["x" * (MAX_TEXT + 1), "a \ud800 b"], ids=["long", "surrogate"])
def test_what_is_no_text_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="a text"):
        vector([text], 64)
