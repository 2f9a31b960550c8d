"""Makes ``caio-check.pyz``: the checker and this room as one file, which any Python from 3.11 on runs by itself.

The same sources give the same bytes: members in the order of their names, with one time, stored and not deflated (what deflates differs
between builds of Python). It brings a package ``caio`` of its own with nothing else in it, and refuses to run if another one
has taken its place. Run it as ``python -I -S caio-check.pyz``.
"""

from __future__ import annotations

import argparse
import io
import sys
import zipfile
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parent.parent
"""The folder of the package ``caio`` that this is a part of."""
_ROOMS: Final = ("checker", "evidence")
_SHEBANG: Final = b"#!/usr/bin/env python3\n"
_ROOT: Final = '"""The checker of CAIO and what checks evidence files, without the rest."""\n'
_MAIN: Final = '''\
"""Runs the command of caio.evidence, if the package is the one of this file."""

import sys
from os.path import abspath, dirname

if sys.version_info < (3, 11):
    sys.exit("caio-check.pyz needs Python 3.11 or newer")

import caio

if dirname(dirname(abspath(caio.__file__))) != dirname(abspath(__file__)):
    sys.exit("another package `caio` is in the way: run python -I -S caio-check.pyz")

from caio.evidence.__main__ import main

sys.exit(main())
'''


def checker_archive() -> bytes:
    """The bytes of ``caio-check.pyz``.

    Raises:
        OSError: the sources of this package cannot be read.
    """
    members = {"__main__.py": _MAIN, "caio/__init__.py": _ROOT}
    for room in _ROOMS:
        for path in (PACKAGE / room).glob("*.py"):
            if path.name != "pack.py":
                members[f"caio/{room}/{path.name}"] = path.read_text("utf-8")
    file = io.BytesIO(_SHEBANG)
    file.seek(0, io.SEEK_END)
    with zipfile.ZipFile(file, "a") as archive:
        for name, source in sorted(members.items()):
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, source.encode())
    return file.getvalue()


def main() -> int:
    """Write the file; ``python -m caio.evidence.pack [FILE]``."""
    parser = argparse.ArgumentParser(prog="python -m caio.evidence.pack", description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=Path("caio-check.pyz"))
    target = parser.parse_args().file
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(checker_archive())
    sys.stdout.write(f"{target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
