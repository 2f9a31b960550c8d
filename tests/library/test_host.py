"""Importing and using the library changes nothing in the application around it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import caio
from tests.library.conftest import FOLDER

ROOT = Path(__file__).parents[2]

WATCH = """
import asyncio, decimal, fractions, gc, json, locale, logging, os, signal, sys, threading, warnings
# numpy and scipy add filters of warnings when they are imported; that is theirs.
import numpy, scipy.optimize, scipy.sparse

def state():
    root = logging.getLogger()
    return {
        "signals": [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
        "locale": locale.setlocale(locale.LC_ALL),
        "decimal": str(decimal.getcontext()),
        "recursion": sys.getrecursionlimit(),
        "digits": sys.get_int_max_str_digits(),
        "switch": sys.getswitchinterval(),
        "gc": [gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()],
        "logging": [root.level, len(root.handlers), logging.raiseExceptions, str(logging.getLoggerClass())],
        "levels": sorted(
            name for name, item in logging.root.manager.loggerDict.items()
            if isinstance(item, logging.Logger) and (item.level or item.handlers) and name.startswith("caio")
        ),
        "filters": [str(item) for item in warnings.filters],
        "hooks": [str(sys.excepthook), str(threading.excepthook), str(sys.displayhook), str(sys.gettrace()), str(sys.getprofile())],
        "cwd": os.getcwd(),
        "environment": dict(os.environ),
        "umask": [os.umask(0o22), os.umask(0o22)][0],
        "policy": str(type(asyncio.get_event_loop_policy())) if sys.version_info < (3, 14) else "",
        "streams": [str(sys.stdin), str(sys.stdout), str(sys.stderr)],
        "threads": threading.active_count(),
    }

os.umask(0o22)
asyncio.set_event_loop_policy(None) if sys.version_info < (3, 14) else None
decimal.getcontext().prec = 7
sys.setrecursionlimit(1234)
before = state()
import caio
for name in caio.__all__:
    getattr(caio, name)
for room in ("analysis", "checker", "cli", "importers", "routing"):
    getattr(caio, room)
imported = state()
with caio.Router(caio.load(sys.argv[1], cache=False)) as router:
    assert isinstance(router.route("question", {"tokens": decimal.Decimal("500.000000")}), caio.Routed)
    asyncio.run(router.route_async("summary", {"region": "us"}))
    caio.verify(router.route("question").bundle())
used = state()
print(json.dumps([before, imported, used]))
"""


def test_nothing_around_it_changes() -> None:
    command = [sys.executable, "-W", "error", "-c", WATCH, str(FOLDER / "shop.caio")]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    assert process.stderr == ""
    before, imported, used = json.loads(process.stdout)
    for name, value in before.items():
        assert imported[name] == value, f"importing changes {name}"
        assert used[name] == value, f"using changes {name}"


def test_every_public_name_exists_and_is_listed() -> None:
    assert set(caio.__all__) <= set(dir(caio))
    for name in caio.__all__:
        assert getattr(caio, name) is not None
    assert list(caio.__all__) == sorted(caio.__all__)


def test_every_error_of_the_library_has_one_root() -> None:
    errors = [getattr(caio, name) for name in caio.__all__ if name.endswith("Error")]
    assert len(errors) == 9
    for error in errors:
        assert issubclass(error, caio.CaioError)
    # What is wrong with the input is told from what is wrong with the evidence, the solver or CAIO.
    families = [caio.InputError, caio.EvidenceError, caio.SolverError, caio.InternalError]
    for family in families:
        assert [other for other in families if issubclass(family, other)] == [family]
