"""The component for GitLab: valid by GitLab's schema, and its job run as a runner runs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from tests.ci.conftest import BAD
from tests.ci.hosts import ROOT, Ran, Runner, component, offline, run_job
from tests.ci.test_action import HOSTILE, schema

SCHEMA = "gitlab-ci.json"
CODE_QUALITY = {"description", "check_name", "fingerprint", "severity", "location"}


def job(**inputs: str) -> Mapping[str, Any]:
    """The job that the component gives with these inputs."""
    _, configuration = component(**{"package": str(ROOT), "paths": "contracts", **inputs})
    (found,) = configuration.values()
    assert isinstance(found, Mapping)
    return found


def run(toy: Runner, **inputs: str) -> Ran:
    """Run the scripts of the job, which the toy command stands in for; nothing is installed."""
    project = toy.workspace
    installed = project / ".caio-router"
    if not installed.exists():
        (toy.temporary / "caio-router").rename(installed)
    script = dict(job(**inputs))
    script["before_script"] = []
    script["variables"] = {
        **script["variables"],
        "CAIO_COMMAND": {"value": "toy", "expand": False},
    }
    return run_job(script, project, offline())


class TestFile:
    def test_header_and_configuration_obey_the_schema(self) -> None:
        header, configuration = component(package="x", paths="contracts", job="gate")
        schema(SCHEMA).validate(header)
        schema(SCHEMA).validate(configuration)
        assert list(configuration) == ["gate"]
        assert not schema(SCHEMA).is_valid({"gate": {**configuration["gate"], "artifacts": 1}})

    def test_every_input_is_described_and_no_package_is_guessed(self) -> None:
        header, _ = component(package="x", paths="contracts")
        inputs = header["spec"]["inputs"]
        assert all(given["description"] for given in inputs.values())
        assert {name for name, given in inputs.items() if "default" not in given} == {
            "package",
            "paths",
        }

    def test_no_input_stands_in_a_script(self) -> None:
        marked = job(package="MARK", paths="MARK", arguments="MARK", image="MARK", stage="MARK")
        assert "MARK" not in json.dumps([marked["script"], marked["before_script"]])


class TestJob:
    @pytest.mark.parametrize(("what", "code"), [("proved", 0), ("refuted", 1), ("evidence", 5)])
    def test_the_reports_are_what_gitlab_reads(self, toy: Runner, what: str, code: int) -> None:
        ran = run(toy, paths=what)
        assert ran.code == code
        reports = job()["artifacts"]["reports"]
        entries = json.loads((toy.workspace / reports["codequality"]).read_text("utf-8"))
        assert all(set(entry) == CODE_QUALITY for entry in entries)
        assert bool(entries) == (code != 0)
        suites = JUnitXml.fromfile(str(toy.workspace / reports["junit"]))
        assert bool(suites.failures or suites.errors) == (code != 0)
        (sarif,) = job()["artifacts"]["paths"]
        assert json.loads((toy.workspace / sarif).read_text("utf-8"))["version"] == "2.1.0"

    def test_old_reports_do_not_outlive_a_run_without_one(self, toy: Runner) -> None:
        assert run(toy, paths="proved").code == 0
        assert run(toy, paths="proved", arguments="--nonsense").code == 2
        assert not [*toy.workspace.glob("*.json"), *toy.workspace.glob("*.xml")]

    def test_what_an_input_holds_is_never_a_part_of_a_script(self, toy: Runner) -> None:
        quoted = " ".join(text.replace("\\", "").replace('"', "") for text in HOSTILE)
        for inputs in ({"paths": f"proved {quoted}"}, {"arguments": quoted, "paths": "proved"}):
            run(toy, **inputs)
            assert not (toy.workspace / "stolen").exists()

    @pytest.mark.slow
    def test_a_job_from_installation_to_reports(self, toy: Runner) -> None:
        contracts = toy.workspace / "contracts"
        contracts.mkdir()
        (contracts / "bad.caio").write_text(BAD)
        tools = Path(offline()["PYTHONPATH"]).parents[2] / "bin"
        environment = {**offline(), "PATH": f"{tools}:{offline()['PATH']}"}
        ran = run_job(job(), toy.workspace, environment)
        assert ran.code == 1, ran.err
        assert "warning[rule-never-applies]" in ran.out
        (entry,) = json.loads((toy.workspace / "caio-code-quality.json").read_text("utf-8"))
        assert entry["location"]["path"] == "contracts/bad.caio"
        assert entry["check_name"] == "rule-never-applies"
        assert list((toy.workspace / ".caio-cache").iterdir())
