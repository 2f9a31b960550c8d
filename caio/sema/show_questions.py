"""What is asked, as text: requests, classes of requests, and properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from caio.base.errors import InputError
from caio.base.units import TIME
from caio.ir import documents as d
from caio.ir import terms as t
from caio.sema.classes import about_facts
from caio.sema.show_numbers import number, quantity
from caio.sema.show_pieces import assigned, block, braced, clause, cost_dimension
from caio.sema.show_terms import Shower
from caio.syntax.text import quote, quote_name


def show_request(request: d.Request, vocabulary: d.Vocabulary) -> str:
    """A request.

    Raises:
        InputError: it says something that the language cannot.
    """
    clauses = [] if request.caller is None else [f"caller {quote(request.caller)}"]
    clauses += _needs(request.needs)
    clauses += _formulas("given", request.given, Shower(vocabulary, "request"))
    clauses += _required(request, vocabulary)
    if request.nominal == ():
        raise InputError("the language has no text for a nominal point without values")
    if request.nominal is not None:
        clauses += clause("nominal", assigned(request.nominal, vocabulary.request, vocabulary))
    return block(f"request {quote_name(request.name)}", clauses)


def show_class(group: d.Class, vocabulary: d.Vocabulary) -> str:
    """A class; what it says of facts alone stands under ``facts``.

    Raises:
        InputError: it says something that the language cannot.
    """
    facts = [formula for formula in group.given if about_facts(formula)]
    others = [formula for formula in group.given if not about_facts(formula)]
    if [*others, *facts] != list(group.given):
        raise InputError("the language has no text for facts that stand before what else is given")
    clauses = _formulas("given", others, Shower(vocabulary, "request"))
    clauses += _formulas("facts", facts, Shower(vocabulary, "fact"))
    clauses += _needs(group.needs)
    clauses += _required(group, vocabulary)
    return block(f"class {quote_name(group.name)}", clauses)


def _formulas(word: str, formulas: Iterable[t.Formula], shower: Shower) -> list[str]:
    return clause(word, [shower.formula(formula) for formula in formulas])


def _needs(needs: tuple[tuple[str, ...], ...]) -> list[str]:
    return clause(
        "needs",
        [quote_name(group[0]) if len(group) == 1 else f"any of {braced(group)}" for group in needs],
    )


def _required(asked: d.Request | d.Class, vocabulary: d.Vocabulary) -> list[str]:
    """What requests and classes ask of a service beside capabilities."""
    shower = Shower(vocabulary)
    clauses = clause("ensure", [shower.atom(atom) for atom in asked.ensure])
    if asked.budget is not None:
        clauses.append(f"budget {quantity(asked.budget, cost_dimension(vocabulary))}")
    if asked.deadline is not None:
        clauses.append(f"deadline {quantity(asked.deadline, TIME)}")
    return clauses


def show_property(
    document: d.Property, vocabulary: d.Vocabulary, others: Mapping[str, d.Document]
) -> str:
    """A property; ``others`` are the documents that it may name, by digest.

    Raises:
        InputError: what it names is not there, or it says something that the language cannot.
    """
    return block(
        f"property {quote_name(document.name)}", [_claim(document.claim, vocabulary, others)]
    )


def _claim(
    claim: d.PropertyClaim, vocabulary: d.Vocabulary, others: Mapping[str, d.Document]
) -> str:
    match claim:
        case d.Never(when):
            return f"never admitted when {Shower(vocabulary, 'metric').formula(when)}"
        case d.Always(count, digest):
            group = others.get(digest)
            if not isinstance(group, d.Class):
                raise InputError(f"the class {digest} is not here")
            least = number(Fraction(count))
            return f"always at least {least} admitted for {quote_name(group.name)}"
        case d.Implication(premises, conclusions, both):
            verb = "equivalent to" if both else "imply"
            return f"rules {_rules(premises, others)} {verb} {_rules(conclusions, others)}"


def _rules(digests: tuple[str, ...], others: Mapping[str, d.Document]) -> str:
    """Rules by name; which kind is meant is written where the name alone does not say."""
    rules = {rule.name for rule in others.values() if isinstance(rule, d.Rule)}
    constraints = {one.name for one in others.values() if isinstance(one, d.Constraint)}
    shown = []
    for digest in digests:
        match others.get(digest):
            case d.Rule(name=name, invariant=invariant):
                word = "invariant " if invariant else "rule "
                shown.append(word * (name in constraints) + quote_name(name))
            case d.Constraint(name=name):
                shown.append("constraint " * (name in rules) + quote_name(name))
            case _:
                raise InputError(f"the rule {digest} is not here")
    return f"{{ {', '.join(shown)} }}"
