"""Whether the parts of a trace say the same as the decision in it (Eq. 1.8, INV-CAIO-0003).

A trace repeats what matters of its decision, and adds the state, the control signal and the fields. Once the checker has accepted
the decision (``VerifyProof``, Eq. 6.1), a trace is right where every repetition is one and everything added follows: what was
measured is what the decision's measurements were made of, modes are those of these fields, and the signal stays within what the
selected control permits.

What is not found out here: whether the fields are those of the world, and whether the gains are the ones that the modes give, for a
trace has digests of the modes and not the modes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final, NoReturn

from caio.base.canonical import canonical_bytes, digest
from caio.base.errors import EvidenceError
from caio.fields.control import ROUTE_SHARE, ControlSignal
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.routing.decision import FORMAT as DECISION
from caio.routing.trace import Trace

_SAME: Final = (
    ("state.inputs", "inputs"),
    ("decision.selected", "selected"),
    ("proofs", "proofs"),
    ("guarantees", "guarantees"),
)
"""What a trace repeats of its decision: the place in the trace, and the member of the decision."""
_SNAPSHOTS: Final = frozenset(
    {"intent", "traits", "intent_modes", "trait_modes", "context", "marketplace", "memory"}
)


def require_agreement(trace: Trace, documents: Iterable[d.Document]) -> None:
    """Let pass a trace whose parts agree with its decision (INV-CAIO-0003).

    Args:
        trace: of which the checker has accepted the decision.
        documents: the profile and the measurements that it rests on; others may be among them.

    Raises:
        EvidenceError: ``trace-agreement``: a part says something else; ``path`` says which.
    """
    parts = trace.json()
    decision = trace.certificate
    if decision.get("format") != DECISION:
        _disagree("certificate.format", DECISION, decision.get("format"))
    for place, member in _SAME:
        value: Any = parts
        for step in place.split("."):
            value = value[step]
        _require(place, decision.get(member), value)
    known = {document_digest(document): document for document in documents}
    _require_measured(trace, known)
    _require_snapshots(trace)
    _require_signal(trace, known)


def _require_measured(trace: Trace, known: Mapping[str, d.Document]) -> None:
    """What the state names is what the decision's measurements were made of."""
    used = known.get(str(trace.state["inputs"]["measurements"]))
    if not isinstance(used, d.Measurements):
        _disagree("state.inputs.measurements", "the measurements of the state", "none")
    recorded = dict(used.inputs)
    for name, found in trace.state["measured"].items():
        _require(f"state.measured.{name}", recorded.get(name), found)
    axes_and_controls = {name for name in recorded if "." in name}
    missing = sorted(recorded.keys() - axes_and_controls - trace.state["measured"].keys())
    if missing:
        _disagree("state.measured", f"the member `{missing[0]}`", "none")


def _require_snapshots(trace: Trace) -> None:
    """Field by field: the one that was measured, or what follows from it (Def. 1.8)."""
    measured, snapshots = trace.state["measured"], trace.field_snapshots
    wanted = _SNAPSHOTS | ({"components"} & measured.keys())
    if snapshots.keys() != wanted:
        _disagree("field_snapshots", ", ".join(sorted(wanted)), ", ".join(sorted(snapshots)))
    for name in sorted(wanted - {"intent_modes", "trait_modes", "marketplace"}):
        _require(f"field_snapshots.{name}", measured.get(name), snapshots[name])
    for modes, projector, field in (
        ("intent_modes", "projector_high", "intent"),
        ("trait_modes", "projector_low", "traits"),
    ):
        source = {"kind": "modes", "projector": measured.get(projector), "field": snapshots[field]}
        _require(f"field_snapshots.{modes}", digest(source), snapshots[modes])
    market = {
        "kind": "marketplace",
        "services": trace.state["marketplace"],
        "field": snapshots["marketplace"],
    }
    _require("field_snapshots.marketplace", measured.get("marketplace"), digest(market))


def _require_signal(trace: Trace, known: Mapping[str, d.Document]) -> None:
    """A control signal exists where a service was selected, speaks of it, and stays within its control (step 6)."""
    selected, record = trace.decision["selected"], trace.decision["control_signal"]
    place = "decision.control_signal"
    if selected is None or record is None:
        if (selected is None) != (record is None):
            _disagree(place, "one signal for what was selected", record)
        return
    profile = known.get(str(trace.state["inputs"]["profile"]))
    if not isinstance(profile, d.Profile):
        _disagree("state.inputs.profile", "a profile", "none")
    signal = ControlSignal.from_record(record)
    for name, wanted in selected.items():
        _require(f"{place}.{name}", wanted, record[name])
    if signal.resolution != profile.resolution:
        _disagree(f"{place}.resolution", profile.resolution, signal.resolution)
    own = (control for control in profile.controls if control.name == signal.control)
    control = next(own, d.Control(d.NO_CONTROL))
    most = 1 + ROUTE_SHARE[signal.route] * control.excitation
    for bin_, gain in zip(signal.bins, signal.gains, strict=True):
        if not 1 - control.damping <= Fraction(gain) * signal.resolution <= most:
            _disagree(
                f"{place}.gains",
                f"from {1 - control.damping} to {most} at bin {bin_}, as `{control.name}` permits",
                Fraction(gain) * signal.resolution,
            )


def _require(place: str, wanted: Any, found: Any) -> None:
    # Bytes and not values: true is not 1.
    if canonical_bytes(wanted) != canonical_bytes(found):
        _disagree(place, _shown(wanted), _shown(found))


def _shown(value: Any) -> str:
    text = canonical_bytes(value).decode()
    return text if len(text) <= 120 else f"{text[:117]}…"


def _disagree(place: str, expected: object, seen: object) -> NoReturn:
    raise EvidenceError(
        f"the trace says something else than its decision, at {place}",
        code="trace-agreement",
        path=place,
        expected=str(expected),
        seen=str(seen),
    )
