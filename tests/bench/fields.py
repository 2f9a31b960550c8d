"""What the field terms of Eq. 1.1 cost beside the matrix product that they need: ``tests.fields.ratio``, on one core.

The product is shared among cores by numpy and the terms are not, so that their bits do not depend on how many there are. Both
have one core here, in a process of their own, and their computing is compared.
"""

import json
import os
import subprocess
import sys
from typing import Final

from tests.bench.table import Bar, Figures, Section, progress
from tests.bench.world import ROOT
from tests.fields.ratio import base

BOUND: Final = 2.0
"""How many times the bare product the terms may take."""


def fields() -> Section:
    """Measure the terms of 10,000 candidates of D = 1,024, and a whole document of measurements."""
    progress("field terms of 10,000 candidates")
    done = subprocess.run(
        [sys.executable, "-m", "tests.fields.ratio", "--json"],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, tuple[float, float]] = json.loads(done.stdout)
    ratios = {name: spent[1] / found[base(name)][1] for name, spent in found.items()}
    rows = [[name, f"{spent[1]:.1f} ms", f"{ratios[name]:.2f}"] for name, spent in found.items()]
    table = Figures(
        "Field terms of 10,000 candidates, D = 1,024",
        ("", "computing", "of the product"),
        rows,
        (
            "What is done once per marketplace, validating and digesting it, is not counted.",
            "A document has terms under one control, six intervals, and the digest of whatever entered.",
        ),
    )
    bar = Bar(
        "field terms beside their matrix product",
        ratios["terms as integers"],
        BOUND,
        at_least=False,
    )
    return Section("fields", [table], [bar])
