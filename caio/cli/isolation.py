"""The checker in a fresh interpreter of its own.

``-I -S`` leaves out the environment, the user's folders, site-packages and everything they could load; only the folder
that holds the package ``caio`` is added, and behind the standard library, so that nothing in it takes the place of a
standard module. The checker then reads the files by itself and answers in JSON. An answer that is none is a failure and
never a success.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import caio
from caio.base.errors import InputError

_START: Final = (
    "import sys, runpy; sys.path.append(sys.argv.pop(1));"
    " runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)

_ANSWERS: Final = {True: 0, False: 5}
"""The statuses that go with *accepted*; anything else is no answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the checker's process said."""

    status: int
    body: dict[str, Any]


def check(file: str, documents: Sequence[str] = ()) -> Answer:
    """Have the checker read and judge a file about these document sets; without any, about its own.

    Raises:
        InputError: the process could not be started, or ended without an answer.
    """
    # Absolute names: one that begins with a hyphen must not become an option of the checker.
    words = [str(Path(file).absolute()), "--json"]
    if documents:
        words += ["--documents", *(str(Path(name).absolute()) for name in documents)]
    process = run_isolated("caio.checker", words)
    try:
        body = json.loads(process.stdout)
    except ValueError:
        body = None
    accepted = isinstance(body, dict) and body.get("accepted")
    if not isinstance(accepted, bool) or process.returncode != _ANSWERS[accepted]:
        last = process.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        said = f": {last[0][:200]}" if last else ""
        raise InputError(
            f"the checker ended with status {process.returncode} and without an answer{said}"
        )
    return Answer(process.returncode, body)


def run_isolated(
    module: str, words: Sequence[str] = (), data: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run a module of ours that needs only the standard library in an interpreter that has nothing else.

    Args:
        module: its name.
        words: its arguments.
        data: what it reads from standard input.

    Raises:
        InputError: the process could not be started.
    """
    home = Path(caio.__file__).resolve().parent.parent
    command = [sys.executable, "-I", "-S", "-c", _START, str(home), module, *words]
    try:
        return subprocess.run(command, capture_output=True, check=False, input=data)
    except OSError as error:
        raise InputError(
            f"the checker's interpreter cannot be started: {error.strerror}"
        ) from error
