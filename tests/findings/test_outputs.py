"""Outputs: several in one run, refused before anything is analysed, and written whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from caio.analysis.findings import outputs as module
from caio.analysis.findings.outputs import (
    FORMATS,
    Output,
    parse_outputs,
    probe_outputs,
    standard_output,
    write_files,
)
from caio.base.errors import InputError
from tests.findings.reports import a_finding, a_question, a_report

REPORT = a_report(a_question(a_finding()))


class TestParsing:
    def test_text_is_what_nobody_asked_for(self) -> None:
        assert parse_outputs([]) == (Output("text"),)

    def test_several_at_once(self) -> None:
        given = ["sarif=out.sarif", "text", "html=a=b.html"]
        assert parse_outputs(given) == (
            Output("sarif", Path("out.sarif")),
            Output("text"),
            Output("html", Path("a=b.html")),
        )
        assert parse_outputs(["json=-"]) == (Output("json"),)

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            (["sarf=x"], "there is no format `sarf`: did you mean `sarif`"),
            (["xyz"], "there are `text`, `json`, `sarif`"),
            ([""], "there is no format ``"),
            (["\x1b[2J"], r"no format `\\x1b\[2J`"),
            (["json="], "names no file: write `--format json=FILE`"),
            (["json=a\0b"], "names no file"),
            (["text", "json"], "`text` and `json` both go to standard output"),
            (["text", "text"], "both go to standard output"),
            (["json=a", "sarif=./a"], "`json` and `sarif` both go to `a`"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, given: list[str], message: str) -> None:
        with pytest.raises(InputError, match=message):
            parse_outputs(given)

    def test_two_names_of_one_file_are_one_target(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(tmp_path / "file")
        with pytest.raises(InputError, match="both go to"):
            parse_outputs([f"json={tmp_path}/file", f"html={tmp_path}/link"])


class TestProbing:
    def test_what_can_be_written_is_left_as_it_is(self, tmp_path: Path) -> None:
        old = tmp_path / "old"
        old.write_text("before")
        probe_outputs([Output("json", tmp_path / "new"), Output("sarif", old), Output("text")])
        assert [path.name for path in tmp_path.iterdir()] == ["old"]
        assert old.read_text() == "before"

    def test_what_cannot_be_written_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "file").write_text("x")
        for target, message in (
            (tmp_path, "it is a folder; name a file in it"),
            (tmp_path / "pipe", "`-` stands for standard output"),
            (tmp_path / "none" / "x", "create it first"),
            (tmp_path / "file" / "x", "create it first"),
            (tmp_path / ("x" * 300), "File name too long"),
        ):
            with pytest.raises(InputError, match=message):
                probe_outputs([Output("json", target)])

        def refuse(_path: Path, **_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "touch", refuse)
        with pytest.raises(InputError, match=r"cannot write `.*/y`: Permission denied"):
            probe_outputs([Output("json", tmp_path / "y")])


class TestWriting:
    def test_every_format_goes_where_it_was_asked_to(self, tmp_path: Path) -> None:
        given = [f"{name}={tmp_path / name}" for name in FORMATS if name != "text"]
        outputs = parse_outputs([*given, "text"])
        probe_outputs(outputs)
        assert write_files(REPORT, outputs) == ()
        assert {path.name for path in tmp_path.iterdir()} == set(FORMATS) - {"text"}
        for name in set(FORMATS) - {"text"}:
            assert (tmp_path / name).read_bytes() == FORMATS[name](REPORT).encode()
        assert standard_output(REPORT, outputs) == FORMATS["text"](REPORT)
        assert json.loads((tmp_path / "json").read_bytes())["exit"] == REPORT.exit_code
        assert standard_output(REPORT, parse_outputs(given)) == ""

    def test_only_text_on_standard_output_has_colours(self, tmp_path: Path) -> None:
        assert "\x1b[" in standard_output(REPORT, [Output("text")], color=True)
        assert "\x1b" not in standard_output(REPORT, [Output("markdown")], color=True)
        write_files(REPORT, [Output("text", tmp_path / "report.txt")])
        assert "\x1b" not in (tmp_path / "report.txt").read_text("utf-8")

    def test_people_are_shown_as_much_as_they_ask_for(self, tmp_path: Path) -> None:
        many = a_report(a_question(*(a_finding(n, message=f"number {n}") for n in range(5))))
        for name in ("text", "markdown", "github-summary", "json"):
            output = Output(name, tmp_path / name)
            write_files(many, [output], most=2)
            written = (tmp_path / name).read_text("utf-8")
            assert written == standard_output(many, [Output(name)], most=2)
            assert written.count("number ") == (5 if name == "json" else 2)
            assert ("3 more findings" in written) == (name != "json")

    def test_one_that_fails_is_told_and_keeps_no_other_from_being_written(
        self, tmp_path: Path
    ) -> None:
        outputs = [Output("json", tmp_path / "none" / "x"), Output("sarif", tmp_path / "y")]
        (failure,) = write_files(REPORT, outputs)
        assert "cannot write" in str(failure)
        assert (tmp_path / "y").exists()

    def test_a_renderer_that_fails_leaves_everything_as_it_was(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = tmp_path / "old"
        old.write_text("before")

        def fail(_report: object) -> str:
            raise ZeroDivisionError

        monkeypatch.setattr(module, "FORMATS", {**FORMATS, "html": fail})
        with pytest.raises(ZeroDivisionError):
            write_files(REPORT, [Output("json", old), Output("html", tmp_path / "new")])
        assert old.read_text() == "before"
        assert len(list(tmp_path.iterdir())) == 1
