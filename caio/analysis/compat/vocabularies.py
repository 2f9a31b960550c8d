"""What changed in a vocabulary: contracts in two vocabularies are never compatible (design, section 5).

A word may mean something else afterwards (another range, another level, another order of members), so that no clause over the one
vocabulary says anything about a clause over the other. What changed is told, so that somebody may put the contracts before into
the vocabulary after and compare again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from caio.analysis.compat import rules
from caio.analysis.compat.sides import Side, Version, named
from caio.analysis.findings.finding import Finding
from caio.analysis.findings.plain import count
from caio.analysis.findings.report import Question
from caio.analysis.findings.verdicts import Verdict
from caio.base.canonical import Json
from caio.base.diagnostics import Label
from caio.ir import documents as d
from caio.ir.encode import document_json

_MOST: Final = 6
"""How many changes a message names."""
_SECTIONS: Final = {
    "enums": "enumeration",
    "metrics": "metric",
    "request": "request field",
    "facts": "fact",
    "environment": "environment field",
    "measured": "measured field",
    "attributes": "attribute",
}


def vocabularies_question(
    before: str, after: str, lost: Sequence[tuple[Version, Version, Side]], new: Side
) -> Question:
    """The question whether two vocabularies are the same, which they are not.

    Args:
        before: the digest of the vocabulary of the old contracts.
        after: that of the new ones.
        lost: the versions that cannot be compared, with the side of the old one.
        new: the side of the new ones.
    """
    old, side = lost[0][0], lost[0][2]
    one, other = side.vocabularies[before], new.vocabularies[after]
    changed = list(changes(one, other))
    told = ", ".join(changed[:_MOST]) + (
        f" and {len(changed) - _MOST} more changes" if len(changed) > _MOST else ""
    )
    number = len({version.name for version, _, _ in lost})
    place = old.project.locate(before)
    finding = Finding(
        rules.VOCABULARY_CHANGED,
        Verdict.REFUTED,
        f"the contracts of {count(number, 'service')} are written in another vocabulary than before: {told}",
        subjects=(one.name, other.name),
        content=[before, after],
        span=new.project.locate(after),
        labels=() if place is None else (Label(place, "the vocabulary before"),),
        help="put the contracts before into the vocabulary after, and compare again: a change of the vocabulary is one"
        " change, and a change of contracts another one",
    )
    return Question(
        named("vocabulary", other.name, before[7:15]),
        f"{count(number, 'service')} of vocabulary `{other.name}` can be compared with what they were",
        Verdict.REFUTED,
        1,
        (finding,),
        span=new.project.locate(after),
    )


def changes(before: d.Vocabulary, after: d.Vocabulary) -> Iterator[str]:
    """What differs, in words."""
    one, other = document_json(before), document_json(after)
    if before.name != after.name:
        yield f"its name is `{after.name}` and was `{before.name}`"
    for section, kind in _SECTIONS.items():
        yield from _named(kind, _by_name(one.get(section)), _by_name(other.get(section)))
    for section in sorted({*one, *other} - {"kind", "name", *_SECTIONS}):
        had, has = one.get(section), other.get(section)
        if had == has:
            continue
        if isinstance(had, list) and isinstance(has, list):
            gone = [f"`{name}`" for name in had if name not in has]
            come = [f"`{name}`" for name in has if name not in had]
            yield from (f"{section} lost {name}" for name in gone)
            yield from (f"{section} gained {name}" for name in come)
            if not gone and not come:
                yield f"{section} are in another order"
        else:
            yield f"{section} changed"


def _named(kind: str, before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[str]:
    for name, was in before.items():
        if name not in after:
            yield f"{kind} `{name}` is gone"
        elif after[name] != was:
            yield f"{kind} `{name}` changed"
    yield from (f"{kind} `{name}` is new" for name in after if name not in before)
    kept = [name for name in after if name in before]
    if kept != [name for name in before if name in after]:
        yield f"the {kind}s are in another order"


def _by_name(section: Json) -> dict[str, Json]:
    if not isinstance(section, list):
        return {}
    return {str(item["name"]): item for item in section if isinstance(item, dict)}
