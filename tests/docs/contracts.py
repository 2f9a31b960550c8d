"""The contracts that pages show, compiled as a reader would compile them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from caio.base.diagnostics import Severity
from caio.base.spans import Source
from caio.syntax.parse import Wanted, parse, parse_expression
from tests.docs.pages import ROOT, Block
from tests.sema.conftest import compile_texts

_VOCABULARY = re.compile(r'^vocabulary +("[^"]*"|\w+)', re.MULTILINE)
_USES = re.compile(r"^uses ", re.MULTILINE)


def mistakes(blocks: Sequence[Block]) -> list[str]:
    """What is wrong with the contracts of one page, which compile together with what they stand beside."""
    context = [
        text
        for folder in dict.fromkeys(value for block in blocks for value in block.values("with"))
        for text in _texts(folder)
    ]
    found = [f"{block.place}: does not parse" for block in blocks if not _parses(block)]
    for block in blocks:
        for folder in block.values("among"):
            known = {declaration for text in _texts(folder) for declaration in _declarations(text)}
            if not known.issuperset(_declarations(block.text)):
                found.append(f"{block.place}: shows what is not in {folder}")
    set_apart = {"fragment", "among"}
    whole = [b for b in blocks if b.never is None and not set_apart & {key for key, _ in b.items}]
    if not whole:
        return found
    names = [
        m[1] for text in (*context, *(b.text for b in whole)) if (m := _VOCABULARY.search(text))
    ]
    if not names:
        return [
            *found,
            f"{whole[0].place}: contracts without a vocabulary; name one by `with PATH`",
        ]
    texts = [
        text if _USES.search(text) or _VOCABULARY.search(text) else f"uses {names[0]}\n{text}"
        for text in (*(block.text for block in whole), *context)
    ]
    for diagnostic in compile_texts(*texts)[1]:
        if diagnostic.severity is Severity.ERROR:
            source = diagnostic.span.source.name if diagnostic.span else "?"
            found.append(f"{whole[0].page.name}, text {source}: {diagnostic.message}")
    return found


def _texts(path: str) -> list[str]:
    place = ROOT / path
    files = sorted(place.rglob("*.caio")) if place.is_dir() else [place]
    return [file.read_text("utf-8") for file in files]


def _declarations(text: str) -> list[object]:
    """The declarations of a text, which are equal wherever they stand."""
    return list(parse(Source("<page>", text))[0].declarations)


def _parses(block: Block) -> bool:
    if block.never is not None:
        return True
    if not parse(Source(block.place, block.text))[1]:
        return True
    kinds: tuple[Wanted, ...] = ("expr", "atom", "guarantee", "value")
    return bool(block.values("fragment")) and any(
        not parse_expression(Source(block.place, block.text), kind)[1] for kind in kinds
    )
