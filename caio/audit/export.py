"""Export: a range of the log with everything that an auditor needs, in one file (``docs/spec/evidence-v1.md`` section 5).

The same log, vault and range give the same bytes, but for what was signed since. Members are gathered in a folder first, so that
the file is written in the order of their names, whatever its size, and appears whole or not at all.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

import caio
from caio.audit.checkpoint import Checkpoint
from caio.audit.entries import Kind
from caio.audit.faults import AuditError, Fault
from caio.audit.log import Log
from caio.audit.recorded import Recorded
from caio.audit.trail import SEALED
from caio.audit.vault import Vault
from caio.base.canonical import Json, canonical_bytes
from caio.base.instants import format_timestamp
from caio.ir.reader import quoted

FORMAT: Final = "caio-evidence/v1"
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_PUBLIC: Final = ("vocabulary", "landscape", "profile", "measurements", "certificate", "before")
"""Members of entries that are digests of documents in the vault."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Range:
    """Which entries are exported.

    Attributes:
        first: the earliest time, in microseconds since 1970.
        last: the latest time, included.
    """

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Exported:
    """What an evidence file holds.

    Attributes:
        entries: of the range.
        decisions: among them.
        redacted: decisions of which something was withheld.
        erased: decisions of which something was erased.
        size: of the tree that everything is proved against.
    """

    entries: int
    decisions: int
    redacted: int
    erased: int
    size: int


@dataclass
class _Gathered:
    """Members, as files in a folder, with their digests."""

    folder: Path
    digests: dict[str, str] = field(default_factory=dict)
    places: dict[str, Path] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    """Documents that are there already."""

    def add(self, name: str, parts: Iterable[bytes]) -> None:
        """A member from its parts."""
        state = hashlib.sha256()
        # Gathering one member may bring others, so that the place is taken first.
        path = self.places[name] = self.folder / str(len(self.places))
        with path.open("xb") as file:
            for part in parts:
                state.update(part)
                file.write(part)
        self.digests[name] = f"sha256:{state.hexdigest()}"

    def write(self, file: IO[bytes]) -> None:
        """All members in the order of their names."""
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted(self.places):
                head = zipfile.ZipInfo(name, _TIME)
                head.compress_type = zipfile.ZIP_DEFLATED
                head.external_attr = 0o644 << 16
                # With the size known before, the header in front of a member is the one that the directory repeats.
                head.file_size = self.places[name].stat().st_size
                with (
                    archive.open(head, "w") as out,
                    self.places[name].open("rb") as own,
                ):
                    while part := own.read(1 << 20):
                        out.write(part)


def export(
    log: Log,
    vault: Vault,
    target: str | os.PathLike[str],
    wanted: Range,
    *,
    checkpoint: Checkpoint,
    more: Mapping[str, bytes],
    withhold: Collection[str] = (),
    progress: Progress | None = None,
) -> Exported:
    """Write an evidence file.

    Args:
        log: whose entries are exported.
        vault: of the log.
        target: the file; it appears whole or not at all.
        wanted: which entries.
        checkpoint: that everything is proved against; entries beyond it are left out.
        more: members that do not depend on the range, such as ``caio-check.pyz``.
        withhold: names of sealed items that are not disclosed, such as ``caller``; whatever would tell them is withheld as well.
        progress: told how many entries are done, of how many.

    Raises:
        AuditError: ``log-…``, ``vault-…``: log or vault are not sound, or cannot be read; ``export``: the file cannot be written.
    """
    size = checkpoint.size
    start, stop = log.span(wanted.first, wanted.last)
    start, stop = min(start, size), min(stop, size)
    begin, end = max(start - 1, 0), min(stop + 1, size)
    place = Path(target)
    with (
        _failing(place),
        tempfile.TemporaryDirectory(prefix=".caio-export.", dir=place.parent) as name,
    ):
        gathered = _Gathered(Path(name))
        gather = _Gather(log, vault, gathered, closed(withhold), range(start, stop), progress)
        gathered.add("entries.jsonl", gather.lines(begin, end))
        left, right = log.prove_range(begin, end, size)
        gathered.add(
            "range.json", [canonical_bytes({"left": _hashes(left), "right": _hashes(right)})]
        )
        gathered.add("checkpoint", [checkpoint.data])
        gathered.add("keys.jsonl", _keys(log, size))
        gathered.add("disclosures.jsonl", gather.disclosed)
        gathered.add("erased.jsonl", gather.gone)
        for member, data in more.items():
            gathered.add(member, [data])
        manifest: dict[str, Json] = {
            "format": FORMAT,
            "origin": log.origin,
            "from": format_timestamp(wanted.first),
            "to": format_timestamp(wanted.last),
            "first": begin,
            "count": end - begin,
            "before": begin < start,
            "after": end > stop,
            "size": size,
            "decisions": gather.decisions,
            "redacted": gather.redacted,
            "erased": gather.erased,
            "files": dict(sorted(gathered.digests.items())),
            "tool": f"caio {caio.__version__}",
        }
        gathered.add("manifest.json", [canonical_bytes(manifest)])
        _put(gathered, place)
    return Exported(stop - start, gather.decisions, gather.redacted, gather.erased, size)


