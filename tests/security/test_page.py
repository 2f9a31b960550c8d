"""The page says what the code does: all codes with their messages, and the limits as they are."""

from __future__ import annotations

import os
import re
from pathlib import Path

from caio.security import attestation, classification, keys, notation, patterns, tokens
from caio.security.refusal import MESSAGES, Refusal
from tests.security.attacks import ATTACKS, KINDS

PATH = Path(__file__).resolve().parents[2] / "docs" / "security-facts.md"
PAGE = PATH.read_text("utf-8")
_TABLE = re.compile(r"^\| attacked \|.*?\n(?=\n)", re.MULTILINE | re.DOTALL)


def table() -> str:
    """The table of attacks, as the page is to show it."""
    rows = ["| attacked | attacks | refused with |", "|---|---|---|"]
    for kind, attacks in KINDS.items():
        codes = sorted({str(attack.code) for attack in attacks})
        rows.append(f"| {kind} | {len(attacks)} | {', '.join(f'`{code}`' for code in codes)} |")
    rows.append(f"| all | {len(ATTACKS)} | {len({attack.code for attack in ATTACKS})} codes |")
    return "\n".join(rows) + "\n"


def test_shows_the_attacks_that_there_are() -> None:
    """``CAIO_UPDATE_DOCS=1`` writes the table, and you read the difference."""
    if os.environ.get("CAIO_UPDATE_DOCS"):
        PATH.write_text(_TABLE.sub(lambda _: table(), PATH.read_text("utf-8")), "utf-8")
    assert table() in PATH.read_text("utf-8")
    assert len(_TABLE.findall(PAGE)) == 1


def test_lists_every_code_with_its_message() -> None:
    rows = dict(
        re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", PAGE.partition("## Codes")[2], re.MULTILINE)
    )
    rows.pop(Refusal.DECLARATION)
    assert rows == {
        str(code): text for code, text in MESSAGES.items() if code != Refusal.DECLARATION
    }


def test_states_the_limits_that_hold() -> None:
    stated = (
        f"at most {tokens.MAX_TOKEN:,} characters in all",
        f"a string of 1 to {tokens.MAX_SUBJECT:,} characters",
        f"numbers of at most {notation.MAX_DIGITS} digits",
        f"at most {notation.MAX_DEPTH} levels",
        f"at most {keys.MAX_SET:,} bytes and {keys.MAX_KEYS} keys",
        f"than {keys.MIN_BITS:,} or more than {keys.MAX_BITS:,} bits",
        f"`{attestation.FORMAT}`",
        f"A match has at most {patterns.MAX_LENGTH} characters",
    )
    assert [text for text in stated if text not in PAGE] == []
    assert classification.MAX_WORK == 2**29
    assert "2²⁹ steps" in PAGE.replace("\n", " ")
    for name in keys.ALGORITHMS:
        assert f"`{name}`" in PAGE


def test_messages_state_the_limits_that_hold() -> None:
    assert f"{tokens.MAX_TOKEN:,}" in MESSAGES[Refusal.TOKEN_SIZE]
    assert f"{tokens.MAX_SUBJECT:,}" in MESSAGES[Refusal.SUBJECT]
    assert f"{keys.MAX_SET:,}" in MESSAGES[Refusal.KEYS_SIZE]
    assert f"{keys.MIN_BITS:,} to {keys.MAX_BITS:,} bits" in MESSAGES[Refusal.KEYS_WEAK]
