"""``caio explain-code``: what the code of a diagnostic, or the rule of a finding, means."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Final

import click

from caio.base.errors import InputError
from caio.cli import streams
from caio.cli.exits import Exit

if TYPE_CHECKING:
    from caio.analysis.findings.finding import Rule

_ROOMS: Final = ("caio.syntax.codes", "caio.sema.codes", "caio.analysis.sanity")
"""The modules that register codes."""


@click.command(
    "explain-code",
    help="Say what a diagnostic CODE such as `unknown-name` means; without one, list them all.",
)
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, code: str | None, as_json: bool) -> Exit:
    """Look codes up in the registries."""
    known = _codes()
    if code is not None and code not in known:
        known = {**_rules(), **known}
    if code is not None and code not in known:
        from caio.base.diagnostics import did_you_mean  # noqa: PLC0415 - only after a slip

        hint = did_you_mean(code, known)
        raise InputError(f"there is no code `{code}`{f', {hint}' if hint else ''}")
    chosen = [known[name] for name in (sorted(known) if code is None else [code])]
    if as_json:
        codes = [{"code": c.id, "severity": c.severity.value, "summary": c.summary} for c in chosen]
        streams.out_json({"format": "caio-codes/v1", "codes": codes})
        return Exit.HOLDS
    if code is None:
        width = max(map(len, known))
        for entry in chosen:
            streams.out_safe(f"{entry.id:<{width}}  {entry.summary}")
        return Exit.HOLDS
    (entry,) = chosen
    streams.out_safe(f"{entry.severity.value}[{entry.id}]: {entry.summary}")
    streams.out_safe(f"\n{entry.page} has an example that fails and one that passes")
    return Exit.HOLDS


def _codes() -> Mapping[str, Rule]:
    from caio.analysis.findings.finding import Rule  # noqa: PLC0415
    from caio.base.diagnostics import CODES  # noqa: PLC0415

    for room in _ROOMS:
        import_module(room)
    return {name: Rule.of(code) for name, code in CODES.items()}


def _rules() -> Mapping[str, Rule]:
    """The rules of findings, which every room of the analysis registers for itself."""
    import caio.analysis  # noqa: PLC0415 - only where no diagnostic has the name
    from caio.analysis.findings.rules import RULES  # noqa: PLC0415

    import_module("caio.cli.delivery")
    for module in walk_packages(caio.analysis.__path__, "caio.analysis."):
        import_module(module.name)
    return RULES
