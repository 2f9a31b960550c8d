"""ComposeGuarantees for one service (Eq. 1.6, 5.1): what the selected contract promises for this request.

The bounds are those of ``docs/spec/score-v1.md`` section 2 over the box of the request, without its nominal point: they
hold for every call that the request describes.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from caio.base.canonical import Json
from caio.base.numbers import format_number
from caio.ir import terms as t
from caio.obligations.candidate import Question
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.box import box_of
from caio.routing.plain import best


@dataclass(frozen=True, slots=True)
class Promise:
    """The interval that a contract promises for a metric, at the metric's declared level, in its base unit."""

    metric: str
    lower: Fraction
    upper: Fraction

    def json(self) -> dict[str, Json]:
        """The promise as a decision holds it."""
        return {
            "metric": self.metric,
            "lower": format_number(self.lower),
            "upper": format_number(self.upper),
        }


def composed(question: Question, contract: Contract) -> tuple[Promise, ...]:
    """ComposeGuarantees(s, r): what a contract promises of the metrics that the request ensures, in vocabulary order (Eq. 1.6, 5.1)."""
    asked = {atom.metric for atom in question.request.ensure if isinstance(atom, t.OnMetric)}
    box = box_of(question, Meaning(question.vocabulary), nominal=False).observed(contract.state)
    return tuple(
        Promise(
            metric.name,
            best(metric, metric.level, contract, box, upper=False),
            best(metric, metric.level, contract, box, upper=True),
        )
        for metric in question.vocabulary.metrics
        if metric.name in asked
    )
