"""The product's answers: obligations of documents, decided, with a certificate that the checker has accepted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from caio.base.canonical import Json, canonical_bytes
from caio.certify.acceptance import accept
from caio.certify.evidence import EvidenceTable
from caio.certify.prover import Decided, Model, Prover, Unknown
from caio.ir import documents as d
from caio.ir.encode import document_digest, document_json
from caio.obligations.asked import Asked
from caio.obligations.clauses import clause_form


@dataclass(frozen=True)
class Answer:
    """One obligation, decided: whether it holds (None: unknown), and the assignment that shows it, if one does."""

    asked: Asked
    holds: bool | None
    witness: dict[str, Fraction] | None

    def about(self, names: dict[str, str]) -> tuple[Json, ...]:
        """The key without its contracts, with names in the place of digests."""
        kind, *rest = self.asked.key
        return (
            kind,
            *(
                names.get(part, part) if isinstance(part, str) else part
                for part in rest
                if not isinstance(part, dict)
            ),
        )


def decide(
    asked: Sequence[Asked], prover: Prover, *, budget: int
) -> Iterator[tuple[Answer, Decided]]:
    """Every obligation with its answer, as the solver found it."""
    forms = [clause_form([one.block], one.scope) for one in asked]
    for one, answer in zip(asked, prover.decide_many(forms, budget=budget), strict=True):
        witness = dict(answer.witness) if isinstance(answer, Model) else None
        holds = None if isinstance(answer, Unknown) else (witness is not None) == one.by_witness
        yield Answer(one, holds, witness), answer


def certified(
    asked: Sequence[Asked], documents: Sequence[d.Document], prover: Prover, *, budget: int
) -> list[Answer]:
    """The answers, once the checker has accepted the evidence for each of them.

    Raises:
        EvidenceError: it has not.
    """
    evidence, claims, found = EvidenceTable(), list[Json](), list[Answer]()
    for answer, decided in decide(asked, prover, budget=budget):
        found.append(answer)
        if answer.holds is not None:
            claims.append(
                {
                    "obligation": list(answer.asked.key),
                    "verdict": "holds" if answer.holds else "refuted",
                    "evidence": evidence.reference(decided),
                }
            )
    certificate: Json = {
        "format": "caio-certificate/v1",
        "vocabulary": document_digest(_vocabulary(documents)),
        "claims": claims,
        "evidence": evidence.json(),
    }
    listed: Json = [document_json(document) for document in dict.fromkeys(documents)]
    texts = canonical_bytes({"format": "caio-documents/v1", "documents": listed})
    accept([texts], canonical_bytes(certificate))
    return found


def _vocabulary(documents: Sequence[d.Document]) -> d.Vocabulary:
    return next(one for one in documents if isinstance(one, d.Vocabulary))


def point_of(vocabulary: d.Vocabulary, witness: dict[str, Fraction]) -> dict[str, d.Value]:
    """What a witness says of request, facts and environment, as values; members of a set that it leaves out are not in it."""
    found: dict[str, d.Value] = {}
    for name, number in witness.items():
        variable, _, member = name.partition(":")
        if not variable.startswith(("request.", "fact.", "env.")):
            continue
        kind = vocabulary.field(variable).type
        match kind:
            case d.BoolType():
                found[variable] = number == 1
            case d.EnumType(enum):
                found[variable] = vocabulary.enum(enum).names()[int(number)]
            case d.SetType(enum):
                held = found.get(variable, ())
                names = {*(held if isinstance(held, tuple) else ())} | (
                    {member} if number else set()
                )
                found[variable] = tuple(n for n in vocabulary.enum(enum).names() if n in names)
            case _:
                found[variable] = number
    return found
