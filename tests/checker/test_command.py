"""`python -I -S` runs the checker on files, one claim a line, with the product's exit codes."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from caio.checker.__main__ import main
from tests.checker.forge import Json, World, document_set, dump

ROOT = Path(__file__).resolve().parents[2]
RUN = (
    "import sys; sys.path.insert(0, sys.argv.pop(1));"
    "from caio.checker.__main__ import main; sys.exit(main())"
)


@pytest.fixture(scope="module")
def decision() -> Json:
    return World().decision()


def isolated(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", "-S", "-c", RUN, str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_bundle_is_checked_in_an_isolated_interpreter(tmp_path: Path, decision: Json) -> None:
    file = tmp_path / "decision.json"
    file.write_bytes(dump(decision))
    done = isolated(str(file))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == 'holds: every obligation of "alpha" 1.0 holds (20)'
    assert lines[-1] == "accepted: decision with verdict routed"
    told = json.loads(isolated(str(file), "--json").stdout)
    assert told["accepted"] is True
    assert told["verdict"] == "routed"
    assert len(told["claims"]) == len(lines) - 1


def test_the_module_runs_by_name(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "caio.checker", str(tmp_path / "none.json")]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (4, "")


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    output = capsys.readouterr()
    return code, output.out, output.err


def test_documents_are_found_beside_the_decision(
    tmp_path: Path, decision: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    own = copy.deepcopy(decision)
    documents = document_set(*own.pop("documents"))
    file = tmp_path / "decision.json"
    file.write_bytes(dump(own))
    code, out, _ = run(capsys, file)
    assert code == 5
    assert out.startswith("rejected: inputs.vocabulary: reference:")
    beside = tmp_path / f"landscape-{own['landscape'].removeprefix('sha256:')}.json"
    beside.write_bytes(documents)
    assert run(capsys, file)[0] == 0
    beside.rename(tmp_path / "elsewhere.json")
    assert run(capsys, file)[0] == 5
    assert run(capsys, file, "--documents", tmp_path / "elsewhere.json")[0] == 0


def test_a_rejection_exits_with_5_and_tells_code_and_path(
    tmp_path: Path, decision: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "decision.json"
    file.write_bytes(dump({**decision, "verdict": "unknown"}))
    code, out, err = run(capsys, file, "--json")
    told = json.loads(out)
    assert (code, err, told["accepted"]) == (5, "", False)
    assert (told["code"], told["path"]) == ("verdict", "verdict")
    for data in (b"", b"{", b"[]", b"\xff", b'{"format": "caio-decision/v1", "landscape": 1}'):
        file.write_bytes(data)
        code, out, _ = run(capsys, file)
        assert code == 5
        assert out.startswith("rejected: ")


def test_a_missing_file_exits_with_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for argument in (tmp_path / "none.json", tmp_path):
        code, out, err = run(capsys, argument)
        assert (code, out) == (4, "")
        assert err.startswith("cannot read ")


def test_a_landscape_is_no_path(
    tmp_path: Path, decision: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    """A digest with slashes in it names no file."""
    own = {**decision, "landscape": "../../etc/passwd"}
    del own["documents"]
    file = tmp_path / "decision.json"
    file.write_bytes(dump(own))
    assert run(capsys, file)[0] == 5


def test_the_budget_is_an_option(
    tmp_path: Path, decision: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "decision.json"
    file.write_bytes(dump(decision))
    code, out, _ = run(capsys, file, "--budget", "100")
    assert code == 5
    assert "budget" in out


def test_wrong_use_exits_with_2() -> None:
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
