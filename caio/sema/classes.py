"""Classes: the requests of a kind, for questions over all requests (``docs/spec/documents-v1.md`` section 5).

A class is lowered as a request is, but for three things: it may be about whoever calls and when, no default is filled
in, and it may need nothing. A document has one list of what is given. What is about facts alone comes last in it, as the
text says it under ``facts``, so that a text and its canonical form show one another.
"""

from __future__ import annotations

from caio.base.spans import Span
from caio.ir import documents as d
from caio.ir import terms as t
from caio.sema.formulas import Conditions
from caio.sema.report import Report
from caio.sema.requests import Requests
from caio.sema.scope import FACTS_OF_CLASS, OF_CLASS, Scope, origin_of
from caio.sema.values import Lowered, checked_name
from caio.syntax import tree


def about_facts(formula: t.Formula) -> bool:
    """Whether a formula is about facts alone, and about at least one."""
    return {origin_of(name) for name in t.variables_of(formula)} == {"fact"}


class Classes:
    """Lowers the classes of one vocabulary."""

    def __init__(self, scope: Scope, report: Report) -> None:
        self.scope = scope
        self.report = report
        self.given = Conditions(scope, OF_CLASS, report)
        self.facts = Conditions(scope, FACTS_OF_CLASS, report)
        self.requests = Requests(scope, report)

    def lower(self, node: tree.Class) -> Lowered:
        """The class document of a declaration."""
        places = {"": node.name.span}
        return Lowered(
            d.Class(
                vocabulary=self.scope.digest,
                name=checked_name(node.name, "a class", self.report),
                needs=self.requests.needs(node.needs, places),
                given=self._given(node, places),
                ensure=self.requests.required(node.ensure, "ensure", places),
                budget=self.requests.budget(node.budget, places),
                deadline=self.requests.deadline(node.deadline, places),
            ),
            places,
        )

    def _given(self, node: tree.Class, places: dict[str, Span]) -> tuple[t.Formula, ...]:
        found: list[tuple[t.Formula, Span]] = []
        for conditions, exprs in ((self.given, node.given), (self.facts, node.facts)):
            for expr in exprs:
                formula = conditions.formula(expr)
                if formula is not None:
                    found.append((formula, expr.span))
        found.sort(key=lambda pair: about_facts(pair[0]))
        places |= {f"given[{index}]": span for index, (_, span) in enumerate(found)}
        return tuple(formula for formula, _ in found)
