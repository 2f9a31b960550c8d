"""Scores against a second reading of score-v1, which works on the documents' JSON alone."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, isqrt, lcm
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.checker import Rejection
from caio.checker.documents import BUDGET
from caio.checker.formulas import Formulas
from caio.checker.reader import parse
from caio.checker.score import Scores
from tests.checker.forge import Json, World, affine, dump, guarantee, measurements, on_metric

Range = tuple[Fraction | None, Fraction | None]
BITS: Range = (Fraction(0), Fraction(1))


class Reference:
    """score-v1, for worlds in the manner of the forge; one clause after the other."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.members = {
            e["name"]: [m["name"] for m in e["members"]] for e in world.vocabulary["enums"]
        }
        self.metrics = {m["name"]: m for m in world.vocabulary["metrics"]}
        self.types: dict[str, Json] = {}
        for prefix, section in (("request", "request"), ("env", "environment")):
            for field in world.vocabulary[section]:
                self.types[f"{prefix}.{field['name']}"] = field["type"]

    def declared(self, kind: Json) -> Range:
        if kind["sort"] == "bool":
            return BITS
        if kind["sort"] == "enum":
            return Fraction(0), Fraction(len(self.members[kind["enum"]]) - 1)
        low, high = kind["lower"], kind["upper"]
        return low and Fraction(low), high and Fraction(high)

    def of_value(self, kind: Json, value: Json) -> Fraction:
        if kind["sort"] == "enum":
            return Fraction(self.members[kind["enum"]].index(value))
        return Fraction(int(value) if isinstance(value, bool) else value)

    def box(self, state: Json) -> dict[str, Range] | None:
        box: dict[str, Range] = {"env.at": (Fraction(self.world.at), Fraction(self.world.at))}
        nominal = self.world.request["nominal"]
        for name, kind in self.types.items():
            own = name.split(".")[1]
            known = state["values"] if name.startswith("env") and state else {}
            if name.startswith("request"):
                known = nominal or {}
            if kind["sort"] == "set":
                for member in self.members[kind["enum"]]:
                    box[f"{name}:{member}"] = BITS
                    if own in known:
                        held = Fraction(int(member in known[own]))
                        box[f"{name}:{member}"] = held, held
            else:
                box[name] = self.declared(kind)
                if own in known:
                    value = self.of_value(kind, known[own])
                    box[name] = value, value
        if nominal is None:
            for formula in self.world.request["given"]:
                self.intersect(box, formula)
        if any(a is not None and b is not None and a > b for a, b in box.values()):
            return None
        return box

    def intersect(self, box: dict[str, Range], formula: Json) -> None:
        if not isinstance(formula, list):
            return
        if formula[0] == "and":
            for part in formula[1:]:
                self.intersect(box, part)
        positive = formula[0] != "not"
        atom = formula if positive else formula[1]
        if isinstance(atom, list) and atom[0] in {"is", "has"}:
            name = atom[1] if atom[0] == "is" else f"{atom[1]}:{atom[2]}"
            self.cut(box, name, Fraction(int(positive)), Fraction(int(positive)))
        elif formula[0] == "in":
            indices = [self.members[self.types[formula[1]]["enum"]].index(m) for m in formula[2]]
            self.cut(box, formula[1], Fraction(min(indices)), Fraction(max(indices)))
        elif formula[0] in {"le", "lt", "eq"}:
            terms = formula[1]["terms"]
            if len(terms) == 1 and not next(iter(terms)).startswith("count("):
                ((name, factor),) = terms.items()
                end = -Fraction(formula[1]["constant"]) / Fraction(factor)
                up = Fraction(factor) > 0
                low = None if up and formula[0] != "eq" else end
                high = end if up or formula[0] == "eq" else None
                if self.types[name]["sort"] == "int":
                    low = None if low is None else Fraction(ceil(low))
                    high = None if high is None else Fraction(floor(high))
                self.cut(box, name, low, high)

    def cut(
        self, box: dict[str, Range], name: str, low: Fraction | None, high: Fraction | None
    ) -> None:
        a, b = box[name]
        lows = [x for x in (a, low) if x is not None]
        highs = [x for x in (b, high) if x is not None]
        box[name] = max(lows) if lows else None, min(highs) if highs else None

    def bounds(self, box: dict[str, Range], term: Json) -> Range:
        low: Fraction | None = Fraction(term["constant"])
        high: Fraction | None = low
        for name, factor in term["terms"].items():
            names = [name]
            if name.startswith("count("):
                own = name[6:-1]
                names = [f"{own}:{m}" for m in self.members[self.types[own]["enum"]]]
            for each in names:
                a, b = box[each] if Fraction(factor) > 0 else box[each][::-1]
                low = None if low is None or a is None else low + Fraction(factor) * a
                high = None if high is None or b is None else high + Fraction(factor) * b
        return low, high

    def truth(self, box: dict[str, Range], formula: Json) -> bool | None:
        if isinstance(formula, bool):
            return formula
        head, *parts = formula
        if head == "not":
            inner = self.truth(box, parts[0])
            return None if inner is None else not inner
        if head in {"and", "or"}:
            values = [self.truth(box, part) for part in parts]
            ends = head == "or"
            return ends if ends in values else None if None in values else not ends
        if head in {"is", "has"}:
            low, high = box[parts[0] if head == "is" else f"{parts[0]}:{parts[1]}"]
            return True if low == 1 else False if high == 0 else None
        if head == "in":
            low, high = box[parts[0]]
            assert low is not None
            assert high is not None
            indices = [self.members[self.types[parts[0]]["enum"]].index(m) for m in parts[1]]
            inside = [index in indices for index in range(int(low), int(high) + 1)]
            return True if all(inside) else None if any(inside) else False
        low, high = self.bounds(box, parts[0])
        if head == "eq":
            if low == high == 0:
                return True
            return False if (low or 0) > 0 or (high or 0) < 0 else None
        if high is not None and (high <= 0 if head == "le" else high < 0):
            return True
        return False if low is not None and (low > 0 if head == "le" else low >= 0) else None

    def best(
        self, box: dict[str, Range], service: Json, name: str, level: Any, upper: bool
    ) -> Fraction:
        metric = self.metrics[name]
        ends = [Fraction(metric["upper" if upper else "lower"])]
        for g in service["guarantees"]:
            if g["metric"] != name or (g["relation"][0] == "<") != upper:
                continue
            end = self.bounds(box, g["bound"])[1 if upper else 0]
            weak = level is not None and Fraction(g["level"]) < Fraction(level)
            if self.truth(box, g["when"]) is True and end is not None and not weak:
                ends.append(end)
        if upper:
            return max(min(ends), Fraction(metric["lower"]))
        return min(max(ends), Fraction(metric["upper"]))

    def score(self, service: Json, state: Json, control: str) -> int:
        profile = self.world.profile
        n = int(1 / Fraction(profile["resolution"]))
        box = self.box(state)
        if box is None:
            return 0
        margins = []
        for q in self.world.request["ensure"]:
            if q["on"] != "metric":
                continue
            metric, upper = self.metrics[q["name"]], q["relation"][0] == "<"
            b = self.bounds(box, q["bound"])[0 if upper else 1]
            best = self.best(box, service, q["name"], q["level"], upper)
            width = Fraction(metric["upper"]) - Fraction(metric["lower"])
            margin = Fraction(0) if b is None else ((b - best) if upper else (best - b)) / width
            margins.append(min(max(margin, Fraction(0)), Fraction(1)))
        goods = []
        for name in profile["performance"]:
            metric = self.metrics[name]
            low, high = Fraction(metric["lower"]), Fraction(metric["upper"])
            if metric["better"] == "lower":
                goods.append(
                    (high - self.best(box, service, name, metric["level"], True)) / (high - low)
                )
            else:
                goods.append(
                    (self.best(box, service, name, metric["level"], False) - low) / (high - low)
                )
        worst = Fraction(self.world.vocabulary["cost"]["upper"])
        amounts = [Fraction(0)]
        truths = [self.truth(box, case["when"]) for case in service["cost"]]
        for truth, case in zip(truths, service["cost"], strict=True):
            if truth is not False:
                amount = self.bounds(box, case["amount"])[1]
                amounts.append(worst if amount is None else amount)
        if True not in truths:
            amounts.append(worst)
        cost = min(max(amounts), worst)
        wilson = 0
        calls = int(state["history"]["calls"]) if state else 0
        if calls:
            kept = calls - int(state["history"]["violations"])
            t = ceil(Fraction(4 * n * n * (kept * (calls - kept) + calls), calls))
            root = isqrt(t) + (isqrt(t) ** 2 < t)
            wilson = max(0, floor(Fraction(n * (kept + 2) - root, calls + 4)))

        def mean(shares: list[Fraction]) -> int:
            return floor(Fraction(n) * sum(shares) / len(shares)) if shares else 0

        terms = {
            "guarantee": mean(margins),
            "cost": floor(n * (worst - cost) / worst),
            "performance": mean(goods),
            "reliability": wilson,
        }
        if profile["objective"] == "eq1.1":
            terms |= self.of_fields(service["name"], control)
            slowest = Fraction(self.metrics["latency"]["upper"])
            reached = self.best(box, service, "latency", self.metrics["latency"]["level"], True)
            terms |= {"risk": wilson, "latency": mean([(slowest - reached) / slowest])}
        weights = {name: Fraction(weight) for name, weight in profile["weights"].items()}
        common = lcm(*(weight.denominator for weight in weights.values()))
        return int(sum(weight * common * terms[name] for name, weight in weights.items()))

    def of_fields(self, service: str, control: str) -> dict[str, int]:
        """I, A, W and RL as they were measured: 0 where nothing was."""
        found = self.world.measurements["terms"].get(control, {})
        terms = {name: found.get(name, 0) for name in ("intent", "attention", "resonance")}
        return {**terms, "policy": found.get("policy", {}).get(service, 0)}


