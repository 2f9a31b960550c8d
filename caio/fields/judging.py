"""What a document of measurements says of the invariants (Def. 1.1 to 1.9), for reports.

A measured field with a role is the quantity of the invariant of that name. The judgement follows from the recorded interval alone, so
that whoever reads a decision makes the same one. A field that was not measured leaves its invariant unknown. Judgements report; what a
policy requires is a constraint over the measured field, which is proved for the whole interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from caio.base.canonical import Json
from caio.base.errors import InputError
from caio.base.numbers import format_number
from caio.fields.invariants import INVARIANTS, Invariant, Verdict
from caio.ir import documents as d
from caio.ir.encode import document_digest


@dataclass(frozen=True, slots=True)
class FieldJudgement:
    """An invariant, the measured field that is about it, and what follows.

    Attributes:
        field: the name of the measured field.
        invariant: the one that its role names.
        interval: what was measured; None where nothing was.
        verdict: unknown where nothing was measured.
    """

    field: str
    invariant: Invariant
    interval: tuple[Fraction, Fraction] | None
    verdict: Verdict

    @property
    def holds(self) -> bool:
        """Whether it surely holds."""
        return self.verdict is Verdict.HOLDS

    def record(self) -> dict[str, Json]:
        """The judgement as a decision reports it."""
        return {
            "field": self.field,
            "invariant": self.invariant.name,
            "source": self.invariant.source,
            "statement": self.invariant.statement,
            "relation": self.invariant.relation.value,
            "bound": format_number(self.invariant.bound),
            "interval": None
            if self.interval is None
            else [format_number(end) for end in self.interval],
            "verdict": self.verdict.value,
        }


def judgements(
    vocabulary: d.Vocabulary, measurements: d.Measurements
) -> tuple[FieldJudgement, ...]:
    """A judgement for each measured field with a role, in the order of the vocabulary.

    Raises:
        InputError: the measurements are of another vocabulary.
    """
    if measurements.vocabulary != document_digest(vocabulary):
        raise InputError(
            f"measurements `{measurements.name}` are of another vocabulary (measure again)"
        )
    intervals = dict(measurements.intervals)
    return tuple(
        _judge(field.name, INVARIANTS[field.role], intervals.get(field.name))
        for field in vocabulary.measured
        if field.role is not None and field.role in INVARIANTS
    )


def _judge(
    name: str, invariant: Invariant, interval: tuple[Fraction, Fraction] | None
) -> FieldJudgement:
    verdict = Verdict.UNKNOWN if interval is None else invariant.verdict(*interval)
    return FieldJudgement(name, invariant, interval, verdict)
