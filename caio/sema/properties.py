"""Properties: what must be so for every request (``docs/spec/documents-v1.md`` section 5).

A property names a class or rules, and its document holds their digests. So properties are lowered when everything else
has been, and ``check_references`` holds those that came as canonical JSON against the documents beside them.
"""

from __future__ import annotations

from caio.base.diagnostics import Label
from caio.base.spans import Span
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.ir.questions import MAX_ADMITTED
from caio.sema import codes
from caio.sema.formulas import Conditions
from caio.sema.registry import Item, Registry
from caio.sema.report import Report, shown
from caio.sema.scope import ADMITTED, Scope
from caio.sema.terms import literal
from caio.sema.values import Lowered, checked_name
from caio.syntax import tree
from caio.syntax.text import quote_name


class Properties:
    """Lowers the properties of one vocabulary; everything that they may name is in the registry."""

    def __init__(self, scope: Scope, report: Report, registry: Registry) -> None:
        self.scope = scope
        self.report = report
        self.registry = registry
        self.conditions = Conditions(scope, ADMITTED, report)

    def lower(self, node: tree.Property) -> Lowered | None:
        """The property document of a declaration; None if something that it names is not there."""
        places = {"": node.name.span, "claim": node.claim.span}
        name = checked_name(node.name, "a property", self.report)
        claim = self._claim(node, places)
        if claim is None:
            return None
        return Lowered(d.Property(self.scope.digest, name, claim), places)

    def _claim(self, node: tree.Property, places: dict[str, Span]) -> d.PropertyClaim | None:
        match node.claim:
            case tree.Never(condition, _):
                places["claim[1]"] = condition.span
                formula = self.conditions.formula(condition)
                return None if formula is None else d.Never(formula)
            case tree.Always(number, group, _):
                places |= {"claim[1]": number.span, "claim[2]": group.span}
                count = self._count(number)
                digest = self._class(group)
                return None if count is None or digest is None else d.Always(count, digest)
            case tree.Implication(premises, conclusions, both, span):
                first = self._rules(premises, "claim[1]", span, places)
                second = self._rules(conclusions, "claim[2]", span, places)
                return None if not first or not second else d.Implication(first, second, both)

    # --- classes -------------------------------------------------------------------------------

    def _count(self, number: tree.Number) -> int | None:
        value = literal(number, self.report)
        if value is None or number.text != number.span.text:
            # A number that is not written properly was reported when it was read, and counts as 0.
            return None
        if value.denominator != 1 or not 1 <= value <= MAX_ADMITTED:
            self.report.add(
                codes.OUT_OF_RANGE,
                number.span,
                f"how many services are admitted is a whole number from 1 to {MAX_ADMITTED:,}",
            )
            return None
        return int(value)

    def _class(self, name: tree.Name) -> str | None:
        item = self.registry.find("class", name.text)
        if item is not None:
            return self._same_vocabulary(item, name, "class")
        if self.registry.partial:
            return None
        known = self.registry.names("class")
        if self.registry.find("request", name.text) is not None:
            self.report.add(
                codes.UNKNOWN_NAME,
                name.span,
                f"`{shown(name.text)}` is one request, and no class of requests",
                help="declare what such requests have in common: `class … { given … }`",
            )
        elif not known:
            self.report.add(
                codes.UNKNOWN_NAME,
                name.span,
                f"there is no class `{shown(name.text)}`, nor any other",
                help="declare the requests that are meant: `class … { given … }`",
            )
        else:
            self.report.unknown(codes.UNKNOWN_NAME, name.span, "class", name.text, known)
        return None

    # --- rules ---------------------------------------------------------------------------------

    def _rules(
        self, nodes: tuple[tree.NamedRule, ...], path: str, span: Span, places: dict[str, Span]
    ) -> tuple[str, ...]:
        """The digests of these rules in increasing order; none if one of them is not there."""
        if not nodes:
            self.report.add(codes.EMPTY_LIST, span, "a list of no rules")
        first: dict[str, Span] = {}
        complete = True
        for node in nodes:
            digest = self._rule(node)
            if digest is None:
                complete = False
            elif digest in first:
                message = f"`{shown(node.name.text)}` is listed twice"
                self.report.twice(codes.DUPLICATE_STATEMENT, node.span, first[digest], message)
            else:
                first[digest] = node.span
        digests = sorted(first)
        places |= {f"{path}[{index}]": first[digest] for index, digest in enumerate(digests)}
        return tuple(digests) if complete else ()

    def _rule(self, node: tree.NamedRule) -> str | None:
        name = node.name.text
        found = [self.registry.find(kind, name) for kind in ("rule", "constraint")]
        called = [(_kind(item.document), item) for item in found if item is not None]
        meant = [(kind, item) for kind, item in called if node.kind in (None, kind)]
        if len(meant) == 1:
            kind, item = meant[0]
            return self._same_vocabulary(item, node.name, kind)
        if meant:
            kinds = [kind for kind, _ in meant]
            self.report.add(
                codes.AMBIGUOUS_NAME,
                node.span,
                f"`{shown(name)}` is {_article(kinds[0])} and {_article(kinds[1])}",
                labels=[Label(item.span(), f"the {kind}") for kind, item in meant],
                help="write " + " or ".join(f"`{kind} {quote_name(name)}`" for kind in kinds),
            )
        elif called:
            self.report.add(
                codes.UNKNOWN_NAME,
                node.span,
                f"there is no {node.kind} `{shown(name)}`",
                labels=[Label(item.span(), _article(kind)) for kind, item in called],
                help=f"it is {_article(called[0][0])}: write `{called[0][0]} {quote_name(name)}`",
            )
        elif not self.registry.partial:
            known = [*self.registry.names("rule"), *self.registry.names("constraint")]
            what = node.kind or "rule, invariant or constraint"
            self.report.unknown(codes.UNKNOWN_NAME, node.name.span, what, name, known)
        return None

    def _same_vocabulary(self, item: Item, name: tree.Name, kind: str) -> str | None:
        document = item.document
        if isinstance(document, d.Vocabulary) or document.vocabulary != self.scope.digest:
            self.report.add(
                codes.UNKNOWN_VOCABULARY,
                name.span,
                f"the property and the {kind} `{shown(name.text)}` use different vocabularies",
                labels=[Label(item.span(), f"the {kind}")],
            )
            return None
        return document_digest(document)


