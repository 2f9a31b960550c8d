"""A counterexample pasted into a file explains what it is a counterexample of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from caio.analysis.witness.concrete import replays
from caio.analysis.witness.minimal import minimal
from caio.analysis.witness.text import counterexample_text
from caio.certify.prover import Model, Prover
from caio.cli.main import cli
from caio.ir.encode import document_digest
from caio.landscape.snapshot import contracts_of
from caio.obligations.admission import admitted
from caio.obligations.asked import Policy
from caio.obligations.clauses import clause_form
from caio.obligations.contract import Contract
from caio.obligations.formula import negation, truth
from caio.obligations.meaning import Meaning
from caio.sema.project import Project, load_project

MARKET = "tests/cli/market"


@pytest.fixture(scope="module", name="market")
def _market() -> Project:
    return load_project([MARKET])


def contracts(project: Project) -> dict[str, Contract]:
    found = contracts_of(
        document_digest(project.vocabularies[0]),
        project.services,
        project.overlays,
        project.states,
    )
    return {contract.service.name: contract for contract in found}


def verdict(text: str, service: str, folder: Path) -> str:
    """What `caio explain` says of a service for the request in a text."""
    file = folder / "case.caio"
    file.write_text(text, "utf-8")
    words = ["explain", MARKET, str(file), "--request", "counterexample", "--no-cache"]
    words += ["--service", service, "--at", "2026-11-22", "--json"]
    facts = "counterexample" if "facts counterexample" in text else "alice"
    result = CliRunner().invoke(cli, [*words, "--facts", facts], prog_name="caio")
    assert result.exit_code in (0, 1), result.output
    return str(json.loads(result.stdout)["service"]["verdict"])


@pytest.mark.parametrize(
    ("name", "found", "given"),
    [
        ("good/one", "admitted", "tokens == 0 token, data == {}"),
        ("good/one", "refuted", "tokens == 33_334 token, data == {}"),
        ("cheap/small", "admitted", "tokens == 0 token, data == {}"),
        ("cheap/small", "refuted", "tokens == 4098 token, data == {}"),
        ("cheap/slow", "refuted", "data == {}"),
        ("cheap/far", "refuted", "region == eu, data == {}"),
        ("dear/fast", "admitted", "tokens == 0 token, data == {}"),
    ],
)
def test_it_is_explained_as_it_was_found(
    name: str,
    found: str,
    given: str,
    market: Project,
    prover: Prover,
    tmp_path: Path,
) -> None:
    meaning = Meaning(market.vocabularies[0])
    request = next(one for one in market.requests if one.name == "triage")
    contract = contracts(market)[name]
    held = admitted(contract, Policy.of(market.rules, market.profiles[0]), request, meaning)
    # Who may call, with what is not sensitive: else nobody calls anything, which is a counterexample and no news.
    ordinary = [
        truth("fact.permissions:invoke", meaning.scope),
        negation(truth("request.data:health", meaning.scope)),
    ]
    block = [held if found == "admitted" else negation(held), *ordinary]
    answer = prover.decide(clause_form([block], meaning.scope))
    assert isinstance(answer, Model)
    text = counterexample_text(minimal(block, answer, prover, meaning), meaning, request=request)
    assert verdict(text, name, tmp_path) == found
    assert f"given  {given}\n" in text


def test_what_is_given_is_replayed(market: Project, prover: Prover) -> None:
    meaning = Meaning(market.vocabularies[0])
    request = next(one for one in market.requests if one.name == "triage")
    block = [meaning.formula(one) for one in request.given]
    answer = prover.decide(clause_form([block], meaning.scope))
    assert isinstance(answer, Model)
    values = minimal(block, answer, prover, meaning).values
    assert replays(request.given, values, meaning.vocabulary)
    more = {**values, "request.tokens": values["request.tokens"] - 1}
    assert not replays(request.given, more, meaning.vocabulary)