FACTORS = st.sampled_from(["1", "-1", "1/2", "-2/3", "7", "1/1000"])
CONSTANTS = st.sampled_from(["0", "1", "-1", "1/3", "500", "-8000", "19/20"])
NAMES = ["request.tokens", "request.size", "request.open", "count(request.data)"]


@st.composite
def terms(draw: st.DrawFn, names: list[str]) -> Json:
    used = draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
    return {"constant": draw(CONSTANTS), "terms": {name: draw(FACTORS) for name in used}}


def formulas(names: list[str]) -> st.SearchStrategy[Json]:
    regions = st.sampled_from([["eu"], ["us"], ["eu", "us"]])
    leaves = (
        st.booleans()
        | st.tuples(st.sampled_from(["le", "lt", "eq"]), terms(names)).map(list)
        | regions.map(lambda r: ["in", "request.region", r])
        | st.sampled_from([["is", "request.urgent"], ["has", "request.data", "health"]])
    )
    return st.recursive(
        leaves,
        lambda inner: (
            inner.map(lambda f: ["not", f])
            | st.tuples(st.sampled_from(["and", "or"]), inner, inner).map(list)
        ),
        max_leaves=4,
    )


GUARD = [*NAMES, "env.load", "env.at"]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    world = World()
    open_ = {"sort": "rational", "dimension": "1", "lower": None, "upper": None}
    size = {"sort": "rational", "dimension": "1", "lower": "-3", "upper": "5/2"}
    for name, kind in (("open", open_), ("size", size)):
        world.vocabulary["request"].append(
            {"name": name, "type": kind, "default": None, "role": None}
        )
    world.request["given"] = [
        ["not", ["is", "request.urgent"]],
        *draw(st.lists(formulas(NAMES), max_size=3)),
    ]
    if draw(st.booleans()):
        world.request["nominal"] = {
            "region": draw(st.sampled_from(["eu", "us"])),
            "urgent": draw(st.booleans()),
            "tokens": draw(st.sampled_from(["0", "500", "1000000"])),
            "data": draw(st.sampled_from([[], ["health"], ["public", "health"]])),
            "open": "1/3",
            "size": "2",
        }
    for service in world.services:
        service["guarantees"] = [
            guarantee(
                metric,
                draw(st.sampled_from(["<=", "<", ">=", ">"])),
                draw(terms(NAMES)),
                when=draw(formulas(GUARD)),
            )
            for metric in draw(st.lists(st.sampled_from(["accuracy", "latency"]), max_size=4))
        ]
        for g in service["guarantees"]:
            if g["level"]:
                g["level"] = draw(st.sampled_from(["99/100", "1/2", "999/1000"]))
        service["cost"] = [
            {"when": draw(formulas(GUARD)), "amount": draw(terms(NAMES))}
            for _ in range(draw(st.integers(0, 3)))
        ]
    for state in world.states:
        if draw(st.booleans()):
            state_values: Json = state["values"]
            del state_values["load"]
        calls = draw(st.sampled_from([0, 1, 7, 1000, 10**12]))
        state["history"] = {"calls": str(calls), "violations": str(draw(st.integers(0, calls)))}
    if draw(st.booleans()):
        world.states.pop()
    world.request["ensure"] = [
        on_metric(
            metric, draw(st.sampled_from(["<=", "<", ">=", ">"])), draw(terms([*NAMES, "env.load"]))
        )
        for metric in draw(st.lists(st.sampled_from(["accuracy", "latency"]), max_size=3))
    ]
    world.profile["performance"] = draw(st.sampled_from([[], ["latency"], ["accuracy", "latency"]]))
    world.profile["resolution"] = draw(st.sampled_from(["1", "1/7", "1/1000", "1/1000000"]))
    if draw(st.booleans()):
        draw_fields(draw, world)
    return world


