"""Counterexamples are requests: pasted beside the old contract they are routed to it, beside the new one they are not.

The router knows nothing of refinement. Whatever the environment has to be, which requests cannot say, the comment of the
counterexample says, and a `state` document repeats it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.routing.files import document_set
from tests.compat.conftest import Run
from tests.compat.documents import PROFILE, findings, service, write
from tests.compat.test_facets import FACETS
from tests.evolution.evolving import draw_evolution
from tests.evolution.traps import TRAPS, Trap
from tests.evolution.vocabulary import VOCABULARY

UNSERVED = "none that it serves comes to this point"
_TIME = re.compile(r"^// at ([^,\s]+)", re.MULTILINE)
_LOAD = re.compile(r"\bload: ([^,\s]+)")


def admits(run: Run, side: list[str], pasted: str, name: str, version: str) -> bool:
    """Whether the router sends a pasted request to the only service of a side."""
    load, time = _LOAD.search(pasted.partition("\nuses")[0]), _TIME.search(pasted)
    state = f'state "{name}" version {version} {{ load = {load[1]} }}\n' if load else ""
    Path("pasted.caio").write_text(f"{pasted}\n{PROFILE}\n{state}", "utf-8")
    words = ["--at", "2026-11-22" if time is None else time[1], "--request", "counterexample"]
    facts = ["--facts", "counterexample"] if "facts counterexample" in pasted else []
    ran = run("route", *side, "pasted.caio", *words, *facts, "--json", "--no-cache")
    assert ran.code in (0, 1), ran.out + ran.err
    return ran.code == 0


@pytest.mark.parametrize(("rule", "old", "new", "policy"), FACETS, ids=lambda part: str(part)[:24])
def test_the_router_admits_old_and_refuses_new_for_every_facet(
    run: Run, rule: str, old: list[str], new: list[str], policy: str
) -> None:
    sides = write("v1.caio", service("1.0", *old), policy), write("v2.caio", service("2.0", *new), policy)  # fmt: skip
    (found,) = findings(run("compat", *sides, "--json"))
    assert found["rule"] == rule
    assert UNSERVED not in found["help"]
    assert admits(run, [sides[0]], found["counterexample"], "s", "1.0")
    assert not admits(run, [sides[1]], found["counterexample"], "s", "2.0")


BROKEN = [it for it in TRAPS if it.verdict == "incompatible" and it.name != "vacuous_old"]
"""The traps in which somebody loses something."""


@pytest.mark.parametrize("trap", BROKEN, ids=lambda trap: trap.name)
def test_the_router_agrees_about_traps(run: Run, trap: Trap, tmp_path: Path) -> None:
    paths = {name: str(path) for name, path in trap.write(tmp_path).items()}
    # The vocabulary lies beside each section, and once is enough.
    policy = [f"{paths['policy']}/policy.caio"] if "policy" in paths else []
    words = [word for path in policy for word in ("--policy", path)]
    ran = run("compat", paths["old"], paths["new"], *words, "--no-bump", "--json")
    served = [found for found in findings(ran) if UNSERVED not in found["help"]]
    if trap.name != "incoherent_beyond_old":
        assert served
    for found in served:
        pasted = found["counterexample"]
        assert admits(run, [paths["old"], *policy], pasted, "s", "1.0")
        assert not admits(run, [paths["new"], *policy], pasted, "s", "1.1")


@pytest.mark.parametrize("seed", range(2_000, 2_060))
def test_the_router_agrees_about_generated_evolutions(run: Run, seed: int) -> None:
    it = draw_evolution(seed)
    assert it.old.service.vocabulary == document_digest(VOCABULARY)
    sides = []
    for name, contract in (("old", it.old), ("new", it.new)):
        documents: list[d.Document] = [VOCABULARY, contract.service, *contract.overlays, *it.policy]
        Path(f"{name}.json").write_bytes(document_set(documents))
        sides.append(f"{name}.json")
    ran = run("compat", *sides, "--no-bump", "--json")
    assert ran.code in (0, 1, 3)
    for found in findings(ran):
        pasted = found["counterexample"]
        if pasted is None or UNSERVED in found["help"]:
            continue
        assert admits(run, sides[:1], pasted, it.old.service.name, it.old.service.version), found
        assert not admits(run, sides[1:], pasted, it.new.service.name, it.new.service.version)
