"""Results from outside: whether what a trace says of its execution hangs together (INV-CAIO-0005).

A result is CAIO's own account of step 10: digests and exact numbers. Nobody can prove from it what a service answered; what can be
found out is that it tells of *this* decision, that nobody was called whom the decision refutes, that a reply which broke something
was not handed out, and that every violation belongs to its attempt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from caio.base.errors import EvidenceError
from caio.execute import attempts as a
from caio.execute import violations as v
from caio.execute.outcomes import FORMAT, Reason
from caio.ir import reader as r

_RESULT: Final = frozenset(
    [
        "format",
        "outcome",
        "reason",
        "message",
        "decision",
        "request",
        "payload",
        "selected",
        "reply",
        "attempts",
    ]
)
_ATTEMPT: Final = frozenset(
    [
        "format",
        "number",
        "service",
        "version",
        "control",
        "admission",
        "ending",
        "sent",
        "charged",
        "reason",
        "reply",
        "violations",
    ]
)
_VIOLATION: Final = frozenset(
    [
        "format",
        "kind",
        "service",
        "version",
        "control",
        "decision",
        "evidence",
        "promised",
        "observed",
        "reply",
    ]
)
_TRIPLE: Final = ("service", "version", "control")


@dataclass(frozen=True, slots=True)
class Account:
    """What a result tells.

    Attributes:
        executed: whether a reply was handed out.
        attempts: how many there were.
        violations: how many broken promises.
    """

    executed: bool
    attempts: int
    violations: int


def read_account(result: Mapping[str, Any], certificate: Mapping[str, Any]) -> Account:
    """What the result of a trace tells, if it can have come of executing this decision (INV-CAIO-0005).

    Args:
        result: the part ``result`` of a trace.
        certificate: the decision, accepted by the checker.

    Raises:
        EvidenceError: it cannot; ``path`` says where, from the trace's top.
    """
    try:
        _shape(result)
    except r.DecodeError as error:
        raise EvidenceError(
            f"the result is none: {error}",
            code="trace-shape",
            path=error.inside(".result").path,
            expected="what an execution leaves in a trace",
            seen=error.reason,
        ) from error
    if certificate["selected"] is None:
        _reject("", "no result: nothing was selected", "one")
    _same("decision", certificate["decision_digest"], result["decision"])
    _same("request", certificate["inputs"]["request"], result["request"])
    attempts: Sequence[Mapping[str, Any]] = result["attempts"]
    _attempts(attempts, certificate)
    _ending(result, attempts)
    return Account(
        result["outcome"] == "executed",
        len(attempts),
        sum(len(attempt["violations"]) for attempt in attempts),
    )


def _shape(value: object) -> None:
    members = r.members(value, _RESULT)
    r.member(members, "format", r.one_of(FORMAT))
    r.member(members, "outcome", r.one_of("executed", "failed"))
    r.member(members, "reason", r.optional(r.one_of(*Reason)))
    r.member(members, "message", r.string)
    for name in ("decision", "request", "payload"):
        r.member(members, name, r.digest_name)
    r.member(members, "selected", r.optional(lambda one: r.members(one, frozenset(_TRIPLE))))
    r.member(members, "reply", r.optional(r.digest_name))
    r.many(members, "attempts", _attempt)


def _attempt(value: object) -> None:
    members = r.members(value, _ATTEMPT)
    r.member(members, "format", r.one_of(a.FORMAT))
    r.member(members, "number", r.integer)
    _triple(members)
    r.member(members, "admission", r.digest_name)
    r.member(members, "ending", r.one_of(*a.Ending))
    r.member(members, "sent", r.boolean)
    r.member(members, "charged", r.natural)
    r.member(members, "reason", r.string)
    r.member(members, "reply", r.optional(r.digest_name))
    r.many(members, "violations", _violation)


def _violation(value: object) -> None:
    members = r.members(value, _VIOLATION)
    r.member(members, "format", r.one_of(v.FORMAT))
    r.member(members, "kind", r.one_of(*v.Kind))
    _triple(members)
    r.member(members, "decision", r.digest_name)
    r.member(members, "evidence", r.digest_name)
    r.member(members, "promised", _told)
    r.member(members, "observed", _told)
    r.member(members, "reply", r.optional(r.digest_name))


def _triple(members: dict[str, object]) -> None:
    r.member(members, "service", r.name)
    r.member(members, "version", r.version)
    r.member(members, "control", r.name)


def _told(value: object) -> None:
    if type(value) is not dict:
        raise r.expected("an object", value)
    for name in value:
        r.member(value, name, r.string)


def _attempts(attempts: Sequence[Mapping[str, Any]], certificate: Mapping[str, Any]) -> None:
    """Each is of a candidate that the decision does not refute; the winner comes first, and no candidate comes back."""
    ranked = [tuple(row[name] for name in _TRIPLE) for row in certificate["candidates"]]
    places = {triple: place for place, triple in enumerate(ranked)}
    selected = tuple(certificate["selected"][name] for name in _TRIPLE)
    last = places[selected]
    for number, attempt in enumerate(attempts, 1):
        at = f"attempts[{number - 1}]"
        _same(f"{at}.number", number, attempt["number"])
        triple = tuple(attempt[name] for name in _TRIPLE)
        if number == 1 and triple != selected:
            _reject(f"{at}.service", f"the selected service `{selected[0]}` first", triple[0])
        # Below the winner a decision examines nobody: who is called in its place was admitted later, on evidence of its own.
        if places.get(triple, -1) < last:
            _reject(f"{at}.service", "a candidate ranked no higher than the one before", triple[0])
        last = places[triple]
        ending, broken = attempt["ending"], attempt["violations"]
        if (ending == a.Ending.VIOLATED) != bool(broken):
            wanted = "`violated`" if broken else "violations that say what was violated"
            _reject(f"{at}.ending", wanted, ending)
        if ending == a.Ending.SUCCEEDED and number != len(attempts):
            _reject(f"{at}.ending", "success at the end alone", ending)
        for index, violation in enumerate(broken):
            for name, wanted in (
                *((name, attempt[name]) for name in _TRIPLE),
                ("decision", certificate["decision_digest"]),
                ("evidence", attempt["admission"]),
            ):
                _same(f"{at}.violations[{index}].{name}", wanted, violation[name])


def _ending(result: Mapping[str, Any], attempts: Sequence[Mapping[str, Any]]) -> None:
    """A reply is handed out where the last attempt broke nothing, and otherwise there is a reason why not."""
    if result["outcome"] == "failed":
        if result["reason"] is None:
            _reject("reason", "why the execution failed", "none")
        for name in ("selected", "reply"):
            _same(name, None, result[name])
        return
    _same("reason", None, result["reason"])
    if not attempts or attempts[-1]["ending"] != a.Ending.SUCCEEDED:
        seen = attempts[-1]["ending"] if attempts else "no attempt"
        _reject("outcome", "`failed`, for no attempt succeeded", f"executed, after `{seen}`")
    last = attempts[-1]
    _same("selected", {name: last[name] for name in _TRIPLE}, result["selected"])
    if last["reply"] is None:
        _reject(f"attempts[{len(attempts) - 1}].reply", "the digest of what was handed out", "none")
    _same("reply", last["reply"], result["reply"])


def _same(place: str, wanted: object, found: object) -> None:
    if type(wanted) is not type(found) or wanted != found:
        _reject(place, str(wanted), str(found))


def _reject(place: str, expected: str, seen: str) -> NoReturn:
    path = f"result.{place}" if place else "result"
    raise EvidenceError(
        f"the result is not one of this decision, at {path}",
        code="trace-result",
        path=path,
        expected=expected,
        seen=seen,
    )
