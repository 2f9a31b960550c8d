"""Proof skeletons: obligations that differ only in numbers share one search for their proof (DESIGN section 6).

The direct search (``caio.certify.search``) looks at numbers in two ways only, until it has to ask the arithmetic: how the
bounds of one sum are ordered, and whether the bounds of its variables exceed what a sum allows. All instances with the
same structure, the same orders and the same answers are therefore proved by the same steps: they are one canonical
instance. A skeleton is that instance's search, kept as the questions that it asked; following them in another instance
gives the very proof that a search there would find, so that what is remembered never shows in the bytes. No proof counts
before the checker has accepted it against its own obligation.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from caio.base.errors import InternalError
from caio.base.exact import Rational
from caio.certify.assembly import assemble
from caio.certify.atoms import AtomTable, Terms
from caio.certify.derivation import Derivation
from caio.certify.direct import decide_directly, granted_effort
from caio.certify.hypothesis import Hypothesis, bound_of, families, strength
from caio.certify.intervals import Visit
from caio.certify.pointwise import Pointwise
from caio.certify.proof import Decided, Refutation, sayable
from caio.certify.search import Outcome, Search
from caio.obligations.clauses import ClauseForm
from caio.obligations.formula import Atom, Conjunction, Formula, Literal, Variable

KEPT: Final = 100_000
"""How many extensions and searches are remembered, over all shapes; the shape that was used last is never forgotten."""

Goal: TypeAlias = tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Extension:
    """What a goal adds to the clause form of H."""

    atoms: Mapping[int, Atom]
    strengths: Mapping[int, tuple[Rational, bool]]
    values: dict[int, Rational]
    """The right-hand sides of literals of its atoms, read as inequalities: those that were asked for so far."""
    clauses: tuple[tuple[int, ...], ...]
    size: int
    variables: tuple[Variable, ...]
    """Those that H does not speak about."""
    mixed: tuple[tuple[Terms, tuple[int, ...]], ...]
    """The families that have atoms of H as well: only there does the order depend on the instance."""
    structure: int
    """Names everything but the numbers, within one shape."""
    effort: int
    """How many steps a search may take before the solver is the better way."""


@dataclass(slots=True)
class _Node:
    """A question that a search asks next, or how it ended."""

    visit: Visit | None = None
    branches: dict[bool, _Node] = field(default_factory=dict)
    ended: bool = False
    proof: Refutation | None = None


@dataclass(frozen=True, slots=True)
class _Lasting:
    """A goal that comes again: its extensions, by the numbers that H gives to its atoms.

    Only an atom whose sum H bounds as well can be an atom of H.
    """

    atoms: tuple[Atom, ...]
    extensions: dict[tuple[int | None, ...], Extension] = field(default_factory=dict)


@dataclass(slots=True)
class _Shape:
    """What is remembered about hypotheses of one shape."""

    structures: dict[Hashable, int] = field(default_factory=dict)
    lasting: dict[Goal, _Lasting] = field(default_factory=dict)
    searches: dict[tuple[int, tuple[tuple[int, ...], ...]], _Node] = field(default_factory=dict)

    def size(self) -> int:
        return len(self.structures) + len(self.lasting) + len(self.searches)


class Skeletons:
    """The searches that were made so far, by shape."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._shapes: OrderedDict[Hashable, _Shape] = OrderedDict()

    def under(self, hypothesis: Hypothesis) -> Deductions:
        """Decides the goals of one hypothesis."""
        shape = self._shapes.setdefault(hypothesis.shape, _Shape())
        self._shapes.move_to_end(hypothesis.shape)
        while len(self._shapes) > 1 and sum(s.size() for s in self._shapes.values()) > self._kept:
            self._shapes.popitem(last=False)
        if shape.size() > self._kept:
            shape = self._shapes[hypothesis.shape] = _Shape()
        return Deductions(hypothesis, shape)

    def clear(self) -> None:
        """Forget everything."""
        self._shapes.clear()


