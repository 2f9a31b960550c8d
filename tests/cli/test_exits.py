"""The table of exit codes, and that every way out of the program ends on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from caio.base.errors import EvidenceError, InputError, InternalError, SolverError
from caio.cli import failures
from caio.cli.exits import MEANINGS, Exit, worst
from caio.cli.failures import explain
from caio.cli.main import cli
from tests.cli.conftest import Run

FORMAT = "caio-error/v1"


def test_the_codes_are_those_of_the_design() -> None:
    assert [int(code) for code in Exit] == [0, 1, 2, 3, 4, 5]
    assert set(MEANINGS) == set(Exit)


@pytest.mark.parametrize(
    ("several", "expected"),
    [
        ((0,), 0),
        ((0, 1), 1),
        ((1, 0, 3), 3),
        ((0, 4, 3, 1), 4),
        ((1, 3, 4, 5, 0), 5),
        ((0, 0, 0), 0),
    ],
)
def test_the_worst_outcome_counts(several: tuple[int, ...], expected: int) -> None:
    assert worst(map(Exit, several)) is Exit(expected)


@pytest.mark.parametrize("several", [(), (Exit.USAGE,), (Exit.HOLDS, Exit.USAGE)])
def test_no_outcome_is_no_success(several: tuple[Exit, ...]) -> None:
    with pytest.raises(ValueError, match="no outcome"):
        worst(several)


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (InputError("x"), "input", 4),
        (SolverError("x"), "solver", 4),
        (EvidenceError("x"), "evidence", 5),
        (InternalError("x"), "internal", 4),
        (ZeroDivisionError("x"), "internal", 4),
        (RecursionError("x"), "input", 4),
        (MemoryError(), "resources", 4),
        (click.UsageError("x"), "usage", 2),
        (failures.MisuseError("x"), "usage", 2),
        (failures.DoesNotCompileError([]), "compile", 4),
        (KeyboardInterrupt(), "interrupted", 130),
    ],
)
def test_every_family_of_exceptions_has_a_code(error: BaseException, kind: str, code: int) -> None:
    failure = explain(error)
    assert (failure.kind, failure.code) == (kind, code)


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("no such thing"), 4),
        (EvidenceError("candidates[3]: rup: expected a unit"), 5),
        (SolverError("the solver died"), 4),
        (AssertionError("broken"), 4),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 141),
    ],
)
def test_a_command_that_raises_ends_with_a_message_and_its_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, as_json: bool
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("caio.cli.commands.codes._codes", broken)
    ran = run("explain-code", *(["--json"] if as_json else []))
    assert ran.code == code
    if code == 141:
        return
    assert ran.err.splitlines()[0].startswith(("error: ", "interrupted: "))
    if as_json:
        assert ran.json["format"] == FORMAT
        assert ran.json["verdict"] == "error"
        assert ran.json["exit"] == code
        assert set(ran.json["error"]) == {"kind", "message", "help"}
        assert ran.json["diagnostics"] == []
    else:
        assert ran.out == ""


def test_the_traceback_of_a_bug_is_shown_on_request_only(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise LookupError("a bug")

    monkeypatch.setattr("caio.cli.commands.codes._codes", broken)
    assert "CAIO_DEBUG=1" in run("explain-code").err
    monkeypatch.setenv("CAIO_DEBUG", "1")
    shown: list[BaseException] = []
    monkeypatch.setattr(
        "caio.cli.failures.traceback.print_exception", lambda error, **_: shown.append(error)
    )
    assert run("explain-code").code == 4
    assert [type(error) for error in shown] == [LookupError]


def test_a_command_that_ends_without_a_code_is_a_bug_and_no_success(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = click.Command("codes", callback=lambda: None)
    monkeypatch.setattr("caio.cli.commands.codes.command", command)
    assert run("explain-code").code == 4


class TestWrongUse:
    @pytest.mark.parametrize(
        "words",
        [
            ("rute",),
            ("route",),
            ("route", "."),
            ("route", ".", "--request"),
            ("route", ".", "--request", "x", "--bogus"),
            ("route", ".", "--request", "x", "--at", "yesterday"),
            ("route", ".", "--request", "x", "-o", "a.json", "--bundle", "b.json"),
            ("check",),
            ("verify",),
            ("show",),
            ("import",),
            ("import", "nothing"),
            ("import", "litellm"),
            ("import", "litellm", "unnumbered.json"),
            ("fmt", "-", "x.caio"),
            ("completion", "tcsh"),
            (),
            ("--nonsense",),
        ],
    )
    def test_ends_with_2_and_says_why(self, run: Run, words: tuple[str, ...]) -> None:
        ran = run(*words)
        assert ran.code == 2
        assert ran.out == ""
        assert ran.err

    def test_two_kinds_of_data_cannot_share_standard_output(self, run: Run) -> None:
        ran = run("import", "litellm", "x_1.0.json", "-o", "-", "--json")
        assert ran.code == 2
        assert "both want standard output" in ran.json["error"]["message"]

    def test_names_the_command_that_was_meant(self, run: Run) -> None:
        assert "did you mean `route`?" in run("rout").err

    def test_is_said_in_json_as_well(self, run: Run) -> None:
        ran = run("route", "--json")
        assert ran.code == 2
        assert ran.json["error"]["kind"] == "usage"

    def test_json_behind_two_hyphens_is_a_path(self, run: Run) -> None:
        ran = run("show", "--", "--json")
        assert ran.code == 4
        assert ran.out == ""


class TestHelp:
    @pytest.mark.parametrize("words", [("--help",), ("-h",), ("route", "--help")])
    def test_is_data_and_a_success(self, run: Run, words: tuple[str, ...]) -> None:
        ran = run(*words)
        assert ran.code == 0
        assert ran.out.startswith("Usage: caio")
        assert ran.err == ""

    def test_lists_every_command_and_every_exit_code(self, run: Run) -> None:
        text = run("--help").out
        for name in cli.list_commands(click.Context(cli)):
            assert f"\n  {name} " in text
        for code in Exit:
            assert f"\n  {int(code)}  " in text

    def test_every_command_has_help_for_each_option(self) -> None:
        context = click.Context(cli)
        for name in cli.list_commands(context):
            command = cli.get_command(context, name)
            assert command is not None
            members = command.commands.values() if isinstance(command, click.Group) else [command]
            for member in members:
                assert member.help, name
                for parameter in member.params:
                    if isinstance(parameter, click.Option):
                        assert parameter.help, f"{name} {parameter.opts}"

    def test_version_names_what_a_report_needs(self, run: Run) -> None:
        ran = run("--version")
        assert ran.code == 0
        assert ran.out.startswith("caio ")
        assert "Python 3." in ran.out
        assert "z3 " in ran.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_prints_the_script_of_a_shell(run: Run, shell: str) -> None:
    ran = run("completion", shell)
    assert ran.code == 0
    assert "_CAIO_COMPLETE" in ran.out


class TestBadInput:
    """Exit 4, a message, nothing on standard output, and never a traceback."""

    COMMANDS = (
        ("check",),
        ("route", "--request", "x"),
        ("verify",),
        ("show",),
        ("fmt", "--check"),
        ("import", "litellm", "--release", "1.0"),
    )

    @pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
    @pytest.mark.parametrize(
        "kind", ["missing", "folder", "binary", "empty", "loop", "nul", "json"]
    )
    def test_is_refused(self, run: Run, words: tuple[str, ...], kind: str, tmp_path: Path) -> None:
        path = tmp_path / ("bad.json" if words[0] in {"verify", "show", "import"} else "bad.caio")
        match kind:
            case "folder":
                path.mkdir()
            case "binary":
                path.write_bytes(bytes(range(256)) * 64)
            case "empty":
                path.write_bytes(b"")
            case "loop":
                path.symlink_to(path)
            case "json":
                path.write_bytes(b"[" * 200_000)
        name = f"{path}\0" if kind == "nul" else str(path)
        if kind == "empty" and words[0] == "fmt":
            return  # an empty document is well formatted
        ran = run(*words, name)
        if words[0] == "verify" and kind in {"binary", "empty", "json"}:
            # What can be read and is no evidence is the checker's to reject.
            assert ran.code == 5
            assert "rejected" in ran.out
            return
        assert ran.code == 4, ran
        assert ran.out == ""
        assert "error" in ran.err

    @pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
    def test_is_refused_without_permission(
        self,
        run: Run,
        words: tuple[str, ...],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        # Taking the permission away would not keep a superuser out.
        path = tmp_path / "locked.caio"
        path.touch()
        really_open = Path.open

        def refused(self: Path, *arguments: Any, **options: Any) -> Any:
            if self.name == path.name:
                raise PermissionError(13, "Permission denied", str(self))
            return really_open(self, *arguments, **options)

        monkeypatch.setattr(Path, "open", refused)
        ran = run(*words, str(path))
        assert ran.code == 4
        assert ran.out == ""
        assert "permission denied" in ran.err.lower()

    @pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
    def test_is_refused_when_huge(self, run: Run, words: tuple[str, ...], tmp_path: Path) -> None:
        path = tmp_path / ("huge.json" if words[0] in {"verify", "show", "import"} else "huge.caio")
        with path.open("wb") as file:
            file.truncate(65 * 1024 * 1024)
        ran = run(*words, str(path))
        assert ran.code == (5 if words[0] == "verify" else 4)
        assert words[0] == "verify" or ran.out == ""

    @pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
    def test_a_hostile_name_is_shown_and_not_obeyed(
        self, run: Run, words: tuple[str, ...], tmp_path: Path
    ) -> None:
        ran = run(*words, str(tmp_path / "\x1b[2J\x1b]0;owned\x07\u202egnp.caio"))
        assert ran.code == 4
        assert "\x1b" not in ran.err
        assert "\u202e" not in ran.err
        assert "\x07" not in ran.err

    def test_says_what_is_wrong_in_json(self, run: Run, tmp_path: Path) -> None:
        for words in (("check",), ("route", "--request", "x"), ("verify",)):
            ran = run(*words, "--json", str(tmp_path / "missing"))
            assert ran.code == 4
            assert ran.json["format"] == FORMAT
            assert "missing" in ran.out
