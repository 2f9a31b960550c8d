"""Reduced campaigns over broken inputs of questions over all requests; ``python -m tests.fuzz`` runs the long ones."""

import pytest

from caio.certify.acceptance import Loaded
from tests.differential.campaigns import DisagreementError
from tests.fuzz import evidence, gates

BROKEN_COMMANDS = 100
BROKEN_EVIDENCE = 150
PROCESSES = 4


def test_no_command_says_success_of_broken_inputs_unless_it_is_right() -> None:
    counts = gates.campaign(iter(range(BROKEN_COMMANDS)))
    assert sum(n for key, n in counts.items() if key.startswith("exit ")) == BROKEN_COMMANDS
    assert counts["exit 4"] > counts["exit 0"]
    assert counts["exit 1"] > 0


def test_nor_does_a_process_of_its_own() -> None:
    counts = gates.campaign(iter(range(10_000, 10_000 + PROCESSES)), processes=True)
    assert sum(n for key, n in counts.items() if key.startswith("exit ")) == PROCESSES


def test_what_is_accepted_of_broken_certificates_is_true() -> None:
    counts = evidence.certificates(range(BROKEN_EVIDENCE))
    assert counts["certificates"] == BROKEN_EVIDENCE
    assert counts["accepted"] * 10 < BROKEN_EVIDENCE


def test_evidence_that_was_damaged_or_forged_changes_no_answer() -> None:
    counts = evidence.answers(range(BROKEN_EVIDENCE))
    assert counts["entries"] == BROKEN_EVIDENCE
    assert counts["evidence exchanged"] + counts["evidence changed"] > BROKEN_EVIDENCE // 2


def test_evidence_that_is_believed_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Loaded, "accept", lambda *_: None)
    with pytest.raises(DisagreementError):
        evidence.answers(range(BROKEN_EVIDENCE))


def test_a_command_that_is_content_with_everything_would_be_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def content(self: gates.Gates, command: str, *_: object, **__: object) -> tuple[int, str]:
        self.counts[command] += 1
        return 0, '{"questions": []}'

    monkeypatch.setattr(gates.Gates, "_call", content)
    with pytest.raises(DisagreementError):
        gates.campaign(iter(range(20)))
