"""The action: valid by its schema, and its scripts run as GitHub's runner runs them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from tests.ci.hosts import ACTION, ROOT, Runner

DATA = Path(__file__).parent / "data"
VERDICTS = {"proved": 0, "refuted": 1, "unknown": 3, "nothing": 4, "evidence": 5}
SHOWN_AS = {"nothing": "could-not-run", "evidence": "rejected"}
HOSTILE = (
    "$(touch stolen)",
    '"; touch stolen; "',
    "'; touch stolen; '",
    "`touch stolen`",
    "a && touch stolen",
    "${IFS}$(touch${IFS}stolen)",
    "*",
    "~",
    "\\",
    "::stop-commands::x",
)


@cache
def schema(name: str) -> Draft7Validator:
    loaded = json.loads((DATA / name).read_text("utf-8"))
    Draft7Validator.check_schema(loaded)
    return Draft7Validator(loaded)


class TestFile:
    def test_obeys_the_schema(self) -> None:
        action = yaml.safe_load(ACTION.read_text("utf-8"))
        schema("github-actions.json").validate(action)
        assert not schema("github-actions.json").is_valid({**action, "runs": {}})

    def test_no_expression_stands_in_a_script(self) -> None:
        action = yaml.safe_load(ACTION.read_text("utf-8"))
        scripts = [step["run"] for step in action["runs"]["steps"] if "run" in step]
        assert len(scripts) == 2
        assert not [script for script in scripts if "${{" in script or "eval" in script]

    def test_what_it_uses_is_named_by_its_commit(self) -> None:
        used = re.findall(r"^\s*uses: (\S+)(.*)$", ACTION.read_text("utf-8"), re.MULTILINE)
        assert len(used) == 3
        for name, remark in used:
            assert re.fullmatch(r"actions/[a-z/-]+@[0-9a-f]{40}", name)
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", remark)

    def test_every_input_and_output_is_described_and_used(self) -> None:
        text = ACTION.read_text("utf-8")
        action = yaml.safe_load(text)
        for name, given in action["inputs"].items():
            assert given["description"]
            assert f"inputs.{name}" in text
        for name, given in action["outputs"].items():
            assert given["value"] == f"${{{{ steps.run.outputs.{name} }}}}"


class TestVerdicts:
    @pytest.mark.parametrize("what", VERDICTS)
    def test_the_outputs_agree_with_the_exit_code(self, toy: Runner, what: str) -> None:
        ran = toy.run("Run CAIO", command="toy", paths=what)
        assert ran.code == VERDICTS[what]
        verdict = SHOWN_AS.get(what, what)
        assert toy.outputs == {
            "verdict": verdict,
            "exit-code": str(ran.code),
            "sarif": "caio.sarif",
        }
        log = json.loads((toy.workspace / "caio.sarif").read_text("utf-8"))
        assert log["runs"][0]["properties"]["verdict"] == verdict
        home = "https://github.com/example/caio-router/blob/v1/"
        assert log["runs"][0]["tool"]["driver"]["informationUri"] == home
        assert toy.summary.read_text("utf-8").startswith("## ")
        assert ("::error " in ran.out) == (ran.code != 0)
        assert ran.out.splitlines()[-1].startswith(f"{verdict}: ")

    def test_a_waived_run_is_said_to_be_waived(self, toy: Runner) -> None:
        toy.run("Run CAIO", command="toy", paths="refuted", arguments="--format\njson=out.json")
        (question,) = json.loads((toy.workspace / "out.json").read_text())["questions"]
        waivers = ['format = "caio-waivers/v1"']
        for finding in question["findings"]:
            waivers.append(f'[[waiver]]\nfingerprint = "{finding["fingerprint"]}"')
            waivers.append('reason = "r"\nowner = "o"\nexpires = 2027-03-31')
        (toy.workspace / "my waivers.toml").write_text("\n".join(waivers))
        arguments = "--waivers\nmy waivers.toml\n\n  --at\n  2027-01-01\n"
        ran = toy.run("Run CAIO", command="toy", paths="refuted", arguments=arguments)
        assert (ran.code, toy.outputs["verdict"]) == (0, "waived")


class TestInputs:
    def test_a_report_of_an_earlier_step_is_not_taken_for_this_one(self, toy: Runner) -> None:
        assert toy.run("Run CAIO", command="toy", paths="proved").code == 0
        ran = toy.run("Run CAIO", command="toy", paths="proved", arguments="--nonsense")
        assert ran.code == 2
        assert toy.outputs == {"verdict": "could-not-run", "exit-code": "2", "sarif": ""}

    @pytest.mark.parametrize(
        "inputs",
        [
            {"paths": ""},
            {"paths": " \n\n"},
            {"command": ""},
            {"command": "toy --help"},
            {"command": "--help"},
            {"command": "nonsense"},
            {"command": "toy;touch stolen"},
            {"sarif": ""},
            {"sarif": "a\nverdict=proved"},
        ],
    )
    def test_what_makes_no_sense_is_wrong_use(self, toy: Runner, inputs: dict[str, str]) -> None:
        ran = toy.run("Run CAIO", **{"command": "toy", "paths": "proved", **inputs})
        assert ran.code == 2
        assert toy.outputs == {"verdict": "could-not-run", "exit-code": "2", "sarif": ""}
        assert ran.out.startswith("::error title=CAIO::the input ")

    def test_what_a_caller_passes_is_never_a_part_of_a_script(self, toy: Runner) -> None:
        joined = "\n".join(HOSTILE)
        for inputs in (
            {"paths": f"proved\n{joined}", "sarif": "".join(HOSTILE[:6])},
            {"arguments": joined},
            *({"command": text} for text in HOSTILE),
        ):
            ran = toy.run("Run CAIO", **{"command": "toy", "paths": "proved", **inputs})
            assert not (toy.workspace / "stolen").exists()
            assert set(toy.outputs) == {"verdict", "exit-code", "sarif"}
            assert ran.code == int(toy.outputs["exit-code"])

    def test_a_path_is_never_an_option(self, toy: Runner) -> None:
        ran = toy.run("Run CAIO", command="toy", paths="--help")
        assert ran.code == 4
        assert "Usage" not in ran.out


@pytest.mark.slow
class TestInstallation:
    def test_what_is_installed_is_the_checkout_with_the_versions_of_its_lock(
        self, installed: Runner
    ) -> None:
        constraints = (installed.temporary / "caio-constraints.txt").read_text().splitlines()
        lock = (ROOT / "requirements-dev.lock").read_text()
        assert len(constraints) == len(re.findall(r"^\S+==", lock, re.MULTILINE)) > 50
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[^ ]+", line) for line in constraints)
        ran = installed.run("Run CAIO", command="check", paths="good.caio")
        assert (ran.code, ran.err) == (0, "")
        # A command without a report for hosts has a verdict nevertheless.
        assert installed.outputs == {"verdict": "proved", "exit-code": "0", "sarif": ""}
        assert list((installed.temporary / "caio-cache").iterdir())

    def test_documents_are_linted(self, installed: Runner) -> None:
        ran = installed.run("Run CAIO", paths="good.caio")
        assert (ran.code, installed.outputs["verdict"]) == (0, "proved"), ran.out + ran.err
        ran = installed.run("Run CAIO", paths="bad.caio")
        assert (ran.code, installed.outputs["verdict"]) == (1, "refuted")
        assert re.search("^::(error|warning) file=bad.caio,line=", ran.out, re.MULTILINE)
        assert "rule-never-applies" in installed.summary.read_text("utf-8")
        log = json.loads((installed.workspace / installed.outputs["sarif"]).read_text("utf-8"))
        assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["rule-never-applies"]

    def test_a_change_is_asked_about(self, installed: Runner) -> None:
        ran = installed.run("Run CAIO", command="diff", paths="good.caio\ngood.caio")
        assert (ran.code, installed.outputs["verdict"]) == (0, "proved")
        ran = installed.run("Run CAIO", command="diff", paths="good.caio\nbad.caio")
        assert (ran.code, installed.outputs["verdict"]) == (1, "refuted")
        assert "newly-admitted" in installed.summary.read_text("utf-8")
        ran = installed.run("Run CAIO", command="compat", paths="good.caio\ngood.caio")
        assert (ran.code, installed.outputs["verdict"]) == (0, "proved")
