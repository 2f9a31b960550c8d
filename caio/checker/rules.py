"""The rules of evidence (certificate-v1 sections 6 and 7): two for proofs, one for witnesses.

`RULES` lists every rule of proofs; there is no other way to derive a clause. Nothing is searched:
a step either says why it holds, or it is rejected.
"""

from typing import Final

from .clauses import Clause, ClauseForm
from .formulas import Affine, Atom, Box, Formula, Formulas, Parts, Variable, within
from .reader import Number, Rejection, Value, show


def _atom(form: ClauseForm, literal: int) -> Atom | None:
    """The atom of a literal, or none if it is one of a gate."""
    if 0 < abs(literal) < len(form.atoms):
        return form.atoms[abs(literal)]
    raise Rejection("reference", "", "the literal of an atom or gate", literal)


class Farkas:
    """Positive multiples of literals, read as inequalities, sum to a contradiction."""

    parts = 1

    def __init__(self, listed: Value) -> None:
        pairs = [item.items(size=2) for item in listed.items()]
        self._terms = [(one.a(int), factor.whole(), len(factor.a(str))) for one, factor in pairs]
        distinct = len({abs(literal) for literal, *_ in self._terms}) == len(self._terms) > 0
        sound = distinct and all(factor > 0 for _, factor, _ in self._terms)
        listed.need(sound, "farkas", "distinct literals with positive multipliers, at least one")

    def derive(self, form: ClauseForm, formulas: Formulas) -> Clause:
        """The clause of the negated literals."""
        sums: dict[Variable, int] = {}
        right: Number = 0
        some_strict = False
        for literal, factor, digits in self._terms:
            atom = _atom(form, literal)
            if atom is None:
                raise Rejection("farkas", "", "the literal of an atom", f"{literal} of a gate")
            formulas.spend((1 + len(atom.terms)) * -(-(digits + atom.digits) // 16))
            sign, bound, strict = atom.inequality(literal)
            for variable, coefficient in atom.terms:
                sums[variable] = sums.get(variable, 0) + sign * factor * coefficient
            right += factor * bound
            some_strict = some_strict or strict
            formulas.spend((right.denominator.bit_length() >> 9) ** 2)
        if any(sums.values()) or right > 0 or (right == 0 and not some_strict):
            raise Rejection("farkas", "", "a sum that is a contradiction", "one that is none")
        return tuple(-literal for literal, *_ in self._terms)


class Rup:
    """Assuming the clause false, each hint in turn is unit, and the last one is falsified."""

    parts = 2

    def __init__(self, clause: Value, hints: Value) -> None:
        self._clause, self._hints = clause.integers(), hints.integers()
        distinct = len({abs(literal) for literal in self._clause}) == len(self._clause)
        clause.need(distinct, "duplicate", "literals distinct in absolute value")

    def derive(self, form: ClauseForm, formulas: Formulas) -> Clause:
        """The clause itself."""
        for literal in self._clause:
            _atom(form, literal)
        true = {-literal for literal in self._clause}
        formulas.spend(1 + len(true))
        for index, hint in enumerate(self._hints):
            if not 0 < hint < len(form.clauses):
                raise Rejection("reference", "", "the number of an earlier clause", hint)
            formulas.spend(1 + len(form.clauses[hint]))
            left = [literal for literal in form.clauses[hint] if -literal not in true]
            if not left and index == len(self._hints) - 1:
                return self._clause
            if len(left) != 1 or left[0] in true:
                raise Rejection("rup", "", "one open literal until the last hint", f"clause {hint}")
            true.add(left[0])
        raise Rejection("rup", "", "a conflict at the last hint", "none")


RULES: Final[dict[str, type[Farkas | Rup]]] = {"farkas": Farkas, "rup": Rup}


class Proof:
    """A proof as it is written; it may serve many clause forms."""

    def __init__(self, value: Value) -> None:
        atoms, steps = value.record("atoms steps")
        self.value, self._steps = value, list[Farkas | Rup]()
        self._fresh = [item.items(size=3) for item in atoms.items()]
        for item in steps.items():
            name, *parts = item.items(filled=True)
            rule = RULES.get(name.a(str))
            if rule is None or len(parts) != rule.parts:
                raise item.rejection("shape", f"one of the rules {', '.join(RULES)} with its parts")
            self._steps.append(rule(*parts))
        steps.need(self._steps, "incomplete", "at least one step")

    def check(self, form: ClauseForm, formulas: Formulas) -> None:
        """Accept that `form` is unsatisfiable, or raise a `Rejection`."""
        atoms, clauses, known = len(form.atoms), len(form.clauses), set[Formula]()
        for fresh in self._fresh:
            formula = _normal(form, formulas, *fresh)
            new = form.number(formula) is None and formula not in known
            fresh[0].need(new, "atom", "a fresh atom that is not there already")
            known.add(formula)
            form.atoms.append(formula.atom)
        for index, step in enumerate(self._steps):
            try:
                form.clauses.append(step.derive(form, formulas))
            except Rejection as rejection:
                raise rejection.within(f"{self.value.path}.steps[{index}]") from None
            if (not form.clauses[-1]) != (step is self._steps[-1]):
                raise Rejection("incomplete", "", "the empty clause at the end alone", index)
        del form.atoms[atoms:], form.clauses[clauses:]


def _normal(
    form: ClauseForm, formulas: Formulas, listed: Value, bound: Value, strict: Value
) -> Formula:
    """A fresh atom; one that is not what it normalises to is rejected, never repaired."""
    pairs = [item.items(size=2) for item in listed.items()]
    sides = [(name.a(str), factor.number()) for name, factor in pairs]
    known = all(name in form.variables for name, _ in sides)
    listed.need(known, "atom", "variables of the clause form")
    terms = tuple(((form.variables[name],), factor) for name, factor in sides)
    found = formulas.compare(Affine(-bound.number(), terms), strict.a(bool))
    atom = found.atom or Atom((), 0, False, 0)
    same = [(variable.name, factor) for variable, factor in atom.terms] == sides
    same = same and (atom.bound, atom.strict) == (bound.number(), strict.raw) and sides
    listed.need(same, "atom", "an atom in normal form")
    return found


class Witness:
    """An assignment as it is written; it may serve many clause forms."""

    def __init__(self, value: Value) -> None:
        self.value = value
        self._values = {name: item.number() for name, item in value.entries().items()}

    def check(self, form: ClauseForm, formulas: Formulas) -> None:
        """Accept that the blocks of `form` are satisfiable, or raise a `Rejection`."""
        if odd := self._values.keys() ^ form.variables.keys():
            raise Rejection("witness", "", "exactly the form's variables", show(min(odd)))
        for name, variable in form.variables.items():
            value = self._values[name]
            whole = isinstance(value, int) or not variable.integer
            if not whole or not within(value, variable.lower, variable.upper):
                raise Rejection("witness", "", "values of their domains", show(name))
        point = Box({name: (x, x) for name, x in self._values.items()}, formulas)
        for index, formula in enumerate(form.block):
            if not point.truth(formula)[0]:
                raise Rejection("witness", "", "every formula to be true", f"number {index} false")


class Judge:
    """The proofs and witnesses of a certificate, each held once against each clause form."""

    def __init__(self, evidence: Value, formulas: Formulas) -> None:
        proofs, witnesses = (part.items() for part in evidence.record("proofs witnesses"))
        self._known: dict[int, Proof | Witness] = {i: Proof(v) for i, v in enumerate(proofs)}
        self._known |= {-1 - i: Witness(v) for i, v in enumerate(witnesses)}
        self._formulas, self._forms = formulas, dict[Parts, ClauseForm]()
        self._shown: set[tuple[Parts, Parts, int]] = set()

    def satisfiable(self, at: Value, first: Parts, goal: Parts = ()) -> bool:
        """Whether two blocks can hold, as the evidence referred to shows, or a `Rejection`."""
        reference = at.a(int)
        self._formulas.spend(1)
        if (first, goal, reference) not in self._shown:
            at.need(reference in self._known, "reference", "the number of a proof or witness")
            try:
                if first not in self._forms:  # Only one is kept, so that memory stays bounded.
                    self._forms = {first: ClauseForm(self._formulas, first)}
                base = self._forms[first]
                form = ClauseForm(self._formulas, goal, base) if goal else base
                self._known[reference].check(form, self._formulas)
            except Rejection as rejection:
                raise rejection.within(at.path) from None
            self._shown.add((first, goal, reference))
        return reference < 0

    def finish(self) -> None:
        """Refuse evidence that no claim refers to."""
        used = {reference for *_, reference in self._shown}
        for reference, item in self._known.items():
            item.value.need(reference in used, "unused", "evidence that some claim refers to")
