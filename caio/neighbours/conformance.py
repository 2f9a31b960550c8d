"""The conformance suite: whether an implementation of a port keeps the clauses of ``docs/spec/neighbours-v1.md``.

A suite is a tuple of named checks, each with the clauses that it examines. ``examine`` runs the checks of a port in their order and gives
a report. A check *passes*, *fails* with what was seen, or is *unknown* where it could not be decided, which is never a success: an
interval that lies on both sides of a bound, a memory too full to be written to.

An examination asks the implementation real questions. It sends MAIA control signals and outcomes, and stores fields in RFS, under
names that begin with ``caio-conformance``; the last signal that it sends changes nothing, and it can be run again. Examine an
instance for tests all the same.

Two things it cannot show: that what was not asked would be right as well, and that an answer means what it should.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from time import monotonic
from typing import Any, Final, Generic, TypeVar

from caio.base.canonical import Json
from caio.base.errors import CaioError, InputError
from caio.fields.arrays import Field
from caio.fields.invariants import Invariant, Verdict
from caio.fields.measure import Measurement
from caio.routing.ports import NeighbourError

RESOLUTION: Final = Fraction(1, 10**6)
"""At which an examination measures."""
PREFIX: Final = "caio-conformance"
"""What the names begin with that an examination leaves behind."""

_PortT = TypeVar("_PortT")


class Outcome(Enum):
    """What came of a check; only ``PASSED`` is a success."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class BrokenClauseError(Exception):
    """A clause is broken; the message says what was seen."""


class UndecidedError(Exception):
    """Nothing can be said; the message says why."""


