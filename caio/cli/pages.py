"""The address under which the pages of rules are published, for hosts that link to them."""

from __future__ import annotations

import os
import re
from importlib.metadata import PackageNotFoundError, metadata
from typing import Final

from caio.base.errors import InputError

VARIABLE: Final = "CAIO_DOCS_URL"
"""Names another address: that of a fork, of a mirror within a company, of one version."""
_ADDRESS: Final = re.compile(r"https?://[!-~]+", re.ASCII)


def home() -> str | None:
    """The address of the root of the repository, ending in ``/``: what the environment says, else what the package does.

    None where nobody has said: then the pages are named by their paths in the repository.

    Raises:
        InputError: the environment names something else than an address.
    """
    named = os.environ.get(VARIABLE)
    if named:
        if not _ADDRESS.fullmatch(named):
            raise InputError(
                f"`{VARIABLE}` is no address such as `https://example.org/caio/`; mend or unset it"
            )
        return named.rstrip("/") + "/"
    try:
        known: list[str] = metadata("caio-router").get_all("Project-URL") or []
    except PackageNotFoundError:
        return None
    for entry in known:
        label, _, address = entry.partition(",")
        if label.strip().lower() == "documentation" and _ADDRESS.fullmatch(address.strip()):
            return address.strip().rstrip("/") + "/"
    return None
