"""No attack on a token leads to an admission, through the library or the command line, and nothing that is left shows a token.

The table of attacks is that of ``attacks.py``; what is searched afterwards is everything that was printed, logged, raised,
returned and written.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import caio
from caio.cli.callers import Sources, informed
from caio.ir.encode import document_digest
from caio.routing.question import pose
from caio.security.files import write_node_key
from tests.cli.conftest import Run
from tests.security import forge as f
from tests.security.attacks import ATTACKS, Attack, Sent
from tests.security.shop import SHOP, Gateway, files_of
from tests.security.test_attacks import everything_seen, secrets

WHEN = datetime.fromtimestamp(f.NOW, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(scope="module")
def gateway(node: Ed25519PrivateKey) -> Iterator[Gateway]:
    made = Gateway(node)
    yield made
    made.router.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents, a node's key, and a cache."""
    folder = tmp_path_factory.mktemp("secured")
    (folder / "shop.caio").write_text(SHOP, "utf-8")
    write_node_key(folder / "node.pem")
    return folder


def test_the_shop_speaks_the_vocabulary_of_the_attacks(gateway: Gateway) -> None:
    (vocabulary,) = gateway.project.vocabularies
    assert document_digest(vocabulary) == document_digest(f.VOCABULARY)


def test_a_good_token_is_admitted(gateway: Gateway) -> None:
    for algorithm in ("RS256", "ES256", "EdDSA"):
        answer = gateway.serve(Sent(f.token(algorithm)))
        assert isinstance(answer, caio.Routed)


