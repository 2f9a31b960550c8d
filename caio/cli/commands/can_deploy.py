"""``caio can-deploy``: all callers against all versions of a service, one of which is to be deployed."""

from __future__ import annotations

import click

from caio.cli.exits import Exit
from caio.cli.gate import Answers, Gate, conclude, gate_options
from caio.cli.progress import Waiting


@click.command(
    "can-deploy",
    help=(
        "Prove that a version of a service satisfies every caller.\n\n"
        "PATHS are documents (.caio, .json) or folders of them: the versions of the service, the callers (requests with"
        " `caller NAME`), the facts about them (facts of that name), the rules. Every caller is held against every"
        " version, and the matrix is shown. The version must satisfy every caller whom some version satisfies."
    ),
)
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option("--service", metavar="NAME", required=True, help="The service.")
@click.option(
    "--version", "number", metavar="VERSION", required=True, help="The version to deploy."
)
@click.option("--profile", metavar="NAME", help="Whose routing allowance counts for deadlines.")
@gate_options
def command(
    *, paths: tuple[str, ...], service: str, number: str, profile: str | None, gate: Gate
) -> Exit:
    """Compile, ask, deliver."""

    def ask(waiting: Waiting) -> Answers:
        from caio.analysis.compat.deploying import can_deploy  # noqa: PLC0415 - solver loads here
        from caio.certify.prover import Prover  # noqa: PLC0415
        from caio.cli.compat import answers_of, engine_of, side_of  # noqa: PLC0415

        side = side_of(paths, gate)
        waiting.step("proving")
        with Prover() as prover:
            engine = engine_of(prover, gate, waiting)
            return answers_of(can_deploy(side, service, number, engine, profile=profile))

    return conclude(gate, ask, *paths, "--service", service, "--version", number)
