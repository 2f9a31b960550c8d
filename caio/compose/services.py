"""Several services as one (Eq. 5.2): one after another, or at the same time.

What comes out is a stage again, so that compositions nest. Which law a metric follows is declared by the vocabulary, for
``sequence`` and for ``parallel``; a metric without one composes to no guarantee, and so does one that a stage does not promise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from caio.base.errors import InputError
from caio.compose.laws import Interval, Law, assumption, compose
from caio.ir import documents as d


@dataclass(frozen=True, slots=True)
class Stage:
    """What one service, or several together, guarantee.

    Attributes:
        guarantees: the interval by metric; a metric that is not there is not guaranteed.
        deterministic: whether equal calls have equal answers; None is unknown.
        assumptions: what has to be believed besides the promises of services for these guarantees: a metric and a sentence
            each, sorted.
    """

    guarantees: Mapping[str, Interval] = field(default_factory=dict)
    deterministic: bool | None = None
    assumptions: tuple[tuple[str, str], ...] = ()


def in_sequence(vocabulary: d.Vocabulary, stages: Sequence[Stage]) -> Stage:
    """ComposeGuarantees(s₁ → s₂ → … → sₙ): each stage works on what the one before answered (Eq. 5.2, 1.6).

    Raises:
        InputError: there is no stage, or one promises a metric that the vocabulary does not know.
    """
    return _composed(vocabulary, stages, {m.name: m.sequence for m in vocabulary.metrics})


def in_parallel(vocabulary: d.Vocabulary, stages: Sequence[Stage]) -> Stage:
    """The same for stages that work at the same time, and all of whose answers are used (Eq. 5.2).

    Raises:
        InputError: as for ``in_sequence``.
    """
    return _composed(vocabulary, stages, {m.name: m.parallel for m in vocabulary.metrics})


def _composed(
    vocabulary: d.Vocabulary, stages: Sequence[Stage], laws: Mapping[str, str | None]
) -> Stage:
    if not stages:
        raise InputError("nothing composes to nothing: give at least one stage")
    strangers = sorted({name for one in stages for name in one.guarantees} - laws.keys())
    if strangers:
        raise InputError(f"the vocabulary knows no metric `{strangers[0][:80]}`")
    guarantees: dict[str, Interval] = {}
    assumed = {belief for one in stages for belief in one.assumptions}
    for metric in vocabulary.metrics:
        name, declared = metric.name, laws[metric.name]
        promised = [one.guarantees[name] for one in stages if name in one.guarantees]
        if declared is None or len(promised) != len(stages):
            continue
        law = Law(declared)
        found = compose(metric, law, promised)
        if found is None:
            continue
        guarantees[name] = found
        belief = assumption(metric, law)
        if belief is not None and len(stages) > 1:
            assumed.add((name, belief))
    needed = sorted(belief for belief in assumed if belief[0] in guarantees)
    return Stage(guarantees, _conjunction(stages), tuple(needed))


def _conjunction(stages: Sequence[Stage]) -> bool | None:
    """Whether the whole is deterministic: all stages are; not if one is not; otherwise unknown."""
    known = [one.deterministic for one in stages]
    if False in known:
        return False
    return None if None in known else True
