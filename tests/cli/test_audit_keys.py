"""``caio audit init``, ``key``, ``checkpoint`` and ``check``: a log begins, changes its keys, is signed, and is found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from caio.audit.checkpoint import Policy
from caio.audit.notes import Verifier
from tests.cli.audit_logs import ORIGIN, begin
from tests.cli.conftest import Run


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return begin(tmp_path)


def key_of(log: Path, name: str = "key.pem") -> tuple[str, str]:
    return "--key", str(log.with_name(name))


def test_a_key_is_for_its_owner_alone_and_never_printed(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "k.pem"
    ran = run("audit", "key", "create", str(path), "--name", ORIGIN)
    assert ran.code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    secret = "".join(path.read_text().splitlines()[1:-1])
    assert secret not in ran.out + ran.err
    assert Verifier.parse(ran.out.strip()).name == ORIGIN
    before = path.read_bytes()
    again = run("audit", "key", "create", str(path), "--name", ORIGIN)
    assert (again.code, again.out, path.read_bytes()) == (4, "", before)
    assert run("audit", "key", "create", str(tmp_path / "x"), "--name", "two words").code == 4


def test_nothing_is_begun_over_anything(run: Run, log: Path, tmp_path: Path) -> None:
    before = log.read_bytes()
    words = ("--name", ORIGIN, *key_of(log))
    assert run("audit", "init", str(log), *words).code == 4
    assert log.read_bytes() == before
    (tmp_path / "new.log.vault").write_bytes(b"mine")
    assert run("audit", "init", str(tmp_path / "new.log"), *words).code == 4
    assert not (tmp_path / "new.log").exists()
    assert run("audit", "init", str(tmp_path / "none" / "log"), *words).code == 4
    log.with_name("key.pem").chmod(0o644)
    ran = run("audit", "init", str(tmp_path / "open.log"), *words)
    assert ran.code == 4
    assert "chmod 600" in ran.err
    assert not (tmp_path / "open.log").exists()


def test_what_is_signed_verifies_by_the_line_that_was_printed(run: Run, log: Path) -> None:
    line = run("audit", "key", "show", str(log), "--json").json["keys"][0]["key"]
    ran = run("audit", "checkpoint", str(log), *key_of(log), "-o", str(log.with_name("note")))
    assert ran.code == 0
    policy = Policy(ORIGIN, (Verifier.parse(line),))
    assert policy.accept(ran.out.encode()).size == 1
    assert log.with_name("note").read_text() == ran.out
    # Signing the same again says the same.
    assert run("audit", "checkpoint", str(log), *key_of(log)).out == ran.out


def test_keys_come_and_go(run: Run, log: Path, tmp_path: Path) -> None:
    for name in ("second.pem", "third.pem"):
        assert run("audit", "key", "create", str(tmp_path / name), "--name", ORIGIN).code == 0
    second, third = str(tmp_path / "second.pem"), str(tmp_path / "third.pem")
    first = run("audit", "key", "show", str(log), "--json").json["keys"][0]["key"]
    ran = run("audit", "key", "add", str(log), second, *key_of(log))
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 2
    ran = run("audit", "key", "rotate", str(log), third, "--key", second)
    assert ran.code == 0
    assert run("audit", "checkpoint", str(log), "--key", second).code == 4
    assert run("audit", "key", "retire", str(log), first, "--key", third).code == 0
    ran = run("audit", "key", "revoke", str(log), f"{second}.pub", "--key", third)
    assert ran.code == 0
    states = [one["state"] for one in run("audit", "key", "show", str(log), "--json").json["keys"]]
    assert states == ["ended", "revoked", "active"]
    # Nobody ends the last key, and no key ends itself.
    ran = run("audit", "key", "revoke", str(log), f"{third}.pub", "--key", third)
    assert ran.code == 4
    assert run("audit", "check", str(log)).code == 0
    shown = run("audit", "key", "show", str(log)).out
    assert shown.count(ORIGIN) == 3
    assert "until entry" in shown


def test_a_stranger_gets_help(run: Run, log: Path, tmp_path: Path) -> None:
    ran = run("audit", "key", "retire", str(log), "nobody", *key_of(log))
    assert ran.code == 4
    assert "caio audit key show" in ran.err
    assert run("audit", "key", "create", str(tmp_path / "o.pem"), "--name", ORIGIN).code == 0
    assert run("audit", "checkpoint", str(log), "--key", str(tmp_path / "o.pem")).code == 4


@pytest.mark.parametrize(
    ("words", "more"),
    [
        (["check"], []),
        (["key", "show"], []),
        (["checkpoint"], ["--key", "k"]),
        (["key", "add"], ["k", "--key", "k"]),
        (["key", "rotate"], ["k", "--key", "k"]),
        (["key", "retire"], ["k", "--key", "k"]),
    ],
)
def test_without_a_log_nothing_is_made(
    run: Run, tmp_path: Path, words: list[str], more: list[str]
) -> None:
    place = tmp_path / "none.log"
    ran = run("audit", *words, str(place), *more)
    assert ran.code == 4
    assert "caio audit init" in ran.err
    assert not place.exists()
    place.write_bytes(b"x" * 5000)
    assert run("audit", *words, str(place), *more).code in {4, 5}
    assert place.read_bytes() == b"x" * 5000


def test_check_says_what_there_is(run: Run, log: Path) -> None:
    note = run("audit", "checkpoint", str(log), *key_of(log)).out
    kept = log.with_name("kept")
    kept.write_text(note)
    ran = run("audit", "check", str(log), "--checkpoint", str(kept), "--json")
    assert ran.code == 0
    assert (ran.json["verdict"], ran.json["size"], ran.json["checkpoints"]) == ("consistent", 1, 1)
    assert ran.json["kinds"] == {"key": 1}
    assert ran.json["continued"] == 1
    assert "continued by this log" in run("audit", "check", str(log), "--checkpoint", str(kept)).out


def test_check_finds_a_change_and_another_history(run: Run, log: Path, tmp_path: Path) -> None:
    for name in ("two.pem", "three.pem"):
        run("audit", "key", "create", str(tmp_path / name), "--name", ORIGIN)
    early = log.with_name("early.log")
    early.write_bytes(log.read_bytes())
    assert run("audit", "key", "add", str(log), str(tmp_path / "two.pem"), *key_of(log)).code == 0
    note = log.with_name("note")
    note.write_text(run("audit", "checkpoint", str(log), *key_of(log)).out)
    # Put back to an earlier state, and continued otherwise.
    ran = run("audit", "check", str(early), "--checkpoint", str(note), "--json")
    assert (ran.code, ran.json["error"]["code"]) == (5, "log-rolled-back")
    run("audit", "key", "add", str(early), str(tmp_path / "three.pem"), *key_of(log))
    ran = run("audit", "check", str(early), "--checkpoint", str(note))
    assert ran.code == 5
    assert "another history" in ran.err
    data = log.read_bytes()
    assert b"add " + ORIGIN.encode() in data
    log.write_bytes(data.replace(b"add " + ORIGIN.encode(), b"adx " + ORIGIN.encode()))
    ran = run("audit", "check", str(log), "--json")
    assert ran.code == 5
    assert ran.json["error"]["kind"] == "evidence"
