"""Verifying decisions from anywhere: the whole check, by the checker alone, and a value only if it accepts."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias, final

from caio.base.errors import InputError, InternalError
from caio.base.sealed import SEAL, Sealed, sealed
from caio.certify.acceptance import Verdict, accept
from caio.routing.decision import FORMAT
from caio.routing.projects import json_bytes
from caio.routing.results import EPOCH, Claim, claims_of

Evidence: TypeAlias = bytes | str | os.PathLike[str] | Mapping[str, object]
"""A decision or a document set: its bytes, the path of its file, or its JSON value."""

_OTHERS: Final = MappingProxyType(
    {
        "caio-certificate/v1": "a certificate of documents, which `caio verify` checks",
        "caio-examination/v1": "the evidence of some candidates",
        "caio-trace/v1": "a trace, which `caio verify` checks together with the decision in it",
    }
)
"""What else the checker reads."""
_MAX_BYTES: Final = 64 * 1024 * 1024
"""The largest input that the checker reads."""
_DIGEST: Final = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Selected:
    """What an accepted decision selected.

    >>> caio.verify(router.route("question").bundle()).selected
    Selected(service='small', version='1.0', route='external')

    Attributes:
        service: the name of the service.
        version: of its contract.
        route: the kind of route that the contract names.
    """

    service: str
    version: str
    route: str


@dataclass(frozen=True, slots=True)
class _Accepted:
    verdict: Verdict
    selected: Selected | None
    at: int
    landscape: str


@final
class Verified(Sealed, seal=SEAL):
    """A decision whose evidence the checker has accepted, all of it.

    Verified is about the evidence: *no service may have this request* is as verifiable as a selection, and so is *nothing
    was established*. Look at ``verdict``, or whether ``selected`` is None, before acting on it.

    >>> verified = caio.verify(router.route("summary").bundle())
    >>> verified.verdict, verified.selected
    ('not_routable', None)
    """

    __slots__ = ()
    _origin = "only `caio.verify` returns one, after the checker has accepted the evidence"
    _instead = "Keep the decision itself, and give it to `caio.verify`"

    @property
    def verdict(self) -> str:
        """``routed``, ``not_routable`` or ``unknown``."""
        return self._accepted.verdict.verdict

    @property
    def selected(self) -> Selected | None:
        """What was selected; None unless the verdict is ``routed``."""
        return self._accepted.selected

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What the evidence shows, and what it openly does not show."""
        return claims_of(self._accepted.verdict)

    @property
    def at(self) -> datetime:
        """The time that the decision is about, in UTC."""
        return EPOCH + timedelta(microseconds=self._accepted.at)

    @property
    def landscape(self) -> str:
        """The digest of the services that the decision is complete relative to."""
        return self._accepted.landscape

    @property
    def decision_digest(self) -> str:
        """The digest that names the decision, recomputed by the checker."""
        return self._accepted.verdict.digests["decision_digest"]

    @property
    def cost(self) -> int:
        """The checker's steps of work, as counted in ``docs/spec/certificate-v1.md`` section 10."""
        return self._accepted.verdict.cost

    @property
    def _accepted(self) -> _Accepted:
        accepted: _Accepted = self._content()
        return accepted

    def __repr__(self) -> str:
        found = self.selected
        what = self.verdict if found is None else f"to {found.service!r} {found.version}"
        return f"<Verified {what}>"


def verify(decision: Evidence, documents: Iterable[Evidence] | None = None) -> Verified:
    """What a decision is worth, whoever made it: the whole check, as ``caio verify`` makes it, in this process.

    The checker contains no solver, derives every formula from the documents, recomputes scores, order and digests, and
    judges every piece of evidence.

    >>> caio.verify(router.route("question").bundle())
    <Verified to 'small' 1.0>

    >>> forged = json.loads(router.route("question").bundle())
    >>> forged["verdict"] = "not_routable"
    >>> caio.verify(forged)
    Traceback (most recent call last):
    caio.base.errors.EvidenceError: the checker rejected the evidence: verdict: verdict: expected "routed", seen \
"not_routable"

    Args:
        decision: its bytes, the path of its file, or its JSON value.
        documents: what it must be about, as bytes, paths or JSON values of document sets and bundles; then nothing that
            the decision carries itself is looked at. None takes what it carries, and for a path the landscape beside it.

    Raises:
        EvidenceError: it is rejected; ``code``, ``path``, ``expected`` and ``seen`` say why. Nothing in it is established.
        InputError: it cannot be read, is no decision, or its landscape is nowhere to be found.
    """
    data = _bytes(decision, "the decision")
    body = _peek(data)
    other = _OTHERS.get(str(body.get("format")))
    if other is not None:
        raise InputError(f"this is {other}, and no decision")
    if documents is None:
        parts = [data, *_beside(decision, body)]
    elif isinstance(documents, bytes | str | os.PathLike | Mapping):
        raise InputError("`documents` is a list of document sets: put this one into a list")
    else:
        parts = [_bytes(part, "a document set") for part in documents]
    verdict = accept(parts, data)
    if verdict.kind != "decision":
        raise InternalError("the checker accepted something other than a decision as one")
    # The checker has read the same bytes, strictly: what stands there is what it accepted.
    found = body["selected"]
    selected = found and Selected(found["service"], found["version"], found["route"])
    at, landscape = int(body["inputs"]["at"]), body["landscape"]
    return sealed(Verified, _Accepted(verdict, selected, at, landscape))


def _bytes(evidence: object, what: str) -> bytes:
    match evidence:
        case bytes():
            return evidence
        case str() | os.PathLike():
            return _read(Path(evidence), what)
        case Mapping():
            return json_bytes(evidence, what)
    raise InputError(
        f"{what} is of type `{type(evidence).__name__}`, not bytes, a path or a mapping"
    )


def _read(path: Path, what: str) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"cannot read {what} `{path}`: it is no file")
        with path.open("rb") as file:
            # One byte more than may be there: the checker says that it is too much.
            return file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot read {what} `{path}`: {reason}") from error


def _peek(data: bytes) -> Mapping[str, Any]:
    """The members of a JSON object; none where there is no object, which the checker is to reject."""
    try:
        body = json.loads(data) if len(data) <= _MAX_BYTES else None
    except (ValueError, RecursionError):
        body = None
    return body if isinstance(body, dict) else {}


def _beside(decision: Evidence, body: Mapping[str, Any]) -> list[bytes]:
    """The landscape beside a decision that does not carry its own."""
    if body.get("format") != FORMAT:
        return []
    carried = body.get("documents")
    if isinstance(carried, list) and any(
        isinstance(item, dict) and item.get("kind") == "landscape" for item in carried
    ):
        return []
    # The name is made of a digest that was looked at, and never of text from the file.
    name = _DIGEST.fullmatch(str(body.get("landscape")))
    if name is None:
        return []
    if not isinstance(decision, str | os.PathLike):
        raise InputError(
            "the decision does not carry its landscape: give a bundle, or the landscape with `documents`"
        )
    path = Path(decision).resolve().with_name(f"landscape-{name[1]}.json")
    if not path.is_file():
        raise InputError(
            f"the landscape of `{decision}` is missing: `{path.name}` is expected beside it"
        )
    return [_read(path, "the landscape")]
