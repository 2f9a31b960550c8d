"""The long campaigns, with what they counted: ``python -m tests.fuzz [--only NAME] [--scale N]``.

Each ends at the first disagreement with the seed of the world that shows it. The default scale is what the bars of a
release ask for, or more: 2,000 distinct obligations of the whole fragment, 500 landscapes, 2,000 contract evolutions.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import count

from caio.certify.prover import Prover
from tests.analysis.explaining import Explaining
from tests.differential.campaigns import DisagreementError, Obligations, Routing, Scores
from tests.differential.deciding import digest_of
from tests.differential.sanity import Sanity
from tests.evolution.campaign import Evolutions
from tests.evolution.questions import Universal
from tests.fuzz import certify, evidence, gates
from tests.tamper import campaign

OBLIGATIONS = 2_000
LANDSCAPES = 500
SCORED = 1_000
SANITIES = 60
EXPLAINED = 1_000
EVOLUTIONS = 2_000
WORLDS = 200
FRESH = 10_000
"""The first seed of campaigns whose tests run many seeds themselves."""
REPEATED = 60
FORGED = 18_000
KEPT = 10_000
BROKEN = 3_000
PROCESSES = 200
CERTIFY_SECONDS = 120.0

Campaign = Callable[[int], Counter[str]]


def obligations(scale: int) -> Counter[str]:
    """Solver, small search, cvc5, interpreter, oracle and checker on distinct obligations."""
    with Prover() as quick, Prover(direct=False) as through_solver:
        judges = Obligations(quick, through_solver)
        for seed in count():
            if judges.counts["obligations"] >= OBLIGATIONS * scale:
                break
            judges.run(seed)
            _progress("obligations", judges.counts["obligations"], OBLIGATIONS * scale)
    asked = judges.counts["obligations"]
    if judges.counts["unknown"] * 1000 > asked:
        raise DisagreementError(f"{judges.counts['unknown']} of {asked} are unknown")
    return judges.counts


def routing(scale: int) -> Counter[str]:
    """Winner, order and failing obligations against the oracle; the checker's word on each decision."""
    with Prover() as prover:
        judges = Routing(prover)
        for seed in _seeds("routing", LANDSCAPES * scale):
            judges.run(seed)
    return judges.counts


def scores(scale: int) -> Counter[str]:
    """The four terms and the sum of every candidate against the oracle."""
    judges = Scores()
    for seed in _seeds("scores", SCORED * scale):
        judges.run(seed)
    return judges.counts


def sanity(scale: int) -> Counter[str]:
    """The obligations of documents against cvc5, oracle and checker."""
    with Prover() as prover:
        judges = Sanity(prover)
        for seed in _seeds("sanity", SANITIES * scale):
            judges.run(seed)
    return judges.counts


def explaining(scale: int) -> Counter[str]:
    """Least bounds, irreducible sets and counts of requests that nobody takes, by brute force."""
    with Prover() as prover:
        judges = Explaining(prover)
        for seed in count():
            if judges.counts["requests"] >= EXPLAINED * scale:
                break
            judges.run(seed)
            _progress("explaining", judges.counts["requests"], EXPLAINED * scale)
    return judges.counts


def evolutions(scale: int) -> Counter[str]:
    """Generated contract evolutions, facet by facet, against the oracle; callers, interpreter and checker on the evidence."""
    with Prover() as prover:
        judges = Evolutions(prover)
        for seed in _seeds("evolutions", EVOLUTIONS * scale):
            judges.run(FRESH + seed)
    return _known(judges.counts)


def questions(scale: int) -> Counter[str]:
    """Admission, properties and sets of rules, over all requests, against brute force."""
    with Prover() as prover:
        judges = Universal(prover)
        for seed in _seeds("questions", WORLDS * scale):
            judges.run(FRESH + seed)
    return _known(judges.counts)


def _known(counts: Counter[str]) -> Counter[str]:
    """The counts, if nothing was left undecided."""
    if counts["unknown"]:
        raise DisagreementError(f"{counts['unknown']} answers are unknown at the published budget")
    return counts


def bytes_(scale: int) -> Counter[str]:
    """A used prover, a fresh one, and the solver asked at once, each twice: the same bytes per way."""
    seeds = range(REPEATED * scale)
    for direct in (True, False):
        with Prover(direct=direct) as used:
            digests = {digest_of(seeds, used), digest_of(seeds, used)}
        with Prover(direct=direct) as fresh:
            digests.add(digest_of(seeds, fresh))
        if len(digests) != 1:
            raise DisagreementError(f"the bytes of decisions differ (direct: {direct})")
    return Counter({"landscapes": len(seeds), "decisions compared": 6 * len(seeds)})


def proofs(scale: int) -> Counter[str]:
    """Formulas that no router asks: answers evident, proofs checked, cvc5 not contradicting."""
    return certify.campaign(seconds=CERTIFY_SECONDS * scale)


def tampering(scale: int) -> Counter[str]:
    """Good certificates, documents and decisions broken everywhere: none accepted, none ends in an exception."""
    if campaign.main(["--bytes", str(20_000 * scale)]):
        raise DisagreementError("something that was tampered with did not end as it should")
    return Counter()


def broken_evidence(scale: int) -> Counter[str]:
    """Certificates and kept evidence of questions over all requests, broken or forged: only what is true is accepted."""
    counts = evidence.certificates(_seeds("certificates", FORGED * scale))
    return counts + evidence.answers(_seeds("evidence", KEPT * scale))


def gates_(scale: int) -> Counter[str]:
    """Documents, waivers, caches and folders of the commands for pipelines, broken: no success that is none."""
    counts = gates.campaign(_seeds("commands", BROKEN * scale))
    return counts + gates.campaign(_seeds("processes", PROCESSES * scale), processes=True)


CAMPAIGNS: dict[str, Campaign] = {
    "obligations": obligations,
    "routing": routing,
    "scores": scores,
    "sanity": sanity,
    "explaining": explaining,
    "evolutions": evolutions,
    "questions": questions,
    "bytes": bytes_,
    "proofs": proofs,
    "tampering": tampering,
    "evidence": broken_evidence,
    "gates": gates_,
}


def _seeds(name: str, size: int) -> Iterator[int]:
    for seed in range(size):
        yield seed
        _progress(name, seed + 1, size)


_reported = time.monotonic()


def _progress(name: str, done: int, size: int) -> None:
    """Say how far it is, every ten seconds and at the end."""
    global _reported  # noqa: PLW0603 - one clock for one terminal
    now = time.monotonic()
    if done >= size or now - _reported >= 10:
        _reported = now
        sys.stderr.write(f"{name}: {done:,} of {size:,}\n")
        sys.stderr.flush()


def main(arguments: Sequence[str]) -> int:
    """Run the campaigns and print what they counted; 1 at the first disagreement."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--only", choices=CAMPAIGNS, action="append")
    parser.add_argument("--scale", type=int, default=1, help="how many times the bars' numbers")
    options = parser.parse_args(arguments)
    for name in options.only or CAMPAIGNS:
        run, started = CAMPAIGNS[name], time.monotonic()
        print(f"== {name}: {run.__doc__}")
        try:
            counts = run(options.scale)
        except AssertionError as disagreement:
            print(f"DISAGREEMENT in {name}\n{disagreement}")
            return 1
        for key, number in sorted(counts.items()):
            print(f"   {number:>9,}  {key}")
        print(f"   {time.monotonic() - started:>9.1f}  seconds")
    print("all agree")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
