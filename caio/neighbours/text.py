"""Texts as vectors in ℂ^d without a model and without a download: hashed words and parts of words.

A text is normalised (NFKC, case folded) and cut into words. Its features are the words, and the sequences of three characters of each
word with its borders, which let `refund` and `refunds` have something in common. A feature with SHA-256 h stands for two phasors: of
the components ⌊h⌋ mod d of two parts of h, with phases i^q, q from two more bits; what features share a component by accident
adds up with random phases, so that inner products of texts without common features vanish on the average (the hashing trick:
Weinberger et al. 2009, with signs; here with four phases). A feature that occurs f times counts √f, as in Lucene's classic
similarity; words count double, and short words, which are mostly grammar, less.

All of it is integers and square roots of integers, in the order of the features: one text has the same bytes everywhere. Similarity here
means common words and parts of words; synonyms are strangers.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from math import fsum, sqrt
from typing import Final

import numpy as np

from caio.base.errors import InputError
from caio.fields.arrays import ComplexArray

MAX_TEXT: Final = 65_536
"""The most characters of a text."""
MAX_TEXTS: Final = 256
"""The most texts of a context."""
PART: Final = 3
"""How many characters a part of a word has."""
SHORT: Final = 3
"""Words of at most so many characters are short."""
COPIES: Final = 2
"""How many components a feature has."""

_WORD: Final = re.compile(r"\w+")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_PHASES: Final = (1 + 0j, 1j, -1 + 0j, -1j)


def words(text: str) -> list[str]:
    """The words of a text, normalised, in order.

    Raises:
        InputError: it is too long, or holds a lone surrogate.
    """
    if not text.isascii() and _SURROGATE.search(text):
        raise InputError("a text with a lone surrogate: mend its encoding")
    if len(text) > MAX_TEXT:
        raise InputError(f"a text of {len(text)} characters, expected at most {MAX_TEXT}")
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def features(texts: Iterable[str]) -> dict[str, float]:
    """The features of texts with their weights, in the order of their names."""
    counts: Counter[str] = Counter()
    for text in texts:
        for word in words(text):
            counts["w " + word] += 1
            bounded = f"<{word}>"
            for start in range(len(bounded) - PART + 1):
                counts["p " + bounded[start : start + PART]] += 1
    return {name: float(np.sqrt(counts[name])) * _weight(name) for name in sorted(counts)}


def vector(texts: Iterable[str], dimension: int) -> ComplexArray:
    """The vector of texts in ℂ^d, of norm 1; of texts without a word, that of a feature of its own.

    Args:
        texts: what counts as one text.
        dimension: d.

    Raises:
        InputError: one of them is too long, or holds a lone surrogate.
    """
    found = np.zeros(dimension, dtype=np.complex128)
    for name, weight in features(texts).items():
        for place, phase in _phasors(name, dimension):
            found[place] += weight * phase
    parts = found.view(np.float64)
    # A sum that is rounded once does not depend on the order in which a processor adds.
    norm = sqrt(fsum(part * part for part in parts.tolist()))
    if norm == 0.0:
        # No word at all, or phasors that cancel to the last bit.
        place, phase = _phasors("nothing", dimension)[0]
        found[place], norm = phase, 1.0
    parts /= norm
    return found


def _weight(name: str) -> float:
    kind, _, text = name.partition(" ")
    if kind == "p":
        return 0.5
    return 0.25 if len(text) <= SHORT else 2.0


@lru_cache(maxsize=65_536)
def _phasors(name: str, dimension: int) -> tuple[tuple[int, complex], ...]:
    hashed = hashlib.sha256(b"caio-text-1\0" + name.encode()).digest()
    return tuple(
        (
            int.from_bytes(hashed[8 * copy : 8 * copy + 7], "big") % dimension,
            _PHASES[hashed[8 * copy + 7] & 3],
        )
        for copy in range(COPIES)
    )
