"""The model price and context-window map of LiteLLM, as contracts.

``import_litellm`` reads the file as it is and invents nothing: what an entry does not say (latency, accuracy, data
policy, often a region or a limit) is absent from its contract. Entries that cannot become a contract are listed with
the reason, and the counts add up to the file. See ``docs/importing.md`` for what becomes of each field.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from caio.base.canonical import Json, canonical_bytes, digest_bytes
from caio.base.errors import InputError
from caio.importers.contract import Draft, read_draft, to_service
from caio.importers.quantities import PROMPT, above
from caio.importers.report import ImportReport, Refusal, Remark, field_uses
from caio.importers.source import Object, RefusedError, name_fault, read_object
from caio.importers.vocabulary import build_vocabulary
from caio.ir.documents import Document, Rule, Service, Vocabulary
from caio.ir.encode import document_digest, document_json
from caio.ir.terms import TRUE, OnAttribute, OnQuantity, Relation

DEFAULT_PERMIT: Final = "llm.invoke"

UNSTATED_PROMPT: Final = 4_096
"""The tokens up to which a prompt may go to a service that states no limit (rule ``stated_limit``)."""

_RELEASE: Final = re.compile(r"(?<![0-9.])[0-9]{1,9}(?:\.[0-9]{1,9}){1,7}(?![0-9])")
_VERSION: Final = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){0,7}")


@dataclass(frozen=True, slots=True)
class Imported:
    """A registry as documents, and the account of how it was made."""

    vocabulary: Vocabulary
    services: tuple[Service, ...]
    rules: tuple[Rule, ...]
    report: ImportReport

    def documents(self) -> tuple[Document, ...]:
        """All documents: the vocabulary, the generated rules, the services by name."""
        return (self.vocabulary, *self.rules, *self.services)


def release_of(file_name: str) -> str | None:
    """The release that a file name carries, such as ``1.109.1`` in ``prices_1.109.1.json``."""
    match = _RELEASE.search(file_name)
    return match[0] if match and _VERSION.fullmatch(match[0]) else None


def import_litellm(
    data: bytes, *, release: str, permits: Iterable[str] = (DEFAULT_PERMIT,)
) -> Imported:
    """The contracts that a price map supports.

    ``release`` becomes the version of every service. ``permits`` names the permissions of which a caller needs one:
    the file does not say who may call, so that this is the operator's choice.

    Raises:
        InputError: the bytes are no JSON object, or an option is malformed.
    """
    held = tuple(dict.fromkeys(permits))
    _check_options(release, held)
    entries = read_object(data)

    drafts: list[Draft] = []
    refused: list[Refusal] = []
    fields: Counter[str] = Counter()
    for name, entry in entries.items():
        try:
            if name in entries.repeated:
                raise RefusedError("it is in the file more than once")
            drafts.append(read_draft(name, entry))
        except RefusedError as error:
            times = entries.repeated.get(name, 1)
            refused += [Refusal(_printable(name), str(error))] * times
        else:
            fields.update(tuple(entry) if isinstance(entry, Object) else ())
    drafts.sort(key=lambda draft: draft.name)

    vocabulary = build_vocabulary(
        {d.provider for d in drafts if d.provider is not None},
        {d.mode for d in drafts if d.mode is not None},
        {d.region for d in drafts if d.region is not None},
        {word for d in drafts for word in d.words},
        held,
    )
    digest = document_digest(vocabulary)
    ordered = tuple(p for p in vocabulary.enum("Permission").names() if p in held)
    services = tuple(to_service(draft, digest, release, ordered) for draft in drafts)
    report = _report(data, release, entries.size, drafts, refused, fields)
    return Imported(vocabulary, services, _rules(digest), report)


def write_registry(imported: Imported, path: Path) -> None:
    """Writes the documents as one canonical document set, whole or not at all.

    Raises:
        InputError: the file cannot be written.
    """
    write_json({
        "format": "caio-documents/v1",
        "documents": [document_json(document) for document in imported.documents()],
    }, path)  # fmt: skip


def write_json(value: Json, path: Path) -> None:
    """Writes canonical JSON, whole or not at all.

    Raises:
        InputError: the file cannot be written.
    """
    content = canonical_bytes(value) + b"\n"
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(content)
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
        raise InputError(f"`{path}` cannot be written: {error.strerror}") from error


def _check_options(release: str, permits: tuple[str, ...]) -> None:
    if not _VERSION.fullmatch(release) or len(release) > 256:
        raise InputError(
            f"`{release[:40]}` is no release: expected numbers joined by dots, such as `1.109.1`"
        )
    if not permits:
        raise InputError("no permission is named; a service that nobody may call is no use")
    for permit in permits:
        if fault := name_fault(permit):
            raise InputError(f"a permission {fault}")


def _rules(vocabulary: str) -> tuple[Rule, ...]:
    """The invariant and the rule without which an absent price or limit would pass for none."""
    return (
        Rule(
            vocabulary,
            "priced",
            TRUE,
            (OnAttribute("pricing.status", ("listed", "confirmed_free")),),
            invariant=True,
        ),
        Rule(
            vocabulary,
            "stated_limit",
            above(PROMPT, UNSTATED_PROMPT),
            (OnQuantity("limits.input", Relation.GE, Fraction(0)),),
        ),
    )


def _report(
    data: bytes,
    release: str,
    entries: int,
    drafts: list[Draft],
    refused: list[Refusal],
    fields: Counter[str],
) -> ImportReport:
    bare = [draft for draft in drafts if not draft.costs.cases]
    unlisted = [draft for draft in bare if draft.costs.status == "none"]
    return ImportReport(
        release=release,
        digest=digest_bytes(data),
        entries=entries,
        imported=len(drafts),
        refused=tuple(sorted(refused, key=lambda refusal: refusal.name)),
        with_cost=len(drafts) - len(bare),
        priced_zero=tuple(d.name for d in drafts if d.costs.status == "zero"),
        without_price=tuple(d.name for d in unlisted),
        without_bound=tuple(d.name for d in bare if d.costs.status != "none"),
        with_region=sum(d.region is not None for d in drafts),
        with_deprecation=fields["deprecation_date"],
        cost_cases=sum(len(d.costs.cases) for d in drafts),
        remarks=tuple(Remark(d.name, note) for d in drafts for note in d.notes),
        fields=field_uses(fields),
    )


def _printable(name: str) -> str:
    """A name that canonical JSON can carry, whatever the file calls its entries."""
    return name[:256].encode("utf-8", "backslashreplace").decode("utf-8")
