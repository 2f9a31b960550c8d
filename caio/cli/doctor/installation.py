"""Whether what is installed is what was released: our package and no namesake, Python, dependencies, files."""

from __future__ import annotations

import gzip
import json
import platform
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Final

import caio
from caio.base.errors import InputError
from caio.cli.doctor.finding import Finding, broken, note, ok
from caio.cli.packaged import REINSTALL, TEMPLATES, read_packaged
from caio.cli.text import listing

DISTRIBUTION: Final = "caio-router"
STRANGER: Final = "caio"
"""The distribution on PyPI that installs a folder of our name and is another project."""

_MODULES: Final = {"pyjwt": "jwt", "z3-solver": "z3"}
"""The module of a distribution, where the names differ."""
_SECONDS: Final = 120
_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9._-]+)\s*\(?([^;()]*)\)?\s*(;.*)?")
_SPECIFIER: Final = re.compile(r"(>=|<=|==|!=|>|<)\s*([0-9][0-9A-Za-z.+!-]*)")
_RELEASE: Final = re.compile(r"([0-9]+(?:\.[0-9]+)*)(.*)")
_IMPORT: Final = (
    "import importlib, json, sys\n"
    "sys.path[:] = json.loads(sys.argv[1])\n"
    "for name in sys.argv[2:]:\n"
    "    try:\n"
    "        importlib.import_module(name)\n"
    "        said = ''\n"
    "    except BaseException as error:\n"
    "        said = f'{type(error).__name__}: {error}'\n"
    "    sys.stderr.write(json.dumps([name, said[:200]]) + '\\n')\n"
    "    sys.stderr.flush()\n"
)
_SCHEMAS: Final = ("authoring", "certificate", "decision", "documents")
_FILES: Final = (
    "syntax/caio.lark",
    *(f"spec/{name}-v1.schema.json" for name in _SCHEMAS),
    f"{TEMPLATES}/project/README.md",
    f"{TEMPLATES}/project/contracts/vocabulary.caio",
    "examples/llm_gateway/litellm_model_prices_1.109.1.json.gz",
    "examples/llm_gateway/LICENSE.litellm",
)


def program() -> Finding:
    """Our own version and place, and whether the records of the installation agree."""
    folder = Path(caio.__file__).resolve().parent
    details = {"version": caio.__version__, "folder": str(folder)}
    try:
        recorded = metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return broken(
            "caio",
            f"{caio.__version__} in {folder}, not installed: no record of `{DISTRIBUTION}` is found",
            "install it (`pip install caio-router`, in a checkout `pip install -e .`), so that dependencies are known",
            **details,
        )
    if recorded != caio.__version__:
        return broken(
            "caio",
            f"{caio.__version__} in {folder}, but {recorded} is recorded as installed",
            REINSTALL,
            **details,
        )
    return ok("caio", f"{caio.__version__} in {folder}", **details)


def namesakes() -> Finding:
    """Whether anything else is called ``caio`` where Python or the shell looks for it."""
    ours = Path(caio.__file__).resolve()
    found = sorted({str(path) for path in _importable([*sys.path, "."]) if path != ours})
    details: dict[str, object] = {"others": found}
    try:
        version = metadata.version(STRANGER)
    except metadata.PackageNotFoundError:
        version = None
    if version is not None:
        return broken(
            "namesakes",
            f"PyPI's `caio` {version} is in this environment: another project (asynchronous file access), which"
            " installs the same folder",
            f"pip uninstall {STRANGER}; then, since both share a folder: {REINSTALL}",
            **details,
        )
    if found:
        return broken(
            "namesakes",
            f"`import caio` could find something else than {ours.parent}: {listing(found)}",
            "remove or rename what is not meant; a file `caio.py` in the folder where you work is taken for the package",
            **details,
        )
    command = shutil.which("caio")
    here = Path(sys.executable).parent
    if command is not None and Path(command).parent.resolve() != here.resolve():
        return note(
            "namesakes",
            f"the shell's `caio` is {command}, and this one runs in {here}",
            "activate the environment that you mean, or call its `caio` by its path",
            command=command,
            **details,
        )
    return ok("namesakes", "nothing else is called `caio` here", command=command, **details)