def _kind(document: d.Document) -> str:
    """With which word a rule, an invariant or a constraint is declared."""
    if isinstance(document, d.Rule):
        return "invariant" if document.invariant else "rule"
    return "constraint"


def _article(kind: str) -> str:
    return f"an {kind}" if kind == "invariant" else f"a {kind}"


def check_references(registry: Registry, report: Report) -> None:
    """Report what properties of canonical JSON name by digest, and what is not there."""
    listed = list(registry.items())
    properties = [item for item in listed if isinstance(item.document, d.Property)]
    if not properties or registry.partial:
        return
    named = {
        document_digest(item.document): item.document
        for item in listed
        if isinstance(item.document, d.Class | d.Rule | d.Constraint)
    }
    for item in properties:
        document = item.document
        if not isinstance(document, d.Property):
            continue
        for path, digest, kind in _references(document.claim):
            found = named.get(digest)
            if (
                found is None
                or isinstance(found, d.Class) != (kind == "class")
                or found.vocabulary != document.vocabulary
            ):
                report.add(
                    codes.UNKNOWN_NAME,
                    item.span(path),
                    f"no {kind} of this vocabulary here has the digest `{digest}`",
                    help="a document set holds whatever its properties name",
                )


def _references(claim: d.PropertyClaim) -> list[tuple[str, str, str]]:
    """What a claim names: path, digest, and what it must be."""
    match claim:
        case d.Never():
            return []
        case d.Always(_, group):
            return [("claim[2]", group, "class")]
        case d.Implication(premises, conclusions, _):
            return [
                (f"claim[{part}][{index}]", digest, "rule or constraint")
                for part, digests in ((1, premises), (2, conclusions))
                for index, digest in enumerate(digests)
            ]
