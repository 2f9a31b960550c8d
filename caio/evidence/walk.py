"""Judges the entries of an evidence file one by one, in order, with what is disclosed and erased beside them.

Memory does not grow with the number of entries: each is looked at once, and only the digests of documents that the file really has
are remembered. An entry beside the range (a neighbour) shows where the range ends, and nothing else is asked of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .archive import Archive
from .attestations import Attestations
from .checkpoint import KeyEntry
from .decisions import Decision, Disclosed, Examiner
from .entries import MAX_LINE, Entry, is_digest, read_time, records
from .library import document_member, unnamed
from .manifest import Manifest
from .report import Claims, Flaw
from .seals import SEALED, opened


class Beside:
    """Records with indices, in order, to be taken together with the entries that they are about."""

    def __init__(self, found: Iterator[dict[str, Any]]) -> None:
        self._rest = found
        self._next = next(found, None)

    def until(self, index: int | None) -> Iterator[dict[str, Any]]:
        """The records up to this index, or all that are left."""
        while self._next is not None and (index is None or self._next["index"] <= index):
            yield self._next
            self._next = next(self._rest, None)


class Walk:
    """The judgement of entries.

    Args:
        claims: where it is counted.
        archive: the file.
        manifest: of the file.
        keys: the entries of kind ``key`` that are proved to be in the tree.
        examiner: judges decisions.
        attestations: judges attestations.
        max_skew: how far the time of a decision and that of its entry may be apart, in microseconds.

    Attributes:
        counts: decisions, redacted and erased ones within the range.
    """

    def __init__(
        self,
        claims: Claims,
        archive: Archive,
        manifest: Manifest,
        *,
        keys: Sequence[KeyEntry],
        examiner: Examiner,
        attestations: Attestations,
        max_skew: int,
    ) -> None:
        self._claims, self._archive, self._manifest = claims, archive, manifest
        self._examiner, self._attestations, self._max_skew = examiner, attestations, max_skew
        self._keys = {one.index: one.data for one in keys}
        self._disclosed = Beside(self._records("disclosures.jsonl", "index item"))
        self._erased = Beside(self._records("erased.jsonl", "index name seal"))
        self._time = 0
        self._named, self._used = set[str](), set[str]()
        self.counts = {"decisions": 0, "redacted": 0, "erased": 0}

    def take(self, index: int, entry: Entry, data: bytes) -> None:
        """Judge the next entry."""
        is_neighbour = self._place(index, entry.time)
        self._name(entry.digests.values())
        if entry.kind == "key" and self._keys.get(index) != data:
            text = "keys.jsonl leaves out an entry of a key, or has another one at its place"
            self._claims.fail("inclusion", "key-missing", text, index)
        disclosed = self._open(index, entry, is_neighbour=is_neighbour)
        if entry.kind == "decision" and not is_neighbour:
            self._decision(index, entry, disclosed)

    def finish(self, stop: int) -> None:
        """Judge what is left when there are no more entries; ``stop`` is the index behind the last one."""
        for beside in (self._disclosed, self._erased):
            for one in beside.until(None):
                self._astray(one["index"])
        if stop != self._manifest.first + self._manifest.count:
            self._count("count", stop - self._manifest.first, self._manifest.count)
        for name, told in self._manifest.told.items():
            if self.counts[name] != told:
                self._count(name, self.counts[name], told)
        names = self._archive.members
        loose = {one for one in names if one.startswith(("decisions/", "attestations/"))}
        for name in (*sorted(loose - self._used), *unnamed(self._archive, self._all_named())):
            self._claims.fail("form", "member-extra", f"nothing in the range leads to `{name}`")

    # --- the range -------------------------------------------------------------------------------

    def _place(self, index: int, time: int) -> bool:
        """Judge the time of an entry by its place; whether it is a neighbour of the range."""
        own = self._manifest
        is_before = own.before and index == own.first
        is_after = own.after and index == own.first + own.count - 1
        with self._claims.judging("completeness", index):
            if time < self._time:
                raise Flaw("time-order", "it is dated before the entry in front of it")
            if is_before and time >= own.start:
                raise Flaw("neighbour", "the entry before the range is within it by its time")
            if is_after and time <= own.stop:
                raise Flaw("neighbour", "the entry behind the range is within it by its time")
            if not is_before and not is_after and not own.start <= time <= own.stop:
                raise Flaw("range", "it is outside of the range by its time, and no neighbour")
        self._time = max(time, self._time)
        return is_before or is_after

    # --- what is disclosed -----------------------------------------------------------------------

    def _open(self, index: int, entry: Entry, *, is_neighbour: bool) -> Disclosed:
        """What is disclosed and erased of the seals of an entry, each found to be of it."""
        items, erased = dict[str, object](), set[str]()
        for one in self._disclosed.until(index):
            if one["index"] != index or is_neighbour:
                self._astray(one["index"])
                continue
            with self._claims.noting("evidence", index):
                name, value = opened(entry.kind, entry.digests, one["item"])
                if items and name <= max(items):
                    raise Flaw("record-order", "items are not in order of their names, each once")
                items[name] = value
        for one in self._erased.until(index):
            if one["index"] != index or is_neighbour:
                self._astray(one["index"])
                continue
            with self._claims.noting("evidence", index):
                name = one["name"] if isinstance(one["name"], str) else ""
                if name not in SEALED.get(entry.kind, ()) or entry.digests.get(name) != one["seal"]:
                    raise Flaw("erasure", "erased.jsonl names a seal that the entry does not have")
                if name in items or name in erased:
                    raise Flaw("erasure", f"the erased item `{name}` is disclosed, or named twice")
                erased.add(name)
        self._name(items.values())
        return Disclosed(items, frozenset(erased))

    def _decision(self, index: int, entry: Entry, disclosed: Disclosed) -> None:
        names = SEALED["decision"] & entry.digests.keys()
        self.counts["decisions"] += 1
        self.counts["redacted"] += bool(names - disclosed.items.keys() - disclosed.erased)
        self.counts["erased"] += bool(disclosed.erased)
        with self._claims.judging("time", index):
            self._check_time(entry)
        decision: Decision | None = None
        if "evidence" in disclosed.items:
            self._used.add(f"decisions/{index}.json")
        with self._claims.judging("evidence", index):
            decision = self._examiner.examine(index, entry, disclosed)
        if "statement" not in names:
            return
        if "statement" in disclosed.items:
            self._used |= {f"attestations/{index}{end}" for end in (".json", ".sigstore.json")}
        with self._claims.judging("attestations", index):
            self._attestations.examine(index, entry, disclosed, decision)

    def _check_time(self, entry: Entry) -> None:
        ahead = read_time(entry.details.get("at")) - entry.time
        if abs(ahead) > self._max_skew:
            code, word = ("postdated", "after") if ahead > 0 else ("backdated", "before")
            seconds = abs(ahead) // 1_000_000
            text = f"the decision is dated {seconds:,} s {word} the time at which it was recorded"
            raise Flaw(code, text)

    # --- what is left ----------------------------------------------------------------------------

    def _all_named(self) -> set[str]:
        return self._named | self._examiner.named

    def _name(self, values: Iterable[object]) -> None:
        members = self._archive.members
        self._named |= {v for v in values if is_digest(v) and document_member(v) in members}

    def _astray(self, index: int) -> None:
        text = "an item is disclosed or erased of an entry that is not within the range"
        self._claims.fail("evidence", "disclosure-astray", text, index)

    def _count(self, name: str, seen: int, told: int) -> None:
        self._claims.fail("form", "count", f"{name}: the manifest says {told}, there are {seen}")

    def _records(self, name: str, members: str) -> Iterator[dict[str, Any]]:
        return records(self._archive.lines(name, MAX_LINE), members, name)
