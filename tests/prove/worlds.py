"""Worlds small enough to look at every point: documents as text, all requests, and what services may do there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product

from hypothesis import strategies as st

from caio.base.canonical import digest_bytes
from caio.ir import documents as d
from caio.ir import interpret as i
from caio.ir.encode import document_digest
from caio.landscape.snapshot import contracts_of
from caio.obligations.contract import Contract
from caio.sema.discover import Input
from caio.sema.project import Project, compile_inputs
from tests.evolution.admission import Operator, admits, interpreted

VOCABULARY = """
vocabulary "small" {
  enum Data { open, health sensitive }
  enum Locality { local, eu, us }
  unit token
  capability chat, vision
  metric latency: time in 0 s .. 4 s, lower is better, quantile 0.99, role latency
  cost in 0 .. 100 USD
  request fields { tokens: int in 0 .. 3 token, urgent: bool, data: set of Data role data }
  facts { trust: int in 0 .. 1 role trust }
  service attributes { privacy: { locality: Locality role locality, encrypted: bool role encrypted } }
}
"""
NOT_STATED = ""


def project(*texts: str) -> Project:
    """Texts, compiled together."""
    inputs = []
    for index, text in enumerate(texts):
        data = text.encode()
        inputs.append(Input(f"world{index}.caio", data, digest_bytes(data), True))
    found = compile_inputs(inputs)
    assert not found.diagnostics, found.diagnostics[0].message
    return found


def requests() -> Iterator[dict[str, d.Value]]:
    """Every request with its caller."""
    for tokens, urgent, held, trust in product(
        range(4), (False, True), ((), ("open",), ("health",), ("open", "health")), (0, 1)
    ):
        yield {
            "request.tokens": Fraction(tokens),
            "request.urgent": urgent,
            "request.data": held,
            "fact.trust": Fraction(trust),
            "env.at": Fraction(946_684_800_000_000),
        }


def latencies() -> Iterator[Fraction]:
    """Latencies on, between and beside the bounds of these worlds, which are whole seconds."""
    for half in range(9):
        yield Fraction(half, 2)


def outcomes(contract: Contract, point: Mapping[str, d.Value]) -> Iterator[dict[str, d.Value]]:
    """What a service may do for a request: what it does not state is anything."""
    stated = contract.attributes
    localities = (
        (stated["privacy.locality"],)
        if "privacy.locality" in stated
        else ("local", "eu", "us", NOT_STATED)
    )
    for latency, locality in product(latencies(), localities):
        outcome = i.Outcome({"latency": latency})
        if all(i.kept(guarantee, point, outcome) for guarantee in contract.guarantees):
            yield {"metric.latency": latency, "service.privacy.locality": locality}


def contracts(found: Project) -> list[Contract]:
    """The contracts of a world of one version each."""
    digest = document_digest(found.vocabularies[0])
    return contracts_of(digest, found.services, found.overlays)


def admitted(
    found: Project, contract: Contract, asked: d.Class | None, point: Mapping[str, d.Value]
) -> bool:
    """Whether a contract is admitted at a point, as the oracle of evolutions says it."""
    demands: list[d.Rule | d.Constraint] = [*found.rules, *found.constraints]
    here = interpreted(found.vocabularies[0], contract)
    return admits(here, Operator(demands), asked, point)


def where(text: str) -> d.Rule:
    """A rule whose condition is this text, to be looked at by the interpreter."""
    condition = "" if text == "always" else f"when {text} then"
    words = f"rule region {{ {condition or 'always'} latency <= 4 s }}"
    (rule,) = project(VOCABULARY, f'uses "small"\n{words}').rules
    return rule


# --- random documents -----------------------------------------------------------------------------

_CONDITIONS = (
    "request.tokens <= 1 token",
    "request.tokens >= 2 token",
    "request.urgent",
    "not request.urgent",
    "request.data has health",
    "request.data has open and request.tokens > 0 token",
    "fact.trust >= 1",
)
_ACTIONS = (
    "latency <= 1 s",
    "latency <= 2 s",
    "latency < 3 s",
    "service.privacy.locality in { local, eu }",
    "service.privacy.locality == eu",
    "service.privacy.locality not in { us }",
    "provides vision",
)
_GUARDS = ("", " when request.urgent", " when request.tokens <= 1 token")


def conditions() -> st.SearchStrategy[str]:
    """A condition of a rule."""
    one = st.sampled_from(_CONDITIONS)
    return st.one_of(one, st.lists(one, min_size=2, max_size=2).map(" and ".join))


@st.composite
def services(draw: st.DrawFn, name: str) -> str:
    """A service of the small vocabulary."""
    stated = []
    if draw(st.booleans()):
        stated.append(f"privacy.locality = {draw(st.sampled_from(('local', 'eu', 'us')))}")
    if draw(st.booleans()):
        stated.append(f"privacy.encrypted = {draw(st.sampled_from(('true', 'false')))}")
    promises = [
        f"latency <= {draw(st.integers(1, 3))} s{draw(st.sampled_from(_GUARDS))}"
        for _ in range(draw(st.integers(0, 2)))
    ]
    lines = [
        f"is {', '.join(stated)}" if stated else "",
        f"provides {draw(st.sampled_from(('chat', 'chat, vision')))}",
        draw(st.sampled_from(("", "assumes request.tokens <= 2 token"))),
        f"guarantees {', '.join(promises)}" if promises else "",
        draw(st.sampled_from(("permits public", "permits public, trust >= 1"))),
    ]
    body = "\n".join(f"  {line}" for line in lines if line)
    return f"service {name} version 1 {{\n{body}\n}}"


@st.composite
def rules(draw: st.DrawFn, name: str) -> str:
    """A rule of the small vocabulary."""
    action = draw(st.sampled_from(_ACTIONS))
    if draw(st.booleans()):
        return f"rule {name} {{ when {draw(conditions())} then {action} }}"
    return f"rule {name} {{ always {action} }}"


@st.composite
def classes(draw: st.DrawFn, name: str) -> str:
    """A class of the small vocabulary."""
    given = draw(st.lists(st.sampled_from(_CONDITIONS), max_size=2))
    lines = [
        f"given {', '.join(given)}" if given else "",
        draw(st.sampled_from(("", "needs chat", "needs vision"))),
        draw(st.sampled_from(("", "ensure latency <= 2 s"))),
        draw(st.sampled_from(("", "deadline 3 s"))),
    ]
    body = "\n".join(f"  {line}" for line in lines if line)
    return f"class {name} {{\n{body}\n}}"
