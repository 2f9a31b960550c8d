"""Inputs of the commands for pipelines, broken: none of them ever says success without being right about it.

In one scenario every question is refuted, in the other nearly none. Where a command succeeds on what was broken, the documents are read
anew, without a cache, and asked the question's obligations with nothing kept: all of them must hold.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from click.testing import CliRunner

from caio.base.canonical import canonical_bytes, digest_bytes
from caio.certify.asking import Asker
from caio.certify.prover import Prover
from caio.cli.main import cli
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations import universal
from caio.obligations.asked import Asked, Policy
from caio.obligations.contract import Contract
from caio.obligations.refinement import refinement
from caio.sema.project import Project, load_project
from tests.differential.campaigns import DisagreementError
from tests.fuzz.breaking import BYTES, JSON, MEANING, Files, broken_file, broken_folder

VOCABULARY = b"""vocabulary "letters" {
  enum Data { public, health sensitive }
  enum Region { eu, us }
  enum Permission { read, administer }
  unit token
  capability summary, translation
  metric latency: time in 0 s .. 60 s, lower is better, quantile 0.99, role latency
  cost in 0 USD .. 10 USD
  request fields { tokens: int in 0 .. 1_000 token, data: set of Data role data }
  facts { permissions: set of Permission role permissions }
  service attributes { region: Region, encrypted: bool role encrypted }
}
"""
OLD = b"""uses "letters"
service "summary" version 1.0 {
  is         region = eu, encrypted = true
  provides   summary
  assumes    request.tokens <= 900 token
  guarantees latency <= 2 s when request.tokens <= 400 token, latency <= 8 s
  cost       4 USD per 1_000_000 token * request.tokens
  permits    any of { read }
}
"""
NEW = b"""uses "letters"
service "summary" version 2.0 {
  is         region = eu, encrypted = true
  provides   summary
  assumes    request.tokens <= 900 token
  guarantees latency <= 2 s when request.tokens <= 300 token, latency <= 8 s
  cost       5 USD per 1_000_000 token * request.tokens
  permits    any of { read, administer }
}
"""
RULES = b"""uses "letters"
rule fast { when request.tokens <= 200 token then latency <= 3 s }
rule slow { when request.tokens <= 100 token then latency <= 9 s }
rule dead { when request.tokens >= 2_000 token then latency <= 1 s }
"""
PROPERTIES = b"""uses "letters"
class short { needs summary  given request.tokens <= 950 token, request.data == { public } }
property served { always at least 1 admitted for short }
property at_home { never admitted when service.region == eu and health in request.data }
"""
CALLER = b"""uses "letters"
request nurse {
  caller ward
  needs  summary
  given  request.tokens in 0 .. 350 token, request.data == { public }
  ensure latency <= 2 s
}
facts ward { permissions = { read } }
"""
WAIVER = """[[waiver]]
fingerprint = "{}"
reason = "accepted by the ward"
owner = "ward@example.org"
expires = 2026-01-01
"""
"""Expired when the commands are asked."""

SCENARIO: Files = {
    "vocabulary/letters.caio": VOCABULARY,
    "old/summary.caio": OLD,
    "new/summary.caio": NEW,
    "rules/rules.caio": RULES,
    "properties/properties.caio": PROPERTIES,
    "callers/nurse.caio": CALLER,
}
SOUND: Files = {
    **SCENARIO,
    "new/summary.caio": OLD.replace(b"version 1.0", b"version 2.0"),
    "rules/rules.caio": RULES[: RULES.index(b"rule slow")],
    "properties/properties.caio": b"""uses "letters"
