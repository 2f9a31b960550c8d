"""The algebra of transforms, projectors and encoders: each stated law, on drawn fields."""

from __future__ import annotations

import hashlib
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caio.base.errors import InputError
from caio.fields.arrays import ComplexArray, Field, FieldError, energies
from caio.fields.encoding import Encoder
from caio.fields.modes import modes
from caio.fields.projectors import Projector, high_pass, low_pass
from caio.fields.transform import blocks, spectrum, synthesis, transform_ulps
from tests.fields import oracle
from tests.fields.draw import LENGTHS, arrays

UNIT = 2.0**-53
CUTOFFS = st.fractions(0, Fraction(1, 2), max_denominator=40)


def norm(values: ComplexArray) -> float:
    return float(np.sqrt(energies(np.atleast_2d(values))[0]))


def close(left: ComplexArray, right: ComplexArray, ulps: int, size: float) -> bool:
    """Whether two arrays differ by at most so many units of a size, in norm."""
    difference = norm((left - right) / size)
    return difference <= ulps * UNIT


def dot(left: ComplexArray, right: ComplexArray) -> complex:
    return complex(np.vdot(left, right))


@st.composite
def two_arrays(draw: st.DrawFn) -> tuple[ComplexArray, ComplexArray]:
    length = draw(LENGTHS)
    return draw(arrays(length)), draw(arrays(length))


@st.composite
def projected(draw: st.DrawFn) -> tuple[Projector, ComplexArray, ComplexArray]:
    left, right = draw(two_arrays())
    mask = draw(st.lists(st.booleans(), min_size=left.size, max_size=left.size))
    return Projector(np.array(mask)), left, right


@st.composite
def encoded(draw: st.DrawFn) -> tuple[Encoder, ComplexArray, ComplexArray]:
    """An encoder, a source and a field."""
    length = draw(LENGTHS)
    mask = np.array(draw(st.lists(st.booleans(), min_size=length, max_size=length)))
    mask[draw(st.integers(0, length - 1))] = True
    source = draw(LENGTHS.filter(lambda n: n <= mask.sum()))
    name = draw(st.sampled_from(["intent", "context", "Ψ", "a b"]))
    return Encoder(name, source, Projector(mask)), draw(arrays(source)), draw(arrays(length))


class TestTransform:
    @given(LENGTHS.flatmap(arrays))
    def test_is_what_its_definition_says_within_its_bound(self, values: ComplexArray) -> None:
        truth = oracle.transform(oracle.exact(values))
        found = [(Fraction(v.real), Fraction(v.imag)) for v in spectrum(values).tolist()]
        scale = oracle.root(Fraction(values.size))
        off = sum(
            (
                (a - b / scale) ** 2
                for pair in zip(found, truth, strict=True)
                for a, b in zip(*pair, strict=True)
            ),
            Fraction(0),
        )
        allowed = Fraction(transform_ulps(values.size), 2**53) ** 2
        assert off <= allowed * oracle.energy(oracle.exact(values))

    @given(two_arrays())
    def test_is_unitary(self, both: tuple[ComplexArray, ComplexArray]) -> None:
        left, right = both
        ulps = 2 * transform_ulps(left.size) + 4 * left.size
        size = norm(left) * norm(right)
        assert abs(norm(spectrum(left)) / norm(left) - 1) <= ulps * UNIT
        assert abs(dot(spectrum(left), spectrum(right)) - dot(left, right)) <= ulps * UNIT * size
        assert abs(dot(spectrum(left), right) - dot(left, synthesis(right))) <= ulps * UNIT * size
        assert close(synthesis(spectrum(left)), left, ulps, norm(left))

    @pytest.mark.parametrize("length", [13, 26, 1009, 2**20 + 1, 0, -4])
    def test_refuses_lengths_without_a_bound(self, length: int) -> None:
        with pytest.raises(InputError, match=f"a transform of length {length}"):
            transform_ulps(length)

    def test_suggests_a_length(self) -> None:
        with pytest.raises(InputError, match=r"1022 = … × 73, expected .* such as 1024"):
            transform_ulps(1022)

    @given(st.integers(1, 500), st.sampled_from([1, 7, 1024, 2**20]))
    def test_blocks_cover_each_row_once(self, count: int, dimension: int) -> None:
        rows = [row for block in blocks(count, dimension) for row in range(count)[block]]
        assert rows == list(range(count))


