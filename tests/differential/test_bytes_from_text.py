"""The same bytes from text to decision: cold and warm cache, hash seeds, the order and the place of files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MARKET = ROOT / "tests" / "cli" / "market"


def routed(paths: list[Path], cache: Path, *, hash_seed: str = "0", request: str) -> bytes:
    """What ``caio route --json`` prints in a process of its own."""
    command = [sys.executable, "-m", "caio", "route", *map(str, paths), "--request", request]
    command += ["--at", "2026-11-22T10:00:00.25Z", "--facts", "alice", "--json"]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "CAIO_CACHE_DIR": str(cache)}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("request_name", ["triage", "hopeless"])
def test_cache_hash_seed_order_and_place_of_files_leave_no_trace(
    tmp_path: Path, request_name: str
) -> None:
    cache = tmp_path / "cache"
    cold = routed([MARKET], cache, request=request_name)
    assert cold.startswith(b"{")
    assert any(cache.iterdir()), "nothing was cached, so that the next run is not warm"
    warm = routed([MARKET], cache, hash_seed="7", request=request_name)
    elsewhere = tmp_path / "moved"
    shutil.copytree(MARKET, elsewhere)
    # The policy as a file among its requests, and everything named one by one, last ones first.
    (elsewhere / "sub").mkdir()
    (elsewhere / "policy.caio").rename(elsewhere / "sub" / "zz.caio")
    files = sorted(elsewhere.rglob("*.caio"), reverse=True)
    moved = routed(files, tmp_path / "other", hash_seed="4242", request=request_name)
    assert warm == cold
    assert moved == cold
