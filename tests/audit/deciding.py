"""Decisions of the tests of attestations: real ones of drawn worlds, and statements drawn at will."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from hypothesis import strategies as st

from caio.audit.statement import Claim, Decided, Statement, Tool
from caio.base.canonical import Json, canonical_bytes, digest
from caio.base.instants import INSTANT_MAX, INSTANT_MIN, format_timestamp
from caio.certify.acceptance import Verdict, accept
from caio.certify.prover import Prover
from caio.routing.files import DecisionFiles, decision_files
from caio.routing.route import route
from tests.audit.keys import ORIGIN
from tests.differential.worlds import draw_world

SEEDS: Final = range(12)


@dataclass(frozen=True)
class Made:
    """A decision, as its files, and what the checker says of it."""

    files: DecisionFiles
    verdict: Verdict

    @property
    def data(self) -> bytes:
        """The decision file of the audit trail: without its documents."""
        return self.files.certificate


@lru_cache(maxsize=1)
def decisions() -> tuple[Made, ...]:
    """Decisions of every outcome."""
    made = []
    with Prover() as prover, Prover(direct=False) as solver:
        # A solver that may do nothing leaves everything unknown.
        worlds = [(draw_world(seed), prover) for seed in SEEDS]
        worlds.append((draw_world(SEEDS[0], solver_units=1), solver))
        for world, asked in worlds:
            files = decision_files(route(world.question, world.snapshot, asked))
            made.append(Made(files, accept(files.parts, files.certificate)))
    return tuple(made)


def routed() -> Made:
    return next(one for one in decisions() if one.verdict.verdict == "routed")


def names() -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=12)


def digests() -> st.SearchStrategy[str]:
    return st.integers(0, 2**256 - 1).map(lambda number: f"sha256:{number:064x}")


ALWAYS: Final = (
    "decision",
    "landscape",
    "obligations",
    "profile",
    "request",
    "trace",
    "vocabulary",
)


@st.composite
def decided(draw: st.DrawFn) -> Decided:
    """What some decision might say."""
    verdict = draw(st.sampled_from(["routed", "not_routable", "unknown"]))
    chosen = {name: draw(names()) for name in ("control", "route", "service", "version")}
    sometimes = draw(st.sets(st.sampled_from(["attestation", "facts", "measurements"])))
    return Decided(
        draw(digests()).removeprefix("sha256:"),
        format_timestamp(draw(st.integers(INSTANT_MIN, INSTANT_MAX))),
        {name: draw(digests()) for name in (*ALWAYS, *sorted(sometimes))},
        tuple(sorted(draw(st.sets(digests(), max_size=4)))),
        chosen if verdict == "routed" else None,
        verdict,
    )


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    """What some recorder might say."""
    claims = st.builds(Claim, names(), st.text(max_size=30), names())
    return Statement(
        draw(decided()),
        ORIGIN,
        tuple(draw(st.lists(claims, max_size=3))),
        draw(st.builds(Tool, names(), names())),
        draw(st.builds(Tool, names(), names())),
    )


def body_of(found: Decided) -> Mapping[str, Json]:
    """The members of a decision that says this."""
    inputs = dict.fromkeys(("attestation", "facts", "measurements"))
    own = ("decision", "obligations", "trace")
    return {
        "format": "caio-decision/v1",
        "at": found.at,
        "verdict": found.verdict,
        "selected": found.selected,
        "inputs": {
            **inputs,
            **{name: one for name, one in found.digests.items() if name not in own},
            "policy": list(found.policy),
        },
        **{f"{name}_digest": found.digests[name] for name in own},
    }


def fixed() -> tuple[bytes, Statement]:
    """A decision and a statement about it that are the same in every version: for vectors."""
    policy = tuple(sorted(digest(["rule", number]) for number in range(2)))
    found = Decided(
        "",
        "2026-11-22T00:00:00Z",
        {name: digest([name]) for name in (*ALWAYS, "facts")},
        policy,
        {"control": "none", "route": "external", "service": "good/één", "version": "1.0"},
        "routed",
    )
    data = canonical_bytes(body_of(found))
    statement = Statement(
        Decided.read(data),
        ORIGIN,
        (Claim("winner", 'every obligation of "good/één" 1.0 holds (11)', "holds"),),
        Tool("caio-checker", "0.1.0"),
        Tool("z3", "5.4.1.0"),
    )
    return data, statement