def test_a_decision_of_a_good_token_does_not_hold_it(
    gateway: Gateway,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    token = f.token("EdDSA")
    answer = gateway.serve(Sent(token))
    answer.save(tmp_path / "decision.json")
    verified = caio.verify(tmp_path / "decision.json")
    printed = capsys.readouterr()
    seen = [repr(answer), repr(answer.claims), repr(verified), repr(verified.claims), caplog.text]
    seen += [printed.out, printed.err, answer.bundle().decode()]
    seen += [path.read_text("utf-8") for path in tmp_path.iterdir()]
    for secret in secrets(token):
        assert not [text for text in seen if secret in text]
    assert str(f.CLAIMS["sub"]) not in "".join(seen)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_no_attack_is_admitted_by_the_library(
    attack: Attack,
    gateway: Gateway,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    sent = attack.make()
    with pytest.raises(caio.RefusedError) as caught:
        gateway.serve(sent)
    assert caught.value.code is attack.code
    printed = capsys.readouterr()
    seen = "\n".join([everything_seen(caught.value), caplog.text, printed.out, printed.err])
    assert not [secret for secret in secrets(sent.token) if secret in seen]


BY_LIBRARY = {
    "no text at all",
    "bytes instead of text",
    "a newline behind the token",
    "a time beyond the calendar",
    "a float as the time",
    "a Boolean as the time",
}
"""The attacks that no command line can make: a file holds bytes and may end with a line feed, and a time is one of the calendar."""


@pytest.mark.parametrize(
    "attack",
    [attack for attack in ATTACKS if attack.name not in BY_LIBRARY],
    ids=lambda attack: attack.name,
)
def test_no_attack_is_admitted_by_the_command_line(
    attack: Attack,
    place: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("CAIO_CACHE_DIR", str(place / "cache"))
    sent = attack.make()
    words = files_of(place, sent)
    before = {path.name for path in place.iterdir()} | {"cache"}
    output = str(place / "decision.json")
    question = ["route", str(place / "shop.caio"), "--request", "look", "--at", WHEN]
    ran = run(*question, *words, "-o", output, "--json")
    assert ran.code == 4
    assert ran.json["error"]["kind"] == "refused"
    assert ran.json["error"]["code"] == str(attack.code)
    assert {path.name for path in place.iterdir()} | {"cache"} == before
    seen = "\n".join([ran.out, ran.err, caplog.text, *_kept(place)])
    assert not [secret for secret in secrets(sent.token) if secret in seen]


def _kept(place: Path) -> list[str]:
    """Everything in the cache."""
    files = (path for path in (place / "cache").rglob("*") if path.is_file())
    return [path.read_bytes().decode("latin-1") for path in files]


def test_nearly_all_attacks_take_the_way_of_the_command_line() -> None:
    assert {attack.name for attack in ATTACKS} >= BY_LIBRARY
    assert len(ATTACKS) - len(BY_LIBRARY) >= 60


@pytest.mark.parametrize("where", ["file", "stdin"])
def test_a_good_token_is_admitted_by_the_command_line_and_kept_nowhere(
    where: str,
    tmp_path: Path,
    place: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("CAIO_CACHE_DIR", str(tmp_path / "cache"))
    token = f.token("EdDSA")
    words = files_of(place, Sent(token + "\n"))
    if where == "stdin":
        words[words.index("--token-file") + 1] = "-"
    question = ["route", str(place / "shop.caio"), "--request", "look", "--at", WHEN]
    output = tmp_path / "decision.json"
    ran = run(*question, *words, "-o", str(output), stdin=token.encode() + b"\n")
    assert ran.code == 0, ran.err
    assert "attested by sha256:" in ran.out
    more = [run("verify", str(output)), run("show", str(output)), run("explain", str(output))]
    more.append(run("verify", str(output), "--node", str(place / "node.pem.pub")))
    assert [one.code for one in more] == [0, 0, 0, 0]
    seen = [ran.out, ran.err, caplog.text, *(one.out + one.err for one in more)]
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) >= 4
    seen += [path.read_bytes().decode("latin-1") for path in written]
    key = (place / "node.pem").read_text("ascii").splitlines()[1]
    for secret in (*secrets(token), key):
        assert not [text for text in seen if secret in text]


@pytest.mark.parametrize("name", ["a signature of zeros", "expired a second ago", "a private part"])
def test_no_frame_of_the_command_line_holds_the_token(name: str, place: Path) -> None:
    attack = next(item for item in ATTACKS if item.name == name)
    sent = attack.make()
    words = files_of(place, sent)
    given = dict(zip(words[::2], words[1::2], strict=True))
    sources = Sources(
        given["--token-file"], (given["--authority"],), (given["--keys"],), given["--node-key"]
    )
    question, _ = pose(caio.loads(SHOP), request="look", at=f.AT)
    with pytest.raises(caio.RefusedError) as caught:
        informed(question, sources)
    seen = everything_seen(caught.value)
    assert not [secret for secret in secrets(sent.token) if secret in seen]


class TestOnTheCommandLine:
    """A token among the words: everybody can read it there, and nothing repeats it."""

    @pytest.mark.parametrize(
        "words",
        [
            ["route", "{}"],
            ["{}"],
            ["route", "shop.caio", "--request", "look", "--token-file", "{}"],
            ["route", "shop.caio", "--request", "look", "--token", "{}"],
            ["route", "shop.caio", "--request", "look", "--token={}"],
            ["route", "shop.caio", "--request", "look", "--facts", "Bearer {}"],
            ["route", "shop.caio", "--request", "look", "--at", "{}"],
            ["explain", "x", "--limit", "{}"],
            ["verify", "{}", "--json"],
        ],
        ids=" ".join,
    )
    def test_is_refused_and_not_repeated(self, words: list[str], run: Run) -> None:
        token = f.token("EdDSA")
        ran = run(*(word.replace("{}", token) for word in words))
        assert ran.code == 2
        assert "a token is never an argument" in ran.err
        assert not [secret for secret in secrets(token) if secret in ran.out + ran.err]

    def test_a_header_that_is_written_with_blanks_is_a_header(self, run: Run) -> None:
        for header in (b'{ "alg":"ES256","kid":"es"}', b'{\n"alg": "none"}'):
            token = f.token(header=header)
            assert not token.startswith("eyJ")
            ran = run("route", token)
            assert ran.code == 2
            assert not [secret for secret in secrets(token) if secret in ran.out + ran.err]

    def test_ordinary_words_are_none(self, run: Run) -> None:
        names = ("eyJ", "eyJ.caio", "docs/eyJson/x.y", "1.2.3", "a.b.c", "eyJabcd.caio")
        for word in (*names, "eyeglass-contracts.production-eu.caio"):
            ran: Any = run("verify", word, "--json")
            assert "a token" not in json.loads(ran.out)["error"]["message"]
