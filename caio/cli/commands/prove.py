"""``caio prove``: what must be so for every request, proved or refuted by one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from caio.cli.gate import Answers, Certificate, Gate, conclude, gate_options

if TYPE_CHECKING:
    from caio.analysis.prove.outcome import Proof
    from caio.cli.exits import Exit
    from caio.cli.progress import Waiting


@click.command(
    "prove",
    help=(
        "Prove properties of every request there could ever be, or refute them by one.\n\n"
        "PATHS are documents (.caio, .json) or folders of them. Without `--property` all properties in them are asked."
        " A refuted one comes with a minimal counterexample, to paste into a file for `caio explain`. Each answer is shown"
        " by a certificate that the checker has accepted."
    ),
)
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option(
    "--property",
    "names",
    metavar="NAME",
    multiple=True,
    help="Only this property; may be repeated.",
)
@click.option(
    "--profile", metavar="NAME", help="Let this profile alone say what routes, and not all of them."
)
@click.option(
    "--all-versions",
    is_flag=True,
    help="Ask `never` of versions that do not route as well: whatever is pinned one day.",
)
@gate_options
def command(
    *,
    paths: tuple[str, ...],
    names: tuple[str, ...],
    profile: str | None,
    all_versions: bool,
    gate: Gate,
) -> Exit:
    """Compile, ask, report."""

    def ask(waiting: Waiting) -> Answers:
        from caio.analysis.prove.prove import prove  # noqa: PLC0415 - the solver loads here
        from caio.certify.prover import Prover  # noqa: PLC0415
        from caio.cli.documents import compile_documents  # noqa: PLC0415

        project = compile_documents(paths, cache=gate.cache)
        waiting.step("proving")
        with Prover() as prover:
            proofs = prove(
                project,
                prover,
                names=names,
                profile=profile,
                all_versions=all_versions,
                answers=None,
                budget=gate.budget,
                progress=waiting,
            )
        return _answers(proofs)

    return conclude(gate, ask, *paths)


def _answers(proofs: tuple[Proof, ...]) -> Answers:
    return Answers(
        tuple(proof.question for proof in proofs),
        tuple(
            Certificate(proof.question.id, proof.certificate, proof.documents)
            for proof in proofs
            if proof.certificate is not None
        ),
    )
