"""New projects: which files they have, and how they are written, all of them or none.

A project is written into a folder that is new or empty, unless its owner says otherwise, and then every file that is
replaced is named. Each file appears whole (``caio.cli.files``). If something goes wrong between two of them, the ones
already written are taken back and the ones replaced are put back; only a kill that cannot be caught leaves some of
the files, each of them whole. Links are never followed out of the folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from caio.base.errors import InputError
from caio.cli.files import read, write
from caio.cli.packaged import TEMPLATES, locate, read_packaged
from caio.cli.text import count, listing

_CONTRACTS: Final = "contracts"
_EXAMPLE: Final = "examples/llm_gateway"
_PRICES: Final = "litellm_model_prices_1.109.1.json.gz"
_NAMED: Final = 8
"""How many files a message names before it counts the rest."""


@dataclass(frozen=True, slots=True)
class Starter:
    """The files of a project by their place in it, and the question that its README asks first."""

    files: tuple[tuple[str, bytes], ...]
    question: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """One file to write: its place in the project, its path, its bytes, and the bytes that are there already."""

    name: str
    path: Path
    data: bytes
    old: bytes | None

    @property
    def state(self) -> str:
        """``written``, ``replaced`` or ``unchanged``."""
        if self.old is None:
            return "written"
        return "unchanged" if self.old == self.data else "replaced"


def project() -> Starter:
    """The small project: three services, a policy, two requests.

    Raises:
        InputError: the installation lacks a file.
    """
    names = ("vocabulary", "services", "overlays", "policy", "profiles", "facts", "requests")
    contracts = [f"{_CONTRACTS}/{name}.caio" for name in names]
    # The README comes last: where it is, the project is complete.
    files = [(name, read_packaged(f"{TEMPLATES}/project/{name}")) for name in contracts]
    files.append(("README.md", read_packaged(f"{TEMPLATES}/project/README.md")))
    return Starter(tuple(files), ("--request", "triage", "--facts", "alice"))


def demo() -> Starter:
    """The demonstration: a real registry as documents, the example's policy and requests, the registry's licence.

    Raises:
        InputError: the installation lacks a file.
    """
    from caio.importers import litellm  # noqa: PLC0415 - loads the documents' code
    from caio.importers.source import read_source  # noqa: PLC0415
    from caio.routing.files import document_set  # noqa: PLC0415

    source = [
        (f"source/{name}", read_packaged(f"{_EXAMPLE}/{name}"))
        for name in (_PRICES, "ATTRIBUTION.md", "LICENSE.litellm")
    ]
    prices = locate(f"{_EXAMPLE}/{_PRICES}") or Path(_PRICES)
    release = litellm.release_of(_PRICES) or ""
    imported = litellm.import_litellm(read_source(prices), release=release)
    files = [
        *source,
        (f"{_CONTRACTS}/registry.json", document_set(imported.documents())),
        *(
            (f"{_CONTRACTS}/{name}.caio", read_packaged(f"{_EXAMPLE}/{name}.caio"))
            for name in ("overlays", "policy", "profiles", "facts", "requests")
        ),
        ("README.md", read_packaged(f"{TEMPLATES}/demo/README.md")),
    ]
    question = ("--request", "support_answer", "--facts", "support_desk", "--profile", "balanced")
    return Starter(tuple(files), question)


def plan(folder: Path, starter: Starter, *, force: bool) -> tuple[Planned, ...]:
    """What would happen to each file.

    Args:
        folder: where the project goes; it need not exist.
        starter: the project.
        force: whether a folder with something in it will do, and files of these names are replaced.

    Raises:
        InputError: the folder is none or holds something (and no ``force``), or a link or folder is in a file's place.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise InputError(f"`{folder}` is no folder: name another one")
        planned = tuple(_planned(folder, name, data) for name, data in starter.files)
        # What is hidden (`.git`, `.venv`) belongs to other tools; no document is looked for there.
        others = (
            [item for item in folder.iterdir() if item.name[:1] != "."] if folder.is_dir() else []
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"cannot write into `{folder}`: {_reason(error)}") from error
    if others and not force:
        touched = [file.name for file in planned if file.state == "replaced"]
        effect = f"would replace {_names(touched)}" if touched else "would replace nothing"
        raise InputError(
            f"`{folder}` is not empty: name a new folder, or write into this one with `--force`,"
            f" which {effect}"
        )
    return planned


def write_all(folder: Path, planned: Sequence[Planned]) -> None:
    """Write the files, all of them or none.

    Raises:
        InputError: one cannot be written, or somebody else wrote it in the meantime; everything is as it was before.
    """
    made: list[Path] = []
    done: list[Planned] = []
    try:
        for path in dict.fromkeys((folder, *(file.path.parent for file in planned))):
            _make(path, made)
        for file in planned:
            if file.state == "unchanged":
                continue
            if _content(file.path) != file.old:
                raise InputError(f"`{file.path}` was changed by somebody else in the meantime")
            done.append(file)
            write(str(file.path), file.data)
    except BaseException:
        for file in reversed(done):
            _put_back(file)
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir()
        raise


def _planned(folder: Path, name: str, data: bytes) -> Planned:
    path = folder / name
    for place in (folder / part for part in reversed(Path(name).parents[:-1])):
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            raise InputError(f"`{place}` is in the way of a folder: move it, or name a new folder")
    return Planned(name, path, data, _content(path))


def _content(path: Path) -> bytes | None:
    """What is in a file; None where there is none.

    Raises:
        InputError: a link, a folder or a device is in its place, or it cannot be read.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise InputError(f"`{path}` is in the way of a file: move it, or name a new folder")
    return read(str(path)) if path.exists() else None


def _make(path: Path, made: list[Path]) -> None:
    """Make a folder and those above it, and remember which were not there."""
    missing = [item for item in (path, *path.parents) if not item.exists()]
    for item in reversed(missing):
        try:
            item.mkdir()
        except (OSError, ValueError) as error:
            raise InputError(f"cannot make the folder `{item}`: {_reason(error)}") from error
        made.append(item)


def _put_back(file: Planned) -> None:
    with suppress(OSError, InputError):
        if file.old is None:
            file.path.unlink(missing_ok=True)
        else:
            write(str(file.path), file.old)


def _names(names: Sequence[str]) -> str:
    shown = [f"`{name}`" for name in names[:_NAMED]]
    if len(names) > _NAMED:
        shown.append(count(len(names) - _NAMED, "more file"))
    return listing(shown)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
