"""Counterexamples in words: the part of a witness that matters to a reader, and why a constraint is broken.

A witness gives every variable a value. What is shown is what the obligation speaks about and nothing that is settled
anyway; of a measured field the interval counts, and not the point of it that the solver happened to take.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from caio.cli.reasons import mentioned
from caio.cli.text import listing, safe
from caio.cli.values import UNSTATED, point, read, short
from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.candidate import Key, Question, goals
from caio.obligations.contract import Contract
from caio.obligations.meaning import Meaning
from caio.routing.box import box_of

_ORDER: Final = ("measured.", "env.", "fact.", "request.", "metric.", "cost", "service.")


@dataclass(frozen=True, slots=True)
class Example:
    """A call that shows why a candidate is refuted.

    Attributes:
        service: the candidate's service.
        control: its control, where the obligation depends on it.
        values: what the call is like, as pairs of name and value.
        words: why an expression of a constraint is above 0; empty for everything else.
    """

    service: str
    control: str | None = None
    values: tuple[tuple[str, str], ...] = ()
    words: str = ""

    def text(self, most: int, *, named: bool = True) -> str:
        """The example on one line, with so many values at most; empty where there is nothing to say of it.

        Args:
            most: how many values are written.
            named: whether it begins with the service.
        """
        parts = [safe(self.service)] if named else []
        if self.control is not None:
            parts.append(f"under {safe(self.control)}")
        if self.values:
            shown = ", ".join(f"{name} = {value}" for name, value in self.values[:most])
            parts.append(f"where {shown}" + (", …" if len(self.values) > most else ""))
        said = " ".join(parts)
        return f"{said}: {self.words}" if said and self.words else said or self.words


def counterexample(
    question: Question,
    contract: Contract,
    key: Key,
    candidate: Mapping[str, Any],
    body: Mapping[str, Any],
    meaning: Meaning,
    settled: Collection[str],
) -> Example:
    """The part of a witness that the obligation's goal speaks about, and that is not settled anyway."""
    plain = Example(contract.service.name)
    posed = list(goals(question, contract, meaning))
    place = next((i for i, goal in enumerate(posed) if goal.key == key), None)
    if place is None or place >= len(candidate["evidence"]):
        return plain
    number = candidate["evidence"][place]
    witnesses: Sequence[Mapping[str, str]] = body["evidence"]["witnesses"]
    if number is None or number >= 0 or -1 - number >= len(witnesses):
        return plain
    witness = {name: Fraction(text) for name, text in witnesses[-1 - number].items()}
    wanted = {*mentioned(posed[place])} - {*settled}
    if key[0] == "budget" and isinstance(key[1], int):
        # What such a call costs is what the reader wants to know, and no variable of the obligation.
        case = contract.service.cost[key[1]]
        terms, constant = meaning.affine(case.amount)
        if terms.keys() <= witness.keys():
            witness["cost"] = constant + sum(terms[name] * witness[name] for name in terms)
            wanted.add("cost")
    constraint = constraint_of(key, question)
    words = ""
    if constraint is not None:
        if d.CHOICE_CONTROL in t.variables_of(constraint.when) and contract.control != d.NO_CONTROL:
            plain = replace(plain, control=contract.control)
        wanted -= {d.CHOICE_CONTROL, d.CHOICE_ROUTE}
        atom = constraint.then[int(key[-1])]
        if isinstance(atom, t.OnExpression):
            words = because(atom, question, contract, witness, meaning)
            wanted -= meaning.affine(atom.terms)[0].keys()
    # An ordinary call leaves most quantities at their defaults; one that is nothing else is shown with them.
    wanted = {name for name in wanted if not _usual(name, witness, meaning)} or wanted
    silent = _silent(contract, question.vocabulary)
    values = tuple(
        (name, silent.get(name, text)) for name, text in point(question.vocabulary, witness, wanted)
    )
    return replace(plain, values=values, words=words)


def constraint_of(key: Key, question: Question) -> d.Constraint | None:
    """The constraint behind an obligation; None where it comes from something else."""
    return next((one for one in question.constraints if (one.of, one.name) == key[:2]), None)


