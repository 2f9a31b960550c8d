"""``caio explain-code``: what a diagnostic code means."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from caio.base.errors import InputError
from caio.cli import streams
from caio.cli.exits import Exit

if TYPE_CHECKING:
    from caio.base.diagnostics import Code

_ROOMS: Final = ("caio.syntax.codes", "caio.sema.codes", "caio.analysis.sanity")
"""The modules that register codes."""


@click.command(
    "explain-code",
    help="Say what a diagnostic CODE such as `unknown-name` means; without one, list them all.",
)
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, code: str | None, as_json: bool) -> Exit:
    """Look codes up in the registry."""
    known = _codes()
    if code is not None and code not in known:
        from caio.base.diagnostics import did_you_mean  # noqa: PLC0415 - only after a slip

        hint = did_you_mean(code, known)
        raise InputError(f"there is no code `{code}`{f', {hint}' if hint else ''}")
    chosen = [known[name] for name in (sorted(known) if code is None else [code])]
    if as_json:
        codes = [
            {"code": c.name, "severity": c.severity.value, "summary": c.summary} for c in chosen
        ]
        streams.out_json({"format": "caio-codes/v1", "codes": codes})
        return Exit.HOLDS
    if code is None:
        width = max(map(len, known))
        for entry in chosen:
            streams.out_safe(f"{entry.name:<{width}}  {entry.summary}")
        return Exit.HOLDS
    (entry,) = chosen
    streams.out_safe(f"{entry.severity.value}[{entry.name}]: {entry.summary}")
    streams.out_safe(f"\ndocs/errors/{entry.name}.md has an example that fails and one that passes")
    return Exit.HOLDS


def _codes() -> Mapping[str, Code]:
    from caio.base.diagnostics import CODES  # noqa: PLC0415

    for room in _ROOMS:
        import_module(room)
    return CODES
