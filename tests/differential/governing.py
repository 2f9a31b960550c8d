"""Worlds with constraints, controls, measured intervals and attested facts, under either objective."""

from dataclasses import replace
from fractions import Fraction
from random import Random

from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.routing.question import constraints_of
from tests.differential.measuring import measured
from tests.differential.worlds import Maker, World

FEW = 64


def governed(world: World) -> World:
    """The world of the same seed, with everything that steers a choice beside rules."""
    rng = Random(world.seed + 7)
    vocabulary = replace(
        world.question.vocabulary, measured=_fields(rng, world.question.vocabulary)
    )
    told = measured(replace(world, question=replace(world.question, vocabulary=vocabulary)))
    question, own = told.question, told.question.vocabulary
    profile = replace(
        question.profile,
        limits=replace(question.profile.limits, facts=("asserted", "attested")),
    )
    if rng.random() < 0.4:
        profile = replace(profile, weights=world.question.profile.weights)
    measurements = question.measurements
    if measurements is not None:
        measurements = replace(measurements, intervals=_intervals(rng, own))
    if profile.objective == "eq1.5" and rng.random() < 0.3:
        measurements = None
    question = replace(
        question,
        profile=profile,
        measurements=measurements,
        constraints=constraints_of(_Constraints(rng, own).all()),
    )
    if question.facts is not None and rng.random() < 0.5:
        facts = replace(question.facts, origin="attested")
        question = replace(question, facts=facts, attestation=attested(facts, question.at))
    return replace(told, question=question)


def attested(facts: d.Facts, at: int) -> d.Attestation:
    """What a node would say of facts; nobody signed it."""
    digest = "sha256:" + "7" * 64
    statement = d.Statement(
        algorithm="EdDSA",
        at=at,
        claims=("sub",),
        end=at + 1,
        facts=document_digest(facts),
        issuer="https://issuer.example",
        key=digest,
        kid="k",
        start=at,
        subject=digest,
        token=digest,
        vocabulary=facts.vocabulary,
    )
    return d.Attestation(facts.vocabulary, digest, "c2lnbmVk", statement)


def _fields(rng: Random, vocabulary: d.Vocabulary) -> tuple[d.Field, ...]:
    """Measured fields; a rational one only where the oracle need not mix it with another wide variable."""
    found = [d.Field("depth", d.IntType("1", 0, 4)), d.Field("seen", d.BoolType())]
    kinds = [field.type for part in ("request", "env") for field in vocabulary.fields(part)]
    if not any(_wide(kind) for kind in kinds):
        caution = d.Field("caution", d.RationalType("1", Fraction(0), Fraction(1)))
        found.append(caution if rng.random() < 0.5 else replace(caution, role="conductivity"))
    return tuple(found)


def _wide(kind: d.Type) -> bool:
    match kind:
        case d.RationalType() | d.InstantType():
            return True
        case d.IntType(_, lower, upper):
            return upper - lower >= FEW
    return False


def _intervals(
    rng: Random, vocabulary: d.Vocabulary
) -> tuple[tuple[str, tuple[Fraction, Fraction]], ...]:
    ends: dict[str, tuple[Fraction, Fraction]] = {}
    for field in vocabulary.measured:
        if not isinstance(field.type, d.BoolType) and rng.random() < 0.7:
            top = 4 if isinstance(field.type, d.IntType) else 1
            low, high = sorted(rng.randint(0, 4) for _ in range(2))
            ends[field.name] = Fraction(low * top, 4), Fraction(high * top, 4)
    return tuple(sorted(ends.items()))


class _Constraints:
    """Draws constraints over everything that may occur in them."""

    def __init__(self, rng: Random, vocabulary: d.Vocabulary) -> None:
        self.rng = rng
        self.vocabulary = vocabulary
        self.maker = Maker(rng, vocabulary)
        draw = self.maker.draw
        choices = ["choice.route", *(["choice.control"] if vocabulary.controls else [])]
        known = [f"measured.{field.name}" for field in vocabulary.measured]
        self.condition = (*draw.everything, *known, *choices, *choices)

    def all(self) -> list[d.Constraint]:
        """Some constraints of each subject."""
        named = [
            ("z", "safety"),
            ("a", "safety"),
            ("p", "policy"),
            ("É", "traits"),
            ("t", "traits"),
        ]
        return [self._one(name, of) for name, of in named if self.rng.random() < 0.5]

    def _one(self, name: str, of: str) -> d.Constraint:
        draw = self.maker.draw
        when = draw.formula(self.condition) if self.rng.random() < 0.7 else t.TRUE
        then = tuple(self._atom() for _ in range(self.rng.choice([1, 1, 2])))
        return d.Constraint(self.maker.digest, name, of, when, then)

    def _atom(self) -> t.Atom:
        if self.rng.random() < 0.2:
            name = self.rng.choice(self.vocabulary.capabilities)
            return t.OnCapability(name, not self.maker.odd(0.3))
        if self.rng.random() < 0.2:
            atom = self.maker.atom()
            if isinstance(atom, t.OnAttribute | t.OnCapability):
                return atom
        return self._expression()

    def _expression(self) -> t.OnExpression:
        """A sum of quantities each scaled to about 0 to 1, of which the constant leaves most below 0."""
        terms, most = t.Affine(Fraction(0)), Fraction(0)
        for name, low, high in self._quantities():
            factor = self.rng.choice([Fraction(1), Fraction(1), Fraction(2, 3), Fraction(-1)])
            width = high - low or Fraction(1)
            terms = terms.plus(t.Affine.of(-low * factor / width, {name: factor / width}))
            most += max(factor, Fraction(0))
        slack = self.rng.choice([Fraction(1), Fraction(1), Fraction(0), Fraction(1, 2)])
        if self.maker.odd(0.6):
            slack = self.rng.choice([Fraction(-1, 4), Fraction(-1)])
        relation = t.Relation.LT if self.rng.random() < 0.3 else t.Relation.LE
        return t.OnExpression(relation, terms.plus(t.Affine(-most + Fraction(1, 2) - slack)))

    def _quantities(self) -> list[tuple[str, Fraction, Fraction]]:
        own, rng, draw = self.vocabulary, self.rng, self.maker.draw
        found = [
            (f"metric.{metric.name}", metric.lower, metric.upper)
            for metric in rng.sample(own.metrics, min(len(own.metrics), rng.choice([0, 1, 1, 2])))
        ]
        if own.cost is not None and rng.random() < 0.35:
            found.append(("cost", Fraction(0), own.cost.upper))
        numeric = (d.IntType, d.RationalType, d.InstantType)
        attributes = [field for field in own.attributes if isinstance(field.type, numeric)]
        if attributes and rng.random() < 0.3:
            field = rng.choice(attributes)
            found.append((f"service.{field.name}", *draw.range(field.type)))
        for origin in ("request", "fact", "measured"):
            for field in own.fields(origin):
                if isinstance(field.type, numeric) and rng.random() < 0.3:
                    found.append((f"{origin}.{field.name}", *draw.range(field.type)))
                elif (
                    isinstance(field.type, d.SetType)
                    and origin != "measured"
                    and rng.random() < 0.2
                ):
                    found.append((f"count({origin}.{field.name})", Fraction(0), Fraction(3)))
        return found
