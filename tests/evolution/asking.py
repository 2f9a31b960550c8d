"""The product's answers: obligations of documents, decided, with a certificate that the checker has accepted."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from caio.base.canonical import Json
from caio.certify.asking import BUDGET, Asker
from caio.certify.prover import Model, Prover
from caio.ir import documents as d
from caio.obligations.asked import Asked
from tests.evolution.vocabulary import NO_CONTROL


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


def certified(
    asked: Sequence[Asked],
    sets: Sequence[Sequence[d.Document]],
    prover: Prover,
    *,
    budget: int = BUDGET,
) -> list[Answer]:
    """The answers about sets of documents, once the checker has accepted the evidence for each of them.

    Raises:
        EvidenceError: it has not.
    """
    vocabulary = next(one for one in sets[0] if isinstance(one, d.Vocabulary))
    asker = Asker(vocabulary, sets, prover, budget=budget)
    answered = asker.ask("what is generated", asked)
    assert answered.verdict is not None, "nothing was decided"
    return [
        Answer(
            answer.asked,
            answer.holds,
            dict(answer.witness) if isinstance(answer.decided, Model) else None,
        )
        for answer in answered.answers
    ]


def point_of(vocabulary: d.Vocabulary, witness: dict[str, Fraction]) -> dict[str, d.Value]:
    """What a witness says of request, facts and environment, as values; members of a set that it leaves out are not in it."""
    found: dict[str, d.Value] = {}
    for name, number in witness.items():
        variable, _, member = name.partition(":")
        if variable == d.CHOICE_CONTROL:
            found[variable] = (*vocabulary.controls, NO_CONTROL)[int(number)]
        if not variable.startswith(("request.", "fact.", "env.", "measured.")):
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
