"""Values as people write them, colour where it belongs, and bars that only a waiting person sees."""

from __future__ import annotations

import io
import sys
import time
from fractions import Fraction

import pytest
from rich.text import Text

from caio.cli import progress, streams
from caio.cli.progress import Waiting
from caio.cli.values import decimal, instant, point, quantity
from tests.cli.sample import VOCABULARY


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Narrow(io.StringIO):
    encoding = "ascii"


class TestValues:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (Fraction(0), "0"),
            (Fraction(92, 100), "0.92"),
            (Fraction(-3, 2), "-1.5"),
            (Fraction(8000), "8000"),
            (Fraction(128000), "128_000"),
            (Fraction(1, 3), "≈0.333333"),
            (Fraction(-5, 3), "≈-1.66667"),
            (Fraction(1, 3 * 10**9), "≈0.000000000333333"),
            (Fraction(10**30 + 1, 7), "≈142_857_000_000_000_000_000_000_000_000"),
        ],
    )
    def test_numbers_are_exact_or_say_that_they_are_not(self, value: Fraction, text: str) -> None:
        assert decimal(value) == text

    @pytest.mark.parametrize(
        ("value", "dimension", "text"),
        [
            (Fraction(1, 5), "time", "200 ms"),
            (Fraction(1, 10**6), "time", "1 us"),
            (Fraction(3, 2), "time", "1.5 s"),
            (Fraction(90), "time", "90 s"),
            (Fraction(7200), "time", "2 h"),
            (Fraction(30 * 86400), "time", "30 days"),
            (Fraction(0), "time", "0 s"),
            (Fraction(31, 10**6), "USD", "0.000031 USD"),
            (Fraction(8000), "token", "8000 token"),
            (Fraction(1, 2), "1", "0.5"),
        ],
    )
    def test_magnitudes_have_units(self, value: Fraction, dimension: str, text: str) -> None:
        assert quantity(value, dimension) == text

    def test_instants_are_dates(self) -> None:
        assert instant(Fraction(1795305600000000)) == "2026-11-22"
        assert instant(Fraction(1, 2)) == "0.5 us since 1970"

    def test_a_witness_reads_like_a_call(self) -> None:
        witness = {
            "request.data:health": Fraction(1),
            "request.data:public": Fraction(0),
            "request.region": Fraction(1),
            "request.tokens": Fraction(4098),
            "service.locality": Fraction(-1),
            "service.encrypted": Fraction(0),
            "metric.latency": Fraction(7, 10),
            "env.at": Fraction(1795305600000000),
            "cost": Fraction(1, 10),
            "select.rule": Fraction(1),
        }
        assert point(VOCABULARY, witness) == [
            ("request.data", "{ health }"),
            ("request.region", "us"),
            ("request.tokens", "4098 token"),
            ("at", "2026-11-22"),
            ("latency", "700 ms"),
            ("cost", "0.1 USD"),
            ("service.encrypted", "false"),
            ("service.locality", "not stated"),
        ]
        assert point(VOCABULARY, witness, {"cost"}) == [("cost", "0.1 USD")]

    def test_a_strange_witness_is_shown_and_not_a_crash(self) -> None:
        strange = {"request.nothing": Fraction(1), "metric.x\x1b": Fraction(2), "y": Fraction(3)}
        assert ("metric.x\x1b", "2") not in point(VOCABULARY, strange)
        assert point(VOCABULARY, {"request.region": Fraction(9)}) == [
            ("request.region", "not stated")
        ]


class TestColour:
    @pytest.fixture(autouse=True)
    def free(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("NO_COLOR", "COLUMNS", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm")

    def test_is_for_terminals(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert streams.coloured(Terminal())
        assert not streams.coloured(io.StringIO())
        monkeypatch.setenv("TERM", "dumb")
        assert not streams.coloured(Terminal())
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("NO_COLOR", "1")
        assert not streams.coloured(Terminal())

    def test_is_in_the_text_only_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for stream, expected in ((Terminal(), True), (io.StringIO(), False)):
            streams.show([Text("good", style="bold green")], stream)
            assert ("\x1b[" in stream.getvalue()) is expected
        monkeypatch.setenv("NO_COLOR", "1")
        terminal = Terminal()
        streams.show([Text("good", style="bold green")], terminal)
        assert terminal.getvalue() == "good\n"

    def test_our_glyphs_have_ascii_forms(self) -> None:
        stream = Narrow()
        streams.show([Text("a → b … ≈1")], stream)
        assert stream.getvalue() == "a -> b ... ~1\n"


class TestProgress:
    def wait(self, monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seconds: float) -> str:
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys, "stderr", stream)
        with Waiting("counting") as waiting:
            waiting(1, 3)
            time.sleep(seconds)
            waiting.step("looking")
            waiting(2, 3)
        return stream.getvalue()

    def test_is_shown_to_a_person_who_waits(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(progress, "PATIENCE", 0.0)
        assert "counting" in self.wait(monkeypatch, Terminal(), 0.5)

    def test_is_not_shown_to_one_who_does_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.wait(monkeypatch, Terminal(), 0.0) == ""

    def test_is_not_shown_to_a_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(progress, "PATIENCE", 0.0)
        assert self.wait(monkeypatch, io.StringIO(), 0.1) == ""
