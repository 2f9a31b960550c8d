"""What verified claims become: values of the vocabulary's facts, as an operator declared.

A claim grants nothing by itself. Only what stands in the declaration becomes a fact, with the exact type and within the
range of its field; everything else in a token is ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from caio.base.instants import INSTANT_MAX, INSTANT_MIN
from caio.ir import documents as d
from caio.security.declarations import Fixed, FromClaim
from caio.security.notation import Object
from caio.security.refusal import Refusal, RefusedError
from caio.security.tokens import MICROSECONDS

Values: TypeAlias = tuple[tuple[str, d.Value], ...]


@dataclass(frozen=True, slots=True)
class Mapped:
    """The facts of a caller, and the claims that stated them (as paths joined by dots), both in order."""

    values: Values
    claims: tuple[str, ...]


class ClaimMapping:
    """The declared way from claims to facts of one vocabulary."""

    __slots__ = ("_fixed", "_rules", "_vocabulary")

    def __init__(self, vocabulary: d.Vocabulary, rules: list[FromClaim | Fixed]) -> None:
        """Hold the declaration against the vocabulary.

        Raises:
            RefusedError: ``declaration``: a fact or member that the vocabulary lacks, or a rule that does not fit its type.
        """
        self._vocabulary = vocabulary
        self._rules: list[tuple[FromClaim, d.Field]] = []
        fixed: dict[str, d.Value] = {}
        fields = {field.name: field for field in vocabulary.facts}
        seen: set[str] = set()
        for index, rule in enumerate(rules):
            place = f"facts.{index}"
            field = fields.get(rule.fact)
            if field is None:
                raise _wrong(f"{place}.fact", f"the vocabulary declares no fact `{rule.fact[:60]}`")
            if rule.fact in seen:
                raise _wrong(f"{place}.fact", f"the fact `{rule.fact}` is declared twice")
            seen.add(rule.fact)
            if isinstance(rule, Fixed):
                fixed[rule.fact] = self._constant(field, rule, f"{place}.fixed")
            else:
                self._fits(field, rule, place)
                self._rules.append((rule, field))
        self._fixed = fixed

    def apply(self, claims: Object) -> Mapped:
        """The facts that these claims state.

        Raises:
            RefusedError: one of the codes ``claim-…``; the place is the declared path.
        """
        values = dict(self._fixed)
        used = []
        for rule, field in self._rules:
            place = ".".join(rule.claim)
            found, claim = _lookup(claims, rule.claim)
            if not found:
                if rule.absent == "refuse":
                    raise RefusedError(Refusal.CLAIM_MISSING, f"claims.{place}")
                continue
            values[field.name] = self._value(field, rule, claim, f"claims.{place}")
            used.append(place)
        return Mapped(tuple(sorted(values.items())), tuple(sorted(used)))

    def granted(self, fact: str) -> tuple[str, ...]:
        """The members that a fact over an enumeration may be given, in the enumeration's order."""
        field = next((item for item in self._vocabulary.facts if item.name == fact), None)
        if field is None or not isinstance(field.type, d.EnumType | d.SetType):
            raise _wrong(fact[:60], "it is no fact over an enumeration")
        names = self._vocabulary.enum(field.type.enum).names()
        granted: set[str] = set()
        if fact in self._fixed:
            value = self._fixed[fact]
            granted = set(value) if isinstance(value, tuple) else {str(value)}
        for rule, mapped in self._rules:
            if mapped.name == fact:
                granted = set(names if rule.members is None else rule.members.values())
        return tuple(name for name in names if name in granted)

    def states(self, fact: str) -> bool:
        """Whether every token of the issuer that is accepted states a fact; otherwise it may be left open."""
        return fact in self._fixed or any(
            field.name == fact and rule.absent == "refuse" for rule, field in self._rules
        )

    def _fits(self, field: d.Field, rule: FromClaim, place: str) -> None:
        kind = field.type
        if not isinstance(kind, d.SetType) and rule.form != "list":
            raise _wrong(f"{place}.form", "only a set is made of words")
        if not isinstance(kind, d.SetType) and rule.unknown != "refuse":
            raise _wrong(f"{place}.unknown", "only a set can drop what it does not know")
        if rule.members is None:
            return
        if not isinstance(kind, d.EnumType | d.SetType):
            raise _wrong(f"{place}.members", "only a fact over an enumeration has members")
        strangers = sorted(set(rule.members.values()) - {*self._vocabulary.enum(kind.enum).names()})
        if strangers:
            raise _wrong(f"{place}.members", f"`{kind.enum}` has no member `{strangers[0][:60]}`")

    def _constant(self, field: d.Field, rule: Fixed, place: str) -> d.Value:
        """The value that a declaration fixes, read as a claim of the same type would be."""
        plain = FromClaim(fact=rule.fact, claim=[rule.fact])
        try:
            return self._value(field, plain, rule.fixed, place)
        except RefusedError:
            detail = f"it is no value of the fact `{field.name}`: see its type and range"
            raise _wrong(place, detail) from None

    def _value(self, field: d.Field, rule: FromClaim, claim: object, place: str) -> d.Value:
        match field.type:
            case d.SetType(enum):
                texts = _texts(claim, rule.form, place)
                members = [self._member(enum, rule, text, place) for text in texts]
                return tuple(
                    name for name in self._vocabulary.enum(enum).names() if name in members
                )
            case d.EnumType(enum):
                member = self._member(enum, rule, _text(claim, place), place)
                if member is None:
                    raise RefusedError(Refusal.CLAIM_MEMBER, place)
                return member
            case d.BoolType():
                if type(claim) is not bool:
                    raise RefusedError(Refusal.CLAIM_TYPE, place)
                return claim
            case d.IntType(_, lower, upper):
                if type(claim) is not int:
                    raise RefusedError(Refusal.CLAIM_TYPE, place)
                return _within(Fraction(claim), Fraction(lower), Fraction(upper), place)
            case d.RationalType(_, low, high):
                return _within(_number(claim, place), low, high, place)
            case d.InstantType():
                micros = _number(claim, place) * MICROSECONDS
                if micros.denominator != 1:
                    raise RefusedError(Refusal.CLAIM_RANGE, place)
                return _within(micros, Fraction(INSTANT_MIN), Fraction(INSTANT_MAX), place)

    def _member(self, enum: str, rule: FromClaim, text: str, place: str) -> str | None:
        """The member that a text means, or None where it is to be dropped."""
        names = self._vocabulary.enum(enum).names()
        meaning = {name: name for name in names} if rule.members is None else rule.members
        if text in meaning:
            return meaning[text]
        if rule.unknown == "drop":
            return None
        raise RefusedError(Refusal.CLAIM_MEMBER, place)


