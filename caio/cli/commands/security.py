"""``caio security``: the key of a node, and who can reach what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from caio.cli import streams
from caio.cli.exits import Exit

if TYPE_CHECKING:
    from caio.security.boundary import Reach


@click.group(
    "security", help="Make the key of a node, and say who can reach what.", no_args_is_help=True
)
def command() -> None:
    """The group of what concerns callers."""


@command.command(
    "node-key",
    help=(
        "Make a new key with which a node attests what it verified.\n\n"
        "FILE is the private key, which its owner alone can read; FILE.pub is the public one, for `caio verify"
        " --node`. A key that is there already is never written over."
    ),
)
@click.argument("file", type=click.Path())
def node_key(*, file: str) -> Exit:
    """Make it, and say how the node is called."""
    from caio.security.files import write_node_key  # noqa: PLC0415 - cryptography loads here

    streams.out_safe(f"node {write_node_key(file)}")
    streams.note(f"written: {file}, which is secret, and {file}.pub, which is not")
    return Exit.HOLDS


@command.command(
    "reach",
    help=(
        "Say which services callers of each organisation can reach, from each zone that its issuer can put them into.\n\n"
        "PATHS are documents (.caio, .json) or folders of them. Nothing is decided: whoever reaches a service may still"
        " lack the permission to call it."
    ),
)
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option(
    "--authority",
    metavar="FILE",
    multiple=True,
    required=True,
    help="What is declared of an issuer (repeatable).",
)
def reach(*, paths: tuple[str, ...], authority: tuple[str, ...]) -> Exit:
    """Compile, join declarations and services, print."""
    from caio.cli.documents import compile_documents  # noqa: PLC0415 - the compiler loads here
    from caio.ir.encode import document_digest  # noqa: PLC0415
    from caio.security import boundary  # noqa: PLC0415
    from caio.security.files import load_declaration  # noqa: PLC0415

    declared = [load_declaration(file) for file in authority]
    project = compile_documents(paths, cache=True)
    rows: list[Reach] = []
    for vocabulary in project.vocabularies:
        own = document_digest(vocabulary)
        services = [service for service in project.services if service.vocabulary == own]
        if services:
            rows += boundary.reach(vocabulary, declared, services)
    shown = [(row.organisation, row.zone or "unknown", _listed(row)) for row in rows]
    table = [("organisation", "zone", "reaches"), *shown]
    first, second = (max(len(line[column]) for line in table) for column in (0, 1))
    for name, zone, services_text in table:
        streams.out_safe(f"{name:<{first}}  {zone:<{second}}  {services_text}")
    return Exit.HOLDS


def _listed(row: Reach) -> str:
    return ", ".join(f"{name} {version}" for name, version in row.services) or "nothing"
