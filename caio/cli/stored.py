"""Decisions and document sets from files: what ``caio show`` and ``caio verify --against`` read.

This is reading for people, not for trust: nothing here is checked beyond what is needed to print it, and whoever wants
to rely on a file asks ``caio verify``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from caio.base.errors import InputError
from caio.cli.decision_file import CERTIFICATE, DECISION, DOCUMENTS, landscape_beside
from caio.cli.files import read
from caio.cli.text import safe
from caio.ir import documents as d
from caio.ir.decode import decode_documents
from caio.ir.encode import document_digest
from caio.landscape.snapshot import Snapshot
from caio.obligations.candidate import Question
from caio.obligations.contract import Contract
from caio.routing.question import constraints_of, policy_of


@dataclass(frozen=True, slots=True)
class Stored:
    """A JSON file of ours.

    Attributes:
        path: where it was read.
        format: one of the formats above.
        body: the parsed object.
    """

    path: str
    format: str
    body: Mapping[str, Any]

    def documents(self) -> tuple[d.Document, ...]:
        """The documents in it and, for a decision, in the landscape file beside it.

        Raises:
            InputError: a document is malformed.
        """
        raw = list(self.body.get("documents") or ())
        beside = None if self.format != DECISION else landscape_beside(self.path, self.body)
        if beside is not None:
            present = {json.dumps(item, sort_keys=True) for item in raw}
            more = open_stored(str(beside)).body.get("documents") or ()
            raw += [item for item in more if json.dumps(item, sort_keys=True) not in present]
        return decode_documents(raw)


def open_stored(path: str) -> Stored:
    """Read a file of one of our formats, or a single document.

    Raises:
        InputError: it cannot be read, or is none.
    """
    data = read(path)
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        hint = ", and a .caio document is text already" if path.endswith(".caio") else ""
        raise InputError(f"`{path}` is not JSON{hint}") from error
    if not isinstance(body, dict):
        raise InputError(f"`{path}` holds no JSON object")
    if "kind" in body and "format" not in body:
        return Stored(path, DOCUMENTS, {"documents": [body]})
    kind = body.get("format")
    if kind not in (DECISION, DOCUMENTS, CERTIFICATE):
        seen = f"`{safe(str(kind))[:60]}`" if kind is not None else "none"
        raise InputError(f"`{path}` is of no format of ours: its `format` is {seen}")
    return Stored(path, str(kind), body)


def posed(body: Mapping[str, Any], documents: Iterable[d.Document]) -> tuple[Question, Snapshot]:
    """The question and the snapshot of a stored decision.

    Raises:
        InputError: a document that the decision names is missing, or the decision is malformed.
    """
    known = {document_digest(document): document for document in documents}

    def find(name: object, kind: type[d.Document], what: str) -> Any:
        document = known.get(str(name))
        if not isinstance(document, kind):
            raise InputError(f"the {what} {safe(str(name))[:80]} is not here")
        return document

    def given(name: str, kind: type[d.Document]) -> Any:
        return None if inputs[name] is None else find(inputs[name], kind, f"{name} document")

    try:
        inputs = body["inputs"]
        vocabulary = find(inputs["vocabulary"], d.Vocabulary, "vocabulary")
        landscape = find(inputs["landscape"], d.Landscape, "landscape")
        question = Question(
            vocabulary,
            find(inputs["request"], d.Request, "request"),
            policy_of(
                find(name, d.Rule, "rule")
                for name in inputs["policy"]
                if not isinstance(known.get(name), d.Constraint)
            ),
            find(inputs["profile"], d.Profile, "profile"),
            given("facts", d.Facts),
            int(inputs["at"]),
            constraints_of(
                document
                for document in map(known.get, inputs["policy"])
                if isinstance(document, d.Constraint)
            ),
            given("attestation", d.Attestation),
            given("measurements", d.Measurements),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise InputError("the decision is malformed: `caio verify` says where") from error
    contracts = tuple(
        Contract(
            find(entry.service, d.Service, "service"),
            tuple(find(name, d.Overlay, "overlay") for name in entry.overlays),
            None if entry.state is None else find(entry.state, d.State, "state"),
        )
        for entry in landscape.entries
    )
    return question, Snapshot(vocabulary, contracts)
