"""``caio audit``: the record of what was decided and done, and whether it hangs together."""

from __future__ import annotations

from typing import Final

from caio.cli.lazy import LazyGroup

_HERE: Final = "caio.cli.commands.audit"

command = LazyGroup(
    name="audit",
    lazy={
        "init": (f"{_HERE}.init", "begin an audit log, with its vault"),
        "key": (f"{_HERE}.key", "make keys, and change which of them sign for a log"),
        "log": (f"{_HERE}.log", "list entries, by kind, time, verdict or service"),
        "tail": (f"{_HERE}.tail", "show the last entries, and wait for more"),
        "show": (f"{_HERE}.show", "show a decision as a certificate, checked again"),
        "export": (f"{_HERE}.export", "write a range as one evidence file"),
        "verify": (f"{_HERE}.verify", "establish what an evidence file shows"),
        "replay": (f"{_HERE}.replay", "decide again from what was recorded, and compare bytes"),
        "erase": (f"{_HERE}.erase", "destroy what is personal of entries, and say so"),
        "checkpoint": (f"{_HERE}.checkpoint", "sign a log as it is now"),
        "check": (f"{_HERE}.check", "derive everything in a log anew"),
        "history": (f"{_HERE}.history", "derive what a record of executions says anew"),
    },
    help=(
        "Record decisions so that an auditor who trusts nobody can establish what was decided.\n\n"
        "\b\nA first walk:\n"
        "  caio audit key create audit.pem --name audit.example.com/gateway-1\n"
        "  caio audit init decisions.log --key audit.pem --name audit.example.com/gateway-1\n"
        "  caio route contracts --request triage --facts alice --record decisions.log\n"
        "  caio audit checkpoint decisions.log --key audit.pem\n"
    ),
    no_args_is_help=True,
)
