"""Every code of meaning has a page, whose first example has this code and whose second has none."""

import re
from pathlib import Path

import pytest

from caio.base.diagnostics import Code
from caio.sema import codes
from caio.sema.project import load_project
from tests.sema.conftest import compile_texts

PAGES = Path(__file__).resolve().parents[2] / "docs" / "errors"
CODES = sorted(code.name for code in vars(codes).values() if isinstance(code, Code))


def examples(code: str) -> list[tuple[str, str]]:
    text = (PAGES / f"{code}.md").read_text("utf-8")
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


SHOWN_AS_TEXT = [code for code in CODES if examples(code)[0][0] != "console"]


def test_only_what_cannot_be_read_is_shown_by_a_command_line() -> None:
    assert set(CODES) - set(SHOWN_AS_TEXT) == {"unreadable"}


@pytest.mark.parametrize("code", SHOWN_AS_TEXT)
def test_the_first_example_has_this_code_and_the_second_none(code: str) -> None:
    first, second = examples(code)
    assert {found.code.name for found in compile_texts(first[1])[1]} == {code}
    assert compile_texts(second[1])[1] == []


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    project = load_project([tmp_path / "missing.caio"])
    assert [found.code.name for found in project.diagnostics] == ["unreadable"]
    assert not project.ok


@pytest.mark.parametrize("code", CODES)
def test_messages_stand_alone(code: str) -> None:
    language, text = examples(code)[0]
    for found in compile_texts(text)[1] if language != "console" else []:
        assert found.message[0] == "`" or not found.message[0].isupper()
        assert not found.message.endswith(".")
        assert "\n" not in found.message
        assert found.span is not None
