"""The overview of diagnostics lists every code with its meaning, as the program says it.

``CAIO_UPDATE_DOCS=1 pytest tests/docs`` writes the table anew.
"""

from __future__ import annotations

import json
import os
import re

from click.testing import CliRunner

from caio.cli.main import cli
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "errors" / "README.md"
_TABLE = re.compile(r"(?<=\| code \| means \|\n\|---\|---\|\n)(?:\|.*\n)*")


def test_the_table_is_the_registry() -> None:
    result = CliRunner().invoke(cli, ["explain-code", "--json"], prog_name="caio")
    codes = json.loads(result.stdout)["codes"]
    assert len(codes) > 40
    rows = "".join(
        f"| [`{code['code']}`]({code['code']}.md) | {code['summary'].replace('|', '&#124;')} |\n"
        for code in codes
    )
    text = PAGE.read_text("utf-8")
    if os.environ.get("CAIO_UPDATE_DOCS"):
        text = _TABLE.sub(lambda _: rows, text, count=1)
        PAGE.write_text(text, "utf-8")
    found = _TABLE.search(text)
    assert found is not None
    assert found[0] == rows
