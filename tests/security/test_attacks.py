"""Every attack of the table is refused with its code, and nothing that is seen afterwards holds the token."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback

import pytest

from caio.security.refusal import MESSAGES, Refusal, RefusedError
from tests.security.attacks import ATTACKS, Attack, Sent
from tests.security.forge import CANARY, authenticator


def refused(sent: Sent) -> RefusedError:
    """The refusal, as a host sees it whose own frames do not hold the token."""
    with pytest.raises(RefusedError) as caught:
        authenticator(sent.published, **sent.declared).authenticate(sent.token, at=sent.at)
    return caught.value


def secrets(token: object) -> list[str]:
    """The token and its parts, as far as they are long enough to be recognised."""
    text = token.decode() if isinstance(token, bytes) else str(token)
    return [CANARY, *(part for part in (text, *text.split(".")) if len(part) >= 12)]


def everything_seen(error: RefusedError) -> str:
    """All that a log, a reporter of errors or a debugger would show of a refusal."""
    seen = [
        str(error),
        repr(error),
        repr(error.args),
        repr(vars(error)),
        str(error.__notes__ if hasattr(error, "__notes__") else ""),
    ]
    seen += [repr(pickle.dumps(error.args)), repr(copy.copy(vars(error)))]
    assert error.__context__ is None
    assert error.__cause__ is None
    frames = error.__traceback__
    while frames is not None:
        if frames.tb_frame.f_globals["__name__"].startswith("caio."):
            seen.append(repr(frames.tb_frame.f_locals))
        frames = frames.tb_next
    seen += traceback.format_exception(error)
    return "\n".join(seen)


def test_the_search_finds_what_a_frame_or_a_context_holds() -> None:
    """The search below would fail where it should: here is a refusal that does hold its token."""
    names = {"__name__": "caio.leaky", "RefusedError": RefusedError, "code": Refusal.SIGNATURE}
    exec("def leak(token): raise RefusedError(code)", names)  # noqa: S102 - a module that leaks
    with pytest.raises(RefusedError) as caught:
        names["leak"](f"x.{CANARY}.y")  # type: ignore[operator]
    assert CANARY in everything_seen(caught.value)


def test_there_are_enough_of_them_and_no_two_are_alike() -> None:
    assert len(ATTACKS) >= 60
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


def test_every_code_of_tokens_and_keys_is_met() -> None:
    others = {Refusal.DECLARATION, Refusal.NODE_KEY} | {
        code for code in Refusal if code.startswith("attestation")
    }
    assert {attack.code for attack in ATTACKS} == {*Refusal} - others


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_is_refused_with_its_code_and_shows_nothing(
    attack: Attack, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    sent = attack.make()
    error = refused(sent)
    assert error.code is attack.code
    assert str(error).endswith(MESSAGES[attack.code])
    assert "\n" not in str(error)

    printed = capsys.readouterr()
    seen = "\n".join([everything_seen(error), caplog.text, printed.out, printed.err])
    for secret in secrets(sent.token):
        assert secret not in seen


def test_a_private_key_in_a_set_is_not_shown() -> None:
    attack = next(item for item in ATTACKS if item.name == "a private part")
    published = attack.make().published
    assert published is not None
    secret = published.decode().partition('"d": "')[2].partition('"')[0]
    assert len(secret) == 43
    assert secret not in everything_seen(refused(attack.make()))


def test_the_messages_say_what_to_do_and_there_is_one_for_each_code() -> None:
    assert {*MESSAGES} == {*Refusal}
    for message in MESSAGES.values():
        assert message == message.strip()
        assert not message.endswith(".")
        assert message[0].islower()
