"""Signed notes: text that keys have signed, as C2SP signed-note has it, with cosignatures of witnesses.

``docs/spec/audit-log-v1.md`` section 4 binds. Rules:

- The text of a note means nothing before a known key's signature has verified: ``read_note`` gives a ``Note``, whose
  text is there for ``verify`` and for people, and ``verify`` says which keys have signed.
- A line of an unknown key is ignored; a line of a known key that does not verify refuses the whole note.
- Signing ends with verifying: a device that signs something else is found out before anybody reads it.

Ed25519 itself is that of ``cryptography``, in ``caio.security.nodes``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Protocol

from caio.audit.faults import AuditError, Fault
from caio.security.nodes import is_signed, raw_node_public
from caio.security.refusal import RefusedError

MAX_NOTE: Final = 1_000_000
"""The most bytes of a note."""
MAX_LINES: Final = 100
"""The most signature lines of a note."""
MAX_NAME: Final = 255
"""The most characters of a name that keys and logs have here."""

_DASH: Final = "\u2014 "
_SIGNATURE: Final = 64
_TIME: Final = 8
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_VKEY: Final = re.compile(r"(?P<name>[^+]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]+=*)")


class KeyType(IntEnum):
    """What a key signs, by the byte that takes part in its id."""

    ED25519 = 1
    """The text of a note."""
    COSIGNATURE = 4
    """A checkpoint, and the time at which it was the largest that the witness had seen."""


class Signer(Protocol):
    """Whoever holds a private key: a file, a PKCS#11 token, a key service. ``docs/audit-log.md`` shows one.

    The private key never passes this interface, and nothing but notes and envelopes of attestations
    (``caio.audit.envelope``) is ever given to ``sign``; the one can never be taken for the other.
    """

    @property
    def name(self) -> str:
        """The name that stands in the signature line; for a log its origin."""
        ...

    @property
    def public(self) -> bytes:
        """The public key: 32 bytes of Ed25519."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the Ed25519 signature (RFC 8032, the pure variant) of a message.

        Raises:
            AuditError: ``key-inactive``: the key cannot be used now; the message says what to do.
        """
        ...


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name: what verifies a line of a note.

    Attributes:
        name: of the key, not empty, without white space and plus signs.
        public: the 32 bytes of the key.
        type: what it signs.

    Raises:
        AuditError: ``note-key``: the name is none, or the key is no point of the curve or unsafe.
    """

    name: str
    public: bytes
    type: KeyType = KeyType.ED25519

    def __post_init__(self) -> None:
        check_name(self.name)
        try:
            raw_node_public(self.public)
        except RefusedError:
            raise AuditError(
                Fault.NOTE_KEY,
                "the public key is no canonical point of Ed25519, or of small order: take it from its owner again",
            ) from None

    @property
    def id(self) -> bytes:
        """The four bytes that stand before its signatures."""
        material = self.name.encode() + b"\n" + bytes([self.type]) + self.public
        return hashlib.sha256(material).digest()[:4]

    @property
    def text(self) -> str:
        """The key as text: ``NAME+ID+BASE64``."""
        material = base64.b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{material}"

    @property
    def digest(self) -> str:
        """The digest that names the key whatever its name: the SHA-256 of its 32 bytes."""
        return "sha256:" + hashlib.sha256(self.public).hexdigest()

    @classmethod
    def of(cls, signer: Signer, type_: KeyType = KeyType.ED25519) -> Verifier:
        """The public half of a signer."""
        return cls(signer.name, signer.public, type_)

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """The key that a text denotes.

        Raises:
            AuditError: ``note-key``.
        """
        match = _VKEY.fullmatch(text)
        data = None if match is None else read_base64(match["key"])
        if match is not None and data is not None and len(data) == 33 and data[0] in {*KeyType}:
            found = cls(match["name"], data[1:], KeyType(data[0]))
            if found.id.hex() == match["id"]:
                return found
        raise AuditError(
            Fault.NOTE_KEY,
            "this is no public Ed25519 key of a note, `NAME+ID+BASE64`: copy the whole line from its owner",
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A signature line, unverified: the name, the key's id, and what follows."""

    name: str
    id: bytes
    signature: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The line, with its newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note, unverified: its text, which ends with a newline, and its lines."""

    text: str
    lines: tuple[Line, ...]

    @property
    def data(self) -> bytes:
        """The bytes of the note."""
        return (self.text + "\n" + "".join(line.text for line in self.lines)).encode()


@dataclass(frozen=True, slots=True)
class Signed:
    """A line that verified.

    Attributes:
        time: of a cosignature, in seconds since 1970; None for a signature.
    """

    key: Verifier
    time: int | None = None


def read_note(data: bytes) -> Note:
    """The note that bytes are.

    Raises:
        AuditError: ``note-form``.
    """
    if type(data) is not bytes or len(data) > MAX_NOTE:
        raise _malformed(f"it has more than {MAX_NOTE:,} bytes")
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise _malformed("it is not in UTF-8") from None
    if _CONTROL.search(whole):
        raise _malformed("it has a control character")
    end = whole.rfind("\n\n")
    if end < 0 or not whole.endswith("\n") or end + 2 == len(whole):
        raise _malformed("it is no text, empty line and signature lines, each ended by a newline")
    rows = whole[end + 2 : -1].split("\n")
    if len(rows) > MAX_LINES:
        raise _malformed(f"it has more than {MAX_LINES} signature lines")
    return Note(whole[: end + 1], tuple(map(_read_line, rows)))


def sign_note(text: str, signers: Iterable[Signer]) -> Note:
    """A note with a line by each signer.

    Raises:
        AuditError: ``note-form``: the text cannot be that of a note, or nobody signs; ``note-signature``: a signer's
            signature is not one of this text by its own key.
    """
    lines = []
    for signer in signers:
        key = Verifier.of(signer)
        lines.append(_checked(key, signer.sign(text.encode()), text.encode(), b""))
    return _whole(Note(text, tuple(lines)))


def cosign(note: Note, witness: Signer, *, at: int) -> Note:
    """The note with a cosignature more. Whoever calls this has found the checkpoint consistent with all it knows.

    Args:
        note: of a checkpoint.
        witness: who vouches for it.
        at: the time, in whole seconds since 1970.

    Raises:
        AuditError: as ``sign_note``.
    """
    if type(at) is not int or not 0 <= at < 2**63:
        raise _malformed("the time of a cosignature is in whole seconds since 1970")
    key = Verifier.of(witness, KeyType.COSIGNATURE)
    message = _cosigned(note.text, at)
    line = _checked(key, witness.sign(message), message, at.to_bytes(_TIME, "big"))
    return _whole(Note(note.text, (*note.lines, line)))


def verify(note: Note, keys: Iterable[Verifier]) -> tuple[Signed, ...]:
    """The lines by these keys, each of which verifies, in their order.

    Raises:
        AuditError: ``note-signature``: a line has the name and id of one of the keys and is not by it.
    """
    known = {(key.name, key.id): key for key in keys}
    found = []
    for line in note.lines:
        key = known.get((line.name, line.id))
        if key is None:
            continue
        time, message, signature = None, note.text.encode(), line.signature
        if key.type is KeyType.COSIGNATURE:
            time, signature = int.from_bytes(signature[:_TIME], "big"), signature[_TIME:]
            message = _cosigned(note.text, time)
        if len(signature) != _SIGNATURE or (time or 0) >= 2**63:
            raise _unverified(key)
        if not is_signed(raw_node_public(key.public), signature, message):
            raise _unverified(key)
        found.append(Signed(key, time))
    return tuple(found)


def check_name(name: object) -> None:
    """Refuse what cannot be the name of a key.

    Raises:
        AuditError: ``note-key``.
    """
    if type(name) is not str or not 0 < len(name) <= MAX_NAME or not _is_name(name):
        raise AuditError(
            Fault.NOTE_KEY,
            "a name of a log or key is 1 to 255 characters without white space and `+`,"
            " such as `audit.example.com/gateway-1`",
        )


def read_base64(text: str) -> bytes | None:
    """The bytes that padded Base64 denotes, or None unless this is the one text that denotes them."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def _is_name(name: str) -> bool:
    return (
        "+" not in name
        and _CONTROL.search(name) is None
        and not any(one.isspace() or "\ud800" <= one <= "\udfff" for one in name)
    )


def _read_line(row: str) -> Line:
    parts = row.removeprefix(_DASH).split(" ")
    if not row.startswith(_DASH) or len(parts) != 2 or not parts[0] or not _is_name(parts[0]):
        raise _malformed("a signature line is not `\u2014 NAME BASE64`")
    data = read_base64(parts[1])
    if data is None or len(data) <= 4:
        raise _malformed("a signature is not in canonical Base64, or too short")
    return Line(parts[0], data[:4], data[4:])


def _checked(key: Verifier, signature: bytes, message: bytes, before: bytes) -> Line:
    """The line of a signature that verifies."""
    if len(signature) != _SIGNATURE or not is_signed(
        raw_node_public(key.public), signature, message
    ):
        raise _unverified(key)
    return Line(key.name, key.id, before + signature)


def _whole(note: Note) -> Note:
    """The note, if reading its bytes gives it back."""
    try:
        if note.lines and read_note(note.data) == note:
            return note
    except UnicodeEncodeError:
        pass
    raise _malformed(
        "its text does not end with a newline, holds control characters, or nobody has signed"
    )


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _malformed(why: str) -> AuditError:
    return AuditError(Fault.NOTE_FORM, f"this is no signed note: {why}")


def _unverified(key: Verifier) -> AuditError:
    return AuditError(
        Fault.NOTE_SIGNATURE,
        f"the signature under `{key.name}` is not one of this text by {key.digest}:"
        " the text was changed, or another key made it; nothing in it is established",
    )
