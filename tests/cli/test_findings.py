"""Every code that `caio check` finds has a page, whose first example has it and whose second has none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from caio.analysis import bounds, sanity
from caio.base.diagnostics import CODES, Code, Severity
from tests.cli.conftest import Run

PAGES = Path(__file__).resolve().parents[2] / "docs" / "errors"
FOUND = sorted(
    code.name for code in (*vars(sanity).values(), *vars(bounds).values()) if isinstance(code, Code)
)


def examples(code: str) -> list[str]:
    return re.findall(
        r"^```caio\n(.*?)^```$", (PAGES / f"{code}.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


def test_every_code_of_the_product_has_a_page_and_every_page_a_code(run: Run) -> None:
    assert run("explain-code").code == 0  # Loads all rooms that register codes.
    assert {page.stem for page in PAGES.glob("*.md")} - {"README"} == set(CODES)


@pytest.mark.parametrize("code", [code for code in FOUND if code != "not-decided"])
def test_the_first_example_is_found_and_the_second_is_sane(
    run: Run, code: str, tmp_path: Path
) -> None:
    file = tmp_path / "example.caio"
    part, failing = (
        ("findings", 1) if CODES[code].severity is Severity.ERROR else ("diagnostics", 0)
    )
    for text, exit_code, codes in zip(examples(code), (failing, 0), ({code}, set()), strict=True):
        file.write_text(text, "utf-8")
        said = run("check", "--json", "--no-cache", str(file))
        assert said.code == exit_code
        assert {finding["code"] for finding in said.json[part]} == codes
