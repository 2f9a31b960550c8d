"""Trees to text, as plainly as possible, and generators of trees: the other half of the round trip."""

from typing import TypeAlias

from hypothesis import strategies as st

from caio.base.spans import Source
from caio.syntax import tree as t
from caio.syntax.text import quote

SPAN = Source("<made>", "").span()

Declared: TypeAlias = (
    t.Rule | t.Constraint | t.Service | t.Request | t.Class | t.Property | t.Profile
)
"""What is generated."""


def expr(node: object) -> str:  # noqa: C901, PLR0912 - one case per kind of node
    """An expression with every operand in parentheses that could need them."""
    match node:
        case t.Name(text):
            return quote(text)
        case t.Quantity(number, unit, per_number, per_unit):
            parts = [number.text] + ([expr(unit)] if unit else [])
            if per_unit:
                parts += ["per"] + ([per_number.text] if per_number else []) + [expr(per_unit)]
            return " ".join(parts)
        case t.Instant(text, _):
            return text
        case t.Boolean(value):
            return "true" if value else "false"
        case t.Count(operand):
            return f"count({expr(operand)})"
        case t.SetLiteral(items):
            return "{" + ",".join(f"({expr(item)})" for item in items) + "}"
        case t.Negate(operand):
            return f"-({expr(operand)})"
        case t.Sum(terms) | t.Product(terms):
            text = "".join(f"{sign}({expr(term)})" for sign, term in terms)
            return text[1:]
        case t.Compare(op, left, right):
            return f"({expr(left)}){op}{side(right)}"
        case t.InRange(operand, low, high, negated):
            return f"({expr(operand)}){' not' * negated} in ({expr(low)}) .. ({expr(high)})"
        case t.InSet(operand, members, negated):
            return f"({expr(operand)}){' not' * negated} in {side(members)}"
        case t.Has(operand, member):
            return f"({expr(operand)}) has {expr(member)}"
        case t.HasSome(operand, mode, members):
            return f"({expr(operand)}) has {mode} of {expr(members)}"
        case t.Within(operand, members):
            return f"({expr(operand)}) within {expr(members)}"
        case t.Not(operand):
            return f"not ({expr(operand)})"
        case t.And(operands):
            return " and ".join(f"({expr(o)})" for o in operands)
        case t.Or(operands):
            return " or ".join(f"({expr(o)})" for o in operands)
        case t.Implies(premise, conclusion):
            return f"({expr(premise)}) implies ({expr(conclusion)})"
    raise AssertionError(node)


def side(node: t.Expr) -> str:
    """The right side of a comparison: a set has no parentheses."""
    return expr(node) if isinstance(node, t.SetLiteral) else f"({expr(node)})"


def atom(node: t.Atom) -> str:
    if isinstance(node, t.Meets):
        return f"meets {expr(node.invariant)}"
    if isinstance(node, t.Provides):
        return f"{'not ' * node.negated}provides {expr(node.capability)}"
    return expr(node.expression) + level(node.level)


def level(number: t.Number | None) -> str:
    return f" at quantile {number.text}" if number else ""


def consequence(when: t.Expr | None, then: tuple[t.Atom, ...]) -> str:
    head = f"when {expr(when)} then" if when else "always"
    return f"{head} {','.join(map(atom, then))},"


def profile(node: t.Profile) -> str:
    """A profile with the parts that are generated."""
    signals = (
        f"{expr(s.name)}:"
        + (f" excite {expr(s.excite)}" if s.excite else "")
        + (f" damp {expr(s.damp)}" if s.damp else "")
        for s in node.signals
    )
    parts = [f"objective {expr(node.objective)}," if node.objective else ""]
    weights = (f"{expr(w.name)} ({expr(w.value)})" for w in node.weights)
    parts += [f"weights {{ {','.join(weights)}, }}"] if node.weights else []
    parts += [f"controls {{ {','.join(signals)}, }}"] if node.signals else []
    return f"profile {expr(node.name)} {{ {' '.join(parts)} }}"


def needed(nodes: tuple[t.Need, ...]) -> str:
    needs = (
        expr(n.choices[0])
        if len(n.choices) == 1
        else f"any of {{{','.join(map(expr, n.choices))}}}"
        for n in nodes
    )
    return f"needs {','.join(needs)},"


