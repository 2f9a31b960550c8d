"""Makes evidence files from the specification alone (evidence-v1): a small log, real decisions, and everything about them.

The product's exporter is another program. What an attacker would change is kept apart until the end, so that everything that
follows from it (digests, counts, proofs, even the log and its signature) can be made to fit.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import caio
from caio.audit.checkpoint import sign_checkpoint
from caio.audit.entries import Entry, Kind
from caio.audit.log import Log
from caio.base.canonical import canonical_bytes, digest, digest_bytes
from caio.routing.files import decision_files
from tests.audit.keys import ORIGIN, TestSigner
from tests.audit.oracle import mth, path

ONE, TWO = TestSigner("one"), TestSigner("two")
START = datetime(2026, 11, 22, tzinfo=UTC)
SECOND = 1_000_000
FROM = int(START.timestamp()) * SECOND
TO = FROM + 600 * SECOND
MARKET = Path(__file__).resolve().parents[1] / "cli" / "market"


def salt(index: int, name: str) -> str:
    return hashlib.sha256(f"{index} {name}".encode()).hexdigest()


def zipped(members: Mapping[str, bytes]) -> bytes:
    """An archive as evidence-v1 section 5 has it."""
    return packed(sorted(members.items()))


def packed(members: list[tuple[str, bytes]], **changes: Any) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in changes.items():
                setattr(info, key, value)
            archive.writestr(info, data)
    return file.getvalue()


def perfect(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The largest perfect subtrees of a range, found by trying."""
    while start < stop:
        size = max(2**k for k in range(20) if start % 2**k == 0 and start + 2**k <= stop)
        yield start, start + size
        start += size


