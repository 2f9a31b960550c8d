"""``caio import``: a public registry becomes contracts, every entry accounted for."""

from __future__ import annotations

from pathlib import Path

import click

from caio.cli import streams
from caio.cli.exits import Exit
from caio.cli.failures import MisuseError
from caio.cli.files import STDIN, check_target, write
from caio.cli.progress import Waiting
from caio.cli.text import count


@click.group("import", help="Turn a public registry into contracts.", no_args_is_help=True)
def command() -> None:
    """The group of sources."""


@command.command(
    "litellm",
    help=(
        "Turn LiteLLM's model price map FILE (.json or .json.gz) into contracts.\n\n"
        "Nothing is invented: what an entry does not say is absent from its contract, and entries that cannot"
        " become one are listed with the reason. Without -o only the report is made."
    ),
)
@click.argument("file", type=click.Path())
@click.option("-o", "--output", metavar="FILE", help="Write the documents here (- for stdout).")
@click.option(
    "--release", metavar="R", help="The version of all services; else from the file's name."
)
@click.option(
    "--permit",
    "permits",
    metavar="NAME",
    multiple=True,
    help="A permission that admits a caller (repeatable; default llm.invoke).",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def litellm(
    *, file: str, output: str | None, release: str | None, permits: tuple[str, ...], as_json: bool
) -> Exit:
    """Import, write, report."""
    from caio.importers import litellm as source  # noqa: PLC0415 - loads the documents' code
    from caio.importers.source import read_source  # noqa: PLC0415
    from caio.routing.files import document_set  # noqa: PLC0415

    if output == STDIN and as_json:
        raise MisuseError("`-o -` and `--json` both want standard output")
    if output is not None and output != STDIN:
        check_target(output)
    named = release or source.release_of(Path(file).name)
    if named is None:
        raise MisuseError(
            "the file's name carries no release such as `1.109.1`: name it with `--release`"
        )
    with Waiting("reading the registry"):
        imported = source.import_litellm(
            read_source(Path(file)), release=named, permits=permits or (source.DEFAULT_PERMIT,)
        )
        documents = document_set(imported.documents()) if output is not None else b""
    if output == STDIN:
        streams.out_bytes(documents)
    elif output is not None:
        write(output, documents)
    if as_json:
        streams.out_json(imported.report.json())
        return Exit.HOLDS
    tell = streams.note if output == STDIN else streams.out_safe
    tell(imported.report.text().rstrip("\n"))
    written = count(len(imported.documents()), "document")
    if output is None:
        tell(f"{written} made and nothing written: -o FILE keeps them")
    elif output != STDIN:
        tell(f"{written} written to {output}")
    return Exit.HOLDS
