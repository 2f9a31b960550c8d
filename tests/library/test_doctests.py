"""Every public name has a docstring, every one that does something has an example, and every example runs."""

from __future__ import annotations

import asyncio
import doctest
import inspect
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import caio
from caio.security.files import write_node_key
from tests.library.conftest import SHOP
from tests.security import secured

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "docs" / "library.md", ROOT / "docs" / "gateway.md")
NAMES = [name for name in caio.__all__ if not name.startswith("__")]
VALUES = {"Routing"}
"""Names of what has no docstring of its own."""


def members(name: str) -> Iterator[tuple[str, object]]:
    """A public name, and what is public about it."""
    thing = getattr(caio, name)
    yield name, thing
    if inspect.isclass(thing):
        for member, value in vars(thing).items():
            if not member.startswith("_") and (
                inspect.isfunction(value) or isinstance(value, property)
            ):
                yield f"{name}.{member}", value


THINGS = [thing for name in NAMES if name not in VALUES for thing in members(name)]


def run(test: doctest.DocTest) -> doctest.TestResults:
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    report: list[str] = []
    result = runner.run(test, out=report.append)
    assert not result.failed, "".join(report)
    return result


@pytest.fixture
def names(
    router: caio.Router, project: caio.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, object]:
    """What examples may speak of without saying where it comes from."""
    (tmp_path / "shop.caio").write_text(SHOP, "utf-8")
    for path in secured.FOLDER.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    write_node_key(tmp_path / "node.pem")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAIO_CACHE_DIR", "/dev/null/nowhere")
    return {
        "caio": caio,
        "router": router,
        "project": project,
        "shop": SHOP,
        "clinic": secured.clinic(),
        "token": secured.issued(),
        "authenticator": secured.authenticator(),
        "caller": secured.caller(),
        "asyncio": asyncio,
        "json": json,
        "datetime": datetime,
        "UTC": UTC,
    }


@pytest.mark.parametrize(("name", "thing"), THINGS, ids=[name for name, _ in THINGS])
def test_every_public_name_is_documented_and_its_examples_run(
    name: str, thing: object, names: dict[str, object]
) -> None:
    text = inspect.getdoc(thing)
    assert text, f"`caio.{name}` has no docstring"
    example = doctest.DocTestParser().get_doctest(text, dict(names), name, None, 0)
    if inspect.isfunction(thing) or inspect.isclass(thing):
        assert example.examples or name.endswith(".close"), f"`caio.{name}` has no example"
    run(example)


def test_the_package_itself_begins_with_an_example(names: dict[str, object]) -> None:
    example = doctest.DocTestParser().get_doctest(caio.__doc__ or "", names, "caio", None, 0)
    assert run(example).attempted


def test_a_wrong_example_would_be_noticed(names: dict[str, object]) -> None:
    text = ">>> router.route('question')\n<Routed 'question' to 'large' 2.1>\n"
    wrong = doctest.DocTestParser().get_doctest(text, names, "wrong", None, 0)
    with pytest.raises(AssertionError, match="'small'"):
        run(wrong)