def hashes(found: list[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in found]


def lines(rows: list[Any]) -> bytes:
    return b"".join(canonical_bytes(row) + b"\n" for row in rows)


@dataclass
class Case:
    """An evidence file before it is put together; a copy of it is what an attack begins with."""

    entries: list[bytes]
    """Of the whole log."""
    first: int
    count: int
    start: str = "2026-11-22T00:00:00Z"
    stop: str = "2026-11-22T00:10:00Z"
    before: bool = True
    after: bool = True
    items: dict[int, list[Any]] = field(default_factory=dict)
    erased: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)
    decisions: dict[int, bytes] = field(default_factory=dict)
    attestations: dict[int, bytes] = field(default_factory=dict)
    checkpoint: bytes | None = None
    """Signed anew over the entries unless it is given."""
    signers: tuple[TestSigner, ...] = (ONE,)
    members: dict[str, bytes | None] = field(default_factory=dict)
    """What stands in the place of members, which the manifest names as they are then."""
    manifest: dict[str, Any] = field(default_factory=dict)
    """What stands in the place of members of the manifest."""
    pack: Callable[[Mapping[str, bytes]], bytes] = zipped

    def copy(self) -> Case:
        return copy.deepcopy(self)

    @property
    def size(self) -> int:
        return len(self.entries)

    def entry(self, index: int) -> Any:
        return json.loads(self.entries[index])

    def rewrite(self, index: int, change: Callable[[Any], object]) -> None:
        """Change an entry in the log itself, as whoever holds the key can."""
        found = self.entry(index)
        change(found)
        self.entries[index] = canonical_bytes(found)
        self.checkpoint = None

    def item(self, index: int, name: str) -> Any:
        return next(one for one in self.items[index] if one[1] == name)

    def reseal(self, index: int, name: str, value: object) -> None:
        """Let an item say something else, and the entry as well."""
        one = self.item(index, name)
        one[2] = value
        self.rewrite(index, lambda e: e["content"]["digests"].update({name: digest(one)}))

    def redecide(self, index: int, data: bytes) -> None:
        """Put another decision file in the place of one, recorded as if it had been that."""
        self.decisions[index] = data
        self.reseal(index, "evidence", digest_bytes(data))

    def head(self) -> bytes:
        return self.checkpoint or signed(self.entries, self.signers)

    def whole(self) -> dict[str, bytes]:
        """The members, but for the manifest."""
        last = self.first + self.count
        sides = {"left": perfect(0, self.first), "right": perfect(last, self.size)}
        ranges: Any = {
            side: hashes([mth(self.entries[a:b]) for a, b in found])
            for side, found in sides.items()
        }
        keys = [i for i, one in enumerate(self.entries) if b'"kind":"key"' in one]
        found: dict[str, bytes | None] = {
            "checkpoint": self.head(),
            "entries.jsonl": b"".join(one + b"\n" for one in self.entries[self.first : last]),
            "range.json": canonical_bytes(ranges),
            "keys.jsonl": lines(
                [
                    {
                        "entry": self.entries[i].decode(),
                        "index": i,
                        "proof": hashes(path(i, self.entries)),
                    }
                    for i in keys
                ]
            ),
            "disclosures.jsonl": lines(
                [
                    {"index": i, "item": one}
                    for i, listed in sorted(self.items.items())
                    for one in sorted(listed, key=lambda item: str(item[1]))
                ]
            ),
            "erased.jsonl": lines(
                [
                    {"index": i, "name": name, "seal": seal}
                    for i, listed in sorted(self.erased.items())
                    for name, seal in sorted(listed)
                ]
            ),
            "report.html": b"<!doctype html><title>Evidence</title>",
        }
        for digits, data in self.documents.items():
            found[f"documents/{digits}.json"] = data
        for i, data in self.decisions.items():
            found[f"decisions/{i}.json"] = data
        for i, data in self.attestations.items():
            found[f"attestations/{i}.json"] = data
            beside = f"attestations/{i}.sigstore.json"
            found[beside] = None if beside in self.members else bundled(data)
        found |= self.members
        return {name: data for name, data in found.items() if data is not None}

    def build(self) -> bytes:
        members = self.whole()
        files = {name: digest_bytes(data) for name, data in members.items()}
        manifest = {
            "format": "caio-evidence/v1",
            "origin": ORIGIN,
            "tool": "caio 0.1.0",
            "from": self.start,
            "to": self.stop,
            "first": self.first,
            "count": self.count,
            "before": self.before,
            "after": self.after,
            "size": self.size,
            "files": files,
            **self.told(),
            **self.manifest,
        }
        return self.pack({"manifest.json": canonical_bytes(manifest), **members})

    def told(self) -> dict[str, int]:
        """The counts of the manifest, counted from what there is."""
        names = {"request", "facts", "attestation", "decision", "evidence", "statement", "caller"}
        found = {"decisions": 0, "redacted": 0, "erased": 0}
        for i in range(self.first + self.before, self.first + self.count - self.after):
            entry = self.entry(i)
            if entry["kind"] == "decision":
                gone = {name for name, _ in self.erased.get(i, ())}
                open_ = {item[1] for item in self.items.get(i, ())}
                found["decisions"] += 1
                found["redacted"] += bool(names & {*entry["content"]["digests"]} - open_ - gone)
                found["erased"] += bool(gone)
        return found


def signed(entries: list[bytes], signers: tuple[TestSigner, ...] = (ONE,)) -> bytes:
    return sign_checkpoint(ORIGIN, len(entries), mth(entries), signers).data


def make(folder: Path) -> Case:
    """A good file: four decisions among other entries, in a log with two keys."""
    times = iter([FROM - 3600 * SECOND, FROM - 60 * SECOND])
    now = [next(times)]
    log = Log.open(folder / "log", ONE, clock=lambda: now[0])
    found = Case([], 1, 0)
    now[0] = next(times)
    log.append(_discovery(found, 1, sealed=False))
    project = caio.load(MARKET)
    with log, caio.Router(project) as router:
        for index, asked in enumerate(("triage", "", "hopeless", "key", "triage", "run", "triage")):
            own, now[0] = index + 2, FROM + (index + 1) * SECOND
            if asked == "key":
                log.add_key(TWO)
            elif not asked:
                log.append(_discovery(found, own, sealed=True))
            elif asked == "run":
                log.append(_execution(found, own))
            else:
                given = {} if asked == "hopeless" else {"tokens": 1000 * own}
                answer = router.route(asked, given, facts="alice", at=now[0])
                log.append(_decision(found, own, answer, attested=own != 2))
        for index in range(9, 14):
            now[0] = TO + index * SECOND
            log.append(_discovery(found, index, sealed=False))
        found.count = 9
        found.checkpoint = log.checkpoint().data
        found.entries = [one.data for one in log.entries()]
    found.signers = (ONE, TWO)
    return found


