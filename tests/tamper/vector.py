"""A vector: how a good case is broken, and with which codes it may be refused.

Changes are JSON Patch (RFC 6902) with the operations `add`, `remove`, `replace`, `move` and `copy`.
"""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.tamper.case import Case, Json, canonical, document_set, seal, seal_decision

Operation = Mapping[str, Any]
Path = tuple[str | int, ...]

ACCEPTED = "accepted"


@dataclass(frozen=True)
class Vector:
    """One change of one case.

    Attributes:
        case: the name of the good case.
        kind: the kind of change, such as `drop-field`.
        desc: what was done, for people.
        codes: the codes that the specification allows; `accepted` if the change may do no harm.
        documents: for documents by their place in the case, what is changed inside them.
        listed: what is changed in the array of documents, after that.
        certificate: what is changed in the certificate.
        sealed: whether every digest is recomputed, so that only the substance is wrong.
        code: what the checker answered.
    """

    case: str
    kind: str
    desc: str
    codes: frozenset[str]
    documents: Mapping[int, Sequence[Operation]] = field(default_factory=dict)
    listed: Sequence[Operation] = ()
    certificate: Sequence[Operation] = ()
    sealed: bool = False
    code: str = ""

    def apply(self, case: Case) -> Case:
        """The broken case."""
        documents = list(case.documents)
        for index, operations in self.documents.items():
            documents[index] = patched(documents[index], operations)
        certificate = patched(case.certificate, self.certificate)
        if self.sealed:
            if self.documents:
                broken = seal(case.documents, tuple(documents), certificate)
                documents, certificate = list(broken.documents), broken.certificate
            elif case.is_decision:
                seal_decision(certificate, documents)
        return Case(case.name, tuple(patched(documents, self.listed)), certificate)

    def json(self) -> Json:
        """The vector as it is stored, what is empty left out."""
        body: dict[str, Json] = {"case": self.case, "kind": self.kind, "desc": self.desc}
        if self.documents:
            body["documents"] = {str(k): list(v) for k, v in self.documents.items()}
        for name in ("listed", "certificate"):
            if operations := getattr(self, name):
                body[name] = list(operations)
        if self.sealed:
            body["sealed"] = True
        return body

    def line(self) -> str:
        """One line of a vector file."""
        return json.dumps({"code": self.code, **self.json()}, separators=(",", ":"))


def read_vector(line: str) -> Vector:
    body = json.loads(line)
    return Vector(
        body["case"],
        body["kind"],
        body["desc"],
        frozenset(),
        {int(k): v for k, v in body.get("documents", {}).items()},
        body.get("listed", ()),
        body.get("certificate", ()),
        body.get("sealed", False),
        body["code"],
    )


def serialised(case: Case) -> tuple[bytes, bytes]:
    """The bytes of a case that may be broken, documents first."""
    documents = document_set(case.documents)
    return documents, canonical(case.certificate)


# --- JSON Patch ----------------------------------------------------------------------------------


def pointer(path: Path) -> str:
    """RFC 6901."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in path)


def replace(path: Path, value: Json) -> Operation:
    return {"op": "replace", "path": pointer(path), "value": value}


def add(path: Path, value: Json) -> Operation:
    return {"op": "add", "path": pointer(path), "value": value}


def remove(path: Path) -> Operation:
    return {"op": "remove", "path": pointer(path)}


def move(source: Path, path: Path) -> Operation:
    return {"op": "move", "from": pointer(source), "path": pointer(path)}


def copy(source: Path, path: Path) -> Operation:
    return {"op": "copy", "from": pointer(source), "path": pointer(path)}


def patched(value: Json, operations: Sequence[Operation]) -> Json:
    """The value after the operations; the value itself is left as it is."""
    if not operations:
        return value
    whole = [deepcopy(value)]
    for operation in operations:
        path = _keys(operation["path"])
        if operation["op"] in {"move", "copy"}:
            source = _keys(operation["from"])
            item = deepcopy(_at(whole, source))
            if operation["op"] == "move":
                _remove(whole, source)
            _add(whole, path, item)
        elif operation["op"] == "remove":
            _remove(whole, path)
        elif operation["op"] == "add":
            _add(whole, path, deepcopy(operation["value"]))
        else:
            parent = _at(whole, path[:-1])
            parent[_key(parent, path[-1])] = deepcopy(operation["value"])
    return whole[0]


def at(value: Json, path: str) -> Json:
    """The part of a value that a pointer names."""
    return _at([value], _keys(path))


def _keys(text: str) -> tuple[str, ...]:
    parts = text.split("/")[1:]
    return ("0", *(part.replace("~1", "/").replace("~0", "~") for part in parts))


def _key(parent: Json, key: str) -> str | int:
    if isinstance(parent, list):
        return len(parent) if key == "-" else int(key)
    return key


def _at(value: Json, path: Sequence[str]) -> Json:
    for key in path:
        value = value[_key(value, key)]
    return value


def _add(value: Json, path: Sequence[str], item: Json) -> None:
    parent = _at(value, path[:-1])
    key = _key(parent, path[-1])
    if isinstance(parent, list):
        parent.insert(int(key), item)
    else:
        parent[key] = item


def _remove(value: Json, path: Sequence[str]) -> None:
    parent = _at(value, path[:-1])
    del parent[_key(parent, path[-1])]
