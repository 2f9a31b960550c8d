"""Checking an explanation file: each certificate by the checker, each claim against its certificate, each change anew.

An explanation claims that something is so under documents that were changed in a stated way. The checker judges the
certificates; what is left is that they are about these documents and no others. So every change is made again here, on
the JSON of the documents, and its digest compared with what the certificate says it is about.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from caio.base.canonical import canonical_bytes, digest
from caio.base.numbers import format_number
from caio.cli.decision_file import DOCUMENTS

Judge = Callable[[Path, Path], Mapping[str, Any]]
"""The checker's answer about a certificate (first file) and its documents (second)."""

_Json = dict[str, Any]
_Name = tuple[str, str]
"""A candidate: its service and its control."""


class WrongError(Exception):
    """An explanation that is not borne out; ``path`` is where, ``expected`` and ``seen`` what."""

    def __init__(self, path: str, code: str, expected: str, seen: str) -> None:
        super().__init__(f"{path}: {code}: expected {expected}, seen {seen}")
        self.rejection = {"code": code, "path": path, "expected": expected, "seen": seen}


@dataclass(frozen=True, slots=True)
class Borne:
    """What was checked of an explanation that is borne out."""

    verdict: str
    certificates: int
    claims: int
    cost: int

    def lines(self) -> tuple[tuple[str, str], ...]:
        """What holds, by name and in words."""
        return (
            ("certificates", f"the checker accepts every certificate ({self.certificates:,})"),
            ("changes", "every certificate is about the documents with the change that is claimed"),
            ("claims", f"every claim is what its certificate says ({self.claims:,})"),
        )


def check_explanation(
    data: bytes, folder: Path, judge: Judge, progress: Callable[[int, int], None] | None = None
) -> Borne:
    """Check everything in an explanation.

    Args:
        data: the file.
        folder: where certificates and documents may be written for the checker.
        judge: asks the checker.
        progress: called with the number of certificates judged, and of all.

    Raises:
        WrongError: something in it is not borne out.
    """
    try:
        body = json.loads(data)
        documents = {digest(document): document for document in body["documents"]}
        cost, used = 0, set[str]()
        for number, certificate in enumerate(body["certificates"]):
            wanted = _about(certificate["inputs"], documents)
            used |= wanted
            listed = [documents[name] for name in sorted(wanted)]
            cost += _judged(number, certificate, listed, folder, judge)
            if progress is not None:
                progress(number + 1, len(body["certificates"]))
        _same("documents", sorted(documents.keys() - used), [])
        for path, standing in _standings(body):
            _placed(path, standing, body["certificates"])
        claims = 0
        for claim in _claims(body, documents):
            claim.check(body["certificates"], documents)
            claims += 1
        verdict = body["certificates"][0]["verdict"]
        _same("verdict", body["verdict"], verdict)
        return Borne(verdict, len(body["certificates"]), claims, cost)
    except (
        LookupError,
        TypeError,
        ValueError,
        ArithmeticError,
        AttributeError,
        RecursionError,
        StopIteration,
    ) as error:
        raise WrongError(
            "", "form", "an explanation", f"{type(error).__name__}: {error}"
        ) from error


def _about(inputs: _Json, documents: Mapping[str, _Json]) -> set[str]:
    """The documents that a certificate rests on, by digest."""
    named = (
        "vocabulary",
        "landscape",
        "request",
        "profile",
        "facts",
        "attestation",
        "measurements",
    )
    wanted = {inputs[name] for name in named}
    wanted |= set(inputs["policy"])
    for entry in documents[inputs["landscape"]]["entries"]:
        wanted |= {entry["service"], *entry["overlays"], entry["state"]}
    return wanted - {None}


