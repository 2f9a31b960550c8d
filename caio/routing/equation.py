"""The master equation (Eq. 1.1): CAIO(s_t, R, P, H), steps 0 to 11, one function each, in the order of the calculus.

    (a*, u*, m*) = argmax [α·I + β·A + γ·RL + δ·W - λ·Cost - ρ·Risk - η·Latency]   subject to   G_safety, G_policy, G_traits ≤ 0

``choose`` runs steps 1 to 5 for one question: candidates come by falling score, so that the first one that passes every
filter is the argmax over the admitted. ``caio`` runs all steps. Filters look at evidence: a candidate passes where no
obligation of the step is refuted, and is selected only where every one of its obligations is proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from caio.base.canonical import Json
from caio.ir import documents as d
from caio.routing.admissions import Admission
from caio.routing.composing import Promise
from caio.routing.decision import Checked, Decision
from caio.routing.examine import Examined, Examiner
from caio.routing.hints import Hint
from caio.routing.proofs import STEPS, Proof
from caio.routing.ranking import Ranking

if TYPE_CHECKING:
    from caio.fields.arrays import Field
    from caio.fields.control import ControlSignal
    from caio.fields.scaled import LearnedPolicy, Marketplace
    from caio.fields.state import FieldState
    from caio.routing.ports import Acknowledgement, Maia, NeighbourError, Nme, Rfs
    from caio.routing.trace import Trace

# Who routes without fields, through `choose`, loads no transforms: what needs them is imported where it is used.

Progress = Callable[[int, int], None]
"""Called with the number of candidates examined so far and the number of all."""

BATCH: Final = 256
"""How many candidates are examined at a time, at most: between batches progress is told."""
_KINDS: Final = dict(STEPS)
_NAME: Final = "state"
"""What measurements of a run are called: evidence has no need of the user's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Whom CAIO hears and tells: MAIA, NME and RFS, and the marketplace as it lies in their space.

    Attributes:
        maia: intent, context, policy; receives control signals.
        nme: traits.
        rfs: memory.
        marketplace: M and E_m(m), made once for a landscape.
        learned: how MAIA's Q-function becomes RL (Def. 1.6); None takes Def. 1.7.
    """

    maia: Maia
    nme: Nme
    rfs: Rfs
    marketplace: Marketplace
    learned: Callable[[Maia], LearnedPolicy] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is asked of MAIA, by whom, and in which context.

    Attributes:
        query: what the user wants, in words.
        context: what was said before (C of Def. 1.5).
        user: whose traits count.
    """

    query: str
    context: tuple[str, ...] = ()
    user: str = ""


class Result(Protocol):
    """What came of executing a decision (step 10)."""

    def result(self) -> Mapping[str, Json]:
        """The part ``result`` of a trace: canonical JSON, without contents."""


class World(Protocol):
    """The documents R and P with everything that decides about them: a router for one request."""

    @property
    def vocabulary(self) -> d.Vocabulary:
        """What the words mean."""

    @property
    def profile(self) -> d.Profile:
        """How is chosen: objective, weights, controls."""

    def decide(self, measurements: d.Measurements) -> Checked:
        """Steps 1 to 5 (``choose``), with the evidence accepted by the checker."""

    def admissions(self, checked: Checked) -> Iterator[Admission]:
        """The winner and what may take its place."""

    def execute(self, checked: Checked, admissions: Iterator[Admission]) -> Result:
        """Call the selected service and enforce what it promised (step 10)."""


@dataclass(frozen=True, slots=True)
class Controlled:
    """What the master equation returns, (result, trace, u_control), with the state and the decision that they follow from.

    Attributes:
        acknowledged: what MAIA answered to the signal; None where none was sent, or it did not arrive.
        undelivered: why the signal did not arrive. What was decided and done stays on record all the same (INV-CAIO-0003).
    """

    state: FieldState
    checked: Checked
    result: Result | None
    trace: Trace
    signal: ControlSignal | None
    acknowledged: Acknowledgement | None = None
    undelivered: NeighbourError | None = None


# --- step 0 ---------------------------------------------------------------------------------------


