"""Forges what a certificate claims, with every digest recomputed: the substance must refuse."""

from collections import Counter
from collections.abc import Iterator

from tests.tamper import keys
from tests.tamper.case import Case, Json
from tests.tamper.evidence import ANY
from tests.tamper.structure import near
from tests.tamper.vector import Operation, Path, Vector, add, copy, move, remove, replace

Forged = Iterator[tuple[str, str, str, list[Operation]]]

WORDS = ("admitted", "refuted", "unknown", "not_examined")
OUTCOMES = ("routed", "not_routable", "unknown")


def spread(case: Case) -> Iterator[tuple[str, Vector]]:
    """Vectors, each with the place that it is an example of."""
    forged = _decision(case) if case.is_decision else _claims(case.certificate["claims"])
    counts: Counter[str] = Counter()
    for kind, codes, desc, operations in forged:
        counts[kind] += 1
        allowed = frozenset(codes.split())
        vector = Vector(case.name, kind, desc, allowed, certificate=operations, sealed=True)
        yield f"sealed {case.name} {kind} {counts[kind] % 4}", vector


def _decision(case: Case) -> Forged:
    decision = case.certificate
    yield from _outcome(decision)
    yield from _proofs(decision["proofs"])
    yield from _guarantees(decision["guarantees"])
    yield from _inputs(decision)
    rows = decision["candidates"]
    for index, row in enumerate(rows):
        path: Path = ("candidates", index)
        yield from _identity(path, row)
        yield from _standing(path, row, decision)
        if "evidence" in row:
            yield from _references((*path, "evidence"), row["evidence"], decision["evidence"])
        yield "candidate-dropped", "landscape verdict", row["service"], [remove(path)]
        yield "candidate-doubled", "landscape", row["service"], [copy(path, path)]
        if index:
            yield (
                "candidates-swapped",
                "order",
                row["service"],
                [move(path, ("candidates", index - 1))],
            )
        for other in range(index):
            if (
                "evidence" in row
                and rows[other].get("evidence", row["evidence"]) != row["evidence"]
            ):
                first, second = rows[other]["evidence"], row["evidence"]
                yield (
                    "evidence-of-another-candidate",
                    f"{ANY} digest",
                    f"{other} and {index}",
                    [
                        replace(("candidates", other, "evidence"), second),
                        replace(("candidates", index, "evidence"), first),
                    ],
                )
    yield "candidates-empty", "landscape empty", "nobody", [replace(("candidates",), [])]
    yield (
        "candidates-reversed",
        "order landscape",
        "reversed",
        [replace(("candidates",), rows[::-1])] if len(rows) > 1 else [replace(("candidates",), [])],
    )


def _outcome(decision: Json) -> Forged:
    for word in OUTCOMES:
        if word != decision["verdict"]:
            yield "verdict-forged", "verdict", word, [replace(("verdict",), word)]
    rows = decision["candidates"]
    triples = [{k: row[k] for k in ("service", "version", "route", "control")} for row in rows]
    for other in (None, *triples):
        if other != decision["selected"]:
            name = other and other["service"]
            yield "selection-forged", "verdict", f"{name}", [replace(("selected",), other)]
            operations = [replace(("selected",), other), replace(("verdict",), "routed")]
            operations.append(replace(("optimality",), "established"))
            yield "selection-forged", "verdict", f"{name}, routed", operations
    for key, value in (decision["selected"] or {}).items():
        forged = [replace(("selected", key), value + "0")]
        yield "selection-forged", "verdict", f"{key} {value}0", forged
    for claim in ("established", "not_established", None):
        if claim != decision["optimality"]:
            yield "optimality-forged", "verdict", f"{claim}", [replace(("optimality",), claim)]
    steps = decision["steps"]
    for index, (name, count) in enumerate(steps):
        for number in (count + 1, count - 1, 0, len(rows)):
            if number != count:
                forged = [replace(("steps", index, 1), number)]
                yield "step-count-forged", "verdict", f"{name} {number}", forged
        yield "filter-step-dropped", "verdict", name, [remove(("steps", index))]
        yield "filter-step-renamed", "verdict", name, [replace(("steps", index, 0), name + "s")]
        if index:
            yield (
                "filter-steps-swapped",
                "verdict",
                name,
                [move(("steps", index), ("steps", index - 1))],
            )


