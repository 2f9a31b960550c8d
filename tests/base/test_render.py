"""Diagnostics as text: the arrow leads to what is to blame, wherever its labels stand."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from caio.base.diagnostics import Code, Label
from caio.base.render import render_text
from caio.base.spans import Source, Span

CODE = Code("a-code", "a code")
LINES = 6


@st.composite
def spans(draw: st.DrawFn, source: Source) -> Span:
    line = draw(st.integers(0, LINES - 1))
    return source.span(line * 5, line * 5 + 4)


@given(st.data())
def test_the_first_arrow_leads_to_the_primary_place(data: st.DataObject) -> None:
    sources = [Source(name, "word\n" * LINES) for name in ("a.caio", "b.caio")]
    primary = data.draw(st.sampled_from(sources).flatmap(spans))
    labels = data.draw(st.lists(st.sampled_from(sources).flatmap(spans), max_size=3))
    shown = render_text([CODE.at(primary, "wrong", labels=[Label(s, "here") for s in labels])])
    arrows = re.findall(r"^ *(-->|:::) (.*)$", shown, re.MULTILINE)
    assert arrows[0] == ("-->", str(primary))
    assert len(arrows) == len({id(span.source) for span in (primary, *labels)})
    assert shown.count("^^^^") == 1
    assert shown.count("here") == len(labels)


def test_a_label_above_keeps_its_place_in_the_excerpt() -> None:
    source = Source("a.caio", "one\ntwo\nthree\n")
    label, primary = source.span(0, 3), source.span(8, 13)
    shown = render_text([CODE.at(primary, "wrong", labels=[Label(label, "said before")])])
    assert shown == (
        "error[a-code]: wrong\n --> a.caio:3:1\n  |\n1 | one\n  | --- said before\n3 | three\n  | ^^^^^\n"
    )


def test_what_a_runner_takes_for_a_command_is_none() -> None:
    source = Source("##[a].caio", "::error::x ##[error]x\n")
    label = Label(source.span(0, 2), "##[error]x")
    shown = render_text(
        [CODE.at(source.span(3, 5), "##[error]x", labels=[label], help="##[error]")]
    )
    assert "##[" not in shown
    assert not re.search(r"^\s*::", shown, re.MULTILINE)
    assert shown.count("#\\x23[") == 6
