"""The guards of many contracts, decided over a box all at once (three-valued, ``docs/spec/score-v1.md`` section 1).

Formulas are shared: a sub-formula that occurs in a thousand guards is one node. Comparisons are one integer table;
conjunctions and disjunctions are folds over the nodes below them, by height. Observed environments are put into the formulas
when they are compiled, so that entries with different states share what they have in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from caio.ir import documents as d
from caio.ir import terms as t
from caio.obligations.meaning import Meaning
from caio.routing.box import Box
from caio.routing.rows import Extremes, Places, Rows

Signs: TypeAlias = npt.NDArray[np.int8]
"""Per guard 1 where it surely holds, -1 where it surely does not, 0 where it is open."""

_MASKED = 60
"""Enumerations of at most that many members are sets of bits; larger ones are looked at one by one."""


@dataclass(frozen=True, slots=True)
class _Fold:
    """Nodes of one height and kind: what they are made of, end to end, and where each begins."""

    operation: Any
    nodes: Places
    operands: Places
    starts: Places


class GuardSet:
    """Collects guards; ``compile`` ends that and gives the table that decides them."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning
        self._nodes: dict[t.Formula, int] = {}
        self._heights: list[int] = []
        self._bare: dict[tuple[t.Formula, tuple[tuple[str, d.Value], ...]], int] = {}
        self._seen: dict[t.Formula, bool] = {}

    def add(self, guard: t.Formula, state: d.State | None = None) -> int:
        """The number of a guard, as an entry with this observed state means it."""
        known = self._seen.get(guard)
        if known is None:
            known = any(observable(name) for name in t.variables_of(guard))
            self._seen[guard] = known
        if not known or state is None:
            return self._node(guard)
        key = (guard, state.values)
        if key not in self._bare:
            self._bare[key] = self._node(settled(guard, observed(state, self._meaning)))
        return self._bare[key]

    def compile(self) -> Guards:
        """The table of all guards added."""
        return Guards(tuple(self._nodes), self._nodes, self._heights, self._meaning)

    def _node(self, formula: t.Formula) -> int:
        node = self._nodes.get(formula)
        if node is None:
            below = [self._node(operand) for operand in _operands(formula)]
            node = self._nodes[formula] = len(self._nodes)
            self._heights.append(1 + max((self._heights[i] for i in below), default=-1))
        return node


class Guards:
    """Formulas with their sub-formulas, in an order in which operands come first."""

    def __init__(
        self,
        formulas: Sequence[t.Formula],
        nodes: Mapping[t.Formula, int],
        heights: Sequence[int],
        meaning: Meaning,
    ) -> None:
        self._formulas = formulas
        self._initial = np.zeros(len(formulas), dtype=np.int8)
        compares: list[tuple[int, t.Compare]] = []
        points: list[tuple[int, str]] = []
        members: list[tuple[int, str, int]] = []
        single: list[int] = []
        folds: dict[tuple[int, type], list[int]] = {}
        for i, formula in enumerate(formulas):
            match formula:
                case t.Constant(value):
                    self._initial[i] = 1 if value else -1
                case t.Compare():
                    compares.append((i, formula))
                case t.Is(variable):
                    points.append((i, variable))
                case t.Has(variable, name):
                    points.append((i, f"{variable}:{name}"))
                case t.In(variable, names):
                    mask = _mask(variable, names, meaning)
                    if mask is None:
                        single.append(i)
                    else:
                        members.append((i, variable, mask))
                case _:
                    folds.setdefault((heights[i], type(formula)), []).append(i)
        self._single = single
        self._compared = np.array([i for i, _ in compares], dtype=np.intp)
        self._rows = Rows([formula.term for _, formula in compares], meaning)
        self._kinds = {
            kind: np.array(
                [j for j, (_, formula) in enumerate(compares) if formula.comparison is kind],
                dtype=np.intp,
            )
            for kind in t.Comparison
        }
        self._pointed = np.array([i for i, _ in points], dtype=np.intp)
        self._bits, self._bit = _indexed([name for _, name in points])
        self._tested = np.array([i for i, *_ in members], dtype=np.intp)
        self._choices, self._choice = _indexed([name for _, name, _ in members])
        self._allowed = np.array([mask for *_, mask in members], dtype=np.int64)
        self._folds = [
            _fold(kind, found, formulas, nodes)
            for (_, kind), found in sorted(folds.items(), key=_height)
        ]

    def __len__(self) -> int:
        return len(self._formulas)

    def signs(self, box: Box) -> Signs:
        """Every guard over a box that is not empty."""
        signs = self._initial.copy()
        self._compare(signs, box)
        if len(self._pointed):
            held = np.array([_bit(box, name) for name in self._bits], dtype=np.int8)
            signs[self._pointed] = held[self._bit]
        if len(self._tested):
            spans = np.array([_span(box, name) for name in self._choices], dtype=np.int64)
            span = spans[self._choice]
            met = span & self._allowed
            signs[self._tested] = (met == span).astype(np.int8) - (met == 0).astype(np.int8)
        for i in self._single:
            signs[i] = _sign(box.truth(self._formulas[i]))
        for fold in self._folds:
            if fold.operation is np.negative:
                signs[fold.nodes] = -signs[fold.operands]
            else:
                signs[fold.nodes] = fold.operation.reduceat(signs[fold.operands], fold.starts)
        return signs

    def _compare(self, signs: Signs, box: Box) -> None:
        if not len(self._compared):
            return
        least, most = self._rows.both(box)
        signs[self._compared] = _compared(self._kinds, least, most)
        for j in {*least.lost.tolist(), *most.lost.tolist()}:
            i = int(self._compared[j])
            signs[i] = _sign(box.truth(self._formulas[i]))


