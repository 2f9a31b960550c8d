"""What a failed obligation says to a person: one sentence, and the clause of the document it comes from.

Sentences never mention the service, so that three thousand refusals read as a handful of reasons with counts. What
differs from service to service (its assumptions, its prices, whom it permits) is shown for one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from caio.base.spans import Span
from caio.cli.text import listing, one_line, safe
from caio.cli.values import quantity
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.obligations.candidate import Goal, Key, Question
from caio.obligations.contract import Contract
from caio.obligations.formula import Conjunction, Formula, Literal

Locate: TypeAlias = Callable[[str, str], Span | None]
"""Where a part of a document stands: by the document's digest and a path in it."""

Write: TypeAlias = Callable[[t.Formula | t.Atom, d.Vocabulary], str]
"""How an expression is written in the language."""

_QUOTED: Final = 80
"""How much of a clause is quoted."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an obligation fails.

    Attributes:
        kind: the obligation's kind.
        sentence: the same for every service that fails for this reason.
        whose: what the clause belongs to, such as ``request `triage```.
        owner: the document with the clause, where there is one.
        path: the clause in that document.
        written: the clause itself, where it is an expression.
        own: whether the clause is the service's own and differs from service to service.
    """

    kind: str
    sentence: str
    whose: str
    owner: d.Document | None = None
    path: str = ""
    written: t.Formula | t.Atom | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """The text of a clause on one line, and its ``file:line``; each as far as it is known."""

    text: str | None
    place: str | None


