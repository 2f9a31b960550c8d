"""A good case: documents and a certificate that the checker accepts, as plain JSON.

Sealing recomputes every digest after documents or a certificate have been changed, so that what is
then wrong is wrong in substance. It is written from the specification and shares no code with the
product or the checker.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from caio import checker

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "spec" / "vectors" / "tampered"
CASES = FOLDER / "cases"

SUBJECTS = ("rule", "invariant", "safety", "policy", "traits")
"""What the keys of obligations of a policy begin with, in their order."""

Json = Any
"""Whatever JSON can hold: here it is only taken apart and put together."""


def canonical(value: Json) -> bytes:
    """Canonical JSON; the keys of good cases are in the basic plane, where the orders agree."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def digest(value: Json) -> str:
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()


@dataclass(frozen=True)
class Case:
    """A name, a document set in the order of its file, and a certificate about it."""

    name: str
    documents: tuple[Json, ...]
    certificate: Json

    @property
    def document_bytes(self) -> bytes:
        return document_set(self.documents)

    @property
    def certificate_bytes(self) -> bytes:
        return canonical(self.certificate)

    @property
    def is_decision(self) -> bool:
        return bool(self.certificate["format"] == "caio-decision/v1")

    def place(self, kind: str, name: str | None = None) -> int:
        """Where the document of a kind and, if there are several, of a name is."""
        return next(
            index
            for index, document in enumerate(self.documents)
            if document["kind"] == kind
            and name in (None, document.get("name", document.get("service")))
        )

    def write(self, folder: Path = CASES) -> None:
        (folder / f"{self.name}.documents.json").write_bytes(self.document_bytes + b"\n")
        (folder / f"{self.name}.certificate.json").write_bytes(self.certificate_bytes + b"\n")


def document_set(documents: Json) -> bytes:
    return canonical({"format": "caio-documents/v1", "documents": list(documents)})


def read_case(name: str, folder: Path = CASES) -> Case:
    documents = json.loads((folder / f"{name}.documents.json").read_bytes())["documents"]
    certificate = json.loads((folder / f"{name}.certificate.json").read_bytes())
    return Case(name, tuple(documents), certificate)


def stored_cases() -> list[Case]:
    """All cases of the repository, by name."""
    names = {path.name.partition(".")[0] for path in CASES.glob("*.documents.json")}
    return [read_case(name) for name in sorted(names)]


def judge(documents: bytes, certificate: bytes) -> str:
    """What the checker says: `accepted`, or the code of its rejection; anything else is raised."""
    try:
        checker.check(_load(documents), certificate)
    except checker.Rejection as rejection:
        return str(rejection.code)
    return "accepted"


@lru_cache(maxsize=16)
def _load(documents: bytes) -> checker.Documents:
    return checker.load(documents)


def seal(old: tuple[Json, ...], new: tuple[Json, ...], certificate: Json) -> Case:
    """Rename documents that were changed in place, everywhere, and recompute all digests.

    The vocabulary is renamed first, then what refers to it, then the landscape and what was attested, then the
    certificate, in which the policy is sorted again.
    """
    documents = list(deepcopy(new))
    stages = {"vocabulary": 0, "landscape": 2, "attestation": 2, "property": 2}
    names: dict[str, str] = {}
    for index in sorted(range(len(new)), key=lambda i: stages.get(old[i]["kind"], 1)):
        documents[index] = _renamed(documents[index], names)
        names[digest(old[index])] = digest(documents[index])
    certificate = _renamed(certificate, names)
    if certificate.get("format") == "caio-decision/v1":
        certificate["inputs"]["policy"].sort()
        seal_decision(certificate, documents)
    return Case("sealed", tuple(documents), certificate)


def seal_decision(decision: Json, documents: Json) -> None:
    """Recompute the three digests of a decision in place."""
    by_digest = {digest(document): document for document in documents}
    decision["obligations_digest"] = digest(
        [
            [row["service"], row["version"], digest(keys)]
            for row in decision["candidates"]
            if "evidence" in row and (keys := obligation_keys(decision, row, by_digest)) is not None
        ]
    )
    parts = ("inputs", "verdict", "selected", "optimality", "obligations_digest")
    body = {name: decision[name] for name in parts if name in decision}
    body["candidates"] = [
        {key: item for key, item in row.items() if key != "evidence"}
        for row in decision.get("candidates", ())
    ]
    decision["decision_digest"] = digest(body)
    whole = {k: v for k, v in decision.items() if k not in {"documents", "trace_digest"}}
    decision["trace_digest"] = digest(whole)


def obligation_keys(decision: Json, row: Json, documents: Mapping[str, Json]) -> Json:
    """The keys of a candidate's obligations (section 8.1); none if the inputs name no such thing."""
    inputs = decision["inputs"]
    service = _service(row, documents)
    request, profile = (documents.get(inputs[name], {}) for name in ("request", "profile"))
    kinds = request.get("kind"), profile.get("kind")
    if service is None or kinds != ("request", "profile"):
        return None
    keys: list[list[str | int]] = [["non_empty"], ["coherent"]]
    keys += [["capability", i] for i in range(len(request["needs"]))]
    keys += [["assumption", i] for i in range(len(service["assumes"]))]
    keys += [["requirement", i] for i in range(len(request["ensure"]))]
    policy = [documents[name] for name in inputs["policy"] if "then" in documents.get(name, {})]
    named = [(rule.get("of", rule["kind"]), rule["name"], rule["then"]) for rule in policy]
    for subject, name, then in sorted(named, key=lambda row: (SUBJECTS.index(row[0]), row[1])):
        keys += [[subject, name, i] for i in range(len(then))]
    keys += [["authentication"], ["authorization"], ["privacy"]]
    keys += [["trust"]] if service["permits"]["trust"] is not None else []
    keys += [["access"]] if service["permits"]["zones"] is not None else []
    keys += [["available", i] for i in range(len(profile["limits"]["available"]))]
    keys += [["cost_disjoint"]] if len(service["cost"]) > 1 else []
    if request["budget"] is not None:
        keys += [["budget", "covered"]]
        keys += [["budget", i] for i in range(len(service["cost"]))]
    keys += [["deadline"]] if request["deadline"] is not None else []
    return keys


def _service(row: Json, documents: Mapping[str, Json]) -> Json:
    wanted = ("service", row.get("service"), row.get("version"))
    for document in documents.values():
        if (document["kind"], document.get("name"), document.get("version")) == wanted:
            return document
    return None


def _renamed(value: Json, names: Mapping[str, str]) -> Json:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if isinstance(value, dict):
        return {key: _renamed(item, names) for key, item in value.items()}
    return value


def places(
    value: Json, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """Every part of a value with the way to it, the value itself first."""
    yield path, value
    if isinstance(value, dict):
        for key in sorted(value):
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))
