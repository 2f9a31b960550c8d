"""The way to the checker: bytes in, an accepted verdict out, or an exception.

Nothing that CAIO produces counts before this has returned. The checker shares no code with the rest and is given
nothing but bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from caio import checker
from caio.base.errors import EvidenceError

Verdict: TypeAlias = checker.Verdict


def accept(documents: Sequence[bytes], certificate: bytes) -> checker.Verdict:
    """What the checker says of a certificate about these document sets.

    Raises:
        EvidenceError: the checker rejected the documents or the evidence; the message names code and place.
    """
    try:
        return checker.check(checker.load(*documents), certificate)
    except checker.Rejection as rejection:
        raise EvidenceError(
            f"the checker rejected the evidence: {rejection}",
            code=rejection.code,
            path=rejection.path,
            expected=rejection.expected,
            seen=rejection.seen,
        ) from rejection
