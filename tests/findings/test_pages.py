"""Every rule of a finding has a page, every page is of a rule, and what the pages show happens.

``CAIO_UPDATE_DOCS=1 pytest tests/findings`` writes the table of the overview anew.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import caio.analysis
import caio.cli
from caio.analysis.findings.finding import Rule
from caio.analysis.findings.rules import RULES, register
from caio.base.diagnostics import CODES, Severity
from caio.cli.main import cli
from tests.findings.pages import PAGES, Example, Outcome, PageError, complaint, examples, run

MOST_NEVER = 6
"""How many pages may show no example that runs."""
COMMANDS = cli.list_commands(None)  # type: ignore[arg-type]  # the group knows them without a context
_TABLE = re.compile(r"(?<=\| rule \| finds \|\n\|---\|---\|\n)(?:\|.*\n)*")


def pages() -> list[Path]:
    return sorted(set(PAGES.glob("*.md")) - {PAGES / "README.md"})


def shown() -> list[Example]:
    found = (example for page in pages() for example in examples(page))
    return [example for example in found if example.never is None]


@pytest.fixture(scope="module")
def rules() -> dict[str, Rule]:
    """All rules of all rooms."""
    for package in (caio.analysis, caio.cli):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    return {name: rule for name, rule in RULES.items() if not name.startswith("test-")}


def test_every_rule_has_a_page_and_every_page_a_rule(rules: dict[str, Rule]) -> None:
    assert {page.stem for page in pages()} == set(rules)
    assert all(rule.page == f"docs/findings/{name}.md" for name, rule in rules.items())
    assert not set(rules) & set(CODES)


def test_the_overview_lists_every_rule(rules: dict[str, Rule]) -> None:
    rows = "".join(
        f"| [`{name}`]({name}.md) | {rule.summary.replace('|', '&#124;')} |\n"
        for name, rule in sorted(rules.items())
    )
    overview = PAGES / "README.md"
    text = overview.read_text("utf-8")
    if os.environ.get("CAIO_UPDATE_DOCS"):
        text = _TABLE.sub(lambda _: rows, text, count=1)
        overview.write_text(text, "utf-8")
    found = _TABLE.search(text)
    assert found is not None
    assert found[0] == rows


def test_pages_without_an_example_are_few() -> None:
    never = {e.rule for page in pages() for e in examples(page) if e.never is not None}
    assert len(never) <= MOST_NEVER


@pytest.mark.parametrize(
    "example", shown(), ids=lambda e: f"{e.rule}-{'fails' if e.fails else 'passes'}"
)
def test_what_a_page_shows_happens(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAIO_CACHE_DIR", str(tmp_path.parent / "cache"))
    assert example.command in COMMANDS
    assert complaint(example, run(example, tmp_path)) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# `x`\n", "begin with"),
        ("# `a-rule`\n\nWhy.\n", "the sections are"),
        ("# `a-rule`\n\nWhy.\n\n## An example that passes\n", "the sections are"),
        ("{fails}no block{passes}", "begin the first block"),
        ("{fails}```caio\nrule r {{}}\n```\n{passes}", "begin the first block"),
        ("{fails}```caio\n// $ caio lint\nx\n```\n{passes}", "begin blocks with lines"),
        (
            "{fails}```caio\n// $ caio lint a.caio\n```\n```caio\nx\n```\n{passes}",
            "begin blocks with lines",
        ),
        (
            "{fails}```caio\n// $ caio lint a.caio\n// file: ../a\n```\n{passes}",
            "lies outside",
        ),
        ("{fails}<!-- no example: it is late -->\n```caio\n```\n{passes}", "shows no block"),
    ],
)
def test_a_page_of_another_form_is_refused(tmp_path: Path, text: str, message: str) -> None:
    page = tmp_path / "a-rule.md"
    page.write_text(
        text.format(
            fails="# `a-rule`\n\nWhy.\n\n## An example that fails\n",
            passes="\n## An example that passes\n",
        )
    )
    with pytest.raises(PageError, match=message):
        examples(page)


def test_files_and_the_command_are_read_off_the_blocks(tmp_path: Path) -> None:
    page = tmp_path / "a-rule.md"
    page.write_text(
        "# `a-rule`\n\nWhy.\n\n## An example that fails\n\n"
        "```caio\n// $ caio compat v1.caio v2.caio --mode full\n// file: v1.caio\none\n```\n"
        "```caio\n// file: v2.caio\ntwo\n```\n```text\n# file: w/x.toml\nthree\n```\n"
        "\n## An example that passes\n\n<!-- no example: a reason -->\n"
    )
    fails, passes = examples(page)
    assert fails.words == ("compat", "v1.caio", "v2.caio", "--mode", "full")
    assert fails.files == {"v1.caio": "one\n", "v2.caio": "two\n", "w/x.toml": "three\n"}
    assert passes.never == "a reason"


def outcome(code: int, *found: tuple[str, str]) -> Outcome:
    findings = [{"rule": rule, "severity": severity} for rule, severity in found]
    return Outcome(code, {"questions": [{"findings": findings}]})


@pytest.mark.parametrize(
    ("fails", "given", "message"),
    [
        (True, outcome(1, ("a-rule", "error")), None),
        (True, outcome(0, ("a-rule", "note")), None),
        (True, outcome(0, ("a-rule", "error")), "the run is a success"),
        (True, outcome(1, ("other", "error")), "there is no finding of `a-rule`"),
        (False, outcome(0), None),
        (False, outcome(0, ("other", "note")), None),
        (False, outcome(1, ("other", "error")), "it ends with 1"),
        (False, outcome(0, ("a-rule", "note")), "there is a finding of `a-rule`"),
    ],
)
def test_what_is_wrong_with_an_example_is_told(
    fails: bool, given: Outcome, message: str | None
) -> None:
    told = complaint(Example("a-rule", fails), given)
    assert told is None if message is None else message in (told or "")


def test_a_rule_is_explained_at_a_terminal() -> None:
    def said(word: str) -> str:
        return CliRunner().invoke(cli, ["explain-code", word], prog_name="caio").output

    assert said("waiver-unused") == (
        "warning[waiver-unused]: a waiver that no finding needs\n\n"
        "docs/findings/waiver-unused.md has an example that fails and one that passes\n"
    )
    assert "docs/errors/unknown-name.md" in said("unknown-name")
    assert "did you mean `waiver-unused`" in said("waiver-unusd")


class TestRegistry:
    def test_a_rule_is_registered_once(self) -> None:
        rule = register("test-rule", "a test", Severity.NOTE)
        assert register("test-rule", "a test", Severity.NOTE) is not None
        assert rule.page == "docs/findings/test-rule.md"
        with pytest.raises(ValueError, match="twice"):
            register("test-rule", "another test")

    @pytest.mark.parametrize("name", ["", "Big", "a_b", "a--b", "-a", "a/../b", "1a"])
    def test_a_name_is_words_between_hyphens(self, name: str) -> None:
        with pytest.raises(ValueError, match="no name of a rule"):
            register(name, "a test")

    def test_a_diagnostic_keeps_its_name(self) -> None:
        importlib.import_module("caio.analysis.sanity")
        with pytest.raises(ValueError, match=r"use `Rule\.of`"):
            register("rule-never-applies", "a test")