class Deductions:
    """Decides goals under one hypothesis; ``Skeletons.under`` makes one."""

    def __init__(self, hypothesis: Hypothesis, shape: _Shape) -> None:
        self._hypothesis = hypothesis
        self._shape = shape
        self._pointwise = Pointwise(hypothesis)
        self._values: dict[int, Rational] = {}
        self._literals = sum(map(len, hypothesis.form.clauses))

    def decide(self, goal: Goal, *, effort: int, lasting: bool = False) -> Decided | None:
        """A proof or a model for H and a goal, or None if the little that is done here does not suffice.

        Args:
            goal: the block that follows H.
            effort: how many steps a search may take.
            lasting: whether the same goal will be asked again under hypotheses of this shape.
        """
        extension = self._extension(goal, lasting=lasting)
        if effort < extension.effort:
            return decide_directly(self.form(extension), effort=effort)
        form: ClauseForm | None = None
        orders = tuple(self._order(extension, *family) for family in extension.mixed)
        place = extension.structure, orders
        node: _Node | None = self._shape.searches.get(place)
        while node is not None and node.visit is not None:
            node = node.branches.get(self._exceeds(node.visit, extension))
        if node is None:
            form = self.form(extension)
            root = self._shape.searches.setdefault(place, _Node())
            node = self._search(form, extension.effort, root)
        if node.proof is not None:
            return node.proof
        model: Decided | None = self._pointwise.witness(goal, extension.variables)
        if model is not None:
            return model
        return decide_directly(form or self.form(extension), effort=effort)

    def form(self, extension: Extension) -> ClauseForm:
        """The clause form of H and a goal."""
        base = self._hypothesis.form
        variables = {**base.variables, **{v.name: v for v in extension.variables}}
        return ClauseForm(
            {**base.atoms, **extension.atoms},
            extension.size,
            base.clauses + extension.clauses,
            dict(sorted(variables.items())),
        )

    def extend(self, goal: Goal) -> ClauseForm:
        """The clause form of H and a goal."""
        return self.form(self._extension(goal, lasting=False))

    def _extension(self, goal: Goal, *, lasting: bool) -> Extension:
        if not lasting:
            return self._derive(goal)
        known = self._shape.lasting.get(goal)
        if known is None:
            shared = (atom for atom in _atoms(goal) if atom.terms in self._hypothesis.families)
            known = self._shape.lasting[goal] = _Lasting(tuple(dict.fromkeys(shared)))
        place = tuple(map(self._hypothesis.numbers.get, known.atoms))
        found = known.extensions.get(place)
        if found is None:
            found = known.extensions[place] = self._derive(goal)
        return found

    def _derive(self, goal: Goal) -> Extension:
        added = self._hypothesis.prefix.added(goal)
        atoms, clauses = added.atoms, added.clauses
        variables = tuple(added.variables.values())
        strengths = {number: strength(atom) for number, atom in atoms.items()}
        own = families(atoms, strengths)
        mixed = tuple(item for item in own.items() if item[0] in self._hypothesis.families)
        structure = (
            tuple((number, atom.terms, atom.strict) for number, atom in atoms.items()),
            clauses,
            variables,
            tuple(numbers for numbers in own.values() if len(numbers) > 1),
        )
        name = self._shape.structures.setdefault(structure, len(self._shape.structures))
        effort = granted_effort(self._literals + sum(map(len, clauses)))
        return Extension(atoms, strengths, {}, clauses, added.size, variables, mixed, name, effort)

    def _order(
        self, extension: Extension, terms: Terms, numbers: tuple[int, ...]
    ) -> tuple[int, ...]:
        """The atoms of a sum, of H and of the goal, the strongest bound first."""
        strengths = self._hypothesis.strengths

        def key(number: int) -> tuple[Rational, bool]:
            return strengths[number] if number in strengths else extension.strengths[number]

        return tuple(sorted((*self._hypothesis.families[terms], *numbers), key=key))

    def _exceeds(self, visit: Visit, extension: Extension) -> bool:
        """The answer that this instance gives to a question about numbers."""
        values = self._values
        least: Rational = 0
        for literal, times in visit.bounds:
            value = values.get(literal)
            least -= times * (self._value(literal, extension) if value is None else value)
        bound = self._value(visit.literal, extension)
        return least > bound or (visit.strict and least == bound)

    def _value(self, literal: int, extension: Extension) -> Rational:
        number = abs(literal)
        own = number in extension.atoms
        values = extension.values if own else self._values
        found = values.get(literal)
        if found is None:
            atom = (extension if own else self._hypothesis.form).atoms[number]
            found = bound_of(atom, self._hypothesis.scope, positive=literal > 0)
            values[literal] = found
        return found

    def _search(self, form: ClauseForm, effort: int, node: _Node) -> _Node:
        """Search, and remember the way: the node at its end."""
        visits: list[tuple[Visit, bool]] = []
        derivation = Derivation(AtomTable(form))
        outcome = Search(derivation, effort=effort, visits=visits).run()
        for visit, answer in visits:
            if node.ended or node.visit not in {None, visit}:
                raise InternalError("two searches that agreed so far ask different questions")
            node.visit = visit
            node = node.branches.setdefault(answer, _Node())
        node.ended = True
        if outcome is Outcome.REFUTED:
            proof = sayable(Refutation(assemble(derivation)))
            node.proof = proof if isinstance(proof, Refutation) else None
        return node


def _atoms(formulas: Goal) -> list[Atom]:
    found: list[Atom] = []
    for formula in formulas:
        match formula:
            case Literal(atom, _):
                found.append(atom)
            case Conjunction(operands, _):
                found += _atoms(operands)
    return found
