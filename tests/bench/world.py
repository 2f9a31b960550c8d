"""What the benchmarks ask about: the imported registry with the example's policy, overlays, facts and profiles.

A world is a landscape with everything else that a question needs, so that a workload adds requests and nothing more.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from caio.base.instants import parse_instant
from caio.ir import documents as d
from caio.landscape.snapshot import Snapshot, take
from caio.obligations.candidate import Question
from caio.routing.question import policy_of
from caio.sema.project import load_project

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "llm_gateway"
REGISTRY = EXAMPLE / "litellm_model_prices_1.109.1.json.gz"
AT = parse_instant("2026-11-22")


@dataclass(frozen=True)
class World:
    """A landscape, and what every question about it has in common."""

    snapshot: Snapshot
    policy: tuple[d.Rule, ...]
    profiles: tuple[d.Profile, ...]
    facts: d.Facts

    @property
    def vocabulary(self) -> d.Vocabulary:
        """The one vocabulary of all documents."""
        return self.snapshot.vocabulary

    def question(self, request: d.Request, profile: str) -> Question:
        """The question that a request poses under a profile."""
        chosen = next(one for one in self.profiles if one.name == profile)
        return Question(self.vocabulary, request, self.policy, chosen, self.facts, AT)

    def among(self, services: Iterable[d.Service], overlays: Iterable[d.Overlay]) -> World:
        """The same world with another landscape."""
        snapshot = take(self.vocabulary, services, overlays)
        return World(snapshot, self.policy, self.profiles, self.facts)

    def only(self, wanted: Callable[[str], bool]) -> World:
        """The same world with the services whose names are wanted."""
        contracts = [c for c in self.snapshot.contracts if wanted(c.service.name)]
        overlays = [overlay for contract in contracts for overlay in contract.overlays]
        return self.among([contract.service for contract in contracts], overlays)


def import_registry(target: Path) -> None:
    """Write the imported registry to a file, as a person would.

    Raises:
        SystemExit: the importer failed.
    """
    command = [sys.executable, "-m", "caio", "import", "litellm", str(REGISTRY), "-o", str(target)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)


def chat_world(registry: Path, cache: Path) -> World:
    """The services of the imported registry that can chat, under all of the example's policy.

    Raises:
        SystemExit: the documents do not compile.
    """
    project = load_project([registry, EXAMPLE], cache=cache)
    if not project.ok:
        raise SystemExit(f"the documents do not compile: {project.diagnostics[0].message}")
    (vocabulary,) = project.vocabularies
    chat = [service for service in project.services if "chat" in service.capabilities]
    snapshot = take(vocabulary, chat, project.overlays, project.states)
    (facts,) = project.facts
    return World(snapshot, policy_of(project.rules), tuple(project.profiles), facts)