def asked(node: t.Request | t.Class) -> list[str]:
    """The clauses that requests and classes share."""
    parts = [needed(node.needs)] if node.needs else []
    if node.given:
        parts.append(f"given {','.join(map(expr, node.given))},")
    if node.ensure:
        parts.append(f"ensure {','.join(map(atom, node.ensure))},")
    if node.budget:
        parts.append(f"budget {expr(node.budget)},")
    return parts


def group(node: t.Class) -> str:
    parts = [f"facts {','.join(map(expr, node.facts))},"] if node.facts else []
    parts += [f"deadline {expr(node.deadline)}"] if node.deadline else []
    return f"class {expr(node.name)} {{ {' '.join([*parts, *asked(node)])} }}"


def rules_named(nodes: tuple[t.NamedRule, ...]) -> str:
    return "{" + ",".join(f"{node.kind or ''} {expr(node.name)}" for node in nodes) + ",}"


def claim(node: t.PropertyClaim) -> str:
    match node:
        case t.Never(condition):
            return f"never admitted when {expr(condition)},"
        case t.Always(count, name):
            return f"always at least {count.text} admitted for {expr(name)},"
        case t.Implication(premises, conclusions, both):
            verb = "equivalent to" if both else "imply"
            return f"rules {rules_named(premises)} {verb} {rules_named(conclusions)},"


def declaration(node: Declared) -> str:
    """A declaration on one line, with a comma behind each list."""
    if isinstance(node, t.Class):
        return group(node)
    if isinstance(node, t.Property):
        return f"property {expr(node.name)} {{ {claim(node.claim)} }}"
    if isinstance(node, t.Constraint):
        body = consequence(node.when, node.then)
        return f"constraint {expr(node.name)} of {expr(node.subject)} {{ {body} }}"
    if isinstance(node, t.Profile):
        return profile(node)
    if isinstance(node, t.Rule):
        head = "invariant" if node.invariant else "rule"
        priority = f"priority {expr(node.priority)}, " if node.priority else ""
        return f"{head} {expr(node.name)} {{ {priority}{consequence(node.when, node.then)} }}"
    if isinstance(node, t.Request):
        return " ".join([f"request {expr(node.name)} {{", *asked(node), "}"])
    parts = [f"service {expr(node.name)} version {node.version.text} {{"]
    for word, items in (
        ("is", [f"{expr(a.name)}={expr(a.value)}" for a in node.attributes]),
        ("provides", [expr(c) for c in node.capabilities]),
        ("assumes", [expr(a) for a in node.assumes]),
        (
            "guarantees",
            [
                expr(g.claim) + level(g.level) + (f" when {expr(g.when)}" if g.when else "")
                for g in node.guarantees
            ],
        ),
    ):
        if items:
            parts.append(f"{word} {','.join(items)},")
    if node.cost:
        cases = (
            f"{f'when {expr(c.when)}' if c.when else 'otherwise'}: {expr(c.amount)}"
            for c in node.cost.cases
        )
        parts.append(f"cost case {{ {','.join(cases)} }}")
    return " ".join([*parts, "}"])


# --- generators ----------------------------------------------------------------------------------

texts = st.sampled_from(["a", "request.x", "and", "service", 'q"\\', "日本", "gemini/2.5-pro:x@y"])
names = st.builds(t.Name, texts, st.just(SPAN))
numbers = st.builds(
    t.Number, st.sampled_from(["0", "1_000", "0.25", "7e-3", "12345678901234567890"]), st.just(SPAN)
)
quantities = st.one_of(
    st.builds(t.Quantity, numbers, st.none() | names, st.none(), st.none(), st.just(SPAN)),
    st.builds(t.Quantity, numbers, st.none() | names, st.none() | numbers, names, st.just(SPAN)),
)
instants = st.just(t.Instant("2027-04-14", 1_807_660_800_000_000, SPAN))
booleans = st.builds(t.Boolean, st.booleans(), st.just(SPAN))
leaves = st.one_of(names, quantities, instants, booleans, st.builds(t.Count, names, st.just(SPAN)))


def several(items: st.SearchStrategy[t.Expr]) -> st.SearchStrategy[tuple[t.Expr, ...]]:
    return st.lists(items, min_size=2, max_size=3).map(tuple)


def chain(first: str, signs: str, items: st.SearchStrategy[t.Expr]) -> st.SearchStrategy[object]:
    rest = st.lists(st.tuples(st.sampled_from(signs), items), min_size=1, max_size=3)
    return st.builds(lambda a, b: ((first, a), *b), items, rest)


