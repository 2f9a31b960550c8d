"""Known callers: whether each is still satisfied, and which version may be deployed."""

from __future__ import annotations

import pytest

from tests.compat.conftest import Run
from tests.compat.documents import WORDS, findings, rules, service, verdicts, write

OLD = service("1.0", "guarantees latency <= 1 s", "permits any of { invoke, admin }")
NEW = service("2.0", "guarantees latency <= 2 s", "permits any of { invoke }")


def request(name: str, caller: str | None, *clauses: str) -> str:
    own = [f'caller "{caller}"'] if caller is not None else []
    lines = [*own, "needs chat", "given request.data == { public }", *clauses]
    return f"request {name} {{\n  " + "\n  ".join(lines) + "\n}\n"


def facts(name: str, *permissions: str) -> str:
    return f"facts {name} {{ origin asserted, permissions = {{ {', '.join(permissions)} }} }}\n"


def compat(run: Run, *callers: str, old: str = OLD, new: str = NEW, policy: tuple[str, str] = ("", "")):  # type: ignore[no-untyped-def]  # fmt: skip
    sides = write("v1.caio", old, policy[0]), write("v2.caio", new, policy[1])
    return run("compat", *sides, "--callers", write("callers.caio", *callers, words=None), "--json")


class TestKept:
    def test_a_caller_who_minds_is_broken_and_another_is_kept(self, run: Run) -> None:
        ran = compat(
            run,
            request("fast", "ward", "ensure latency <= 1 s"),
            facts("ward", "invoke"),
            request("slow", "desk", "ensure latency <= 5 s"),
            facts("desk", "invoke"),
        )
        assert (ran.code, rules(ran)) == (1, {"caller-broken"})
        assert verdicts(ran) == {"caller:fast:s": "refuted", "caller:slow:s": "proved"}
        (found,) = findings(ran)
        assert found["counterexample"].count("caller") == 1
        assert "ensure latency <= 1 s" in found["counterexample"]
        assert "permissions = { invoke }" in found["counterexample"]

    def test_who_a_caller_is_matters(self, run: Run) -> None:
        slow = request("slow", "desk", "ensure latency <= 5 s")
        assert compat(run, slow, facts("desk", "invoke")).code == 0
        assert compat(run, slow, facts("desk", "admin")).code == 1
        # Nothing is known: it may be anybody whom the old contract permits.
        assert compat(run, slow).code == 1

    def test_each_side_is_judged_by_its_own_rules(self, run: Run) -> None:
        slow = request("slow", "desk"), facts("desk", "invoke")
        rule = "rule home { when not request.urgent then service.region == eu }\n"
        assert compat(run, *slow, policy=("", rule)).code == 1
        assert compat(run, *slow, policy=(rule, "")).code == 0

    def test_a_caller_of_a_service_that_is_gone_is_broken(self, run: Run) -> None:
        ran = compat(run, request("slow", "desk"), new=service("1.0", name="other"))
        assert (ran.code, rules(ran)) == (1, {"caller-broken"})
        assert "any `s`" in ran.out

    def test_who_was_never_satisfied_shows_nothing(self, run: Run) -> None:
        never = request("never", "desk", "ensure latency <= 1 ms")
        ran = compat(run, never)
        assert ran.code == 4
        assert "caller-never-satisfied" in rules(ran)
        ran = compat(run, never, request("slow", "ward"), facts("ward", "invoke"))
        assert (ran.code, rules(ran)) == (0, {"caller-never-satisfied"})

    def test_a_request_without_a_caller_stands_for_nobody(self, run: Run) -> None:
        ran = compat(run, request("fast", None, "ensure latency <= 1 s"))
        assert ran.code == 4
        assert "`caller NAME`" in ran.out
        ran = compat(
            run, request("fast", None, "ensure latency <= 1 s"), request("slow", "ward"), facts("ward", "invoke")
        )  # fmt: skip
        assert (ran.code, rules(ran)) == (0, {"request-without-caller"})

    def test_requests_beside_the_contracts_are_no_callers(self, run: Run) -> None:
        fast = request("fast", "ward", "ensure latency <= 1 s")
        slow = request("slow", "desk"), facts("desk", "invoke")
        assert compat(run, *slow, old=f"{OLD}\n{fast}").code == 0

    def test_a_caller_of_another_vocabulary_is_told(self, run: Run) -> None:
        slow = request("slow", "ward"), facts("ward", "invoke")
        words = WORDS.replace('"shop"', '"yard"')
        other = write(
            "other.caio", 'uses "yard"', 'request odd { caller "x" needs chat }', words=words
        )
        sides = write("v1.caio", OLD), write("v2.caio", NEW)
        callers = "--callers", write("callers.caio", *slow, words=None), "--callers", other
        ran = run("compat", *sides, *callers, "--json")
        assert (ran.code, rules(ran)) == (0, {"caller-without-service"})
        assert run("compat", *sides, "--callers", other).code == 4

    def test_callers_may_lie_beside_the_contracts(self, run: Run) -> None:
        fast = request("fast", "ward", "ensure latency <= 1 s"), facts("ward", "invoke")
        sides = write("v1.caio", OLD, *fast), write("v2.caio", NEW)
        ran = run("compat", *sides, "--callers", "./v1.caio", "--json")
        assert (ran.code, rules(ran)) == (1, {"caller-broken"})

    def test_an_incoherent_new_contract_keeps_nobody(self, run: Run) -> None:
        odd = service("2.0", "guarantees latency <= 1 s, latency >= 2 s", "permits public")
        assert compat(run, request("slow", "desk"), facts("desk", "invoke"), new=odd).code == 1

    def test_a_deadline_counts_the_allowance_of_the_profile(self, run: Run) -> None:
        def profile(name: str, allowance: str) -> str:
            limits = f"routing allowance {allowance}"
            return f"profile {name} {{ weights {{ guarantee 1, cost 0, performance 0, reliability 0 }} limits {{ {limits} }} }}\n"  # fmt: skip

        fast = request("fast", "ward", "deadline 2 s"), facts("ward", "invoke")
        assert compat(run, *fast, policy=(profile("p", "0 s"), profile("p", "0 s"))).code == 0
        assert compat(run, *fast, policy=(profile("p", "0 s"), profile("p", "1 ms"))).code == 1


