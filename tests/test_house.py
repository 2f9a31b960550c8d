"""The shape of the house, checked by machine: isolation, lightness, size, and what a wheel carries.

The direction of imports is import-linter's business (`pyproject.toml`); here is what it cannot see:
what is really loaded by a real interpreter.
"""

import ast
import json
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import caio

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "caio"
CHECKER = PACKAGE / "checker"

MAX_MODULE_LINES = 400
MAX_CHECKER_LINES = 2_209
MAX_HELP_SECONDS = 0.2

HEAVY = {"cvc5", "lark", "numpy", "pydantic", "pysmt", "rich", "scipy", "z3"}

# The fewest modules an application can name and still use the checker: everything in its folder.
IMPORT_CHECKER = """
import importlib, json, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import caio.checker
for module in pkgutil.walk_packages(caio.checker.__path__, "caio.checker."):
    importlib.import_module(module.name)
print(json.dumps(sorted(sys.modules)))
"""

# CPU seconds rather than elapsed ones: a busy machine must not turn this test red.
CALL_HELP = """
import json, os, sys
sys.argv = ["caio", "--help"]
code = None
try:
    from caio.cli.main import main
    main()
except SystemExit as leave:
    code = leave.code
cpu = os.times()
print(json.dumps([code, cpu.user + cpu.system, sorted(sys.modules)]))
"""


def run_python(*arguments: str) -> str:
    """What a fresh interpreter prints, whose failure is the failure of the test."""
    process = subprocess.run(
        [sys.executable, *arguments], cwd="/", capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def packages(modules: list[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def sources(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.py"))
    assert found, f"no modules under `{folder}`"
    return found


def imported_names(path: Path) -> Iterator[str]:
    """Every module that `path` names in an import statement, relative ones resolved."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert node.module is not None
            yield node.module
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1]
            yield ".".join((*base, *filter(None, [node.module])))


class TestChecker:
    def test_runs_on_the_standard_library_alone(self) -> None:
        loaded = json.loads(run_python("-I", "-S", "-c", IMPORT_CHECKER, str(ROOT)))

        foreign = packages(loaded) - sys.stdlib_module_names - {"__main__", "caio"}
        assert not foreign

        ours = {name for name in loaded if name.partition(".")[0] == "caio"}
        assert {name for name in ours if not name.startswith("caio.checker")} == {"caio"}
        assert ours >= {"caio", "caio.checker"}

    @pytest.mark.parametrize("path", sources(CHECKER), ids=lambda path: path.stem)
    def test_names_nothing_outside_itself(self, path: Path) -> None:
        for name in imported_names(path):
            top = name.partition(".")[0]
            inside = name == "caio.checker" or name.startswith("caio.checker.")
            assert inside or top in sys.stdlib_module_names, f"{path.name} imports `{name}`"

    def test_is_small_enough_to_be_read_by_one_person(self) -> None:
        lines = sum(
            bool(line.strip())
            for path in sources(CHECKER)
            for line in path.read_text("utf-8").splitlines()
        )
        assert lines <= MAX_CHECKER_LINES


class TestLightness:
    def test_importing_caio_loads_no_room_and_no_dependency(self) -> None:
        loaded = json.loads(
            run_python("-c", "import caio, json, sys; print(json.dumps(sorted(sys.modules)))")
        )
        assert [name for name in loaded if name.startswith("caio")] == ["caio"]
        assert not packages(loaded) & (HEAVY | {"click"})

    def test_help_is_quick_and_loads_nothing_heavy(self) -> None:
        fastest = float("inf")
        for _ in range(3):  # the first run may have to write byte code
            *_, report = run_python("-c", CALL_HELP).splitlines()
            code, seconds, loaded = json.loads(report)
            assert code in {0, None}
            assert not packages(loaded) & HEAVY
            fastest = min(fastest, seconds)
            if fastest < MAX_HELP_SECONDS:
                break
        assert fastest < MAX_HELP_SECONDS

    def test_rooms_are_imported_when_first_touched(self) -> None:
        assert caio.base.__name__ == "caio.base"
        with pytest.raises(AttributeError, match="no attribute `attic`"):
            _ = caio.attic

    def test_every_room_is_an_attribute_and_has_a_sentence(self) -> None:
        rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
        assert rooms <= set(dir(caio))
        for room in rooms:
            tree = ast.parse((PACKAGE / room / "__init__.py").read_text("utf-8"))
            assert ast.get_docstring(tree), f"caio/{room} does not say what it is for"


@pytest.mark.parametrize(
    "path", sources(PACKAGE), ids=lambda path: path.relative_to(PACKAGE).as_posix()
)
def test_a_module_fits_in_one_sitting(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MAX_MODULE_LINES


def test_the_lock_names_no_registry_and_pins_the_solver() -> None:
    lock = (ROOT / "requirements-dev.lock").read_text("utf-8")
    assert "://" not in lock
    assert not [line for line in lock.splitlines() if line.startswith("-")]

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (solver,) = [name for name in project["dependencies"] if name.startswith("z3-solver")]
    assert solver.count("==") == 1
    assert f"\n{solver} " in lock


def test_the_wheel_carries_the_grammar_the_schemas_and_nothing_stray(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())

    assert f"caio_router-{caio.__version__}" in wheel.name
    assert {"caio/py.typed", "caio/syntax/caio.lark"} <= names
    for schema in (ROOT / "docs" / "spec").rglob("*.schema.json"):
        assert f"caio/spec/{schema.relative_to(ROOT / 'docs' / 'spec').as_posix()}" in names
    assert all(name.startswith(("caio/", "caio_router-")) for name in names)
    # What `caio init` writes, and nothing else that is made to be read in the repository.
    pages = {name for name in names if name.endswith(".md")}
    assert pages == {
        "caio/cli/templates/demo/README.md",
        "caio/cli/templates/project/README.md",
        "caio/examples/llm_gateway/ATTRIBUTION.md",
    }
    assert "caio/examples/llm_gateway/LICENSE.litellm" in names
    assert not [name for name in names if name.endswith((".pyc", ".sh"))]