def python() -> Finding:
    """The interpreter, against the range that our package demands."""
    version = platform.python_version()
    text = f"{version} ({platform.python_implementation()}) on {platform.system()} {platform.machine()}"
    details = {"version": version, "platform": f"{platform.system()} {platform.machine()}"}
    try:
        wanted = metadata.metadata(DISTRIBUTION)["Requires-Python"] or ""
    except (metadata.PackageNotFoundError, KeyError):
        wanted = ""
    if wanted and not satisfies(version, wanted):
        return broken(
            "python", f"{text}, but {wanted} is demanded", "install into a newer Python", **details
        )
    return ok("python", text, demanded=wanted or None, **details)


def dependencies() -> Iterator[Finding]:
    """Each required distribution: there, in the demanded range, and loadable in a process of its own."""
    try:
        texts = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return
    wanted = dict(requirements(texts))
    faults = _import_faults([_MODULES.get(name, name) for name in wanted])
    for name, demanded in wanted.items():
        mend = f'pip install --force-reinstall "{name}{demanded}"'
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield broken(name, f"missing; {demanded or 'any version'} is demanded", mend)
            continue
        details = {"version": version, "demanded": demanded}
        fault = faults[_MODULES.get(name, name)]
        if not satisfies(version, demanded):
            yield broken(name, f"{version}, but {demanded} is demanded", mend, **details)
        elif fault:
            yield broken(name, f"{version} cannot be loaded: {fault}", mend, **details)
        else:
            yield ok(name, f"{version} ({demanded})", **details)


def files() -> Finding:
    """Whether the grammar, the schemas, the templates and the example came along, whole."""
    missing = []
    for name in _FILES:
        try:
            data = read_packaged(name)
            if name.endswith(".gz"):
                data = gzip.decompress(data)
            elif name.endswith(".json"):
                json.loads(data)
        except (InputError, ValueError, OSError, EOFError, zlib.error):
            data = b""
        if not data:
            missing.append(name)
    if missing:
        return broken(
            "files", f"missing or damaged: {listing(missing)}", REINSTALL, missing=missing
        )
    return ok("files", "grammar, schemas, templates and example are there", missing=[])


def requirements(texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name and demanded versions of requirements as package metadata states them, those of extras left out."""
    for text in texts:
        match = _REQUIREMENT.fullmatch(text.strip())
        if match is not None and not match[3]:
            yield match[1], match[2].strip()


def satisfies(version: str, demanded: str) -> bool:
    """Whether a version is in a range such as ``>=2.0,<3``; what cannot be read is not satisfied."""
    own = _order(version)
    for part in filter(None, (piece.strip() for piece in demanded.split(","))):
        match = _SPECIFIER.fullmatch(part)
        bound = _order(match[2]) if match is not None else None
        if own is None or match is None or bound is None:
            return False
        holds = {
            ">=": own >= bound,
            "<=": own <= bound,
            "==": own == bound,
            "!=": own != bound,
            ">": own > bound,
            "<": own < bound,
        }
        if not holds[match[1]]:
            return False
    return True


def _order(version: str) -> tuple[tuple[int, ...], int] | None:
    """A version as something to compare: its numbers, and whether it comes before (-1) the release of these numbers."""
    match = _RELEASE.fullmatch(version.strip())
    if match is None:
        return None
    numbers = [int(part) for part in match[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers), -1 if re.match(r"[.-]?(a|b|rc|dev)", match[2]) else 0


def _importable(entries: Iterable[str]) -> Iterator[Path]:
    for entry in entries:
        for name in ("caio/__init__.py", "caio.py"):
            path = Path(entry or ".") / name
            try:
                if path.is_file():
                    yield path.resolve()
            except (OSError, ValueError):
                continue


def _import_faults(modules: list[str]) -> dict[str, str]:
    """By module, why it cannot be loaded; an empty text if it can."""
    faults: dict[str, str] = {}
    left = modules
    while left:
        said = _load(left)
        for name in left:
            if name not in said:
                # The first that said nothing took the process with it; the others have not had their turn.
                faults[name] = "the process that loads it ends"
                break
            faults[name] = said[name]
        left = [name for name in left if name not in faults]
    return faults


def _load(modules: list[str]) -> dict[str, str]:
    """What each module said in one process, as far as it came."""
    command = [sys.executable, "-I", "-c", _IMPORT, json.dumps(sys.path), *modules]
    try:
        done = subprocess.run(
            command, capture_output=True, check=False, timeout=_SECONDS, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    said: dict[str, str] = {}
    for line in done.stderr.decode("utf-8", "replace").splitlines():
        # A module may complain on the same stream while it is loaded.
        try:
            name, fault = json.loads(line)
        except (ValueError, TypeError):
            continue
        said[str(name)] = str(fault)
    return said
