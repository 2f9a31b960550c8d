"""What a router answers: routed, not routable, or undecided; each with its evidence, accepted by the checker.

Answers are values: immutable, safe to share between threads, made by routers alone (``caio.base.sealed``).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias, final

from caio.base.errors import InternalError
from caio.base.sealed import SEAL, Sealed, sealed
from caio.certify.acceptance import Verdict
from caio.routing.decision import Candidate, Checked, Decision, Outcome
from caio.routing.files import decision_files
from caio.routing.keeping import check_place, keep
from caio.routing.values import python_value

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that the checker found the evidence to show, or openly not to show.

    >>> for claim in router.route("question").claims:
    ...     if claim.name == "winner":
    ...         print(claim.status, claim.text)
    holds every obligation of "small" 1.0 holds (11)

    Attributes:
        name: what it is about, such as ``winner``, ``better``, ``landscape``, ``facts``.
        text: the claim in a sentence.
        status: ``holds``; ``asserted`` where nobody verified it; ``not_checked`` where it is left to ``caio.verify``, as the
            order of all candidates is; ``not_established`` or ``unknown``.
    """

    name: str
    text: str
    status: str


def claims_of(verdict: Verdict) -> tuple[Claim, ...]:
    """The claims of an accepted verdict."""
    return tuple(Claim(claim.name, claim.text, claim.status) for claim in verdict.claims)


class Answer(Sealed, seal=SEAL):
    """What all answers of a router have in common; each is a ``Routed``, a ``NotRoutable`` or an ``Undecided``.

    >>> answer = router.route("question")
    >>> isinstance(answer, caio.Answer)
    True
    """

    __slots__ = ()
    _origin = "only `Router.route` returns one, after the checker has accepted its evidence"
    _instead = "Keep the decision itself, and give it to `caio.verify`"

    @property
    def request(self) -> str:
        """The name of the request that was routed."""
        return self._decision.question.request.name

    @property
    def at(self) -> datetime:
        """The time that the decision is about, in UTC.

        >>> router.route("question", at=datetime(2026, 11, 22, tzinfo=UTC)).at.isoformat()
        '2026-11-22T00:00:00+00:00'
        """
        return EPOCH + timedelta(microseconds=self._decision.question.at)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What the checker found before this answer left the router, and what it left open."""
        return claims_of(self._checked.verdict)

    @property
    def elapsed(self) -> timedelta:
        """How long routing took: CAIO's own time (INV-CAIO-0006). It is no part of the decision.

        >>> router.route("question").elapsed.total_seconds() < 60
        True
        """
        return timedelta(microseconds=self._checked.elapsed)

    @property
    def landscape(self) -> str:
        """The digest of the services that it was chosen among, and that the decision is complete relative to."""
        return self._decision.snapshot.digest

    @property
    def decision_digest(self) -> str:
        """The digest that names the decision.

        Equal inputs give equal digests, in every process and on every machine.

        >>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
        >>> first, again = (router.route("question", at=noon) for _ in range(2))
        >>> first.decision_digest == again.decision_digest
        True
        """
        digest = self._checked.verdict.digests.get("decision_digest")
        return str(self._decision.json()["decision_digest"]) if digest is None else digest

    @property
    def refusals(self) -> Mapping[str, int]:
        """How many of the examined services each kind of obligation refuses; one may be refused for several.

        >>> dict(router.route("summary").refusals)
        {'assumption': 1, 'rule': 1}
        """
        found = Counter[str]()
        for candidate in self._decision.examined:
            found.update({str(judged.key[0]) for judged in candidate.failed})
        return MappingProxyType(dict(sorted(found.items())))

    def bundle(self) -> bytes:
        """The decision with every document it is about, as ``caio route --bundle`` writes it: all that a check needs.

        >>> caio.verify(router.route("question").bundle()).verdict
        'routed'
        """
        return decision_files(self._decision).bundle

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the decision, and its landscape beside it, as ``caio route -o`` does; both whole or not at all.

        Decisions in one folder share the landscape, which is written once. ``caio verify`` checks them.

        >>> router.route("question").save("decision.json")
        >>> caio.verify("decision.json").verdict
        'routed'

        Raises:
            InputError: a file cannot be written.
        """
        files = decision_files(self._decision)
        target = Path(path)
        check_place(target)
        # The landscape first: a decision never stands there without what it is about.
        keep(target.with_name(files.landscape_name), files.landscape, same=True)
        keep(target, files.decision)

    @property
    def _checked(self) -> Checked:
        checked = self._content()
        if not isinstance(checked, Checked):
            raise InternalError("an answer without a checked decision")
        return checked

    @property
    def _decision(self) -> Decision:
        return self._checked.decision


