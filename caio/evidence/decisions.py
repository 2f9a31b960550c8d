"""The evidence of a decision: from the seals of its entry to the verdict of the checker (evidence-v1 section 6.6).

The items that are disclosed open the seals of the entry; the decision file has the digest that its item states; what the entry says
of inputs, verdict, selection and time is what the decision says; and the checker accepts the decision on the documents that
it names. The documents that a decision file carries count for nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from caio.checker import Rejection, check
from caio.checker.reader import canonical, digest

from .archive import Archive
from .entries import Entry, is_digest, read_json
from .library import Library
from .report import Flaw, Unestablished

_INPUTS: Final = frozenset(
    [
        "vocabulary",
        "landscape",
        "request",
        "profile",
        "facts",
        "attestation",
        "measurements",
        "policy",
        "at",
        "seed",
    ]
)
_ALWAYS: Final = frozenset(
    ["vocabulary", "landscape", "profile", "policy", "request", "decision", "evidence"]
)
_SOMETIMES: Final = frozenset(
    ["measurements", "contract", "facts", "attestation", "statement", "caller"]
)
_NEEDED: Final = ("request", "facts", "attestation", "decision", "evidence")


class Disclosed(NamedTuple):
    """What is known of the seals of an entry.

    Attributes:
        items: values by name, of items that open their seals.
        erased: the names of those whose salts were destroyed.
    """

    items: Mapping[str, object]
    erased: frozenset[str]

    def demand(self, digests: Mapping[str, str], names: tuple[str, ...]) -> None:
        """Refuse to go on without these items, as far as the entry has their seals.

        Raises:
            Unestablished: ``erased`` or ``redacted``.
        """
        wanted = [name for name in names if name in digests and name not in self.items]
        if gone := [name for name in wanted if name in self.erased]:
            raise Unestablished("erased", f"inclusion ok, evidence erased: {', '.join(gone)}")
        if wanted:
            raise Unestablished("redacted", f"not disclosed: {', '.join(wanted)}")


class Decision(NamedTuple):
    """A decision whose evidence was accepted: the digest of its file, and what is in it."""

    file: str
    raw: Mapping[str, Any]


class Examiner:
    """Judges the decisions of an archive.

    Args:
        archive: whose structure was examined.
        budget: units of work of the checker for each decision (certificate-v1 section 10).

    Attributes:
        named: the digests that the inputs of the decisions name.
    """

    def __init__(self, archive: Archive, budget: int) -> None:
        self._archive, self._budget = archive, budget
        self._library = Library(archive)
        self.named = set[str]()

    def examine(self, index: int, entry: Entry, disclosed: Disclosed) -> Decision:
        """The decision of an entry, if its evidence is right.

        Raises:
            Flaw: what is not.
            Unestablished: an item is not disclosed, or erased.
        """
        check_form(entry)
        disclosed.demand(entry.digests, _NEEDED)
        data, file = self._file(index, disclosed)
        raw = read_json(data, f"decisions/{index}.json")
        if not isinstance(raw, dict) or not isinstance(raw.get("inputs"), dict):
            raise Flaw("decision", "the decision file holds no decision")
        _agree(entry, disclosed.items, raw)
        inputs = raw["inputs"]
        self.named |= {*inputs["policy"], *filter(is_digest, inputs.values())}
        try:
            verdict = check(self._library.documents(inputs), data, budget=self._budget)
        except Rejection as rejection:
            raise Flaw("checker", f"the checker rejects the decision: {rejection}") from None
        if verdict.kind != "decision":
            raise Flaw(
                "decision", f"the decision file holds evidence of another kind: {verdict.kind}"
            )
        selected = raw["selected"]
        if selected is not None:
            contracts = self._library.world(inputs["landscape"]).contracts
            _same("contract", entry.digests["contract"], contracts[selected["service"]])
        return Decision(file, raw)

    def _file(self, index: int, disclosed: Disclosed) -> tuple[bytes, str]:
        member = f"decisions/{index}.json"
        if member not in self._archive.members:
            raise Flaw("decision-missing", f"there is no `{member}`, and its digest is disclosed")
        data = self._archive.read(member)
        found = "sha256:" + hashlib.sha256(data).hexdigest()
        if found != disclosed.items["evidence"]:
            raise Flaw("decision-digest", f"`{member}` has another digest than was recorded")
        return data, found


def check_form(entry: Entry) -> None:
    """Refuse an entry of kind ``decision`` that has not the members of section 2.

    Raises:
        Flaw: ``entry-members``.
    """
    names, details = entry.digests.keys(), entry.details
    if not names >= _ALWAYS or names - _ALWAYS - _SOMETIMES:
        raise Flaw("entry-members", "the entry of a decision has other digests than it must")
    if details.keys() != {"at", "selected", "verdict"}:
        raise Flaw("entry-members", "the entry of a decision has other details than it must")
    if (details["selected"] is None) == ("contract" in names):
        raise Flaw("entry-members", "the entry names a contract iff a service is selected")


def _agree(entry: Entry, items: Mapping[str, object], raw: dict[str, Any]) -> None:
    """Refuse a decision of which the entry or its items say something else."""
    inputs, policy = raw["inputs"], raw["inputs"].get("policy")
    listed = isinstance(policy, list) and all(map(is_digest, policy))
    if inputs.keys() != _INPUTS or not listed:
        raise Flaw("decision", "the inputs of the decision are not those of certificate-v1")
    for name in ("vocabulary", "landscape", "profile"):
        _same(name, entry.digests[name], inputs[name])
    _same("measurements", entry.digests.get("measurements"), inputs["measurements"])
    _same("policy", entry.digests["policy"], digest(sorted(policy)))
    for name in ("request", "facts", "attestation"):
        _same(name, items.get(name), inputs[name])
        if inputs[name] is not None and not is_digest(inputs[name]):
            raise Flaw("decision", f"the decision's {name} is no digest")
    _same("decision", items["decision"], raw.get("decision_digest"))
    for name in ("at", "selected", "verdict"):
        _same(name, entry.details[name], raw.get(name, {}))


def _same(name: str, entered: object, seen: object) -> None:
    # Canonical texts: of two values that Python takes for equal, one may be `true` and the other 1.
    if canonical(entered) != canonical(seen):
        raise Flaw(
            "entry-differs",
            f"{name}: the entry says {canonical(entered)[:100]}, the decision {canonical(seen)[:100]}",
        )
