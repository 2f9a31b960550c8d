"""Evidence and certificates of questions over all requests, broken: what is accepted is true, and what is answered is right."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random

from caio.base.canonical import Json, canonical_bytes, digest_bytes
from caio.certify.answers import Answers
from caio.certify.asking import Asker
from caio.certify.prover import Prover
from caio.ir import documents as d
from caio.ir.decode import decode_set
from caio.ir.encode import document_digest
from caio.obligations.meaning import Meaning
from tests.differential.campaigns import DisagreementError
from tests.fuzz.breaking import BYTES, JSON, broken_file
from tests.tamper.case import Case, judge, read_case
from tests.tamper.opinion import confirm
from tests.tamper.questions import asked_by

CASES = ("questions", "sane")


def certificates(seeds: Iterable[int]) -> Counter[str]:
    """Certificates of documents with one place of theirs changed, or two: a second opinion confirms what is accepted."""
    cases, counts = [read_case(name) for name in CASES], Counter[str]()
    for seed in seeds:
        rng = Random(seed)
        case = rng.choice(cases)
        way, data = "", case.certificate_bytes
        for _ in range(rng.randrange(1, 3)):
            way, data = broken_file(data, rng, JSON if rng.randrange(4) else BYTES)
        code = judge(case.document_bytes, data)
        counts[code] += 1
        counts["certificates"] += 1
        if code == "accepted":
            try:
                confirm(Case(case.name, case.documents, json.loads(data)))
            except AssertionError as error:
                raise DisagreementError(f"seed {seed}: {case.name}, {way}: {error}") from error
    return counts


def answers(seeds: Iterable[int]) -> Counter[str]:
    """Evidence kept from run to run, exchanged, damaged or forged under a seal that fits: the answers stay what they are."""
    case, counts = read_case("questions"), Counter[str]()
    documents = decode_set({"format": "caio-documents/v1", "documents": list(case.documents)})
    known = {document_digest(one): one for one in documents}
    vocabulary = next(one for one in documents if isinstance(one, d.Vocabulary))
    meaning = Meaning(vocabulary)
    asked = [asked_by(claim["obligation"], meaning, known) for claim in case.certificate["claims"]]
    truth = [claim["verdict"] == "holds" for claim in case.certificate["claims"]]
    with tempfile.TemporaryDirectory(prefix="answers-") as name, Prover() as prover:
        kept = Answers(Path(name))
        asker = Asker(vocabulary, [documents], prover, answers=kept)
        asker.ask("all", asked)
        (path,) = Path(name).glob("*.answers")
        original = path.read_bytes()
        for seed in seeds:
            rng = Random(seed)
            way, data = _forged(original, path.name, rng)
            path.write_bytes(data)
            chosen = sorted(rng.sample(range(len(asked)), 6))
            found = asker.ask("all", [asked[index] for index in chosen])
            told = [one.holds for one in found.answers]
            if told != [truth[index] for index in chosen]:
                keys = [asked[index].key for index in chosen]
                raise DisagreementError(f"seed {seed}: {way}: {told} of {keys}")
            counts[way] += 1
            counts["entries"] += 1
    return counts


def _forged(data: bytes, name: str, rng: Random) -> tuple[str, bytes]:
    head, _, body = data.partition(b"\n")
    if rng.randrange(5) == 0:
        return broken_file(data, rng, BYTES)
    if rng.randrange(2):
        entries: dict[str, Json] = json.loads(body)
        way, keys = "evidence exchanged", list(entries)
        mixed = rng.sample(keys, len(keys))
        count = rng.randrange(2, len(keys))
        entries |= {key: entries[other] for key, other in zip(keys[:count], mixed, strict=False)}
        body = canonical_bytes(entries)
    else:
        way = "evidence changed"
        for _ in range(rng.randrange(1, 6)):
            _, body = broken_file(body, rng, JSON)
    own = {**json.loads(head), "digest": digest_bytes(body), "name": name, "size": len(body)}
    return way, canonical_bytes(own) + b"\n" + body