def _judged(
    number: int, certificate: _Json, listed: Sequence[_Json], folder: Path, judge: Judge
) -> int:
    first, second = folder / "certificate.json", folder / "documents.json"
    first.write_bytes(canonical_bytes(certificate))
    second.write_bytes(canonical_bytes({"documents": listed, "format": DOCUMENTS}))
    answer = judge(first, second)
    if answer["accepted"] is not True:
        path = f"certificates[{number}].{answer['path']}".rstrip(".")
        raise WrongError(path, str(answer["code"]), str(answer["expected"]), str(answer["seen"]))
    return int(answer["cost"])


def _same(path: str, said: object, known: object) -> None:
    if said != known:
        raise WrongError(path, "claim", repr(known)[:120], repr(said)[:120])


def _standings(body: _Json) -> Iterator[tuple[str, _Json]]:
    """Every mention of a candidate's place in the ranking."""
    margin, service = body["margin"], body["service"]
    found = [("winner", body["winner"]), ("service", service)]
    if service is not None:
        found += [(f"service.others[{i}]", one) for i, one in enumerate(service["others"])]
    if margin is not None:
        found += [("margin.ahead", margin["ahead"]), ("margin.behind", margin["behind"])]
    for i, offer in enumerate((body["relaxations"] or {"found": ()})["found"]):
        found += [(f"relaxations.found[{i}].admits", one) for one in offer["admits"]]
    yield from ((path, one) for path, one in found if one is not None)


def _placed(path: str, standing: _Json, certificates: Sequence[_Json]) -> None:
    """The rank, the score and the version are those of the decision, and the verdict that of its certificate."""
    shown = _candidate(
        certificates[standing["certificate"]], standing["service"], standing["control"]
    )
    _same(f"{path}.verdict", standing["verdict"], shown["verdict"])
    candidate = certificates[0]["candidates"][standing["rank"] - 1]
    for name in ("service", "version", "control", "score"):
        _same(f"{path}.{name}", standing[name], candidate[name])


# --- claims ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Expected:
    """A claim, where it stands, and the inputs that its certificate must be about."""

    path: str
    claim: _Json
    inputs: _Json
    service: str
    control: str
    holds: bool

    def check(self, certificates: Sequence[_Json], documents: Mapping[str, _Json]) -> None:
        claim = self.claim
        certificate = certificates[claim["certificate"]]
        _same(f"{self.path}.holds", claim["holds"], self.holds)
        _same(f"{self.path}.service", claim["service"], self.service)
        _same(f"{self.path}.control", claim["control"], self.control)
        alone = choosing(documents[self.inputs["profile"]], self.control)
        profile = certificate["inputs"]["profile"]
        if profile != self.inputs["profile"]:
            _same(f"{self.path}: the profile it is about", profile, digest(alone))
        for name, known in self.inputs.items():
            if name not in ("landscape", "profile"):
                _same(f"{self.path}: the {name} it is about", certificate["inputs"][name], known)
        candidate = _candidate(certificate, self.service, self.control)
        if claim["obligation"] is None:
            _same(f"{self.path}: the candidate", candidate["verdict"], "admitted")
        else:
            refuted = claim["obligation"] in candidate["failed"]
            _same(f"{self.path}: the obligation", not refuted, self.holds)
        ours = documents[certificate["inputs"]["landscape"]]["entries"]
        theirs = documents[self.inputs["landscape"]]["entries"]
        if any(entry not in theirs for entry in ours):
            raise WrongError(self.path, "claim", "a part of the landscape", "another service")


def _candidate(certificate: _Json, service: str, control: str) -> _Json:
    mine = (service, control)
    return next(c for c in certificate["candidates"] if (c["service"], c["control"]) == mine)


def choosing(profile: _Json, control: str) -> _Json:
    """A profile that chooses among one of its controls alone: what claims about a single candidate are made under."""
    if len(profile["controls"]) < 2:
        return profile
    return {**profile, "controls": [one for one in profile["controls"] if one["name"] == control]}


