"""Makes the built-in certificates of ``caio doctor``: ``python -m tests.cli.refusals`` rewrites ``selfcheck.json``.

They are taken from the published vectors (``docs/spec/vectors/tampered``), whose codes follow from the specification:
of each code the smallest changes of distinct kinds, on the smallest good cases. The place that a rejection names is
what our checker says, since the specification leaves the wording of places open. The result depends on nothing else.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from caio.cli.doctor.evidence import FORMAT
from caio.cli.doctor.judge import judged
from tests.tamper.case import FOLDER, Case, read_case
from tests.tamper.vector import ACCEPTED, read_vector, serialised

TARGET = Path(__file__).resolve().parents[2] / "caio" / "cli" / "doctor" / "selfcheck.json"
BASES = ("knapsack", "parity", "questions", "routed", "sane", "steered", "tied")
"""The good cases: decisions with proofs by both rules and witnesses, one with refuted candidates, one by Eq. 1.1, claims, and questions of every kind."""
EACH = 2
"""How many bad certificates a code has at most, of distinct kinds."""
ALWAYS = (
    "refuted-as-winner",
    "candidate-dropped",
    "evidence-of-another-candidate",
    "score-forged",
    "claim-forged",
    "rule-left-out",
    "facts-left-out",
    "attestation-left-out",
    "measurements-left-out",
    "control-forged",
    "proof-validity-forged",
    "guarantee-forged",
    "index-off of refines_guarantee",
    "part-of-another never",
    "part-of-another keeps",
    "parts-swapped of refines_rule",
)
"""Kinds that are in the set whatever their size: what somebody would really try."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^"]')

Edits = list[tuple[int, int, str]]


def edits(old: str, new: str) -> Edits:
    """What to replace in a text to get another, token by token."""
    left, right = _TOKEN.findall(old), _TOKEN.findall(new)
    if "".join(right) != new:
        right = list(new)  # It is no longer JSON.
    places = [0]
    for token in left:
        places.append(places[-1] + len(token))
    head = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), None)
    if head is None:
        head = min(len(left), len(right))
    matcher = SequenceMatcher(None, left[head:], right[head:], autojunk=False)
    return [
        (places[head + i], places[head + j] - places[head + i], "".join(right[head + k : head + m]))
        for word, i, j, k, m in matcher.get_opcodes()
        if word != "equal"
    ]


def candidates(cases: dict[str, Case]) -> Iterator[tuple[str, str, str, str, bytes, bytes]]:
    """Base, code, kind, description and bytes of every published change of the bases that is refused."""
    for file in ("structure", "substance", "worlds"):
        for line in (FOLDER / f"{file}.jsonl").read_text("utf-8").splitlines():
            vector = read_vector(line)
            if vector.case in cases and vector.code != ACCEPTED:
                broken = serialised(vector.apply(cases[vector.case]))
                yield vector.case, vector.code, vector.kind, vector.desc, *broken
    for line in (FOLDER / "bytes.jsonl").read_text("utf-8").splitlines():
        body = json.loads(line)
        if body["case"] not in cases:
            continue
        case = cases[body["case"]]
        parts = {"documents": case.document_bytes, "certificate": case.certificate_bytes}
        offset, length, text = body["splice"]
        data = parts[body["part"]]
        parts[body["part"]] = data[:offset] + text.encode("latin-1") + data[offset + length :]
        yield body["case"], body["code"], body["kind"], body["desc"], *parts.values()


def made() -> dict[str, Any]:
    """The set, as it is stored."""
    cases = {name: read_case(name) for name in BASES}
    bases = {
        name: {
            "documents": case.document_bytes.decode("latin-1"),
            "certificate": case.certificate_bytes.decode("latin-1"),
        }
        for name, case in cases.items()
    }
    found: defaultdict[str, dict[str, tuple[int, dict[str, Any]]]] = defaultdict(dict)
    for base, code, kind, desc, documents, certificate in candidates(cases):
        changes = abs(len(documents) - len(bases[base]["documents"]))
        changes += abs(len(certificate) - len(bases[base]["certificate"]))
        known = found[code].get(kind)
        if known is None or changes < known[0]:
            found[code][kind] = changes, _case(base, code, kind, desc, documents, certificate)
    stored = [{"name": f"good: {base}", "base": base, "expected": None} for base in BASES]
    for code in sorted(found):
        kinds = [
            kind for _, kind in sorted((size, kind) for kind, (size, _) in found[code].items())
        ]
        chosen = [*kinds[:EACH], *(kind for kind in kinds[EACH:] if kind in ALWAYS)]
        stored += [_stored(found[code][kind][1], bases) for kind in chosen]
    stored.append(_out_of_budget(bases["tied"]))
    about = "Certificates that a checker must judge as stated; made by tests/cli/refusals.py."
    return {"format": FORMAT, "about": about, "bases": bases, "cases": stored}


def _case(
    base: str, code: str, kind: str, desc: str, documents: bytes, certificate: bytes
) -> dict[str, Any]:
    return {
        "name": f"{code}: {kind} ({desc[:60]})",
        "base": base,
        "documents": documents.decode("latin-1"),
        "certificate": certificate.decode("latin-1"),
        "code": code,
    }


def _stored(case: dict[str, Any], bases: dict[str, dict[str, str]]) -> dict[str, Any]:
    answer = judged(case)
    if answer.get("code") != case["code"]:
        raise ValueError(f"{case['name']}: the checker says {answer}")
    body = {"name": case["name"], "base": case["base"]}
    for part in ("documents", "certificate"):
        if changed := edits(bases[case["base"]][part], case[part]):
            body[part] = changed
    return {**body, "expected": {"code": answer["code"], "path": answer["path"]}}


def _out_of_budget(base: dict[str, str]) -> dict[str, Any]:
    answer = judged({**base, "budget": 0})
    if answer.get("code") != "budget":
        raise ValueError(f"without a budget, the checker says {answer}")
    expected = {"code": answer["code"], "path": answer["path"]}
    return {"name": "budget: no work at all", "base": "tied", "budget": 0, "expected": expected}


def text() -> str:
    """The file: one case a line, so that a change is seen where it is."""
    body = made()
    cases = ",\n".join(json.dumps(case, separators=(",", ":")) for case in body["cases"])
    bases = ",\n".join(
        f"{json.dumps(name)}:{json.dumps(base, separators=(',', ':'))}"
        for name, base in body["bases"].items()
    )
    head = f'"format":{json.dumps(body["format"])},\n"about":{json.dumps(body["about"])}'
    return f'{{{head},\n"bases":{{\n{bases}\n}},\n"cases":[\n{cases}\n]}}\n'


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
