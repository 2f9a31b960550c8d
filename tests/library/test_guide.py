"""The guide's gateway is twenty lines long, is the one in the examples, and does what the guide says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.docs.pages import blocks
from tests.library.conftest import FOLDER, SHOP

ROOT = Path(__file__).parents[2]
PROGRAM = FOLDER / "gateway.py"


def guide() -> str:
    """The first program of the guide."""
    return next(b.text for b in blocks(ROOT / "docs" / "gateway.md") if b.language == "python")


def test_the_program_has_twenty_lines_and_is_the_one_of_the_examples() -> None:
    assert sum(bool(line.strip()) for line in guide().splitlines()) == 20
    docstring, _, rest = PROGRAM.read_text("utf-8").partition("\n\n")
    assert docstring.count('"""') == 2
    assert rest == guide()


def call(url: str, body: bytes) -> tuple[int, dict[str, object]]:
    try:
        with urlopen(Request(url, body), timeout=30) as answer:  # noqa: S310 - our own
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[str]:
    """The program on the shop, with the profile and the facts that it names; its address."""
    text = SHOP.replace("profile standard", "profile balanced")
    (tmp_path / "shop.caio").write_text(text + "facts support_desk { origin asserted }", "utf-8")
    program = tmp_path / "gateway.py"
    # Port 0 is a free one, and the server says which.
    program.write_text(
        guide().replace(".serve_forever()", "").replace('make_server("', 'server = make_server("')
        + "print(server.server_port, flush=True)\nserver.serve_forever()\n",
        "utf-8",
    )
    command = [sys.executable, str(program), "0", str(tmp_path / "shop.caio")]
    environment = {"PYTHONPATH": str(ROOT), "CAIO_CACHE_DIR": str(tmp_path / "cache")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def test_the_gateway_calls_only_what_was_verified(gateway: str) -> None:
    status, body = call(f"{gateway}/question", b'{"tokens": 500}')
    assert status == 200
    assert body["model"] == "small"
    assert str(body["decision"]).startswith("sha256:")
    assert call(f"{gateway}/summary", b"{}") == (403, {"refused": {"assumption": 1, "rule": 1}})
    for path, sent, message in [
        ("question", b'{"tokens": 500.5}', "floats are not exact"),
        ("question", b'{"tokens": 8001}', "contradicts"),
        ("question", b'{"tokens": NaN}', "float"),
        ("question", b'["tokens"]', "values are a mapping"),
        ("question", b"{", "Expecting"),
        ("question", b"\xff", "utf-8"),
        ("qestion", b"{}", "did you mean `question`"),
        ("", b"{}", "no request is named"),
    ]:
        status, body = call(f"{gateway}/{path}", sent)
        assert status == 400
        assert message in str(body["error"])