class Reasons:
    """Puts failed obligations of one question into words.

    Args:
        question: what the decision is about.
        locate: finds source lines; None where there are no sources.
        write: writes expressions that have no source at hand.
    """

    def __init__(self, question: Question, locate: Locate | None, write: Write) -> None:
        self._question = question
        self._locate = locate
        self._write = write
        self._shared: dict[Key, Reason] = {}
        self._request = f"request `{safe(question.request.name)}`"
        self._profile = f"profile `{safe(question.profile.name)}`"

    def of(self, key: Key, contract: Contract) -> Reason:
        """The reason behind the failed obligation of this key."""
        known = self._shared.get(key)
        if known is not None:
            return known
        reason = self._find(key, contract)
        if not reason.own:
            self._shared[key] = reason
        return reason

    def clause(self, reason: Reason) -> Clause:
        """Where the clause behind a reason stands, and how it reads."""
        written = reason.written
        text = None if written is None else self._write(written, self._question.vocabulary)
        span = self._place(reason, reason.path)
        if span is None:
            return Clause(None if text is None else one_line(text, _QUOTED), None)
        place, line = safe(span.source.name), span.location.line
        if place.endswith(".json"):
            # The clause itself reads better in the language; generated JSON is often a single line.
            return Clause(
                None if text is None else one_line(text, _QUOTED),
                place if line == 1 else f"{place}:{line}",
            )
        # The name of a declaration, or a span over all of it, is a place, but no clause to quote.
        clause = span.text.strip() and span.text.count("\n") < 3 and span != self._place(reason, "")
        quoted = span.text if clause else text
        return Clause(None if quoted is None else one_line(quoted, _QUOTED), f"{place}:{line}")

    def _place(self, reason: Reason, path: str) -> Span | None:
        if self._locate is None or reason.owner is None:
            return None
        return self._locate(document_digest(reason.owner), path)

    def _find(self, key: Key, contract: Contract) -> Reason:
        question, request = self._question, self._question.request
        index = key[-1] if isinstance(key[-1], int) else 0
        match key[0]:
            case "non_empty":
                sentence = "no call fits the request together with the facts and the environment"
                return self._say(key, sentence, request, "given", self._request)
            case "coherent":
                sentence = "its guarantees contradict each other for this request"
                return self._own(key, sentence, contract, "guarantees[0]")
            case "capability":
                group = [f"`{safe(name)}`" for name in request.needs[index]]
                sentence = (
                    f"capability {group[0]} is not provided"
                    if len(group) == 1
                    else f"none of the capabilities {listing(group, 'or')} is provided"
                )
                return self._say(key, sentence, request, f"needs[{index}]", self._request)
            case "assumption":
                sentence = "the request goes beyond what its contract assumes"
                written = contract.service.assumes[index]
                return self._own(key, sentence, contract, f"assumes[{index}]", written)
            case "requirement":
                return self._unmet(
                    key, request.ensure[index], request, f"ensure[{index}]", self._request
                )
            case "rule" | "invariant" as kind:
                rule = next(rule for rule in question.policy if rule.name == key[1])
                whose = f"{kind} `{safe(rule.name)}`"
                return self._unmet(key, rule.then[index], rule, f"then[{index}]", whose)
            case "safety" | "policy" | "traits" as kind:
                constraint = next(
                    one for one in question.constraints if (one.of, one.name) == (kind, key[1])
                )
                whose = f"constraint `{safe(constraint.name)}` of {kind}"
                path = f"then[{index}]"
                return self._unmet(key, constraint.then[index], constraint, path, whose)
            case "available":
                limit = question.profile.limits.available[index]
                path = f"limits.available[{index}]"
                draft = self._say(key, "", question.profile, path, self._profile, limit)
                # Named in the sentence: services that fail different limits fail for different reasons.
                text = self.clause(draft).text or ""
                return replace(
                    draft, sentence=f"its observed state does not meet the limit `{text}`"
                )
            case "budget" | "deadline" | "cost_disjoint":
                return self._price_or_time(key, contract)
            case _:
                return self._security(key, contract)

    def _price_or_time(self, key: Key, contract: Contract) -> Reason:
        vocabulary, request = self._question.vocabulary, self._question.request
        if key[0] == "cost_disjoint":
            return self._own(key, "two of its prices apply to the same call", contract, "cost[0]")
        if key[0] == "deadline":
            limit = "" if request.deadline is None else f" {quantity(request.deadline, 'time')}"
            sentence = f"an answer within the deadline{limit} is not guaranteed"
            return self._say(key, sentence, request, "deadline", self._request)
        if key[1] == "covered":
            sentence = "no price is stated that covers every such call"
            return self._say(key, sentence, request, "budget", self._request)
        dimension = vocabulary.cost.dimension if vocabulary.cost else "1"
        limit = "" if request.budget is None else f" {quantity(request.budget, dimension)}"
        sentence = f"a call may cost more than the budget{limit}"
        return self._say(key, sentence, request, "budget", self._request)

    def _security(self, key: Key, contract: Contract) -> Reason:
        kind = str(key[0])
        if kind == "authentication":
            sentence = "the facts about the caller are only asserted, which the profile forbids"
            return self._say(key, sentence, self._question.profile, "limits.facts", self._profile)
        if kind == "privacy":
            data = self._question.vocabulary.with_role("request", "data")
            what = "sensitive data" if data is None else f"sensitive `request.{data.name}`"
            sentence = f"{what} may reach it, and it states neither to be local nor to be encrypted"
            return Reason(kind, sentence, "Eq. 4.3")
        sentences = {
            "authorization": "the caller holds no permission that admits it",
            "trust": "the caller is trusted less than it demands",
            "access": "the caller's zone is not among those it serves",
        }
        sentence = sentences.get(kind, f"`{safe(kind)}` fails")
        permits = contract.service.permits
        if kind == "authorization" and permits.mode == "none":
            sentence = "it permits nobody"
        return self._own(key, sentence, contract, "permits")

    def _unmet(self, key: Key, atom: t.Atom, owner: d.Document, path: str, whose: str) -> Reason:
        draft = Reason(str(key[0]), "", whose, owner, path, atom)
        text = self.clause(draft).text or ""
        match atom:
            case t.OnMetric() | t.OnCost() if key[0] == "requirement":
                sentence = f"`{text}` is not guaranteed"
            case _ if key[0] == "requirement":
                sentence = f"`{text}` does not hold"
            case _:
                sentence = f"{whose} is not kept: `{text}`"
        return replace(draft, sentence=sentence)

    def _say(
        self,
        key: Key,
        sentence: str,
        owner: d.Document,
        path: str,
        whose: str,
        written: t.Formula | t.Atom | None = None,
    ) -> Reason:
        return Reason(str(key[0]), sentence, whose, owner, path, written)

    def _own(
        self,
        key: Key,
        sentence: str,
        contract: Contract,
        path: str,
        written: t.Formula | None = None,
    ) -> Reason:
        service = contract.service
        whose = f"service `{safe(service.name)}` {service.version}"
        return Reason(str(key[0]), sentence, whose, service, path, written, own=True)


def mentioned(goal: Goal) -> Collection[str]:
    """The variables that the goal of an obligation speaks about: the part of a counterexample that matters."""
    found: set[str] = set()
    stack: list[Formula] = list(goal.goal or ())
    while stack:
        match stack.pop():
            case Literal(atom):
                found.update(name for name, _ in atom.terms)
            case Conjunction(operands):
                stack.extend(operands)
            case _:
                pass
    return found
