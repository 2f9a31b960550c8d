"""Explanations by brute force: least bounds, irreducible sets and counts, from the JSON and the documents alone.

Every claim is about a changed document. The change is made anew here, from what the explanation says of it, and every
obligation is judged by looking at every point of the changed request.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Any

from tests.oracle.candidate import (
    ALWAYS,
    Breach,
    Entry,
    Key,
    Question,
    breaches,
    judge,
    stated,
    subject,
)
from tests.oracle.expressions import Document, number, truth
from tests.oracle.space import Space

CALLERS = {"capability", "assumption", "requirement", "budget", "deadline"}


@dataclass(frozen=True)
class Candidate:
    """An entry under a control."""

    entry: Entry
    control: str = "none"


Name = tuple[str, str]
"""A service and a control."""


class WrongError(AssertionError):
    """An explanation says what is not so."""


def need(condition: object, place: str, said: object) -> None:
    if not condition:
        raise WrongError(f"{place}: {said!r}")


def failing(question: Question, entry: Candidate) -> list[Key]:
    """The obligations that are refuted."""
    return [key for key, holds in judge(question, entry.entry, entry.control) if not holds]


def refuted(question: Question, entry: Candidate, wanted: Callable[[Key], bool]) -> bool:
    """Whether one of the obligations that are wanted is refuted; the others are not looked at."""
    point = stated(question, entry.entry, entry.control)
    space, given = Space(question.vocabulary, point), question.described()

    def found(breach: Breach) -> bool:
        return any(
            all(truth(g, x) for g in given) and breach.broken(x)
            for x in space.points([*given, *breach.formulas], breach.families)
        )

    if wanted(["non_empty"]) and not found(ALWAYS):
        return True
    return any(wanted(key) and found(breach) for key, breach in breaches(question, entry.entry))


def confirm(
    question: Question,
    entries: Mapping[Name, Candidate],
    broken: Mapping[Name, list[Key]],
    said: Mapping[str, Any],
) -> Counter[str]:
    """Check everything that an explanation claims; what was checked, counted.

    Args:
        question: what the decision is about.
        entries: the candidates by service and control.
        broken: for each of them the obligations that fail, by brute force.
        said: the explanation.

    Raises:
        WrongError: a claim is wrong.
    """
    counts: Counter[str] = Counter()
    if said["service"] is not None:
        for one in said["service"]["others"]:
            mine = (one["service"], one["control"])
            need(one["failed"] == broken[mine], f"what fails under {one['control']}", one)
            need((one["verdict"] == "admitted") == (not broken[mine]), "another control", one)
            counts["other controls"] += 1
    if said["service"] is not None and said["service"]["verdict"] == "refuted":
        name = (said["service"]["service"], said["service"]["control"])
        counts += _confirm_service(question, entries[name], broken[name], said["service"])
    if said["relaxations"] is not None:
        counts += _confirm_relaxations(question, entries, broken, said["relaxations"])
    return counts


# --- one service ----------------------------------------------------------------------------------


def _confirm_service(
    question: Question, entry: Candidate, broken: list[Key], said: Mapping[str, Any]
) -> Counter[str]:
    counts: Counter[str] = Counter(services=1)
    listed = [one["obligation"] for one in said["failing"]]
    need(listed == broken, "the failing obligations", (listed, broken))
    for one in said["failing"]:
        if one["least"] is not None:
            counts += _confirm_least(question, entry, one["obligation"], one["least"])
    mended = said["mended"]
    if mended is None:
        need(not any(key[0] in CALLERS for key in broken), "nothing to mend", broken)
        return counts
    if not mended["changes"]:
        return counts
    mine = [key for key in broken if key[0] in CALLERS]
    counts += _confirm_changes(question, entry, mended["changes"], mine)
    changed = applied(question, mended["changes"])
    left = failing(changed, entry)
    need(mended["admits"] == (not left), "whether the changes admit", left)
    need(all(key[0] not in CALLERS for key in left), "the caller's own that still fail", left)
    counts["sets that admit" if mended["admits"] else "sets beside blocking clauses"] += 1
    return counts


def _confirm_least(
    question: Question, entry: Candidate, key: Key, least: Mapping[str, Any]
) -> Counter[str]:
    """A bound holds, one step before it is refuted, and so is everything stricter."""
    counts: Counter[str] = Counter()
    step, asked = number(least["step"]), least["asked"]
    bound, before = least["bound"], least["refuted"]
    looser = loosening(least)
    if bound is None:
        for value in {before, least["last"]} - {None}:
            if asked is None or looser * (number(value) - number(asked)) > 0:
                changed = turned(question, key, least, number(value))
                need(refuted(changed, entry, key.__eq__), f"no bound helps {key}", value)
        return Counter({"ranges in which no bound helps": 1})
    value = number(bound)
    need((value / step).denominator == 1, "a bound off its grid", least)
    need(asked is None or looser * (value - number(asked)) > 0, "a bound no looser", least)
    need(
        not refuted(turned(question, key, least, value), entry, key.__eq__),
        f"the least bound of {key} does not suffice",
        least,
    )
    if before is not None:
        need(number(before) == value - looser * step, "not one step before", least)
        for far in (0, 7):
            less = number(before) - looser * step * far
            if far == 0 or asked is None or looser * (less - number(asked)) >= 0:
                changed = turned(question, key, least, less)
                said = refuted(changed, entry, key.__eq__)
                need(said, f"a smaller bound of {key} suffices", (less, least))
    counts["least bounds"] += 1
    counts[f"least bounds of {key[0]}"] += 1
    return counts


def loosening(least: Mapping[str, Any]) -> int:
    """In which direction a bound is easier to meet: more of it, or less.

    A bound from above is loosened upwards; a range that is cut is cut downwards, and trust is raised. Less of the constant
    of g makes g <= 0 easier, and so does less of what was measured where g grows with it.
    """
    upper = least["relation"] in ("<=", "<")
    if least["owner"] == "facts":
        return 1
    if least["owner"] in ("constraint", "measurements"):
        return 1 if least["relation"] == ">=" else -1
    if least["clause"] == "given":
        return -1 if upper else 1
    return 1 if upper else -1


# --- sets of changes ------------------------------------------------------------------------------


def _confirm_changes(
    question: Question,
    entry: Candidate,
    changes: Sequence[Mapping[str, Any]],
    broken: Sequence[Key],
) -> Counter[str]:
    """With all of them nothing of the caller's fails; without any of them, or with one a step less, something does."""
    counts: Counter[str] = Counter({"irreducible sets": 1, "changes": len(changes)})
    need(not _own(applied(question, changes), entry), "a set that does not suffice", changes)
    for part in combinations(changes, len(changes) - 1):
        need(_own(applied(question, part), entry), "a set that is reducible", (part, broken))
        counts["smaller sets refuted"] += 1
    for place, change in enumerate(changes):
        least = change["least"]
        if least is None or least["refuted"] is None:
            continue
        tighter: Document = deepcopy(dict(change))
        tighter["least"]["bound"] = least["refuted"]
        tighter["kind"] = "narrow" if change["kind"] == "narrow" else "loosen"
        others = [*changes[:place], tighter, *changes[place + 1 :]]
        need(_own(applied(question, others), entry), "a change greater than needed", change)
        counts["changes one step less refuted"] += 1
    return counts


