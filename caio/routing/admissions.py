"""Admitted candidates, each with evidence of its own that the checker has accepted.

Where a call to the selected service fails, the next admitted candidate takes its place. That it may is proved anew, for it
alone: a fallback is no way around an obligation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from caio.base.canonical import digest_bytes
from caio.base.sealed import SEAL, Sealed, sealed
from caio.obligations.contract import Contract


@dataclass(frozen=True, slots=True)
class _Held:
    contract: Contract
    evidence: str


@final
class Admission(Sealed, seal=SEAL):
    """A candidate all of whose obligations hold, as the checker has found; only an engine makes one.

    >>> next(router.admissions(router.route("question")))
    <Admission of 'small' 1.0>
    """

    __slots__ = ()
    _origin = "only `Router.admissions` returns one, after the checker has accepted its evidence"
    _instead = "Keep the decision itself, and give it to `caio.verify`"

    @property
    def contract(self) -> Contract:
        """The service with its overlays and its observed state, under a control."""
        return self._admitted.contract

    @property
    def control(self) -> str:
        """The control signal that it was admitted with, ``none`` if the profile has none."""
        return self._admitted.contract.control

    @property
    def evidence(self) -> str:
        """The digest of the examination that the checker accepted."""
        return self._admitted.evidence

    @property
    def _admitted(self) -> _Held:
        held: _Held = self._content()
        return held

    def __repr__(self) -> str:
        service = self.contract.service
        return f"<Admission of {service.name!r} {service.version}>"


def admitted(contract: Contract, certificate: bytes) -> Admission:
    """The admission of a contract. Only for what the checker has accepted.

    Args:
        contract: of the last candidate of the certificate.
        certificate: an examination.
    """
    return sealed(Admission, _Held(contract, digest_bytes(certificate)))
