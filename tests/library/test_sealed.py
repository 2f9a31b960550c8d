"""What an application acts on cannot be made, changed, copied into another or read back: only verified."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable

import pytest

import caio
from caio.base.sealed import Sealed
from caio.routing.decision import Candidate

KINDS: list[type[Sealed]] = [
    caio.Answer,
    caio.Routed,
    caio.NotRoutable,
    caio.Undecided,
    caio.Verified,
]


@pytest.fixture
def routed(router: caio.Router) -> caio.Routed:
    answer = router.route("question")
    assert isinstance(answer, caio.Routed)
    return answer


@pytest.fixture
def verified(routed: caio.Routed) -> caio.Verified:
    return caio.verify(routed.bundle())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "make",
    [
        lambda kind: kind(),
        lambda kind: kind("small", "1.0"),
        lambda kind: kind(service="small", version="1.0"),
        lambda kind: kind.__new__(kind),
        lambda kind: type(kind)("Own", (kind,), {}),
        lambda kind: type("Own", (kind,), {"__module__": "caio.routing.results"}),
        lambda kind: type("Own", (kind,), {}, seal=object()),
        lambda kind: copy.copy(kind()),
        lambda kind: copy._reconstruct(None, False, kind, ()),  # type: ignore[attr-defined]
    ],
    ids=["bare", "positional", "named", "new", "subclass", "disguised", "seal", "copy", "rebuilt"],
)
def test_no_kind_can_be_made(kind: type[Sealed], make: Callable[[type], object]) -> None:
    with pytest.raises(TypeError, match=r"cannot be made|cannot extend"):
        make(kind)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_is_refused_and_says_what_to_keep_instead(
    routed: caio.Routed, verified: caio.Verified, protocol: int
) -> None:
    for value in (routed, verified):
        with pytest.raises(TypeError, match=r"cannot be pickled.*`caio\.verify`"):
            pickle.dumps(value, protocol)


def test_a_copy_is_the_value_itself(routed: caio.Routed, verified: caio.Verified) -> None:
    for value in (routed, verified):
        assert copy.copy(value) is value
        assert copy.deepcopy([value])[0] is value


def test_nothing_about_it_can_be_replaced(routed: caio.Routed) -> None:
    with pytest.raises(TypeError):
        dataclasses.replace(routed, service="large")  # type: ignore[type-var]
    replace = getattr(copy, "replace", None)
    if replace is not None:
        with pytest.raises(TypeError):
            replace(routed, service="large")


@pytest.mark.parametrize("name", ["service", "version", "_held", "new", "__class__", "__dict__"])
def test_nothing_about_it_can_be_set_or_deleted(
    routed: caio.Routed, verified: caio.Verified, name: str
) -> None:
    for value in (routed, verified):
        with pytest.raises(AttributeError):
            setattr(value, name, caio.Routed)
        with pytest.raises(AttributeError):
            delattr(value, name)
    assert routed.service == "small"


def test_a_shell_that_python_makes_all_the_same_says_nothing() -> None:
    shell = object.__new__(caio.Routed)
    for name in ("service", "version", "endpoint", "score", "at", "claims", "decision_digest"):
        with pytest.raises(TypeError, match="was not verified"):
            getattr(shell, name)
    with pytest.raises(TypeError, match="was not verified"):
        shell.bundle()
    with pytest.raises(TypeError, match="was not verified"):
        complete(shell)
    with pytest.raises(TypeError, match="was not verified"):
        repr(object.__new__(caio.Verified))


def test_a_refusal_cannot_be_turned_into_a_selection(router: caio.Router) -> None:
    refused = router.route("summary")
    assert isinstance(refused, caio.NotRoutable)
    object.__setattr__(refused, "__class__", caio.Routed)
    with pytest.raises(TypeError, match="was not verified"):
        _ = refused.service  # type: ignore[attr-defined]


def test_what_it_hands_out_cannot_be_changed_either(router: caio.Router) -> None:
    routed = router.route("question")
    assert isinstance(routed, caio.Routed)
    with pytest.raises(TypeError):
        routed.attributes["region"] = "us"  # type: ignore[index]
    with pytest.raises(TypeError):
        routed.refusals["rule"] = 0  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        routed.claims[0].status = "holds"  # type: ignore[misc]


def act(routed: caio.Routed) -> str:
    """What an application does with a service that was verified."""
    return routed.service


def test_a_type_checker_refuses_what_was_not_verified(router: caio.Router) -> None:
    """Strict typing reports an ignored error that is none, so that `make lint` fails if these lines were accepted."""
    answer = router.route("question")
    with pytest.raises(AttributeError):
        act("small")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        act(caio.Routed("small", "1.0"))
    act(answer)  # type: ignore[arg-type] # it might be a refusal
    candidate: Candidate = answer._decision.candidates[0]
    with pytest.raises(AttributeError):
        act(candidate)  # type: ignore[arg-type]
    assert isinstance(answer, caio.Routed)
    assert act(answer) == "small"


def complete(answer: caio.Routing) -> str:
    """A match over the three kinds is complete: without one of them, strict typing reports a missing return."""
    match answer:
        case caio.Routed(service=service):
            return service
        case caio.NotRoutable():
            return "nobody"
        case caio.Undecided():
            return "unknown"


def test_a_match_over_the_kinds_is_complete(router: caio.Router) -> None:
    assert complete(router.route("question")) == "small"
    assert complete(router.route("summary")) == "nobody"
