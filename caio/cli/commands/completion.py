"""``caio completion``: what a shell needs to complete our commands and options."""

from __future__ import annotations

import click

from caio.base.errors import InputError
from caio.cli.exits import Exit
from caio.cli.streams import out

SHELLS = ("bash", "zsh", "fish", "powershell")


@click.command(
    "completion",
    help=(
        "Print the completion script of a SHELL.\n\n"
        "\b\n"
        "  bash        caio completion bash > ~/.local/share/bash-completion/completions/caio\n"
        "  zsh         caio completion zsh > a file called _caio in a folder of $fpath\n"
        "  fish        caio completion fish > ~/.config/fish/completions/caio.fish\n"
        "  powershell  caio completion powershell >> $PROFILE\n"
    ),
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> Exit:
    """Print click's own script."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - rarely asked

    generator = get_completion_class(shell)
    if generator is None:
        raise InputError(f"this version of click completes nothing for `{shell}`")
    root = context.find_root().command
    out(generator(root, {}, "caio", "_CAIO_COMPLETE").source().rstrip())
    return Exit.HOLDS
