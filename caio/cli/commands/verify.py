"""``caio verify``: the checker in an interpreter of its own, and each claim on a line of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import click

from caio.base.errors import InputError
from caio.cli import streams
from caio.cli.decision_file import (
    carries_landscape,
    landscape_beside,
    peek,
    split_certificate,
)
from caio.cli.exits import Exit, worst
from caio.cli.failures import MisuseError
from caio.cli.progress import Waiting
from caio.cli.text import count, safe

if TYPE_CHECKING:
    from caio.cli.again import Again
    from caio.cli.comparison import Compared
    from caio.cli.invariants import Finding

FORMAT: Final = "caio-verify/v1"
EXPLANATION: Final = b'"format": "caio-explanation/v1"'

_WORDS: Final = {
    "holds": "ok",
    "refuted": "refuted",
    "asserted": "not established",
    "attested": "not established",
    "not_established": "not established",
    "unknown": "not established",
    "none": "none",
}
"""How the checker's word for a claim reads; *refuted* is of a claim about documents, with accepted evidence."""


@click.command(
    "verify",
    help=(
        "Check a decision, trace or certificate FILE without believing anybody.\n\n"
        "The checker contains no solver and runs in a fresh interpreter with nothing but Python's standard library."
        " It reads the documents in FILE, or in the landscape file beside it, derives every obligation anew, and"
        " accepts or rejects the evidence. Exit 0 says that the evidence is valid, whatever was decided; 3 that"
        " nothing was decided; 5 that it was rejected."
    ),
)
@click.argument("file", type=click.Path())
@click.option(
    "--against",
    metavar="PATH",
    multiple=True,
    type=click.Path(),
    help="Compile these documents again and compare (repeatable; exit 1 if they differ).",
)
@click.option(
    "--node",
    metavar="KEY.pub",
    type=click.Path(),
    help="Demand facts that this node attested, and verify its signature.",
)
@click.option(
    "--again",
    is_flag=True,
    help="Decide anew from the recorded inputs and compare bytes; this needs the solver (exit 1 if they differ).",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(
    *, file: str, against: tuple[str, ...], node: str | None, again: bool, as_json: bool
) -> Exit:
    """Find the documents, run the checker, hold a trace against its decision, compare, report."""
    if _is_explanation(file):
        if node is not None or again:
            option = "--again" if node is None else "--node"
            raise MisuseError(f"`{option}` is about a decision, and this is an explanation")
        return _explanation(file, against=bool(against), as_json=as_json)
    with Waiting("checking the evidence") as waiting, TemporaryDirectory(prefix="caio-") as folder:
        subject, body = _judged(file, Path(folder), node, waiting)
        accepted = body["accepted"] is True
        outcomes = [_outcome(0 if accepted else 5, body)]
        more = _More()
        if accepted and body["kind"] in ("decision", "trace"):
            more = _more(subject, body, again=again, waiting=waiting)
        elif accepted and again:
            raise MisuseError("`--again` decides anew, and this is no decision")
        if against and accepted:
            waiting.step("compiling the documents again")
            more = replace(more, compared=_compare(subject, against))
        outcomes += more.outcomes()
    outcome = worst(outcomes)
    if as_json:
        streams.out_json(_json(file, body, more, outcome))
    elif accepted:
        _print(file, body, more)
    else:
        _print_rejection(file, body)
    return outcome


@dataclass(frozen=True, slots=True)
class _More:
    """What was found out besides what the checker says; None where it was not asked for."""

    compared: tuple[Compared, ...] | None = None
    again: Again | None = None
    invariants: tuple[Finding, ...] | None = None

    def outcomes(self) -> list[Exit]:
        same = [item.same for item in self.compared or ()]
        if self.again is not None:
            same.append(self.again.same)
        return [Exit.HOLDS if one else Exit.REFUTED for one in same]


def _judged(
    file: str, folder: Path, node: str | None, waiting: Waiting
) -> tuple[str, dict[str, Any]]:
    """The file with the decision (of a trace: the one in it), and what is found of the evidence."""
    from caio.cli.isolation import check  # noqa: PLC0415
    from caio.cli.traced import rejection, unpack, with_trace  # noqa: PLC0415

    unpacked = unpack(file, folder)
    if unpacked is not None and unpacked.rejection is not None:
        return file, rejection(unpacked.rejection)
    subject = file if unpacked is None else str(unpacked.decision)
    body = check(*_parts(subject, folder)).body
    if node is not None and body["accepted"] is True:
        from caio.cli.attested import with_signature  # noqa: PLC0415 - cryptography loads here

        waiting.step("verifying the attestation")
        body = with_signature(subject, body, node)
    if unpacked is None:
        return subject, body
    if body["accepted"] is not True:
        return subject, {**body, "path": f"certificate.{body['path']}".removesuffix(".")}
    waiting.step("holding the trace against its decision")
    return subject, with_trace(unpacked, body)


def _more(subject: str, body: dict[str, Any], *, again: bool, waiting: Waiting) -> _More:
    """Which invariants are established of a decision, decided anew if that is asked for."""
    from caio.cli.invariants import bounds_of, findings  # noqa: PLC0415

    anew = None
    if again:
        from caio.cli.again import decide_again  # noqa: PLC0415 - the solver loads here

        waiting.step("deciding anew")
        anew = decide_again(subject)
    same = None if anew is None else anew.same
    return _More(again=anew, invariants=findings(body, bounds_of(subject), again=same))


def _is_explanation(file: str) -> bool:
    try:
        with Path(file).open("rb") as opened:
            start = opened.read(64)
    except (OSError, ValueError):
        return False
    return EXPLANATION in start


def _explanation(file: str, *, against: bool, as_json: bool) -> Exit:
    """An explanation holds many certificates: each is judged in a process of its own, and what is read off them anew."""
    from caio.cli.explanation_file import WrongError, check_explanation  # noqa: PLC0415
    from caio.cli.files import read  # noqa: PLC0415
    from caio.cli.isolation import check  # noqa: PLC0415

    if against:
        raise MisuseError(
            "`--against` compares the documents of a decision, and this is an explanation"
        )
    body: dict[str, Any]
    with Waiting("checking the evidence") as waiting, TemporaryDirectory(prefix="caio-") as folder:

        def judge(certificate: Path, documents: Path) -> dict[str, Any]:
            return check(str(certificate), [str(documents)]).body

        try:
            borne = check_explanation(read(file), Path(folder), judge, waiting)
        except WrongError as wrong:
            body = {"accepted": False, **wrong.rejection}
        else:
            body = {"accepted": True, "verdict": borne.verdict, "digests": {}, "cost": borne.cost}
            body["counts"] = {"certificates": borne.certificates, "claims": borne.claims}
            body["claims"] = [
                {"name": name, "text": text, "status": "holds"} for name, text in borne.lines()
            ]
    accepted = body["accepted"] is True
    outcome = _outcome(0 if accepted else 5, body)
    if as_json:
        streams.out_json(_json(file, body, _More(), outcome))
    elif accepted:
        _print(file, {**body, "kind": "explanation"}, _More())
    else:
        _print_rejection(file, body)
    return outcome


def _parts(file: str, folder: Path) -> tuple[str, list[str]]:
    """What the checker is given: a certificate, and files with the documents where they are not all in its own.

    A decision's documents are in itself and in its landscape. A certificate of documents is taken apart in the folder:
    the checker reads the two as separate inputs.

    Raises:
        InputError: the file cannot be read, or its landscape is nowhere to be found.
    """
    body = peek(file)
    if body is None:
        split = split_certificate(file)
        if split is None:
            return file, []
        sets, certificate = split[0], folder / "certificate.json"
        certificate.write_bytes(split[1])
        documents = [folder / f"documents-{index}.json" for index in range(len(sets))]
        for part, data in zip(documents, sets, strict=True):
            part.write_bytes(data)
        return str(certificate), [*map(str, documents)]
    if carries_landscape(body):
        return file, []
    beside = landscape_beside(file, body)
    if beside is None:
        name = f"landscape-{str(body.get('landscape')).removeprefix('sha256:')}.json"
        raise InputError(
            f"the landscape of `{file}` is missing: `{safe(name)[:90]}` is expected beside it"
        )
    return file, [file, str(beside)]


def _outcome(status: int, body: dict[str, Any]) -> Exit:
    if status != 0:
        return Exit.REJECTED
    return Exit.UNKNOWN if body.get("verdict") == "unknown" else Exit.HOLDS


def _compare(file: str, against: Sequence[str]) -> tuple[Compared, ...]:
    from caio.cli.comparison import compare, rested_on  # noqa: PLC0415 - the compiler loads here
    from caio.cli.documents import compile_documents  # noqa: PLC0415
    from caio.cli.stored import open_stored  # noqa: PLC0415

    stored = open_stored(file)
    used = rested_on(stored.body, stored.documents())
    return compare(used, compile_documents(against, cache=True))


def _print(file: str, body: dict[str, Any], more: _More) -> None:
    green, yellow, plain = (
        ("\x1b[32m", "\x1b[33m", "\x1b[0m") if streams.coloured(sys.stdout) else ("",) * 3
    )
    say = _wording(file) if body["kind"] == "documents" else safe
    for claim in body["claims"]:
        word = _WORDS.get(claim["status"], "not established")
        tone = green if word == "ok" else yellow
        streams.out(f"{tone}{word:<15}{plain}  {say(claim['text'])}")
    if more.compared is not None:
        same = sum(item.same for item in more.compared)
        for item in more.compared:
            if not item.same:
                streams.out(f"{yellow}{item.state:<15}{plain}  {item.kind} {safe(item.name)}")
        streams.out(
            f"{green if same == len(more.compared) else yellow}{'same':<15}{plain}  "
            f"{same:,} of {count(len(more.compared), 'document')}, compiled again"
        )
    if more.again is not None:
        word, tone = ("same", green) if more.again.same else ("differs", yellow)
        what = (
            f"all {more.again.size:,} bytes" if more.again.same else f"at `{more.again.difference}`"
        )
        streams.out(f"{tone}{word:<15}{plain}  {what}, decided anew with the solver")
    if more.invariants is not None:
        from caio.cli.invariants import lines  # noqa: PLC0415

        for word, text in lines(more.invariants):
            tone = green if word == "ok" else yellow
            streams.out(f"{tone}{word:<15}{plain}  {text}")
    verdict = str(body["verdict"]).replace("_", " ")
    streams.out(
        f"\naccepted: {safe(Path(file).name)}, verdict {verdict};"
        f" checked without a solver, {body['cost']:,} steps of work"
    )


def _wording(file: str) -> Callable[[str], str]:
    """How the claims of an accepted certificate of documents read: with the names of the documents in it."""
    from caio.cli.claims import names_of, sentence  # noqa: PLC0415 - not for decisions

    names = names_of(json.loads(Path(file).read_bytes()).get("documents", ()))
    return lambda text: sentence(text, names)


def _print_rejection(file: str, body: dict[str, Any]) -> None:
    red, plain = ("\x1b[1;31m", "\x1b[0m") if streams.coloured(sys.stdout) else ("", "")
    place = safe(str(body["path"])) or "the whole input"
    streams.out(f"{red}{'failed':<15}{plain}  {place}: {safe(str(body['code']))}")
    streams.out(f"{'':<15}  expected {safe(str(body['expected']))}")
    streams.out(f"{'':<15}  seen     {safe(str(body['seen']))}")
    streams.out(f"\n{red}rejected{plain}: {safe(Path(file).name)}; nothing in it is established")


def _json(file: str, body: dict[str, Any], more: _More, outcome: Exit) -> dict[str, object]:
    accepted = body["accepted"] is True
    return {
        "format": FORMAT,
        "verdict": "accepted" if accepted else "rejected",
        "exit": int(outcome),
        "file": file,
        "decision": body["verdict"] if accepted else None,
        "claims": body["claims"] if accepted else [],
        "counts": body["counts"] if accepted else {},
        "digests": body["digests"] if accepted else {},
        "cost": body["cost"] if accepted else None,
        "rejection": None
        if accepted
        else {name: body[name] for name in ("code", "path", "expected", "seen")},
        "against": None
        if more.compared is None
        else [{"kind": c.kind, "name": c.name, "state": c.state} for c in more.compared],
        "again": None
        if more.again is None
        else {"same": more.again.same, "difference": more.again.difference},
        "invariants": [finding.json() for finding in more.invariants or ()],
    }
