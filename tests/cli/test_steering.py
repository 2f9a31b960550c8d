"""What people see of constraints, control signals and measured fields: ``tests/cli/steering``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest

from caio.cli.explanation_file import WrongError, check_explanation
from tests.cli.conftest import Ran, Run
from tests.cli.test_explanation_file import judge

ROOT = Path(__file__).parents[2]
WORLD = Path(__file__).parent / "steering"
TEXT, MEASURED = str(WORLD / "world.caio"), str(WORLD / "measurements.json")
ASKED = ("--at", "2026-11-22", "--profile", "steering", "--no-cache")
QUESTION = (str(WORLD), "--request", "question", *ASKED)
CHEAP = (str(WORLD), "--request", "cheap", *ASKED)


@pytest.fixture
def routed(run: Run) -> Ran:
    return run("route", *QUESTION)


def flat(ran: Ran) -> str:
    return " ".join(ran.out.split())


class TestRoute:
    def test_names_the_control_of_the_winner_and_of_the_next(self, routed: Ran) -> None:
        assert routed.code == 0
        assert routed.out.startswith("routed  question → quick 1.0 under focus\n")
        assert "next in the ranking: quick 1.0 under calm (not examined)" in routed.out
        assert "control focus: excitation 0.5, damping 0; chosen among calm and focus" in flat(
            routed
        )
        assert "3 services under 2 controls, complete" in flat(routed)

    def test_ranks_with_a_column_of_controls_only_where_there_are_some(
        self, run: Run, routed: Ran
    ) -> None:
        assert "  #  service  control      score  verdict" in routed.out
        plain = run("route", str(WORLD), "--request", "question", "--profile", "cheapest")
        assert "control" not in plain.out.partition("Ranking")[2].partition("\n\n")[0]
        assert " under " not in plain.out.splitlines()[0]

    def test_gives_the_measured_values_as_the_reason(self, routed: Ran) -> None:
        text = flat(routed)
        assert "constraint `careful` of traits is not kept: `measured.caution <= service.a" in text
        assert "e.g. pocket: caution is at least 0.87, and it states assurance = 0.8" in text
        assert "tests/cli/steering/world.caio:" in text

    def test_says_what_the_intervals_mean_for_the_invariants(self, routed: Ran) -> None:
        lines = [line.split() for line in routed.out.splitlines()]
        assert ["clarity", "0.98", "..", "0.99", "conductivity", ">=", "0.95", "holds"] in lines
        assert ["load", "0.75", "..", "0.8", "capacity_margin", "<=", "10/13", "unknown"] in lines
        assert ["caution", "0.87", "..", "0.88"] in lines

    def test_lists_the_six_proofs_with_what_they_rest_on(self, routed: Ran) -> None:
        said = flat(routed).partition("What is proved of it ")[2]
        for words in (
            "contract matching 7 proofs: a call exists, coherence, needs, bounds, budget, deadline",
            "rule satisfaction 1 proof: constraint `settle`",
            "constraint `legible`",
            "trait constraints 1 proof: constraint `careful`",
            "optimization a counterexample for each of the 2 candidates ranked above it",
            "guarantees 4 proofs: latency <= 300 ms, cost <= 0.05 USD, an answer within 2 s",
        ):
            assert words in said, words

    def test_counts_constraints_apart_and_their_step(self, routed: Ran) -> None:
        text = flat(routed)
        assert (
            "0 rules, 0 invariants, 3 constraints (1 of safety, 1 of policy, 1 of traits)" in text
        )
        assert "security 3 → traits 1 → availability 1" in text

    @pytest.mark.parametrize("width", [60, 80, 120])
    def test_fits(self, run: Run, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
        monkeypatch.setenv("COLUMNS", str(width))
        report, _, _ = run("route", *QUESTION).out.partition("\nNext\n")
        assert all(len(line) <= width and line == line.rstrip() for line in report.splitlines())


class TestMeasurements:
    def test_that_are_missing_are_asked_for(self, run: Run) -> None:
        ran = run("route", TEXT, *QUESTION[1:])
        assert ran.code == 4
        assert "profile `steering` maximises Eq. 1.1" in ran.err
        assert "--measurements FILE" in ran.err

    @pytest.mark.parametrize("command", ["route", "explain"])
    def test_are_taken_from_a_file_or_by_name(self, run: Run, command: str) -> None:
        found = run(command, *QUESTION).out.partition("\nNext\n")[0]
        for paths in ((TEXT, "--measurements", MEASURED), (str(WORLD), "--measurements", "ada")):
            named = run(command, *paths, *QUESTION[1:]).out.partition("\nNext\n")
            assert named[0] == found
            assert f"--measurements {paths[-1]}" in named[2]

    def test_of_which_there_are_several_must_be_named(self, run: Run, tmp_path: Path) -> None:
        world = Path(shutil.copytree(WORLD, tmp_path / "world"))
        text = (world / "measurements.json").read_text("utf-8")
        (world / "more.json").write_text(text.replace('"name":"ada"', '"name":"ben"'), "utf-8")
        ran = run("route", str(world), *QUESTION[1:])
        assert ran.code == 4
        assert "name one with `--measurements`: `ada`, `ben`" in ran.err
        assert run("route", str(world), *QUESTION[1:], "--measurements", "ben").code == 0

    @pytest.mark.parametrize(
        ("named", "said"),
        [
            ("adda", "no measurements document is named `adda`"),
            (TEXT, "holds no measurements document"),
            ("./nothing.json", "nothing.json"),
        ],
    )
    def test_that_are_not_there_are_an_error(self, run: Run, named: str, said: str) -> None:
        ran = run("route", *QUESTION, "--measurements", named)
        assert ran.code == 4
        assert said in ran.err

    def test_that_were_not_made_leave_a_constraint_unproved(self, run: Run) -> None:
        words = ("--request", "question", "--at", "2026-11-22", "--profile", "cheapest")
        ran = run("route", TEXT, *words)
        assert ran.code == 1
        assert "clarity was not measured" in ran.out
        assert "What was measured" not in ran.out

    def test_belong_to_documents_and_not_to_a_decision(self, run: Run, tmp_path: Path) -> None:
        decision = str(tmp_path / "decision.json")
        assert run("route", *QUESTION, "-o", decision).code == 0
        ran = run("explain", decision, "--measurements", "ada")
        assert ran.code == 2
        assert "--measurements" in ran.err
        assert "under focus" in run("explain", decision).out
        assert "What was measured" in run("show", decision).out


class TestExplain:
    def test_explains_a_service_once_with_what_becomes_of_it_under_each_control(
        self, run: Run
    ) -> None:
        same = run("explain", *QUESTION, "--service", "pocket")
        assert same.code == 1
        text = flat(same)
        assert "needed: caution <= 0.8 instead of 0.88; at 0.800001 it still fails" in text
        assert "calm refuted, number 2 in the ranking, for the same reasons" in text
        other = run("explain", *QUESTION, "--service", "quick")
        assert other.code == 0
        assert "calm refuted, number 4 in the ranking constraint `settle` of policy" in flat(other)

    def test_counts_services_and_names_the_controls_of_a_reason(self, run: Run) -> None:
        text = flat(run("explain", *CHEAP))
        assert "6 `latency <= 200 ms` is not guaranteed; 3 services" in text
        assert "1 service, under calm only" in text
        assert "tried 2 of the 2 services that only the request keeps out" in text
        assert "admits quick 1.0 under focus" in text

    @pytest.mark.parametrize(
        "words",
        [
            (*QUESTION, "--service", "pocket"),
            (*QUESTION, "--service", "quick"),
            (*QUESTION, "--all"),
            CHEAP,
        ],
    )
    def test_is_borne_out_and_has_the_shape_that_is_stated(
        self, run: Run, tmp_path: Path, words: tuple[str, ...]
    ) -> None:
        body = run("explain", *words, "--json").json
        schema = json.loads((ROOT / "docs/spec/explanation-v1.schema.json").read_text("utf-8"))
        jsonschema.Draft202012Validator(schema).validate(body)
        borne = check_explanation(json.dumps(body).encode(), tmp_path, judge)
        assert borne.certificates == len(body["certificates"]) > 1

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (
                '"failing":[{"claim":{"certificate":0,"control":"focus"',
                '"failing":[{"claim":{"certificate":0,"control":"calm"',
            ),
            ('"control":"focus","holds":true', '"control":"none","holds":true'),
            ('"bound":"4/5"', '"bound":"7/8"'),
            ('"refuted":"800001/1000000"', '"refuted":"17/20"'),
            ('"owner":"measurements"', '"owner":"constraint"'),
            ('"relation":"<="', '"relation":">="'),
            ('"failed":[["traits","careful",0]]', '"failed":[]'),
            ('"verdict":"refuted"', '"verdict":"admitted"'),
        ],
    )
    def test_a_change_is_noticed(self, run: Run, tmp_path: Path, old: str, new: str) -> None:
        text = run("explain", *QUESTION, "--service", "pocket", "--json").out
        head, mark, tail = text.partition('"certificates"')
        assert old in head
        changed = head.replace(old, new, 1) + mark + tail
        with pytest.raises(WrongError):
            check_explanation(changed.encode(), tmp_path, judge)

    def test_moves_the_constant_where_nothing_is_measured(self, run: Run, tmp_path: Path) -> None:
        world = Path(shutil.copytree(WORLD, tmp_path / "world"))
        text = (world / "world.caio").read_text("utf-8")
        more = "constraint swift of policy { always metric.latency <= 200 ms }\n"
        (world / "world.caio").write_text(text + more, "utf-8")
        ran = run("explain", str(world), *QUESTION[1:], "--service", "quick")
        assert ran.code == 1
        assert "e.g. latency may be 210 ms" in flat(ran)
        least = "it would keep: latency <= 300 ms instead of latency <= 200 ms"
        assert f"{least}; at `latency <= 299_990 us` it still fails" in flat(ran)
        file = tmp_path / "explanation.json"
        run("explain", str(world), *QUESTION[1:], "--service", "quick", "-o", str(file))
        assert check_explanation(file.read_bytes(), tmp_path, judge).claims > 1


def test_check_counts_constraints(run: Run) -> None:
    ran = run("check", str(WORLD))
    assert ran.code == 0
    assert "sane: 9 claims about 3 services, 0 rules and 3 constraints" in ran.out
