"""`caio-check.pyz FILE`: check an evidence file, or a decision or certificate as ``python -m caio.checker`` does.

Exit codes: 0 verified, or a decision accepted; 2 wrong use; 3 incomplete; 4 a file cannot be read; 5 failed or rejected. This
program has no cryptography beyond SHA-256, and says so: an evidence file is at best incomplete here.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from caio.checker.__main__ import main as check_certificate

from .printing import text
from .verify import Policy, verify

_UNREADABLE = 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and give its exit code."""
    parser = argparse.ArgumentParser(
        prog="caio-check.pyz",
        description="Check evidence with nothing but Python. Signatures are not checked.",
        epilog="exit codes: 0 verified or accepted, 2 wrong use, 3 incomplete, 4 unreadable, 5 failed",
    )
    parser.add_argument("file", type=Path, help="an evidence file, a decision or a certificate")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    evidence = parser.add_argument_group("evidence files")
    evidence.add_argument(
        "--max-skew",
        type=_seconds,
        default=300,
        metavar="SECONDS",
        help="how far a decision's time may be from that of its entry (300)",
    )
    evidence.add_argument(
        "--checkpoint", type=Path, metavar="OLD", help="an older checkpoint, kept from earlier"
    )
    decision = parser.add_argument_group("decisions and certificates")
    decision.add_argument("--documents", type=Path, nargs="+", default=[], help="document sets")
    both = parser.add_argument_group("both")
    both.add_argument("--budget", type=_seconds, help="units of work, for each decision")
    options = parser.parse_args(arguments)
    try:
        if _is_json(options.file):
            return check_certificate(_for_checker(options))
        older = options.checkpoint.read_bytes() if options.checkpoint else None
        limit = {} if options.budget is None else {"budget": options.budget}
        policy = Policy(max_skew=options.max_skew * 1_000_000, older=older, **limit)
        report = verify(options.file, policy=policy)
    except OSError as error:
        sys.stderr.write(f"cannot read {error.filename or options.file}: {error.strerror}\n")
        return _UNREADABLE
    output = json.dumps(report.json()) + "\n" if options.json else text(report, str(options.file))
    # A terminal may not have every letter that a name has.
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(output.encode(encoding, "replace").decode(encoding))
    return report.exit_code


def _is_json(path: Path) -> bool:
    """Whether a file begins as a JSON object does; everything else is held to be an archive."""
    with path.open("rb") as file:
        return file.read(64).lstrip(b" \t\r\n")[:1] == b"{"


def _for_checker(options: argparse.Namespace) -> list[str]:
    found = [str(options.file), *(["--json"] if options.json else [])]
    if options.budget is not None:
        found += ["--budget", str(options.budget)]
    return [*found, "--documents", *map(str, options.documents)] if options.documents else found


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number such as 300")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
