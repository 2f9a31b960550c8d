"""Verification of an evidence file, claim by claim, in one pass over its entries (evidence-v1 section 6).

Nothing that the file says of itself counts: each count, time, digest and hash is found again, and compared.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from caio.checker import BUDGET

from .archive import Archive
from .attestations import Attestations
from .checkpoint import Head, KeyEntry, Signatures, read_head
from .decisions import Examiner
from .entries import (
    MAX_ENTRY,
    MAX_LINE,
    read_canonical,
    read_entry,
    read_hashes,
    record,
    records,
)
from .manifest import Manifest, compare, read_manifest
from .report import Claims, Flaw, Report, Unestablished
from .tree import Tree, check_consistency, check_inclusion, leaf_hash
from .walk import Walk

CLAIMS: Final = (
    *("form", "signature", "inclusion", "completeness"),
    *("attestations", "evidence", "time", "consistency"),
)
"""The claims of section 6, in order; ``consistency`` is there only if an older checkpoint is given."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a verifier wants.

    Attributes:
        max_skew: how far the time of a decision and that of its entry may be apart, in microseconds.
        older: a checkpoint of the same log that was kept from earlier, which the tree must contain.
        budget: units of work of the checker for each decision.
    """

    max_skew: int = 5 * 60 * 1_000_000
    older: bytes | None = None
    budget: int = BUDGET


def verify(
    archive: Path | bytes | BinaryIO,
    *,
    policy: Policy | None = None,
    signatures: Signatures | None = None,
) -> Report:
    """What an evidence file establishes.

    Args:
        archive: the file, its bytes, or the file opened for reading.
        policy: what is wanted of it.
        signatures: what verifies signatures; without it they are not checked, and no file is verified as a whole.

    Raises:
        OSError: the file cannot be read.
    """
    if isinstance(archive, Path):
        with archive.open("rb") as file:
            return verify(file, policy=policy, signatures=signatures)
    own = policy or Policy()
    found = _Verification(own, signatures)
    try:
        found.run(io.BytesIO(archive) if isinstance(archive, bytes) else archive)
    except Flaw as flaw:
        found.claims.broken("form", flaw)
    return Report(found.claims.done(), signatures is not None, found.about)


class _Verification:
    def __init__(self, policy: Policy, signatures: Signatures | None) -> None:
        self._policy, self._signatures = policy, signatures
        self.claims = Claims(CLAIMS[: None if policy.older is not None else -1])
        self.about: dict[str, object] = {}
        self._older_root: bytes | None = None

    def run(self, file: BinaryIO) -> None:
        """Judge the file.

        Raises:
            Flaw: it cannot be read on.
        """
        archive = Archive(file)
        manifest = read_manifest(archive)
        self.about = {name: one for name, one in manifest.raw.items() if name != "files"}
        form = self.claims["form"]
        form.text = f"{len(archive.members):,} members"
        for flaw in compare(archive, manifest):
            form.passed() if flaw is None else form.note(flaw)
        note = archive.read("checkpoint")
        head = read_head(note)
        if (head.origin, head.size) != (manifest.origin, manifest.size):
            self.claims.fail("form", "checkpoint", "the checkpoint is of another log or size")
        keys, are_shown = self._read_keys(archive, head)
        self._judge_entries(archive, manifest, head, keys if are_shown else None)
        self._judge_signature(note, keys if are_shown else None)
        if self._policy.older is not None:
            self.claims["consistency"].text = "the older checkpoint"
            with self.claims.judging("consistency"):
                self._compare_older(archive, head, read_head(self._policy.older))

    def _read_keys(self, archive: Archive, head: Head) -> tuple[list[KeyEntry], bool]:
        """The entries of keys that are proved to be in the tree, and whether those are all that the file has."""
        found, good = list[KeyEntry](), True
        lines = archive.lines("keys.jsonl", MAX_LINE)
        for one in records(lines, "entry index proof", "keys.jsonl"):
            index, text = one["index"], one["entry"]
            try:
                data = text.encode() if isinstance(text, str) else b""
                if read_entry(data).kind != "key" or (found and found[-1].index == index):
                    raise Flaw("key-proof", "it is not of kind `key`, or there twice")
                proof = read_hashes(one["proof"], "a proof of keys.jsonl")
                check_inclusion(leaf_hash(data), index, head.size, proof, head.root)
                found.append(KeyEntry(index, data))
            except Flaw as flaw:
                self.claims.fail("inclusion", "key-proof", f"the entry of a key: {flaw}", index)
                good = False
        if not found or found[0].index:
            self.claims.fail("inclusion", "key-missing", "keys.jsonl does not begin with entry 0")
            good = False
        return found, good

    def _judge_entries(
        self, archive: Archive, manifest: Manifest, head: Head, keys: Sequence[KeyEntry] | None
    ) -> None:
        attestations = Attestations(archive, manifest.origin, self._signatures, keys)
        walk = Walk(
            self.claims,
            archive,
            manifest,
            keys=keys or (),
            examiner=Examiner(archive, self._policy.budget),
            attestations=attestations,
            max_skew=self._policy.max_skew,
        )
        if not manifest.before and manifest.first:
            self.claims.fail("completeness", "neighbour", "no entry before the range is given")
        if not manifest.after and manifest.first + manifest.count != manifest.size:
            self.claims.fail("completeness", "neighbour", "no entry behind the range is given")
        tree, index = Tree(), manifest.first
        where = record(read_canonical(archive.read("range.json"), "range.json"), "left right", "it")
        left, right = (read_hashes(where[side], "range.json") for side in ("left", "right"))
        with self.claims.noting("inclusion"):
            tree.fill(manifest.first, left)
        wanted = self._older_size()
        for line in archive.lines("entries.jsonl", MAX_ENTRY):
            # The entries continue the tree: on the way it is, at its size, the one of an older checkpoint.
            if tree.size == wanted:
                self._older_root = tree.root()
            tree.add(leaf_hash(line))
            walk.take(index, read_entry(line), line)
            index += 1
        if tree.size == wanted:
            self._older_root = tree.root()
        walk.finish(index)
        with self.claims.noting("inclusion"):
            tree.fill(head.size, right)
            if (tree.size, tree.root()) != (head.size, head.root):
                raise Flaw("proof-root", "the entries do not lead to the root of the checkpoint")
            self.claims["inclusion"].passed(index - manifest.first)
        self._tell(manifest, walk, index - manifest.first)

    def _tell(self, manifest: Manifest, walk: Walk, count: int) -> None:
        claims, end = self.claims, "" if manifest.after else ", up to the end of the tree"
        claims["inclusion"].text = f"{count:,} entries in the tree of {manifest.size:,}"
        claims["completeness"].text = f"{manifest.raw['from']} to {manifest.raw['to']}{end}"
        claims["evidence"].text = claims["time"].text = f"{walk.counts['decisions']:,} decisions"
        attested = claims["attestations"]
        attested.text = f"{attested.ok + attested.failed + attested.open:,} attested decisions"
        if claims["inclusion"].failed:
            why = "the entries are not shown to be those of the log"
            claims["completeness"].note(Unestablished("inclusion", why))

    def _judge_signature(self, note: bytes, keys: Sequence[KeyEntry] | None) -> None:
        self.claims["signature"].text = "the checkpoint"
        with self.claims.judging("signature"):
            if self._signatures is None:
                raise Unestablished("signatures-not-checked", "signatures: not checked")
            if keys is None:
                raise Unestablished("keys", "the keys are not shown to be those of the log")
            self._signatures.checkpoint(note, keys)

    def _older_size(self) -> int | None:
        try:
            return read_head(self._policy.older).size if self._policy.older else None
        except Flaw:
            return None

    def _compare_older(self, archive: Archive, head: Head, older: Head) -> None:
        """Establish that the tree contains the one of an older checkpoint.

        Raises:
            Flaw: it does not.
            Unestablished: it is not shown.
        """
        if older.origin != head.origin:
            raise Flaw("another-log", "the older checkpoint is that of another log")
        if older.size > head.size:
            text = f"the older checkpoint has {older.size} entries, and this tree {head.size}"
            raise Flaw("rolled-back", text)
        if older.size == 0:
            raise Unestablished("no-proof", "every log contains the empty tree: nothing is shown")
        if self.claims["inclusion"].failed:
            raise Unestablished("inclusion", "the entries are not shown to be those of the log")
        root = head.root if older.size == head.size else self._older_root
        if root is not None and root != older.root:
            raise Flaw("split-view", f"the tree of {older.size} entries was another one then")
        if root is None:
            self._prove_older(archive, head, older)

    def _prove_older(self, archive: Archive, head: Head, older: Head) -> None:
        proofs = dict[int, object]()
        if "consistency.jsonl" in archive.members:
            lines = archive.lines("consistency.jsonl", MAX_LINE)
            found = (
                record(read_canonical(line, "consistency.jsonl"), "proof size", "a proof")
                for line in lines
            )
            proofs = {one["size"]: one["proof"] for one in found if type(one["size"]) is int}
        if older.size not in proofs:
            text = f"ask the log for a proof of consistency from {older.size} to {head.size}"
            raise Unestablished("no-proof", text)
        proof = read_hashes(proofs[older.size], "a proof of consistency.jsonl")
        try:
            check_consistency(older.size, older.root, head.size, head.root, proof)
        except Flaw as flaw:
            raise Flaw("split-view", str(flaw)) from None