def _claims(body: _Json, documents: Mapping[str, _Json]) -> Iterator[_Expected]:
    """Every claim with what it must be about."""
    inputs = body["certificates"][0]["inputs"]
    _same("inputs", body["inputs"], inputs)
    request = documents[inputs["request"]]
    for i, reason in enumerate(body["refused"]["reasons"]):
        name = (reason["example"]["service"], reason["example"]["control"])
        path = f"refused.reasons[{i}].example"
        yield _Expected(path, reason["example"], inputs, *name, holds=False)
    service = body["service"]
    if service is not None:
        name = (service["service"], service["control"])
        candidate = _shown("service", service, inputs, body, documents)
        for i, other in enumerate(service["others"]):
            path = f"service.others[{i}]"
            _same(f"{path}.service", other["service"], service["service"])
            shown = _shown(path, other, inputs, body, documents)
            _same(f"{path}.failed", other["failed"], shown["failed"])
        said = [one["obligation"] for one in service["failing"]]
        _same("service.failing", said, candidate["failed"])
        for i, failing in enumerate(service["failing"]):
            yield from _failing(f"service.failing[{i}]", failing, name, inputs, documents)
        mended = service["mended"]
        if mended is not None:
            changes = mended["changes"]
            yield from _changes("service.mended.changes", changes, name, inputs, request)
            changed = _with_request(inputs, _applied(request, changes))
            for i, claim in enumerate(mended["holds"]):
                yield _Expected(f"service.mended.holds[{i}]", claim, changed, *name, holds=True)
    for i, offer in enumerate((body["relaxations"] or {"found": ()})["found"]):
        path, changes = f"relaxations.found[{i}]", offer["changes"]
        first = (offer["admits"][0]["service"], offer["admits"][0]["control"])
        yield from _changes(f"{path}.changes", changes, first, inputs, request)
        changed = _with_request(inputs, _applied(request, changes))
        for k, one in enumerate(offer["admits"]):
            where = f"{path}.admits[{k}].claim"
            yield _Expected(
                where, one["claim"], changed, one["service"], one["control"], holds=True
            )


def _shown(
    path: str, standing: _Json, inputs: _Json, body: _Json, documents: Mapping[str, _Json]
) -> _Json:
    """The candidate in the certificate that a standing names, which is about these documents and says the same."""
    certificate = body["certificates"][standing["certificate"]]
    candidate = _candidate(certificate, standing["service"], standing["control"])
    _same(f"{path}.verdict", standing["verdict"], candidate["verdict"])
    alone = digest(choosing(documents[inputs["profile"]], standing["control"]))
    for name, known in inputs.items():
        seen = certificate["inputs"][name]
        if name != "landscape" and not (name == "profile" and seen == alone):
            _same(f"{path}: the {name} it is about", seen, known)
    return candidate


def _failing(
    path: str, failing: _Json, name: _Name, inputs: _Json, documents: Mapping[str, _Json]
) -> Iterator[_Expected]:
    yield _Expected(f"{path}.claim", failing["claim"], inputs, *name, holds=False)
    least, key = failing["least"], failing["obligation"]
    for part, value in (("holds", "bound"), ("fails", "refuted")):
        claim = failing[part]
        if claim is None:
            continue
        _same(f"{path}.{part}.obligation", claim["obligation"], key)
        about = inputs
        if least[value] is not None:
            about = _turned(inputs, key, least, least[value], documents)
        yield _Expected(f"{path}.{part}", claim, about, *name, holds=part == "holds")


def _changes(
    path: str, changes: Sequence[_Json], name: _Name, inputs: _Json, request: _Json
) -> Iterator[_Expected]:
    for i, change in enumerate(changes):
        others = [other for k, other in enumerate(changes) if k != i]
        without = _with_request(inputs, _applied(request, others))
        yield _Expected(f"{path}[{i}].without", change["without"], without, *name, holds=False)
        if change["below"] is not None:
            least = {**change["least"], "bound": change["least"]["refuted"]}
            kind = "narrow" if change["kind"] == "narrow" else "loosen"
            tighter = {**change, "kind": kind, "least": least}
            made = [tighter if k == i else other for k, other in enumerate(changes)]
            below = _with_request(inputs, _applied(request, made))
            yield _Expected(f"{path}[{i}].below", change["below"], below, *name, holds=False)


