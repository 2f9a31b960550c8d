"""Whatever is found and whichever outputs fail: the exit code and all that was written say the same."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from pathlib import Path
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from caio.analysis.findings import outputs as module
from caio.analysis.findings.outputs import Output, parse_outputs
from caio.analysis.findings.report import Report
from caio.base import writing
from caio.cli.delivery import Delivery, deliver
from tests.findings.reports import reports

FILES = ("one.json", "two.json", "three.json")


def delivery(outputs: tuple[Output, ...]) -> Delivery:
    return Delivery(outputs, None, 0, None, "auto", None)


@settings(max_examples=60, deadline=None)
@given(reports(), st.sets(st.sampled_from(FILES)), st.sampled_from(["json", "text"]))
def test_nothing_that_was_written_contradicts_the_exit_code(
    report: Report, failing: set[str], standard: str
) -> None:
    def replace_file(target: Path, data: bytes) -> None:
        if target.name in failing:
            raise OSError(28, "No space left on device")
        writing.replace_file(target, data)

    with tempfile.TemporaryDirectory() as folder:
        wanted = [f"json={folder}/{name}" for name in FILES]
        said, errors = io.StringIO(), io.StringIO()
        with (
            patch.object(module, "replace_file", replace_file),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(errors),
        ):
            code = deliver(report, delivery(parse_outputs([*wanted, standard])))
        written = {path.name: json.loads(path.read_text()) for path in Path(folder).iterdir()}
    assert code == max(report.exit_code, 4 if failing else 0)
    assert set(written) == set(FILES) - failing
    assert all(body["exit"] == code for body in written.values())
    if standard == "json":
        assert json.loads(said.getvalue())["exit"] == code
    else:
        verdict = said.getvalue().splitlines()[-1].partition(":")[0]
        assert (verdict in ("proved", "waived")) == (code == 0)
    assert errors.getvalue().count("error: cannot write") == len(failing)


@settings(max_examples=60, deadline=None)
@given(reports())
def test_the_same_report_gives_the_same_bytes(report: Report) -> None:
    def said() -> str:
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(io.StringIO()):
            deliver(report, delivery(parse_outputs(["json"])))
        return stream.getvalue()

    assert said() == said()
