"""Every link between files leads somewhere where the repository is browsed; the site has its own test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, TEMPLATES, pages

_LINK = re.compile(r"\]\(([^)\s#]*)(?:#([^)\s]*))?\)")
_FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)


def slugs(page: Path) -> set[str]:
    """The names of the headings of a page, as places that show repositories make them."""
    text = _FENCED.sub("", page.read_text("utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()).replace(
            " ", "-"
        )
        for title in _HEADING.findall(text)
    }


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    if page.name == "template.md":
        return
    for target, anchor in _LINK.findall(_FENCED.sub("", page.read_text("utf-8"))):
        if "://" in target:
            continue
        # A new project is somewhere else: its page can link to nothing of ours.
        assert not (target and page.is_relative_to(TEMPLATES) and target.startswith("..")), target
        place = page.parent / target if target else page
        assert place.exists(), f"{page.name} links to `{target}`"
        assert place.resolve().is_relative_to(ROOT)
        if anchor and place.suffix == ".md":
            assert anchor in slugs(place), f"`{target}` has no heading `#{anchor}`"


def test_every_schema_is_listed_by_the_specification() -> None:
    page = ROOT / "docs" / "spec" / "README.md"
    linked = {target for target, _ in _LINK.findall(page.read_text("utf-8"))}
    assert {path.name for path in page.parent.glob("*.schema.json")} <= linked


def test_a_heading_and_its_name(tmp_path: Path) -> None:
    page = tmp_path / "x.md"
    page.write_text("# The `caio check` command: [why](y.md)\n```\n# no heading\n```\n", "utf-8")
    assert slugs(page) == {"the-caio-check-command-why"}
