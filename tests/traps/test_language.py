"""Traps in the text itself: emptiness never compiles, and what does compile means what it says."""

from pathlib import Path

import pytest

from caio.sema.project import load_project

MARKET = Path(__file__).parents[1] / "cli" / "market"


def codes(folder: Path, changes: dict[str, tuple[str, str]], more: str = "") -> set[str]:
    """The codes of the errors in the small market, with one text replaced per file."""
    for source in MARKET.glob("*.caio"):
        text = source.read_text(encoding="utf-8")
        if source.name in changes:
            old, new = changes[source.name]
            assert old in text
            text = text.replace(old, new, 1)
        (folder / source.name).write_text(text, encoding="utf-8")
    (folder / "more.caio").write_text(f'uses "market"\n{more}', encoding="utf-8")
    found = load_project([folder], cache=False).diagnostics
    return {diagnostic.code.name for diagnostic in found if diagnostic.is_error}


def test_the_market_compiles_as_it_is(tmp_path: Path) -> None:
    assert codes(tmp_path, {}) == set()


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("requests.caio", "needs  chat\n", "", "empty-list"),
        ("requests.caio", "500 .. 8_000", "8_000 .. 500", "empty-range"),
        ("vocabulary.caio", "0 .. 1_000_000", "1_000_000 .. 0", "empty-range"),
        ("requests.caio", "request.region == eu", "at < 2027-01-01", "wrong-origin"),
        ("services.caio", "region = eu", "region = eu, region = us", "duplicate-statement"),
        ("policy.caio", "facts asserted", "facts asserted, solver units 0", "out-of-range"),
    ],
)
def test_what_would_be_vacuous_does_not_compile(
    tmp_path: Path, file: str, old: str, new: str, code: str
) -> None:
    assert code in codes(tmp_path, {file: (old, new)})


@pytest.mark.parametrize("old", ["Region     { eu, us }", "Permission { invoke }"])
def test_an_enumeration_without_members_does_not_compile(tmp_path: Path, old: str) -> None:
    assert codes(tmp_path, {"vocabulary.caio": (old, old.partition("{")[0] + "{ }")})


@pytest.mark.parametrize(
    "rule",
    ["rule r { when region in { } then service.region == eu }", "rule r { then }", "rule r { }"],
)
def test_a_rule_about_nothing_does_not_compile(tmp_path: Path, rule: str) -> None:
    assert codes(tmp_path, {}, rule)


def test_an_overlay_may_not_restate_what_its_service_says(tmp_path: Path) -> None:
    overlay = 'overlay "good/one" version 1.0 from "x" { is region = us }'
    assert "duplicate-statement" in codes(tmp_path, {}, overlay)


def test_an_overlay_needs_its_service_and_its_version(tmp_path: Path) -> None:
    for name, version in (("nobody", "1.0"), ("good/one", "9.0")):
        overlay = f'overlay "{name}" version {version} from "x" {{ guarantees latency <= 1 s }}'
        assert "unknown-name" in codes(tmp_path, {}, overlay)


def test_two_versions_of_equal_value_are_one_version_declared_twice(tmp_path: Path) -> None:
    again = 'service "good/one" version 1 { provides chat permits public }'
    assert "duplicate-name" in codes(tmp_path, {}, again)
