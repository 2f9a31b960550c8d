"""Whether the checker of this installation accepts good certificates and refuses bad ones, each for the right reason.

The built-in set (``selfcheck.json``) holds a few good certificates and bad ones made from them, at least one for each
code of ``docs/spec/certificate-v1.md`` section 10, each with the code and the place that the rejection must name. A
checker that accepts everything, refuses everything, or refuses for another reason is found out; so is a set that has
shrunk. All are judged in an interpreter of its own, like those of ``caio verify``.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import caio
from caio.base.errors import InputError
from caio.cli.doctor.finding import Finding, broken, ok, unsound
from caio.cli.isolation import check, run_isolated
from caio.cli.packaged import REINSTALL, read_packaged
from caio.cli.text import count, listing, safe

SET: Final = "cli/doctor/selfcheck.json"
FORMAT: Final = "caio-selfcheck/v1"
CODES: Final = frozenset(
    [
        "json",
        "limit",
        "shape",
        "number",
        "canonical",
        "name",
        "reference",
        "duplicate",
        "sort",
        "origin",
        "empty",
        "digest",
        "atom",
        "farkas",
        "rup",
        "incomplete",
        "witness",
        "polarity",
        "unused",
        "verdict",
        "score",
        "order",
        "landscape",
        "budget",
    ]
)
"""Every code of a rejection; the set has a certificate for each."""
LEAST: Final = 30
"""How many bad certificates there are at least."""

_DISTRUST: Final = (
    f"use no verdict of this installation: {REINSTALL}, and if that does not help report it"
)
_SHOWN: Final = 3
"""How many wrong judgements a line tells."""

Json = Any
"""Part of a file of our own, whose shape the code below demands by using it."""


def examine() -> Iterator[Finding]:
    """The checker as a library of cases, and as the command that ``caio verify`` starts."""
    try:
        cases = list(cases_of(json.loads(read_packaged(SET))))
        _demand_all_codes(cases)
    except (InputError, ValueError, LookupError, TypeError, AttributeError) as error:
        said = str(error) or type(error).__name__
        yield broken("checker", f"the built-in certificates cannot be used: {said}", REINSTALL)
        return
    yield _judge(cases)
    yield _command(cases)


def cases_of(stored: Json) -> Iterator[dict[str, Json]]:
    """The cases of a set, as the bytes of documents and certificate (in latin-1).

    Raises:
        ValueError: it is of another format.
    """
    if stored["format"] != FORMAT:
        raise ValueError(f"expected the format {FORMAT}")
    for case in stored["cases"]:
        base = stored["bases"][case["base"]]
        parts = {
            part: spliced(base[part], case.get(part, ())) for part in ("documents", "certificate")
        }
        yield {
            "name": case["name"],
            **parts,
            "budget": case.get("budget"),
            "expected": case["expected"],
        }


def spliced(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    """The text with pieces replaced: each edit is an offset into the old text, a length and the new piece, in order."""
    pieces, end = [], 0
    for offset, length, new in edits:
        if offset < end:
            raise ValueError("edits overlap")
        pieces += [text[end:offset], new]
        end = offset + length
    return "".join([*pieces, text[end:]])


def _demand_all_codes(cases: Sequence[Mapping[str, Json]]) -> None:
    codes = [case["expected"]["code"] for case in cases if case["expected"] is not None]
    missing = sorted(CODES - set(codes))
    if missing:
        raise ValueError(f"no certificate for {listing(missing)}")
    if len(codes) < LEAST or len(codes) == len(cases):
        raise ValueError(f"{len(codes)} bad certificates among {len(cases)}")


def _judge(cases: Sequence[Mapping[str, Json]]) -> Finding:
    """The cases, each judged by the checker in one isolated interpreter."""
    try:
        done = run_isolated("caio.cli.doctor.judge", data=json.dumps({"cases": cases}).encode())
        report = json.loads(done.stdout)
        answers, modules, version = report["answers"], report["modules"], report["version"]
        if done.returncode != 0 or len(answers) != len(cases):
            raise ValueError("too few answers")
    except (InputError, ValueError, LookupError, TypeError):
        return unsound(
            "checker", "it ends without an answer on the built-in certificates", _DISTRUST
        )
    foreign = sorted(filter(_foreign, modules))
    wrong = list(_wrong(cases, answers))
    bad = sum(case["expected"] is not None for case in cases)
    good = [json.loads(case["certificate"])["format"] for case in cases if not case["expected"]]
    details: dict[str, object] = {
        "version": version,
        "formats": sorted(set(good)),
        "accepted": len(cases) - bad,
        "rejected": dict(
            sorted(Counter(case["expected"]["code"] for case in cases if case["expected"]).items())
        ),
        "wrong": wrong,
    }
    if wrong:
        told = "; ".join(wrong[:_SHOWN]) + ("; …" if len(wrong) > _SHOWN else "")
        text = f"{len(wrong)} of {len(cases)} built-in certificates are judged wrongly: {told}"
        return unsound("checker", text, _DISTRUST, **details)
    if foreign or version != caio.__version__:
        text = f"it is not alone: version {version}, loaded besides Python's own: {listing(foreign) or 'nothing'}"
        return unsound("checker", text, _DISTRUST, foreign=foreign, **details)
    text = (
        f"{version}, {listing(sorted(set(good)))}: {count(len(cases) - bad, 'good certificate')} accepted,"
        f" {bad} bad ones refused, each with its code ({len(CODES)} codes)"
    )
    return ok("checker", text, **details)


def _foreign(module: str) -> bool:
    """Whether a module is neither Python's own, nor the checker's, nor on the way to ``caio.cli.doctor.judge``."""
    parts = module.split(".")
    if parts[0] != "caio":
        return module != "__main__" and parts[0] not in sys.stdlib_module_names
    return parts[:2] != ["caio", "checker"] and parts != ["caio", "cli", "doctor"][: len(parts)]


def _wrong(cases: Sequence[Mapping[str, Json]], answers: Sequence[Json]) -> Iterator[str]:
    for case, answer in zip(cases, answers, strict=True):
        expected = case["expected"]
        wanted = {"accepted": True} if expected is None else {"accepted": False, **expected}
        if answer != wanted:
            yield f"`{safe(case['name'])}`: expected {_said(wanted)}, seen {_said(answer)}"


def _said(answer: Json) -> str:
    if not isinstance(answer, dict) or answer.get("accepted") is None:
        crash = answer.get("crash") if isinstance(answer, dict) else None
        return f"no answer ({safe(str(crash))})"
    if answer["accepted"]:
        return "accepted"
    return safe(f"{answer.get('code')} at {answer.get('path') or 'the whole input'}")


def _command(cases: Sequence[Mapping[str, Json]]) -> Finding:
    """A good and a bad certificate as files, through the command that ``caio verify`` starts."""
    good = next(case for case in cases if case["expected"] is None)
    bad = next(case for case in cases if (case["expected"] or {}).get("code") == "verdict")
    name = "verify"
    try:
        with TemporaryDirectory(prefix="caio-") as folder:
            answers = [_file(Path(folder), case) for case in (good, bad)]
    except InputError as error:
        return unsound(name, f"the checker's process gives no answer: {error}", _DISTRUST)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return broken(
            name, f"temporary files cannot be written: {reason}", "set TMPDIR to a folder with room"
        )
    details: dict[str, object] = {"exits": answers}
    if answers != [0, 5]:
        said = f"a good and a bad file end with {answers[0]} and {answers[1]}, not with 0 and 5"
        return unsound(name, said, _DISTRUST, **details)
    return ok(name, "a good file is accepted (0) and a bad one rejected (5)", **details)


def _file(folder: Path, case: Mapping[str, Json]) -> int:
    paths = {}
    for part in ("documents", "certificate"):
        paths[part] = folder / f"{part}.json"
        paths[part].write_bytes(case[part].encode("latin-1"))
    return check(str(paths["certificate"]), [str(paths["documents"])]).status