def _discovery(case: Case, index: int, *, sealed: bool) -> Entry:
    digests = {name: digest(name) for name in ("vocabulary", "landscape")}
    if sealed:
        digests["query"] = _seal(case, index, "query", {"needs": ["chat"]})
    return Entry(Kind.DISCOVERY, digests, {"found": 6})


def _execution(case: Case, index: int) -> Entry:
    report = _seal(case, index, "report", digest("report"))
    same = digest(case.item(6, "decision"))
    details: Any = {"attempts": 1, "outcome": "ok", "service": "good/one", "version": "1.0"}
    return Entry(Kind.EXECUTION, {"decision": same, "report": report}, details)


def _decision(case: Case, index: int, answer: Any, *, attested: bool) -> Entry:
    files = decision_files(answer._decision)
    body: Any = json.loads(files.certificate)
    inputs = body["inputs"]
    digests = {name: inputs[name] for name in ("vocabulary", "landscape", "profile")}
    digests["policy"] = digest(sorted(inputs["policy"]))
    for name, value in {
        "request": inputs["request"],
        "facts": inputs["facts"],
        "decision": body["decision_digest"],
        "evidence": digest_bytes(files.decision),
        "caller": "Alice in accounts",
    }.items():
        digests[name] = _seal(case, index, name, value)
    if attested:
        case.attestations[index] = envelope(statement(body, files.decision))
        digests["statement"] = _seal(
            case, index, "statement", digest_bytes(case.attestations[index])
        )
    for data in files.every:
        case.documents[hashlib.sha256(data).hexdigest()] = data
    if body["selected"]:
        digests["contract"] = contract_of(case, inputs["landscape"], body["selected"]["service"])
    case.decisions[index] = files.decision
    return Entry(
        Kind.DECISION, digests, {name: body[name] for name in ("at", "selected", "verdict")}
    )


def contract_of(case: Case, landscape: str, service: str) -> str:
    for entry in json.loads(case.documents[landscape[7:]])["entries"]:
        if json.loads(case.documents[entry["service"][7:]])["name"] == service:
            return digest({"overlays": entry["overlays"], "service": entry["service"]})
    raise AssertionError(service)


def _seal(case: Case, index: int, name: str, value: Any) -> str:
    item = [salt(index, name), name, value]
    case.items.setdefault(index, []).append(item)
    return digest(item)


# --- attestations --------------------------------------------------------------------------------


def statement(body: Any, file: bytes) -> Any:
    inputs = body["inputs"]
    named = {name: body[f"{name}_digest"] for name in ("decision", "obligations", "trace")}
    names = ("landscape", "profile", "request", "vocabulary", "facts", "attestation")
    named |= {name: inputs[name] for name in names if inputs[name] is not None}
    predicate = {
        **{name: body[name] for name in ("at", "selected", "verdict")},
        "checker": {"name": "caio-checker", "version": "1"},
        "claims": [],
        "digests": named,
        "origin": ORIGIN,
        "policy": inputs["policy"],
        "solver": {"name": "z3", "version": "1"},
    }
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "decision.json", "digest": {"sha256": digest_bytes(file)[7:]}}],
        "predicateType": "urn:caio:attestation:decision:v1",
        "predicate": predicate,
    }


def envelope(content: Any, signer: TestSigner = ONE) -> bytes:
    payload = canonical_bytes(content)
    kind = "application/vnd.in-toto+json"
    signature = {
        "keyid": key_id(signer),
        "sig": base64.b64encode(signer.sign(encoded(kind, payload))).decode(),
    }
    body: Any = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": kind,
        "signatures": [signature],
    }
    return canonical_bytes(body)


def encoded(kind: str, payload: bytes) -> bytes:
    """The pre-authentication encoding of DSSE."""
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


def key_id(signer: TestSigner) -> str:
    public = signer.key.public_key()
    return hashlib.sha256(
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).hexdigest()


def bundled(data: bytes) -> bytes:
    inner = json.loads(data)
    hint = inner["signatures"][0]["keyid"] if inner.get("signatures") else ""
    return canonical_bytes(
        {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {"publicKey": {"hint": hint}, "tlogEntries": []},
            "dsseEnvelope": inner,
        }
    )
