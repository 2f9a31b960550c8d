"""What a topic of ``caio lint`` found, before the checker has judged the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from caio.analysis.findings.finding import Edit, Rule
from caio.base.canonical import Json, digest
from caio.base.diagnostics import Label, Severity
from caio.base.spans import Span
from caio.certify.prover import Model
from caio.ir import documents as d
from caio.obligations.asked import Asked


@dataclass(frozen=True, slots=True)
class Removal:
    """Something to take out of a document: a clause by its path, or all of the document where the path is empty."""

    document: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A finding whose evidence the checker has not seen yet.

    Attributes:
        rule: its kind.
        message: one line that stands alone.
        subjects: the names of what it is about.
        content: what else tells it from others of its kind.
        document, path: the place, looked up when it is needed: finding one in a large file costs more than a proof.
        others: places that have a part in it: digest, path and what to say there.
        shown_by: the obligations that show it; their answers were decided as the topic says.
        model: the obligation and its model that make a request which shows it.
        removal: what may be taken out so that nothing is admitted that was not, and nothing refused.
        suggestions: edits that somebody should look at: they mend it, and change what is admitted.
        help: what to do.
        severity: the rule's, unless given.
    """

    rule: Rule
    message: str
    subjects: tuple[str, ...]
    content: Json
    document: str | None
    path: str = ""
    others: tuple[tuple[str, str, str], ...] = ()
    shown_by: tuple[Asked, ...] = ()
    model: tuple[Asked, Model] | None = None
    removal: Removal | None = None
    suggestions: tuple[tuple[str, Edit], ...] = ()
    help: str | None = None
    severity: Severity | None = None

    @property
    def level(self) -> Severity:
        """How bad it is."""
        return self.rule.severity if self.severity is None else self.severity


@dataclass
class Topic:
    """One question of a run.

    Attributes:
        id: its stable name.
        title: what is asked, as a statement that holds or not.
        asked: the obligations that decide it, and those that show each finding.
        drafts: the findings.
        undecided: what was neither proved nor refuted, in words.
        examined: how many declarations were looked at where nothing is asked of a solver.
        more: documents that the obligations are about besides those of the project.
    """

    id: str
    title: str
    asked: list[Asked] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    examined: int = 0
    more: list[d.Document] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there was nothing to ask."""
        return not (self.asked or self.undecided or self.examined)


def named(*parts: str) -> str:
    """A name for a document of the certificate alone, which no document of a project has by accident."""
    return f"lint {digest([*parts])}"


def place(found: Span | None, message: str) -> Sequence[Label]:
    """A secondary place, if it is known."""
    return () if found is None else (Label(found, message),)
