"""What ``docs/ci.md`` shows is what hosts take: workflows, components and hooks, with inputs that there are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.ci.hosts import ACTION, HOOKS, ROOT, component
from tests.ci.test_action import schema
from tests.docs.pages import blocks

PAGE = ROOT / "docs" / "ci.md"
NAME = "example/caio-router"


def shown(key: str) -> list[dict[Any, Any]]:
    """The blocks of YAML with this key."""
    read = [yaml.safe_load(b.text) for b in blocks(PAGE) if b.language == "yaml"]
    return [block for block in read if key in block]


def test_every_block_is_for_one_of_the_hosts() -> None:
    number = sum(block.language == "yaml" for block in blocks(PAGE))
    assert [len(shown(key)) for key in ("jobs", "include", "repos")] == [2, 1, 1]
    assert number == 4


def test_workflows_obey_the_schema_and_name_inputs_and_outputs_that_there_are() -> None:
    action = yaml.safe_load(ACTION.read_text("utf-8"))
    used = []
    for workflow in shown("jobs"):
        # To YAML 1.1 the word `on` is a truth value; GitHub reads it as a word.
        workflow["on"] = workflow.pop(True)
        schema("github-workflows.json").validate(workflow)
        for job in workflow["jobs"].values():
            used += [step["with"] for step in job["steps"] if NAME in step.get("uses", "")]
    assert len(used) == 2
    for given in used:
        assert set(given) <= set(action["inputs"])
        needed = {name for name, known in action["inputs"].items() if known.get("required")}
        assert needed <= set(given)
    text = PAGE.read_text("utf-8")
    for name in (*action["inputs"], *action["outputs"]):
        assert f"| `{name}` |" in text


def test_the_component_takes_what_is_passed() -> None:
    (pipeline,) = shown("include")
    schema("gitlab-ci.json").validate(pipeline)
    (included,) = pipeline["include"]
    header, configuration = component(**included["inputs"])
    schema("gitlab-ci.json").validate(configuration)
    text = PAGE.read_text("utf-8")
    assert all(f"`{name}`" in text or name == "command" for name in header["spec"]["inputs"])


def test_pre_commit_takes_the_configuration(tmp_path: Path) -> None:
    (config,) = shown("repos")
    (repository,) = config["repos"]
    known = {hook["id"] for hook in yaml.safe_load(HOOKS.read_text("utf-8"))}
    assert {hook["id"] for hook in repository["hooks"]} == known
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(config))
    words = [sys.executable, "-m", "pre_commit", "validate-config", str(file)]
    assert subprocess.run(words, check=False).returncode == 0
