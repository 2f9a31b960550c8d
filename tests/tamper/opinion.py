"""A second opinion on what the checker accepts, from parts that share nothing with the checker.

Documents are read, obligations derived and candidates ranked by the product; evidence is judged by
the plain rules of `tests.certify.rules` and by exact evaluation. It is slow, and asked only about
changes that were accepted.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from caio.base.canonical import canonical_bytes
from caio.certify.evaluate import satisfies
from caio.ir import documents as d
from caio.ir.decode import decode_set
from caio.ir.encode import document_digest
from caio.landscape.snapshot import Snapshot
from caio.obligations import documents as obligations
from caio.obligations.candidate import Question, goals, hypothesis
from caio.obligations.clauses import ClauseBuilder, ClauseForm, clause_form
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.bulk import Scorer
from caio.routing.question import constraints_of, policy_of
from caio.routing.ranking import Ranker
from tests.certify.rules import check_proof
from tests.differential.asking import asked, oracle_entry
from tests.oracle.decision import named_proofs, passed
from tests.oracle.scores import promised
from tests.tamper.case import Case, Json, seal_decision
from tests.tamper.questions import asked_by


def confirm(case: Case) -> None:
    """Fail unless a certificate is right in every part."""
    documents = decode_set({"format": "caio-documents/v1", "documents": list(case.documents)})
    known = {document_digest(document): document for document in documents}
    if case.is_decision:
        _confirm_decision(case, known)
    else:
        _confirm_claims(case.certificate, known)


def _question(inputs: Json, known: dict[str, d.Document]) -> Question:
    vocabulary, request, profile = (known[inputs[n]] for n in ("vocabulary", "request", "profile"))
    facts = None if inputs["facts"] is None else known[inputs["facts"]]
    rules = [known[name] for name in inputs["policy"]]
    assert isinstance(vocabulary, d.Vocabulary)
    assert isinstance(request, d.Request)
    assert isinstance(profile, d.Profile)
    assert facts is None or isinstance(facts, d.Facts)
    policy = policy_of([rule for rule in rules if isinstance(rule, d.Rule)])
    constraints = constraints_of([rule for rule in rules if isinstance(rule, d.Constraint)])
    assert len(policy) + len(constraints) == len(rules)
    word = None if inputs["attestation"] is None else known[inputs["attestation"]]
    measured = None if inputs["measurements"] is None else known[inputs["measurements"]]
    assert measured is None or isinstance(measured, d.Measurements)
    assert word is None or isinstance(word, d.Attestation)
    at, attested = int(inputs["at"]), facts is not None and facts.origin == "attested"
    assert attested == (word is not None)
    if word is not None:
        told = word.statement
        assert (told.facts, told.vocabulary, told.at) == (inputs["facts"], inputs["vocabulary"], at)
        assert told.start <= at < told.end
    return Question(
        vocabulary=vocabulary,
        request=request,
        policy=policy,
        profile=profile,
        facts=facts,
        at=at,
        constraints=constraints,
        attestation=word,
        measurements=measured,
    )


def _contract(
    service: str, overlays: Sequence[str], state: str | None, known: dict[str, d.Document]
) -> Contract:
    own = known[service]
    added = [known[name] for name in overlays]
    observed = None if state is None else known[state]
    assert isinstance(own, d.Service)
    assert observed is None or isinstance(observed, d.State)
    found = tuple(overlay for overlay in added if isinstance(overlay, d.Overlay))
    assert len(found) == len(added)
    return Contract(own, found, observed)


def _confirm_decision(case: Case, known: dict[str, d.Document]) -> None:
    decision = case.certificate
    question = _question(decision["inputs"], known)
    landscape = known[decision["inputs"]["landscape"]]
    assert isinstance(landscape, d.Landscape)
    contracts = tuple(_contract(e.service, e.overlays, e.state, known) for e in landscape.entries)
    snapshot = Snapshot(question.vocabulary, contracts)
    meaning = Meaning(question.vocabulary)
    ranking = Ranker(Scorer(snapshot, meaning)).rank(question)
    ranked = [(ranking.contract(rank), ranking.score(rank)) for rank in range(len(ranking))]
    rows = decision["candidates"]
    assert [(one.service.name, one.control, score) for one, score in ranked] == [
        (row["service"], row["control"], row["score"]) for row in rows
    ]
    tables = decision["evidence"]
    used: set[int] = set()
    standings: list[str] = []
    for (contract, _), row in zip(ranked, rows, strict=True):
        if "admitted" in standings:
            assert set(row) == {"service", "version", "route", "control", "score", "verdict"}
            standings.append("not_examined")
        else:
            standings.append(_standing(question, contract, meaning, row, tables, used))
        assert row["verdict"] == standings[-1]
    assert used == set(range(-len(tables["witnesses"]), len(tables["proofs"])))
    verdict, place, optimality = _outcome(standings, question.profile)
    selected = (
        None
        if place is None
        else {key: rows[place][key] for key in ("service", "version", "route", "control")}
    )
    assert (decision["verdict"], decision["selected"]) == (verdict, selected)
    assert decision["optimality"] == optimality
    failed = [row["failed"] for row in rows if "failed" in row]
    assert decision["steps"] == passed(failed)
    proofs, guarantees = list[Json](), list[Json]()
    if place is not None:
        best = ranked[place][0]
        keys = [list(goal.key) for goal in goals(question, best, meaning)]
        proofs = named_proofs(best.service.name, best.service.version, keys, standings[:place])
        guarantees = promised(asked(question), oracle_entry(best))
    assert (decision["proofs"], decision["guarantees"]) == (proofs, guarantees)
    assert decision["at"] == _moment(question.at)
    assert decision["landscape"] == decision["inputs"]["landscape"]
    again = json.loads(json.dumps(decision))
    seal_decision(again, case.documents)
    assert again == decision


def _moment(micros: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    return moment.isoformat().replace("+00:00", "Z")


def _outcome(standings: list[str], profile: d.Profile) -> tuple[str, int | None, str | None]:
    if all(word == "refuted" for word in standings):
        return "not_routable", None, None
    doubtful = "unknown" in standings
    if "admitted" not in standings or (doubtful and not profile.optional_optimality):
        return "unknown", None, None
    return "routed", standings.index("admitted"), "not_" * doubtful + "established"


def _standing(
    question: Question,
    contract: Contract,
    meaning: Meaning,
    row: Json,
    tables: Json,
    used: set[int],
) -> str:
    """The verdict of a candidate, every piece of its evidence judged."""
    block = hypothesis(question, contract.state, meaning)
    prefix = ClauseBuilder(meaning.scope).block(block)
    failed: list[Json] = []
    unknown = False
    for goal, reference in zip(goals(question, contract, meaning), row["evidence"], strict=True):
        if reference is None:
            unknown = True
            continue
        used.add(reference)
        builder = prefix if goal.goal is None else prefix.branch().block(goal.goal)
        _judge(builder.form(), reference, tables)
        if (reference < 0) != goal.holds_by_witness:
            failed.append(list(goal.key))
    assert row["failed"] == failed
    if failed:
        return "refuted"
    return "unknown" if unknown else "admitted"


def _judge(form: ClauseForm, reference: int, tables: Json) -> None:
    if reference >= 0:
        check_proof(form, tables["proofs"][reference])
        return
    witness = tables["witnesses"][-1 - reference]
    assert satisfies(form, {name: Fraction(value) for name, value in witness.items()})


def _confirm_claims(certificate: Json, known: dict[str, d.Document]) -> None:
    vocabulary = known[certificate["vocabulary"]]
    assert isinstance(vocabulary, d.Vocabulary)
    meaning = Meaning(vocabulary)
    tables = certificate["evidence"]
    used: set[int] = set()
    keys: list[bytes] = []
    for claim in certificate["claims"]:
        key, reference = claim["obligation"], claim["evidence"]
        keys.append(canonical_bytes(key))
        used.add(reference)
        form, hoped = _form(key, meaning, known)
        assert claim["verdict"] == ("holds" if (reference < 0) == hoped else "refuted")
        _judge(form, reference, tables)
    assert keys
    assert len(set(keys)) == len(keys)
    assert used == set(range(-len(tables["witnesses"]), len(tables["proofs"])))


def _form(key: Json, meaning: Meaning, known: dict[str, d.Document]) -> tuple[ClauseForm, bool]:
    """The clause form of a question, and whether it holds by a witness."""
    if key[0] == "rules_consistent":
        aside = [[rule.name for rule in _rules(group, known)] for group in key[2]]
        posed = obligations.consistent(list(_rules(key[1], known)), aside, meaning)
        return clause_form([posed.block], posed.scope), False
    asked = asked_by(key, meaning, known)
    return clause_form([asked.block], asked.scope), asked.by_witness


def _rules(names: Sequence[str], known: dict[str, d.Document]) -> Iterator[d.Rule]:
    for name in names:
        rule = known[name]
        assert isinstance(rule, d.Rule)
        yield rule