def extract_field_state(situation: Situation, around: Neighbours) -> FieldState:
    """Step 0: s_t = [modes(Π_high Ψ_i), modes(Π_low Ψ_t), C, M, RFS_metrics], asked of the neighbours.

    Raises:
        NeighbourError: one of them did not answer, or answered something that is no answer.
        FieldError: the fields do not fit together.
    """
    from caio.fields.state import FieldState  # noqa: PLC0415

    maia, space = around.maia, around.maia.space
    intent = maia.intent(situation.query, situation.context)
    return FieldState(
        intent=intent,
        traits=around.nme.traits(situation.user),
        high=space.high,
        low=space.low,
        intent_encoder=space.encoder,
        context_encoder=space.encoder,
        context=maia.context(situation.context),
        marketplace=around.marketplace,
        memory=around.rfs.memory(intent),
        components=around.rfs.components(),
        capacity=around.rfs.capacity(),
        learned=None if around.learned is None else around.learned(maia),
    )


# --- steps 1 to 4: filters --------------------------------------------------------------------------


def match_contracts(examined: Iterable[Examined]) -> Iterator[Examined]:
    """Step 1: {s ∈ R | Contract(s) ∩ Requirements(s_t) ≠ ∅} (Eq. 1.2, 2.1)."""
    return _passing(examined, "contract_matching")


def satisfy_rules(candidates: Iterable[Examined]) -> Iterator[Examined]:
    """Step 2: those that satisfy every rule, and G_policy ≤ 0 (Eq. 1.3, 3.2)."""
    return _passing(candidates, "rule_satisfaction")


def verify_security(filtered: Iterable[Examined]) -> Iterator[Examined]:
    """Step 3: those for which no security invariant is refuted, and G_safety ≤ 0 (Eq. 1.4, 4.1 to 4.3; INV-CAIO-0004)."""
    return _passing(filtered, "security")


def constrain_traits(secure: Iterable[Examined]) -> Iterator[Examined]:
    """Step 4: those with G_traits(Ψ_t, s) ≤ 0."""
    return _passing(secure, "trait_constraints")


def _passing(candidates: Iterable[Examined], step: str) -> Iterator[Examined]:
    kinds = _KINDS[step]
    for one in candidates:
        if not any(one.keys[i][0] in kinds for i in one.failed):
            yield one


# --- step 5: optimization ---------------------------------------------------------------------------


def optimise(constrained: Iterable[Examined]) -> Examined | None:
    """Step 5: the argmax, subject to all guarantees: the first whose every obligation is proved, as scores fall (INV-CAIO-0002)."""
    return next((one for one in constrained if one.admitted), None)


def choose(
    ranking: Ranking,
    examiner: Examiner,
    *,
    hint: Callable[[], Hint] | None = None,
    progress: Progress | None = None,
) -> tuple[Examined, ...]:
    """Steps 1 to 5: the outcomes of the candidates from the best one down to the first that is admitted, or of all.

    Args:
        ranking: every candidate, best first.
        examiner: decides the obligations of candidates.
        hint: asked, once the best candidate has failed, how far it will probably be necessary to go. The answer says
            what is examined in one go, and has no influence on the decision.
        progress: told how far it is.

    Raises:
        SolverError: the solver could not do its work.
    """
    results: list[Examined] = []
    examined = _examined(ranking, examiner, results, hint, progress)
    candidates = match_contracts(examined)
    filtered = satisfy_rules(candidates)
    secure = verify_security(filtered)
    constrained = constrain_traits(secure)
    optimise(constrained)
    return tuple(results)


def _examined(
    ranking: Ranking,
    examiner: Examiner,
    results: list[Examined],
    hint: Callable[[], Hint] | None,
    progress: Progress | None,
) -> Iterator[Examined]:
    """The candidates as scores fall, with the outcome of their obligations; those that were asked for join `results`."""
    size = 1
    while len(results) < len(ranking):
        batch = range(len(results), min(len(results) + size, len(ranking)))
        for one in examiner.results([ranking.contract(rank) for rank in batch]):
            results.append(one)
            yield one
        if progress is not None:
            progress(len(results), len(ranking))
        size = min(size * 4, BATCH)
        if hint is not None:
            first = hint().first(ranking)
            expected = len(ranking) if first is None else first + 1
            size, hint = min(max(expected - len(results), 1), BATCH), None


