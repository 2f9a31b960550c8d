"""The command ``caio``: its commands by name, and the way in from the console script."""

from __future__ import annotations

import gc
import signal
import sys
from types import FrameType
from typing import Final, NoReturn

import click

import caio
from caio.cli.failures import TERMINATED
from caio.cli.root import Root

_COMMANDS: Final = "caio.cli.commands"

_STRANGER: Final = """\
error: another package called `caio` stands in the place of ours
  found: {found}
help: PyPI's `caio` (asynchronous file access) is another project that installs the same folder;
      the two cannot share an environment:
        pip uninstall caio
        pip install --force-reinstall --no-deps caio-router
"""


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's signature
    if not wanted or context.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 - rarely asked
    from platform import python_version  # noqa: PLC0415

    try:
        solver = version("z3-solver")
    except PackageNotFoundError:
        solver = "missing"
    click.echo(f"caio {caio.__version__} (Python {python_version()}, z3 {solver})")
    context.exit()


cli = Root(
    name="caio",
    lazy={
        "init": (f"{_COMMANDS}.init", "begin a project: a small one, or a demonstration"),
        "check": (f"{_COMMANDS}.check", "compile documents and prove them sane"),
        "lint": (f"{_COMMANDS}.lint", "find what is wrong with documents that compile"),
        "prove": (f"{_COMMANDS}.prove", "prove or refute what must be so for every request"),
        "compat": (f"{_COMMANDS}.compat", "prove that a change is safe for every caller"),
        "can-deploy": (f"{_COMMANDS}.can_deploy", "prove that a version satisfies every caller"),
        "diff": (f"{_COMMANDS}.diff", "say what a change does to routing, as regions"),
        "route": (f"{_COMMANDS}.route", "decide where a request goes, with proof"),
        "explain": (f"{_COMMANDS}.explain", "say why, why not, and what would have to change"),
        "verify": (f"{_COMMANDS}.verify", "check a decision without a solver, in isolation"),
        "audit": (
            f"{_COMMANDS}.audit",
            "record decisions, and find out whether records hang together",
        ),
        "show": (f"{_COMMANDS}.show", "print canonical documents or a decision as text"),
        "fmt": (f"{_COMMANDS}.fmt", "format documents"),
        "import": (f"{_COMMANDS}.importing", "turn a public registry into contracts"),
        "security": (f"{_COMMANDS}.security", "make the key of a node; say who can reach what"),
        "explain-code": (f"{_COMMANDS}.codes", "say what a diagnostic code means"),
        "doctor": (f"{_COMMANDS}.doctor", "examine this installation, the checker included"),
        "completion": (f"{_COMMANDS}.completion", "print the completion script of a shell"),
    },
    help=(
        "CAIO routes a request to a service and proves it was right to.\n\n"
        "\b\nA first walk:\n"
        "  caio init                        write a small project to begin with\n"
        "  caio check contracts             are its documents sane?\n"
        "  caio route contracts --request triage --facts alice -o decision.json\n"
        "                                   who gets the request, and why?\n"
        "  caio verify decision.json        believe nobody, check it\n"
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=True,
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Show the versions of CAIO, Python and the solver.",
        )
    ],
    epilog="Errors go to standard error, data to standard output; NO_COLOR is respected.",
)


def main() -> NoReturn:
    """Run the command line of this process."""
    if not hasattr(caio, "_ROOMS"):
        sys.stderr.write(_STRANGER.format(found=getattr(caio, "__file__", None)))
        raise SystemExit(4)
    signal.signal(signal.SIGTERM, _terminated)
    # A command keeps nearly all that it builds until it ends: looking through it for cycles again and again took a
    # fifth of its time and found nothing.
    gc.set_threshold(100_000, 20, 20)
    cli.main()


def _terminated(_signal: int, _frame: FrameType | None) -> NoReturn:
    """End by way of an exception, so that temporary files and the solver's process are put away."""
    raise SystemExit(TERMINATED)
