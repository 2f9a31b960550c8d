"""The methods of the ports as one table: how a question is read, whom it asks, and how the answer is written.

A server has nothing else to know (``docs/spec/neighbours-v1.md`` section 2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias, cast

from caio.base.canonical import Json
from caio.fields.arrays import Field
from caio.ir import reader as r
from caio.neighbours import messages as m
from caio.neighbours.arrays import field_json, read_field, values_json
from caio.routing.ports import Maia, Marketplace, NeighbourError, Nme, Rfs, Space

Port: TypeAlias = Maia | Nme | Rfs | Marketplace
"""An implementation of any of the ports."""


@dataclass(frozen=True, slots=True)
class Method:
    """A method: the names of a question's members, and what answers it from their values."""

    members: frozenset[str]
    answer: Callable[[Any, r.Object, Space], Json]

    def __call__(self, port: Port, question: object) -> Json:
        """The answer to a question.

        Raises:
            DecodeError: it is no question of this method.
            InputError, NeighbourError: the port refuses it.
        """
        return self.answer(port, r.members(question, self.members), port.space)


def describe(name: str, port: Port) -> m.Description:
    """What a neighbour says of itself."""
    if name == "nme":
        nme = cast("Nme", port)
        return m.Description(name, nme.space, nme.axes, nme.scale)
    return m.Description(name, port.space)


def _probe(question: r.Object, member: str, length: int) -> Field:
    return r.member(question, member, lambda item: read_field(member, item, (length,)))


def _intent(maia: Maia, question: r.Object, _: Space) -> Json:
    query = r.member(question, "query", m.read_text)
    return field_json(maia.intent(query, r.member(question, "context", m.read_texts)))


def _context(maia: Maia, question: r.Object, _: Space) -> Json:
    return field_json(maia.context(r.member(question, "texts", m.read_texts)))


def _policy(maia: Maia, _question: r.Object, _: Space) -> Json:
    return {"digest": maia.policy().digest}


def _values(maia: Maia, question: r.Object, space: Space) -> Json:
    asked = r.member(question, "policy", r.digest_name)
    state = _probe(question, "state", space.source)
    services = r.member(question, "services", m.read_names)
    policy = maia.policy()
    if policy.digest != asked:
        raise NeighbourError(
            "something was learned since this policy was in force: ask for the policy again",
            code="stale",
        )
    return values_json(policy.values(state.values, services))


def _control(maia: Maia, question: r.Object, _: Space) -> Json:
    return m.acknowledgement_json(maia.control(m.read_signal(question)))


def _feedback(maia: Maia, question: r.Object, space: Space) -> Json:
    return m.acknowledgement_json(maia.feedback(m.read_outcome(question, space)))


def _axis(nme: Nme, question: r.Object, _: Space) -> Json:
    return field_json(nme.probe(r.member(question, "axis", r.name)))


def _traits(nme: Nme, question: r.Object, _: Space) -> Json:
    return field_json(nme.traits(r.member(question, "user", m.read_user)))


def _store(rfs: Rfs, question: r.Object, space: Space) -> Json:
    field = _probe(question, "field", space.dimension)
    return m.acknowledgement_json(rfs.store(field, r.member(question, "key", r.name)))


def _recall(rfs: Rfs, question: r.Object, space: Space) -> Json:
    found = rfs.recall(_probe(question, "probe", space.dimension))
    return None if found is None else {"key": found.key, "field": field_json(found.field)}


def _memory(rfs: Rfs, question: r.Object, space: Space) -> Json:
    return field_json(rfs.memory(_probe(question, "probe", space.dimension)))


def _memories(rfs: Rfs, question: r.Object, _: Space) -> Json:
    return field_json(rfs.memories(r.member(question, "keys", m.read_names)))


def _components(rfs: Rfs, _question: r.Object, _: Space) -> Json:
    return field_json(rfs.components())


def _capacity(rfs: Rfs, _question: r.Object, _: Space) -> Json:
    return m.capacity_json(rfs.capacity())


def _candidates(marketplace: Marketplace, _question: r.Object, _: Space) -> Json:
    return m.offer_json(marketplace.candidates())


def _encode(marketplace: Marketplace, question: r.Object, _: Space) -> Json:
    return field_json(marketplace.encode(r.member(question, "services", m.read_names)))


def _describe(name: str) -> Method:
    return Method(frozenset(), lambda port, _question, _space: describe(name, port).json())


METHODS: Final[Mapping[str, Mapping[str, Method]]] = MappingProxyType(
    {
        "maia": {
            "describe": _describe("maia"),
            "intent": Method(frozenset({"query", "context"}), _intent),
            "context": Method(frozenset({"texts"}), _context),
            "policy": Method(frozenset(), _policy),
            "values": Method(frozenset({"policy", "state", "services"}), _values),
            "control": Method(frozenset({"signal", "digest"}), _control),
            "feedback": Method(
                frozenset({"call", "intent", "service", "version", "reward", "digest"}), _feedback
            ),
        },
        "nme": {
            "describe": _describe("nme"),
            "probe": Method(frozenset({"axis"}), _axis),
            "traits": Method(frozenset({"user"}), _traits),
        },
        "rfs": {
            "describe": _describe("rfs"),
            "store": Method(frozenset({"field", "key"}), _store),
            "recall": Method(frozenset({"probe"}), _recall),
            "memory": Method(frozenset({"probe"}), _memory),
            "memories": Method(frozenset({"keys"}), _memories),
            "components": Method(frozenset(), _components),
            "capacity": Method(frozenset(), _capacity),
        },
        "marketplace": {
            "describe": _describe("marketplace"),
            "candidates": Method(frozenset(), _candidates),
            "encode": Method(frozenset({"services"}), _encode),
        },
    }
)
"""Every method, by port and name."""