class TestProjector:
    @given(projected())
    def test_is_idempotent(self, drawn: tuple[Projector, ComplexArray, ComplexArray]) -> None:
        projector, values, _ = drawn
        once = projector.apply(values)
        assert close(projector.apply(once), once, 4 * projector.ulps, norm(values))

    @given(projected())
    def test_is_self_adjoint(self, drawn: tuple[Projector, ComplexArray, ComplexArray]) -> None:
        projector, left, right = drawn
        difference = dot(projector.apply(left), right) - dot(left, projector.apply(right))
        allowed = (4 * projector.ulps + 8 * left.size) * UNIT
        assert abs(difference) <= allowed * norm(left) * norm(right)

    @given(projected())
    def test_and_its_complement_share_field_and_energy(
        self, drawn: tuple[Projector, ComplexArray, ComplexArray]
    ) -> None:
        projector, values, _ = drawn
        passed, stopped = projector.apply(values), projector.complement().apply(values)
        ulps = 6 * projector.ulps + 8 * values.size
        assert close(passed + stopped, values, ulps, norm(values))
        parts = (norm(passed) / norm(values)) ** 2 + (norm(stopped) / norm(values)) ** 2
        assert abs(parts - 1) <= ulps * UNIT
        assert abs(dot(passed, stopped)) <= ulps * UNIT * norm(values) ** 2
        # What one lets pass, the other stops.
        assert norm(projector.complement().apply(passed)) <= ulps * UNIT * norm(values)

    @given(LENGTHS, CUTOFFS)
    def test_cutoffs_are_compared_exactly(self, length: int, cutoff: Fraction) -> None:
        low, high = low_pass(length, cutoff), high_pass(length, cutoff)
        for k in range(length):
            frequency = Fraction(min(k, length - k), length)
            assert low.mask[k] == (frequency <= cutoff)
            assert high.mask[k] == (frequency > cutoff)
        assert low.width + high.width == length
        # A negative frequency passes iff the positive one does.
        assert (low.mask[1:] == low.mask[1:][::-1]).all()

    def test_a_cutoff_on_a_bin_keeps_it_low(self) -> None:
        # 3/10 has no float: 0.3 * 10 < 3 would move the bin to the other side.
        assert low_pass(10, Fraction(3, 10)).width == 7
        assert low_pass(10, Fraction(299999999999999999, 10**18)).width == 5

    @pytest.mark.parametrize("cutoff", [Fraction(-1, 9), Fraction(2, 3), 0.25, "1/4", None])
    def test_refuses_cutoffs_that_are_none(self, cutoff: Fraction) -> None:
        with pytest.raises(InputError, match="expected a `Fraction` from 0 to 1/2"):
            low_pass(8, cutoff)
        with pytest.raises(InputError, match="expected a `Fraction` from 0 to 1/2"):
            high_pass(8, cutoff)

    @pytest.mark.parametrize(
        "mask", [[True], np.ones(4), np.ones((2, 2), dtype=bool), np.ones(0, dtype=bool)]
    )
    def test_refuses_masks_that_are_none(self, mask: np.ndarray) -> None:
        with pytest.raises(InputError):
            Projector(mask)

    def test_refuses_arrays_of_another_dimension(self) -> None:
        with pytest.raises(InputError, match=r"shape \(3,\) meets a projector of dimension 4"):
            low_pass(4, Fraction(0)).apply(np.ones(3, dtype=np.complex128))
        with pytest.raises(FieldError, match="dimension 3, expected 4 as of the projector"):
            modes(low_pass(4, Fraction(0)), Field("intent", np.ones(3, dtype=np.complex128)))

    @given(st.lists(st.lists(st.booleans(), min_size=1, max_size=6), min_size=2, max_size=2))
    def test_digests_name_masks(self, masks: list[list[bool]]) -> None:
        left, right = (Projector(np.array(mask)) for mask in masks)
        assert (left.digest == right.digest) == (masks[0] == masks[1])

    def test_modes_are_the_projected_field_and_cannot_be_changed(self) -> None:
        tones = np.arange(8)
        slow, fast = np.exp(2j * np.pi * tones / 8), np.exp(2j * np.pi * 3 * tones / 8)
        field = Field("intent", slow + 2 * fast)
        found = modes(high_pass(8, Fraction(1, 4)), field)
        assert np.allclose(found, 2 * fast, atol=1e-14)
        assert np.allclose(modes(low_pass(8, Fraction(1, 4)), field), slow, atol=1e-14)
        with pytest.raises(ValueError, match="read-only"):
            found[0] = 0.0
        assert not modes(high_pass(8, Fraction(1, 2)), field).any()


