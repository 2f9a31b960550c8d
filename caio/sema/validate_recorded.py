"""Measurements and attestations against their vocabulary: what instruments recorded, and nobody wrote as text.

Like ``caio.sema.validate``, which calls this: ranges, references and order, as ``docs/spec/documents-v1.md`` section 5
gives them. Whether a measurement is right, or a signature genuine, is not a question of form.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from caio.ir import documents as d
from caio.ir.reader import DecodeError, quoted
from caio.sema.profiles import MAX_PART
from caio.sema.scope import Scope


def validate_measurements(document: d.Measurements, scope: Scope) -> None:
    """Accept measurements, or say what is wrong with them.

    Raises:
        DecodeError: the first thing that is wrong, with its path.
    """
    resolution = document.resolution
    if resolution.numerator != 1 or resolution.denominator > MAX_PART:
        raise DecodeError(f"expected 1/N with N from 1 to {MAX_PART}", "resolution")
    for name, ends in document.intervals:
        _interval(name, ends, scope)
    for control, terms in document.terms:
        path = f"terms.{control}"
        if control != d.NO_CONTROL and control not in scope.controls:
            raise DecodeError(f"the vocabulary declares no control {quoted(control)}", path)
        own = (("intent", terms.intent), ("attention", terms.attention))
        _steps((*own, ("resonance", terms.resonance)), resolution.denominator, path)
        _steps(terms.policy, resolution.denominator, f"{path}.policy")


def _interval(name: str, ends: tuple[Fraction, Fraction], scope: Scope) -> None:
    path = f"intervals.{name}"
    field = scope.measured.get(name)
    if field is None:
        raise DecodeError(f"the vocabulary declares no measured field {quoted(name)}", path)
    if not isinstance(field.type, d.IntType | d.RationalType):
        raise DecodeError(f"{quoted(name)} is no quantity, and has no interval", path)
    lower, upper = field.type.lower, field.type.upper
    if ends[0] > ends[1]:
        raise DecodeError("the lower end lies above the upper one", path)
    if (lower is not None and ends[0] < lower) or (upper is not None and ends[1] > upper):
        raise DecodeError(f"an interval beyond the declared range of {quoted(name)}", path)


def _steps(values: Iterable[tuple[str, int]], most: int, path: str) -> None:
    for name, value in values:
        if not 0 <= value <= most:
            raise DecodeError(f"expected 0 to {most} steps, found {value}", f"{path}.{name}")


def validate_attestation(document: d.Attestation) -> None:
    """Accept an attestation, or say what is wrong with it; its signature is not looked at.

    Raises:
        DecodeError: the first thing that is wrong, with its path.
    """
    statement = document.statement
    if statement.vocabulary != document.vocabulary:
        raise DecodeError("the statement is about another vocabulary", "statement.vocabulary")
    if not statement.start <= statement.at < statement.end:
        raise DecodeError(
            "a token is verified while it is valid: `start` <= `at` < `end`", "statement.at"
        )