# --- changes --------------------------------------------------------------------------------------


def _with_request(inputs: _Json, request: _Json) -> _Json:
    return {**inputs, "request": digest(request)}


def _applied(request: _Json, changes: Iterable[_Json]) -> _Json:
    """The request with these changes."""
    made: _Json = deepcopy(dict(request))
    gone: dict[str, set[int]] = {"ensure": set(), "needs": set()}
    for change in changes:
        clause, least = change["clause"], change["least"]
        if change["kind"] == "drop" and clause in ("budget", "deadline"):
            made[clause] = None
        elif change["kind"] == "drop":
            gone[clause.partition("[")[0]].add(_index(clause))
        elif least is None:
            made["given"].append(change["condition"])
        else:
            _set(made, least, least["bound"])
    for part, places in gone.items():
        made[part] = [one for i, one in enumerate(made[part]) if i not in places]
    return made


def _turned(
    inputs: _Json, key: list[Any], least: _Json, value: str, documents: Mapping[str, _Json]
) -> _Json:
    """The inputs with one bound replaced, in whichever document it stands."""
    match least["owner"]:
        case "request":
            request = deepcopy(dict(documents[inputs["request"]]))
            _set(request, least, value)
            return _with_request(inputs, request)
        case "facts":
            facts = deepcopy(dict(documents[inputs["facts"]]))
            facts["values"][least["clause"]] = value
            # What is only supposed of a caller is attested by nobody.
            facts["origin"] = "asserted"
            return {**inputs, "facts": digest(facts), "attestation": None}
        case "measurements":
            measured = deepcopy(dict(documents[inputs["measurements"]]))
            low, high = map(Fraction, measured["intervals"][least["clause"]])
            end = Fraction(value)
            ends = (end, max(high, end)) if least["relation"] == ">=" else (min(low, end), end)
            measured["intervals"][least["clause"]] = [format_number(one) for one in ends]
            return {**inputs, "measurements": digest(measured)}
        case _:
            policy = {name: documents[name] for name in inputs["policy"]}
            (old,) = (name for name, one in policy.items() if _is(one, key))
            rule = deepcopy(dict(policy[old]))
            _bound(rule["then"][_index(least["clause"])], value)
            return {**inputs, "policy": sorted({*policy.keys() - {old}, digest(rule)})}


def _is(rule: _Json, key: Sequence[Any]) -> bool:
    """Whether a rule, an invariant or a constraint is the one that an obligation comes from."""
    kind = rule["of"] if rule["kind"] == "constraint" else rule["kind"]
    return [kind, rule["name"]] == [*key[:2]]


def _set(request: _Json, least: _Json, value: str) -> None:
    clause = least["clause"]
    if clause in ("budget", "deadline"):
        request[clause] = value
    elif clause == "given":
        sign = 1 if least["relation"] == "<=" else -1
        constant = format_number(-sign * Fraction(value))
        term = {"constant": constant, "terms": {least["quantity"]: str(sign)}}
        request["given"].append(["le", term])
    else:
        _bound(request["ensure"][_index(clause)], value)


def _bound(atom: _Json, value: str) -> None:
    if atom["on"] == "expression":
        atom["terms"]["constant"] = value
    elif isinstance(atom["bound"], dict):
        atom["bound"]["constant"] = value
    else:
        atom["bound"] = value


def _index(clause: str) -> int:
    match = re.fullmatch(r"[a-z]+\[([0-9]+)\]", clause)
    if match is None:
        raise ValueError(f"no clause: {clause}")
    return int(match[1])