class TestDeploying:
    def deploy(self, run: Run, version: str, *texts: str):  # type: ignore[no-untyped-def]
        return run("can-deploy", write("all.caio", *texts), "--service", "s", "--version", version, "--json")  # fmt: skip

    def matrix(self, ran) -> dict[str, list[str]]:  # type: ignore[no-untyped-def]
        (table,) = ran.json["tables"]
        return {row[1]: row[2:] for row in table["rows"]}

    def test_every_caller_is_held_against_every_version(self, run: Run) -> None:
        texts = OLD, NEW, request("fast", "ward", "ensure latency <= 1 s"), request("slow", "desk"), facts("ward", "invoke"), facts("desk", "invoke")  # fmt: skip
        ran = self.deploy(run, "2.0", *texts)
        assert (ran.code, self.matrix(ran)) == (1, {"fast": ["yes", "no"], "slow": ["yes", "yes"]})
        assert verdicts(ran) == {"can-deploy:s:fast": "refuted", "can-deploy:s:slow": "proved"}
        (found,) = [one for one in findings(ran) if one["rule"] == "caller-unsatisfied"]
        assert "ensure latency <= 1 s" in found["counterexample"]
        ran = self.deploy(run, "1.0.0", *texts)
        assert (ran.code, rules(ran)) == (0, set())
        assert ran.json["tables"][0]["header"] == ["caller", "request", "1.0 (to deploy)", "2.0"]

    def test_the_only_version_must_satisfy_everybody(self, run: Run) -> None:
        never = request("never", "desk", "ensure latency <= 1 ms"), facts("desk", "invoke")
        ran = self.deploy(run, "1.0", OLD, *never)
        assert (ran.code, rules(ran)) == (1, {"caller-unsatisfied"})

    def test_whom_no_version_satisfies_is_perhaps_no_caller(self, run: Run) -> None:
        never = request("never", "desk", "ensure latency <= 1 ms"), facts("desk", "invoke")
        slow = request("slow", "ward"), facts("ward", "invoke")
        ran = self.deploy(run, "2.0", OLD, NEW, *never, *slow)
        assert ran.code == 0
        assert "caller-without-service" in rules(ran)
        assert self.deploy(run, "2.0", OLD, NEW, *never).code == 4

    def test_a_version_that_permits_nobody_satisfies_nobody(self, run: Run) -> None:
        """Whoever such a version permits is satisfied, and there is nobody."""
        closed = 'service "s" version 3.0 {\n  provides chat\n}\n'
        ran = self.deploy(run, "3.0", OLD, closed, request("slow", "desk"))
        assert ran.code == 1
        assert self.matrix(ran) == {"slow": ["yes", "no"]}
        assert "caller-unsatisfied" in rules(ran)

    def test_a_request_that_describes_no_call_is_satisfied_by_nobody(self, run: Run) -> None:
        nothing = request("odd", "desk").replace(
            "given request.data == { public }", "given request.tokens < 5, request.tokens > 6"
        )
        ran = self.deploy(run, "1.0", OLD, nothing.replace("< 5", "< 5 token").replace("> 6", "> 6 token"))  # fmt: skip
        assert ran.code == 1

    def test_who_may_call_matters_where_nothing_is_known(self, run: Run) -> None:
        slow = request("slow", "desk")
        ran = self.deploy(run, "2.0", OLD, NEW, slow)
        assert (ran.code, rules(ran)) == (1, {"caller-unknown", "permissions-narrowed"})
        assert verdicts(ran)["can-deploy:s::permits"] == "refuted"
        ran = self.deploy(run, "2.0", OLD, NEW, slow, facts("desk", "invoke"))
        assert (ran.code, rules(ran)) == (0, {"permissions-narrowed"})
        assert self.deploy(run, "1.0", OLD, NEW, slow).code == 0

    def test_versions_in_another_vocabulary_are_left_out_and_told(self, run: Run) -> None:
        other = WORDS.replace('"shop"', '"yard"')
        texts = OLD, request("slow", "desk"), facts("desk", "invoke"), other, 'uses "yard"', service("0.9")  # fmt: skip
        head, *rest = texts
        file = write("all.caio", 'uses "shop"', head, *rest, words=WORDS)
        ran = run("can-deploy", file, "--service", "s", "--version", "1.0", "--json")
        assert ran.code == 0
        (table,) = ran.json["tables"]
        assert (table["header"][2:], table["key"][-5:]) == (["1.0 (to deploy)"], ": 0.9")

    def test_text_shows_the_matrix(self, run: Run) -> None:
        file = write("all.caio", OLD, NEW, request("slow", "desk"), facts("desk", "invoke"))
        ran = run("can-deploy", file, "--service", "s", "--version", "2.0")
        assert "  caller  request  1.0  2.0 (to deploy)\n  desk    slow     yes  yes\n" in ran.out

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--service", "t", "--version", "1.0"], "there is no service `t`"),
            (["--service", "s", "--version", "3.0"], "there are 1.0, 2.0"),
            (["--service", "s", "--version", "one"], "there are 1.0, 2.0"),
            (["--service", "s", "--version", "1.0"], "there is no request"),
            (["--service", "s", "--version", "1.0", "--profile", "x"], "no request"),
        ],
    )
    def test_what_is_not_there_is_told(self, run: Run, words: list[str], said: str) -> None:
        ran = run("can-deploy", write("all.caio", OLD, NEW), *words)
        assert ran.code == 4
        assert said in ran.out + ran.err