def larger(e: st.SearchStrategy[t.Expr]) -> st.SearchStrategy[t.Expr]:
    """Expressions with these as their parts."""
    s = st.just(SPAN)
    sets = st.builds(t.SetLiteral, st.lists(e, max_size=3).map(tuple), s)
    ops = st.sampled_from(["<=", "<", ">=", ">"])
    equality = st.sampled_from(["==", "!="])
    return st.one_of(
        st.builds(t.Negate, e, s),
        st.builds(t.Sum, chain("+", "+-", e), s),
        st.builds(t.Product, chain("*", "*/", e), s),
        st.builds(t.Compare, ops, e, e, s),
        st.builds(t.Compare, equality, e, e | sets, s),
        st.builds(t.InRange, e, e, e, st.booleans(), s),
        st.builds(t.InSet, e, e | sets, st.booleans(), s),
        st.builds(t.Has, e, names, s),
        st.builds(t.HasSome, e, st.sampled_from(["any", "all"]), sets, s),
        st.builds(t.Within, e, sets, s),
        st.builds(t.Not, e, s),
        st.builds(t.And, several(e), s),
        st.builds(t.Or, several(e), s),
        st.builds(t.Implies, e, e, s),
    )


exprs = st.recursive(leaves, larger, max_leaves=8)
levels = st.none() | numbers
atoms = st.one_of(
    st.builds(t.Claim, exprs, levels, st.just(SPAN)),
    st.builds(t.Provides, names, st.booleans(), st.just(SPAN)),
    st.builds(t.Meets, names, st.just(SPAN)),
)


def some(items: st.SearchStrategy[object], least: int = 0) -> st.SearchStrategy[object]:
    return st.lists(items, min_size=least, max_size=3).map(tuple)


rules = st.builds(
    t.Rule,
    names,
    st.booleans(),
    st.none() | quantities,
    st.none() | exprs,
    some(atoms, 1),
    st.just(SPAN),
)
needs = st.builds(t.Need, some(names, 1), st.just(SPAN))
requests = st.builds(
    t.Request,
    names,
    st.none(),
    some(needs),
    some(exprs),
    some(atoms),
    st.none() | quantities,
    st.none(),
    st.none(),
    st.just(SPAN),
)
classes = st.builds(
    t.Class,
    names,
    some(needs),
    some(exprs),
    some(exprs),
    some(atoms),
    st.none() | quantities,
    st.none() | quantities,
    st.just(SPAN),
)
named_rules = st.builds(
    t.NamedRule, names, st.sampled_from([None, "rule", "invariant", "constraint"]), st.just(SPAN)
)
claims = st.one_of(
    st.builds(t.Never, exprs, st.just(SPAN)),
    st.builds(t.Always, numbers, names, st.just(SPAN)),
    st.builds(
        t.Implication, some(named_rules, 1), some(named_rules, 1), st.booleans(), st.just(SPAN)
    ),
)
properties = st.builds(t.Property, names, claims, st.just(SPAN))
cases = st.builds(t.CostCase, st.none() | exprs, exprs, st.just(SPAN))
services = st.builds(
    t.Service,
    names,
    st.just(t.Version("1.2.3", SPAN)),
    some(st.builds(t.Assignment, names, leaves, st.just(SPAN))),
    some(names),
    some(exprs),
    some(st.builds(t.Guarantee, exprs, levels, st.none() | exprs, st.just(SPAN))),
    st.none() | st.builds(t.Cost, some(cases, 1), st.just(True), st.just(SPAN)),
    st.none(),
    st.none(),
    st.none(),
    st.just(SPAN),
)
constraints = st.builds(
    t.Constraint, names, names, st.none() | exprs, some(atoms, 1), st.just(SPAN)
)
signals = st.tuples(names, st.none() | quantities, st.none() | quantities).filter(
    lambda parts: parts[1] is not None or parts[2] is not None
)
profiles = st.builds(
    t.Profile,
    names,
    st.none() | names,
    some(st.builds(t.Weight, names, exprs, st.just(SPAN))),
    some(signals.map(lambda parts: t.Signal(*parts, SPAN))),
    st.none(),
    st.just(()),
    st.none(),
    st.none(),
    st.just(()),
    st.just(SPAN),
)
declarations: st.SearchStrategy[Declared] = st.one_of(
    rules, constraints, requests, classes, properties, services, profiles
)