def draw_fields(draw: st.DrawFn, world: World) -> None:
    """The objective of Eq. 1.1, controls, and measurements of some of them."""
    steps = int(1 / Fraction(world.profile["resolution"]))
    names = ("intent", "attention", "policy", "resonance", "cost", "risk", "latency")
    factors = st.sampled_from(["0", "1", "1/2", "7/3", "1000000"])
    weights = {name: draw(factors) for name in names}
    if set(weights.values()) == {"0"} or max(weights.values()) == "1000000":
        weights["attention"] = "1/7"
    weights = {
        name: "3" if text == "1000000" and steps > 1000 else text for name, text in weights.items()
    }
    listed = draw(st.sampled_from([[], ["calm"], ["bold"], ["calm", "bold"]]))
    controls = [{"name": name, "excitation": "2", "damping": "1/2"} for name in listed]
    world.profile |= {"objective": "eq1.1", "weights": weights, "controls": controls}
    term = st.integers(0, steps)

    def measured() -> Json:
        own: Json = {name: draw(term) for name in ("intent", "attention", "resonance")}
        named = draw(st.lists(st.sampled_from(["alpha", "beta", "nobody"]), unique=True))
        return {**own, "policy": {name: draw(term) for name in named}}

    present = draw(st.lists(st.sampled_from(["none", "calm", "bold"]), unique=True))
    world.measurements = measurements(terms={name: measured() for name in present})
    world.measurements["resolution"] = world.profile["resolution"]