def _proofs(proofs: Json) -> Forged:
    """Named proofs that say more, less, or something else than the evidence shows."""
    for index, proof in enumerate(proofs):
        path: Path = ("proofs", index)
        name = proof["property"]
        for key in ("property", "statement", "formal", "method"):
            for other in (proof[key] + " ", proof[key].upper(), ""):
                yield "proof-reworded", "verdict", f"{name}: {key}", [replace((*path, key), other)]
        forged = [replace((*path, "valid"), not proof["valid"])]
        yield "proof-validity-forged", "verdict", name, forged
        for place in range(len(proof["evidence"])):
            here = (*path, "evidence", place)
            yield "proof-evidence-dropped", "verdict", f"{name}: {place}", [remove(here)]
            yield "proof-evidence-doubled", "verdict", f"{name}: {place}", [copy(here, here)]
        more = [add((*path, "evidence", "-"), 99)]
        yield "proof-evidence-invented", "verdict", name, more
        yield "proof-dropped", "verdict", name, [remove(path)]
        yield "proof-doubled", "verdict", name, [copy(path, path)]
        if index:
            yield "proofs-swapped", "verdict", name, [move(path, ("proofs", index - 1))]
            other = [replace((*path, "evidence"), proofs[index - 1]["evidence"])]
            yield "evidence-of-another-proof", "verdict accepted", name, other
    invented = {
        "property": "security",
        "statement": "all is well",
        "formal": "⊤",
        "method": "trust",
        "valid": True,
        "evidence": [0],
    }
    yield "proof-invented", "verdict", "one more", [add(("proofs", "-"), invented)]
    yield "proofs-empty", "verdict accepted", "none", [replace(("proofs",), [])]


def _guarantees(guarantees: Json) -> Forged:
    """Guarantees that promise more, less, of something else, or nothing."""
    for index, promise in enumerate(guarantees):
        path: Path = ("guarantees", index)
        name = promise["metric"]
        for end in ("lower", "upper"):
            for text in near(promise[end]):
                told = f"{name}: {end} {text}"
                yield "guarantee-forged", "verdict", told, [replace((*path, end), text)]
        other = [replace((*path, "metric"), name + "0")]
        yield "guarantee-of-another-metric", "verdict", name, other
        yield "guarantee-dropped", "verdict", name, [remove(path)]
        yield "guarantee-doubled", "verdict", name, [copy(path, path)]
        if index:
            yield "guarantees-swapped", "verdict", name, [move(path, ("guarantees", index - 1))]
    more = {"metric": "cost", "lower": "0", "upper": "0"}
    yield "guarantee-invented", "verdict", "of the cost", [add(("guarantees", "-"), more)]


def _inputs(decision: Json) -> Forged:
    inputs = decision["inputs"]
    for text in near(inputs["at"])[:2]:
        yield "time-forged", "verdict", f"the inputs say {text}", [replace(("inputs", "at"), text)]
    year = [replace(("at",), "2027-11-22T00:00:00Z")]
    yield "time-forged", "verdict", "the decision says a year later", year
    yield (
        "time-forged",
        f"{ANY} score",
        "both say a year later",
        [*year, replace(("inputs", "at"), "1826841600000000")],
    )
    yield "seed-changed", "accepted", "nothing depends on it", [replace(("inputs", "seed"), "1")]
    names = (
        *("vocabulary", "landscape", "request", "profile", "facts", "attestation"),
        "measurements",
    )
    for name in names:
        for other in names:
            if inputs[name] != inputs[other] and inputs[other] is not None and name != other:
                yield (
                    "input-of-another-kind",
                    "reference digest",
                    f"{name} for {other}",
                    [replace(("inputs", name), inputs[other])],
                )
    yield (
        "landscape-forged",
        "digest",
        "the request's",
        [replace(("landscape",), inputs["request"])],
    )
    for name in ("facts", "attestation", "measurements"):
        if inputs[name] is not None:
            without = [replace(("inputs", name), None)]
            yield f"{name}-left-out", f"{ANY} digest score", f"no {name}", without
            service = [replace(("inputs", name), inputs["policy"][0] if inputs["policy"] else "")]
            yield "input-of-another-kind", "reference shape", f"a rule as {name}", service
    for index in range(len(inputs["policy"])):
        here = ("inputs", "policy", index)
        yield "rule-left-out", f"{ANY} score", f"rule {index}", [remove(here)]
        yield "rule-doubled", "duplicate", f"rule {index}", [copy(here, here)]
        if index:
            swapped = [move(here, ("inputs", "policy", index - 1))]
            yield "rules-swapped", "canonical", f"rule {index}", swapped


def _identity(path: Path, row: Json) -> Forged:
    for other in ("none", "calm", "bold", "late", "CALM"):
        if other != row["control"]:
            forged = [replace((*path, "control"), other)]
            yield "control-forged", "landscape score", f"{row['service']} under {other}", forged
    for key in ("service", "version", "route", "control"):
        for other in (row[key] + "0", row[key].upper() + "!", ""):
            codes = "landscape"
            yield "identity-forged", codes, f"{key} {other}", [replace((*path, key), other)]
    for shift in (1, -1, 10**6, -row["score"] - 1):
        other = row["score"] + shift
        yield (
            "score-forged",
            "score",
            f"{row['service']} {other}",
            [replace((*path, "score"), other)],
        )


