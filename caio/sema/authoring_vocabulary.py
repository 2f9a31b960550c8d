"""Vocabularies of authoring JSON to the syntax tree: enumerations, metrics, fields and their types."""

# ruff: noqa: D102 - each method makes the part of the tree that it is named after

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from caio.sema import authoring_models as m
from caio.sema import codes
from caio.sema.authoring_leaves import Leaves
from caio.sema.report import shown
from caio.syntax import tree


class VocabularyConverter(Leaves):
    """Makes the vocabulary's part of the tree."""

    def vocabulary(self, model: m.Vocabulary, path: str) -> tree.Vocabulary:
        cost = None
        if model.cost is not None:
            low = self.quantity(model.cost.low, f"{path}.cost.low")
            high = self.quantity(model.cost.high, f"{path}.cost.high")
            if low is not None and high is not None:
                cost = tree.CostRange(low, high, self.span(f"{path}.cost"))
        return tree.Vocabulary(
            name=self.name(model.name, f"{path}.name"),
            enums=tuple(
                tree.Enum(
                    self.name(enum.name, f"{path}.enums[{i}].name"),
                    self.members(enum.members, f"{path}.enums[{i}].members"),
                    self.span(f"{path}.enums[{i}]"),
                )
                for i, enum in enumerate(model.enums)
            ),
            units=self.names(model.units, f"{path}.units"),
            capabilities=self.names(model.capabilities, f"{path}.capabilities"),
            controls=self.names(model.controls, f"{path}.controls"),
            metrics=tuple(
                self.metric(metric, f"{path}.metrics[{i}]")
                for i, metric in enumerate(model.metrics)
            ),
            cost=cost,
            request=self.fields(model.request, f"{path}.request"),
            facts=self.fields(model.facts, f"{path}.facts"),
            environment=(),
            per_service=self.fields(model.per_service, f"{path}.per_service"),
            measured=self.fields(model.measured, f"{path}.measured"),
            attributes=self.fields(model.attributes, f"{path}.attributes"),
            span=self.span(path),
        )

    def members(self, members: Sequence[str | m.Member], path: str) -> tuple[tree.Member, ...]:
        found = []
        for index, member in enumerate(members):
            place = f"{path}[{index}]"
            if isinstance(member, str):
                found.append(tree.Member(self.name(member, place), False, self.span(place)))
            else:
                name = self.name(member.name, f"{place}.name")
                found.append(tree.Member(name, member.sensitive, self.span(place)))
        return tuple(found)

    def metric(self, model: m.Metric, path: str) -> tree.Metric:
        level = None
        if model.quantile is not None:
            found = self.expr(model.quantile, f"{path}.quantile")
            if isinstance(found, tree.Quantity) and found.unit is None and found.per_unit is None:
                level = found.number
            elif found is not None:
                message = f"`{shown(model.quantile)}` is not a plain number such as `0.99`"
                self.report.add(codes.BAD_LEVEL, found.span, message)
        statistic: Literal["expected", "quantile"] = (
            "expected" if model.quantile is None else "quantile"
        )
        return tree.Metric(
            name=self.name(model.name, f"{path}.name"),
            type=self.named(model.type, f"{path}.type"),
            better=model.better,
            statistic=statistic,
            level=level,
            sequence=self.maybe_name(model.sequence, f"{path}.sequence"),
            parallel=self.maybe_name(model.parallel, f"{path}.parallel"),
            role=self.maybe_name(model.role, f"{path}.role"),
            span=self.span(path),
        )

    def fields(self, models: Sequence[m.VocabularyField], path: str) -> tuple[tree.Field, ...]:
        found = []
        for index, model in enumerate(models):
            place = f"{path}[{index}]"
            default = None
            if model.default is not None:
                default = self.constant(model.default, f"{place}.default")
            found.append(
                tree.Field(
                    self.name(model.name, f"{place}.name"),
                    self.type(model.type, f"{place}.type"),
                    default,
                    self.maybe_name(model.role, f"{place}.role"),
                    self.span(place),
                )
            )
        return tuple(found)

    def type(self, model: m.Type, path: str) -> tree.Type:
        if isinstance(model, m.SetType):
            inner = model.set_of
            place = f"{path}.set_of"
            element = (
                self.named(inner, place)
                if isinstance(inner, str)
                else tree.InlineEnum(self.members(inner, place), self.span(place))
            )
            return tree.SetOf(element, self.span(path))
        if isinstance(model, m.InlineEnum):
            return tree.InlineEnum(self.members(model.members, f"{path}.members"), self.span(path))
        return self.named(model, path)

    def named(self, model: str | m.NamedType, path: str) -> tree.NamedType:
        if isinstance(model, str):
            name = self.name(model, path)
            return tree.NamedType(name, None, None, name.span)
        low = self.quantity(model.low, f"{path}.low")
        high = self.quantity(model.high, f"{path}.high")
        name = self.name(model.name, f"{path}.name")
        if low is None or high is None:
            low = high = None
        return tree.NamedType(name, low, high, name.span)
