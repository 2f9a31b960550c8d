"""``caio lint --fix`` and the command itself: what is written, what is kept, what is refused."""

import os
from pathlib import Path

import pytest

from caio.routing.files import document_set
from tests.cli.conftest import Run, run
from tests.lint.worlds import VOCABULARY, project_of

__all__ = ["run"]

RULES = """
// about the small
rule small { when request.tokens <= 3 token then latency <= 1 s }

// about the large
rule large { when request.tokens >= 3 token then latency <= 1 s }

// about the middle
rule middle { // why
  when request.tokens in 1 .. 4 token // from one to four
  then latency <= 2 s
} // the end

rule both {
  when request.urgent
  then provides chat, // needed
       latency <= 6 s, // the most
       provides vision
}
"""
FIXED = """
// about the small
rule small { when request.tokens <= 3 token then latency <= 1 s }

// about the large
rule large { when request.tokens >= 3 token then latency <= 1 s }

// about the middle
// why
// from one to four
// the end

rule both {
  when request.urgent
  then provides chat, // needed
       // the most
       provides vision
}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAIO_CACHE_DIR", str(tmp_path / ".cache"))
    (tmp_path / "v.caio").write_text(VOCABULARY)
    found = tmp_path / "a.caio"
    found.write_text('uses "v"\n' + RULES)
    return found


def test_a_fix_keeps_comments_and_layout(run: Run, file: Path) -> None:
    ran = run("lint", ".", "--fix")
    assert ran.code == 0, ran.out
    assert file.read_text() == 'uses "v"\n' + FIXED
    assert "2 findings fixed in 1 file" in ran.err
    assert run("fmt", "--check", "a.caio").code == 1, "it was in another layout before"
    again = run("lint", ".", "--fix")
    assert again.code == 0
    assert "0 findings fixed" in again.err
    assert file.read_text() == 'uses "v"\n' + FIXED


def test_what_was_in_the_layout_of_the_formatter_is_in_it_afterwards(run: Run, file: Path) -> None:
    run("fmt", ".")
    assert run("lint", ".", "--fix").code == 0
    assert run("fmt", "--check", ".").code == 0
    text = file.read_text()
    for comment in ("about the middle", "why", "from one to four", "the end", "the most"):
        assert f"// {comment}" in text


@pytest.mark.parametrize("words", [("--diff",), ("--fix", "--dry-run"), ("--fix", "--diff")])
def test_a_dry_run_writes_nothing_and_shows_all(
    run: Run, file: Path, words: tuple[str, ...]
) -> None:
    before = file.read_bytes()
    ran = run("lint", ".", *words, "--json")
    assert file.read_bytes() == before
    assert ran.code == 1
    assert "-rule middle { // why" in ran.err
    assert "+// why" in ran.err
    rules = [f["rule"] for q in ran.json["questions"] for f in q["findings"]]
    assert "shadowed-rule" in rules


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_line_ends_and_the_mark_at_the_beginning_stay(run: Run, file: Path, newline: str) -> None:
    text = ('uses "v"\n' + RULES).replace("\n", newline)
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert run("lint", ".", "--fix").code == 0
    data = file.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfuses")
    assert data.count(b"\r\n") == (data.count(b"\n") if newline == "\r\n" else 0)
    assert b"rule middle" not in data


def test_links_stay_links_and_permissions_stay(run: Run, file: Path, tmp_path: Path) -> None:
    other = tmp_path / ".hidden"
    other.mkdir()
    target = other / "real.caio"
    file.rename(target)
    target.chmod(0o640)
    file.symlink_to(target)
    assert run("lint", ".", "--fix").code == 0
    assert file.is_symlink()
    assert "rule middle" not in target.read_text()
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_read_only_file_is_refused_and_nothing_written(run: Run, file: Path) -> None:
    more = file.with_name("b.caio")
    more.write_text('uses "v"\nrule idle { always latency <= 6 s }\n')
    file.chmod(0o444)
    before = file.read_bytes(), more.read_bytes()
    ran = run("lint", ".", "--fix")
    assert ran.code == 4
    assert "read-only" in ran.out
    assert (file.read_bytes(), more.read_bytes()) == before


def test_json_is_not_edited(run: Run, file: Path) -> None:
    shown = file.with_name("set.json")
    shown.write_bytes(document_set(project_of(VOCABULARY + RULES).documents()))
    before = shown.read_bytes()
    fixed = run("lint", "set.json", "--fix", "--json")
    assert fixed.code == 1
    assert shown.read_bytes() == before
    (found,) = [
        f for q in fixed.json["questions"] for f in q["findings"] if f["rule"] == "shadowed-rule"
    ]
    assert not found["fixes"]
    assert "JSON" in found["help"]


def test_a_dry_run_of_nothing_is_misuse(run: Run, file: Path) -> None:
    assert file.exists()
    assert run("lint", ".", "--dry-run").code == 2


def test_what_does_not_compile_is_not_mended(run: Run, file: Path) -> None:
    file.write_text('uses "v"\nrule x {\n')
    for words in ((), ("--fix",), ("--diff",)):
        assert run("lint", ".", *words).code == 4


@pytest.mark.parametrize("text", ["", "// nothing\n"])
def test_nothing_to_lint_is_no_success(run: Run, tmp_path: Path, text: str) -> None:
    path = tmp_path / "empty.caio"
    path.write_text(text)
    assert run("lint", str(path)).code == 4
    assert run("lint", str(tmp_path / "absent.caio")).code == 4


def test_a_tiny_budget_is_unknown(run: Run, file: Path) -> None:
    file.write_text(
        'uses "v"\n'
        + "".join(
            f"rule r{n} {{ when request.tokens >= {n} token or request.urgent then latency <="
            f" {n + 1} s + 0.1 s per token * request.tokens }}\n"
            for n in range(5)
        )
    )
    code = run("lint", ".", "--budget", "1", "--no-cache").code
    assert code in (0, 1, 3)
    assert code == 3 or run("lint", ".", "--no-cache").code == code


def test_evidence_is_kept_and_a_lie_about_it_found(run: Run, file: Path, tmp_path: Path) -> None:
    folder = tmp_path / ".kept"
    assert file.exists()
    first = run("lint", ".", "--cache", str(folder), "--json")
    kept = sorted(folder.glob("*.answers"))
    assert kept
    second = run("lint", ".", "--cache", str(folder), "--json")
    assert second.out == first.out
    for path in kept:
        data = path.read_bytes()
        path.write_bytes(data[:-40] + os.urandom(40))
    third = run("lint", ".", "--cache", str(folder), "--json")
    assert third.out == first.out


def test_several_vocabularies_are_asked_about_one_by_one(run: Run, file: Path) -> None:
    other = VOCABULARY.replace('vocabulary "v"', 'vocabulary "w"')
    file.with_name("w.caio").write_text(other)
    file.with_name("z.caio").write_text('uses "w"\nrule z { always latency <= 6 s }\n')
    ran = run("lint", ".", "--json")
    assert ran.code == 1
    ids = {q["id"] for q in ran.json["questions"]}
    assert {"rules-needed:v", "rules-needed:w"} & ids
    assert any(i.endswith(":w") for i in ids)
    assert any(i.endswith(":v") for i in ids)
