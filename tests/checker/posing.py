"""Poses questions over all requests to the checker about worlds of the forge, and has the answers certified by hand."""

from __future__ import annotations

import copy
from typing import Any

from caio.checker import Documents, Rejection, check, load
from caio.checker.documents import BUDGET
from caio.checker.formulas import ClauseForm, Formulas, Parts
from caio.checker.questions import WITNESSED, Questions
from caio.checker.reader import digest, parse
from tests.checker.forge import Evidence, Json, World, document_set, dump


def plain_world() -> World:
    """A world of two services that promise nothing, ask nothing of anybody and cost nothing; no rules."""
    world = World()
    for service in world.services:
        service |= {"assumes": [], "guarantees": [], "cost": [], "attributes": {}}
        service["permits"] = {"mode": "public", "permissions": [], "trust": None, "zones": None}
    world.rules = []
    return world


def rule(name: str, *then: Json, when: Json = True, kind: str = "rule") -> Json:
    return {
        "kind": kind,
        "vocabulary": "",
        "name": name,
        "priority": 0,
        "when": when,
        "then": list(then),
    }


def group(name: str = "some", **changes: Json) -> Json:
    """A class that asks for nothing, with some of its fields changed."""
    own: Json = {"kind": "class", "vocabulary": "", "name": name, "needs": [], "given": []}
    return own | {"ensure": [], "budget": None, "deadline": None} | changes


def never(formula: Json, name: str = "no") -> Json:
    return {"kind": "property", "vocabulary": "", "name": name, "claim": ["never", formula]}


def always(count: str, of: Json, name: str = "yes") -> Json:
    """At least so many services for a class; the class must be complete."""
    claim = ["always", count, digest(of)]
    return {"kind": "property", "vocabulary": of["vocabulary"], "name": name, "claim": claim}


class Posed:
    """Questions about the documents of a world and some more."""

    def __init__(self, world: World, *more: Json, apart: bool = False) -> None:
        own = digest(world.vocabulary)
        for document in more:
            document["vocabulary"] = own
        sets = [world.documents(), [world.vocabulary, *more]]
        if not apart:
            sets = [[*world.documents(), *more]]
        self.documents: Documents = load(*(document_set(*listed) for listed in sets))
        self.vocabulary = own
        self.one, self.other = (subject(service) for service in world.services[:2])

    def key(self, *parts: Json) -> Json:
        """A key in which documents are named by their digests."""
        return [digest(p) if isinstance(p, dict) and "kind" in p else p for p in parts]

    def block(self, *key: Json, budget: int = BUDGET) -> Parts:
        return self._posed(*key, budget=budget)[1]

    def _posed(self, *key: Json, budget: int = BUDGET) -> tuple[Formulas, Parts]:
        formulas = Formulas(budget, self.documents.formulas)
        owner = self.documents.found[self.vocabulary]
        questions = Questions(self.documents, owner, formulas)
        return formulas, questions.block(parse(dump(self.key(*key))))[1]

    def holds(self, *key: Json) -> bool:
        """The answer, which the checker accepts with its evidence and refuses the other way round."""
        formulas, block = self._posed(*key)
        evidence = Evidence()
        reference = evidence.of(ClauseForm(formulas, block))
        verdict = "holds" if (reference < 0) == (key[0] in WITNESSED) else "refuted"
        certificate = self.certificate(self.key(*key), verdict, reference, evidence.json())
        assert check(self.documents, dump(certificate)).verdict == verdict
        forged = copy.deepcopy(certificate)
        forged["claims"][0]["verdict"] = "refuted" if verdict == "holds" else "holds"
        assert self.refused(forged) == "polarity"
        return verdict == "holds"

    def certificate(self, key: Json, verdict: str, reference: int, evidence: Json) -> Json:
        claim = {"obligation": key, "verdict": verdict, "evidence": reference}
        return {
            "format": "caio-certificate/v1",
            "vocabulary": self.vocabulary,
            "claims": [claim],
            "evidence": evidence,
        }

    def refused(self, certificate: Json) -> str:
        try:
            check(self.documents, dump(certificate))
        except Rejection as rejection:
            return rejection.code
        return "accepted"

    def code(self, *key: Json, budget: int = BUDGET) -> str:
        """The code with which a key is refused."""
        try:
            self.block(*key, budget=budget)
        except Rejection as rejection:
            return rejection.code
        return "accepted"


def subject(service: Json, *overlays: Any) -> Json:
    return {"service": digest(service), "overlays": sorted(map(digest, overlays))}


def filled(key: Json, names: Json) -> Json:
    """A key with what its names, such as `@one`, stand for; sets of several names are put in order."""
    if isinstance(key, str) and key.startswith("@"):
        return names[key[1:]]
    if isinstance(key, list):
        parts = [filled(part, names) for part in key]
        digests = all(isinstance(part, str) and part.startswith("sha256:") for part in parts)
        return sorted(parts) if digests else parts
    return key
