"""``python -m caio.neighbours``: serve the reference implementations, or examine others.

Exit codes are those of the whole product (``docs/cli.md``): 0 every check passed, 1 one failed, 2 wrong use, 3 one could not be
decided, 4 could not run.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from caio.base.errors import CaioError, InputError
from caio.base.writing import replace_file
from caio.neighbours.conformance import Outcome, Report
from caio.neighbours.intents import TextMaia
from caio.neighbours.market import ProjectMarketplace
from caio.neighbours.memory import SuperposedRfs
from caio.neighbours.methods import METHODS, Port
from caio.neighbours.server import LOOPBACK, Server
from caio.neighbours.suites import examine_url
from caio.neighbours.traits import AveragedNme
from caio.routing.ports import Space

AXES: Final = ("caution", "haste", "thrift")
"""The axes of traits unless others are named."""
_EXITS: Final = {Outcome.PASSED: 0, Outcome.FAILED: 1, Outcome.UNKNOWN: 3}
COULD_NOT_RUN: Final = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _serve(options) if options.command == "serve" else _check(options)
    except CaioError as error:
        sys.stderr.write(f"error: {error}\n")
    except OSError as error:
        sys.stderr.write(f"error: {error.strerror or error}: {error.filename or options.command}\n")
    return COULD_NOT_RUN


def _check(options: argparse.Namespace) -> int:
    reports = [examine_url(port, options.url, limit=options.limit) for port in options.port]
    if options.json:
        sys.stdout.write(json.dumps([report.json() for report in reports], indent=2) + "\n")
    else:
        _show(reports)
    codes = {_EXITS[report.outcome] for report in reports}
    return next(code for code in (1, 3, 0) if code in codes)


def _show(reports: Sequence[Report]) -> None:
    # Whoever wants JSON, or serves, needs no tables.
    from rich.console import Console  # noqa: PLC0415

    from caio.neighbours.view import show  # noqa: PLC0415

    console = Console(highlight=False)
    for report in reports:
        show(report, console)


def _serve(options: argparse.Namespace) -> int:
    space = Space(options.dimension, options.source)
    ports: dict[str, Port] = {"maia": TextMaia(space), "rfs": SuperposedRfs(space)}
    nme = _nme(options, space)
    ports["nme"] = nme
    if options.documents:
        ports["marketplace"] = ProjectMarketplace.of(options.documents, space)
    with Server(ports, (options.host, options.port)) as server:
        sys.stdout.write(f"listening on {server.url}: {', '.join(sorted(ports))}\n")
        sys.stdout.flush()
        signal.signal(signal.SIGTERM, _stop)
        with suppress(KeyboardInterrupt):
            server.serve_forever()
    if options.traits is not None:
        replace_file(options.traits, nme.save())
    return 0


def _nme(options: argparse.Namespace, space: Space) -> AveragedNme:
    if options.traits is None or not options.traits.exists():
        return AveragedNme(options.axis or AXES, space)
    nme = AveragedNme.restore(options.traits.read_bytes(), space)
    if options.axis and tuple(options.axis) != nme.axes:
        raise InputError(
            f"`{options.traits}` holds the axes {', '.join(nme.axes)}: name these, or another file"
        )
    return nme


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m caio.neighbours", description="MAIA, NME, RFS and the marketplace."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve the reference implementations over HTTP")
    serve.add_argument("documents", nargs="*", help="of the marketplace; without any there is none")
    serve.add_argument("--host", type=_host, default=LOOPBACK, help="a loopback address")
    serve.add_argument("--port", type=_port, default=8080, help="0 takes a free one")
    serve.add_argument("--axis", action="append", help="a trait; may be repeated")
    serve.add_argument("--traits", type=Path, help="where traits are kept between runs")
    serve.add_argument("--dimension", type=int, default=Space().dimension, help="D")
    serve.add_argument("--source", type=int, default=Space().source, help="d")
    check = commands.add_parser("check", help="examine an implementation, clause by clause")
    check.add_argument("url", help="such as http://127.0.0.1:8080")
    check.add_argument("--port", action="append", required=True, choices=tuple(METHODS))
    check.add_argument("--limit", type=_seconds, default=2.0, help="seconds for an answer")
    check.add_argument("--json", action="store_true", help="print the reports as JSON")
    return parser


def _host(text: str) -> str:
    """A loopback address: a server that authenticates nobody is for this machine alone."""
    try:
        usable = ip_address(text).is_loopback
    except ValueError:
        usable = False
    if not usable:
        raise argparse.ArgumentTypeError(
            f"`{text}` is no loopback address such as 127.0.0.1: nobody is authenticated here, so put"
            " something that authenticates in front"
        )
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) < 2**16):
        raise argparse.ArgumentTypeError(f"`{text}`, expected a port from 0 to 65535")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 600:
        raise argparse.ArgumentTypeError(f"`{text}`, expected seconds above 0, at most 600")
    return value


if __name__ == "__main__":
    sys.exit(main())
