"""Statements: what a recorder says of a decision, as an in-toto Statement v1.

``docs/spec/evidence-v1.md`` section 4 binds, ``docs/spec/decision-predicate-v1.schema.json`` shows the shape. The subject is the
decision file, byte for byte; the predicate repeats what it decided, on which documents, and what the checker found of it then.

- A statement is made of a decision that the checker has accepted, and of no other.
- What is read is what was signed: the payload is canonical JSON. Members that this version does not know are ignored; another
  ``_type`` or ``predicateType`` is refused.
- A statement proves nothing. ``Statement.check`` says whether it speaks of the decision at hand; that the decision is right, the
  checker says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Final

import caio
from caio.audit.checkpoint import check_origin
from caio.audit.faults import AuditError, Fault
from caio.audit.reading import read_canonical, refusing, some
from caio.base.canonical import Json, canonical_bytes
from caio.base.errors import InputError
from caio.base.instants import format_timestamp, parse_instant
from caio.certify.acceptance import Verdict
from caio.ir import reader as r

TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "urn:caio:attestation:decision:v1"
SUBJECT: Final = "decision.json"
MAX_STATEMENT: Final = 4 * 1024 * 1024
"""The most bytes of a statement: those of a policy of some 50,000 rules."""
MAX_CLAIMS: Final = 1_000

_DECISION: Final = "caio-decision/v1"
_VERDICTS: Final = ("routed", "not_routable", "unknown")
_SELECTED: Final = frozenset({"control", "route", "service", "version"})
_STATED: Final = ("decision", "landscape", "obligations", "profile", "request", "trace")
_ALWAYS: Final = frozenset({*_STATED, "vocabulary"})
_SOMETIMES: Final = ("attestation", "facts", "measurements")
_OWN: Final = {name: f"{name}_digest" for name in ("decision", "obligations", "trace")}
_GIVEN: Final = ("landscape", "profile", "request", "vocabulary", *_SOMETIMES)


@dataclass(frozen=True, slots=True)
class Tool:
    """A program and its version, as somebody states them."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What the checker said of one thing: its name, the sentence, and ``holds`` or why it is not established."""

    name: str
    text: str
    status: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision file says, as far as a statement repeats it. Nothing of it is checked: the checker does that.

    Attributes:
        subject: the SHA-256 of the file, 64 hexadecimal digits.
        at: the time for which it was decided.
        digests: of the decision, its obligations, its trace, and the documents that it names.
        policy: the digests of rules and constraints, sorted.
        selected: control, route, service and version; None if nothing is selected.
        verdict: ``routed``, ``not_routable`` or ``unknown``.
    """

    subject: str
    at: str
    digests: Mapping[str, str]
    policy: tuple[str, ...]
    selected: Mapping[str, str] | None
    verdict: str

    @classmethod
    def of(cls, data: bytes, body: Mapping[str, object]) -> Decided:
        """What a decision file says.

        Args:
            data: the bytes of the file.
            body: what ``data`` holds, if the caller has just made it; ``read`` is for everybody else.

        Raises:
            AuditError: ``statement-subject``: it is no decision.
        """
        with refusing(Fault.STATEMENT_SUBJECT, "this is no decision of `caio route`"):
            whole = some(dict(body), frozenset({"format", "inputs", "at", *_OWN.values()}))
            r.member(whole, "format", r.one_of(_DECISION))
            inputs = r.member(whole, "inputs", lambda value: some(value, _INPUTS))
            digests = {
                **{name: r.member(whole, own, r.digest_name) for name, own in _OWN.items()},
                **{
                    name: r.member(inputs, name, r.digest_name)
                    for name in _GIVEN
                    if name not in _SOMETIMES or inputs[name] is not None
                },
            }
            return cls(
                hashlib.sha256(data).hexdigest(),
                *_outcome(whole, digests, r.member(inputs, "policy", _policy)),
            )

    @classmethod
    def read(cls, data: bytes) -> Decided:
        """What the bytes of a decision file say; documents that it carries are a part of the subject and are not read.

        Raises:
            AuditError: ``statement-subject``: it is no decision.
        """
        with refusing(Fault.STATEMENT_SUBJECT, "this is no decision of `caio route`"):
            body = some(r.parse_json(data), frozenset())
        return cls.of(data, body)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a recorder says of a decision.

    Attributes:
        decided: of which, and what it decided.
        origin: of the log in which it is recorded.
        checker: who has accepted it, and ``claims`` are what it said.
        solver: who found the evidence.
    """

    decided: Decided
    origin: str
    claims: tuple[Claim, ...]
    checker: Tool
    solver: Tool

    @classmethod
    def of(cls, decided: Decided, verdict: Verdict, origin: str) -> Statement:
        """What is to be said of a decision that was made and accepted here.

        Args:
            decided: what its file says.
            verdict: what the checker says of the same file.
            origin: of the log.

        Raises:
            AuditError: ``statement-unfounded``: the checker has accepted something else; ``note-key``: the origin is none.
        """
        check_origin(origin)
        accepted = {name: verdict.digests.get(own) for name, own in _OWN.items()}
        if (verdict.kind, verdict.verdict) != ("decision", decided.verdict) or any(
            decided.digests[name] != digest for name, digest in accepted.items()
        ):
            raise AuditError(
                Fault.STATEMENT_UNFOUNDED,
                "the checker has accepted another decision than the one to be attested:"
                " give the verdict on the same file",
            )
        return cls(decided, origin, claims_of(verdict), checker(), solver())

    @property
    def data(self) -> bytes:
        """The canonical bytes: the payload of an envelope.

        Raises:
            AuditError: ``statement-form``: they are too many.
        """
        data = canonical_bytes(self._json())
        if len(data) > MAX_STATEMENT:
            raise AuditError(
                Fault.STATEMENT_FORM,
                f"a statement has at most {MAX_STATEMENT:,} bytes, and this one {len(data):,}:"
                " a smaller policy is needed",
            )
        return data

    def check(self, decided: Decided, verdict: Verdict | None = None) -> None:
        """Refuse a statement that does not speak of this decision, or says something else of it.

        Args:
            decided: what the decision at hand says.
            verdict: what the checker says of it now. If it has the version of the statement's checker, the claims must be the
                same; claims of another version are in other words and are not compared.

        Raises:
            AuditError: ``statement-subject``: it is about another file; ``statement-predicate``: verdict, selection, time,
                policy or a digest is not that of the decision; ``statement-claims``.
        """
        if self.decided.subject != decided.subject:
            raise AuditError(
                Fault.STATEMENT_SUBJECT,
                f"the statement is about the file sha256:{self.decided.subject},"
                f" and this one is sha256:{decided.subject}: nothing is said of it",
            )
        for name in ("verdict", "selected", "at", "policy", "digests"):
            said, true = getattr(self.decided, name), getattr(decided, name)
            if said != true:
                raise AuditError(
                    Fault.STATEMENT_PREDICATE,
                    f"the statement says another `{name}` than the decision that it is about:"
                    f" {_short(said)}, and the decision {_short(true)}; do not believe its signer",
                )
        if verdict is not None and self.checker == checker() and self.claims != claims_of(verdict):
            raise AuditError(
                Fault.STATEMENT_CLAIMS,
                "the statement repeats claims that the same version of the checker does not make"
                " of this decision; do not believe its signer",
            )

    def _json(self) -> dict[str, Json]:
        decided = self.decided
        return {
            "_type": TYPE,
            "subject": [{"name": SUBJECT, "digest": {"sha256": decided.subject}}],
            "predicateType": PREDICATE_TYPE,
            "predicate": {
                "at": decided.at,
                "checker": _tool_json(self.checker),
                "claims": [
                    {"name": one.name, "status": one.status, "text": one.text}
                    for one in self.claims
                ],
                "digests": dict(decided.digests),
                "origin": self.origin,
                "policy": list(decided.policy),
                "selected": None if decided.selected is None else dict(decided.selected),
                "solver": _tool_json(self.solver),
                "verdict": decided.verdict,
            },
        }


