"""Response schemas as content: the digest of a file in place of its path.

A contract names its response schema by a digest, or by a path. Two files of one name may differ, and a file may be moved
without a change, so that what is compared is content: the SHA-256 of the bytes, as ``caio.execute`` names it. A path is read
beside the document that names it. What cannot be read has no content, and is equal to nothing.
"""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from caio.base.canonical import digest_bytes
from caio.base.spans import MAX_BYTES
from caio.ir import documents as d

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class Schema:
    """The response schema of a contract.

    Attributes:
        named: what the contract calls it.
        digest: of its content; None where there is none to be had.
        missing: why there is none, if there is none.
    """

    named: str
    digest: str | None
    missing: str = ""

    def put_into(self, service: d.Service) -> d.Service:
        """The service with the digest in the place of the path."""
        if service.api is None or self.digest in (None, service.api.response_schema):
            return service
        return replace(service, api=replace(service.api, response_schema=self.digest))


def schema_of(service: d.Service, file: str | None) -> Schema | None:
    """The response schema of a service, or None if it has none.

    Args:
        service: as it is written.
        file: the name of the file that it comes from, if it comes from one.
    """
    named = None if service.api is None else service.api.response_schema
    if named is None:
        return None
    if _DIGEST.fullmatch(named):
        return Schema(named, named)
    if _ADDRESS.match(named) or Path(named).is_absolute() or file is None:
        return Schema(named, None, "it is no path beside the document, and nothing else is read")
    return _read(named, Path(file).parent / named)


def _read(named: str, path: Path) -> Schema:
    try:
        # A device or a pipe in the place of a file could keep the command busy for good.
        if not stat.S_ISREG(path.stat().st_mode):
            return Schema(named, None, f"`{path}` is no file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not a possible name"
        return Schema(named, None, f"cannot read `{path}`: {reason[:1].lower()}{reason[1:]}")
    if len(data) > MAX_BYTES:
        return Schema(named, None, f"`{path}` is larger than the {MAX_BYTES:,} bytes that are read")
    return Schema(named, digest_bytes(data))
