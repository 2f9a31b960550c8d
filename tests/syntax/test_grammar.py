"""The grammar itself: no conflicts, nothing unused, one method for every action."""

import logging

import pytest
from lark import Lark, logger

from caio.syntax.build import TreeBuilder
from caio.syntax.grammar import STARTS, grammar_text, load
from caio.syntax.text import BARE_NAME


def test_the_grammar_has_no_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    """Lark resolves shift/reduce conflicts silently unless asked; there must be none to resolve."""
    logger.addHandler(caplog.handler)
    level = logger.level
    logger.setLevel(logging.DEBUG)
    try:
        Lark(grammar_text(), parser="lalr", lexer="basic", start=list(STARTS), debug=True)
    finally:
        logger.setLevel(level)
        logger.removeHandler(caplog.handler)
    assert [r.getMessage() for r in caplog.records if "onflict" in r.getMessage()] == []


def test_every_action_of_the_grammar_builds_something() -> None:
    assert [a for a in sorted(load().actions()) if not hasattr(TreeBuilder, a)] == []


def test_every_method_of_the_builder_belongs_to_an_action() -> None:
    own = {"span", "token", "report", "number", "clause", "collect"}
    methods = {name for name in dir(TreeBuilder) if not name.startswith("_")}
    assert methods - own <= load().actions()


def test_keywords_are_bare_names() -> None:
    """Else the lexer could not find them."""
    assert [word for word in load().keywords if not BARE_NAME.fullmatch(word)] == []


def test_the_reserved_word_is_no_keyword_yet() -> None:
    assert "workflow" not in load().keywords
