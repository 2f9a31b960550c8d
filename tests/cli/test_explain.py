"""``caio explain``: what to change first, then why; from documents and from decisions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.conftest import Ran, Run

ROOT = Path(__file__).parents[2]
MARKET = Path(__file__).parent / "market"
ASKED = ("--at", "2026-11-22", "--facts", "alice", "--no-cache")
HOPELESS = ("explain", str(MARKET), "--request", "hopeless", *ASKED)
GIVEN = "request.region == eu, request.data == { public }"
TRIAGE = ("explain", str(MARKET), "--request", "triage", *ASKED)


@pytest.fixture
def market(tmp_path: Path) -> Path:
    """A copy of the market that a test may change."""
    return Path(shutil.copytree(MARKET, tmp_path / "market"))


@pytest.fixture
def decision(run: Run, tmp_path: Path) -> Path:
    """The decision that nobody takes the hopeless request, with its landscape beside it."""
    path = tmp_path / "decision.json"
    words = ("route", str(MARKET), "--request", "hopeless", *ASKED, "-o", str(path))
    assert run(*words).code == 1
    return path


def flat(ran: Ran) -> str:
    return " ".join(ran.out.split())


class TestNobody:
    def test_says_first_what_to_change_and_then_why(self, run: Run) -> None:
        ran = run(*HOPELESS)
        assert ran.code == 1
        lines = ran.out.splitlines()
        assert lines[0] == "not routable  hopeless"
        assert lines[1] == "Nobody can take it: all 6 candidates are refuted."
        assert lines[3] == "What to change"
        assert lines[4:7] == [
            "  1  latency <= 100 ms instead of 20 ms",
            "     budget 0.024 USD instead of 0.001 USD",
            "     admits good/one 1.0",
        ]
        assert "5  a given" not in ran.out
        assert "given request.tokens <= 4097 token instead of 8000 token" in ran.out

    def test_counts_every_reason_and_names_its_line(self, run: Run) -> None:
        text = flat(run(*HOPELESS))
        assert "6 a call may cost more than the budget 0.001 USD" in text
        assert "requests.caio:18: request `hopeless`" in text
        assert "5 `latency <= 20 ms` is not guaranteed" in text
        assert "1 rule `stay_home` is not kept: `service.region == eu`" in text
        assert "policy.caio:5" in text
        assert "e.g. cheap/far where request.region = eu, service.region = us" in text

    def test_never_proposes_to_change_a_rule(self, run: Run) -> None:
        body = run(*HOPELESS, "--json").json
        touched = [
            (change["clause"], change["least"] and change["least"]["owner"])
            for offer in body["relaxations"]["found"]
            for change in offer["changes"]
        ]
        assert touched
        assert {owner for _, owner in touched} <= {None, "request"}
        admitted = {one["service"] for o in body["relaxations"]["found"] for one in o["admits"]}
        assert "cheap/far" not in admitted

    def test_stops_at_the_limit_and_says_so(self, run: Run) -> None:
        ran = run(*HOPELESS, "--limit", "1")
        assert "tried 4 of the 5" in flat(ran) or "tried 1 of the 5" in flat(ran)
        assert "\n  2  " not in ran.out.partition("Why 6")[0]

    @pytest.mark.parametrize("columns", ["60", "80", "120"])
    def test_fits_the_screen(self, run: Run, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
        for words in (HOPELESS, TRIAGE, (*HOPELESS, "--service", "cheap/small")):
            monkeypatch.setenv("COLUMNS", columns)
            before_next = run(*words).out.partition("\nNext\n")[0]
            assert max(map(len, before_next.splitlines())) <= int(columns)


class TestRequests:
    """Requests of other kinds, added to the market."""

    def asked(self, run: Run, market: Path, request: str, *extra: str) -> Ran:
        with (market / "requests.caio").open("a", encoding="utf-8") as file:
            file.write(f"request other {{ needs chat given {GIVEN}{request} }}\n")
        return run("explain", str(market), "--request", "other", *ASKED, *extra)

    def test_without_a_call_have_no_change_to_propose(self, run: Run, market: Path) -> None:
        given = ", request.tokens <= 5 token, request.tokens >= 6 token"
        ran = self.asked(run, market, f"{given} ensure latency <= 1 us")
        assert ran.code == 1
        assert "The request describes no call at all" in flat(ran)
        assert "Nobody can take it" in ran.out
        assert "instead of" not in ran.out

    def test_of_what_nobody_promises_say_so(self, run: Run, market: Path) -> None:
        services = market / "services.caio"
        text = services.read_text("utf-8").replace("guarantees latency <= 5 s\n", "")
        services.write_text(text, "utf-8")
        extra = ("--service", "cheap/slow")
        ran = self.asked(run, market, " ensure latency <= 1 s", *extra)
        assert ran.code == 1
        assert "drop ensure latency <= 1 s (no bound would do)" in flat(ran)
        assert "no bound would do: even latency <= 59.99999 s fails" in flat(ran)

    def test_about_what_is_not_stated_give_it_up(self, run: Run, market: Path) -> None:
        ran = self.asked(run, market, " ensure service.locality == local")
        assert "drop ensure service.locality == local" in flat(ran)
        assert "all of them state nothing about it" in flat(ran)
        # Dropping it admits two at once, and both are the same change.
        body = run("explain", str(market), "--request", "other", *ASKED, "--json").json
        found = body["relaxations"]["found"]
        assert [one["service"] for one in found[0]["admits"]]
        assert found[0]["changes"][0]["kind"] == "drop"

    def test_whose_need_nobody_meets_keep_their_last_need(self, run: Run, market: Path) -> None:
        text = (market / "services.caio").read_text("utf-8").replace("chat, vision", "vision")
        (market / "services.caio").write_text(text.replace("chat", "vision"), "utf-8")
        ran = self.asked(run, market, "")
        assert ran.code == 1
        assert "No change of the request was found that admits a service" in flat(ran)


class TestService:
    def test_that_is_refused_gets_every_reason_and_the_least_bounds(self, run: Run) -> None:
        ran = run(*HOPELESS, "--service", "cheap/small")
        assert ran.code == 1
        text = flat(ran)
        assert ran.out.startswith("refuted  hopeless → cheap/small 1.0\n")
        assert "Why not: 4 obligations fail" in text
        least = "least: latency <= 30 ms instead of 20 ms; at 29.99 ms it still fails"
        assert least in text
        # By itself the budget must cover 8,000 tokens; once the range is cut, 4,097.
        assert "least: budget 0.008 USD instead of 0.001 USD" in text
        assert "budget 0.0041 USD instead of 0.001 USD" in text

    def test_that_a_rule_keeps_out_stays_out_whatever_the_caller_does(self, run: Run) -> None:
        ran = run(*HOPELESS, "--service", "cheap/far")
        assert ran.code == 1
        assert "It stays out, for this is not the caller's to change: rule `stay_home`" in flat(ran)
        mended = run(*HOPELESS, "--service", "cheap/far", "--json").json["service"]["mended"]
        assert mended["admits"] is False
        assert mended["blocked"] == [["rule", "stay_home", 0]]
        assert mended["changes"]

    def test_that_is_admitted_and_not_best_is_told_by_how_much(self, run: Run) -> None:
        ran = run(*TRIAGE, "--service", "good/two")
        assert ran.code == 0
        assert ran.out.startswith("admitted  triage → good/two 1.0\n")
        assert "good/one is ahead by 2,400 points" in flat(ran)
        assert "cost decides most" in ran.out

    def test_that_is_the_winner_is_told_why(self, run: Run) -> None:
        ran = run(*TRIAGE, "--service", "good/one")
        assert ran.code == 0
        assert "It is selected" in ran.out
        assert "Why this one" in ran.out

    def test_below_the_winner_is_examined_all_the_same(self, run: Run) -> None:
        ran = run(*TRIAGE, "--service", "cheap/slow")
        assert ran.code == 1
        assert "latency <= 5 s instead of 200 ms; at 4.99999 s it still fails" in flat(ran)

    def test_that_is_not_there_is_an_error_with_a_hint(self, run: Run) -> None:
        ran = run(*TRIAGE, "--service", "cheap/smal")
        assert ran.code == 4
        assert "no service of the landscape is named `cheap/smal`" in ran.err
        assert "cheap/small" in ran.err
        assert ran.out == ""
        assert run(*TRIAGE, "--service", "good/one 9.9").code == 4


class TestRouted:
    def test_says_why_this_one(self, run: Run) -> None:
        ran = run(*TRIAGE)
        assert ran.code == 0
        assert ran.out.startswith("routed  triage → good/one 1.0\n")
        assert "2,400 points ahead of the next" in flat(ran)
        assert "2 candidates ranked below the winner were not examined" not in flat(ran)
        assert "3 candidates ranked below the winner were not examined: --all does" in flat(ran)
        assert "What to change" not in ran.out

    def test_examines_everybody_on_request(self, run: Run) -> None:
        ran = run(*TRIAGE, "--all")
        assert ran.code == 0
        assert "Why 4 candidates are refused" in ran.out
        assert "1 candidate below the winner: nothing refutes it" in ran.out
        assert run(*TRIAGE, "--all", "--json").json["unobjected"] == 1

    def test_a_single_service_has_nobody_beside_it(self, run: Run, market: Path) -> None:
        text = (market / "services.caio").read_text("utf-8")
        only = text[: text.index('service "good/two"')]
        (market / "services.caio").write_text(only, "utf-8")
        ran = run("explain", str(market), "--request", "triage", *ASKED)
        assert ran.code == 0
        assert "it is the only candidate" in flat(ran)
        ran = run("explain", str(market), "--request", "hopeless", *ASKED)
        assert ran.code == 1
        assert "the only candidate is refuted" in ran.out


class TestDecision:
    def test_is_explained_as_its_documents_are(self, run: Run, decision: Path) -> None:
        ran = run("explain", str(decision))
        assert ran.code == 1
        assert "1  latency <= 100 ms instead of 20 ms" in ran.out
        ours, theirs = run("explain", str(decision), "--json"), run(*HOPELESS, "--json")
        assert ours.json == theirs.json

    def test_in_a_bundle_needs_nothing_beside_it(self, run: Run, tmp_path: Path) -> None:
        bundle = tmp_path / "bundle.json"
        run("route", str(MARKET), "--request", "triage", *ASKED, "--bundle", str(bundle))
        assert run("explain", str(bundle)).code == 0

    @pytest.mark.parametrize("as_json", [False, True])
    def test_that_was_tampered_with_explains_nothing(
        self, run: Run, decision: Path, as_json: bool
    ) -> None:
        text = decision.read_text("utf-8")
        decision.write_text(text.replace('"score":1', '"score":2', 1), "utf-8")
        assert decision.read_text("utf-8") != text
        ran = run("explain", str(decision), *(["--json"] if as_json else []))
        assert ran.code == 5
        assert "explains nothing" in ran.err
        assert "caio verify" in ran.err
        if as_json:
            assert ran.json["error"]["kind"] == "evidence"
        else:
            assert ran.out == ""

    def test_about_other_documents_is_rejected(self, run: Run, decision: Path) -> None:
        (landscape,) = decision.parent.glob("landscape-*.json")
        landscape.write_text(landscape.read_text("utf-8").replace('"us"', '"eu"'), "utf-8")
        assert run("explain", str(decision)).code == 5

    def test_without_its_landscape_cannot_be_explained(self, run: Run, decision: Path) -> None:
        for landscape in decision.parent.glob("landscape-*.json"):
            landscape.unlink()
        ran = run("explain", str(decision))
        assert ran.code == 4
        assert "landscape" in ran.err


class TestFile:
    def test_is_what_json_prints_and_matches_the_schema(self, run: Run, tmp_path: Path) -> None:
        target = tmp_path / "explanation.json"
        ran = run(*HOPELESS, "--json", "-o", str(target))
        assert ran.code == 1
        assert target.read_text("utf-8") == ran.out
        schema = ROOT / "docs" / "spec" / "explanation-v1.schema.json"
        validator = jsonschema.Draft202012Validator(json.loads(schema.read_text("utf-8")))
        validator.validate(ran.json)
        assert run(*HOPELESS, "--json").out == ran.out

    def test_says_where_it_was_written(self, run: Run, tmp_path: Path) -> None:
        target = tmp_path / "explanation.json"
        assert f"written: {target}" in run(*HOPELESS, "-o", str(target)).err
        assert json.loads(target.read_text("utf-8"))["format"] == "caio-explanation/v1"


class TestVerify:
    @pytest.fixture
    def file(self, run: Run, tmp_path: Path) -> Path:
        target = tmp_path / "explanation.json"
        run(*TRIAGE, "--service", "cheap/slow", "-o", str(target))
        return target

    def test_accepts_what_was_written(self, run: Run, file: Path) -> None:
        ran = run("verify", str(file))
        assert ran.code == 0
        assert "the checker accepts every certificate (4)" in ran.out
        assert "accepted: explanation.json, verdict routed" in ran.out
        assert run("verify", str(file), "--json").json["counts"]["certificates"] == 4

    def test_rejects_what_was_changed(self, run: Run, file: Path) -> None:
        text = file.read_text("utf-8")
        assert '"bound":"5"' in text
        file.write_text(text.replace('"bound":"5"', '"bound":"4"'), "utf-8")
        ran = run("verify", str(file))
        assert ran.code == 5
        assert "nothing in it is established" in ran.out
        assert run("verify", str(file), "--json").json["verdict"] == "rejected"

    def test_compares_no_explanation_with_texts(self, run: Run, file: Path) -> None:
        assert run("verify", str(file), "--against", str(MARKET)).code == 2


class TestUnknown:
    def test_is_no_reason_and_no_success(self, run: Run, market: Path) -> None:
        policy = market / "policy.caio"
        text = policy.read_text("utf-8").replace(
            "facts asserted }", "facts asserted, solver units 1 }"
        )
        assert "solver units 1" in text
        policy.write_text(text, "utf-8")
        ran = run("explain", str(market), "--request", "triage", *ASKED)
        body: Any = run("explain", str(market), "--request", "triage", *ASKED, "--json").json
        assert body["verdict"] == "unknown"
        assert ran.code == 3
        assert ran.out.startswith("unknown  triage\n")
        assert "what is unknown is no reason for anything" in flat(ran)
        name = next(
            c["service"] for c in body["certificates"][0]["candidates"] if c["verdict"] == "unknown"
        )
        one = run("explain", str(market), "--request", "triage", *ASKED, "--service", name)
        assert one.code == 3
        assert one.out.startswith(f"unknown  triage → {name}")
        assert "Undecided within the budget" in one.out


class TestNames:
    def test_are_shown_and_never_obeyed(self, run: Run, market: Path) -> None:
        services = market / "services.caio"
        hostile = services.read_text("utf-8").replace("cheap/far", "far\u202e/one[bold red]:smile:")
        services.write_text(hostile, "utf-8")
        for extra in (
            (),
            ("--service", "far\u202e/one[bold red]:smile:"),
            ("--service", "\x1b[2J"),
        ):
            ran = run("explain", str(market), "--request", "hopeless", *ASKED, *extra)
            assert "\u202e" not in ran.out + ran.err
            assert "\x1b" not in ran.out + ran.err
            if ran.code != 4:
                assert "far\\u202e/one[bold red]:smile:" in ran.out


class TestWrongUse:
    @pytest.mark.parametrize(
        "words",
        [
            ("explain",),
            ("explain", "a.caio", "b.caio"),
            ("explain", "decision.json", "--at", "2026-11-22"),
            ("explain", "decision.json", "--facts", "alice"),
            ("explain", "decision.json", "--profile", "standard"),
            (*TRIAGE, "--limit", "0"),
            (*TRIAGE, "--limit", "65"),
            (*TRIAGE[:4], "--at", "yesterday"),
        ],
    )
    def test_ends_with_2(self, run: Run, words: tuple[str, ...]) -> None:
        ran = run(*words)
        assert ran.code == 2
        assert ran.out == ""

    @pytest.mark.parametrize("name", ["market/services.caio", "nothing.json", "market", "-"])
    def test_what_is_no_decision_is_refused(self, run: Run, market: Path, name: str) -> None:
        ran = run("explain", name if name == "-" else str(market.parent / name))
        assert ran.code == 4
        assert ran.out == ""

    @pytest.mark.parametrize(
        "kind", ["binary", "empty", "loop", "nul", "nested", "huge", "hostile"]
    )
    @pytest.mark.parametrize("more", [(), ("--request", "x")])
    def test_a_bad_file_is_refused(
        self, run: Run, tmp_path: Path, kind: str, more: tuple[str, ...]
    ) -> None:
        path = tmp_path / "bad.json"
        match kind:
            case "binary":
                path.write_bytes(bytes(range(256)) * 64)
            case "empty":
                path.write_bytes(b"")
            case "loop":
                path.symlink_to(path)
            case "nested":
                path.write_bytes(b"[" * 200_000)
            case "huge":
                with path.open("wb") as file:
                    file.truncate(65 * 1024 * 1024)
            case "hostile":
                path = tmp_path / "\x1b[2J\x1b]0;owned\x07\u202egnp.json"
        name = f"{path}\0" if kind == "nul" else str(path)
        ran = run("explain", name, *more)
        assert ran.code == 4, ran
        assert ran.out == ""
        assert not set(ran.err) & set("\x1b\x07\u202e")
