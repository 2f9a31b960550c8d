"""The differential campaign over the obligations of documents, asked over all requests."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from random import Random

from caio.base.canonical import Json, canonical_bytes
from caio.certify.acceptance import accept
from caio.certify.evidence import EvidenceTable
from caio.certify.prover import Model, Prover, Unknown
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.obligations import documents as obligations
from caio.obligations.clauses import clause_form
from caio.obligations.contract import Contract
from caio.obligations.formula import Formula, Scope
from caio.obligations.meaning import Meaning
from tests.differential.asking import oracle_entry, plain
from tests.differential.campaigns import documents_of, must_agree, status
from tests.differential.second_opinion import ask_cvc5
from tests.differential.worlds import World, draw_policy, draw_world
from tests.oracle import documents as oracle


@dataclass
class Sanity:
    """Contracts and rules of generated worlds: solver, cvc5, oracle; and the checker on the evidence."""

    prover: Prover
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, seed: int) -> None:
        """Everything that ``caio check`` asks about one world, and some sets of rules besides."""
        world = draw_world(seed)
        policy = sorted(draw_policy(seed, world.question.vocabulary), key=document_digest)
        claims = _Claims(world, self.prover, self.counts)
        for contract in world.snapshot.contracts:
            claims.about_contract(contract)
        for rule in policy:
            claims.about_rule(rule)
        rng = Random(seed)
        pairs = list(combinations(policy, 2))
        for chosen in (*combinations(policy, 1), *rng.sample(pairs, 2), policy):
            claims.about_rules(chosen, [])
        asides = [rng.sample(policy, rng.randint(1, len(policy))) for _ in range(2)]
        claims.about_rules(policy, [sorted(aside, key=policy.index) for aside in asides])
        certificate = {
            "format": "caio-certificate/v1",
            "vocabulary": document_digest(world.question.vocabulary),
            "claims": claims.body,
            "evidence": claims.evidence.json(),
        }
        accept([documents_of(world, extra=policy)], canonical_bytes(certificate))
        self.counts["certificates accepted"] += 1


class _Claims:
    """Collects the claims of one certificate while the opinions are compared."""

    def __init__(self, world: World, prover: Prover, counts: Counter[str]) -> None:
        self.evidence = EvidenceTable()
        self.body: list[Json] = []
        self._world = world
        self._prover = prover
        self._counts = counts
        self._vocabulary = plain(world.question.vocabulary)
        self._meaning = Meaning(world.question.vocabulary)

    def about_contract(self, contract: Contract) -> None:
        overlays = [document_digest(overlay) for overlay in contract.overlays]
        subject: Json = {"service": document_digest(contract.service), "overlays": overlays}
        entry, scope = oracle_entry(contract), self._meaning.scope
        self._compare(
            ["service_coherent", subject],
            obligations.coherent(contract, self._meaning),
            scope,
            expected=oracle.coherent(self._vocabulary, entry),
        )
        self._compare(
            ["service_assumable", subject],
            obligations.assumable(contract, self._meaning),
            scope,
            expected=oracle.assumable(self._vocabulary, entry.service),
            by_witness=True,
        )
        if len(contract.service.cost) > 1:
            self._compare(
                ["service_cost_disjoint", subject],
                obligations.cost_disjoint(contract, self._meaning),
                scope,
                expected=oracle.cost_disjoint(self._vocabulary, entry.service),
            )

    def about_rule(self, rule: d.Rule) -> None:
        self._compare(
            ["rule_applicable", document_digest(rule)],
            obligations.applicable(rule, self._meaning),
            self._meaning.scope,
            expected=oracle.applicable(self._vocabulary, plain(rule)),
            by_witness=True,
        )

    def about_rules(self, rules: Sequence[d.Rule], aside: Sequence[Sequence[d.Rule]]) -> None:
        names = [[rule.name for rule in group] for group in aside]
        posed = obligations.consistent(rules, names, self._meaning)
        digests = [document_digest(rule) for rule in rules]
        groups = [[document_digest(rule) for rule in group] for group in aside]
        plains = [plain(rule) for rule in rules]
        self._compare(
            ["rules_consistent", digests, groups],
            posed.block,
            posed.scope,
            expected=oracle.consistent(self._vocabulary, plains, names),
        )

    def _compare(
        self,
        key: list[Json],
        block: tuple[Formula, ...],
        scope: Scope,
        *,
        expected: bool,
        by_witness: bool = False,
    ) -> None:
        """Compare the opinions and claim what they agree on. A key that was claimed before is left alone."""
        if any(isinstance(claim, dict) and claim["obligation"] == key for claim in self.body):
            return
        answer = self._prover.decide(clause_form([block], scope))
        wanted = "sat" if expected == by_witness else "unsat"
        opinions = {"solver": status(answer), "cvc5": ask_cvc5([block], scope)}
        known = {name: said for name, said in opinions.items() if said != "unknown"}
        self._counts["unknown"] += len(opinions) - len(known)
        must_agree(f"world {self._world.seed}, {key}", **known, oracle=wanted)
        self._counts["obligations"] += 1
        self._counts[f"{key[0]} {'holds' if expected else 'refuted'}"] += 1
        if isinstance(answer, Unknown):
            return
        self.body.append(
            {
                "obligation": key,
                "verdict": "holds" if isinstance(answer, Model) == by_witness else "refuted",
                "evidence": self.evidence.reference(answer),
            }
        )