def because(
    atom: t.OnExpression,
    question: Question,
    contract: Contract,
    witness: Mapping[str, Fraction],
    meaning: Meaning,
) -> str:
    """Why g <= 0 does not hold: `caution is at least 0.87, and it states assurance = 0.8`.

    Args:
        atom: the expression of a constraint.
        question: what is asked, with what was measured.
        contract: the candidate.
        witness: a call for which g is above 0.
        meaning: of the question's vocabulary.
    """
    measured = question.measurements
    intervals = {} if measured is None else dict(measured.intervals)
    known: dict[str, Fraction] = {}
    best = atom.terms.constant
    for name, factor in atom.terms.terms:
        interval = intervals.get(name.removeprefix("measured."))
        terms, constant = meaning.affine(t.Affine.of(0, {name: Fraction(1)}))
        if not terms.keys() <= witness.keys():
            return ""
        known[name] = constant + sum(terms[part] * witness[part] for part in terms)
        end = known[name] if interval is None else interval[0 if factor > 0 else 1]
        best += factor * end
    # Whether g is above 0 for every measured value, or only for some.
    surely = best >= 0 if atom.relation.strict else best > 0
    said = []
    for name, factor in sorted(atom.terms.terms, key=lambda item: _place(item[0])):
        origin, _, field = name.partition(".")
        shown = safe(field)
        if origin == "measured":
            interval = intervals.get(field)
            said.append(_measured(name, interval, question, rising=factor > 0, surely=surely))
        elif origin == "service":
            states = field in contract.attributes
            value = read(question.vocabulary, name, known[name])
            said.append(f"it states {shown} = {value}" if states else f"it does not state {shown}")
        else:
            amount = read(question.vocabulary, name, known[name])
            said.append(f"{safe(short(name))} may be {amount}")
    return ", and ".join(filter(None, (listing(said[:-1]), said[-1]))) if said else ""


def _place(name: str) -> tuple[int, str]:
    return next((i for i, p in enumerate(_ORDER) if name.startswith(p)), len(_ORDER)), name


def _measured(
    name: str,
    interval: tuple[Fraction, Fraction] | None,
    question: Question,
    *,
    rising: bool,
    surely: bool,
) -> str:
    """What is known of a measured field, as far as it matters."""
    shown = safe(name.removeprefix("measured."))
    if interval is None:
        return f"{shown} was not measured"
    low, high = (read(question.vocabulary, name, end) for end in interval)
    if interval[0] == interval[1]:
        return f"{shown} is {low}"
    if surely:
        return f"{shown} is at least {low}" if rising else f"{shown} is at most {high}"
    return f"{shown} may be {high if rising else low}"


def _silent(contract: Contract, vocabulary: d.Vocabulary) -> dict[str, str]:
    """What nobody says of a service: that this is so explains more than the value that a counterexample gives it."""
    stated = contract.attributes
    observed = {} if contract.state is None else dict(contract.state.values)
    return {
        f"service.{field.name}": UNSTATED
        for field in vocabulary.attributes
        if field.name not in stated
    } | {
        f"env.{field.name}": "not observed"
        for field in vocabulary.environment
        if field.name not in observed
    }


def _usual(name: str, witness: Mapping[str, Fraction], meaning: Meaning) -> bool:
    """Whether a variable is a quantity of the request, and in this witness equal to its default."""
    origin, _, rest = name.partition(".")
    if origin != "request" or ":" in rest or name not in witness:
        return False
    field = meaning.vocabulary.field(name)
    if field.default is None or not isinstance(field.type, d.IntType | d.RationalType):
        return False
    return witness[name] == meaning.number(field.type, field.default)


def settled_fields(question: Question, meaning: Meaning) -> Collection[str]:
    """The request's fields that are zero, absent or at their default in every call it describes.

    A registry has dozens of quantities that an ordinary call does not touch; naming them would hide the one that
    matters.
    """
    fields = {f"request.{field.name}": field for field in question.vocabulary.request}
    found = set()
    # The nominal point is for scores; a counterexample may lie anywhere in what the request describes.
    open_request = replace(question, request=replace(question.request, nominal=None))
    for name, (lower, upper) in box_of(open_request, meaning).intervals.items():
        field = fields.get(name.partition(":")[0])
        if field is None or lower is None or lower != upper:
            continue
        usual = Fraction(0)
        if field.default is not None and not isinstance(field.default, tuple):
            usual = meaning.number(field.type, field.default)
        if lower == usual and (field.default is not None or not isinstance(field.type, d.EnumType)):
            found.add(name)
    return found
