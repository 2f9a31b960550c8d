"""``caio diff``: what a change of documents does to routing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from caio.cli.exits import Exit
from caio.cli.gate import Answers, Certificate, Gate, conclude, gate_options
from caio.cli.progress import Waiting

if TYPE_CHECKING:
    from caio.analysis.findings.report import Question


@click.command(
    "diff",
    help=(
        "Say what a change of documents does to routing.\n\n"
        "OLD and NEW are documents (.caio, .json) or folders of them. For every service: which requests it admits now and"
        " did not before, and which it refuses now, as regions in the language, each with a request that shows it. For"
        " requests that are named: who wins before and after. That nothing changed is proved."
    ),
)
@click.argument("old", type=click.Path())
@click.argument("new", type=click.Path())
@click.option(
    "--request",
    "requests",
    metavar="NAME",
    multiple=True,
    help="Compare the winner for this request; several times if wanted, `*` for all of NEW.",
)
@click.option("--facts", metavar="NAME", help="What is known of the caller of these requests.")
@click.option("--profile", metavar="NAME", help="How to choose, where there are several profiles.")
@gate_options
def command(
    *,
    old: str,
    new: str,
    requests: tuple[str, ...],
    facts: str | None,
    profile: str | None,
    gate: Gate,
) -> Exit:
    """Compile both sides, ask both ways, route what was named, report."""

    def ask(waiting: Waiting) -> Answers:
        from caio.analysis.diff.admissions import compare  # noqa: PLC0415 - solver loads here
        from caio.analysis.diff.sides import pairs  # noqa: PLC0415
        from caio.analysis.diff.winners import Asking, compare_winners  # noqa: PLC0415
        from caio.certify.asking import Asker  # noqa: PLC0415
        from caio.certify.prover import Prover  # noqa: PLC0415
        from caio.cli.documents import compile_documents  # noqa: PLC0415
        from caio.cli.evidence import kept_answers  # noqa: PLC0415

        before = compile_documents([old], cache=gate.cache)
        after = compile_documents([new], cache=gate.cache)
        waiting.step("proving")
        questions: list[Question] = []
        certificates: list[Certificate] = []
        with Prover() as prover:
            for one, other in pairs(before, after):
                asker = Asker(
                    one.vocabulary,
                    [one.documents, other.documents],
                    prover,
                    answers=kept_answers(gate.cache),
                    budget=gate.budget,
                    progress=waiting,
                )
                for compared in compare(one, other, asker):
                    questions.append(compared.question)
                    if compared.answered.certificate is not None:
                        name = compared.question.id
                        found = compared.answered.certificate
                        both = (*one.documents, *other.documents)
                        certificates.append(Certificate(name, found, both))
        if requests:
            waiting.step("routing")
            names = [*dict.fromkeys(requests)]
            if "*" in names:
                names = sorted({request.name for request in after.requests})
            asking = Asking(tuple(names), gate.at, facts, profile)
            questions += compare_winners(before, after, asking)
        return Answers(tuple(questions), tuple(certificates))

    return conclude(gate, ask, old, new)
