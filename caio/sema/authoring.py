"""Authoring JSON to the syntax tree, so that one lowering serves text and tools alike.

Every string of the file becomes a source of its own, named ``file#services[0].assumes[1]``: a diagnostic about an
expression names the JSON path, and its caret points into the string.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from caio.base.spans import Source, Span
from caio.ir import reader
from caio.ir.reader import DecodeError
from caio.sema import authoring_models as m
from caio.sema import codes
from caio.sema.authoring_vocabulary import VocabularyConverter
from caio.sema.places import json_span
from caio.sema.report import Report, shown
from caio.syntax import tree


def read_authoring(source: Source, report: Report) -> tuple[tree.Declaration, ...]:
    """The declarations of a file of authoring JSON; reports what is wrong with its shape."""
    try:
        value = reader.parse_json(source.text.encode())
        model = m.Authoring.model_validate(value)
    except DecodeError as error:
        report.add(codes.BAD_JSON, source.span(0, 0), f"`{shown(source.name)}` is {error}")
        return ()
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_context=False, include_input=False):
            _report(problem["loc"], problem["msg"], source, report)
        return ()
    return tuple(_Converter(source, report).file(model))


def _report(steps: Sequence[str | int], message: str, source: Source, report: Report) -> None:
    """A violation of the shape; steps that name an alternative of a union are no part of the path."""
    path = ""
    span = source.span(0, 0)
    for step in steps:
        longer = path + (f"[{step}]" if isinstance(step, int) else f".{step}")
        found = json_span(source, longer)
        if found is not None:
            path, span = longer, Span(source, found.start, min(found.end, found.start + 80))
    place = path.removeprefix(".") or "the file"
    missing = f" `{steps[-1]}`" if message == "Field required" else ""
    text = message[:1].lower() + message[1:]
    report.add(codes.BAD_JSON, span, f"`{shown(place)}`: {text}{missing}")


class _Converter(VocabularyConverter):
    def file(self, model: m.Authoring) -> list[tree.Declaration]:
        found: list[tree.Declaration] = []
        if model.uses is not None:
            found.append(tree.Uses(self.name(model.uses, "uses"), self.span("uses")))
        for index, vocabulary in enumerate(model.vocabularies):
            found.append(self.vocabulary(vocabulary, f"vocabularies[{index}]"))
        for index, service in enumerate(model.services):
            found.append(self.service(service, f"services[{index}]"))
        for index, overlay in enumerate(model.overlays):
            found.append(self.overlay(overlay, f"overlays[{index}]"))
        for section, rules in (("rules", model.rules), ("invariants", model.invariants)):
            for index, rule in enumerate(rules):
                found.append(self.rule(rule, f"{section}[{index}]", invariant=section != "rules"))
        for index, constraint in enumerate(model.constraints):
            found.append(self.constraint(constraint, f"constraints[{index}]"))
        for index, request in enumerate(model.requests):
            found.append(self.request(request, f"requests[{index}]"))
        for index, group in enumerate(model.classes):
            found.append(self.group(group, f"classes[{index}]"))
        for index, prop in enumerate(model.properties):
            found += self.property(prop, f"properties[{index}]")
        for index, profile in enumerate(model.profiles):
            found.append(self.profile(profile, f"profiles[{index}]"))
        for index, facts in enumerate(model.facts):
            found.append(self.facts(facts, f"facts[{index}]"))
        for index, state in enumerate(model.states):
            found.append(self.state(state, f"states[{index}]"))
        return found

    def service(self, model: m.Service, path: str) -> tree.Service:
        return tree.Service(
            name=self.name(model.name, f"{path}.name"),
            version=self.version(model.version, f"{path}.version"),
            attributes=self.assignments(model.attributes, f"{path}.is"),
            capabilities=self.names(model.provides, f"{path}.provides"),
            assumes=self.exprs(model.assumes, f"{path}.assumes"),
            guarantees=self.guarantees(model.guarantees, f"{path}.guarantees"),
            cost=self.cost(model.cost, f"{path}.cost"),
            permits=self.permits(model.permits, f"{path}.permits"),
            route=self.maybe_name(model.route, f"{path}.route"),
            api=self.api(model.api, f"{path}.api"),
            span=self.span(path),
        )

    def guarantees(self, texts: Sequence[str], path: str) -> tuple[tree.Guarantee, ...]:
        found = [self.parse(text, f"{path}[{i}]", "guarantee") for i, text in enumerate(texts)]
        return tuple(guarantee for guarantee in found if guarantee is not None)

    def cost(self, model: str | list[m.CostCase] | None, path: str) -> tree.Cost | None:
        if model is None:
            return None
        cases = []
        if isinstance(model, str):
            amount = self.expr(model, path)
            if amount is not None:
                cases.append(tree.CostCase(None, amount, amount.span))
            # An amount in error is reported already; a price without a case would be another error.
            return tree.Cost(tuple(cases), False, self.span(path)) if cases else None
        for index, case in enumerate(model):
            place = f"{path}[{index}]"
            when = self.expr(case.when, f"{place}.when")
            amount = self.expr(case.amount, f"{place}.amount")
            if amount is not None and (when is not None or case.when is None):
                cases.append(tree.CostCase(when, amount, self.span(place)))
        if model and not cases:
            return None
        return tree.Cost(tuple(cases), True, self.span(path))

    def permits(self, model: m.Permits | None, path: str) -> tree.Permits | None:
        if model is None:
            return None
        return tree.Permits(
            mode=model.mode,
            permissions=self.names(model.permissions, f"{path}.permissions"),
            trust=self.quantity(model.trust, f"{path}.trust"),
            zones=None if model.zones is None else self.names(model.zones, f"{path}.zones"),
            span=self.span(path),
        )

    def api(self, model: m.Api | None, path: str) -> tree.Api | None:
        if model is None:
            return None
        schema = model.response_schema
        return tree.Api(
            self.name(model.protocol, f"{path}.protocol"),
            self.text(model.endpoint, f"{path}.endpoint"),
            None if schema is None else self.text(schema, f"{path}.response_schema"),
            self.span(path),
        )

    def overlay(self, model: m.Overlay, path: str) -> tree.Overlay:
        return tree.Overlay(
            service=self.name(model.service, f"{path}.service"),
            version=self.version(model.version, f"{path}.version"),
            origin=self.name(model.origin, f"{path}.origin"),
            attributes=self.assignments(model.attributes, f"{path}.is"),
            guarantees=self.guarantees(model.guarantees, f"{path}.guarantees"),
            span=self.span(path),
        )

    def atoms(self, texts: Sequence[str], path: str) -> tuple[tree.Atom, ...]:
        found = [self.parse(text, f"{path}[{i}]", "atom") for i, text in enumerate(texts)]
        return tuple(atom for atom in found if atom is not None)

    def rule(self, model: m.Rule, path: str, *, invariant: bool) -> tree.Rule:
        return tree.Rule(
            name=self.name(model.name, f"{path}.name"),
            invariant=invariant,
            priority=self.quantity(model.priority, f"{path}.priority"),
            when=self.expr(model.when, f"{path}.when"),
            then=self.atoms(model.then, f"{path}.then"),
            span=self.span(path),
        )

    def constraint(self, model: m.Constraint, path: str) -> tree.Constraint:
        return tree.Constraint(
            name=self.name(model.name, f"{path}.name"),
            subject=self.name(model.of, f"{path}.of"),
            when=self.expr(model.when, f"{path}.when"),
            then=self.atoms(model.then, f"{path}.then"),
            span=self.span(path),
        )

    def request(self, model: m.Request, path: str) -> tree.Request:
        nominal = None
        if model.nominal is not None:
            nominal = self.assignments(model.nominal, f"{path}.nominal")
        return tree.Request(
            name=self.name(model.name, f"{path}.name"),
            caller=self.maybe_name(model.caller, f"{path}.caller"),
            needs=self.needs(model.needs, f"{path}.needs"),
            given=self.exprs(model.given, f"{path}.given"),
            ensure=self.atoms(model.ensure, f"{path}.ensure"),
            budget=self.quantity(model.budget, f"{path}.budget"),
            deadline=self.quantity(model.deadline, f"{path}.deadline"),
            nominal=nominal,
            span=self.span(path),
        )

    def group(self, model: m.Class, path: str) -> tree.Class:
        return tree.Class(
            name=self.name(model.name, f"{path}.name"),
            needs=self.needs(model.needs, f"{path}.needs"),
            given=self.exprs(model.given, f"{path}.given"),
            facts=self.exprs(model.facts, f"{path}.facts"),
            ensure=self.atoms(model.ensure, f"{path}.ensure"),
            budget=self.quantity(model.budget, f"{path}.budget"),
            deadline=self.quantity(model.deadline, f"{path}.deadline"),
            span=self.span(path),
        )

    def property(self, model: m.Property, path: str) -> list[tree.Property]:
        """The property, if its claim could be read."""
        claim = self.claim(model, path)
        name = self.name(model.name, f"{path}.name")
        return [] if claim is None else [tree.Property(name, claim, self.span(path))]

    def claim(self, model: m.Property, path: str) -> tree.PropertyClaim | None:
        match model:
            case m.NeverProperty(never=text):
                condition = self.expr(text, f"{path}.never")
                return None if condition is None else tree.Never(condition, condition.span)
            case m.AlwaysProperty(always=always):
                place = f"{path}.always"
                count = self.fragment(f"{place}.at_least", str(always.at_least))
                return tree.Always(
                    tree.Number(count.text, count.span()),
                    self.name(always.group, f"{place}.class"),
                    self.span(place),
                )
            case m.ImplyProperty(rules=rules, imply=others):
                return tree.Implication(
                    self.named_rules(rules, f"{path}.rules"),
                    self.named_rules(others, f"{path}.imply"),
                    False,
                    self.span(path),
                )
            case m.EquivalentProperty(rules=rules, equivalent_to=others):
                return tree.Implication(
                    self.named_rules(rules, f"{path}.rules"),
                    self.named_rules(others, f"{path}.equivalent_to"),
                    True,
                    self.span(path),
                )

    def named_rules(
        self, models: Sequence[str | m.NamedRule], path: str
    ) -> tuple[tree.NamedRule, ...]:
        found = []
        for index, model in enumerate(models):
            place = f"{path}[{index}]"
            if isinstance(model, str):
                name = self.name(model, place)
                found.append(tree.NamedRule(name, None, name.span))
            else:
                name = self.name(model.name, f"{place}.name")
                found.append(tree.NamedRule(name, model.kind, self.span(place)))
        return tuple(found)

    def needs(self, models: Sequence[str | m.AnyOf], path: str) -> tuple[tree.Need, ...]:
        return tuple(self.need(model, f"{path}[{i}]") for i, model in enumerate(models))

    def need(self, model: str | m.AnyOf, path: str) -> tree.Need:
        if isinstance(model, str):
            name = self.name(model, path)
            return tree.Need((name,), name.span)
        return tree.Need(self.names(model.any_of, f"{path}.any_of"), self.span(path))

    def profile(self, model: m.Profile, path: str) -> tree.Profile:
        weights = []
        for name, value in model.weights.items():
            place = f"{path}.weights.{name}"
            expr = self.quantity(value, place)
            if expr is not None:
                weights.append(tree.Weight(self.name(name, place), expr, expr.span))
        pins = []
        for name, version in model.pins.items():
            place = f"{path}.pins.{name}"
            pin = tree.Pin(self.name(name, place), self.version(version, place), self.span(place))
            pins.append(pin)
        return tree.Profile(
            name=self.name(model.name, f"{path}.name"),
            objective=self.maybe_name(model.objective, f"{path}.objective"),
            weights=tuple(weights),
            signals=self.signals(model.controls, f"{path}.controls"),
            resolution=self.quantity(model.resolution, f"{path}.resolution"),
            performance=self.names(model.performance, f"{path}.performance"),
            limits=self.limits(model.limits, f"{path}.limits"),
            optimality=model.optimality,
            pins=tuple(pins),
            span=self.span(path),
        )

    def signals(self, models: Mapping[str, m.Control], path: str) -> tuple[tree.Signal, ...]:
        return tuple(
            tree.Signal(
                self.name(name, f"{path}.{name}"),
                self.quantity(model.excite, f"{path}.{name}.excite"),
                self.quantity(model.damp, f"{path}.{name}.damp"),
                self.span(f"{path}.{name}"),
            )
            for name, model in models.items()
        )

    def limits(self, model: m.Limits | None, path: str) -> tree.Limits | None:
        if model is None:
            return None
        return tree.Limits(
            available=self.exprs(model.available, f"{path}.available"),
            routing_allowance=self.quantity(model.routing_allowance, f"{path}.routing_allowance"),
            facts=self.names(model.facts, f"{path}.facts"),
            solver_units=self.quantity(model.solver_units, f"{path}.solver_units"),
            span=self.span(path),
        )

    def facts(self, model: m.Facts, path: str) -> tree.Facts:
        return tree.Facts(
            self.name(model.name, f"{path}.name"),
            self.maybe_name(model.origin, f"{path}.origin"),
            self.assignments(model.values, f"{path}.values"),
            self.span(path),
        )

    def state(self, model: m.State, path: str) -> tree.State:
        return tree.State(
            service=self.name(model.service, f"{path}.service"),
            version=self.version(model.version, f"{path}.version"),
            values=self.assignments(model.values, f"{path}.values"),
            calls=self.quantity(model.calls, f"{path}.calls"),
            violations=self.quantity(model.violations, f"{path}.violations"),
            span=self.span(path),
        )