property at_home { never admitted when service.region == us }
""",
}
"""The same where nearly nothing is wrong: what is broken of it may be right, and is judged."""
POLICY = ("vocabulary", "rules")
COMMANDS: dict[str, tuple[str, ...]] = {
    "compat": ("old", "new", "--policy", "vocabulary", "--no-bump"),
    "prove": ("new", "vocabulary", "rules", "properties"),
    "lint": ("new", "vocabulary", "rules", "callers"),
    "diff": ("sides/old", "sides/new"),
    "can-deploy": (
        *("old", "new", "callers", "vocabulary"),
        *("--service", "summary", "--version", "2.0"),
    ),
}


def laid_out(files: Files, folder: Path) -> None:
    """Write the scenario's files; ``diff`` has both sides in folders that are complete."""
    sides = dict(files)
    for side in ("old", "new"):
        for name, data in files.items():
            top = name.partition("/")[0]
            if top in (side, "vocabulary", "rules"):
                sides[f"sides/{side}/{name}"] = data
    for name, data in sides.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_dir():
            path.write_bytes(data)
    for top in {name.partition("/")[0] for name in SCENARIO} | {"sides/old", "sides/new"}:
        (folder / top).mkdir(parents=True, exist_ok=True)


@dataclass
class Judge:
    """What is true of the documents in a folder, found without anything that was kept."""

    prover: Prover

    def right(self, command: str, folder: Path) -> bool:
        """Whether a command may say success of them."""
        match command:
            case "compat":
                return self._compat(folder)
            case "prove":
                return self._prove(folder)
            case "lint":
                return self._lint(folder)
            case "diff":
                return self._diff(folder)
        return self._deployable(folder)

    def _project(self, folder: Path, *names: str) -> Project | None:
        project = load_project([folder / name for name in names], cache=None)
        return project if project.ok and len(project.vocabularies) == 1 else None

    def _all_hold(self, project: Project, other: Project | None, asked: list[Asked]) -> bool:
        sets = [one.documents() for one in (project, other) if one is not None]
        asker = Asker(project.vocabularies[0], sets, self.prover)
        return bool(asked) and asker.ask("again", asked).holds is True

    def _compat(self, folder: Path) -> bool:
        old = self._project(folder, "old", "vocabulary")
        new = self._project(folder, "new", "vocabulary")
        if old is None or new is None or old.vocabularies != new.vocabularies:
            return False
        before, after = newest(old), newest(new)
        if not before or not before.keys() <= after.keys():
            return False
        meaning = Asker(old.vocabularies[0], [], self.prover).meaning
        asked = [
            one
            for name, contract in before.items()
            for one in refinement(contract, after[name], Policy(), meaning)
        ]
        return self._all_hold(old, new, asked)

    def _prove(self, folder: Path) -> bool:
        project = self._project(folder, *COMMANDS["prove"])
        if project is None or not project.properties:
            return False
        meaning = Asker(project.vocabularies[0], [], self.prover).meaning
        groups = {document_digest(one): one for one in project.classes}
        contracts = list(newest(project).values())
        asked: list[Asked] = []
        for one in project.properties:
            if isinstance(one.claim, d.Always):
                group = groups[one.claim.group]
                asked.append(universal.inhabited(group, meaning))
                asked.append(universal.always(one, group, contracts, policy(project), meaning))
            elif isinstance(one.claim, d.Never):
                asked += [
                    universal.never(one, contract, policy(project), meaning)
                    for contract in contracts
                ]
        return bool(contracts) and self._all_hold(project, None, asked)

    def _lint(self, folder: Path) -> bool:
        """No rule is dead, and none follows from all others."""
        project = self._project(folder, "new", "vocabulary", "rules", "callers")
        if project is None:
            return False
        meaning = Asker(project.vocabularies[0], [], self.prover).meaning
        rules = list(project.rules)
        applicable = [universal.applicable(one, meaning) for one in rules]
        if rules and not self._all_hold(project, None, applicable):
            return False
        for rule in rules:
            rest = [one for one in rules if one != rule]
            asked = [universal.implied(rest, rule, i, meaning) for i in range(len(rule.then))]
            if self._all_hold(project, None, asked):
                return False
        return True

    def _diff(self, folder: Path) -> bool:
        old, new = (self._project(folder, f"sides/{side}") for side in ("old", "new"))
        if old is None or new is None or old.vocabularies != new.vocabularies:
            return False
        before, after = newest(old), newest(new)
        meaning = Asker(old.vocabularies[0], [], self.prover).meaning
        asked: list[Asked] = []
        for name in before.keys() | after.keys():
            one = before.get(name), policy(old)
            other = after.get(name), policy(new)
            for left, right in ((one, other), (other, one)):
                if left[0] is not None:
                    asked.append(universal.keeps(None, False, left, right, meaning))
        return not asked or self._all_hold(old, new, asked)

    def _deployable(self, folder: Path) -> bool:
        project = self._project(folder, "old", "new", "callers", "vocabulary")
        if project is None:
            return False
        meaning = Asker(project.vocabularies[0], [], self.prover).meaning
        facts = {one.name: one for one in project.facts}
        versions = {one.version: Contract(one) for one in project.services if one.name == "summary"}
        if "2.0" not in versions:
            return False
        own = policy(project)
        for request in project.requests:
            if request.caller is None:
                continue
            known: d.Facts | bool = facts.get(request.caller, False)
            ways = {
                version: universal.keeps(request, known, (None, Policy()), (contract, own), meaning)
                for version, contract in versions.items()
            }
            taken = [v for v, asked in ways.items() if self._all_hold(project, None, [asked])]
            if taken and "2.0" not in taken:
                return False
        return True


