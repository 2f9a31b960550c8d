"""``caio security``: the key of a node, and who can reach what."""

from __future__ import annotations

import click

from caio.cli import streams
from caio.cli.exits import Exit


@click.group("security", help="Make the key of a node.", no_args_is_help=True)
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
