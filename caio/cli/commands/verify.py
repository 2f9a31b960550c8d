"""``caio verify``: the checker in an interpreter of its own, and each claim on a line of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
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
    from caio.cli.comparison import Compared

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
        "Check a decision or certificate FILE without believing anybody.\n\n"
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
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(*, file: str, against: tuple[str, ...], node: str | None, as_json: bool) -> Exit:
    """Find the documents, run the checker, verify the node's signature, compare, report."""
    from caio.cli.isolation import check  # noqa: PLC0415

    if _is_explanation(file):
        if node is not None:
            raise MisuseError(
                "`--node` is about the facts of a decision, and this is an explanation"
            )
        return _explanation(file, against=bool(against), as_json=as_json)
    with Waiting("checking the evidence") as waiting, TemporaryDirectory(prefix="caio-") as folder:
        answer = check(*_parts(file, Path(folder)))
        body = answer.body
        if node is not None and answer.status == 0:
            from caio.cli.attested import with_signature  # noqa: PLC0415 - cryptography loads here

            waiting.step("verifying the attestation")
            body = with_signature(file, body, node)
        accepted = answer.status == 0 and body["accepted"] is True
        outcomes = [_outcome(0 if accepted else 5, body)]
        compared: tuple[Compared, ...] | None = None
        if against and accepted:
            waiting.step("compiling the documents again")
            compared = _compare(file, against)
            outcomes += [Exit.HOLDS if c.same else Exit.REFUTED for c in compared]
    outcome = worst(outcomes)
    if as_json:
        streams.out_json(_json(file, body, compared, outcome))
    elif accepted:
        _print(file, body, compared)
    else:
        _print_rejection(file, body)
    return outcome


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
        streams.out_json(_json(file, body, None, outcome))
    elif accepted:
        _print(file, {**body, "kind": "explanation"}, None)
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
        documents, certificate = folder / "documents.json", folder / "certificate.json"
        documents.write_bytes(split[0])
        certificate.write_bytes(split[1])
        return str(certificate), [str(documents)]
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


def _print(file: str, body: dict[str, Any], compared: tuple[Compared, ...] | None) -> None:
    green, yellow, plain = (
        ("\x1b[32m", "\x1b[33m", "\x1b[0m") if streams.coloured(sys.stdout) else ("",) * 3
    )
    say = _wording(file) if body["kind"] == "documents" else safe
    for claim in body["claims"]:
        word = _WORDS.get(claim["status"], "not established")
        tone = green if word == "ok" else yellow
        streams.out(f"{tone}{word:<15}{plain}  {say(claim['text'])}")
    if compared is not None:
        same = sum(item.same for item in compared)
        for item in compared:
            if not item.same:
                streams.out(f"{yellow}{item.state:<15}{plain}  {item.kind} {safe(item.name)}")
        streams.out(
            f"{green if same == len(compared) else yellow}{'same':<15}{plain}  "
            f"{same:,} of {count(len(compared), 'document')}, compiled again"
        )
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


def _json(
    file: str, body: dict[str, Any], compared: tuple[Compared, ...] | None, outcome: Exit
) -> dict[str, object]:
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
        if compared is None
        else [{"kind": c.kind, "name": c.name, "state": c.state} for c in compared],
    }
