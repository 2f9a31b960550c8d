"""Who is calling and what is sent, on the command line: a token and a payload, in files and never among the arguments.

A command line is seen by everybody on the machine, and kept in histories and logs. What looks like a token there is refused
before anything else is said about it. The token of a file is read where it is verified: no variable of this module holds it.
"""

from __future__ import annotations

import re
import sys
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from caio.cli.failures import MisuseError
from caio.cli.files import STDIN, read

if TYPE_CHECKING:
    from caio.ir import documents as d
    from caio.obligations.candidate import Question
    from caio.security.payload import PayloadData

_SEGMENTS: Final = re.compile(r"(e[wy][A-Za-z0-9_-]{4,})={0,2}\.[A-Za-z0-9_-]{12,}")
"""Two segments in base64url, of which the first begins with a brace."""
_HEADER: Final = re.compile(rb"\{\s*\"")
"""What the header of a token begins with."""
_MAX_TOKEN: Final = 64 * 1024
"""The most bytes that are read of a token; the limit on tokens themselves is far below."""

_Command = TypeVar("_Command", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the token, what it is verified with, and the payload come from; all of it may be missing."""

    token_file: str | None = None
    authority: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    node_key: str | None = None
    payload: str | None = None
    payload_type: str | None = None
    classes: str | None = None

    def words(self) -> list[str]:
        """The same options again, to be shown."""
        found: list[str] = []
        for field in fields(self):
            given = getattr(self, field.name)
            for value in given if isinstance(given, tuple) else (given,):
                if value is not None:
                    found += [f"--{field.name.replace('_', '-')}", value]
        return found


_OPTIONS: Final = (
    ("--token-file", "The caller's token (- for stdin), in place of --facts."),
    ("--authority", "What is declared of its issuer (repeatable, with --keys)."),
    ("--keys", "The key set of that issuer."),
    ("--node-key", "The key under which its facts are attested."),
    ("--payload", "What is sent: what is found in it is data of the request."),
    ("--payload-type", "Its media type, such as text/plain."),
    ("--classes", "How classes of data are found in it."),
)


def caller_options(command: _Command) -> _Command:
    """The options of callers and payloads, for a command that asks about a request."""
    for name, said in reversed(_OPTIONS):
        metavar = "TYPE" if name == "--payload-type" else "FILE"
        many = name in ("--authority", "--keys")
        click.option(name, metavar=metavar, multiple=many, help=said)(command)
    return command


def taken(settings: dict[str, Any]) -> Sources:
    """The options of callers and payloads, taken out of a command's settings.

    Raises:
        MisuseError: some of them are missing, or go against ``--facts``.
    """
    sources = Sources(**{field.name: settings.pop(field.name) for field in fields(Sources)})
    of_token = (sources.token_file, sources.authority, sources.keys, sources.node_key)
    if any(of_token) and not all(of_token):
        raise MisuseError(
            "a caller is verified with `--token-file`, `--authority`, `--keys` and `--node-key`: give all four"
        )
    if len(sources.authority) != len(sources.keys):
        raise MisuseError("each `--authority` has its `--keys`, in the same order")
    if sources.token_file == sources.payload == STDIN:
        raise MisuseError("`--token-file -` and `--payload -` both want standard input")
    if sources.token_file and settings.get("facts") is not None:
        raise MisuseError("a token brings its own facts: give `--token-file` or `--facts`")
    of_payload = (sources.payload, sources.payload_type, sources.classes)
    if any(of_payload) and not all(of_payload):
        raise MisuseError(
            "a payload is looked at with `--payload`, `--payload-type` and `--classes`: give all three"
        )
    return sources


def refuse_tokens(words: Iterable[str]) -> None:
    """Refuse a command line that a token stands on, without repeating it.

    Raises:
        MisuseError: one does.
    """
    if any(map(_holds_token, words)):
        raise MisuseError(
            "a token is never an argument: everybody on this machine can read it there; have this one replaced, and give"
            " the next one in a file, or pipe it: `--token-file -`"
        )


def _holds_token(word: str) -> bool:
    found = (match[1] for match in _SEGMENTS.finditer(word))
    return any(_HEADER.match(urlsafe_b64decode(part[: len(part) // 4 * 4])) for part in found)


def informed(question: Question, sources: Sources) -> tuple[Question, PayloadData | None]:
    """A question with the facts of its caller and the data of its payload, and what was found there.

    Raises:
        InputError: a file cannot be read; or the payload holds what the request rules out.
        RefusedError: the token, a declaration or a key is not accepted.
    """
    found = None
    if sources.token_file is not None:
        facts, attestation = _attested(question, sources)
        question = replace(question, facts=facts, attestation=attestation)
    if sources.payload is not None:
        from caio.ir.encode import document_digest  # noqa: PLC0415
        from caio.routing.payloads import Payload, united  # noqa: PLC0415
        from caio.security.files import load_classifier  # noqa: PLC0415
        from caio.sema.scope import Scope  # noqa: PLC0415

        scope = Scope(question.vocabulary, document_digest(question.vocabulary))
        payload = Payload(read(sources.payload), str(sources.payload_type))
        classifier = load_classifier(str(sources.classes))
        request, found = united(question.request, scope, payload, classifier)
        question = replace(question, request=request)
    return question, found


def _attested(question: Question, sources: Sources) -> tuple[d.Facts, d.Attestation]:
    from caio.security.attestation import attest  # noqa: PLC0415 - cryptography loads here
    from caio.security.authentication import Authenticator  # noqa: PLC0415
    from caio.security.files import load_authority, load_node_key  # noqa: PLC0415

    node = load_node_key(str(sources.node_key))
    pairs = zip(sources.authority, sources.keys, strict=True)
    trusted = [load_authority(declaration, keys) for declaration, keys in pairs]
    authenticator = Authenticator(question.vocabulary, trusted)
    caller = authenticator.authenticate(_token(str(sources.token_file)), at=question.at)
    return caller.facts, attest(caller, node)


def _token(path: str) -> str:
    """The text of a token file, without the line feed that editors put at its end.

    Raises:
        InputError: it cannot be read.
    """
    data = sys.stdin.buffer.read(_MAX_TOKEN) if path == STDIN else _bytes(path)
    # Any byte is some character of latin-1; whatever is none of a token's is refused as one.
    return data.removesuffix(b"\n").removesuffix(b"\r").decode("latin-1")


def _bytes(path: str) -> bytes:
    from caio.base.errors import InputError  # noqa: PLC0415

    try:
        with Path(path).open("rb") as file:
            return file.read(_MAX_TOKEN)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no path"
        raise InputError(f"cannot read the token file: {reason}") from None


def found_text(data: PayloadData) -> str:
    """What was found in a payload, in a sentence: names and places, and nothing of its text."""
    if data.reason:
        members = ", ".join(data.assumed) or "nothing more than was said"
        return f"not classified ({data.reason}); taken for sensitive: {members}"
    if not data.findings:
        return "classified: nothing found beside what the request says"
    shown = [f"{one.member} ({one.rule}, {one.place})" for one in data.findings[:4]]
    return "classified: " + ", ".join([*shown, *(["…"] if len(data.findings) > 4 else [])])