class TestEncoder:
    @given(encoded())
    def test_conserves_energy_and_inner_products(
        self, drawn: tuple[Encoder, ComplexArray, ComplexArray]
    ) -> None:
        encoder, source, _ = drawn
        field = encoder.apply(source)
        allowed = (2 * encoder.ulps + 8 * encoder.dimension) * UNIT
        assert abs(norm(field) / norm(source) - 1) <= allowed
        other = np.roll(source, 1) * (1 - 1j)
        difference = dot(field, encoder.apply(other)) - dot(source, other)
        assert abs(difference) <= 4 * allowed * norm(source) ** 2
        assert close(encoder.adjoint(field), source, 4 * encoder.ulps, norm(source))

    @given(encoded())
    def test_has_the_adjoint_it_says(
        self, drawn: tuple[Encoder, ComplexArray, ComplexArray]
    ) -> None:
        encoder, source, field = drawn
        difference = dot(encoder.apply(source), field) - dot(source, encoder.adjoint(field))
        allowed = (4 * encoder.ulps + 8 * encoder.dimension) * UNIT
        assert abs(difference) <= allowed * norm(source) * norm(field)

    @given(encoded())
    def test_projects_onto_its_range(
        self, drawn: tuple[Encoder, ComplexArray, ComplexArray]
    ) -> None:
        encoder, _, field = drawn
        once = encoder.apply(encoder.adjoint(field))
        twice = encoder.apply(encoder.adjoint(once))
        assert close(once, twice, 8 * encoder.ulps, norm(field))
        assert norm(once) <= norm(field) * (1 + 8 * encoder.ulps * UNIT)

    @given(encoded())
    def test_stays_in_its_band(self, drawn: tuple[Encoder, ComplexArray, ComplexArray]) -> None:
        encoder, source, _ = drawn
        leaked = encoder.band.complement().apply(encoder.apply(source))
        assert norm(leaked) <= 4 * encoder.ulps * UNIT * norm(source)

    @given(encoded())
    def test_is_what_its_construction_says_within_its_bound(
        self, drawn: tuple[Encoder, ComplexArray, ComplexArray]
    ) -> None:
        encoder, source, _ = drawn
        exact = oracle.exact(source)
        truth = oracle.encode(
            exact, [int(s) for s in encoder.signs], encoder.bins.tolist(), encoder.dimension
        )
        scale = oracle.root(Fraction(encoder.source * encoder.dimension))
        found = [(Fraction(v.real), Fraction(v.imag)) for v in encoder.apply(source).tolist()]
        off = oracle.energy(
            [(a[0] - b[0] / scale, a[1] - b[1] / scale) for a, b in zip(found, truth, strict=True)]
        )
        assert off <= Fraction(encoder.ulps, 2**53) ** 2 * oracle.energy(exact)

    def test_signs_and_bins_follow_from_the_name_as_stated(self) -> None:
        def stated(label: str, index: int) -> bytes:
            text = b"caio-encoder-1\0" + label.encode() + b"\0" + "Ψ 1".encode() + b"\0"
            return hashlib.sha256(text + index.to_bytes(8, "big")).digest()

        encoder = Encoder("Ψ 1", 6, high_pass(16, Fraction(1, 8)))
        assert encoder.signs.tolist() == [(-1.0) ** (stated("signs", j)[-1] & 1) for j in range(6)]
        passband = sorted(range(3, 14), key=lambda k: stated("bins", k))
        assert encoder.bins.tolist() == passband[:6]

    def test_names_and_sizes_make_different_operators(self) -> None:
        wide, narrow = high_pass(64, Fraction(1, 16)), high_pass(64, Fraction(1, 8))
        made = [
            Encoder("a", 16, wide),
            Encoder("b", 16, wide),
            Encoder("a", 18, wide),
            Encoder("a", 16, narrow),
        ]
        assert len({encoder.digest for encoder in made}) == 4
        assert made[0].digest == Encoder("a", 16, high_pass(64, Fraction(1, 16))).digest
        assert made[0].bins.tolist() != made[1].bins.tolist()

    @pytest.mark.parametrize("name", ["", "a\0b", "line\n", "\ud800"])
    def test_refuses_names_that_are_none(self, name: str) -> None:
        with pytest.raises(InputError, match="a text of printable characters"):
            Encoder(name, 1, low_pass(4, Fraction(1, 2)))

    def test_refuses_what_does_not_fit(self) -> None:
        band = low_pass(8, Fraction(1, 8))
        with pytest.raises(InputError, match="dimension 4 does not fit a passband of 3 bins"):
            Encoder("a", 4, band)
        with pytest.raises(InputError, match="a transform of length 13"):
            Encoder("a", 13, band)
        encoder = Encoder("a", 3, band)
        short = np.ones(2, dtype=np.complex128)
        with pytest.raises(InputError, match="expected a last axis of 3"):
            encoder.apply(short)
        with pytest.raises(InputError, match="expected a last axis of 8"):
            encoder.adjoint(short)
        with pytest.raises(FieldError, match="field `short`: dimension 2, expected 3"):
            encoder.encode(Field("short", short), "field")

    def test_an_encoded_field_knows_where_it_comes_from(self) -> None:
        encoder = Encoder("a", 3, low_pass(8, Fraction(1, 4)))
        source = Field("source", np.array([1.0, 2j, 3.0]))
        field = encoder.encode(source, "encoded")
        assert (field.name, field.ulps) == ("encoded", encoder.ulps)
        assert field.digest == encoder.encode(source, "again").digest
        others = {
            encoder.encode(Field("source", np.array([1.0, 2j, 4.0])), "encoded").digest,
            Encoder("b", 3, encoder.band).encode(source, "encoded").digest,
            source.digest,
        }
        assert field.digest not in others
        assert len(others) == 3
