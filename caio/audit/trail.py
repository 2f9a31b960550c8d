"""The trail: every decision in the log before anybody acts on it (INV-CAIO-0003, ``docs/spec/evidence-v1.md`` section 2).

A router that is given a trail returns no answer before the trail has recorded it: what the decision was about goes into the
vault, then its entry into the log, each on the disk when that is acknowledged. Where it cannot be recorded, nothing is
returned. With ``wait=False`` the answer leaves first, and whatever could not be recorded fails the next call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from caio.audit.commits import Receipt
from caio.audit.entries import Entry, Kind
from caio.audit.faults import AuditError, Fault
from caio.audit.log import Log
from caio.audit.sealing import Item
from caio.audit.vault import Vault
from caio.base.canonical import Json, canonical_bytes, digest_bytes
from caio.base.closing import Closing
from caio.certify.acceptance import Verdict
from caio.ir.encode import document_bytes, document_digest
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.obligations.contract import Contract
from caio.routing.decision import Checked
from caio.routing.files import DecisionFiles, decision_files

QUEUE: Final = 1_000
"""How many decisions may wait to be recorded; the next one waits for them."""

Attest = Callable[[bytes, Verdict], bytes]
"""Makes the attestation of a decision file that the checker has accepted so (section 4)."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A decision that the checker has accepted, as it is recorded.

    Attributes:
        question: what was asked.
        snapshot: what it was asked about.
        files: the decision's bytes.
        verdict: what the checker said of them.
    """

    question: Question
    snapshot: Snapshot
    files: DecisionFiles
    verdict: Verdict

    @staticmethod
    def of(checked: Checked) -> Accepted:
        """What an engine has made."""
        decision = checked.decision
        files = decision_files(decision)
        return Accepted(decision.question, decision.snapshot, files, checked.verdict)


class Trail(Closing):
    """Records decisions in a log and its vault. Threads share one.

    Args:
        log: takes the entries.
        vault: of the same log.
        attest: signs each decision, if anybody does.
        wait: whether an answer waits until it is on the disk.

    Raises:
        AuditError: ``vault-foreign``: the vault belongs to another log.
    """

    def __init__(
        self, log: Log, vault: Vault, *, attest: Attest | None = None, wait: bool = True
    ) -> None:
        if vault.origin != log.origin:
            raise AuditError(
                Fault.VAULT_FOREIGN,
                f"the vault is that of `{vault.origin}`, and the log is `{log.origin}`: name the two that belong together",
            )
        self._log, self._vault, self._attest = log, vault, attest
        self._later = None if wait else ThreadPoolExecutor(1, thread_name_prefix="caio-trail")
        self._room = threading.BoundedSemaphore(QUEUE)
        self._failed: BaseException | None = None

    def decided(self, checked: Checked) -> Receipt | None:
        """Record a decision; its receipt, or None where nobody waits for it.

        Raises:
            AuditError: it could not be recorded, or an earlier one could not that nobody had waited for.
        """
        if self._later is None:
            return self.record(Accepted.of(checked))
        self._raise_failure()
        # A bounded queue: what is decided faster than it is recorded waits in the end.
        self._room.acquire()
        try:
            done = self._later.submit(lambda: self.record(Accepted.of(checked)))
        except BaseException:
            self._room.release()
            raise
        done.add_done_callback(self._recorded)
        return None

    def record(self, accepted: Accepted) -> Receipt:
        """Record a decision now, whether answers wait or not; its receipt.

        Raises:
            AuditError: it could not be recorded.
        """
        record = _Record.of(accepted, self._attest)
        # All or none of a landscape is kept, so that whoever finds it finds everything that it names.
        shared = () if self._vault.holds(record.digests["landscape"]) else record.shared
        self._vault.keep((*record.documents, *shared), record.items)
        return self._log.append(Entry(Kind.DECISION, record.digests, record.details))

    def close(self) -> None:
        """Record what is waiting, and close log and vault.

        Raises:
            AuditError: something could not be recorded.
        """
        if self._later is not None:
            self._later.shutdown()
        self._log.close()
        self._vault.close()
        self._raise_failure()

    def _recorded(self, done: Future[Receipt]) -> None:
        self._room.release()
        failure = done.exception()
        if failure is not None:
            self._failed = failure

    def _raise_failure(self) -> None:
        failure = self._failed
        if failure is not None:
            raise failure


@dataclass
class _Record:
    """What is recorded of one decision."""

    shared: tuple[bytes, ...]
    """The documents of the landscape."""
    digests: dict[str, str]
    details: Mapping[str, Json]
    documents: list[bytes] = field(default_factory=list)
    items: list[tuple[Item, bytes | None]] = field(default_factory=list)

    @staticmethod
    def of(accepted: Accepted, attest: Attest | None) -> _Record:
        question, files = accepted.question, accepted.files
        body = files.body
        inputs = body["inputs"]
        if not isinstance(inputs, Mapping):
            raise TypeError("a decision without inputs")
        digests = {
            name: str(inputs[name])
            for name in ("vocabulary", "landscape", "profile", "measurements")
            if inputs[name] is not None
        }
        # What names a policy and a contract is kept as well, for questions to history.
        named = {"policy": canonical_bytes(inputs["policy"])}
        winner = _selected(accepted)
        if winner is not None:
            named["contract"] = canonical_bytes(winner.subject)
        digests |= {name: digest_bytes(data) for name, data in named.items()}
        details: dict[str, Json] = {
            "at": body["at"],
            "selected": body["selected"],
            "verdict": body["verdict"],
        }
        found = _Record(files.shared, digests, details)
        found.documents += [*named.values(), *map(document_bytes, question.lasting)]
        if question.measurements is not None:
            found.documents.append(document_bytes(question.measurements))
        found.seal("request", document_digest(question.request), document_bytes(question.request))
        for name, one in (("facts", question.facts), ("attestation", question.attestation)):
            if one is not None:
                found.seal(name, document_digest(one), document_bytes(one))
        found.seal("decision", body["decision_digest"])
        file = files.decision
        found.seal("evidence", digest_bytes(file), file)
        if attest is not None:
            statement = attest(file, accepted.verdict)
            found.seal("statement", digest_bytes(statement), statement)
        if question.request.caller is not None:
            found.seal("caller", question.request.caller)
        return found

    def seal(self, name: str, value: Json, data: bytes | None = None) -> None:
        """Name a value by its seal in the entry, and keep the item with the bytes that it leads to."""
        item = Item.of(name, value)
        self.digests[name] = item.seal
        self.items.append((item, data))


def _selected(accepted: Accepted) -> Contract | None:
    """The contract that the decision has selected."""
    chosen = accepted.files.body["selected"]
    if not isinstance(chosen, Mapping):
        return None
    # Candidates under different controls have one contract.
    for contract in accepted.snapshot.contracts:
        service = contract.service
        if (service.name, service.version) == (chosen["service"], chosen["version"]):
            return contract
    raise TypeError("a decision that selects what is not in its landscape")


SEALED: Final = (
    *("attestation", "caller", "decision", "evidence", "facts", "request", "statement"),
)
"""The members of a decision's entry that are seals, in order."""
