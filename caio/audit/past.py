"""Questions to history: was something never so, in any decision of a time (INV-CAIO-0003)?

A decision selects a service that is admitted for every request it is about. So if a service is never admitted where a condition
holds, under the policy that governed the decision, no decision for it under this policy ever was. History has few services and
few policies, however many decisions it has: each pair is proved once, for all requests, and every decision is covered by the
pair that its entry names. Where that cannot be proved, each decision is asked about by itself, with its own request and facts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from caio.audit.entries import Kind
from caio.audit.export import Range
from caio.audit.faults import AuditError, Fault
from caio.audit.log import Log
from caio.audit.recorded import Recorded
from caio.audit.vault import Vault
from caio.base.canonical import Json, canonical_bytes
from caio.base.instants import parse_instant
from caio.certify.asking import BUDGET, Answered, Asker
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.decode import decode_document
from caio.ir.encode import document_digest, formula_json
from caio.obligations.asked import Policy
from caio.obligations.contract import Contract
from caio.obligations.universal import never

BATCH: Final = 500
"""How many decisions are asked about by themselves at a time."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Pair:
    """A service with its overlays, and a policy: what decisions have in common.

    Attributes:
        contract: the digest of the entry of the landscape, as entries of the log have it.
        policy: the digest of the policy, likewise.
        indices: of the decisions.
    """

    contract: str
    policy: str
    indices: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Offence:
    """A decision for which the condition may have held.

    Attributes:
        index: of its entry.
        witness: the request, facts and promises at which it does.
    """

    index: int
    witness: Mapping[str, Fraction]


@dataclass(frozen=True)
class Past:
    """What is established about the decisions of a time.

    Attributes:
        claim: the property.
        start: the first entry of the range.
        stop: the one behind the last.
        decisions: how many there are in the range.
        selecting: how many of them selected a service.
        covered: pairs for which it holds, whatever the request was.
        alone: decisions for which it holds by themselves.
        offences: decisions for which it does not.
        open: decisions of which nothing is known: erased, undecided, or in another vocabulary.
        evidence: the certificates, each accepted by the checker, with the documents that they bring.
    """

    claim: d.Property
    start: int
    stop: int
    decisions: int
    selecting: int
    covered: tuple[Pair, ...]
    alone: tuple[int, ...]
    offences: tuple[Offence, ...]
    open: tuple[int, ...]
    evidence: tuple[tuple[Answered, tuple[d.Document, ...]], ...]
    documents: tuple[d.Document, ...]

    @property
    def holds(self) -> bool | None:
        """False if anything is shown against it, else None if anything is open, else True."""
        if self.offences:
            return False
        return None if self.open else True


def ask_past(
    log: Log,
    vault: Vault,
    claim: d.Property,
    vocabulary: d.Vocabulary,
    wanted: Range,
    prover: Prover,
    *,
    budget: int = BUDGET,
    progress: Progress | None = None,
) -> Past:
    """Whether a property of the form ``never`` held for every decision of a time.

    Args:
        log: where the decisions are recorded.
        vault: of the log.
        claim: the property.
        vocabulary: of the property; decisions in another one stay open.
        wanted: the time.
        prover: finds the proofs.
        budget: solver units per obligation.
        progress: told how many entries were read, of how many.

    Raises:
        AuditError: log or vault are not sound, or lack something.
        TypeError: the property is of another form.
        EvidenceError, SolverError: as ``Asker.ask``.
    """
    start, stop = log.span(wanted.first, wanted.last)
    reading = _Reading(document_digest(vocabulary))
    for number, entry in enumerate(log.entries(start, stop, kind=Kind.DECISION), 1):
        reading.take(entry)
        if progress is not None and number % 10_000 == 0:
            progress(entry.index - start, stop - start)
    library = _Library(vault, vocabulary)
    posed = [(pair, *library.pair(pair)) for pair in reading.pairs.values()]
    asker = Asker(vocabulary, [library.documents()], prover, budget=budget)
    covered: list[Pair] = []
    alone: list[int] = []
    offences: list[Offence] = []
    evidence: list[tuple[Answered, tuple[d.Document, ...]]] = []
    if posed:
        asked = [never(claim, contract, policy, asker.meaning) for _, contract, policy in posed]
        answered = asker.ask("history", asked, [claim])
        evidence.append((answered, (claim,)))
        held = {canonical_bytes(list(a.asked.key)): a.holds for a in answered.answers}
        for one, (pair, contract, policy) in zip(asked, posed, strict=True):
            if held[canonical_bytes(list(one.key))] is True:
                covered.append(pair)
                continue
            single = _Single(claim, contract, policy, library, asker)
            for batch in _batches(pair.indices):
                shown = single.ask(log, batch)
                alone += shown.alone
                offences += shown.offences
                reading.open += shown.open
                evidence += shown.evidence
    return Past(
        claim,
        start,
        stop,
        reading.decisions,
        reading.selecting,
        tuple(covered),
        tuple(sorted(alone)),
        tuple(sorted(offences, key=lambda one: one.index)),
        tuple(sorted(reading.open)),
        tuple(evidence),
        tuple(library.documents()),
    )


class _Reading:
    """Sorts the decisions by what they have in common."""

    def __init__(self, vocabulary: str) -> None:
        self._vocabulary = vocabulary
        self.pairs: dict[tuple[str, str], Pair] = {}
        self.open: list[int] = []
        self.decisions = self.selecting = 0

    def take(self, entry: Recorded) -> None:
        self.decisions += 1
        digests = entry.digests
        if "contract" not in digests:
            # Nothing was selected, so that nothing was admitted.
            return
        self.selecting += 1
        if digests["vocabulary"] != self._vocabulary:
            self.open.append(entry.index)
            return
        key = digests["contract"], digests["policy"]
        self.pairs.setdefault(key, Pair(*key)).indices.append(entry.index)