# --- steps 6 to 11 ----------------------------------------------------------------------------------


def generate_control_signal(decision: Decision, state: FieldState) -> ControlSignal | None:
    """Step 6: u(t) for the selected route and control, from the modes of intent and traits; None with nothing selected."""
    if decision.winner is None:
        return None
    contract, profile = decision.winner.contract, decision.question.profile
    own = (one for one in profile.controls if one.name == contract.control)
    service = contract.service
    return state.control_signal(
        next(own, d.Control(d.NO_CONTROL)),
        (service.name, service.version, service.route),
        profile.resolution,
    )


def compose_guarantees(decision: Decision) -> Sequence[Promise]:
    """Step 7: what the selected contract promises for this request (Eq. 1.6, 5.1)."""
    return decision.guarantees


def generate_proofs(decision: Decision) -> Sequence[Proof]:
    """Step 8: the six named proofs (Eq. 1.7, Def. 6.1), which the checker verifies (Eq. 6.1)."""
    return decision.proofs


def record_trace(
    checked: Checked,
    state: FieldState,
    signal: ControlSignal | None,
    proofs: Sequence[Proof],
    guarantees: Sequence[Promise],
) -> Trace:
    """Step 9: state, decision, proofs, guarantees, field snapshots and their hash (Eq. 1.8, INV-CAIO-0003); the result joins it later."""
    from caio.routing.trace import trace_of  # noqa: PLC0415

    return trace_of(checked, state, signal, proofs, guarantees)


def execute(world: World, checked: Checked) -> Result | None:
    """Step 10: call the selected service with its guarantees enforced; None with nothing selected."""
    if checked.decision.winner is None:
        return None
    return world.execute(checked, world.admissions(checked))


def send_control_signal(signal: ControlSignal | None, maia: Maia) -> Acknowledgement | None:
    """Step 11: u(t) to MAIA, where it is in force from the next intent on."""
    return None if signal is None else maia.control(signal)


def caio(situation: Situation, around: Neighbours, world: World) -> Controlled:
    """CAIO(s_t, R, P, H): decide with proof, act with guarantees enforced, leave a trace, and steer (Eq. 1.1).

    Args:
        situation: what is asked, by whom.
        around: the neighbours.
        world: services and policies, and how services are called.

    Raises:
        NeighbourError: a neighbour did not answer when the state was asked for.
        FieldError: its fields do not fit together.
        EvidenceError: the checker rejected the evidence. Nothing is decided; this is a bug in CAIO.
        SolverError: the solver could not do its work. Nothing is decided.
    """
    from caio.routing.ports import NeighbourError  # noqa: PLC0415

    state = extract_field_state(situation, around)
    checked = world.decide(measured(state, around, world))
    decision = checked.decision
    signal = generate_control_signal(decision, state)
    guarantees = compose_guarantees(decision)
    proofs = generate_proofs(decision)
    trace = record_trace(checked, state, signal, proofs, guarantees)
    result = execute(world, checked)
    if result is not None:
        trace = trace.completed(result.result())
    try:
        acknowledged = send_control_signal(signal, around.maia)
    except NeighbourError as error:
        # A service was called by now: what came of it must not be lost with the feedback.
        return Controlled(state, checked, result, trace, signal, undelivered=error)
    return Controlled(state, checked, result, trace, signal, acknowledged)


def measured(state: FieldState, around: Neighbours, world: World) -> d.Measurements:
    """What steps 1 to 5 use of the state: terms of the objective, and intervals of measured fields."""
    nme = around.nme
    names = {field.name for field in world.vocabulary.measured}
    axes: dict[str, Field] = {axis: nme.probe(axis) for axis in nme.axes if axis in names}
    return state.measurements(
        world.vocabulary,
        world.profile,
        _NAME,
        axes=axes,
        scale=nme.scale,
    )
