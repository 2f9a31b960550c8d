"""``caio route`` from text to report, on a small market; and what ``show`` and ``verify`` make of its files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from caio.base.errors import EvidenceError
from caio.certify.prover import Prover, Unknown
from caio.cli.main import cli
from caio.ir.encode import document_json
from caio.sema.project import load_project
from tests.cli.conftest import Ran, Run

MARKET = Path(__file__).parent / "market"
TRIAGE = ("--request", "triage", "--at", "2026-11-22", "--facts", "alice", "--no-cache")


@pytest.fixture
def market(tmp_path: Path) -> Path:
    """A copy of the market that a test may change."""
    return Path(shutil.copytree(MARKET, tmp_path / "market"))


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """The decision of the market, made once: a solver's process costs more than a copy."""
    folder = tmp_path_factory.mktemp("decision")
    words = ["route", str(MARKET), *TRIAGE, "-o", str(folder / "decision.json")]
    plain = {"NO_COLOR": "1", "COLUMNS": None}
    result = CliRunner().invoke(cli, words, prog_name="caio", env=plain)
    return folder, Ran(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def routed(once: tuple[Path, Ran], tmp_path: Path) -> Ran:
    """What routing said; its files stand in the test's own folder."""
    folder, ran = once
    for path in folder.iterdir():
        shutil.copy(path, tmp_path)
    return ran


class TestReport:
    def test_leads_with_the_verdict_and_says_why(self, routed: Ran) -> None:
        assert routed.code == 0
        first, second, *_ = routed.out.splitlines()
        assert first == "routed  triage → good/one 1.0"
        assert "both candidates ranked above it are refuted (of 6)" in second
        assert "next in the ranking: good/two 1.0 (not examined)" in routed.out

    def test_names_the_clause_its_place_and_a_call_that_breaks_it(self, routed: Ran) -> None:
        # Temporary folders have long names, so that lines may be broken.
        flat = " ".join(routed.out.split())
        clause = "services.caio:31: service `cheap/small` 1.0: request.tokens <= 4_097 token"
        assert clause in flat
        assert "e.g. cheap/small where request.tokens = 4098 token" in routed.out
        assert "rule `stay_home` is not kept: `service.region == eu`" in routed.out
        assert "policy.caio:5" in routed.out
        assert "where request.region = eu, service.region = us" in routed.out

    def test_says_what_it_rests_on(self, routed: Ran) -> None:
        for words in (
            "2026-11-22T00:00:00Z",
            "1 rule, 0 invariants; profile standard",
            "alice: asserted, attested by nobody (profile standard permits it)",
            "6 services, complete relative to sha256:",
            "of 3 candidates examined passed: contract 2 → rules 1 → security 1 → availability 1",
            "accepted by the checker, which contains no solver",
        ):
            assert words in routed.out

    def test_fits_and_has_no_blanks_at_the_ends_of_lines(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for width in (60, 80, 120):
            monkeypatch.setenv("COLUMNS", str(width))
            report, _, _ = run("route", str(MARKET), *TRIAGE).out.partition("\nNext\n")
            lines = report.splitlines()
            assert max(map(len, lines)) <= width
            assert [line for line in lines if line != line.rstrip()] == []

    def test_is_the_same_every_time(self, run: Run, routed: Ran, tmp_path: Path) -> None:
        before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        again = run("route", str(MARKET), *TRIAGE, "-o", str(tmp_path / "decision.json"))
        assert again.out.splitlines()[:-2] == routed.out.splitlines()[:-2]
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before

    def test_groups_the_reasons_of_a_request_that_nobody_can_take(self, run: Run) -> None:
        ran = run("route", str(MARKET), *TRIAGE[2:], "--request", "hopeless")
        assert ran.code == 1
        assert ran.out.startswith("not routable  hopeless\nNobody can take it: each of the 6")
        assert "\n  6  a call may cost more than the budget 0.001 USD, for 0" not in ran.out
        assert "\n  5  capability `vision` is not provided\n" in ran.out
        assert "cost = 0.001001 USD" in ran.out

    def test_records_the_time_of_the_clock_where_none_is_given(self, run: Run) -> None:
        ran = run("route", str(MARKET), "--request", "triage", "--facts", "alice", "--no-cache")
        assert "(now; recorded in the decision)" in ran.out

    def test_without_facts_suggests_them(self, run: Run) -> None:
        ran = run("route", str(MARKET), "--request", "triage", "--at", "2026-11-22", "--no-cache")
        assert ran.code == 1
        assert "none: nothing is known of the caller" in ran.out
        assert f"caio route {MARKET} --request triage --facts alice" in ran.out

    def test_shows_names_from_documents_without_obeying_them(self, run: Run, market: Path) -> None:
        services = market / "services.caio"
        hostile = services.read_text("utf-8").replace("good/one", "good\u202e/one[bold red]:smile:")
        services.write_text(hostile, "utf-8")
        ran = run("route", str(market), *TRIAGE)
        assert ran.code in {0, 4}
        assert "\u202e" not in ran.out + ran.err
        if ran.code == 0:
            assert "good\\u202e/one[bold red]:smile:" in ran.out


class TestUnknown:
    @pytest.fixture(autouse=True)
    def undecided(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A solver that answers nothing."""
        silence = Unknown("no answer")
        monkeypatch.setattr(Prover, "decide_many", lambda _, forms, **__: [silence for _ in forms])
        monkeypatch.setattr(
            Prover, "decide_goals", lambda _, __, goals, **___: [silence for _ in goals]
        )

    def test_ends_with_3_and_never_reads_like_success(self, run: Run, tmp_path: Path) -> None:
        ran = run("route", str(MARKET), *TRIAGE, "-o", str(tmp_path / "d.json"))
        assert ran.code == 3
        assert ran.out.startswith("unknown  triage\n")
        assert "this fails closed" in ran.out
        verified = run("verify", str(tmp_path / "d.json"))
        assert verified.code == 3
        assert "not established" in verified.out

    def test_check_ends_with_3_as_well(self, run: Run) -> None:
        ran = run("check", str(MARKET), "--no-cache", "--json")
        assert ran.code == 3
        assert ran.json["verdict"] == "unknown"


class TestFiles:
    def test_json_is_the_decision_as_it_is_written(
        self, run: Run, routed: Ran, tmp_path: Path
    ) -> None:
        ran = run("route", str(MARKET), *TRIAGE, "--json")
        assert ran.out == (tmp_path / "decision.json").read_text("utf-8")
        assert ran.json["verdict"] == "routed"
        assert ran.json["selected"]["service"] == "good/one"
        assert [c["service"] for c in ran.json["candidates"]][:3] == [
            "cheap/small",
            "cheap/far",
            "good/one",
        ]
        assert ran.json["candidates"][1]["failed"] == [["rule", "stay_home", 0]]
        assert routed.err.startswith("written: ")

    def test_the_landscape_stands_beside_the_decision(self, routed: Ran, tmp_path: Path) -> None:
        assert routed.code == 0
        decision = json.loads((tmp_path / "decision.json").read_bytes())
        digest = decision["landscape"].removeprefix("sha256:")
        names = {path.name for path in tmp_path.iterdir()}
        assert names == {"decision.json", f"landscape-{digest}.json"}

    def test_a_rejection_writes_and_prints_nothing(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def rejected(*_: object) -> None:
            raise EvidenceError("the checker rejected the evidence: candidates[0]: rup")

        monkeypatch.setattr("caio.certify.acceptance.accept", rejected)
        ran = run("route", str(MARKET), *TRIAGE, "-o", str(tmp_path / "d.json"))
        assert ran.code == 5
        assert ran.out == ""
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("option", ["-o", "--bundle"])
    def test_an_output_that_cannot_be_is_refused_before_any_work(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
    ) -> None:
        monkeypatch.setattr("caio.sema.project.load_project", None)
        for target in (tmp_path, tmp_path / "missing" / "d.json"):
            ran = run("route", str(MARKET), *TRIAGE, option, str(target))
            assert ran.code == 4
            assert "cannot write" in ran.err

    def test_facts_come_from_a_file_as_well(self, run: Run, market: Path, tmp_path: Path) -> None:
        policy = market / "policy.caio"
        text = policy.read_text("utf-8")
        start = text.index("facts alice")
        (tmp_path / "me.caio").write_text('uses "market"\n' + text[start:], "utf-8")
        policy.write_text(text[:start], "utf-8")
        words = ("route", str(market), *TRIAGE[:4], "--no-cache", "--facts")
        assert run(*words, str(tmp_path / "me.caio")).code == 0
        empty = run(*words, str(market / "requests.caio"))
        assert empty.code == 4
        assert "holds no facts document" in empty.err

    @pytest.mark.parametrize(
        ("words", "hint"),
        [
            (("--request", "trage"), "did you mean `triage`?"),
            (("--request", "triage", "--profile", "standart"), "did you mean `standard`?"),
            (("--request", "triage", "--facts", "alise"), "did you mean `alice`?"),
        ],
    )
    def test_a_name_that_is_not_there_gets_a_hint(
        self, run: Run, words: tuple[str, ...], hint: str
    ) -> None:
        ran = run("route", str(MARKET), "--no-cache", *words)
        assert ran.code == 4
        assert hint in ran.err


class TestVerify:
    def test_gives_each_claim_a_line(self, run: Run, routed: Ran, tmp_path: Path) -> None:
        assert routed.code == 0
        ran = run("verify", str(tmp_path / "decision.json"))
        assert ran.code == 0
        words = [line.split("  ")[0] for line in ran.out.splitlines()[:-2]]
        claims, invariants = words[:6], words[6:]
        assert claims == ["ok", "ok", "ok", "ok", "not established", "ok"]
        assert invariants == ["ok", "not checked", "not checked"]
        assert ran.out.splitlines()[-1].startswith("accepted: decision.json, verdict routed;")

    def test_a_bundle_needs_nothing_beside_it(self, run: Run, tmp_path: Path) -> None:
        assert run("route", str(MARKET), *TRIAGE, "--bundle", str(tmp_path / "b.json")).code == 0
        assert [path.name for path in tmp_path.iterdir()] == ["b.json"]
        ran = run("verify", str(tmp_path / "b.json"), "--json")
        assert ran.code == 0
        assert set(ran.json) == {
            "format", "verdict", "exit", "file", "decision", "claims", "counts", "digests", "cost",
            "rejection", "against", "again", "invariants",
        }  # fmt: skip
        assert ran.json["verdict"] == "accepted"
        assert ran.json["decision"] == "routed"
        assert ran.json["rejection"] is None

    def test_says_where_and_what_it_rejects(self, run: Run, routed: Ran, tmp_path: Path) -> None:
        assert routed.code == 0
        path = tmp_path / "decision.json"
        body: Any = json.loads(path.read_bytes())
        body["candidates"][2]["score"] += 1
        path.write_text(json.dumps(body), "utf-8")
        ran = run("verify", str(path))
        assert ran.code == 5
        assert "candidates[2].score: score" in ran.out
        assert "nothing in it is established" in ran.out
        assert "accepted" not in ran.out
        ran = run("verify", str(path), "--json")
        assert ran.code == 5
        assert ran.json["verdict"] == "rejected"
        assert ran.json["claims"] == []
        assert ran.json["rejection"]["code"] == "score"

    def test_without_the_landscape_cannot_run(self, run: Run, routed: Ran, tmp_path: Path) -> None:
        assert routed.code == 0
        for path in tmp_path.glob("landscape-*"):
            path.unlink()
        ran = run("verify", str(tmp_path / "decision.json"))
        assert ran.code == 4
        assert "is expected beside it" in ran.err

    def test_a_digest_is_no_path(self, run: Run, routed: Ran, tmp_path: Path) -> None:
        assert routed.code == 0
        path = tmp_path / "decision.json"
        body = json.loads(path.read_bytes())
        body["landscape"] = "sha256:../../../../etc/passwd"
        path.write_text(json.dumps(body), "utf-8")
        assert run("verify", str(path)).code == 4

    def test_against_the_texts(self, run: Run, routed: Ran, market: Path, tmp_path: Path) -> None:
        assert routed.code == 0
        words = ("verify", str(tmp_path / "decision.json"), "--against")
        same = run(*words, str(market), "--json")
        assert same.code == 0
        assert {item["state"] for item in same.json["against"]} == {"same"}

        services = market / "services.caio"
        services.write_text(services.read_text("utf-8").replace("50 ms", "51 ms"), "utf-8")
        policy = market / "policy.caio"
        extra = "\nrule more { always cost <= 1 USD }\n"
        policy.write_text(policy.read_text("utf-8") + extra, "utf-8")
        ran = run(*words, str(market))
        assert ran.code == 1
        assert "differs          service cheap/far 1.0" in ran.out
        assert "added            rule more" in ran.out

        services.write_text('uses "market"\n', "utf-8")
        ran = run(*words, str(market), "--json")
        assert ran.code == 1
        missing = [item["name"] for item in ran.json["against"] if item["state"] == "missing"]
        assert len(missing) == 6

    def test_what_is_carried_but_not_decided_on_counts_as_not_there(
        self, run: Run, routed: Ran, market: Path, tmp_path: Path
    ) -> None:
        assert routed.code == 0
        policy = market / "policy.caio"
        extra = "\nrule more { always cost <= 1 USD }\n"
        policy.write_text(policy.read_text("utf-8") + extra, "utf-8")
        more = next(rule for rule in load_project([market]).rules if rule.name == "more")
        path = tmp_path / "decision.json"
        body = json.loads(path.read_bytes())
        body["documents"].append(document_json(more))
        path.write_text(json.dumps(body), "utf-8")
        ran = run("verify", str(path), "--against", str(market))
        assert ran.code == 1
        assert "added            rule more" in ran.out

    @pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b"{}", b'{"format": 1}'])
    def test_what_is_no_evidence_is_rejected(self, run: Run, tmp_path: Path, data: bytes) -> None:
        (tmp_path / "d.json").write_bytes(data)
        ran = run("verify", str(tmp_path / "d.json"), "--json")
        assert ran.code == 5
        assert ran.json["rejection"]["code"] in {"json", "shape"}


class TestShow:
    def test_a_decision_reads_as_it_was_printed(
        self, run: Run, routed: Ran, tmp_path: Path
    ) -> None:
        assert routed.code == 0
        ran = run("show", str(tmp_path / "decision.json"))
        assert ran.code == 0
        assert ran.out.splitlines()[:20] == routed.out.splitlines()[:20]
        assert "not checked here: see caio verify" in ran.out
        assert "accepted" not in ran.out

    def test_its_documents_compile_to_the_same_digests(
        self, run: Run, routed: Ran, tmp_path: Path
    ) -> None:
        assert routed.code == 0
        ran = run("show", str(tmp_path / "decision.json"), "--documents")
        assert ran.code == 0
        (tmp_path / "shown.caio").write_text(ran.out, "utf-8")
        again = run(
            "verify", str(tmp_path / "decision.json"), "--against", str(tmp_path / "shown.caio")
        )
        assert again.code == 0, again

    def test_a_landscape_reads_as_text(self, run: Run, routed: Ran, tmp_path: Path) -> None:
        assert routed.code == 0
        (landscape,) = tmp_path.glob("landscape-*")
        ran = run("show", str(landscape))
        assert ran.code == 0
        assert 'service "good/one" version 1.0 {' in ran.out

    @pytest.mark.parametrize("field", ["inputs", "candidates", "selected", "evidence", "steps"])
    @pytest.mark.parametrize("value", [None, 3, "x", [], {}])
    def test_a_malformed_decision_is_refused_and_not_a_traceback(
        self, run: Run, routed: Ran, tmp_path: Path, field: str, value: object
    ) -> None:
        assert routed.code == 0
        path = tmp_path / "decision.json"
        body = json.loads(path.read_bytes())
        body[field] = value
        path.write_text(json.dumps(body), "utf-8")
        ran = run("show", str(path))
        assert ran.code in {0, 4}
        assert "internal error" not in ran.err


class TestCheck:
    def test_sane_documents(self, run: Run) -> None:
        ran = run("check", str(MARKET), "--no-cache")
        assert ran.code == 0
        assert ran.out.startswith("sane: 14 claims about 6 services and 1 rule")

    def test_findings_come_with_a_place_and_an_example(self, run: Run, market: Path) -> None:
        policy = market / "policy.caio"
        policy.write_text(
            policy.read_text("utf-8")
            + "\nrule never { when request.tokens > 2_000_000 token then cost <= 1 USD }"
            + "\nrule leave { when request.tokens > 10 token then service.region == us }\n",
            "utf-8",
        )
        ran = run("check", str(market), "--no-cache")
        assert ran.code == 1
        assert "error[rule-never-applies]" in ran.out
        assert "error[contradictory-rules]" in ran.out
        assert "for example: " in ran.out
        assert "request.region = eu" in ran.out
        assert ran.out.splitlines()[-1].startswith("not sane: 2 findings")
        ran = run("check", str(market), "--no-cache", "--json")
        assert ran.code == 1
        assert set(ran.json) == {"format", "verdict", "exit", "claims", "findings", "diagnostics"}
        assert ran.json["verdict"] == "refuted"
        assert {finding["code"] for finding in ran.json["findings"]} == {
            "rule-never-applies",
            "contradictory-rules",
        }

    def test_every_error_is_reported(self, run: Run, market: Path) -> None:
        requests = market / "requests.caio"
        broken = requests.read_text("utf-8").replace("200 ms", "200 USD").replace("chat,", "chatt,")
        requests.write_text(broken, "utf-8")
        ran = run("check", str(market), "--no-cache", "--json")
        assert ran.code == 4
        assert ran.json["error"]["kind"] == "compile"
        assert len(ran.json["diagnostics"]) == 2
        assert "did you mean `chat`?" in ran.err
        assert "^" in ran.err
        assert ran.err.splitlines()[-1] == "error: 2 errors in the documents"


class TestFmt:
    UGLY = 'uses   "market"\nrule   r{always cost<=1 USD}\n'

    def test_formats_in_place_and_then_has_nothing_to_do(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "a.caio"
        path.write_text(self.UGLY, "utf-8")
        assert run("fmt", "--check", str(tmp_path)).code == 1
        assert path.read_text("utf-8") == self.UGLY
        assert run("fmt", "--diff", str(tmp_path)).code == 1
        assert run("fmt", str(tmp_path)).code == 0
        assert path.read_text("utf-8") != self.UGLY
        assert run("fmt", "--check", str(tmp_path)) == Ran(0, "", "1 file: 0 would change\n")

    def test_reads_standard_input(self, run: Run) -> None:
        ran = run("fmt", "-", stdin=self.UGLY.encode())
        assert ran.code == 0
        assert run("fmt", "--check", "-", stdin=ran.out.encode()).code == 0
        assert run("fmt", "--check", "-", stdin=self.UGLY.encode()).code == 1

    def test_a_file_that_does_not_parse_does_not_keep_others_from_it(
        self, run: Run, tmp_path: Path
    ) -> None:
        (tmp_path / "a.caio").write_text("rule {", "utf-8")
        (tmp_path / "b.caio").write_text(self.UGLY, "utf-8")
        ran = run("fmt", str(tmp_path))
        assert ran.code == 4
        assert (tmp_path / "a.caio").read_text("utf-8") == "rule {"
        assert (tmp_path / "b.caio").read_text("utf-8") != self.UGLY

    def test_leaves_hidden_folders_alone(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / ".hidden").mkdir()
        (tmp_path / ".hidden" / "a.caio").write_text(self.UGLY, "utf-8")
        (tmp_path / "b.caio").write_text(self.UGLY, "utf-8")
        assert run("fmt", str(tmp_path)).code == 0
        assert (tmp_path / ".hidden" / "a.caio").read_text("utf-8") == self.UGLY


class TestImport:
    SOURCE = b"""{"one": {"litellm_provider": "p", "mode": "chat", "max_input_tokens": 10,
        "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}, "two": 3}"""

    def test_accounts_for_every_entry(self, run: Run, tmp_path: Path) -> None:
        source, target = tmp_path / "prices_1.2.json", tmp_path / "registry.json"
        source.write_bytes(self.SOURCE)
        ran = run("import", "litellm", str(source), "-o", str(target))
        assert ran.code == 0
        assert "2 entries of release 1.2" in ran.out
        assert target.exists()
        report = run("import", "litellm", str(source), "--json").json
        assert (report["entries"], report["imported"], len(report["refused"])) == (2, 1, 1)
        piped = run("import", "litellm", str(source), "-o", "-")
        assert piped.out == target.read_text("utf-8")
        assert run("show", str(target)).code == 0

    def test_a_malformed_release_is_refused(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "p.json").write_bytes(self.SOURCE)
        ran = run("import", "litellm", str(tmp_path / "p.json"), "--release", "newest")
        assert ran.code == 4


class TestCodes:
    def test_lists_and_explains(self, run: Run) -> None:
        everything = run("explain-code", "--json").json["codes"]
        assert "contradictory-rules" in {code["code"] for code in everything}
        assert run("explain-code", "contradictory-rules").out.startswith("error[contradictory-")
        ran = run("explain-code", "contradictory-rule")
        assert ran.code == 4
        assert "did you mean `contradictory-rules`?" in ran.err
