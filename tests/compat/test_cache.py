"""What was proved is not proved again; what is kept is never believed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from caio.certify.asking import Asker
from caio.certify.prover import Prover
from tests.compat.conftest import Run
from tests.compat.documents import service, write


class Counted:
    """How many clause forms provers were given."""

    def __init__(self) -> None:
        self.forms = 0


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    counter, decide = Counted(), Prover.decide_many

    def counting(self: Prover, forms, **settings):  # type: ignore[no-untyped-def]
        counter.forms += len(list(forms))
        return decide(self, forms, **settings)

    monkeypatch.setattr(Prover, "decide_many", counting)
    return counter


@contextmanager
def asked(counter: Counted) -> Iterator[list[int]]:
    before, found = counter.forms, list[int]()
    yield found
    found.append(counter.forms - before)


def contracts(changed: int | None = None, better: str = "900 ms") -> str:
    return "\n".join(
        service(
            "1.0" if number != changed else "1.1",
            f"guarantees latency <= {better if number == changed else f'{number + 1} s'}",
            f"assumes request.tokens <= {1000 + number} token",
            name=f"s{number}",
        )
        for number in range(8)
    )


def test_a_second_run_proves_nothing_anew(run: Run, counted: Counted) -> None:
    files = write("v1.caio", contracts()), write("v2.caio", contracts(changed=3))
    with asked(counted) as first:
        one = run("compat", *files, "--json", "--cache", "kept")
    with asked(counted) as second:
        other = run("compat", *files, "--json", "--cache", "kept")
    with asked(counted) as without:
        third = run("compat", *files, "--json", "--no-cache")
    assert one.code == 0
    assert one.out == other.out == third.out
    assert first[0] == without[0] > 0
    assert second[0] == 0


def test_a_change_of_one_service_proves_only_what_it_affects(run: Run, counted: Counted) -> None:
    old = write("v1.caio", contracts())
    run("compat", old, write("v2.caio", contracts()), "--cache", "kept")
    with asked(counted) as one:
        assert run("compat", old, write("v2.caio", contracts(changed=3)), "--cache", "kept").code == 0  # fmt: skip
    with asked(counted) as every:
        assert run("compat", old, write("v2.caio", contracts(changed=3)), "--no-cache").code == 0
    assert 0 < one[0] <= every[0] / 4


BREAK: list[Callable[[bytes], bytes]] = [
    lambda data: data[:0],
    lambda data: data[: len(data) // 2],
    lambda data: data.replace(b"proof", b"prove"),
    lambda data: data.replace(b"1", b"2"),
    lambda data: re.sub(rb'"witness":\{[^}]*\}', b'"witness":{}', data),
]


@pytest.mark.parametrize("damage", range(len(BREAK)))
@pytest.mark.parametrize("broken", [False, True])
def test_a_damaged_cache_changes_nothing(run: Run, damage: int, broken: bool) -> None:
    new = contracts(changed=3, better="9 s" if broken else "900 ms")
    files = write("v1.caio", contracts()), write("v2.caio", new)
    sound = run("compat", *files, "--json", "--cache", "kept")
    kept = list(Path("kept").rglob("*.answers"))
    assert kept
    for file in kept:
        file.write_bytes(BREAK[damage](file.read_bytes()))
    again = run("compat", *files, "--json", "--cache", "kept")
    assert (again.code, again.out) == (sound.code, sound.out)
    assert sound.code == (1 if broken else 0)


def test_forged_evidence_is_found_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entries of a compatible change, put in the place of those of one that is not."""
    old, good, bad = write("v1.caio", contracts()), contracts(changed=3), contracts(changed=3, better="9 s")  # fmt: skip
    from caio.certify.answers import Answers

    run("compat", old, write("v2.caio", good), "--cache", "kept")
    read, taken = Answers.read, dict[str, object]()

    def forging(self: Answers, name: str):  # type: ignore[no-untyped-def]
        # Whatever is asked about, something is known: a proof of something else.
        found = read(self, name)
        taken.update(found)

        class Anything(dict):  # type: ignore[type-arg]
            def get(self, _key, default=None):  # type: ignore[no-untyped-def]
                return next(iter(found.values()), default)

        return Anything()

    monkeypatch.setattr(Answers, "read", forging)
    honest = run("compat", old, write("v2.caio", bad), "--no-cache", "--json")
    forged = run("compat", old, "v2.caio", "--cache", "kept", "--json")
    assert taken
    assert (forged.code, forged.out) == (honest.code, honest.out)
    assert honest.code == 1


def test_the_same_bytes_whatever_is_kept(run: Run) -> None:
    """A certificate does not depend on what was proved before it."""
    files = write("v1.caio", contracts()), write("v2.caio", contracts(changed=3))
    run("compat", files[0], files[0], "--cache", "kept")
    for folder, words in (("a", ["--cache", "kept"]), ("b", ["--no-cache"])):
        assert run("compat", *files, "--certificate", f"{folder}/", *words).code == 0
    one, other = (sorted(file.name for file in Path(folder).iterdir()) for folder in ("a", "b"))
    assert one == other
    assert len(one) == 2
    assert all(run("verify", f"a/{name}").code == 0 for name in one)


def test_nothing_is_believed_of_the_checker(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence for something else is rejected, with an exit code of its own."""
    decide = Asker._decide

    def swapped(self: Asker, asked, kept):  # type: ignore[no-untyped-def]
        found = decide(self, asked, kept)
        return [type(one)(one.asked, other.decided) for one, other in zip(found, found[1:] + found[:1], strict=True)]  # fmt: skip

    monkeypatch.setattr(Asker, "_decide", swapped)
    files = write("v1.caio", contracts()), write("v2.caio", contracts(changed=3))
    ran = run("compat", *files, "--no-cache", "--json")
    assert (ran.code, ran.json["verdict"]) == (5, "rejected")