def _lookup(claims: Object, path: list[str]) -> tuple[bool, object]:
    """Whether there is a claim at this path, and the claim; ``null`` is a claim like any other."""
    value: object = claims
    for step in path:
        if not isinstance(value, dict) or step not in value:
            return False, None
        value = value[step]
    return True, value


def _texts(claim: object, form: str, place: str) -> list[str]:
    if form == "words":
        text = _text(claim, place)
        words = text.split(" ") if text else []
        if not all(words):
            raise RefusedError(Refusal.CLAIM_TYPE, place)
        return words
    if type(claim) is not list:
        raise RefusedError(Refusal.CLAIM_TYPE, place)
    return [_text(item, place) for item in claim]


def _text(claim: object, place: str) -> str:
    if type(claim) is not str:
        raise RefusedError(Refusal.CLAIM_TYPE, place)
    return claim


def _number(claim: object, place: str) -> Fraction:
    if isinstance(claim, bool) or not isinstance(claim, int | Fraction):
        raise RefusedError(Refusal.CLAIM_TYPE, place)
    return Fraction(claim)


def _within(
    value: Fraction, lower: Fraction | None, upper: Fraction | None, place: str
) -> Fraction:
    if (lower is not None and value < lower) or (upper is not None and value > upper):
        raise RefusedError(Refusal.CLAIM_RANGE, place)
    return value


def _wrong(place: str, detail: str) -> RefusedError:
    return RefusedError(Refusal.DECLARATION, place, detail)
