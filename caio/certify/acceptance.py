"""The way to the checker: bytes in, an accepted verdict out, or an exception.

Nothing that CAIO produces counts before this has returned. The checker shares no code with the rest and is given
nothing but bytes. Whoever has many certificates judged about the same documents has these loaded once (`Loaded`), and
gives the documents of each certificate, such as its request, along with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from caio import checker
from caio.base.errors import EvidenceError

Verdict: TypeAlias = checker.Verdict


def accept(documents: Sequence[bytes], certificate: bytes) -> checker.Verdict:
    """What the checker says of a certificate about these document sets: VerifyProof of Eq. 6.1.

    Raises:
        EvidenceError: the checker rejected the documents or the evidence; the message names code and place.
    """
    return Loaded.of(documents).accept((), certificate)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Documents that the checker has read and checked; `of` makes them.

    One thread at a time: the checker keeps what it has derived from them for the next certificate.
    """

    _documents: checker.Documents

    @classmethod
    def of(cls, documents: Sequence[bytes]) -> Loaded:
        """These document sets, united.

        Raises:
            EvidenceError: the checker rejected the documents; the message names code and place.
        """
        with _rejections():
            return cls(checker.load(*documents))

    def plus(self, documents: Sequence[bytes]) -> Loaded:
        """These documents and more; what is loaded here stays as it is.

        Raises:
            EvidenceError: the checker rejected the new documents; the message names code and place.
        """
        with _rejections():
            return Loaded(checker.load(*documents, base=self._documents))

    def accept(self, extra: Sequence[bytes], certificate: bytes) -> checker.Verdict:
        """What the checker says of a certificate about these documents and the document sets in `extra`.

        The documents in `extra` count for this certificate alone: the next one may bring others of the same names.

        Raises:
            EvidenceError: the checker rejected `extra` or the evidence; the message names code and place.
        """
        with _rejections():
            documents = checker.load(*extra, base=self._documents) if extra else self._documents
            return checker.check(documents, certificate)


@contextmanager
def _rejections() -> Iterator[None]:
    try:
        yield
    except checker.Rejection as rejection:
        raise EvidenceError(
            f"the checker rejected the evidence: {rejection}",
            code=rejection.code,
            path=rejection.path,
            expected=rejection.expected,
            seen=rejection.seen,
        ) from rejection