@settings(max_examples=200, deadline=None)
@given(worlds())
def test_scores_are_those_of_the_page(world: World) -> None:
    question, loaded, _ = world.question()
    scores = Scores(question, Formulas(BUDGET, loaded.formulas))
    reference = Reference(world)
    states = {state["service"]: state for state in world.states}
    for entry, control in world.candidates(question.world):
        service = next(s for s in world.services if s["name"] == entry.service.name)
        expected = reference.score(service, states.get(entry.service.name), control)
        assert scores.of(entry, control) == expected


def test_an_impossible_request_scores_nothing() -> None:
    world = World()
    world.request["given"].append(["le", affine("9000", tokens="-1")])
    question, loaded, landscape = world.question()
    scores = Scores(question, Formulas(BUDGET, loaded.formulas))
    entries = loaded.get(parse(dump(landscape)), "landscape").entries
    assert [scores.of(entry, "none") for entry in entries] == [0, 0]


@pytest.mark.parametrize("budget", [1, 100])
def test_scoring_is_paid_for(budget: int) -> None:
    question, loaded, landscape = World().question()
    formulas = Formulas(budget, loaded.formulas)
    scores = Scores(question, formulas)
    entry = loaded.get(parse(dump(landscape)), "landscape").entries[0]
    codes = []
    for _ in range(9):
        try:
            scores.of(entry, "none")
        except Rejection as rejection:
            codes.append(rejection.code)
    assert codes
    assert set(codes) == {"budget"}