def _own(question: Question, entry: Candidate) -> bool:
    """Whether one of the caller's own obligations fails; a request without a call is as bad as any."""
    return refuted(question, entry, lambda key: key[0] in {*CALLERS, "non_empty"})


def _confirm_relaxations(
    question: Question,
    entries: Mapping[Name, Candidate],
    broken: Mapping[Name, list[Key]],
    said: Mapping[str, Any],
) -> Counter[str]:
    counts: Counter[str] = Counter()
    eligible = {
        name: keys for name, keys in broken.items() if all(key[0] in CALLERS for key in keys)
    }
    services = {service for service, _ in eligible}
    need(said["eligible"] == len(services), "the number of eligible services", said["eligible"])
    sizes = [len(offer["changes"]) for offer in said["found"]]
    need(sizes == sorted(sizes), "the order of the relaxations", sizes)
    for offer in said["found"]:
        need(offer["admits"], "a relaxation that admits nobody", offer)
        for admitted in offer["admits"]:
            name = (admitted["service"], admitted["control"])
            need(name in eligible, "a service that fails at another's clause", name)
            left = failing(applied(question, offer["changes"]), entries[name])
            need(not left, f"{name} is not admitted", left)
            counts += _confirm_changes(question, entries[name], offer["changes"], broken[name])
        counts["relaxations"] += 1
    plain = [
        len({_clause(key) for key in keys})
        for keys in eligible.values()
        if not any(key[0] == "assumption" for key in keys) and not _all_needs(question, keys)
    ]
    if plain and said["undecided"] == 0 and said["limit"] > 0:
        need(sizes and sizes[0] <= min(plain), "a cheaper relaxation exists", (sizes, plain))
        counts["cheapest confirmed"] += 1
    return counts


