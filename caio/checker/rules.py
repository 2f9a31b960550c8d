"""The rules of evidence (certificate-v1 sections 6 and 7): two for proofs, one for witnesses.

`RULES` lists every rule of proofs. Nothing is searched: a step says why it holds, or is rejected.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from .formulas import Affine, Atom, Box, ClauseForm, Formula, Formulas, Parts, within
from .reader import Number, Value, plain

_NO_ATOM: Final = Atom((), 0, False, 0)


class Farkas:
    """Positive multiples of literals, read as inequalities, sum to a contradiction."""

    def __init__(self, listed: Value) -> None:
        self._terms: list[tuple[int, Number, int]] = []
        for index, pair in enumerate(listed.a(list)):
            factor = plain(pair[1]) if type(pair) is list and len(pair) == 2 else None
            if type(factor) is not int or type(pair[0]) is not int:  # Whatever it is, say where.
                one, other = Value(pair, index, listed).items(size=2)
                pair, factor = [one.a(int), other.a(str)], other.number()  # noqa: PLW2901
            self._terms.append((pair[0], factor, len(pair[1])))
        distinct = len({abs(literal) for literal, *_ in self._terms}) == len(self._terms) > 0
        whole = all(factor > 0 and factor.denominator == 1 for _, factor, _ in self._terms)
        listed.need(distinct and whole, "farkas", "distinct literals with positive multipliers")

    def derive(self, form: ClauseForm, formulas: Formulas) -> tuple[int, ...]:
        sums, some_strict = dict[str, Number](), False
        right: Number = 0
        for literal, factor, digits in self._terms:
            formulas.need(0 < abs(literal) < len(form.atoms), "reference", "an atom", literal)
            atom = form.atoms[abs(literal)] or _NO_ATOM
            formulas.need(atom.terms, "farkas", "the literal of an atom", literal)
            formulas.spend((1 + len(atom.terms)) * -(-(digits + atom.digits) // 16))
            sign, bound, strict = atom.inequality(literal)
            for variable, coefficient in atom.terms:
                sums[variable.name] = sums.get(variable.name, 0) + sign * factor * coefficient
            right, some_strict = right + factor * bound, some_strict or strict
            if right.denominator != 1:
                formulas.grow(right)
        sound = not any(sums.values()) and (right < 0 or (right == 0 and some_strict))
        formulas.need(sound, "farkas", "a sum that is a contradiction", "one that is none")
        return tuple(-literal for literal, *_ in self._terms)


class Rup:
    """Assuming the clause false, each hint in turn is unit, and the last one is falsified."""

    def __init__(self, clause: Value, hints: Value) -> None:
        self._clause, self._hints = clause.integers(), hints.integers()
        distinct = len({abs(literal) for literal in self._clause}) == len(self._clause)
        clause.need(distinct, "duplicate", "literals distinct in absolute value")

    def derive(self, form: ClauseForm, formulas: Formulas) -> tuple[int, ...]:  # The clause itself.
        known = all(0 < abs(literal) < len(form.atoms) for literal in self._clause)
        formulas.need(known, "reference", "literals of atoms and gates", self._clause)
        true, left = {-literal for literal in self._clause}, [0]
        formulas.spend(1 + len(true))
        for hint in self._hints:
            formulas.need(left, "rup", "no hint after the conflict", hint)
            formulas.need(0 < hint < len(form.clauses), "reference", "an earlier clause", hint)
            formulas.spend(1 + len(form.clauses[hint]))
            left = [literal for literal in form.clauses[hint] if -literal not in true]
            formulas.need(len(left) < 2 and true.isdisjoint(left), "rup", "one open literal", hint)
            true.update(left)
        formulas.need(not left, "rup", "a conflict at the last hint", "none")
        return self._clause


RULES: Final[dict[str, tuple[type[Farkas | Rup], int]]] = {"farkas": (Farkas, 2), "rup": (Rup, 3)}


class Proof:
    """A proof as it is written; it may serve many clause forms."""

    def __init__(self, value: Value) -> None:
        atoms, steps = value.record("atoms steps")
        self.value, self._steps = value, list[Farkas | Rup]()
        self._fresh = [item.items(size=3) for item in atoms.items()]
        for item in steps.items():
            rule, size = RULES[item.items(filled=True)[0].choice(" ".join(RULES))]
            self._steps.append(rule(*item.items(size=size)[1:]))
        steps.need(self._steps, "incomplete", "at least one step")

    def check(self, form: ClauseForm, formulas: Formulas) -> None:
        """Accept this as a proof that the form, which stays as it is, cannot be satisfied."""
        atoms, clauses, known = len(form.atoms), len(form.clauses), set[Formula]()
        for fresh in self._fresh:
            formula = _normal(form, formulas, *fresh)
            new = formula not in form.numbers and formula not in known
            formulas.need(new, "atom", "fresh atoms that are not there yet", "one that is")
            known.add(formula)
            form.atoms.append(formula.atom)
        for index, step in enumerate(self._steps):
            formulas.step = index, self.value
            form.clauses.append(step.derive(form, formulas))
            end = (step is self._steps[-1]) == (not form.clauses[-1])
            formulas.need(end, "incomplete", "the empty clause, at the end alone", "another")
        formulas.step = None
        del form.atoms[atoms:], form.clauses[clauses:]


def _normal(form: ClauseForm, formulas: Formulas, *fresh: Value) -> Formula:
    """A fresh atom; one that is not what it normalises to is rejected, never repaired."""
    listed, bound, strict = fresh
    pairs = (item.items(size=2) for item in listed.items())
    sides = [(name.a(str), factor.number()) for name, factor in pairs]
    listed.need(dict(sides).keys() <= form.variables.keys(), "atom", "variables of the form")
    terms = tuple(((form.variables[name],), factor) for name, factor in sides)
    found = formulas.compare(Affine(-bound.number(), terms), strict.a(bool))
    atom = found.atom or _NO_ATOM
    same = sides and [(variable.name, factor) for variable, factor in atom.terms] == sides
    normal = same and (atom.bound, atom.strict) == (bound.number(), strict.raw)
    listed.need(normal, "atom", "an atom in normal form")
    return found


class Witness:
    """An assignment as it is written; it may serve many clause forms."""

    def __init__(self, value: Value) -> None:
        self.value = value
        self._values = {name: item.number() for name, item in value.entries().items()}
        self._point: Box | None = None  # It remembers what is true of it.

    def check(self, form: ClauseForm, formulas: Formulas) -> None:
        exact = self._values.keys() == form.variables.keys()
        formulas.need(exact, "witness", "exactly the form's variables", len(self._values))
        for name, variable in form.variables.items():
            value = self._values[name]
            whole = isinstance(value, int) or not variable.integer
            inside = whole and within(value, variable.lower, variable.upper)
            formulas.need(inside, "witness", "values of their domains", name)
        if not self._point:
            self._point = Box({name: (x, x) for name, x in self._values.items()}, formulas)
        true = all(self._point.truth(formula)[0] for formula in form.block)
        formulas.need(true, "witness", "every formula true", "a false one")


class Judge:
    """The proofs and witnesses of a certificate, each held once against each clause form."""

    def __init__(self, evidence: Value, formulas: Formulas) -> None:
        proofs, witnesses = (part.items() for part in evidence.record("proofs witnesses"))
        self._known: dict[int, Proof | Witness] = dict(enumerate(map(Proof, proofs)))
        self._known |= {-1 - i: Witness(v) for i, v in enumerate(witnesses)}
        self._formulas, self._form = formulas, ClauseForm(formulas)
        self._shown: defaultdict[Parts, set[tuple[Parts, int]]] = defaultdict(set)

    def judge_all(self, listed: Value, first: Parts, goals: Sequence[Parts]) -> None:
        """Hold the evidence listed against goals on top of a block; `null` is none."""
        shown = self._shown[first]
        for index, (goal, reference) in enumerate(zip(goals, listed.a(list), strict=True)):
            known = type(reference) is int and (goal, reference) in shown
            if reference is not None and not known:
                self.judge(Value(reference, index, listed), first, goal)

    def judge(self, at: Value, first: Parts, goal: Parts) -> None:
        """Reject, unless two blocks can hold, or cannot, as the evidence referred to says."""
        reference, self._formulas.at = at.a(int), at
        at.need(reference in self._known, "reference", "the number of a proof or witness")
        if (goal, reference) not in self._shown[first]:
            if self._form.block != first:  # Only one is kept, so that memory stays bounded.
                self._form = ClauseForm(self._formulas, first)
            size = self._form.size()
            self._form.add(goal)
            self._known[reference].check(self._form, self._formulas)
            self._form.shrink(size)
            self._shown[first].add((goal, reference))

    def finish(self) -> None:  # Refuse evidence that no claim refers to.
        used = {reference for shown in self._shown.values() for _, reference in shown}
        for reference, item in self._known.items():
            item.value.need(reference in used, "unused", "evidence that some claim refers to")
