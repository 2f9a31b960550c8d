"""The pages of rules as what they show: the example that gives a finding, the one that does not, and how to run both.

Whoever adds a rule writes a page in the form that ``docs/findings/README.md`` describes, and nothing here: ``test_pages.py``
finds it and runs it. An example runs in a folder of its own, with ``--json``, by the command line itself.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from caio.cli.main import cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "findings"
HEADINGS = ("An example that fails", "An example that passes")
FINGERPRINT = "FINGERPRINT"
"""Stands in a file for the fingerprint of what the command finds without waivers."""

_SECTION = re.compile(r"^## (.*)$", re.MULTILINE)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NEVER = re.compile(r"^<!-- no example: (.+) -->$", re.MULTILINE)
_COMMAND = re.compile(r"(?://|#) \$ (caio .+)\n")
_FILE = re.compile(r"(?://|#) file: (\S+)\n")


class PageError(Exception):
    """A page that is not in the form; the message says where and what to write."""


@dataclass(frozen=True)
class Example:
    """An example of a page.

    Attributes:
        rule: the page's.
        fails: whether it must give a finding of the rule, or must not.
        words: the command, without ``caio``.
        files: its files by name.
        never: why it cannot be run, if it cannot; then the others are empty.
    """

    rule: str
    fails: bool
    words: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    never: str | None = None

    @property
    def command(self) -> str:
        """The name of the command that it shows."""
        return self.words[0] if self.words else ""


@dataclass(frozen=True)
class Outcome:
    """What an example gave."""

    code: int
    report: Mapping[str, Any]

    @property
    def findings(self) -> list[Mapping[str, Any]]:
        """All findings of the report."""
        return [found for question in self.report["questions"] for found in question["findings"]]

    @property
    def rules(self) -> set[str]:
        """The rules of which there are findings, those included that a report adds for questions without one."""
        unexplained = {"nothing-asked"} if not self.report["questions"] else set()
        return {found["rule"] for found in self.findings} | unexplained


def examples(page: Path) -> tuple[Example, Example]:
    """The two examples of a page: the one that fails, the one that passes.

    Raises:
        PageError: the page has another form.
    """
    text = page.read_text("utf-8")
    title, *parts = _SECTION.split(text)
    if not title.startswith(f"# `{page.stem}`\n\n") or len(title.split("\n\n")) < 2:
        raise PageError(f"{page.name}: begin with `# `{page.stem}`` and say what was found")
    if tuple(parts[::2]) != HEADINGS:
        raise PageError(f"{page.name}: the sections are {', '.join(HEADINGS)}")
    fails, passes = (
        _example(page.stem, index == 0, part) for index, part in enumerate(parts[1::2])
    )
    return fails, passes


def _example(rule: str, fails: bool, text: str) -> Example:
    where = f"{rule}.md, {HEADINGS[not fails]}"
    blocks = [match[2] for match in _BLOCK.finditer(text)]
    never = _NEVER.search(text)
    if never is not None:
        if blocks:
            raise PageError(f"{where}: what is never run shows no block")
        return Example(rule, fails, never=never[1])
    command = _COMMAND.match(blocks[0]) if blocks else None
    if command is None:
        raise PageError(f"{where}: begin the first block with a line `// $ caio …`")
    words = tuple(shlex.split(command[1])[1:])
    blocks[0] = blocks[0][command.end() :]
    files: dict[str, str] = {}
    unnamed = []
    for block in blocks:
        named = _FILE.match(block)
        if named is None:
            unnamed.append(block)
        elif named[1] in files or named[1].startswith(("/", "..")):
            raise PageError(f"{where}: `{named[1]}` is there twice, or lies outside")
        else:
            files[named[1]] = block[named.end() :]
    if unnamed:
        left = [word for word in words if word.endswith(".caio") and word not in files]
        if len(unnamed) > 1 or len(left) != 1 or unnamed[0] is not blocks[0]:
            raise PageError(f"{where}: begin blocks with lines `// file: NAME` to tell them apart")
        files[left[0]] = unnamed[0]
    return Example(rule, fails, words, files)


def run(example: Example, folder: Path) -> Outcome:
    """What an example gives in this folder, which is empty and the working directory."""
    files = dict(example.files)
    if any(FINGERPRINT in text for text in files.values()):
        place = example.words.index("--waivers")
        _write({name: text for name, text in files.items() if name.endswith(".caio")}, folder)
        first = _invoke([*example.words[:place], *example.words[place + 2 :]])
        wrong = [f for f in first.findings if f["verdict"] in ("refuted", "unknown")]
        if not wrong:
            raise PageError(f"{example.rule}.md: nothing is found that a waiver could name")
        files = {
            name: text.replace(FINGERPRINT, wrong[0]["fingerprint"]) for name, text in files.items()
        }
    _write(files, folder)
    return _invoke([*example.words])


def complaint(example: Example, outcome: Outcome) -> str | None:
    """What is wrong with an outcome, if anything."""
    found = example.rule in outcome.rules
    if example.fails:
        notes = all(f["severity"] == "note" for f in outcome.findings if f["rule"] == example.rule)
        if not found:
            return f"there is no finding of `{example.rule}`, but of {sorted(outcome.rules)}"
        return None if outcome.code or notes else "the run is a success"
    if found:
        return f"there is a finding of `{example.rule}`"
    return f"it ends with {outcome.code}: {sorted(outcome.rules)}" if outcome.code else None


def _write(files: Mapping[str, str], folder: Path) -> None:
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")


def _invoke(words: list[str]) -> Outcome:
    result = CliRunner().invoke(cli, [*words, "--json"], prog_name="caio")
    try:
        report = json.loads(result.stdout)
    except ValueError as error:
        raise PageError(f"`caio {shlex.join(words)}` gives no report: {result.output}") from error
    if "questions" not in report:
        raise PageError(f"`caio {shlex.join(words)}` fails: {report['error']['message']}")
    return Outcome(result.exit_code, report)
