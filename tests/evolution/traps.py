"""The traps of refinement: small evolutions, each a text with what is to be answered.

A text under ``traps`` has its header in comments, ``// expect <verdict>: <facet>, …`` and ``// caller <request> kept|broken [by
<facts>]``, and sections behind ``// --- old``, ``// --- new``, ``// --- policy`` and ``// --- callers``. ``// drift a -> b`` gives the
new contract another vocabulary.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from caio.ir import documents as d
from caio.obligations.contract import Contract
from caio.sema.project import Project, load_project

FOLDER = Path(__file__).parent / "traps"
_SECTION = re.compile(r"^// --- (\w+)$", re.MULTILINE)
_EXPECT = re.compile(r"^// expect (\w+)(?:: (.+))?$", re.MULTILINE)
_CALLER = re.compile(r"^// caller (\w+) (kept|broken)(?: by (\w+))?$", re.MULTILINE)
_DRIFT = re.compile(r"^// drift (.+) -> (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Expected:
    """What is to be answered about one caller."""

    request: str
    kept: bool
    facts: str | None


@dataclass(frozen=True)
class Trap:
    """One text.

    Attributes:
        name: of its file.
        verdict: ``compatible``, ``incompatible``, ``unknown``; or ``refused``, where there is nothing to compare.
        facets: the kinds of the facets that fail.
        callers: those that it is asked about.
        texts: by section, each with the vocabulary that it uses.
        vocabularies: of the old side, and of the new one.
    """

    name: str
    verdict: str
    facets: frozenset[str]
    callers: tuple[Expected, ...]
    texts: dict[str, str]
    vocabularies: tuple[str, str]

    def write(self, folder: Path) -> dict[str, Path]:
        """A folder for every section, as a command line is given them: both sides with a vocabulary, the rest without."""
        found: dict[str, Path] = {}
        for section, text in self.texts.items():
            found[section] = folder / self.name / section
            found[section].mkdir(parents=True)
            (found[section] / f"{section}.caio").write_text(text, "utf-8")
        for section, vocabulary in zip(("old", "new"), self.vocabularies, strict=True):
            (found[section] / "vocabulary.caio").write_text(vocabulary, "utf-8")
        return found

    def compiled(self, folder: Path) -> "Compiled":
        """All of it, compiled."""
        paths = self.write(folder)
        vocabulary = paths["old"] / "vocabulary.caio"
        projects = {name: _compiled(paths.pop(name)) for name in ("old", "new")}
        projects |= {name: _compiled(path, vocabulary) for name, path in paths.items()}
        none = Project()
        policy, callers = projects.get("policy", none), projects.get("callers", none)
        return Compiled(
            projects["old"].vocabularies[0],
            projects["new"].vocabularies[0],
            _contract(projects["old"]),
            _contract(projects["new"]),
            (*policy.rules, *policy.constraints),
            {request.name: request for request in callers.requests},
            {facts.name: facts for facts in callers.facts},
        )


@dataclass(frozen=True)
class Compiled:
    """The documents of a trap."""

    vocabulary: d.Vocabulary
    other: d.Vocabulary
    old: Contract
    new: Contract
    policy: tuple[d.Rule | d.Constraint, ...]
    callers: dict[str, d.Request]
    facts: dict[str, d.Facts]

    def documents(self) -> list[d.Document]:
        """All of them; ``other`` is the vocabulary of the new contract."""
        services = [self.old.service, self.new.service]
        return [
            self.vocabulary,
            self.other,
            *services,
            *self.policy,
            *self.callers.values(),
            *self.facts.values(),
        ]


def _compiled(*paths: Path) -> Project:
    project = load_project(paths, cache=None)
    assert project.ok, project.diagnostics
    return project


def _contract(project: Project) -> Contract:
    (service,) = project.services
    return Contract(service, project.overlays)


def _read(path: Path) -> Trap:
    text = path.read_text("utf-8")
    head, *rest = _SECTION.split(text)
    sections = dict(zip(rest[::2], rest[1::2], strict=True))
    expected = _EXPECT.search(head)
    assert expected is not None, path
    vocabulary = (FOLDER / "vocabulary.caio").read_text("utf-8")
    drift = _DRIFT.search(head)
    other = vocabulary if drift is None else vocabulary.replace(drift[1], drift[2])
    assert (other == vocabulary) == (drift is None), path
    return Trap(
        path.stem,
        expected[1],
        frozenset((expected[2] or "").replace(",", " ").split()),
        tuple(
            Expected(name, word == "kept", facts or None)
            for name, word, facts in _CALLER.findall(head)
        ),
        {name: f'uses "traps"\n{body}' for name, body in sections.items()},
        (vocabulary, other),
    )


TRAPS = [_read(path) for path in sorted(FOLDER.glob("*.caio")) if path.stem != "vocabulary"]
