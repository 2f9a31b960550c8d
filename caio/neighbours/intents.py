"""MAIA as a reference: intents from texts, a linear learner, and the control signal in force (steps 0, 6 and 11).

    w = v(query) + v(context) / 4,    Ψ_i = u(t) ⋄ E_i (w / ‖w‖)

v is ``text.vector``. E_i keeps energy and puts it into the band of intents, so that without a control signal I(Ψ_i) is 1 and κ is 1.
A signal is kept, and applied to every intent until the next one takes its place: one that arrives twice changes nothing, and the
state is one signal, however long the loop runs.

Outcomes are learned in the order in which they arrive, each once; the digests of the last ``MAX_REMEMBERED`` are kept for that.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import numpy as np

from caio.base.errors import InputError
from caio.fields.arrays import Field, require_one
from caio.neighbours.arrays import given
from caio.neighbours.learner import LinearPolicy
from caio.neighbours.text import MAX_TEXTS, vector
from caio.routing.ports import Acknowledgement, Outcome, Signal, Space

CONTEXT_SHARE: Final = 0.25
"""The weight of the context beside the query."""
MAX_REMEMBERED: Final = 65_536
"""Of how many outcomes it is remembered that they were learned."""


class TextMaia:
    """MAIA over texts; a ``Maia``. Not for several threads at once.

    Args:
        space: of its fields.
        policy: θ to begin with; nothing learned where it is left out.

    Raises:
        InputError: the policy is for another dimension than d.
    """

    def __init__(self, space: Space | None = None, policy: LinearPolicy | None = None) -> None:
        self._space = Space() if space is None else space
        self._policy = LinearPolicy(self._space.source) if policy is None else policy
        if self._policy.source != self._space.source:
            raise InputError(
                f"a policy over {self._policy.source} dimensions, expected {self._space.source}"
            )
        self._signal: Signal | None = None
        self._learned: OrderedDict[str, None] = OrderedDict()

    @property
    def space(self) -> Space:
        """The space of its fields."""
        return self._space

    def intent(self, query: str, context: Sequence[str]) -> Field:
        """Ψ_i of a query in its context, under the control signal in force.

        Raises:
            InputError: the query is blank, a text is too long, or there are too many.
        """
        if not query.strip():
            raise InputError("a blank query has no intent: ask something")
        _require_few(context)
        source = vector((query,), self._space.source)
        if context:
            source = source + CONTEXT_SHARE * vector(context, self._space.source)
        # A unit vector and a quarter of another: never zero.
        source = source / float(np.sqrt(np.vecdot(source, source).real))
        field = Field("intent", self._space.encoder.apply(source))
        return given("intent", field if self._signal is None else self._signal.apply(field))

    def context(self, texts: Sequence[str]) -> Field:
        """C, shape (d,), of norm 1.

        Raises:
            InputError: a text is too long, or there are too many.
        """
        _require_few(texts)
        return Field("context", vector(texts, self._space.source))

    def policy(self) -> LinearPolicy:
        """Q(·, ·, θ) with θ as it is now."""
        return self._policy

    def control(self, signal: Signal) -> Acknowledgement:
        """Take over a control signal.

        Raises:
            InputError: it is for another dimension than D.
        """
        if signal.dimension != self._space.dimension:
            raise InputError(
                f"a control signal of dimension {signal.dimension}, expected {self._space.dimension}"
            )
        repeated = self._signal is not None and self._signal.digest == signal.digest
        self._signal = signal
        return Acknowledgement(signal.digest, repeated)

    def feedback(self, outcome: Outcome) -> Acknowledgement:
        """Learn from an outcome, unless it was learned before.

        Raises:
            InputError: its intent is no field of dimension D.
        """
        require_one(outcome.intent)
        if outcome.intent.dimension != self._space.dimension:
            raise InputError(
                f"an intent of dimension {outcome.intent.dimension}, expected {self._space.dimension}"
            )
        name = outcome.digest
        if name in self._learned:
            return Acknowledgement(name, repeated=True)
        state = self._space.encoder.adjoint(outcome.intent.rows[0])
        self._policy = self._policy.learned(state, outcome.service, outcome.reward)
        self._learned[name] = None
        if len(self._learned) > MAX_REMEMBERED:
            self._learned.popitem(last=False)
        return Acknowledgement(name, repeated=False)


def _require_few(texts: Sequence[str]) -> None:
    if len(texts) > MAX_TEXTS:
        raise InputError(f"a context of {len(texts)} texts, expected at most {MAX_TEXTS}")
