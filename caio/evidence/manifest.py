"""The manifest of an evidence file, and that the members are those it names (evidence-v1 sections 5 and 6.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from .archive import Archive
from .entries import is_digest, read_canonical, read_time, record
from .report import Flaw
from .tree import MAX_SIZE

NAME: Final = "manifest.json"
REQUIRED: Final = frozenset(
    ["checkpoint", "entries.jsonl", "range.json", "keys.jsonl", "disclosures.jsonl", "erased.jsonl"]
)
_OTHER: Final = frozenset(("consistency.jsonl", "caio-check.pyz", "report.html", NAME))
_NAMED: Final = re.compile(
    r"documents/[0-9a-f]{64}\.json"
    r"|decisions/(0|[1-9][0-9]{0,18})\.json"
    r"|attestations/(0|[1-9][0-9]{0,18})(\.sigstore)?\.json"
)
_MEMBERS: Final = (
    "format origin from to first count before after size decisions redacted erased files tool"
)
_COUNTS: Final = ("first", "count", "size", "decisions", "redacted", "erased")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a file says of itself.

    Attributes:
        origin: the name of the log.
        start: the time from which entries are in the range, in microseconds since 1970.
        stop: the time up to which they are, included.
        first: the index of the first entry.
        count: how many entries there are, neighbours included.
        before: whether the first one is the neighbour before the range.
        after: whether the last one is the neighbour behind it.
        size: of the tree of the checkpoint.
        told: decisions, redacted and erased ones, as counted by whoever made the file.
        files: digests by the names of members.
        raw: the whole manifest.
    """

    origin: str
    start: int
    stop: int
    first: int
    count: int
    before: bool
    after: bool
    size: int
    told: dict[str, int]
    files: dict[str, str]
    raw: dict[str, Any]


def read_manifest(archive: Archive) -> Manifest:
    """The manifest of an archive.

    Raises:
        Flaw: ``member-missing``, ``json``, ``canonical``, ``shape``, ``time-form``, ``manifest``.
    """
    raw = record(read_canonical(archive.read(NAME), NAME), _MEMBERS, NAME)
    counts = [raw[name] for name in _COUNTS]
    if raw["format"] != "caio-evidence/v1" or not all(type(one) is int for one in counts):
        raise Flaw("manifest", "the manifest has another format, or a count that is none")
    flags, texts = (raw["before"], raw["after"]), (raw["origin"], raw["tool"])
    if not all(type(one) is bool for one in flags) or not all(type(one) is str for one in texts):
        raise Flaw("manifest", "`before` and `after` are truth values, `origin` and `tool` texts")
    files, start, stop = raw["files"], read_time(raw["from"]), read_time(raw["to"])
    if not isinstance(files, dict) or not all(map(is_digest, files.values())):
        raise Flaw("manifest", "`files` names digests of members")
    first, count, size = counts[:3]
    if min(counts) < 0 or count < max(1, sum(flags)) or first + count > size or size > MAX_SIZE:
        raise Flaw("manifest", "the entries from `first` on are not within the tree of `size`")
    if start > stop:
        raise Flaw("manifest", "`from` is later than `to`")
    told = {name: raw[name] for name in ("decisions", "redacted", "erased")}
    return Manifest(
        raw["origin"], start, stop, first, count, *flags, size=size, told=told, files=files, raw=raw
    )


def compare(archive: Archive, manifest: Manifest) -> Iterator[Flaw | None]:
    """Member by member, whether it is one that the manifest names with this digest, and may be there: None, or what is wrong."""
    there = archive.members.keys() - {NAME}
    for name in sorted(REQUIRED - there | manifest.files.keys() - there):
        yield Flaw("member-missing", f"there is no `{name}`")
    for name in sorted(there):
        yield _compare(archive, manifest, name)


def _compare(archive: Archive, manifest: Manifest, name: str) -> Flaw | None:
    if name not in manifest.files:
        return Flaw("member-extra", f"the manifest does not name `{name}`")
    if name not in REQUIRED | _OTHER and not _NAMED.fullmatch(name):
        return Flaw("member-extra", f"`{name}` has no place in an evidence file")
    try:
        found = archive.digest(name)
    except Flaw as flaw:
        return flaw
    if found != manifest.files[name]:
        return Flaw("member-digest", f"`{name}` has another digest than the manifest states")
    if name.startswith("documents/") and found[7:] != name[10:74]:
        return Flaw("document-digest", f"`{name}` is another document than its name says")
    return None
