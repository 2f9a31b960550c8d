"""What an examination found: one thing, whether it is well, and what to do if not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from caio.cli.exits import Exit

Status = Literal["ok", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        name: what was examined, one word.
        status: ``ok``; ``note``, which is worth knowing and breaks nothing; or ``problem``.
        text: what was found.
        help: what to do, where there is something to do.
        code: with what the command ends because of this.
        details: the same for programs; values of JSON.
    """

    name: str
    status: Status
    text: str
    help: str | None = None
    code: Exit = Exit.HOLDS
    details: dict[str, object] = field(default_factory=dict)

    def json(self) -> dict[str, object]:
        """The finding in the report for programs."""
        return {
            "name": self.name,
            "status": self.status,
            "text": self.text,
            "help": self.help,
            "details": self.details,
        }


def ok(name: str, text: str, **details: object) -> Finding:
    """All is well."""
    return Finding(name, "ok", text, details=details)


def note(name: str, text: str, help_: str, **details: object) -> Finding:
    """Worth knowing; nothing is broken by it."""
    return Finding(name, "note", text, help_, details=details)


def broken(name: str, text: str, help_: str, **details: object) -> Finding:
    """The environment is broken."""
    return Finding(name, "problem", text, help_, Exit.COULD_NOT_RUN, details)


def unsound(name: str, text: str, help_: str, **details: object) -> Finding:
    """The checker does not judge as it must: no verdict of this installation may be used."""
    return Finding(name, "problem", text, help_, Exit.REJECTED, details)
