"""``caio prove``: what must be so for every request, proved or refuted by one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from caio.cli.evidence import kept_answers
from caio.cli.failures import MisuseError
from caio.cli.gate import Answers, Certificate, Gate, conclude, gate_options

if TYPE_CHECKING:
    from caio.analysis.prove.outcome import Proof
    from caio.cli.exits import Exit
    from caio.cli.progress import Waiting


@click.command(
    "prove",
    help=(
        "Prove properties of every request there could ever be, or refute them by one.\n\n"
        "PATHS are documents (.caio, .json) or folders of them. All properties in them are asked, or those named by"
        " `--property`. With `--against` the whole policy is compared with that of other documents, and only properties"
        " that are named are asked. What is refuted comes with a minimal counterexample, to paste into a file for `caio"
        " explain`. Each answer is shown by a certificate that the checker has accepted."
    ),
)
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option(
    "--property", "names", metavar="NAME", multiple=True, help="Ask this property; may be repeated."
)
@click.option(
    "--against",
    metavar="PATH",
    multiple=True,
    help="Ask whether the policy in PATHS allows exactly what the one in these documents does.",
)
@click.option(
    "--only",
    type=click.Choice(["stricter"]),
    help="With `--against`: ask only that nothing is newly allowed.",
)
@click.option(
    "--profile", metavar="NAME", help="Let this profile alone say what routes, and not all of them."
)
@click.option(
    "--all-versions",
    is_flag=True,
    help="Ask `never` of versions that do not route as well, whatever is pinned one day.",
)
@gate_options
def command(
    *,
    paths: tuple[str, ...],
    names: tuple[str, ...],
    against: tuple[str, ...],
    only: str | None,
    profile: str | None,
    all_versions: bool,
    gate: Gate,
) -> Exit:
    """Compile, ask, report."""
    if only is not None and not against:
        raise MisuseError(
            "`--only` is about a comparison: name the other documents with `--against`"
        )
    named = _Asked(paths, names, against, only == "stricter", profile, all_versions)
    return conclude(gate, lambda waiting: _ask(named, gate, waiting), *named.words)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line asks."""

    paths: tuple[str, ...]
    names: tuple[str, ...]
    against: tuple[str, ...]
    stricter: bool
    profile: str | None
    all_versions: bool

    @property
    def words(self) -> tuple[str, ...]:
        """What is asked, for the title of the report."""
        words = [*self.paths]
        for option, values in (("--property", self.names), ("--against", self.against)):
            words += [word for value in values for word in (option, value)]
        if self.stricter:
            words += ["--only", "stricter"]
        if self.profile is not None:
            words += ["--profile", self.profile]
        return (*words, *(["--all-versions"] if self.all_versions else []))


def _ask(named: _Asked, gate: Gate, waiting: Waiting) -> Answers:
    from caio.analysis.prove.comparison import compare  # noqa: PLC0415 - the solver loads here
    from caio.analysis.prove.prove import prove  # noqa: PLC0415
    from caio.certify.prover import Prover  # noqa: PLC0415
    from caio.cli.documents import compile_documents  # noqa: PLC0415

    project = compile_documents(named.paths, cache=gate.cache)
    other = compile_documents(named.against, cache=gate.cache) if named.against else None
    waiting.step("proving")
    kept = kept_answers(gate.cache)
    proofs: list[Proof] = []
    with Prover() as prover:
        if other is not None:
            proofs += compare(
                project,
                other,
                prover,
                stricter=named.stricter,
                answers=kept,
                budget=gate.budget,
                progress=waiting,
            )
        if other is None or named.names:
            proofs += prove(
                project,
                prover,
                names=named.names,
                profile=named.profile,
                all_versions=named.all_versions,
                answers=kept,
                budget=gate.budget,
                progress=waiting,
            )
    return Answers(
        tuple(proof.question for proof in proofs),
        tuple(
            Certificate(proof.question.id, proof.certificate, proof.documents)
            for proof in proofs
            if proof.certificate is not None
        ),
    )