def read_statement(data: bytes) -> Statement:
    """The statement that bytes are. Give it verified bytes only: ``caio.audit.envelope`` has them.

    Raises:
        AuditError: ``statement-form``.
    """
    with refusing(Fault.STATEMENT_FORM, "this is no statement about a decision"):
        whole = some(read_canonical(data, MAX_STATEMENT), _WHOLE)
        r.member(whole, "_type", r.one_of(TYPE))
        r.member(whole, "predicateType", r.one_of(PREDICATE_TYPE))
        subject = r.member(whole, "subject", _subject)
        predicate = r.member(whole, "predicate", lambda value: some(value, _PREDICATE))
        claims = r.many(predicate, "claims", _claim)
        if len(claims) > MAX_CLAIMS:
            raise r.DecodeError(f"it has more than {MAX_CLAIMS:,} claims")
        digests = r.member(predicate, "digests", _digests)
        policy = r.member(predicate, "policy", _policy)
        return Statement(
            Decided(subject, *_outcome(predicate, digests, policy)),
            r.member(predicate, "origin", _origin),
            claims,
            r.member(predicate, "checker", _tool),
            r.member(predicate, "solver", _tool),
        )


def claims_of(verdict: Verdict) -> tuple[Claim, ...]:
    """What the checker claims, as a statement repeats it."""
    return tuple(Claim(*one) for one in verdict.claims)