def newest(project: Project) -> dict[str, Contract]:
    """The highest version of each service."""
    found: dict[str, d.Service] = {}
    for one in project.services:
        if one.name not in found or _version(found[one.name]) < _version(one):
            found[one.name] = one
    return {
        name: Contract(
            service,
            tuple(
                sorted(
                    (
                        o
                        for o in project.overlays
                        if (o.service, o.version) == (name, service.version)
                    ),
                    key=lambda o: o.origin,
                )
            ),
        )
        for name, service in found.items()
    }


def _version(service: d.Service) -> list[int]:
    numbers = [int(part) for part in service.version.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


def policy(project: Project) -> Policy:
    return Policy.of([*project.rules, *project.constraints])


@dataclass
class Gates:
    """The campaign: one broken scenario at a time."""

    judge: Judge
    folder: Path
    processes: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    _caches: dict[str, list[Files]] = field(default_factory=dict)
    _findings: dict[str, list[str]] = field(default_factory=dict)

    def run(self, seed: int) -> None:
        """Break a scenario in one way, and ask one command about it. Raises ``DisagreementError``."""
        rng = Random(seed)
        command = rng.choice(list(COMMANDS))
        place = Path(tempfile.mkdtemp(prefix=f"{seed}-", dir=self.folder))
        files, cache, waivers = dict(rng.choice((SCENARIO, SOUND))), self._kept(command, rng), b""
        target = rng.randrange(10)
        if target < 6:
            names = [name for name in files if self._concerns(name, command)]
            name = rng.choice(names)
            way, files[name] = broken_file(files[name], rng, MEANING if rng.randrange(3) else BYTES)
        elif target < 7:
            way, files = broken_folder(files, rng)
        elif target < 9 and cache:
            way, cache = self._broken_cache(cache, rng)
        else:
            expired = [WAIVER.format(name) for name in self._findings[command]]
            text = "".join(['format = "caio-waivers/v1"\n', *expired]).encode()
            way, waivers = broken_file(text, rng, {**BYTES, **MEANING})
            way = f"waivers: {way}"
        laid_out(files, place)
        laid_out_cache(cache, place / "cache")
        if waivers:
            (place / "waivers.toml").write_bytes(waivers)
        self.counts[f"{command}: {way}"] += 1
        code, told = self._call(command, place, processes=self.processes)
        self.counts[f"exit {code}"] += 1
        self._compare(seed, command, way, code, told, place)

    @staticmethod
    def _concerns(name: str, command: str) -> bool:
        tops = {part for words in COMMANDS[command] for part in words.split("/")}
        return name.partition("/")[0] in tops | ({"rules", "vocabulary"} & {*POLICY})

    def _compare(
        self, seed: int, command: str, way: str, code: int, told: str, place: Path
    ) -> None:
        where = f"seed {seed}: {command}, {way}: in {place}"
        if code not in range(6):
            raise DisagreementError(f"{where}: exit code {code}\n{told[-2000:]}")
        if code == 0:
            self.counts["successes judged"] += 1
            if not (self.judge.right(command, place) or self._waived(command, place)):
                raise DisagreementError(f"{where}: success, which it is not\n{told[-2000:]}")
        else:
            said = _said(told)
            if said.get("exit", code) == 0:
                raise DisagreementError(f"{where}: exit code {code}, and the report says 0")

    def _waived(self, command: str, place: Path) -> bool:
        """Whether somebody answers for every finding of the scenario as it stands, until the day of the question or later."""
        if not (place / "waivers.toml").exists():
            return False
        listed = tomllib.loads((place / "waivers.toml").read_text("utf-8"))["waiver"]
        names = {one["fingerprint"] for one in listed if one["expires"] >= date(2026, 11, 22)}
        return {*self._findings[command]} == names

    def _call(self, command: str, place: Path, *, processes: bool = False) -> tuple[int, str]:
        words = [command, *COMMANDS[command], "--format", "json", "--at", "2026-11-22"]
        words += ["--cache", "cache"]
        words += ["--waivers", "waivers.toml"] if (place / "waivers.toml").exists() else []
        if processes:
            ran = subprocess.run(
                [sys.executable, "-m", "caio", *words],
                cwd=place,
                capture_output=True,
                text=True,
                check=False,
            )
            _no_traceback(ran.stderr)
            return ran.returncode, ran.stdout
        before = Path.cwd()
        os.chdir(place)
        try:
            result = CliRunner().invoke(cli, words, prog_name="caio")
        finally:
            os.chdir(before)
        if not isinstance(result.exception, SystemExit | type(None)):
            raise DisagreementError(f"{place}: {result.exception!r}") from result.exception
        _no_traceback(result.stderr)
        return result.exit_code, result.stdout

    def _kept(self, command: str, rng: Random) -> Files:
        """The cache that one of the scenarios leaves, or none."""
        if command not in self._caches:
            self._caches[command] = []
            for turn, files in enumerate((SCENARIO, SOUND)):
                place = self.folder / f"kept-{command}-{turn}"
                laid_out(files, place)
                _, told = self._call(command, place)
                if turn == 0:
                    asked = _said(told)["questions"]
                    found = [one for question in asked for one in question["findings"]]
                    self._findings[command] = [one["fingerprint"] for one in found]
                self._caches[command].append(
                    {path.name: path.read_bytes() for path in (place / "cache").rglob("*.*")}
                )
        return dict(rng.choice([*self._caches[command], {}]))

    def _broken_cache(self, cache: Files, rng: Random) -> tuple[str, Files]:
        """An entry with other bytes; evidence with another content, or with that of another entry, under a seal that fits.

        Compiled documents under a fitting seal are believed (``caio.base.store``); evidence never is.
        """
        kept = sorted(name for name in cache if name.endswith(".answers"))
        if kept and rng.randrange(4):
            one, other = rng.choice(kept), rng.choice(kept)
            way, body = "exchanged", cache[other].partition(b"\n")[2]
            if one == other:
                way, body = broken_file(body, rng, JSON)
            cache[one] = _sealed(one, cache[one].partition(b"\n")[0], body)
            return f"evidence: {way}", cache
        one = rng.choice(sorted(cache))
        way, cache[one] = broken_file(cache[one], rng, BYTES)
        return f"cache: {way}", cache


def laid_out_cache(cache: Files, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name, data in cache.items():
        (folder / name).write_bytes(data)


def _sealed(name: str, head: bytes, body: bytes) -> bytes:
    """A changed entry under a head that fits it, so that what it says is judged and not its seal."""
    own = {**json.loads(head), "digest": digest_bytes(body), "name": name, "size": len(body)}
    return canonical_bytes(own) + b"\n" + body


def _said(told: str) -> dict[str, Any]:
    try:
        found = json.loads(told)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _no_traceback(text: str) -> None:
    if "Traceback" in text:
        raise DisagreementError(text[-3000:])


def campaign(seeds: Iterator[int], *, processes: bool = False) -> Counter[str]:
    """Run seeds; what was broken how often, and how it ended."""
    with tempfile.TemporaryDirectory(prefix="gates-") as name, Prover() as prover:
        gates = Gates(Judge(prover), Path(name), processes)
        for seed in seeds:
            gates.run(seed)
    return gates.counts
