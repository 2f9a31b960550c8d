"""``caio prove`` from the command line: exit codes, formats, evidence, waivers, and what hostile input gets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from caio.cli.main import cli
from tests.cli.conftest import Ran
from tests.prove.worlds import VOCABULARY

Run = Callable[..., Ran]
ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "policies"

SERVICE = "service s version 1 { provides chat guarantees latency <= 2 s permits public }"
SAFE = "property safe { never admitted when latency > 2 s }"
UNSAFE = "property unsafe { never admitted when service.privacy.locality == us }"
CLASS = "class c { given data == {} }"
SUMS = """
vocabulary "sums" {
  unit token
  capability chat
  request fields {
    a: int in 0 .. 1000 token, b: int in 0 .. 1000 token, c: int in 0 .. 1000 token
  }
}
service s version 1 {
  provides chat
  assumes  request.a + request.b <= 700 token, request.b + request.c <= 500 token,
           request.a + request.c <= 301 token
  permits  public
}
property p { never admitted when request.a + request.b + request.c > 750 token }
"""
SERVED = "property served { always at least 1 admitted for c }"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command in a folder of its own; a traceback is a failure."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAIO_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("GITHUB_STEP_SUMMARY", "CAIO_DOCS_URL", "CAIO_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str) -> Ran:
        result = CliRunner().invoke(cli, [*words], prog_name="caio")
        assert "Traceback" not in result.output
        return Ran(result.exit_code, result.stdout, result.stderr)

    return call


def write(*parts: str, name: str = "world.caio") -> str:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text("\n".join([VOCABULARY, *parts]), "utf-8")
    return name


def found(report: Any) -> list[dict[str, Any]]:
    return [finding for question in report["questions"] for finding in question["findings"]]


class TestExit:
    def test_proved(self, run: Run) -> None:
        ran = run("prove", write(SERVICE, SAFE))
        assert ran.code == 0
        assert ran.out.endswith("proved: 1 question (1 proved)\n")

    def test_refuted(self, run: Run) -> None:
        assert run("prove", write(SERVICE, SAFE, UNSAFE)).code == 1

    def test_unknown_is_no_success(self, run: Run) -> None:
        Path("sums.caio").write_text(SUMS, "utf-8")
        ran = run("prove", "sums.caio", "--budget", "1", "--no-cache", "--json")
        assert ran.code == 3
        assert {question["verdict"] for question in ran.json["questions"]} == {"unknown"}
        assert {finding["rule"] for finding in found(ran.json)} == {"question-unknown"}
        assert run("prove", "sums.caio", "--no-cache").code == 0

    def test_what_is_unknown_is_not_kept_as_an_answer(self, run: Run) -> None:
        Path("sums.caio").write_text(SUMS, "utf-8")
        assert run("prove", "sums.caio", "--budget", "1").code == 3
        assert run("prove", "sums.caio").code == 0
        # What was proved once is known, and checked again, whatever the budget.
        assert run("prove", "sums.caio", "--budget", "1").code == 0

    def test_where_no_request_can_be_written_a_refutation_stays_one(self, run: Run) -> None:
        Path("bare.caio").write_text(
            'vocabulary "bare" { unit token request fields { tokens: int in 0 .. 9 token } }\n'
            "service s version 1 { permits public }\n"
            "property p { never admitted when request.tokens > 4 token }",
            "utf-8",
        )
        ran = run("prove", "bare.caio", "--json")
        assert ran.code == 1
        assert [finding["counterexample"] for finding in found(ran.json)] == [None]

    def test_without_a_property_nothing_was_asked(self, run: Run) -> None:
        ran = run("prove", write(SERVICE))
        assert ran.code == 4
        assert "nothing-asked" in ran.out

    @pytest.mark.parametrize("claim", [SAFE, f"{CLASS}\n{SERVED}"])
    def test_without_a_service_a_property_of_services_cannot_be_asked(
        self, run: Run, claim: str
    ) -> None:
        ran = run("prove", write(claim))
        assert ran.code == 4
        assert "there is no service of the vocabulary `small`" in ran.out

    def test_an_unknown_property_is_named_with_the_one_that_is_like_it(self, run: Run) -> None:
        ran = run("prove", write(SERVICE, SAFE), "--property", "saef")
        assert ran.code == 4
        assert "no property is named `saef` (did you mean `safe`?)" in ran.out
        ran = run("prove", write(SERVICE, SAFE), "--property", "another")
        assert "(there are: `safe`)" in ran.out

    def test_an_unknown_profile_is_refused(self, run: Run) -> None:
        ran = run("prove", write(SERVICE, SAFE), "--profile", "fast")
        assert ran.code == 4
        assert "no profile is named `fast`" in ran.out

    def test_what_does_not_compile_could_not_run(self, run: Run) -> None:
        ran = run("prove", write("property p { never admitted when }"), "--json")
        assert ran.code == 4
        assert ran.json["verdict"] == "could-not-run"

    @pytest.mark.parametrize("words", [["--only", "stricter"], ["--only", "looser"], []])
    def test_wrong_use(self, run: Run, words: list[str]) -> None:
        paths = [write(SERVICE, SAFE)] if words else []
        assert run("prove", *paths, *words).code == 2

    def test_a_property_that_is_named_twice_is_asked_once(self, run: Run) -> None:
        names = ["--property", "safe"] * 2
        report = run("prove", write(SERVICE, SAFE, UNSAFE), *names, "--json").json
        assert [question["id"] for question in report["questions"]] == ["prove:safe"]

    def test_documents_given_twice_are_there_once(self, run: Run) -> None:
        path = write(SERVICE, SAFE)
        assert run("prove", path, f"./{path}").code == 0


class TestOutput:
    def test_json_keeps_to_the_schema(self, run: Run) -> None:
        schema = json.loads((ROOT / "docs/spec/findings-v1.schema.json").read_text("utf-8"))
        text = write(SERVICE, SAFE, UNSAFE, CLASS, SERVED)
        report = run("prove", text, "--json").json
        jsonschema.validate(report, schema)
        (leak,) = found(report)
        assert leak["rule"] == "leak"
        assert leak["subjects"] == ["unsafe", "s"]
        assert leak["evidence"].startswith("sha256:")
        assert {question["verdict"] for question in report["questions"]} == {"proved", "refuted"}

    def test_every_answer_has_a_certificate_that_verifies(self, run: Run, tmp_path: Path) -> None:
        folder = tmp_path / "evidence"
        folder.mkdir()
        words = [write(SERVICE, SAFE, UNSAFE, CLASS, SERVED), "--certificate", str(folder)]
        run("prove", *words)
        files = sorted(folder.glob("*.json"))
        assert len(files) == 3
        ran = [run("verify", str(file)) for file in files]
        assert [one.code for one in ran] == [0, 0, 0]
        told = sorted(
            word for one in ran for word in ("holds", "refuted") if f"verdict {word};" in one.out
        )
        assert told == ["holds", "holds", "refuted"]

    def test_a_comparison_has_a_certificate_about_two_sets(self, run: Run, tmp_path: Path) -> None:
        old = write("rule r { always latency <= 1 s }", name="old/world.caio")
        new = write("rule r { always latency <= 2 s }", name="new/world.caio")
        target = tmp_path / "certificate.json"
        assert run("prove", new, "--against", old, "--certificate", str(target)).code == 1
        ran = run("verify", str(target))
        assert ran.code == 0
        assert "verdict refuted;" in ran.out
        assert run("prove", old, "--against", new, "--only", "stricter").code == 0

    def test_a_comparison_asks_properties_that_are_named(self, run: Run) -> None:
        path = write(SERVICE, SAFE, UNSAFE, "rule r { always latency <= 2 s }")
        report = run("prove", path, "--against", path, "--json").json
        assert [question["id"] for question in report["questions"]] == ["against:small"]
        report = run("prove", path, "--against", path, "--property", "safe", "--json").json
        assert [q["id"] for q in report["questions"]] == ["against:small", "prove:safe"]

    def test_the_same_run_gives_the_same_bytes_with_and_without_a_cache(self, run: Run) -> None:
        path = write(SERVICE, SAFE, UNSAFE, CLASS, SERVED)
        texts = [run("prove", path, *words).out for words in ([], [], ["--no-cache"])]
        assert texts[0] == texts[1] == texts[2]

    def test_a_leak_can_be_waived_and_comes_back_with_another_condition(self, run: Run) -> None:
        path = write(SERVICE, UNSAFE)
        (leak,) = found(run("prove", path, "--json").json)
        Path("waivers.toml").write_text(
            'format = "caio-waivers/v1"\n[[waiver]]\n'
            f'fingerprint = "{leak["fingerprint"]}"\nreason = "r"\nowner = "o"\nexpires = 2099-01-01\n',
            "utf-8",
        )
        words = ("--waivers", "waivers.toml", "--at", "2027-01-01")
        assert run("prove", path, *words).code == 0
        moved = write("\n\n", SERVICE, "\n", UNSAFE)
        assert run("prove", moved, *words).code == 0
        other = write(SERVICE, UNSAFE.replace("== us", "== eu"))
        assert run("prove", other, *words).code == 1


class TestReplay:
    def test_a_pasted_leak_is_routed_to_the_service_that_leaks(self, run: Run) -> None:
        world = write(SERVICE, UNSAFE)
        (leak,) = found(run("prove", world, "--json").json)
        Path("pasted.caio").write_text(leak["counterexample"], "utf-8")
        Path("profile.caio").write_text(
            'uses "small"\nprofile p { weights { guarantee 1, cost 1, performance 0, reliability 0 }'
            " limits { facts asserted } }",
            "utf-8",
        )
        ran = run(
            "route", world, "pasted.caio", "profile.caio", "--request", "counterexample", "--json"
        )
        assert ran.code == 0
        assert ran.json["selected"]["service"] == "s"

    def test_the_example_says_what_its_page_shows(self, run: Run, tmp_path: Path) -> None:
        folder = tmp_path / "policies"
        shutil.copytree(EXAMPLE, folder)
        old = [str(folder / name) for name in ("contracts.caio", "policy.caio")]
        against = [word for path in old for word in ("--against", path)]
        assert run("prove", *old, str(folder / "properties.caio")).code == 0
        assert run("prove", old[0], str(folder / "refactored.caio"), *against).code == 0
        relaxed = run("prove", old[0], str(folder / "relaxed.caio"), *against, "--json")
        assert relaxed.code == 1
        messages = sorted(finding["message"] for finding in found(relaxed.json))
        assert messages[0].startswith(
            "newly allowed: latency > 500 ms when request.priority == high"
        )
        assert "when request.tokens > 8000 token and request.data has personal" in messages[1]


class TestHostile:
    @pytest.mark.slow
    def test_a_thousand_rules_against_a_thousand_others(self, run: Run) -> None:
        old = write(*_rules("old", 1_000), name="old/world.caio")
        new = write(*_rules("new", 1_000), name="new/world.caio")
        assert run("prove", old, "--against", new, "--only", "stricter").code == 0
        changed = [*_rules("old", 999), "rule last { always provides vision }"]
        third = write(*changed, name="third/world.caio")
        report = run("prove", old, "--against", third, "--json").json
        assert len(found(report)) == 1

    def test_a_class_of_a_thousand_conditions(self, run: Run) -> None:
        given = ", ".join(f"tokens * {n} <= {4 * n} token" for n in range(1, 1_001))
        group = f"class c {{ given data == {{}}, {given} }}"
        assert run("prove", write(SERVICE, group, SERVED)).code == 0

    def test_more_services_are_demanded_than_there_are(self, run: Run) -> None:
        claim = "property many { always at least 10_000 admitted for c }"
        report = run("prove", write(SERVICE, CLASS, claim), "--json").json
        (finding,) = found(report)
        assert "uncovered for all its requests: 1 of the 10,000 demanded" in finding["message"]

    def test_names_are_shown_as_what_they_are(self, run: Run) -> None:
        service = SERVICE.replace("service s", 'service "::error::x ##[warning]"')
        ran = run("prove", write(service, UNSAFE))
        assert ran.code == 1
        assert not any(line.startswith("::") for line in ran.out.splitlines())
        assert "##[" not in ran.out


def _rules(name: str, number: int) -> list[str]:
    """Rules that say the same under different names."""
    return [
        f"rule {name}{n} {{ when request.tokens >= {n % 4} token and fact.trust <= {n % 2}"
        f" then latency <= {1 + n % 3} s, service.privacy.locality not in {{ us }} }}"
        for n in range(number)
    ]