class _Gather:
    """Goes through the entries once, and collects what they name."""

    def __init__(
        self,
        log: Log,
        vault: Vault,
        gathered: _Gathered,
        withheld: frozenset[str],
        inside: range,
        progress: Progress | None,
    ) -> None:
        self._log, self._vault, self._gathered = log, vault, gathered
        self._withheld, self._inside, self._progress = withheld, inside, progress
        self.disclosed: list[bytes] = []
        self.gone: list[bytes] = []
        self.decisions = self.redacted = self.erased = 0

    def lines(self, begin: int, end: int) -> Iterator[bytes]:
        """The entries, a line each."""
        for number, entry in enumerate(self._log.entries(begin, end), 1):
            if entry.index in self._inside:
                self._collect(entry)
            yield entry.data + b"\n"
            if self._progress is not None and (number % 1000 == 0 or number == end - begin):
                self._progress(number, end - begin)

    def _collect(self, entry: Recorded) -> None:
        for name in _PUBLIC:
            if name in entry.digests:
                self._document(entry.digests[name])
        withheld, erased = self._items(entry)
        if entry.kind is Kind.DECISION:
            self.decisions += 1
            self.redacted += withheld
            self.erased += erased
            self._landscape(entry.digests["landscape"])

    def _items(self, entry: Recorded) -> tuple[bool, bool]:
        """Disclose the sealed items of an entry; whether any was withheld, and any erased."""
        withheld = erased = False
        for name in sorted(entry.digests):
            if name not in SEALED and name not in ("query", "report"):
                continue
            seal = entry.digests[name]
            kept = self._vault.find(seal)
            if kept is None:
                # Written before the entry, so that it was taken out by hand, or the vault is another one.
                raise AuditError(
                    Fault.VAULT_DAMAGED,
                    f"the vault lacks what entry {entry.index} names as `{name}`: restore the vault from a copy",
                )
            if kept.item is None:
                erased = True
                self.gone.append(_line({"index": entry.index, "name": name, "seal": seal}))
            elif name in self._withheld:
                withheld = True
            else:
                self.disclosed.append(_line({"index": entry.index, "item": kept.item.json()}))
                self._bytes(entry.index, name, kept.data)
        return withheld, erased

    def _bytes(self, index: int, name: str, data: bytes | None) -> None:
        if data is None:
            return
        if name == "evidence":
            self._gathered.add(f"decisions/{index}.json", [data])
            # The entry has one digest for all rules and constraints; the decision names each.
            for one in json.loads(data)["inputs"]["policy"]:
                self._document(one)
        elif name == "statement":
            self._gathered.add(f"attestations/{index}.json", [data])
        else:
            self._keep(hashlib.sha256(data).hexdigest(), data)

    def _landscape(self, digest: str) -> None:
        name = f"landscape of {digest}"
        if name in self._gathered.kept:
            return
        self._gathered.kept.add(name)
        data = self._document(digest)
        for entry in json.loads(data)["entries"]:
            for one in (entry["service"], *entry["overlays"], entry["state"]):
                if one is not None:
                    self._document(one)

    def _document(self, digest: str) -> bytes:
        data = self._vault.document(digest)
        if data is None:
            raise AuditError(
                Fault.VAULT_DAMAGED,
                f"the vault lacks the document {digest}: restore the vault from a copy",
            )
        self._keep(digest.removeprefix("sha256:"), data)
        return data

    def _keep(self, digits: str, data: bytes) -> None:
        if digits not in self._gathered.kept:
            self._gathered.kept.add(digits)
            self._gathered.add(f"documents/{digits}.json", [data])


def closed(withhold: Collection[str]) -> frozenset[str]:
    """What must be withheld so that nothing that is disclosed tells what was to be withheld.

    The request states its caller, what a node attested holds digests of the caller and of the facts, and the decision file and
    its attestation hold all of it.
    """
    found = {*withhold}
    if "caller" in found:
        found.add("request")
    if found & {"caller", "facts"}:
        found.add("attestation")
    if found & {"request", "facts", "attestation", "decision"}:
        found |= {"decision", "evidence", "statement"}
    return frozenset(found)


def _keys(log: Log, size: int) -> Iterator[bytes]:
    for entry in log.entries(0, size, kind=Kind.KEY):
        proof = _hashes(log.prove_inclusion(entry.index, size))
        yield _line({"entry": entry.data.decode(), "index": entry.index, "proof": proof})


def _hashes(found: Iterable[bytes]) -> list[Json]:
    return [base64.b64encode(one).decode() for one in found]


def _line(value: Json) -> bytes:
    return canonical_bytes(value) + b"\n"


def _put(gathered: _Gathered, place: Path) -> None:
    draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as file:
            gathered.write(file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


@contextmanager
def _failing(place: Path) -> Iterator[None]:
    """Turn errors of the file system into ones that say what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise AuditError(
            Fault.EXPORT, f"{quoted(str(place))} cannot be written: {reason}; name another place"
        ) from error
