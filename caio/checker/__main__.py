"""`python -m caio.checker FILE`: check a certificate, one claim a line.

Exit codes: 0 accepted, 2 wrong use, 4 a file cannot be read, 5 rejected. A decision's documents are
taken from `--documents`, else from itself, else from `landscape-<digest>.json` beside it.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from . import BUDGET, Rejection, check, load
from .reader import MAX_BYTES, parse


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _parts(path: Path, certificate: bytes, others: Sequence[Path]) -> list[bytes]:
    value = parse(certificate).raw
    if others or not isinstance(value, dict) or "documents" in value:
        return [*map(_read, others)] or [certificate]
    name = str(value.get("landscape")).removeprefix("sha256:")
    beside = path.with_name(f"landscape-{name}.json") if name.isalnum() else path
    return [_read(beside)] if beside.is_file() else []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and give its exit code."""
    parser = argparse.ArgumentParser(prog="python -m caio.checker", description="Check evidence.")
    parser.add_argument("file", type=Path, help="a decision, a bundle or a certificate")
    parser.add_argument("--documents", type=Path, nargs="+", default=[], help="document sets")
    parser.add_argument("--budget", type=int, default=BUDGET, help="units of work")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = parser.parse_args(arguments)
    try:
        certificate = _read(options.file)
        documents = load(*_parts(options.file, certificate, options.documents))
        verdict = check(documents, certificate, budget=options.budget)
        lines = [*(f"{claim.status}: {claim.text}" for claim in verdict.claims)]
        lines.append(f"accepted: {verdict.kind} with verdict {verdict.verdict}")
        code, report = 0, {"accepted": True, **verdict._asdict()}
        report["claims"] = [claim._asdict() for claim in verdict.claims]
    except Rejection as flaw:
        code, lines, report = 5, [f"rejected: {flaw}"], {"accepted": False, **vars(flaw)}
    except OSError as error:
        code, lines, report = 4, [f"cannot read {error.filename}: {error.strerror}"], {}
    output = json.dumps(report) if options.json and report else "\n".join(lines)
    (sys.stdout if report else sys.stderr).write(f"{output}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
