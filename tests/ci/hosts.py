"""Hosts for tests: what a code host does with our files, as far as it matters here.

GitHub's runner: expressions are evaluated where a step gives its environment, and each script runs in bash as the runner calls
it, with the files that the runner names. GitLab: inputs are put into the text of a component before it is read, and a job's
scripts run in one shell. Neither has a network here: packages come from this environment.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action.yml"
TEMPLATE = ROOT / "templates" / "caio.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"

BASH = shutil.which("bash") or "/bin/bash"
MAX_SECONDS = 300

_EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")
_INPUT = re.compile(r"\$\[\[\s*inputs\.(\w+)\s*\]\]")
_VARIABLE = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Ran:
    """What a script did."""

    code: int
    out: str
    err: str


def offline() -> dict[str, str]:
    """The environment in which pip installs a checkout without a network, and Python finds the packages of this one."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    settings = {
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        # To pip, this is the value of the option that begins with `build`.
        "PIP_NO_BUILD_ISOLATION": "0",
    }
    return {**kept, **settings}


def shell(script: str, folder: Path, environment: Mapping[str, str], *options: str) -> Ran:
    """Run a script in a file of its own by bash with these options."""
    file = folder.parent / "script.sh"
    file.write_text(script, "utf-8")
    process = subprocess.run(
        [BASH, *options, str(file)],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=MAX_SECONDS,
        stdin=subprocess.DEVNULL,
    )
    return Ran(process.returncode, process.stdout, process.stderr)


@dataclass
class Runner:
    """GitHub's runner at work on a job that uses the action.

    Attributes:
        workspace: the working directory, with the caller's documents.
        temporary: its folder for temporary files.
        environment: what it sets beside what it gives every step.
    """

    workspace: Path
    temporary: Path
    environment: dict[str, str] = field(default_factory=offline)

    def __post_init__(self) -> None:
        self.action: Mapping[str, Any] = yaml.safe_load(ACTION.read_text("utf-8"))

    @property
    def output_file(self) -> Path:
        """The file to which a step writes its outputs."""
        return self.temporary / "output"

    @property
    def summary(self) -> Path:
        """The file to which a step writes the summary of the job."""
        return self.temporary / "summary.md"

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of the step that ran last, as the runner reads them."""
        lines = self.output_file.read_text("utf-8").splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines)}

    def step(self, name: str) -> Mapping[str, Any]:
        """The step of this name."""
        (found,) = (step for step in self.action["runs"]["steps"] if step["name"] == name)
        assert isinstance(found, Mapping)
        return found

    def run(self, name: str, **inputs: str) -> Ran:
        """Run a step with these inputs, and the defaults of the others."""
        step = self.step(name)
        known = {key: str(given.get("default", "")) for key, given in self.action["inputs"].items()}
        assert set(inputs) <= set(known)
        values = {
            **{f"inputs.{key}": value for key, value in {**known, **inputs}.items()},
            "github.action_path": str(ROOT),
            "github.action_repository": "example/caio-router",
            "github.action_ref": "v1",
            "runner.temp": str(self.temporary),
            "steps.python.outputs.python-path": sys.executable,
        }
        environment = {
            name: _EXPRESSION.sub(lambda match: values[match[1]], text)
            for name, text in step["env"].items()
        }
        self.output_file.write_text("")
        self.summary.write_text("")
        github = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(self.output_file),
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "RUNNER_TEMP": str(self.temporary),
        }
        assert step["shell"] == "bash"
        everything = {**self.environment, **github, **environment}
        options = ("--noprofile", "--norc", "-e", "-o", "pipefail")
        return shell(step["run"], self.workspace, everything, *options)


def component(**inputs: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The header of the template, and its configuration with these inputs put in."""
    head, body = TEMPLATE.read_text("utf-8").split("\n---\n")
    header = yaml.safe_load(head)
    known = header["spec"]["inputs"]
    missing = {name for name, given in known.items() if "default" not in given} - set(inputs)
    assert not missing, missing
    assert set(inputs) <= set(known)
    values = {name: inputs.get(name, given.get("default")) for name, given in known.items()}
    for name, given in known.items():
        assert values[name] in given.get("options", [values[name]])
    return header, yaml.safe_load(_INPUT.sub(lambda match: values[match[1]], body))


def run_job(job: Mapping[str, Any], project: Path, environment: Mapping[str, str]) -> Ran:
    """Run a job of GitLab in a folder: its variables, then all scripts in one shell that stops at the first failure."""
    known = {**environment, "CI_PROJECT_DIR": str(project)}
    for name, given in job["variables"].items():
        if isinstance(given, Mapping):
            assert given["expand"] is False
            known[name] = given["value"]
        else:
            known[name] = _VARIABLE.sub(lambda match: known.get(match[1], ""), given)
    script = "\n".join([*job["before_script"], *job["script"]])
    return shell(script, project, known, "--noprofile", "--norc", "-e", "-o", "pipefail")