@final
class Routed(Answer, seal=SEAL):
    """A service that is proved to satisfy everything; every service ranked above it is refuted.

    There is no way to make one but ``Router.route``: a function that takes a ``Routed`` cannot be handed a service
    that nothing has verified, and a type checker says so before the program runs.

    >>> match router.route("question"):
    ...     case caio.Routed(service=service, endpoint=endpoint):
    ...         print("call", service, "at", endpoint)
    call small at https://small.example/v1

    >>> caio.Routed("large", "2.1")
    Traceback (most recent call last):
    TypeError: a `Routed` cannot be made, because nothing has verified it: only `Router.route` returns one, \
after the checker has accepted its evidence
    """

    __slots__ = ()

    @property
    def service(self) -> str:
        """The name of the selected service."""
        return self._winner.contract.service.name

    @property
    def version(self) -> str:
        """The version whose contract was proved to suffice."""
        return self._winner.contract.service.version

    @property
    def route(self) -> str:
        """The kind of route its contract names, such as ``external``."""
        return self._winner.contract.service.route

    @property
    def protocol(self) -> str | None:
        """The protocol of the contract's ``api``, if it states one."""
        api = self._winner.contract.service.api
        return None if api is None else api.protocol

    @property
    def endpoint(self) -> str | None:
        """The endpoint of the contract's ``api``, if it states one."""
        api = self._winner.contract.service.api
        return None if api is None else api.endpoint

    @property
    def score(self) -> int:
        """The score it was ranked by (``docs/spec/score-v1.md``)."""
        return self._winner.score

    @property
    def attributes(self) -> Mapping[str, bool | Fraction | str | frozenset[str] | datetime]:
        """The attributes that the contract or an overlay states, numbers in base units and instants in UTC.

        >>> dict(router.route("question").attributes)
        {'region': 'eu'}
        """
        vocabulary = self._decision.question.vocabulary
        stated = self._winner.contract.attributes
        return MappingProxyType(
            {
                name: python_value(value, vocabulary.attribute(name).type)
                for name, value in sorted(stated.items())
            }
        )

    @property
    def optimal(self) -> bool:
        """Whether every service ranked above it is refuted; False only where the profile leaves that optional."""
        return self._decision.established is True

    @property
    def _winner(self) -> Candidate:
        winner = self._decision.winner
        if winner is None:
            raise InternalError("a routed answer without a winner")
        return winner

    def __repr__(self) -> str:
        return f"<Routed {self.request!r} to {self.service!r} {self.version}>"


@final
class NotRoutable(Answer, seal=SEAL):
    """No service may have this request: each is refuted by a call that the request describes and that it fails.

    ``refusals`` says which kinds of obligations refuse how many.

    >>> router.route("summary")
    <NotRoutable 'summary': all 2 services are refuted>
    """

    __slots__ = ()

    def __repr__(self) -> str:
        size = len(self._decision.snapshot.contracts)
        return f"<NotRoutable {self.request!r}: all {size} services are refuted>"


@final
class Undecided(Answer, seal=SEAL):
    """Nothing is established: something that matters could neither be proved nor refuted within the profile's budget.

    Treat it as a refusal. It is an answer of its own because the remedy is another one: a larger ``solver units`` in the
    profile's limits, or simpler documents.

    >>> def act(answer: caio.Routing) -> str:
    ...     match answer:
    ...         case caio.Routed(service=service):
    ...             return f"call {service}"
    ...         case caio.NotRoutable():
    ...             return "refuse"
    ...         case caio.Undecided():
    ...             return "refuse, and tell the operator"
    >>> act(router.route("question"))
    'call small'
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<Undecided {self.request!r}: nothing is established>"


Routing: TypeAlias = Routed | NotRoutable | Undecided
"""What ``Router.route`` returns; a ``match`` over the three is complete, and type checkers know it."""

_KINDS: Final[Mapping[Outcome, type[Routed | NotRoutable | Undecided]]] = MappingProxyType(
    {
        Outcome.ROUTED: Routed,
        Outcome.NOT_ROUTABLE: NotRoutable,
        Outcome.UNKNOWN: Undecided,
    }
)


def checked_of(answer: Answer) -> Checked:
    """The decision behind an answer, for those who go on with it.

    Raises:
        TypeError: the answer was not made by a router.
    """
    return answer._checked  # noqa: SLF001 - of this module


def answer_of(checked: Checked) -> Routing:
    """The answer that a decision amounts to. Only for what an engine has returned.

    Raises:
        InternalError: the decision says more than the checker has accepted.
    """
    outcome, counts = checked.decision.outcome, checked.verdict.counts
    enough = {
        Outcome.ROUTED: counts.get("admitted") == 1,
        Outcome.NOT_ROUTABLE: counts.get("refuted") == len(checked.decision.ranking),
        Outcome.UNKNOWN: True,
    }
    if not enough[outcome]:
        raise InternalError(f"a decision says `{outcome.value}`, and the checker accepted less")
    return sealed(_KINDS[outcome], checked)
