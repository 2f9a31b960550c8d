"""A vocabulary to be wrong about, and a way to compile texts without files."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from caio.base.canonical import digest_bytes
from caio.base.diagnostics import Diagnostic, sort_key
from caio.sema.compile import Compiler
from caio.sema.discover import Input
from caio.sema.registry import Item
from caio.sema.report import Report

VOCABULARY = """
vocabulary "test" {
  unit token, image
  enum Region { eu, us, apac }
  enum Data { open, personal sensitive }
  enum Permission { invoke, admin }
  enum Zone { inside, outside }
  capability chat, vision
  metric accuracy: ratio in 0 .. 1, higher is better, expected
  metric latency: time in 0 s .. 1 h, lower is better, quantile 0.99, role latency
  cost in 0 .. 100 USD
  request fields {
    tokens: int in 0 .. 1000 token, images: int in 0 .. 10 image, region: Region, stream: bool,
    data: set of Data role data, level: { low, high } default low, start: instant, share: ratio,
  }
  facts { trust: int in 0 .. 5 role trust, held: set of Permission role permissions, zone: Zone role zone }
  environment { per service { healthy: bool, age: time, load: ratio in 0 .. 1 } }
  control hold, focus
  measured { caution: ratio in 0 .. 1, signal: ratio in 0 .. 1 role conductivity, mood: { calm, tense } }
  service attributes { region: Region, encrypted: bool role encrypted, retention: time, since: instant }
}
"""

SERVICE = """
service s version 1 { is region = eu provides chat permits public }
"""

Compile = Callable[..., tuple[list[Item], list[Diagnostic]]]


def compile_texts(*texts: str) -> tuple[list[Item], list[Diagnostic]]:
    """The documents and the diagnostics of these texts, named `0.caio`, `1.caio` and so on."""
    report = Report()
    inputs = []
    for index, text in enumerate(texts):
        suffix = "json" if text.lstrip().startswith(("{", "[")) else "caio"
        data = text.encode()
        inputs.append(Input(f"{index}.{suffix}", data, digest_bytes(data), named=True))
    items = Compiler(report).compile(inputs)
    return items, sorted(report.diagnostics, key=sort_key)


@pytest.fixture(name="compile_texts")
def _compile_texts() -> Compile:
    return compile_texts
