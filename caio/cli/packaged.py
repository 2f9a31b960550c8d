"""Files that travel with the program: found in an installed package and in a checkout alike.

Some of them live where readers of the repository look for them (``grammar/``, ``docs/spec/``, ``examples/``) and are
moved into the package when the wheel is built. An editable install sees the checkout and no second copy of anything.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

from caio.base.errors import InputError

TEMPLATES: Final = "cli/templates"
"""Where the files of new projects are, inside the package."""

_ELSEWHERE: Final = {
    "examples/llm_gateway": "examples/llm_gateway",
    "spec": "docs/spec",
    "syntax/caio.lark": "grammar/caio.lark",
}
"""By the place inside the package: the place in a checkout."""

REINSTALL: Final = "pip install --force-reinstall --no-deps caio-router"
"""What mends an installation that lacks files."""


def locate(name: str) -> Path | None:
    """Where a file or folder of the package is, named by its place inside the package; None if it is missing."""
    packaged = Path(str(resources.files("caio"))) / name
    if packaged.exists():
        return packaged
    head = next((part for part in _ELSEWHERE if name == part or name.startswith(f"{part}/")), None)
    if head is None:
        return None
    checkout = Path(__file__).resolve().parents[2] / (_ELSEWHERE[head] + name[len(head) :])
    return checkout if checkout.exists() else None


def read_packaged(name: str) -> bytes:
    """The bytes of a file of the package.

    Raises:
        InputError: it is missing or unreadable, so that the installation is incomplete.
    """
    found = locate(name)
    if found is None:
        raise InputError(f"`{name}` is missing from the installation: {REINSTALL}")
    try:
        return found.read_bytes()
    except OSError as error:
        raise InputError(
            f"`{name}` of the installation cannot be read ({error.strerror}): {REINSTALL}"
        ) from error
