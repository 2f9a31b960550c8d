"""Finding the files of a project: named ones, and all documents in named folders, in one fixed order."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from caio.base.canonical import digest_bytes
from caio.base.diagnostics import did_you_mean
from caio.base.spans import MAX_BYTES, Source
from caio.sema import codes
from caio.sema.report import Report, shown

SUFFIXES: Final = (".caio", ".json")
"""The files of a folder that are looked at."""
_SNAPSHOT: Final = re.compile(r"landscape-[0-9a-f]{64}\.json")


@dataclass(frozen=True, slots=True)
class Input:
    """The bytes of a file; ``named`` says that it was asked for and not merely found in a folder."""

    name: str
    data: bytes
    digest: str
    named: bool


def discover(paths: Iterable[str | Path], report: Report) -> list[Input]:
    """The files behind these paths, each once, ordered by name; reports what cannot be read.

    Folders are searched recursively for ``.caio`` and ``.json``; hidden files and folders, and the landscapes that
    stand beside decisions, are passed over.
    """
    found: dict[str, tuple[str, bool]] = {}
    for given in paths:
        path = Path(given)
        if str(given) == "":
            # Mostly a variable of a script that is not set; it must not mean the current folder.
            message = "the name of a file or folder is empty"
            report.add(codes.UNREADABLE, None, message)
        elif path.is_dir():
            for name in _inside(path, report):
                found.setdefault(os.path.realpath(name), (name, False))
        elif path.suffix in SUFFIXES or not path.exists():
            name = str(path)
            real = os.path.realpath(name)
            found[real] = (min(name, found.get(real, (name, False))[0]), True)
        else:
            report.add(
                codes.UNREADABLE,
                Source(str(path), "").span(),
                f"`{shown(str(path))}` is no document: expected a file ending in `.caio` or `.json`",
            )
    inputs = []
    for name, named in sorted(found.values()):
        data = _read(name, report)
        if data is not None:
            inputs.append(Input(name, data, digest_bytes(data), named))
    return inputs


def _inside(folder: Path, report: Report) -> Iterator[str]:
    empty = True
    failed: list[OSError] = []
    for root, folders, files in os.walk(folder, onerror=failed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.startswith(".") or not name.endswith(SUFFIXES) or _SNAPSHOT.fullmatch(name):
                continue
            empty = False
            yield os.path.join(root, name)  # noqa: PTH118 - a name, and there may be thousands
    for error in failed:
        _unreadable(str(error.filename), error, report)
    if empty and not failed:
        report.add(
            codes.UNREADABLE,
            Source(str(folder), "").span(),
            f"the folder `{shown(str(folder))}` holds no `.caio` or `.json` file",
        )


def _read(name: str, report: Report) -> bytes | None:
    try:
        if stat.S_ISFIFO(Path(name).stat().st_mode):
            # Opening one waits for a writer, perhaps forever.
            message = f"cannot read `{shown(name)}`: it is a pipe and no file"
            report.add(codes.UNREADABLE, Source(name, "").span(), message)
            return None
        with Path(name).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        _unreadable(name, error, report)
        return None
    if len(data) > MAX_BYTES:
        message = f"`{shown(name)}` is larger than the {MAX_BYTES:,} bytes that are read"
        report.add(codes.TOO_LARGE, Source(name, "").span(), message)
        return None
    return data


def _unreadable(name: str, error: Exception, report: Report) -> None:
    reason = (error.strerror if isinstance(error, OSError) else None) or "not a possible name"
    hint = None
    if isinstance(error, FileNotFoundError):
        folder = Path(name).parent
        if folder.is_dir():
            hint = did_you_mean(Path(name).name, (item.name for item in folder.iterdir()))
    message = f"cannot read `{shown(name)}`: {reason[:1].lower()}{reason[1:]}"
    report.add(codes.UNREADABLE, Source(name, "").span(), message, help=hint)
