"""Metrics and cost: what a vocabulary says can be promised, within which range, and how it composes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Final

from caio.base.spans import Span
from caio.base.units import DURATION
from caio.ir import documents as d
from caio.sema import codes
from caio.sema.report import Report, shown
from caio.sema.terms import literal
from caio.sema.types import Types, is_new
from caio.sema.values import checked_name
from caio.syntax import tree

LAWS: Final = ("sum", "min", "max", "product", "error_sum")
"""How a metric composes (Eq. 5.2)."""


class Metrics:
    """Lowers the metrics and the cost of one vocabulary."""

    def __init__(self, types: Types, report: Report) -> None:
        self.types = types
        self.report = report
        self.places: dict[str, Span] = {}

    def metrics(self, nodes: tuple[tree.Metric, ...]) -> tuple[d.Metric, ...]:
        """The metrics, in order."""
        first: dict[str, Span] = {}
        roles: dict[str, Span] = {}
        metrics: list[d.Metric] = []
        for node in nodes:
            checked_name(node.name, "a metric", self.report)
            metric = self._metric(node, roles)
            if is_new(node.name, first, "metric", self.report) and metric is not None:
                self.places[f"metrics[{len(metrics)}]"] = node.name.span
                metrics.append(metric)
        return tuple(metrics)

    def _metric(self, node: tree.Metric, roles: dict[str, Span]) -> d.Metric | None:
        name = shown(node.name.text)
        kind = self.types.named(node.type)
        if node.better is None:
            message = f"the metric `{name}` does not say which direction is better"
            self.report.add(
                codes.MISSING_PART,
                node.name.span,
                message,
                help="`higher is better` or `lower is better`",
            )
        laws = (self._law(node.sequence), self._law(node.parallel))
        level = self._level(node)
        if kind is None:
            return None
        if not isinstance(kind, d.RationalType) or kind.lower is None or kind.upper is None:
            message = f"the metric `{name}` needs a rational type with a range"
            self.report.add(
                codes.TYPE_MISMATCH, node.type.span, message, help="such as `time in 0 s .. 1 h`"
            )
            return None
        if kind.lower >= kind.upper:
            self.report.add(codes.EMPTY_RANGE, node.type.span, "a range of a single value")
            return None
        metric = d.Metric(
            name=node.name.text,
            dimension=kind.dimension,
            lower=kind.lower,
            upper=kind.upper,
            better=node.better or "",
            statistic=d.Statistic.EXPECTED if level is None else d.Statistic.QUANTILE,
            level=level,
            sequence=laws[0],
            parallel=laws[1],
        )
        return replace(metric, role=self._metric_role(node, kind, roles))

    def _law(self, node: tree.Name | None) -> str | None:
        if node is not None and node.text not in LAWS:
            self.report.unknown(codes.UNKNOWN_WORD, node.span, "law", node.text, LAWS)
        return None if node is None else node.text

    def _level(self, node: tree.Metric) -> Fraction | None:
        if node.level is None:
            return None
        level = literal(node.level, self.report)
        if level is not None and not 0 < level < 1:
            message = f"a quantile lies strictly between 0 and 1, found {node.level.text}"
            self.report.add(codes.BAD_LEVEL, node.level.span, message)
        return level

    def _metric_role(
        self, node: tree.Metric, kind: d.RationalType, roles: dict[str, Span]
    ) -> str | None:
        if node.role is None:
            return None
        if node.role.text != "latency":
            self.report.unknown(
                codes.UNKNOWN_WORD, node.role.span, "role", node.role.text, ["latency"]
            )
        elif (
            self.types.scope.units.dimension(kind.dimension) != DURATION or node.better == "higher"
        ):
            message = "the role `latency` belongs to a time of which less is better"
            self.report.add(codes.BAD_ROLE, node.role.span, message)
        elif roles:
            message = "the role `latency` is given twice"
            self.report.twice(codes.DUPLICATE_STATEMENT, node.role.span, roles["latency"], message)
        else:
            roles["latency"] = node.role.span
        return node.role.text

    def cost(self, node: tree.CostRange | None) -> d.CostRange | None:
        """The dimension and the declared worst of cost."""
        if node is None:
            return None
        ends = self.types.ends(node.low, node.high, None)
        if ends is None:
            return None
        if ends[1] != 0 or ends[2] <= 0:
            message = "cost begins at 0 and ends at a positive worst"
            self.report.add(codes.OUT_OF_RANGE, node.span, message, help="`cost in 0 .. 100 USD`")
            return None
        return d.CostRange(ends[0], ends[2])