def _all_needs(question: Question, keys: Iterable[Key]) -> bool:
    """Whether every need fails: a request needs something, so that they cannot all be dropped."""
    needed = len(question.request["needs"])
    return bool(sum(key[0] == "capability" for key in keys) >= needed)


def _clause(key: Key) -> str:
    return f"{key[0]} {key[1]}" if key[0] in ("requirement", "capability") else str(key[0])


# --- changed documents ----------------------------------------------------------------------------


def turned(question: Question, key: Key, least: Mapping[str, Any], value: Fraction) -> Question:
    """The question with another number in place of one of its bounds."""
    match least["owner"]:
        case "request":
            request = deepcopy(question.request)
            _set(request, least, value)
            return replace(question, request=request)
        case "facts":
            facts = deepcopy(question.facts)
            assert facts is not None
            facts["values"][least["clause"]] = str(value)
            return replace(question, facts=facts)
        case "measurements":
            measurements = deepcopy(question.measurements)
            assert measurements is not None
            ends = [number(end) for end in measurements["intervals"][least["clause"]]]
            ends[0 if least["relation"] == ">=" else 1] = value
            # An interval that the supposed end turns round is the supposed value alone.
            ends = ends if ends[0] <= ends[1] else [value, value]
            measurements["intervals"][least["clause"]] = [str(end) for end in ends]
            return replace(question, measurements=measurements)
        case _:
            policy = deepcopy(question.policy)
            rule = next(one for one in policy if [subject(one), one["name"]] == key[:2])
            _bound(rule["then"][_index(least["clause"])], value)
            return replace(question, policy=policy)


def applied(question: Question, changes: Iterable[Mapping[str, Any]]) -> Question:
    """The question with a changed request."""
    request = deepcopy(question.request)
    gone: dict[str, set[int]] = {"ensure": set(), "needs": set()}
    for change in changes:
        clause, least = change["clause"], change["least"]
        if change["kind"] == "drop" and clause in ("budget", "deadline"):
            request[clause] = None
        elif change["kind"] == "drop":
            gone[clause.partition("[")[0]].add(_index(clause))
        elif least is None:
            request["given"].append(change["condition"])
        else:
            _set(request, least, number(least["bound"]))
    for part, places in gone.items():
        request[part] = [one for i, one in enumerate(request[part]) if i not in places]
    return replace(question, request=request)


def _set(request: Document, least: Mapping[str, Any], value: Fraction) -> None:
    clause = least["clause"]
    if clause in ("budget", "deadline"):
        request[clause] = str(value)
    elif clause == "given":
        sign = 1 if least["relation"] == "<=" else -1
        term = {"constant": str(-sign * value), "terms": {least["quantity"]: str(sign)}}
        request["given"].append(["le", term])
    else:
        _bound(request["ensure"][_index(clause)], value)


def _bound(atom: Document, value: Fraction) -> None:
    if atom["on"] == "expression":
        atom["terms"]["constant"] = str(value)
    elif isinstance(atom["bound"], dict):
        atom["bound"]["constant"] = str(value)
    else:
        atom["bound"] = str(value)


def _index(clause: str) -> int:
    match = re.fullmatch(r"[a-z]+\[([0-9]+)\]", clause)
    assert match is not None, clause
    return int(match[1])
