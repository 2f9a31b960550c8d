"""What all obligations of a candidate assume: the block H, with the bounds and points that it gives.

The clause form of H is derived once, and each obligation continues it. ``shape`` is all of H but its numbers: whatever
looks at numbers only through comparisons can share its work between hypotheses of one shape.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from functools import cached_property

from caio.base.exact import Rational
from caio.certify.atoms import Terms
from caio.obligations.clauses import ClauseBuilder
from caio.obligations.formula import Atom, Formula, Scope, Sort, evaluate


class Hypothesis:
    """The block H of a question.

    Args:
        block: the formulas of H, in order.
        scope: the variables that they, and the goals to come, may speak about.

    Attributes:
        prefix: derives clause forms; branch it for a goal.
        form: the clause form of H alone.
        numbers: the number of each atom of H.
        families: for each sum of variables, its atoms, the strongest bound first.
        strengths: what orders a family.
    """

    def __init__(self, block: Iterable[Formula], scope: Scope) -> None:
        self.block = tuple(block)
        self.scope = scope
        self.prefix = ClauseBuilder(scope).block(self.block)
        self.form = self.prefix.form()
        self.numbers = {atom: number for number, atom in self.form.atoms.items()}
        self.strengths = {number: strength(atom) for number, atom in self.form.atoms.items()}
        self.families = families(self.form.atoms, self.strengths)

    @cached_property
    def shape(self) -> Hashable:
        """Everything about H but its numbers, and how the numbers of each family are ordered."""
        return (
            tuple((number, atom.terms, atom.strict) for number, atom in self.form.atoms.items()),
            self.form.size,
            self.form.clauses,
            tuple(self.form.variables.values()),
            tuple(numbers for numbers in self.families.values() if len(numbers) > 1),
        )

    @cached_property
    def points(self) -> tuple[Mapping[str, Rational], ...]:
        """Up to two points that satisfy H: as near to zero as its bounds allow, and as far above."""
        near: dict[str, Rational] = {}
        far: dict[str, Rational] = {}
        for name, (lower, upper) in self._bounds().items():
            value: Rational = 0
            if lower is not None and lower > 0:
                value = lower
            elif upper is not None and upper < 0:
                value = upper
            near[name] = value
            far[name] = value if upper is None else upper
        distinct = (near,) if near == far else (near, far)
        return tuple(
            point for point in distinct if all(evaluate(formula, point) for formula in self.block)
        )

    def _bounds(self) -> dict[str, list[Rational | None]]:
        """What the domains and the unit clauses say of each variable; an end may be excluded."""
        found: dict[str, list[Rational | None]] = {}
        for name in self.form.variables:
            found[name] = [None, None]
        atoms = self.form.atoms
        # Domains are unit clauses as well.
        for clause in self.form.clauses:
            if len(clause) != 1 or abs(clause[0]) not in atoms:
                continue
            literal = clause[0]
            atom = atoms[abs(literal)]
            if len(atom.terms) > 1:
                continue
            name = atom.terms[0][0]
            ends = found[name]
            low, high = ends
            if literal > 0:
                ends[1] = atom.bound if high is None or atom.bound < high else high
            else:
                least = atom.bound + (self.scope[name].sort is Sort.INT)
                ends[0] = least if low is None or least > low else low
        return found


def strength(atom: Atom) -> tuple[Rational, bool]:
    """What orders the bounds of one sum, the strongest first."""
    return atom.bound, not atom.strict


def families(
    atoms: Mapping[int, Atom], strengths: Mapping[int, tuple[Rational, bool]]
) -> dict[Terms, tuple[int, ...]]:
    """The atoms of each sum, the strongest bound first."""
    found: dict[Terms, list[int]] = {}
    for number, atom in atoms.items():
        found.setdefault(atom.terms, []).append(number)
    return {
        terms: tuple(sorted(numbers, key=strengths.__getitem__)) for terms, numbers in found.items()
    }


def bound_of(atom: Atom, scope: Scope, *, positive: bool) -> Rational:
    """The right-hand side of a literal, read as an inequality."""
    if positive:
        return atom.bound
    return -atom.bound - all(scope[name].sort is Sort.INT for name, _ in atom.terms)
