"""The long campaign of `make fuzz`: every vector of every case, not a sample, and random bytes.

`main` prints a table of codes and gives 1 if anything was accepted that is not a true certificate,
refused with a code that the specification does not allow for such a change, or ended otherwise.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Sequence

from tests.certify.rules import RejectedError
from tests.tamper.case import Case, canonical, judge, stored_cases
from tests.tamper.generate import candidates, judged, raw_splices, with_rescored
from tests.tamper.opinion import confirm
from tests.tamper.raw import monsters

SHOWN = 20
"""How many findings are printed in full."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the campaign; the exit code is 1 if there is a finding."""
    parser = argparse.ArgumentParser(prog="tampering", description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="run one vector in so many")
    parser.add_argument("--bytes", type=int, default=20_000, help="how many random byte changes")
    parser.add_argument("--seed", type=int, default=1, help="of the random byte changes")
    options = parser.parse_args(argv)
    codes: Counter[str] = Counter()
    findings: list[str] = []
    cases = stored_cases()
    for index, (_, _, case, vector) in enumerate(with_rescored(candidates(cases))):
        if index % options.every == 0:
            try:
                codes[judged(case, vector).code] += 1
            except Exception as error:  # noqa: BLE001 - whatever else it ends in is the finding
                findings.append(f"{vector.json()}: {error!r}")
    for case, splice in raw_splices(cases):
        codes[_expect(*splice.apply(case), splice.codes, splice.desc, findings)] += 1
    for desc, data, allowed in monsters():
        codes[_expect(data, cases[0].certificate_bytes, allowed, desc, findings)] += 1
        codes[_expect(cases[0].document_bytes, data, allowed, desc, findings)] += 1
    codes.update(_random_bytes(options.seed, options.bytes, findings))
    for code, count in codes.most_common():
        sys.stdout.write(f"{count:8} {code}\n")
    findings.sort(key=len)
    for finding in findings[:SHOWN]:
        sys.stdout.write(f"finding: {finding[:2000]}\n")
    sys.stdout.write(f"{sum(codes.values())} vectors, {len(findings)} findings\n")
    return 1 if findings else 0


def _expect(
    documents: bytes, certificate: bytes, allowed: frozenset[str], desc: str, findings: list[str]
) -> str:
    try:
        code = judge(documents, certificate)
    except Exception as error:  # noqa: BLE001 - whatever else it ends in is the finding
        code = repr(error)
    if code not in allowed:
        findings.append(f"{desc}: {code}, not one of {sorted(allowed)}")
    return code


def _random_bytes(seed: int, count: int, findings: list[str]) -> Counter[str]:
    """Bytes flipped, cut, doubled and moved, in files whose digests are not repaired."""
    rng = random.Random(seed)
    codes: Counter[str] = Counter()
    cases = stored_cases()
    for _ in range(count):
        case = rng.choice(cases)
        changed = scrambled(rng, case.certificate_bytes)
        try:
            code = judge(case.document_bytes, changed)
        except Exception as error:  # noqa: BLE001 - whatever else it ends in is the finding
            findings.append(f"random bytes: {error!r}: {changed!r}")
            continue
        codes[code] += 1
        if code == "accepted" and not is_true(case, changed):
            findings.append(f"random bytes accepted: {changed!r}")
    return codes


def is_true(case: Case, certificate: bytes) -> bool:
    """Whether a second opinion confirms what was accepted; it may be what was there before."""
    value = json.loads(certificate)
    if canonical(value) == case.certificate_bytes:
        return True
    try:
        confirm(Case(case.name, case.documents, value))
    except (AssertionError, LookupError, ValueError, RejectedError):
        return False
    return True


def scrambled(rng: random.Random, data: bytes) -> bytes:
    """A few random changes of bytes."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        start = rng.randrange(len(changed))
        end = min(len(changed), start + rng.randint(1, 8))
        part = changed[start:end]
        match rng.randrange(5):
            case 0:
                changed[start] ^= 1 << rng.randrange(8)
            case 1:
                del changed[start:end]
            case 2:
                changed[start:start] = part
            case 3:
                place = rng.randrange(len(changed))
                changed[place : place + len(part)] = part
            case _:
                changed[start] = rng.choice(b'0123456789-"[]{},:.eEtfn\\u ')
    return bytes(changed)


if __name__ == "__main__":
    sys.exit(main())
