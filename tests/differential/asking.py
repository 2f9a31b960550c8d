"""The same question for the product and for the oracle."""

from caio.ir import documents as d
from caio.ir.encode import document_json
from caio.obligations.candidate import Question as ProductQuestion
from caio.obligations.contract import Contract
from tests.differential.worlds import World
from tests.oracle.candidate import Entry, Question
from tests.oracle.expressions import Document


def plain(document: d.Document) -> Document:
    """The canonical JSON of a document."""
    return dict(document_json(document))


def oracle_question(world: World) -> Question:
    return asked(world.question)


def asked(question: ProductQuestion) -> Question:
    """The oracle's form of a question."""
    return Question(
        vocabulary=plain(question.vocabulary),
        request=plain(question.request),
        policy=[*map(plain, question.policy), *map(plain, question.constraints)],
        profile=plain(question.profile),
        facts=None if question.facts is None else plain(question.facts),
        at=question.at,
        measurements=None if question.measurements is None else plain(question.measurements),
    )


def oracle_entry(contract: Contract) -> Entry:
    return Entry(
        service=plain(contract.service),
        overlays=[plain(overlay) for overlay in contract.overlays],
        state=None if contract.state is None else plain(contract.state),
    )


def oracle_entries(world: World) -> list[Entry]:
    return [oracle_entry(contract) for contract in world.snapshot.contracts]
