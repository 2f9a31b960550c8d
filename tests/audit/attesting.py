"""What attestations cost: ``python -m tests.audit.attesting`` prints sizes, and operations per second of process time.

Each row is the median of several rounds, about decisions of drawn worlds; the more services, the larger is the decision file, and
the statement stays as it is.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Final

from caio.audit.attestation import attest, attest_decided, verify_attestation
from caio.audit.bundle import bundle, read_bundle
from caio.audit.envelope import read_envelope, seal, verify
from caio.audit.notes import Verifier
from caio.audit.statement import Decided, read_statement
from tests.audit.deciding import decisions, routed
from tests.audit.keys import TestSigner

ROUNDS: Final = 5
ALICE, BOB = TestSigner("alice"), TestSigner("bob")
KEYS: Final = [Verifier.of(ALICE), Verifier.of(BOB)]


def rate(act: Callable[[], object], count: int = 200) -> float:
    """Calls per second of process time."""
    act()
    found = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(count):
            act()
        found.append(count / (time.process_time() - start))
    return statistics.median(found)


def main() -> None:
    """Print the table."""
    made = routed()
    decided = Decided.of(made.data, made.files.body)
    envelope = attest(made.data, made.verdict, [ALICE])
    data, both = envelope.data, attest(made.data, made.verdict, [ALICE, BOB]).data
    statement = read_statement(envelope.unverified)
    rows: list[tuple[str, Callable[[], object]]] = [
        ("Ed25519 alone: sign", partial(ALICE.sign, envelope.unverified)),
        ("SHA-256 of the decision file", lambda: sha256(made.data).digest()),
        ("what a decision says, from its members", partial(Decided.of, made.data, made.files.body)),
        ("what a decision says, from its bytes", partial(Decided.read, made.data)),
        ("seal a payload", partial(seal, envelope.unverified, [ALICE])),
        ("attest, from members", partial(attest_decided, decided, made.verdict, [ALICE])),
        ("attest, from bytes", partial(attest, made.data, made.verdict, [ALICE])),
        ("read an envelope", partial(read_envelope, data)),
        ("verify an envelope", partial(verify, envelope, KEYS[:1])),
        ("read a statement", partial(read_statement, envelope.unverified)),
        ("verify an attestation", partial(verify_attestation, data, KEYS[:1])),
        ("verify one with two signatures", partial(verify_attestation, both, KEYS, threshold=2)),
        ("hold it against its decision", partial(statement.check, decided, made.verdict)),
        ("write and read a bundle", lambda: read_bundle(bundle(envelope))),
    ]
    for name, act in rows:
        sys.stdout.write(f"{name:<40}{rate(act):>10,.0f}/s\n")
    sys.stdout.write("\nbytes: decision file, statement, envelope, bundle\n")
    for one in decisions():
        made_of = attest(one.data, one.verdict, [ALICE])
        sizes = (one.data, made_of.unverified, made_of.data, bundle(made_of))
        cells = "".join(f"{len(size):>10,}" for size in sizes)
        sys.stdout.write(f"{one.verdict.verdict:<14}{cells}\n")


if __name__ == "__main__":
    main()
