"""Each attack on an evidence file is detected and named, and no attacked file is ever verified."""

from __future__ import annotations

import pytest

from caio.evidence import Outcome, Policy, Status, verify
from tests.evidence.attacks import ATTACKS, Attack
from tests.evidence.making import ONE, TWO, Case, make
from tests.evidence.signatures import Verifying

OPEN = {"no-proof"}
"""Codes of what nothing shows: not established, and so never verified."""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return make(tmp_path_factory.mktemp("log"))


def test_there_are_enough_kinds() -> None:
    assert len({one.name for one in ATTACKS}) == len(ATTACKS) >= 100


@pytest.mark.parametrize("one", ATTACKS, ids=lambda one: one.name)
def test_an_attack_is_detected_and_named(one: Attack, good: Case) -> None:
    case = good.copy()
    data = one.act(case) or case.build()
    policy = Policy(older=None if one.older is None else one.older(good))
    expected = Status.OPEN if one.code in OPEN else Status.FAILED
    outcome = Outcome.INCOMPLETE if one.code in OPEN else Outcome.FAILED
    # Without cryptography what does not need it is found all the same.
    needs = {"note-signature", "note-unsigned", "attestation-signature"}
    for signatures in (Verifying(ONE, TWO), None):
        report = verify(data, policy=policy, signatures=signatures)
        assert report.outcome is not Outcome.VERIFIED
        if signatures is None and one.code in needs:
            continue
        claim = report[one.claim]
        assert report.outcome is outcome, report.json()
        assert claim.status is expected, report.json()
        assert one.code in claim.codes, report.json()
