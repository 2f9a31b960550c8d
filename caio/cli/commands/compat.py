"""``caio compat``: is a change of contracts safe for every caller, and which version number does it need?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caio.cli.exits import Exit
from caio.cli.failures import MisuseError
from caio.cli.gate import Answers, Gate, conclude, gate_options
from caio.cli.progress import Waiting

if TYPE_CHECKING:
    from caio.analysis.compat.sides import Side

_MODES = [
    "backward",
    "forward",
    "full",
    "backward-transitive",
    "forward-transitive",
    "full-transitive",
]


@dataclass(frozen=True, slots=True)
class _Options:
    old: str
    new: str
    service: str | None
    policy: tuple[str, ...]
    mode: str
    history: str | None
    callers: tuple[str, ...]
    profile: str | None
    require_bump: bool
    no_bump: bool


@click.command(
    "compat",
    help=(
        "Prove that the contracts in NEW can take the place of those in OLD, for every request there could be.\n\n"
        "OLD and NEW are documents (.caio, .json) or folders of them. Of each service of OLD, its highest version is held"
        " against the highest one in NEW: it takes the same requests and callers, promises as much, costs no more. What"
        " is not so is a finding, with a request that OLD satisfies and NEW does not. With --callers, the question is"
        " whether each of these callers is still satisfied."
    ),
)
@click.argument("old", type=click.Path())
@click.argument("new", type=click.Path())
@click.option("--service", metavar="NAME", help="Ask about this service alone.")
@click.option(
    "--policy",
    metavar="PATH",
    multiple=True,
    type=click.Path(),
    help="Documents of both sides: rules, a profile, the vocabulary (repeatable).",
)
@click.option(
    "--mode",
    type=click.Choice(_MODES),
    default="backward",
    metavar="MODE",
    help="backward (NEW for OLD), forward (OLD for NEW) or full; each with -transitive.",
)
@click.option(
    "--history",
    metavar="FOLDER",
    type=click.Path(),
    help="Earlier versions, one per file or subfolder, for the transitive modes.",
)
@click.option(
    "--callers",
    metavar="PATH",
    multiple=True,
    type=click.Path(),
    help="Requests with `caller`: ask whether each is still satisfied (repeatable).",
)
@click.option("--profile", metavar="NAME", help="Whose routing allowance counts for deadlines.")
@click.option(
    "--require-bump", is_flag=True, help="Refute a version number that says less than the change."
)
@click.option("--no-bump", is_flag=True, help="Say nothing of version numbers.")
@gate_options
def command(  # noqa: PLR0913 - one argument per option
    *,
    old: str,
    new: str,
    service: str | None,
    policy: tuple[str, ...],
    mode: str,
    history: str | None,
    callers: tuple[str, ...],
    profile: str | None,
    require_bump: bool,
    no_bump: bool,
    gate: Gate,
) -> Exit:
    """Compile both sides, ask, deliver."""
    options = _Options(
        old, new, service, policy, mode, history, callers, profile, require_bump, no_bump
    )
    _check(options)
    return conclude(gate, lambda waiting: _ask(options, gate, waiting), old, new)


def _check(options: _Options) -> None:
    transitive = options.mode.endswith("-transitive")
    if options.history is not None and not transitive:
        raise MisuseError(
            f"`--history` is for the transitive modes: write `--mode {options.mode}-transitive`"
        )
    if options.require_bump and options.no_bump:
        raise MisuseError(
            "`--require-bump` and `--no-bump` contradict each other: give one of them"
        )
    if options.callers and options.mode != "backward":
        raise MisuseError(f"`--callers` asks about NEW alone: leave out `--mode {options.mode}`")


def _ask(options: _Options, gate: Gate, waiting: Waiting) -> Answers:
    from caio.analysis.compat.callers import keep_callers  # noqa: PLC0415 - solver loads here
    from caio.analysis.compat.comparison import Bumps, Comparison, Mode  # noqa: PLC0415
    from caio.analysis.compat.refining import compare  # noqa: PLC0415
    from caio.certify.prover import Prover  # noqa: PLC0415
    from caio.cli.compat import answers_of, engine_of, requests_of, side_of  # noqa: PLC0415

    common = options.policy
    asked = requests_of(options.callers, (options.old, *common), gate) if options.callers else None
    old = asked.side if asked is not None else side_of((options.old, *common), gate)
    new = side_of((options.new, *common), gate)
    history = _history(options, gate)
    waiting.step("proving")
    bumps = Bumps.REQUIRED if options.require_bump else Bumps.TOLD
    bumps = Bumps.IGNORED if options.no_bump else bumps
    comparison = Comparison(
        old,
        new,
        history,
        mode=Mode(options.mode),
        service=options.service,
        bumps=bumps,
    )
    with Prover() as prover:
        engine = engine_of(prover, gate, waiting)
        if asked is not None:
            found = keep_callers(comparison, asked.requests, engine, profile=options.profile)
        else:
            found = compare(comparison, engine)
    return answers_of(found)


def _history(options: _Options, gate: Gate) -> tuple[Side, ...]:
    """The sides of a history: one for each file and each subfolder."""
    from caio.base.errors import InputError  # noqa: PLC0415
    from caio.cli.compat import side_of  # noqa: PLC0415
    from caio.sema.discover import SUFFIXES  # noqa: PLC0415

    if options.history is None:
        return ()
    folder = Path(options.history)
    try:
        names = sorted(
            item
            for item in folder.iterdir()
            if not item.name.startswith(".") and (item.is_dir() or item.suffix in SUFFIXES)
        )
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a possible name"
        raise InputError(
            f"cannot read the history `{folder}`: {reason}; name a folder of versions"
        ) from error
    if not names:
        raise InputError(
            f"the history `{folder}` holds no version: put a file or a folder into it for each"
        )
    return tuple(side_of((str(name), *options.policy), gate) for name in names)
