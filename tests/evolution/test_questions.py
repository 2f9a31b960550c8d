"""Questions over all requests: what `admitted` is, by name; and generated ones against brute force."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations import universal as posed
from caio.obligations.asked import Asked, Policy
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.sema.project import Project, load_project
from tests.evolution import universal as oracle
from tests.evolution.admission import Operator
from tests.evolution.asking import certified
from tests.evolution.questions import Universal
from tests.evolution.traps import FOLDER

BATCHES = 2
BATCH = 40


@pytest.fixture(scope="module")
def prover() -> Iterator[Prover]:
    with Prover() as found:
        yield found


def compiled(folder: Path, text: str) -> Project:
    """A text in the vocabulary of the traps."""
    vocabulary = (FOLDER / "vocabulary.caio").read_text("utf-8")
    (folder / "vocabulary.caio").write_text(vocabulary, "utf-8")
    (folder / "text.caio").write_text(f'uses "traps"\n{text}', "utf-8")
    project = load_project([folder], cache=None)
    assert project.ok, project.diagnostics
    return project


def holds(project: Project, asked: Asked, prover: Prover) -> bool | None:
    (answer,) = certified([asked], [project.documents()], prover)
    return answer.holds


SERVICES = """
service promises version 1.0 { provides chat  guarantees latency <= 1 s  permits public }
service could version 1.0 { provides chat  guarantees latency <= 2 s  permits public }
service silent version 1.0 { provides chat  permits public }

class fast { needs chat  given request.data == { public }  ensure latency <= 1 s }
property served { always at least 1 admitted for fast }
"""


@pytest.mark.parametrize(
    ("name", "admitted"), [("promises", True), ("could", False), ("silent", False)]
)
def test_admitted_is_what_entails_the_requirement_and_not_what_could_meet_it(
    name: str, admitted: bool, tmp_path: Path, prover: Prover
) -> None:
    """A call to any of the three may take half a second. Only one of them is admitted for a second."""
    project = compiled(tmp_path, SERVICES)
    (vocabulary,), (group,), (claim,) = project.vocabularies, project.classes, project.properties
    (service,) = [service for service in project.services if service.name == name]
    contract = Contract(service)
    asked = posed.always(claim, group, [contract], Policy(), Meaning(vocabulary))
    assert holds(project, asked, prover) is admitted
    found = oracle.fewer(vocabulary, group, [contract], Operator(), 1)
    assert (found is None) is admitted


LEAK = """
service silent version 1.0 { provides chat  permits public }
service far version 1.0 { is region = us, encrypted = true  provides chat  permits public }
service near version 1.0 { is region = eu, encrypted = true  provides chat  permits public }

property no_leak { never admitted when health in request.data and service.region != eu }
property no_call { never admitted when service.region != eu }
"""


@pytest.mark.parametrize(
    ("name", "leak", "call"),
    [
        # What says nothing of encryption is not admitted for sensitive data; for other data it is, wherever it may run.
        ("silent", True, False),
        ("far", False, False),
        ("near", True, True),
    ],
)
def test_what_a_service_does_not_say_hides_no_leak(
    name: str, leak: bool, call: bool, tmp_path: Path, prover: Prover
) -> None:
    project = compiled(tmp_path, LEAK)
    (service,) = [service for service in project.services if service.name == name]
    meaning = Meaning(project.vocabularies[0])
    for claim, expected in zip(
        sorted(project.properties, key=lambda one: one.name), (call, leak), strict=True
    ):
        asked = posed.never(claim, Contract(service), Policy(), meaning)
        assert holds(project, asked, prover) is expected, claim.name


HALVES = """
service s version 1.0 {
  provides   chat
  guarantees latency <= 3 s at quantile 0.5, latency >= 5 s at quantile 0.5
  permits    public
}
property never_fast { never admitted when metric.latency <= 4 s }
"""


def test_promises_to_different_halves_of_the_calls_prove_nothing_together(
    tmp_path: Path, prover: Prover
) -> None:
    """Half of the calls take three seconds at most, half of them five at least: no contradiction, and no proof of anything.

    What holds of half of the calls from below says nothing of the median from above, and they are not to be read as one.
    """
    project = compiled(tmp_path, HALVES)
    (vocabulary,), (service,), (claim,) = project.vocabularies, project.services, project.properties
    median = replace(vocabulary.metrics[1], level=Fraction(1, 2))
    assert median.name == "latency"
    drifted = replace(vocabulary, metrics=(vocabulary.metrics[0], median))
    documents = redefined(drifted, service, claim)
    contract = Contract(documents[1])
    asked = posed.never(documents[2], contract, Policy(), Meaning(drifted))
    (answer,) = certified([asked], [documents], prover)
    assert answer.holds is False


def redefined(
    vocabulary: d.Vocabulary, service: d.Service, claim: d.Property
) -> tuple[d.Vocabulary, d.Service, d.Property]:
    """The documents in another vocabulary."""
    name = document_digest(vocabulary)
    return vocabulary, replace(service, vocabulary=name), replace(claim, vocabulary=name)


def test_questions_over_all_requests_are_answered_as_brute_force_says(prover: Prover) -> None:
    campaign = Universal(prover)
    for seed in range(10):
        campaign.run(seed)
    counts = campaign.counts
    assert counts["worlds"] == counts["certificates accepted"] == 10
    assert counts["unknown"] == 0
    assert counts["points replayed"] > 50


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(BATCHES))
def test_many_questions_are_answered_as_brute_force_says(prover: Prover, batch: int) -> None:
    campaign = Universal(prover)
    for seed in range(batch * BATCH, batch * BATCH + BATCH):
        campaign.run(seed)
    counts = campaign.counts
    assert counts["unknown"] == 0
    for kind in ("always", "never", "keeps", "implied", "rule_meetable", "guarantee_matters"):
        assert min(counts[f"{kind} holds"], counts[f"{kind} is refuted"]) > 0, kind
