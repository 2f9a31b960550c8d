"""What all commands for pipelines share: their options, and that nothing delivered contradicts the exit code."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from caio.analysis.findings import outputs as outputs_module
from caio.base import writing
from caio.cli import job_summary
from caio.cli.root import Root
from tests.cli.conftest import Ran

Run = Callable[..., Ran]
SUCCESS = re.compile(r"\bproved: 1 question|\"exit\": 0\b")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the toy command in a folder of its own; a traceback is a failure."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_STEP_SUMMARY", "CAIO_DOCS_URL", "CAIO_DEBUG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    root = Root(name="caio", lazy={"toy": ("tests.findings.toy", "a toy")})

    def call(*words: str) -> Ran:
        result = CliRunner().invoke(root, ["toy", *words], prog_name="caio")
        assert "Traceback" not in result.output
        return Ran(result.exit_code, result.stdout, result.stderr)

    return call


def waiver(fingerprint: str, expires: str = "2027-03-31") -> str:
    return f'[[waiver]]\nfingerprint = "{fingerprint}"\nreason = "r"\nowner = "o"\nexpires = {expires}\n'


def waivers(*texts: str) -> str:
    return 'format = "caio-waivers/v1"\n' + "".join(texts)


def fingerprints(run: Run) -> list[str]:
    (question,) = run("refuted", "--json").json["questions"]
    return [finding["fingerprint"] for finding in question["findings"]]


class TestExit:
    @pytest.mark.parametrize(
        ("what", "code"),
        [
            ("proved", 0),
            ("refuted", 1),
            ("unknown", 3),
            ("could-not-run", 4),
            ("rejected", 5),
            ("nothing", 4),
            ("input", 4),
            ("solver", 4),
            ("bug", 4),
            ("memory", 4),
            ("evidence", 5),
        ],
    )
    def test_every_format_agrees_with_the_exit_code(self, run: Run, what: str, code: int) -> None:
        ran = run(what, "--json", "--format", "text=out.txt", "--format", "junit=out.xml")
        assert ran.code == ran.json["exit"] == code
        assert (ran.json["verdict"] == "proved") == (code == 0)
        assert Path("out.txt").read_text().splitlines()[-1].startswith(f"{ran.json['verdict']}: ")
        if code:
            assert not SUCCESS.search(ran.out + ran.err + Path("out.txt").read_text())
            assert re.search("<(failure|error) ", Path("out.xml").read_text())

    def test_wrong_use_and_an_interruption_are_no_verdict(self, run: Run) -> None:
        for what, code in (("misuse", 2), ("interruption", 130)):
            ran = run(what, "--format", "json=out.json")
            assert (ran.code, ran.out) == (code, "")
            assert not Path("out.json").exists()

    def test_documents_that_do_not_compile_are_told_with_their_places(self, run: Run) -> None:
        Path("a.caio").write_text('vocabulary "v" {\n  unit token\n  unit token\n}\nx y z\n')
        ran = run("documents", "a.caio", "--json", "--no-cache", "--format", "sarif=out.sarif")
        assert ran.code == 4
        (question,) = ran.json["questions"]
        assert len(question["findings"]) >= 1
        assert {found["verdict"] for found in question["findings"]} == {"could-not-run"}
        results = json.loads(Path("out.sarif").read_text())["runs"][0]["results"]
        places = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results}
        assert places == {"a.caio"}

    def test_where_all_goes_to_files_the_last_line_is_still_said(self, run: Run) -> None:
        assert run("proved", "--format", "json=x").out == "proved: 1 question (1 proved)\n"

    def test_a_runner_finds_no_command_in_what_is_said_of_a_failure(self, run: Run) -> None:
        ran = run("input")
        assert "##[" not in ran.out + ran.err
        assert "a reason" in ran.err
        ran = run("input", "--format", "github")
        assert "##[" not in ran.err
        assert ran.out.startswith("::error title=question-could-not-run")


class TestOptions:
    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (("--format", "sarf"), "did you mean `sarif`"),
            (("--json", "--format", "text"), "both go to standard output"),
            (("--at", "tomorrow"), "is not an instant"),
            (("--waivers", "a", "--no-waivers"), "contradict each other"),
            (("--cache", "a", "--no-cache"), "contradict each other"),
            (("--waivers", ""), "names no file"),
            (("--certificate", "-"), "goes to a file or a folder"),
            (("--most", "0"), "0 is not in the range"),
            (("--budget", "0"), "0 is not in the range"),
            (("--color", "green"), "is not one of"),
        ],
    )
    def test_wrong_use_is_told(self, run: Run, words: tuple[str, ...], message: str) -> None:
        ran = run("proved", *words)
        assert ran.code == 2
        assert message in ran.err
        assert not SUCCESS.search(ran.out)

    @pytest.mark.parametrize(
        "words",
        [
            ("--format", "json=none/x"),
            ("--format", "json=."),
            ("--waivers", "none.toml"),
            ("--waivers", "latin.toml"),
            ("--certificate", "none/x"),
            ("--certificate", "none/x/"),
            ("--certificate", "latin.toml/"),
        ],
    )
    def test_what_cannot_be_written_or_read_is_told_before_anything_is_asked(
        self, run: Run, words: tuple[str, ...]
    ) -> None:
        Path("latin.toml").write_bytes(b"\xff")
        ran = run("bug", *words)
        assert ran.code == 4
        assert re.search("cannot|no UTF-8", ran.err)
        assert "internal" not in ran.err

    def test_a_failure_is_json_wherever_json_was_asked_for(self, run: Run) -> None:
        for words in (("--json",), ("--format", "json"), ("--format=json",)):
            assert run("misuse", *words).json["verdict"] == "error"
        assert run("misuse", "--format", "json=x").out == ""

    def test_colour(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        assert "\x1b" not in run("refuted").out
        assert "\x1b" not in run("refuted", "--color", "never").out
        monkeypatch.setenv("NO_COLOR", "1")
        assert "\x1b[" in run("refuted", "--color", "always").out

    def test_what_is_not_shown_is_counted(self, run: Run) -> None:
        assert "... and 2 more findings" in run("refuted", "--most", "1").out

    def test_rules_are_linked_where_their_pages_are(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def rule() -> Any:
            log = json.loads(run("unknown", "--format", "sarif").out)
            return log["runs"][0]["tool"]["driver"]["rules"][0]

        assert "helpUri" not in rule()
        monkeypatch.setenv("CAIO_DOCS_URL", "https://example.org/caio")
        assert rule()["helpUri"] == "https://example.org/caio/docs/findings.md"
        monkeypatch.setenv("CAIO_DOCS_URL", "javascript:x")
        assert run("proved").code == 4

    def test_nothing_but_the_judging_of_waivers_depends_on_time(self, run: Run) -> None:
        one, other = (
            run("refuted", "--json", "--at", day).out for day in ("2020-01-01", "2030-01-01")
        )
        assert one == other


class TestWaivers:
    def test_all_or_it_still_fails(self, run: Run) -> None:
        found = fingerprints(run)
        Path("w.toml").write_text(waivers(*map(waiver, found)))
        ran = run("refuted", "--waivers", "w.toml", "--at", "2027-03-31T23:59Z")
        assert ran.code == 0
        assert ran.out.splitlines()[-1].endswith("3 findings waived")
        assert run("refuted", "--waivers", "w.toml", "--at", "2027-04-01").code == 1
        Path("w.toml").write_text(waivers(*map(waiver, found[1:])))
        assert run("refuted", "--waivers", "w.toml", "--at", "2027-03-31").code == 1

    def test_a_file_of_the_usual_name_counts_and_is_said_to(self, run: Run) -> None:
        Path("caio-waivers.toy.toml").write_text(waivers(*map(waiver, fingerprints(run))))
        ran = run("refuted", "--at", "2027-01-01")
        assert ran.code == 0
        assert "waivers: caio-waivers.toy.toml" in ran.err
        assert run("refuted", "--at", "2027-01-01", "--no-waivers").code == 1
        Path("caio-waivers.toy.toml").rename("caio-waivers.lint.toml")
        assert run("refuted", "--at", "2027-01-01").code == 1

    @pytest.mark.parametrize("content", [b"x", b"[[waiver]]\n"])
    def test_a_file_with_an_error_is_no_success(self, run: Run, content: bytes) -> None:
        Path("w.toml").write_bytes(content)
        ran = run("proved", "--waivers", "w.toml", "--json")
        assert ran.code == ran.json["exit"] == 4
        assert [question["verdict"] for question in ran.json["questions"]] == [
            "proved",
            "could-not-run",
        ]

    def test_what_is_worse_than_refuted_cannot_be_waived(self, run: Run) -> None:
        found = run("unknown", "--json").json["questions"][0]["findings"]
        Path("w.toml").write_text(waivers(*(waiver(f["fingerprint"]) for f in found)))
        assert run("unknown", "--waivers", "w.toml", "--at", "2020-01-01").code == 3


class TestCertificates:
    def test_one_goes_to_a_file(self, run: Run) -> None:
        ran = run("proved", "one", "--certificate", "c.json")
        assert ran.code == 0
        written = json.loads(Path("c.json").read_text())
        assert (written["claims"], written["format"]) == ([], "one")
        assert written["documents"] == []

    def test_several_go_to_a_folder_by_their_digests(self, run: Run) -> None:
        assert run("proved", "one", "two", "--certificate", "all/").code == 0
        assert run("proved", "one", "two", "--certificate", "all").code == 0
        names = sorted(path.name for path in Path("all").iterdir())
        assert len(names) == 2
        assert all(re.fullmatch(r"[0-9a-f]{64}\.json", name) for name in names)

    def test_several_do_not_fit_into_a_file_and_none_is_no_certificate(self, run: Run) -> None:
        for words, message in ((("one", "two"), "`one`, `two`"), ((), "nothing was decided")):
            ran = run("proved", *words, "--certificate", "c.json")
            assert ran.code == 4
            assert message in ran.err
            assert not SUCCESS.search(ran.out)
            assert not Path("c.json").exists()


class TestSummary:
    def test_annotations_come_with_the_summary_of_the_job(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Path("summary.md").write_text("before")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
        ran = run("refuted", "--format", "github")
        assert ran.out.startswith("::error file=contracts/v2.caio,line=2,")
        assert Path("summary.md").read_text().startswith("before\n## ✗ caio toy refuted\n")
        size = Path("summary.md").stat().st_size
        run("refuted")
        run("refuted", "--format", "github", "--format", "github-summary=other.md")
        assert Path("summary.md").stat().st_size == size

    def test_a_step_never_writes_more_than_is_shown(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
        monkeypatch.setattr(job_summary, "MOST_OF_A_SUMMARY", 9_000)
        for _ in range(12):
            assert run("refuted", "--format", "github").code == 1
        assert Path("summary.md").stat().st_size <= 9_000
        assert "More reports of this step are left out" in Path("summary.md").read_text()

    def test_one_that_cannot_be_written_is_no_success(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(Path.cwd()))
        ran = run("proved", "--format", "github", "--format", "json=out.json")
        assert ran.code == 4
        assert "GITHUB_STEP_SUMMARY" in ran.err
        assert json.loads(Path("out.json").read_text())["exit"] == 4
        assert not SUCCESS.search(ran.out)


class TestFailingOutputs:
    @pytest.mark.parametrize("stubborn", ["one.json", "two.json"])
    def test_where_one_output_fails_none_tells_of_success(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, stubborn: str
    ) -> None:
        def replace_file(target: Path, data: bytes) -> None:
            if target.name == stubborn:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            writing.replace_file(target, data)

        monkeypatch.setattr(outputs_module, "replace_file", replace_file)
        ran = run("proved", "--format", "json=one.json", "--format", "json=two.json")
        assert ran.code == 4
        assert f"cannot write `{stubborn}`: No space left on device" in ran.err
        (written,) = Path().glob("*.json")
        assert json.loads(written.read_text())["verdict"] == "could-not-run"
        assert ran.out.startswith("could-not-run: ")
