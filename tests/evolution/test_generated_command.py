"""Generated evolutions on the command line: exit codes as the oracle says, and counterexamples that are what they claim to be."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from caio.base.canonical import canonical_bytes
from caio.cli.main import cli
from caio.ir import documents as d
from caio.ir.encode import document_json
from caio.sema.project import load_project
from tests.differential.asking import oracle_entry, plain
from tests.evolution.admission import Operator
from tests.evolution.callers import Side, lost, points
from tests.evolution.evolving import Evolution, draw_evolution
from tests.evolution.oracle import Verdict, facets, verdict
from tests.evolution.replaying import Replay
from tests.evolution.vocabulary import VOCABULARY

EXITS = {Verdict.COMPATIBLE: 0, Verdict.INCOMPATIBLE: 1, Verdict.UNKNOWN: 3}
UNSERVED = "no caller of"
"""What a finding says of a counterexample that is no loss of anybody's."""


def written(path: Path, *documents: d.Document) -> str:
    """A document set of canonical JSON."""
    listed = [document_json(document) for document in (VOCABULARY, *documents)]
    path.write_bytes(canonical_bytes({"format": "caio-documents/v1", "documents": listed}))
    return str(path)


def compat(evolution: Evolution, folder: Path) -> tuple[int, dict[str, Any]]:
    """The exit code and the report."""
    old, new = evolution.old, evolution.new
    words = [
        written(folder / "old.json", old.service, *old.overlays),
        written(folder / "new.json", new.service, *new.overlays),
        "--policy",
        written(folder / "policy.json", *evolution.policy),
    ]
    options = ["--no-bump", "--no-cache", "--no-waivers", "--json"]
    result = CliRunner().invoke(cli, ["compat", *words, *options], prog_name="caio")
    assert isinstance(result.exception, SystemExit | type(None)), result.exception
    return result.exit_code, json.loads(result.stdout)


def judge(evolution: Evolution, folder: Path) -> Mapping[str, Any]:
    """Compare one report with the oracle."""
    place = f"evolution {evolution.seed}, {', '.join(evolution.labels)}"
    old, new = oracle_entry(evolution.old), oracle_entry(evolution.new)
    expected = facets(plain(VOCABULARY), old, new, [plain(demand) for demand in evolution.policy])
    code, report = compat(evolution, folder)
    assert code == report["exit"] == EXITS[verdict(expected)], place
    assert report["questions"], place
    failed = {facet.key for facet in expected if not facet.holds}
    operator = Operator(evolution.policy)
    before, after = Side(evolution.old, operator), Side(evolution.new, operator)
    findings = [finding for one in report["questions"] for finding in one["findings"]]
    assert len(findings) == len(failed), place
    for finding in findings:
        text = finding["counterexample"]
        if text is None:
            continue
        (folder / "counterexample.caio").write_text(text, "utf-8")
        project = load_project([folder / "policy.json", folder / "counterexample.caio"])
        assert project.ok, (place, text, project.diagnostics)
        (request,) = project.requests
        facts = project.facts[0] if project.facts else None
        broken = lost(VOCABULARY, request, facts, before, after) is not None
        assert broken != (UNSERVED in finding["help"]), (place, finding["rule"], text)
    if findings and all(UNSERVED in finding["help"] for finding in findings):
        assert not _noticed(evolution, before, after, failed), place
    return report


def _noticed(evolution: Evolution, before: Side, after: Side, failed: set[tuple[Any, ...]]) -> bool:
    """Whether somebody whom the old contract serves comes to a point at which something is broken.

    A request needs something, so that a contract that provides nothing serves nobody.
    """
    if not evolution.old.service.capabilities:
        return False
    replay = Replay(VOCABULARY, evolution.old, evolution.new, evolution.policy)
    return any(
        before.admits(VOCABULARY, None, point)
        and any(replay.broken(key, point) for key in failed if key[0] != "service_assumable")
        for point in points(VOCABULARY, [before, after], None)
    )


@pytest.mark.parametrize("batch", range(2))
def test_generated_evolutions_end_as_the_oracle_says(batch: int, tmp_path: Path) -> None:
    codes = set()
    for seed in range(batch * 15, batch * 15 + 15):
        codes.add(judge(draw_evolution(20_000 + seed), tmp_path)["exit"])
    assert codes >= {0, 1}


@pytest.mark.slow
def test_many_generated_evolutions_end_as_the_oracle_says(tmp_path: Path) -> None:
    codes = [judge(draw_evolution(30_000 + seed), tmp_path)["exit"] for seed in range(60)]
    assert set(codes) == {0, 1, 3}
