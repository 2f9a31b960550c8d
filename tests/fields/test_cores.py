"""The number of cores changes no bit of a measurement: what two interpreters with 1 and 2 threads print is one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
from fractions import Fraction
from caio.fields.arrays import Field
from caio.fields.modes import conductivity
from caio.fields.projectors import high_pass
from caio.fields.resonance import resonance, resonance_quality
from caio.fields.scaled import Marketplace
from caio.ir.encode import document_bytes
from tests.fields.oracle import random_rows
from tests.fields.worlds import FOCUS, LENGTH, STEP, measured, state

one = Field("intent", random_rows(1, 16384))
many = Field("memory", random_rows(2, 60, 16384))
quality = resonance_quality(one, many)
for estimate in (
    resonance(one, many),
    quality.power_ratio,
    quality.decibels,
    conductivity(high_pass(16384, Fraction(1, 8)), many),
):
    print(estimate.values.tobytes().hex(), estimate.lower.tobytes().hex())
print(one.digest, many.digest)
names = tuple(f"service {place}" for place in range(5000))
held = state(marketplace=Marketplace(names, Field("services", random_rows(3, 5000, LENGTH))))
print(document_bytes(measured(held, FOCUS)).hex())
print(held.control_signal(FOCUS, ("service 1", "1.0", "hybrid"), STEP).digest)
"""


def test_the_number_of_threads_changes_nothing() -> None:
    said = []
    for threads in ("1", "2"):
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        process = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=Path(__file__).resolve().parents[2],
            env={**os.environ, **dict.fromkeys(names, threads)},
            capture_output=True,
            text=True,
            check=True,
        )
        said.append(process.stdout)
    assert said[0] == said[1]
    assert said[0].count("\n") == 7