class _Library:
    """Documents from the vault, decoded once."""

    def __init__(self, vault: Vault, vocabulary: d.Vocabulary) -> None:
        self.vault, self.vocabulary = vault, vocabulary
        self._known = {document_digest(vocabulary): vocabulary}
        self._found: dict[str, d.Document] = {}

    def documents(self) -> list[d.Document]:
        """Everything that was looked up."""
        return [self.vocabulary, *self._found.values()]

    def pair(self, pair: Pair) -> tuple[Contract, Policy]:
        """The contract and the policy that a pair names."""
        subject = json.loads(self._bytes(pair.contract))
        service = self._document(subject["service"])
        overlays = [self._document(name) for name in subject["overlays"]]
        rules = [self._document(name) for name in json.loads(self._bytes(pair.policy))]
        if not isinstance(service, d.Service):
            raise AuditError(Fault.VAULT_DAMAGED, f"{subject['service']} is no service")
        return (
            Contract(service, tuple(one for one in overlays if isinstance(one, d.Overlay))),
            Policy.of([one for one in rules if isinstance(one, d.Rule | d.Constraint)]),
        )

    def _bytes(self, digest: str) -> bytes:
        data = self.vault.document(digest)
        if data is None:
            raise AuditError(
                Fault.VAULT_DAMAGED, f"the vault lacks {digest}: restore the vault from a copy"
            )
        return data

    def _document(self, digest: str) -> d.Document:
        if digest not in self._found:
            self._found[digest] = decode_document(json.loads(self._bytes(digest)), self._known)
        return self._found[digest]

    def sealed(self, seal: str) -> d.Document | None:
        """The document that a sealed item leads to; None if it was erased."""
        kept = self.vault.find(seal)
        if kept is None or kept.data is None:
            return None
        return decode_document(json.loads(kept.data), self._known)


@dataclass
class _Shown:
    """What is known of decisions that were asked about by themselves."""

    alone: list[int] = field(default_factory=list)
    offences: list[Offence] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    evidence: list[tuple[Answered, tuple[d.Document, ...]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Single:
    """Asks about decisions for one pair, each with its own request, facts and time."""

    claim: d.Property
    contract: Contract
    policy: Policy
    library: _Library
    asker: Asker

    def ask(self, log: Log, indices: Sequence[int]) -> _Shown:
        shown = _Shown()
        claims: dict[str, tuple[d.Property, list[int]]] = {}
        for index in indices:
            (entry,) = log.entries(index, index + 1)
            narrowed = self._narrowed(entry)
            if narrowed is None:
                shown.open.append(index)
            else:
                # Decisions about the same are asked about once, under the name of the first.
                text = str(canonical_bytes(_condition(narrowed)))
                claims.setdefault(text, (narrowed, []))[1].append(index)
        if not claims:
            return shown
        properties = [narrowed for narrowed, _ in claims.values()]
        asked = [never(one, self.contract, self.policy, self.asker.meaning) for one in properties]
        answered = self.asker.ask(f"history {min(indices)}", asked, properties)
        shown.evidence.append((answered, tuple(properties)))
        for answer, (_, mine) in zip(answered.answers, claims.values(), strict=True):
            if answer.holds is True:
                shown.alone += mine
            elif answer.holds is False:
                shown.offences += [Offence(index, answer.witness) for index in mine]
            else:
                shown.open += mine
        return shown

    def _narrowed(self, entry: Recorded) -> d.Property | None:
        """The property, said of what this decision was about alone."""
        request = self.library.sealed(entry.digests["request"])
        facts = self.library.sealed(entry.digests["facts"]) if "facts" in entry.digests else None
        missing = "facts" in entry.digests and facts is None
        if (
            not isinstance(request, d.Request)
            or missing
            or not isinstance(self.claim.claim, d.Never)
        ):
            return None
        known = facts.values if isinstance(facts, d.Facts) else ()
        at = parse_instant(str(entry.details["at"]))
        parts = (
            *request.given,
            *_stated(self.library.vocabulary, dict(known)),
            t.Compare(t.Comparison.EQ, t.Affine.of(Fraction(-at), {"env.at": Fraction(1)})),
            self.claim.claim.when,
        )
        name = f"{self.claim.name} of {entry.index}"[:256]
        return d.Property(self.claim.vocabulary, name, d.Never(t.And(parts)))


def _condition(claim: d.Property) -> Json:
    return formula_json(claim.claim.when) if isinstance(claim.claim, d.Never) else None


def _stated(vocabulary: d.Vocabulary, values: Mapping[str, d.Value]) -> Iterator[t.Formula]:
    """What facts say, as conditions; permissions that are not stated are not held (certificate-v1 section 8, H 2)."""
    for one in vocabulary.facts:
        variable = f"fact.{one.name}"
        value = values.get(one.name, () if one.role == "permissions" else None)
        if value is None:
            continue
        match one.type:
            case d.SetType(enum):
                held = value if isinstance(value, tuple) else ()
                for name in vocabulary.enum(enum).names():
                    has = t.Has(variable, name)
                    yield has if name in held else t.Not(has)
            case d.EnumType():
                yield t.In(variable, (str(value),))
            case d.BoolType():
                yield t.Is(variable) if value is True else t.Not(t.Is(variable))
            case _:
                if isinstance(value, Fraction):
                    term = t.Affine.of(-value, {variable: Fraction(1)})
                    yield t.Compare(t.Comparison.EQ, term)


def _batches(indices: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(indices), BATCH):
        yield indices[start : start + BATCH]
