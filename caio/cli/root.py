"""The group of all commands: each one's module is imported when it is invoked, and every way out is guarded."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NoReturn

import click

from caio.cli.callers import refuse_tokens
from caio.cli.exits import MEANINGS, Exit
from caio.cli.failures import READER_GONE, explain, report, silence_output
from caio.cli.lazy import LazyGroup
from caio.cli.streams import prepare


class Root(LazyGroup):
    """The group of all commands; every way out of it is guarded."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The exit codes, then whatever else stands at the end."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), MEANINGS[code]) for code in Exit])
        super().format_epilog(ctx, formatter)

    def main(  # type: ignore[override]  # never returns, in either of click's modes
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        **extra: Any,
    ) -> NoReturn:
        """Run a command line and leave with a code of the table; no exception gets past this."""
        words = list(sys.argv[1:] if args is None else args)
        extra.pop("standalone_mode", None)
        extra.pop("windows_expand_args", None)
        name = prog_name or "caio"
        self._main_shell_completion(extra, name, complete_var)
        sys.exit(self._run(name, words, extra))

    def _run(self, name: str, words: list[str], extra: dict[str, Any]) -> int:
        prepare()
        try:
            code = self._invoke(name, words, extra)
            # A reader that has left is found out here, and not after the exit code is fixed.
            sys.stdout.flush()
        except BrokenPipeError:
            silence_output()
            return READER_GONE
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last guard
            return _fail(error, as_json=_wants_json(words))
        return code

    def _invoke(self, name: str, words: list[str], extra: dict[str, Any]) -> int:
        # Before anything is said about the words: a message could repeat one.
        refuse_tokens(words)
        try:
            with self.make_context(name, words, **extra) as context:
                result = self.invoke(context)
        except click.exceptions.Exit as leave:
            return leave.exit_code
        if not isinstance(result, Exit):
            raise TypeError(f"a command ended with `{result!r}` and not with an exit code")
        return int(result)


def _fail(error: BaseException, *, as_json: bool) -> int:
    failure = explain(error)
    try:
        report(failure, error, as_json=as_json)
        sys.stdout.flush()
    except OSError:
        silence_output()
    return int(failure.code)


def _wants_json(words: Sequence[str]) -> bool:
    """Whether JSON was asked for on standard output, told even from a command line that cannot be parsed."""
    options = words[: words.index("--")] if "--" in words else words
    pairs = pairwise(options)
    return "--json" in options or "--format=json" in options or ("--format", "json") in pairs
