"""``caio prove`` on the command line: what admitted means, and generated properties against brute force."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from caio.base.canonical import canonical_bytes
from caio.cli.main import cli
from caio.ir import documents as d
from caio.ir.encode import document_json
from caio.obligations.contract import Contract
from tests.evolution import universal as oracle
from tests.evolution.admission import NOTHING, Operator
from tests.evolution.traps import FOLDER
from tests.evolution.vocabulary import DIGEST, VOCABULARY
from tests.evolution.worlds import World, draw_world

SILENT = Contract(
    d.Service(
        DIGEST,
        "silent",
        "1.0",
        attributes=(("locality", "on_device"),),
        permits=d.Permits("public"),
    )
)
"""A contract that is admitted for everything and promises nothing; where it has no leak, a condition cannot be met at all."""


def prove(*paths: Path) -> tuple[int, dict[str, str]]:
    """The exit code, and the verdicts of the questions."""
    options = ["--no-cache", "--no-waivers", "--json"]
    result = CliRunner().invoke(cli, ["prove", *map(str, paths), *options], prog_name="caio")
    assert isinstance(result.exception, SystemExit | type(None)), result.exception
    report = json.loads(result.stdout)
    assert report["exit"] == result.exit_code
    return result.exit_code, {one["id"]: one["verdict"] for one in report["questions"]}


@pytest.mark.parametrize(("promise", "code"), [("1 s", 0), ("2 s", 1), (None, 1)])
def test_a_class_is_served_by_what_entails_its_demand_and_not_by_what_could_meet_it(
    promise: str | None, code: int, tmp_path: Path
) -> None:
    """Any of these services may answer within half a second; only a promise of one counts."""
    guarantees = "" if promise is None else f"guarantees latency <= {promise}"
    (tmp_path / "vocabulary.caio").write_bytes((FOLDER / "vocabulary.caio").read_bytes())
    (tmp_path / "text.caio").write_text(
        f"""
        uses "traps"
        service s version 1.0 {{ provides chat {guarantees} permits public }}
        class fast {{ needs chat given request.data == {{ public }} ensure latency <= 1 s }}
        property served {{ always at least 1 admitted for fast }}
        """,
        "utf-8",
    )
    assert prove(tmp_path) == (code, {"prove:served": "refuted" if code else "proved"})


@pytest.mark.parametrize("batch", range(2))
def test_generated_properties_end_as_brute_force_says(batch: int, tmp_path: Path) -> None:
    seen: list[str] = []
    for seed in range(batch * 20, batch * 20 + 20):
        world = draw_world(40_000 + seed)
        path = tmp_path / f"{seed}.json"
        path.write_bytes(written(world))
        code, verdicts = prove(path)
        expected = expectations(world)
        assert verdicts == expected, world.seed
        assert code == ("refuted" in expected.values()), world.seed
        seen += expected.values()
    assert min(seen.count("proved"), seen.count("refuted")) > 2


def expectations(world: World) -> dict[str, str]:
    """What brute force says; an empty class and a condition that nothing meets are no success."""
    never, always = world.never.claim, world.always.claim
    assert isinstance(never, d.Never)
    assert isinstance(always, d.Always)
    operator = Operator(world.policy)
    leaks = [oracle.leak(VOCABULARY, one, operator, never.when) for one in world.contracts]
    idle = oracle.leak(VOCABULARY, SILENT, NOTHING, never.when) is None
    few = oracle.fewer(VOCABULARY, world.group, world.contracts, operator, always.count)
    empty = oracle.inhabitant(VOCABULARY, world.group) is None
    return {
        "prove:always": _word(few is None and not empty),
        "prove:never": _word(leaks == [None] * len(leaks) and not idle),
    }


def _word(holds: bool) -> str:
    return "proved" if holds else "refuted"


def written(world: World) -> bytes:
    """The documents that the two properties are about."""
    parts: Sequence[d.Document] = [
        VOCABULARY,
        *world.policy,
        *(contract.service for contract in world.contracts),
        *(overlay for contract in world.contracts for overlay in contract.overlays),
        world.group,
        world.never,
        world.always,
    ]
    listed = [document_json(document) for document in parts]
    return canonical_bytes({"format": "caio-documents/v1", "documents": listed})