@dataclass(frozen=True, slots=True)
class Check(Generic[_PortT]):
    """One check.

    Attributes:
        name: what reports call it.
        clauses: what it examines, as the specification numbers it.
        statement: what holds, in a line.
        run: asks the port, and raises ``BrokenClauseError`` or ``UndecidedError``.
    """

    name: str
    clauses: tuple[str, ...]
    statement: str
    run: Callable[[_PortT], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one check; ``seen`` is empty where it passed."""

    name: str
    clauses: tuple[str, ...]
    statement: str
    outcome: Outcome
    seen: str = ""

    def json(self) -> dict[str, Json]:
        """All of it."""
        return {
            "check": self.name,
            "clauses": list(self.clauses),
            "statement": self.statement,
            "outcome": self.outcome.value,
            "seen": self.seen,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What came of an examination.

    Attributes:
        port: which one was examined.
        results: of its checks, in their order.
    """

    port: str
    results: tuple[Result, ...]

    @property
    def outcome(self) -> Outcome:
        """Failed if anything failed, else unknown if anything is, or if nothing was examined."""
        seen = {result.outcome for result in self.results}
        if Outcome.FAILED in seen:
            return Outcome.FAILED
        return Outcome.PASSED if seen == {Outcome.PASSED} else Outcome.UNKNOWN

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the checks that failed."""
        return tuple(r.name for r in self.results if r.outcome is Outcome.FAILED)

    def json(self) -> dict[str, Json]:
        """All of it."""
        return {
            "format": "caio-conformance/v1",
            "port": self.port,
            "outcome": self.outcome.value,
            "checks": [result.json() for result in self.results],
        }


@dataclass(slots=True)
class Stopwatch:
    """How long the calls of an implementation took."""

    slowest: float = 0.0
    call: str = ""

    def watch(self, target: Any, prefix: str = "") -> Any:
        """The implementation, with its calls timed; the policy of MAIA is timed too."""
        return _Watched(target, self, prefix)

    def took(self, call: str, seconds: float) -> None:
        """Take down a call."""
        if seconds > self.slowest:
            self.slowest, self.call = seconds, call


class _Watched:
    def __init__(self, target: Any, watch: Stopwatch, prefix: str) -> None:
        self._target, self._watch, self._prefix = target, watch, prefix

    def __getattr__(self, name: str) -> Any:
        begin = monotonic()
        found = getattr(self._target, name)
        self._watch.took(self._prefix + name, monotonic() - begin)
        if not callable(found):
            return found

        def timed(*arguments: Any) -> Any:
            begin = monotonic()
            try:
                result = found(*arguments)
            finally:
                self._watch.took(self._prefix + name, monotonic() - begin)
            # A policy has methods of its own.
            asked = name == "policy" and result is not None
            return self._watch.watch(result, f"{name}.") if asked else result

        return timed


def examine(
    port: str, checks: Sequence[Check[Any]], implementation: object, *, limit: float = 2.0
) -> Report:
    """Examine an implementation.

    Args:
        port: which one it is, for the report.
        checks: the suite of that port.
        implementation: to be examined; its exceptions are findings.
        limit: seconds that an answer may take (G3).
    """
    watch = Stopwatch()
    watched = watch.watch(implementation)
    results = [_result(check, watched) for check in checks]
    seen = f"`{watch.call}` took {watch.slowest:.3f} s, expected at most {limit:g} s"
    late = watch.slowest > limit
    results.append(
        Result(
            "answers_in_time",
            ("G3",),
            "every answer comes within the limit",
            Outcome.FAILED if late else Outcome.PASSED,
            seen if late else "",
        )
    )
    return Report(port, tuple(results))


def run_checks(port: str, checks: Iterable[Check[_PortT]], target: _PortT) -> Report:
    """Run checks without a limit on time, such as those of the wire."""
    return Report(port, tuple(_result(check, target) for check in checks))


def _result(check: Check[_PortT], target: _PortT) -> Result:
    outcome, seen = Outcome.PASSED, ""
    try:
        check.run(target)
    except BrokenClauseError as error:
        outcome, seen = Outcome.FAILED, str(error)
    except UndecidedError as error:
        outcome, seen = Outcome.UNKNOWN, str(error)
    except NeighbourError as error:
        lost = error.code in {"unreachable", "full"}
        outcome, seen = (Outcome.UNKNOWN if lost else Outcome.FAILED), str(error)
    except CaioError as error:
        outcome, seen = Outcome.FAILED, f"an answer was due: {error}"
    except Exception as error:  # noqa: BLE001 - somebody else's code: whatever it raises is a finding
        outcome, seen = Outcome.FAILED, f"an answer was due, `{type(error).__name__}` came: {error}"
    return Result(check.name, check.clauses, check.statement, outcome, seen)


def require(holds: bool, seen: str) -> None:  # noqa: FBT001 - the condition is the point
    """Demand something.

    Raises:
        BrokenClauseError: it does not hold.
    """
    if not holds:
        raise BrokenClauseError(seen)


def require_field(value: object, shape: tuple[int, ...], what: str) -> Field:
    """Demand a field of a shape; 0 stands for any length.

    Raises:
        BrokenClauseError: it is none, or of another.
    """
    if not isinstance(value, Field):
        raise BrokenClauseError(
            f"{what} is a value of type `{type(value).__name__}`, expected a `Field`"
        )
    found = value.values.shape
    fits = len(found) == len(shape) and all(
        want in {0, size} for size, want in zip(found, shape, strict=True)
    )
    require(fits, f"{what} has shape {found}, expected {shape}")
    return value


def require_invariant(invariant: Invariant, measurement: Measurement, what: str) -> None:
    """Demand an invariant of what was measured.

    Raises:
        BrokenClauseError: it is broken.
        UndecidedError: the interval lies on both sides of the bound.
    """
    judged = invariant.judge(measurement)
    steps = measurement.value * measurement.resolution
    seen = f"{what}: {invariant.statement}, measured {float(steps):.6g}"
    if judged.verdict is Verdict.UNKNOWN:
        raise UndecidedError(seen)
    require(judged.verdict is Verdict.HOLDS, seen)


def require_refused(ask: Callable[[], object], what: str, code: str | None = None) -> None:
    """Demand that a question is refused, with a code if one is named.

    Raises:
        BrokenClauseError: it is answered, or refused otherwise.
    """
    try:
        ask()
    except NeighbourError as error:
        if code is None and error.code in {"unreachable", "late", "internal"}:
            raise BrokenClauseError(f"{what} is not refused, but fails: {error}") from None
        require(
            code in {None, error.code}, f"{what} is refused with `{error.code}`, expected `{code}`"
        )
    except InputError as error:
        require(code is None, f"{what} is refused without the code `{code}`: {error}")
    except Exception as error:  # noqa: BLE001 - as above
        raise BrokenClauseError(
            f"{what} is not refused, `{type(error).__name__}` came: {error}"
        ) from None
    else:
        raise BrokenClauseError(f"{what} is answered, expected a refusal")