def _standing(path: Path, row: Json, decision: Json) -> Forged:
    name = row["service"]
    for word in WORDS:
        if word == row["verdict"]:
            continue
        codes = "verdict shape"
        yield "standing-forged", codes, f"{name} {word}", [replace((*path, "verdict"), word)]
    if row["verdict"] == "refuted":
        praised: list[Operation] = [
            replace((*path, "verdict"), "admitted"),
            replace((*path, "failed"), []),
        ]
        yield "refuted-as-admitted", "verdict", name, praised
        chosen = {key: row[key] for key in ("service", "version", "route", "control")}
        yield (
            "refuted-as-winner",
            "verdict",
            name,
            [
                *praised,
                replace(("selected",), chosen),
                replace(("verdict",), "routed"),
                replace(("optimality",), "established"),
            ],
        )
    if row["verdict"] == "not_examined":
        yield (
            "skipped-as-refuted",
            "verdict unused",
            name,
            [
                replace((*path, "verdict"), "refuted"),
                add((*path, "failed"), [["coherent"]]),
                add((*path, "evidence"), []),
            ],
        )
    else:
        yield (
            "examined-as-skipped",
            f"{ANY} digest",
            name,
            [
                replace((*path, "verdict"), "not_examined"),
                remove((*path, "failed")),
                remove((*path, "evidence")),
            ],
        )
        yield from _failed((*path, "failed"), row["failed"])
        yield "evidence-empty", "shape", name, [replace((*path, "evidence"), [])]
    del decision


def _failed(path: Path, failed: Json) -> Forged:
    for index, key in enumerate(failed):
        here = (*path, index)
        yield "failure-hidden", "verdict", f"{key}", [remove(here)]
        yield "failure-doubled", "verdict", f"{key}", [copy(here, here)]
        if index:
            yield "failures-swapped", "verdict", f"{key}", [move(here, (*path, index - 1))]
        if isinstance(key[-1], int):
            yield (
                "failure-off-by-one",
                "verdict",
                f"{key}",
                [replace((*here, len(key) - 1), key[-1] + 1)],
            )
            yield (
                "failure-off-by-one",
                "verdict",
                f"{key} as text",
                [replace((*here, len(key) - 1), str(key[-1]))],
            )
    for key in (["coherent"], ["assumption", 99], ["budget", "covered"], ["invented"], []):
        if key not in failed:
            yield "failure-invented", "verdict", f"{key}", [add((*path, "-"), key)]


def _references(path: Path, references: Json, evidence: Json) -> Forged:
    last_proof, last_witness = len(evidence["proofs"]) - 1, -len(evidence["witnesses"])
    for index, own in enumerate(references):
        here = (*path, index)
        at = f"{path[1]}/{index}"
        yield "reference-null", f"{ANY} accepted", f"{at}: null", [replace(here, None)]
        for kind, codes, other in (
            ("reference-out-of-range", "reference", last_proof + 1),
            ("reference-out-of-range", "reference", last_witness - 1),
            ("reference-out-of-range", "reference", 2**31 - 1),
            ("evidence-of-another-obligation", f"{ANY} accepted", 0),
            ("evidence-of-another-obligation", f"{ANY} accepted", last_proof),
            ("evidence-of-another-obligation", f"{ANY} accepted", -1),
            ("evidence-of-another-obligation", f"{ANY} accepted", last_witness),
            ("evidence-of-another-obligation", f"{ANY} accepted", own and own - 1),
            ("evidence-of-the-other-kind", f"{ANY} accepted", own and -1 - own),
        ):
            if other is not None and other != own:
                yield kind, codes, f"{at}: {other}", [replace(here, other)]
        yield "reference-dropped", ANY, f"{at}: dropped", [remove(here)]
        yield "reference-doubled", ANY, f"{at}: twice", [copy(here, here)]
        if index and references[index - 1] != own:
            swapped = [move(here, (*path, index - 1))]
            yield "references-swapped", f"{ANY} accepted", f"{at}: earlier", swapped


def _claims(claims: Json) -> Forged:
    for index, claim in enumerate(claims):
        path: Path = ("claims", index)
        other = "holds" if claim["verdict"] == "refuted" else "refuted"
        yield "claim-forged", "polarity", f"{index} {other}", [replace((*path, "verdict"), other)]
        number = claim["evidence"]
        for reference in (-1 - number, number + 1, number - 1, 99, -99):
            codes = f"{ANY}"
            yield (
                "evidence-of-another-claim",
                codes + " accepted",
                f"{index}: {reference}",
                [replace((*path, "evidence"), reference)],
            )
        yield "claim-dropped", "unused accepted", f"{index}", [remove(path)]
        yield "claim-doubled", "duplicate", f"{index}", [copy(path, path)]
        for place, twin in enumerate(claims):
            if place != index:
                yield (
                    "claim-about-another",
                    f"{ANY} accepted canonical",
                    f"{index} as {place}",
                    [replace((*path, "obligation"), twin["obligation"])],
                )
        yield "claim-of-no-kind", "shape", f"{index}", [replace((*path, "obligation", 0), "sane")]
        yield from keys.forged((*path, "obligation"), claim["obligation"], claims)
    yield "claims-empty", "empty", "no claim", [replace(("claims",), [])]
    yield "claims-reversed", "accepted", "the order is free", [replace(("claims",), claims[::-1])]
