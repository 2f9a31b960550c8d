"""What a caller asks, as a question to an engine: request, values of this call, facts and time.

Asking has two steps. ``frozen`` copies the arguments at once, so that nothing the caller changes afterwards can reach
the decision; ``Questions`` compiles them, which may take longer and may happen in another thread.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from caio.base.errors import InputError
from caio.base.instants import INSTANT_MAX, INSTANT_MIN
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.ir.interpret import truth
from caio.obligations.candidate import Question
from caio.routing.inline import Inline
from caio.routing.payloads import Payload, united
from caio.routing.projects import json_bytes
from caio.routing.question import asserted, constraints_of, find, only_profile, policy_of
from caio.routing.values import microseconds, values_of
from caio.sema.pieces import equation
from caio.sema.project import Project
from caio.sema.report import shown
from caio.sema.requests import mentioned
from caio.sema.scope import Scope, Variable
from caio.sema.show import show_expression

if TYPE_CHECKING:
    from caio.security.authentication import Authenticated
    from caio.security.classification import Classifier
    from caio.security.nodes import Ed25519PrivateKey

Asked: TypeAlias = str | d.Request | Mapping[str, object]
"""A request: its name in the project, its text, its value, or its authoring JSON."""
Known: TypeAlias = str | d.Facts | Mapping[str, object] | None
"""What is known of the caller: the name of facts, their value, or values by fact; None states nothing."""

_EMPTY: Final[Mapping[str, object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Asking:
    """The arguments of one call, copied; ``request`` is bytes where it was JSON."""

    request: str | bytes | d.Request
    values: Mapping[str, object]
    facts: str | d.Facts | Mapping[str, object] | None
    at: int
    caller: Authenticated | None = None
    payload: Payload | None = None
    classifier: Classifier | None = None
    measurements: d.Measurements | None = None


def frozen(
    request: Asked,
    values: Mapping[str, object] | None,
    facts: Known,
    at: datetime | int | None,
    *,
    caller: Authenticated | None = None,
    payload: Payload | None = None,
    classifier: Classifier | None = None,
    measurements: d.Measurements | None = None,
) -> Asking:
    """The arguments as they are now.

    Raises:
        InputError: one of them is of no type that is taken, or two of them do not go together.
    """
    _go_together(facts, caller, payload, classifier)
    if isinstance(request, Mapping):
        request_now: str | bytes | d.Request = json_bytes(request, "<request>")
    elif isinstance(request, str | d.Request):
        request_now = request
    else:
        raise InputError(
            f"a request is a name, a text, a mapping or a request of a project, not a value of type"
            f" `{type(request).__name__}`"
        )
    if not isinstance(facts, str | d.Facts | Mapping | None):
        raise InputError(
            "facts are a name, a mapping or facts of a project, not a value of type"
            f" `{type(facts).__name__}`"
        )
    known = _copied(facts, "facts") if isinstance(facts, Mapping) else facts
    if not isinstance(measurements, d.Measurements | None):
        raise InputError(
            "measurements are what `FieldState.measurements` returns, not a value of type"
            f" `{type(measurements).__name__}`"
        )
    return Asking(
        request_now,
        _copied(values, "values"),
        known,
        _time(at),
        caller,
        payload,
        classifier,
        measurements,
    )


def _go_together(facts: object, caller: object, payload: object, classifier: object) -> None:
    """Refuse what is said twice, or said in part, of the caller and of the payload."""
    if caller is not None:
        from caio.security.authentication import Authenticated  # noqa: PLC0415 - for tokens

        if facts is not None:
            raise InputError(
                "a caller brings its own facts: give `caller`, or `facts`, and not both"
            )
        if type(caller) is not Authenticated:
            raise InputError(
                "a caller is what `caio.Authenticator(…).authenticate(…)` returns, not a value of type"
                f" `{type(caller).__name__}`"
            )
    if payload is not None and not isinstance(payload, Payload):
        raise InputError(
            "a payload is a `caio.Payload(content, media_type)`, not a value of type"
            f" `{type(payload).__name__}`"
        )
    if (payload is None) != (classifier is None):
        raise InputError(
            "a payload is looked at by a classifier: give `payload` and `classifier`, or neither"
        )


def _copied(values: object, what: str) -> Mapping[str, object]:
    if values is None:
        return _EMPTY
    if not isinstance(values, Mapping):
        raise InputError(f"{what} are a mapping, not a value of type `{type(values).__name__}`")
    try:
        return {name: _settled(value) for name, value in dict(values).items()}
    except RuntimeError as error:
        raise InputError(f"{what} were changed by another thread while they were read") from error


def _settled(value: object) -> object:
    if isinstance(value, AbstractSet):
        return frozenset(value)
    return tuple(value) if isinstance(value, list) else value


def _time(at: object) -> int:
    match at:
        case None:
            return time.time_ns() // 1000
        case datetime():
            return microseconds(at, "`at`")
        case int() if not isinstance(at, bool):
            if not INSTANT_MIN <= at <= INSTANT_MAX:
                raise InputError("`at` lies outside the years 1 to 9999 (in microseconds UTC)")
            return int(at)
    raise InputError(
        "`at` must be a datetime with a time zone, or microseconds UTC since 1970, not a value of"
        f" type `{type(at).__name__}`"
    )


class Questions:
    """The questions that can be asked about the services of one vocabulary, under one profile.

    Args:
        project: compiled documents.
        profile: the name of a profile; None takes the only one there is.
        node: the private key with which this node attests the facts of verified callers; None attests nothing.

    Raises:
        InputError: the profile is not there, or there are several and none is named; or the key is none.
    """

    def __init__(self, project: Project, profile: str | None, node: object = None) -> None:
        mine = project.profiles
        self.profile = (
            only_profile(mine, "profile=…") if profile is None else find(mine, "profile", profile)
        )
        digest = self.profile.vocabulary
        self.vocabulary = next(v for v in project.vocabularies if document_digest(v) == digest)
        self._scope = Scope(self.vocabulary, digest)
        self._inline = Inline(self._scope)
        self._requests = {item.name: item for item in project.requests}
        self._facts = project.facts
        self._node = None if node is None else _node_key(node)
        self._policy = policy_of([rule for rule in project.rules if rule.vocabulary == digest])
        self._constraints = constraints_of(
            [one for one in project.constraints if one.vocabulary == digest]
        )
        self._defaults = {
            field.name: equation(self._scope, _variable(field), field.default)
            for field in self.vocabulary.request
            if field.default is not None
        }

    @property
    def lasting(self) -> tuple[d.Document, ...]:
        """What all of its questions have in common: policy, constraints and profile."""
        return (*self._policy, *self._constraints, self.profile)

    def question(self, asking: Asking) -> Question:
        """The question that these arguments pose.

        Raises:
            InputError: they pose none; a text or JSON that does not compile raises ``DocumentError``.
        """
        request = self._request(asking.request)
        if asking.values:
            request = self._narrowed(request, asking.values)
        if asking.payload is not None and asking.classifier is not None:
            request, _ = united(request, self._scope, asking.payload, asking.classifier)
        facts, attestation = self._known(asking.facts), None
        if asking.caller is not None:
            facts, attestation = self._attested(asking.caller, asking.at)
        return Question(
            self.vocabulary,
            request,
            self._policy,
            self.profile,
            facts,
            asking.at,
            self._constraints,
            attestation=attestation,
            measurements=self._measured(asking.measurements),
        )

    def _measured(self, measurements: d.Measurements | None) -> d.Measurements | None:
        return None if measurements is None else self._inline.trusted(measurements)

    def _request(self, asked: str | bytes | d.Request) -> d.Request:
        if isinstance(asked, d.Request):
            return self._inline.trusted(asked)
        named = self._requests.get(asked) if isinstance(asked, str) else None
        if named is not None:
            return self._inline.mine(named)
        if isinstance(asked, str) and "{" not in asked:
            find(tuple(self._requests.values()), "request", asked)
        return self._inline.request(asked)

    def _known(self, facts: str | d.Facts | Mapping[str, object] | None) -> d.Facts | None:
        if isinstance(facts, str):
            return asserted(self._inline.mine(find(self._facts, "facts document", facts)))
        if isinstance(facts, d.Facts):
            return asserted(self._inline.trusted(facts))
        if facts is None:
            return None
        found = values_of(self._scope, facts, self._scope.facts, "fact")
        return d.Facts(self._scope.digest, "caller", "asserted", tuple(found.items()))

    def _attested(self, caller: Authenticated, at: int) -> tuple[d.Facts, d.Attestation]:
        if self._node is None:
            raise InputError(
                "this router attests nothing: give it the key of its node, `caio.Router(project, node=…)`"
            )
        from caio.security.attestation import attest  # noqa: PLC0415 - for tokens

        return self._inline.trusted(caller.facts), attest(caller, self._node, at=at)

    def _narrowed(self, request: d.Request, given: Mapping[str, object]) -> d.Request:
        """The request with an equation for each value, as if the language had been used to write it.

        An equation of a default gives way to a value: nobody has said it. What somebody has said stays, and a value
        that contradicts it is refused.
        """
        scope = self._scope
        values = values_of(scope, given, scope.request, "request field")
        replaced = [self._defaults[name] for name in values if name in self._defaults]
        stated = [formula for formula in request.given if formula not in replaced]
        point: dict[str, d.Value] = {f"request.{name}": value for name, value in values.items()}
        for formula in stated:
            if truth(formula, point) is False:
                names = ", ".join(
                    f"`{name}`" for name in sorted(mentioned([formula]) & set(values))
                )
                text = show_expression(formula, self.vocabulary)
                raise InputError(
                    f"the value of {names} contradicts what the request `{shown(request.name)}`"
                    f" gives: `{shown(text)}`"
                )
        added = [
            equation(scope, _variable(field), values[field.name])
            for field in self.vocabulary.request
            if field.name in values
        ]
        end = len(stated) - self._trailing(stated)
        nominal = request.nominal
        return replace(
            request,
            given=(*stated[:end], *added, *stated[end:]),
            nominal=None if nominal is None else tuple(sorted({**dict(nominal), **values}.items())),
        )

    def _trailing(self, given: list[t.Formula]) -> int:
        """How many formulas at the end are the equations of defaults that lowering has added."""
        added = [formula for formula in self._defaults.values() if formula in given]
        count = 0
        for last, default in zip(reversed(given), reversed(added), strict=False):
            if last != default:
                break
            count += 1
        return count


def _node_key(key: object) -> Ed25519PrivateKey:
    from caio.security.nodes import as_node_key  # noqa: PLC0415 - for routers that attest

    return as_node_key(key)


def _variable(field: d.Field) -> Variable:
    return Variable(f"request.{field.name}", field)