def observed(state: d.State, meaning: Meaning) -> dict[str, Fraction]:
    """The variables that a state fixes, members of sets included."""
    fixed: dict[str, Fraction] = {}
    for name, value in state.values:
        variable = f"env.{name}"
        kind = meaning.vocabulary.field(variable).type
        if isinstance(kind, d.SetType):
            held = value if isinstance(value, tuple) else ()
            for member in meaning.vocabulary.enum(kind.enum).names():
                fixed[f"{variable}:{member}"] = Fraction(int(member in held))
            fixed[f"count({variable})"] = Fraction(len(set(held)))
        else:
            fixed[variable] = meaning.number(kind, value)
            if isinstance(kind, d.EnumType) and isinstance(value, str):
                fixed[f"{variable}:{value}"] = Fraction(1)
    return fixed


def settled(formula: t.Formula, fixed: Mapping[str, Fraction]) -> t.Formula:
    """A formula with the fixed variables put in."""
    match formula:
        case t.Not(operand):
            return t.Not(settled(operand, fixed))
        case t.And(operands):
            return t.And(tuple(settled(operand, fixed) for operand in operands))
        case t.Or(operands):
            return t.Or(tuple(settled(operand, fixed) for operand in operands))
        case t.Compare(comparison, term):
            return t.Compare(comparison, settled_term(term, fixed))
        case t.In(variable, members) if variable in fixed:
            return t.Constant(any(f"{variable}:{member}" in fixed for member in members))
        case t.Has(variable, member) if f"{variable}:{member}" in fixed:
            return t.Constant(fixed[f"{variable}:{member}"] == 1)
        case t.Is(variable) if variable in fixed:
            return t.Constant(fixed[variable] == 1)
    return formula


def settled_term(term: t.Affine, fixed: Mapping[str, Fraction]) -> t.Affine:
    """An affine term with the fixed variables put in."""
    if not any(name in fixed for name, _ in term.terms):
        return term
    constant = term.constant + sum(value * fixed[n] for n, value in term.terms if n in fixed)
    return t.Affine(constant, tuple(pair for pair in term.terms if pair[0] not in fixed))


def observable(name: str) -> bool:
    """Whether a variable belongs to the environment that a state describes."""
    return name.startswith("env.") and name != "env.at"


def _operands(formula: t.Formula) -> tuple[t.Formula, ...]:
    match formula:
        case t.Not(operand):
            return (operand,)
        case t.And(operands) | t.Or(operands):
            return operands
    return ()


def _height(item: tuple[tuple[int, type], list[int]]) -> tuple[int, str]:
    (height, kind), _ = item
    return height, kind.__name__


def _fold(
    kind: type, found: list[int], formulas: Sequence[t.Formula], nodes: Mapping[t.Formula, int]
) -> _Fold:
    below = [[nodes[operand] for operand in _operands(formulas[i])] for i in found]
    starts = np.cumsum([0, *(len(operands) for operands in below[:-1])])
    return _Fold(
        {t.Not: np.negative, t.And: np.minimum, t.Or: np.maximum}[kind],
        np.array(found, dtype=np.intp),
        np.array([node for operands in below for node in operands], dtype=np.intp),
        starts.astype(np.intp),
    )


def _indexed(names: Sequence[str]) -> tuple[list[str], Places]:
    """The distinct names, and for each name its place among them."""
    places: dict[str, int] = {}
    found = np.array([places.setdefault(name, len(places)) for name in names], dtype=np.intp)
    return list(places), found


def _mask(variable: str, names: tuple[str, ...], meaning: Meaning) -> int | None:
    kind = meaning.vocabulary.field(variable).type
    if not isinstance(kind, d.EnumType):
        return None
    if len(meaning.vocabulary.enum(kind.enum).members) > _MASKED:
        return None
    return sum(2 << meaning.index(kind.enum, name) for name in set(names))


def _bit(box: Box, name: str) -> int:
    low, high = box.intervals[name]
    return int(low is not None and low.numerator >= low.denominator) - int(
        high is not None and high.numerator <= 0
    )


def _span(box: Box, name: str) -> int:
    low, high = box.intervals[name]
    # A bit for each value from -1, which the control may have, to the last member.
    return (4 << int(high or 0)) - (2 << int(low or 0)) if low != -1 else (4 << int(high or 0)) - 1


def _sign(value: bool | None) -> int:  # noqa: FBT001 - a truth value is what it is about
    return 0 if value is None else 1 if value else -1


def _compared(kinds: Mapping[t.Comparison, Places], least: Extremes, most: Extremes) -> Signs:
    low, high = least.values, most.values
    signs = np.zeros(len(low), dtype=np.int8)
    at_most, below, equal = (
        kinds[t.Comparison.LE],
        kinds[t.Comparison.LT],
        kinds[t.Comparison.EQ],
    )
    if len(at_most):
        signs[at_most] = _surely(high[at_most] <= 0, low[at_most] > 0)
    if len(below):
        signs[below] = _surely(high[below] < 0, low[below] >= 0)
    if len(equal):
        first, last = low[equal], high[equal]
        signs[equal] = _surely((first == 0) & (last == 0), (first > 0) | (last < 0))
    return signs


def _surely(yes: npt.NDArray[np.bool_], no: npt.NDArray[np.bool_]) -> Signs:
    return yes.astype(np.int8) - no.astype(np.int8)