def checker() -> Tool:
    """The checker of this installation."""
    return Tool("caio-checker", caio.__version__)


@lru_cache(maxsize=1)
def solver() -> Tool:
    """The solver of this installation."""
    return Tool("z3", version("z3-solver"))


_INPUTS: Final = frozenset({*_GIVEN, "policy"})
_WHOLE: Final = frozenset({"_type", "predicate", "predicateType", "subject"})
_PREDICATE: Final = frozenset(
    {"at", "checker", "claims", "digests", "origin", "policy", "selected", "solver", "verdict"}
)


def _outcome(
    value: r.Object, digests: Mapping[str, str], policy: tuple[str, ...]
) -> tuple[str, Mapping[str, str], tuple[str, ...], Mapping[str, str] | None, str]:
    """What follows the subject of ``Decided``: time, digests, policy, selection and verdict, which must fit each other."""
    some(value, frozenset({"at", "selected", "verdict"}))
    selected = r.member(value, "selected", r.optional(_selected))
    verdict = r.member(value, "verdict", r.one_of(*_VERDICTS))
    if (selected is None) == (verdict == "routed"):
        raise r.DecodeError("a service is selected if and only if the verdict is `routed`")
    return r.member(value, "at", _instant), digests, policy, selected, verdict


def _instant(value: object) -> str:
    text = r.string(value)
    try:
        if format_timestamp(parse_instant(text)) == text:
            return text
    except InputError:
        pass
    raise r.DecodeError(f"{r.quoted(text)} is not a time such as `2026-11-22T00:00:00Z`")


def _subject(value: object) -> str:
    found = r.array(value, lambda one: some(one, frozenset({"digest", "name"})))
    if len(found) != 1 or found[0]["name"] != SUBJECT:
        raise r.DecodeError(f"expected one subject, `{SUBJECT}`")
    digests = r.member(found[0], "digest", lambda one: some(one, frozenset({"sha256"})))
    return r.member(digests, "sha256", _hexadecimal)


def _hexadecimal(value: object) -> str:
    text = r.string(value)
    if not r.is_digest(f"sha256:{text}"):
        raise r.DecodeError("expected 64 lower-case hexadecimal digits")
    return text


def _digests(value: object) -> dict[str, str]:
    found = some(value, _ALWAYS)
    known = [name for name in found if name in _ALWAYS or name in _SOMETIMES]
    return {name: r.member(found, name, r.digest_name) for name in known}


def _policy(value: object) -> tuple[str, ...]:
    found = r.array(value, r.digest_name)
    if list(found) != sorted(set(found)):
        raise r.DecodeError("expected digests in order, each once")
    return found


def _selected(value: object) -> dict[str, str]:
    found = some(value, _SELECTED)
    return {name: r.member(found, name, r.name) for name in sorted(_SELECTED)}


def _claim(value: object) -> Claim:
    found = some(value, frozenset({"name", "status", "text"}))
    return Claim(
        r.member(found, "name", r.name),
        r.member(found, "text", r.string),
        r.member(found, "status", r.name),
    )


def _tool(value: object) -> Tool:
    found = some(value, frozenset({"name", "version"}))
    return Tool(r.member(found, "name", r.name), r.member(found, "version", r.name))


def _tool_json(tool: Tool) -> dict[str, Json]:
    return {"name": tool.name, "version": tool.version}


def _origin(value: object) -> str:
    text = r.string(value)
    try:
        check_origin(text)
    except AuditError as error:
        raise r.DecodeError(str(error)) from None
    return text


def _short(value: object) -> str:
    return r.quoted("nothing" if value is None else str(value))
