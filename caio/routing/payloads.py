"""Payloads: a request as it describes what is really sent (Eq. 4.3).

A request can say less than it sends. What a declared classifier finds in the payload is united with what the request says,
and the decision is about the union; a payload that cannot be classified counts as everything that is sensitive. What the
request says of its data in any other way than as a list has to be true of the union.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.interpret import truth
from caio.sema.pieces import set_equation
from caio.sema.report import shown
from caio.sema.scope import Scope
from caio.sema.show import show_expression

if TYPE_CHECKING:
    from caio.security.classification import Classifier
    from caio.security.payload import PayloadData


@dataclass(frozen=True, slots=True)
class Payload:
    """What is sent with a call, for a classifier to look at; it is not kept, and no message shows it.

    >>> caio.Payload(b"the blood pressure is fine", "text/plain")
    Payload(media_type='text/plain')

    Attributes:
        content: the bytes.
        media_type: what they are, such as ``text/plain`` or ``application/json``.
    """

    content: bytes = field(repr=False)
    media_type: str

    def __post_init__(self) -> None:
        content: object = self.content
        media_type: object = self.media_type
        if type(content) is not bytes or type(media_type) is not str:
            raise InputError("a payload is bytes and the text of their media type: encode it")


def united(
    request: d.Request, scope: Scope, payload: Payload, classifier: Classifier
) -> tuple[d.Request, PayloadData | None]:
    """The request about what it says and what its payload holds, and what was found.

    A request that leaves its data open stays open, but for what was found.

    Raises:
        InputError: the payload may be sensitive and the vocabulary has no request field of role ``data``; or it holds
            what the request rules out.
    """
    from caio.security.payload import data_of, may_be_sensitive  # noqa: PLC0415 - for payloads

    found = scope.vocabulary.with_role("request", "data")
    if found is None or not isinstance(found.type, d.SetType):
        if may_be_sensitive(scope.vocabulary, payload.content, payload.media_type, classifier):
            raise InputError(
                "the payload may be sensitive, and the vocabulary has no request field of role `data`: declare one, for"
                " otherwise nothing that is proved speaks of it"
            )
        return request, None
    data = _Data(scope, f"request.{found.name}", found.type.enum)
    stated = data.stated(request.given)
    result = data_of(
        scope.vocabulary, stated or (), payload.content, payload.media_type, classifier
    )
    given = data.with_members(request.given, result.members, closed=stated is not None)
    _agree(request, given, data.name, result.members, scope)
    nominal = request.nominal
    if nominal is not None:
        point = dict(nominal)
        if found.name in point:
            point[found.name] = data.ordered({*_members(point[found.name]), *result.members})
            nominal = tuple(sorted(point.items()))
    return replace(request, given=given, nominal=nominal), result


@dataclass(frozen=True, slots=True)
class _Data:
    """The variable that stands for the data of a request."""

    scope: Scope
    name: str
    enum: str

    def ordered(self, members: set[str]) -> tuple[str, ...]:
        return tuple(name for name in self.scope.members[self.enum] if name in members)

    def equation(self, members: Sequence[str]) -> t.Formula:
        return set_equation(self.scope, self.name, self.enum, members)

    def stated(self, given: Sequence[t.Formula]) -> tuple[str, ...] | None:
        """The members that the request lists; None where it leaves its data open.

        Raises:
            InputError: it lists two different things.
        """
        lists = {found for found in map(self.listed, given) if found is not None}
        if len(lists) > 1:
            raise InputError("the request says two different things of its data")
        return next(iter(lists), None)

    def listed(self, formula: t.Formula) -> tuple[str, ...] | None:
        """The members of which a formula says that they, and no others, are the data."""
        parts = formula.operands if isinstance(formula, t.And) else (formula,)
        members = {part.member for part in parts if isinstance(part, t.Has)}
        listed = self.ordered(members)
        return listed if formula == self.equation(listed) else None

    def with_members(
        self, given: Sequence[t.Formula], members: tuple[str, ...], *, closed: bool
    ) -> tuple[t.Formula, ...]:
        """What is given, with these members for those that were listed; or at least these, where none were."""
        if not closed:
            return (*given, *(t.Has(self.name, member) for member in members))
        return tuple(
            formula if self.listed(formula) is None else self.equation(members) for formula in given
        )


def _members(value: d.Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _agree(
    request: d.Request,
    given: Sequence[t.Formula],
    variable: str,
    members: tuple[str, ...],
    scope: Scope,
) -> None:
    """Refuse a payload that holds what the request says it never holds."""
    for formula in given:
        if truth(formula, {variable: members}) is False:
            text = show_expression(formula, scope.vocabulary)
            raise InputError(
                f"the payload holds {', '.join(f'`{shown(name)}`' for name in members)}, and the request"
                f" `{shown(request.name)}` gives `{shown(text)}`"
            )
