"""Broken documents: each has the expected code at exactly the place between the brackets."""

import re

import pytest

from tests.sema.conftest import SERVICE, VOCABULARY, compile_texts

CASES = [
    # names
    ("unknown-name", "service t version 1 { assumes ⟦request.tokns⟧ <= 5 token }"),
    ("unknown-name", "service t version 1 { assumes ⟦tokens⟧ <= 5 token }"),
    ("unknown-name", "service t version 1 { provides chat, ⟦visoin⟧ }"),
    ("unknown-name", "service t version 1 { is ⟦regoin⟧ = eu }"),
    ("unknown-name", "service t version 1 { guarantees ⟦latncy⟧ <= 5 ms }"),
    ("unknown-name", "request r { needs ⟦talk⟧ }"),
    ("unknown-name", "request r { needs chat ensure ⟦speed⟧ <= 5 ms }"),
    ("unknown-name", "request r { needs chat ensure ⟦service.reg⟧ == eu }"),
    ("unknown-name", "request r { needs chat ensure provides ⟦talk⟧ }"),
    ("unknown-name", "profile p { weights { cost 1 } performance ⟦speed⟧ }"),
    ("unknown-name", "facts f { ⟦trst⟧ = 3 }"),
    ("unknown-name", "state s version 1 { ⟦latency⟧ = 3 s }"),
    ("unknown-name", "overlay ⟦t⟧ version 1 from x { is region = eu }"),
    ("unknown-name", "overlay ⟦s⟧ version 2 from x { is retention = 1 s }"),
    ("unknown-name", "state ⟦nobody⟧ version 1 { healthy = true }"),
    ("unknown-member", "service t version 1 { is region = ⟦mars⟧ }"),
    ("unknown-member", "service t version 1 { permits any of { ⟦root⟧ } }"),
    ("unknown-member", "service t version 1 { permits public, zone in { ⟦moon⟧ } }"),
    ("unknown-member", "service t version 1 { assumes request.region in { eu, ⟦mars⟧ } }"),
    ("unknown-member", "service t version 1 { assumes request.data has ⟦secret⟧ }"),
    ("unknown-member", "request r { needs chat ensure service.region == ⟦mars⟧ }"),
    ("unknown-unit", "service t version 1 { assumes request.tokens <= 5 ⟦tokens⟧ }"),
    ("unknown-unit", "service t version 1 { cost 5 USD per 10 ⟦tkn⟧ * request.tokens }"),
    ("unknown-word", "service t version 1 { route ⟦sideways⟧ }"),
    ("unknown-word", "facts f { origin ⟦rumour⟧ }"),
    ("unknown-word", "profile p { weights { ⟦beauty⟧ 1 } }"),
    ("unknown-word", "profile p { weights { cost 1 } limits { facts ⟦rumour⟧ } }"),
    ("unknown-vocabulary", "uses ⟦tset⟧ request r { needs chat }"),
    # duplicates
    ("duplicate-name", "service ⟦s⟧ version 1.0 { }"),
    ("duplicate-name", "rule a { always latency <= 1 s } invariant ⟦a⟧ { always latency <= 1 s }"),
    ("duplicate-name", "request r { needs chat } request ⟦r⟧ { needs chat }"),
    ("duplicate-statement", "service t version 1 { is region = eu is ⟦region = us⟧ }"),
    ("duplicate-statement", "service t version 1 { provides chat, ⟦chat⟧ }"),
    ("duplicate-statement", "service t version 1 { permits any of { admin, ⟦admin⟧ } }"),
    ("duplicate-statement", "overlay s version 1.0 from x { is ⟦region = eu⟧ }"),
    ("duplicate-statement", "profile p { weights { cost 1, ⟦cost 2⟧ } }"),
    ("duplicate-statement", "profile p { weights { cost 1 } pin s version 1, ⟦s version 2⟧ }"),
    ("duplicate-statement", "profile p { weights { cost 1 } performance latency, ⟦latency⟧ }"),
    # units and types
    ("unit-mismatch", "service t version 1 { guarantees latency <= ⟦5⟧ }"),
    ("unit-mismatch", "service t version 1 { guarantees latency <= ⟦5 USD⟧ }"),
    ("unit-mismatch", "service t version 1 { guarantees latency <= ⟦5 ms + 1 USD⟧ }"),
    ("unit-mismatch", "service t version 1 { guarantees latency <= ⟦5 ms * request.tokens⟧ }"),
    ("unit-mismatch", "service t version 1 { assumes ⟦request.tokens <= request.images⟧ }"),
    ("unit-mismatch", "service t version 1 { assumes ⟦at < 5 s⟧ }"),
    ("unit-mismatch", "service t version 1 { assumes at < 2027-01-01 * ⟦2 s⟧ }"),
    ("unit-mismatch", "service t version 1 { cost ⟦5 s⟧ }"),
    ("unit-mismatch", "service t version 1 { is retention = ⟦5⟧ }"),
    ("unit-mismatch", "request r { needs chat budget ⟦5 EUR⟧ }"),
    ("unit-mismatch", "request r { needs chat deadline ⟦5⟧ }"),
    ("unit-mismatch", "request r { needs chat ensure service.retention <= ⟦5 token⟧ }"),
    ("unit-mismatch", "request r { needs chat ensure at < ⟦5 days⟧ }"),
    ("unit-mismatch", "profile p { weights { cost ⟦1 s⟧ } }"),
    ("type-mismatch", "service t version 1 { assumes ⟦request.region⟧ }"),
    ("type-mismatch", "service t version 1 { assumes ⟦request.region < eu⟧ }"),
    ("type-mismatch", "service t version 1 { assumes request.stream == ⟦eu⟧ }"),
    ("type-mismatch", "service t version 1 { assumes request.data == ⟦open⟧ }"),
    ("type-mismatch", "service t version 1 { assumes ⟦request.region⟧ has eu }"),
    ("type-mismatch", "service t version 1 { assumes count(⟦request.region⟧) <= 2 }"),
    ("type-mismatch", "service t version 1 { assumes ⟦request.data⟧ + 1 <= 2 }"),
    ("type-mismatch", "service t version 1 { assumes ⟦5⟧ }"),
    ("type-mismatch", "service t version 1 { assumes 1 + ⟦true⟧ <= 3 }"),
    ("type-mismatch", "service t version 1 { is encrypted = ⟦eu⟧ }"),
    ("type-mismatch", "service t version 1 { is region = ⟦5⟧ }"),
    ("type-mismatch", "service t version 1 { is since = ⟦5 s⟧ }"),
    ("type-mismatch", "facts f { held = ⟦admin⟧ }"),
    ("type-mismatch", "request r { needs chat ensure service.retention <= ⟦1 s * request.share⟧ }"),
    ("type-mismatch", "request r { needs chat ensure ⟦service.region <= eu⟧ }"),
    ("not-linear", "service t version 1 { cost 1 USD * request.share * ⟦request.share⟧ }"),
    ("not-linear", "service t version 1 { assumes request.share * ⟦request.share⟧ <= 1 }"),
    ("not-linear", "service t version 1 { assumes 1 / ⟦request.share⟧ <= 1 }"),
    ("not-linear", "service t version 1 { assumes request.share / ⟦0⟧ <= 1 }"),
    ("not-linear", "service t version 1 { cost 1 USD per ⟦0⟧ token * request.tokens }"),
    # origins
    ("wrong-origin", "service t version 1 { assumes ⟦fact.trust⟧ >= 3 }"),
    ("wrong-origin", "service t version 1 { guarantees latency <= 5 ms * ⟦env.load⟧ }"),
    ("wrong-origin", "service t version 1 { guarantees latency <= 5 ms when ⟦fact.trust⟧ >= 3 }"),
    ("wrong-origin", "service t version 1 { cost 5 USD * ⟦env.load⟧ }"),
    ("wrong-origin", "service t version 1 { assumes ⟦latency⟧ <= 5 ms }"),
    ("wrong-origin", "service t version 1 { assumes ⟦service.region⟧ == eu }"),
    ("type-mismatch", "service t version 1 { is retention = ⟦env.age⟧ }"),
    ("wrong-origin", "service t version 1 { is retention = 2 * ⟦env.age⟧ }"),
    ("wrong-origin", "rule p { when ⟦measured.caution⟧ <= 0.5 then latency <= 1 s }"),
    ("wrong-origin", "rule p { when ⟦service.region⟧ == eu then latency <= 1 s }"),
    ("wrong-origin", "request r { needs chat given ⟦fact.trust⟧ >= 3 }"),
    ("wrong-origin", "request r { needs chat given ⟦trust⟧ >= 3 }"),
    ("wrong-origin", "request r { needs chat given ⟦at⟧ < 2027-01-01 }"),
    ("wrong-origin", "request r { needs chat given ⟦env.healthy⟧ }"),
    ("wrong-origin", "request r { needs chat ensure latency <= 5 ms * ⟦fact.trust⟧ }"),
    ("wrong-origin", "profile p { weights { cost 1 } limits { available ⟦request.stream⟧ } }"),
    # ranges and lists
    ("out-of-range", "facts f { trust = ⟦9⟧ }"),
    ("out-of-range", "facts f { trust = ⟦0.5⟧ }"),
    ("out-of-range", "service t version 1 { permits public, trust >= ⟦9⟧ }"),
    ("out-of-range", "service t version 1 { guarantees accuracy >= ⟦92⟧ }"),
    ("out-of-range", "request r { needs chat ensure latency <= ⟦2 h⟧ }"),
    ("out-of-range", "request r { needs chat budget ⟦-1 USD⟧ }"),
    ("out-of-range", "request r { needs chat deadline ⟦-1 s⟧ }"),
    ("out-of-range", "request r { needs chat nominal tokens = ⟦5000 token⟧ }"),
    ("out-of-range", "state s version 1 { load = ⟦2⟧ }"),
    ("out-of-range", "state s version 1 { calls 3, violations ⟦4⟧ }"),
    ("out-of-range", "state s version 1 { calls ⟦0.5⟧ }"),
    ("out-of-range", "profile ⟦p⟧ { weights { cost 0 } }"),
    ("out-of-range", "profile p { weights { cost ⟦-1⟧ } }"),
    ("out-of-range", "profile p { weights { cost ⟦1/3_000_000⟧ } }"),
    ("out-of-range", "profile p { weights { cost 1 } resolution ⟦0.3⟧ }"),
    ("out-of-range", "profile p { weights { cost 1 } limits { routing allowance ⟦-1 s⟧ } }"),
    ("out-of-range", "profile p { weights { cost 1 } limits { solver units ⟦0⟧ } }"),
    ("empty-range", "request r { needs chat given tokens in ⟦5 .. 3 token⟧ }"),
    ("empty-range", "service t version 1 { guarantees latency in ⟦5 .. 3 ms⟧ }"),
    ("empty-list", "request ⟦r⟧ { }"),
    ("empty-list", "service t version 1 { assumes request.region in ⟦{ }⟧ }"),
    ("empty-list", "service t version 1 { assumes request.data has any of ⟦{ }⟧ }"),
    ("empty-list", "request r { needs chat ensure ⟦service.region in { }⟧ }"),
    ("missing-part", "profile ⟦p⟧ { }"),
    ("missing-part", "request r { needs chat given tokens <= 5 token nominal ⟦share = 0.5⟧ }"),
    # bounds
    ("bad-level", "service t version 1 { guarantees accuracy >= 0.9 at quantile ⟦0.9⟧ }"),
    ("bad-level", "service t version 1 { guarantees latency <= 5 ms at quantile ⟦1⟧ }"),
    ("bad-level", "request r { needs chat ensure cost <= 5 USD at quantile ⟦0.9⟧ }"),
    ("bad-level", "request r { needs chat ensure service.region == eu at quantile ⟦0.9⟧ }"),
    ("not-a-bound", "service t version 1 { guarantees ⟦cost⟧ <= 5 USD }"),
    ("not-a-bound", "service t version 1 { guarantees ⟦service.retention⟧ <= 5 s }"),
    ("not-a-bound", "service t version 1 { guarantees ⟦request.tokens <= 5 token⟧ }"),
    ("not-a-bound", "service t version 1 { guarantees ⟦latency != 5 s⟧ }"),
    ("not-a-bound", "service t version 1 { guarantees ⟦latency not in 1 .. 5 s⟧ }"),
    ("not-a-bound", "service t version 1 { guarantees ⟦2 * latency <= 5 s⟧ }"),
    ("not-a-bound", "request r { needs chat ensure ⟦latency⟧ }"),
    ("not-a-bound", "request r { needs chat ensure ⟦latency <= 1 s or accuracy >= 0.5⟧ }"),
    ("not-a-bound", "request r { needs chat ensure ⟦service.retention != 5 s⟧ }"),
    ("bad-cost-case", "service t version 1 { cost case { otherwise: 1 USD, ⟦otherwise: 2 USD⟧ } }"),
    ("bad-priority", "invariant i { priority ⟦5⟧ always latency <= 1 s }"),
    ("bad-priority", "rule i { priority ⟦0.5⟧ always latency <= 1 s }"),
    ("bad-priority", "rule i { priority ⟦5_000_000_000⟧ always latency <= 1 s }"),
    (
        "score-magnitude",
        "profile ⟦p⟧ { weights { cost 1000000, guarantee 1/999983, performance 1/999979 } }",
    ),
    ("too-large", "service t version 1 { assumes ⟦1e-300 * 1e-300 * request.share <= 1⟧ }"),
    # constraints
    ("wrong-origin", "constraint c of policy { always ⟦choice.route⟧ == external }"),
    ("wrong-origin", "rule p { when ⟦choice.route⟧ == external then latency <= 1 s }"),
    ("wrong-origin", "request r { needs chat given ⟦choice.control⟧ == hold }"),
    ("wrong-origin", "request r { needs chat ensure latency <= 1 s * ⟦measured.caution⟧ }"),
    ("wrong-origin", "request r { needs chat ensure ⟦meets conductivity⟧ }"),
    ("wrong-origin", "rule p { always ⟦meets conductivity⟧ }"),
    ("wrong-origin", "constraint c of policy { when ⟦latency⟧ <= 1 s then provides chat }"),
    ("wrong-origin", "constraint c of policy { when ⟦metric.latency⟧ <= 1 s then provides chat }"),
    ("wrong-origin", "constraint c of policy { when ⟦cost⟧ <= 1 USD then provides chat }"),
    ("wrong-origin", "constraint c of policy { when ⟦service.region⟧ == eu then provides chat }"),
    (
        "unknown-name",
        "constraint c of traits { when ⟦measured.cautoin⟧ >= 0.5 then provides chat }",
    ),
    ("unknown-name", "constraint c of traits { always ⟦caution⟧ <= 0.5 }"),
    ("unknown-name", "constraint c of traits { always ⟦latncy⟧ <= 5 ms }"),
    ("unknown-name", "constraint c of traits { always ⟦service.regoin⟧ == eu }"),
    (
        "unknown-member",
        "constraint c of policy { when choice.route == ⟦sideways⟧ then provides chat }",
    ),
    (
        "unknown-member",
        "constraint c of policy { when choice.control == ⟦none⟧ then provides chat }",
    ),
    ("unknown-member", "constraint c of policy { always service.region == ⟦mars⟧ }"),
    ("unknown-word", "constraint c of ⟦beauty⟧ { always provides chat }"),
    ("unknown-word", "constraint c of safety { always meets ⟦conductvity⟧ }"),
    ("no-role", "constraint c of safety { always meets ⟦interference⟧ }"),
    ("unit-mismatch", "constraint c of safety { always ⟦latency <= 5⟧ }"),
    ("unit-mismatch", "constraint c of safety { always latency <= ⟦5 ms + measured.caution⟧ }"),
    ("unit-mismatch", "constraint c of safety { always ⟦cost <= 1 s⟧ }"),
    ("unit-mismatch", "constraint c of safety { always ⟦latency in 1 .. 5 USD⟧ }"),
    ("unit-mismatch", "constraint c of safety { always ⟦service.since <= 5 days⟧ }"),
    ("not-linear", "constraint c of safety { always latency * ⟦measured.caution⟧ <= 1 s }"),
    ("empty-range", "constraint c of safety { always latency in ⟦5 .. 3 ms⟧ }"),
    ("bad-level", "constraint c of safety { always latency <= 1 s at quantile ⟦0.9⟧ }"),
    ("not-a-bound", "constraint c of safety { always ⟦latency != 5 s⟧ }"),
    ("not-a-bound", "constraint c of safety { always ⟦latency not in 1 .. 5 s⟧ }"),
    ("not-a-bound", "constraint c of safety { always ⟦latency in { 1 s, 2 s }⟧ }"),
    ("not-a-bound", "constraint c of safety { always ⟦latency <= 1 s or accuracy >= 0.5⟧ }"),
    ("not-a-bound", "constraint c of safety { always ⟦request.region⟧ == eu }"),
    ("not-a-bound", "constraint c of safety { always ⟦request.region⟧ in { eu, us } }"),
    ("not-a-bound", "constraint c of safety { always ⟦request.stream⟧ }"),
    ("not-a-bound", "constraint c of safety { always not ⟦env.healthy⟧ }"),
    ("not-a-bound", "constraint c of safety { always ⟦latency⟧ }"),
    ("not-a-bound", "constraint c of safety { always ⟦measured.mood⟧ == calm }"),
    ("type-mismatch", "constraint c of safety { always ⟦service.region <= eu⟧ }"),
    ("type-mismatch", "constraint c of safety { always latency <= ⟦request.region⟧ + 1 s }"),
    ("too-large", "constraint c of safety { always ⟦1e-300 * 1e-300 * measured.caution <= 1⟧ }"),
    (
        "duplicate-name",
        "constraint c of safety { always provides chat } constraint ⟦c⟧ of traits { always provides chat }",
    ),
    # choosing
    ("unknown-word", "profile p { objective ⟦happiness⟧ weights { cost 1 } }"),
    ("unknown-word", "profile p { weights { cost 1, ⟦intent⟧ 1 } }"),
    ("unknown-word", "profile p { objective contracts weights { ⟦risk⟧ 1, cost 1 } }"),
    ("unknown-word", "profile p { objective field_control weights { cost 1, ⟦guarantee⟧ 1 } }"),
    ("unknown-word", "facts f { origin ⟦attested⟧, trust = 3 }"),
    ("unknown-name", "profile p { weights { cost 1 } controls { ⟦calm⟧: damp 1 } }"),
    (
        "duplicate-statement",
        "profile p { weights { cost 1 } controls { hold: damp 1, ⟦hold: damp 0⟧ } }",
    ),
    (
        "duplicate-statement",
        "profile p { weights { cost 1 } limits { facts attested, ⟦attested⟧ } }",
    ),
    ("out-of-range", "profile p { weights { cost 1 } controls { hold: excite 0 damp ⟦1.5⟧ } }"),
    ("out-of-range", "profile p { weights { cost 1 } controls { hold: damp ⟦-1⟧ } }"),
    ("out-of-range", "profile p { weights { cost 1 } controls { hold: excite ⟦1001⟧ } }"),
    ("unit-mismatch", "profile p { weights { cost 1 } controls { hold: excite ⟦1 s⟧ } }"),
    ("out-of-range", "profile ⟦p⟧ { objective field_control weights { intent 0 } }"),
    ("missing-part", "profile ⟦p⟧ { objective field_control }"),
    ("bad-name", "vocabulary v { control ⟦none⟧ }"),
    ("bad-name", "vocabulary v { enum ⟦choice.route⟧ { a } }"),
    ("duplicate-name", "vocabulary v { control a, ⟦a⟧ }"),
    ("bad-role", "vocabulary v { measured { x: bool role ⟦conductivity⟧ } }"),
    ("bad-role", "vocabulary v { measured { x: time role ⟦conductivity⟧ } }"),
    ("bad-role", "vocabulary v { measured { x: int in 0 .. 1 role ⟦interference⟧ } }"),
    ("unknown-word", "vocabulary v { measured { x: ratio role ⟦conductivty⟧ } }"),
    ("unknown-word", "vocabulary v { request fields { x: ratio role ⟦conductivity⟧ } }"),
    (
        "duplicate-statement",
        "vocabulary v { measured { x: ratio role interference, y: ratio role ⟦interference⟧ } }",
    ),
    (
        "unknown-name",
        "vocabulary v { capability chat } constraint c of policy { when ⟦choice.control⟧ == hold then provides chat }",
    ),
    (
        "unknown-name",
        "vocabulary v { capability chat } profile p { weights { cost 1 } controls { ⟦hold⟧: damp 1 } }",
    ),
    (
        "no-cost",
        "vocabulary v { capability chat } constraint c of policy { always ⟦cost⟧ <= 1 USD }",
    ),
    # vocabularies
    ("unknown-type", "vocabulary v { request fields { a: ⟦numbr⟧ } }"),
    ("unknown-type", "vocabulary v { metric a: ⟦seconds⟧ in 0 .. 1, lower is better, expected }"),
    ("unknown-word", "vocabulary v { request fields { a: bool role ⟦trust⟧ } }"),
    ("unknown-word", "vocabulary v { metric a: ratio in 0 .. 1, lower is better, sequence ⟦add⟧ }"),
    ("unknown-word", "vocabulary v { metric a: ratio in 0 .. 1, lower is better, role ⟦speed⟧ }"),
    ("bad-name", "vocabulary v { request fields { ⟦Tokens⟧: bool } }"),
    ("bad-name", "vocabulary v { request fields { ⟦a.b⟧: bool } }"),
    ("bad-name", "vocabulary v { unit ⟦ms⟧ }"),
    ("bad-name", "vocabulary v { unit ⟦EUR⟧ }"),
    ("bad-name", "vocabulary v { enum ⟦bool⟧ { a } }"),
    ("bad-name", "vocabulary v { environment { ⟦weather⟧: bool } }"),
    ("bad-name", "vocabulary v { environment { per service { ⟦at⟧: instant } } }"),
    ("duplicate-name", "vocabulary v { unit token, ⟦token⟧ }"),
    ("duplicate-name", "vocabulary v { enum A { a } enum ⟦A⟧ { b } }"),
    ("duplicate-name", "vocabulary v { enum A { a, ⟦a⟧ } }"),
    ("duplicate-name", "vocabulary v { request fields { a: bool, ⟦a⟧: bool } }"),
    ("duplicate-name", "vocabulary v { service attributes { p: { q: bool }, ⟦p.q⟧: bool } }"),
    ("duplicate-name", 'vocabulary ⟦"test"⟧ { unit other }'),
    ("type-mismatch", "vocabulary v { enum A { a } service attributes { x: ⟦set of A⟧ } }"),
    ("type-mismatch", "vocabulary v { request fields { x: set of ⟦bool⟧ } }"),
    ("type-mismatch", "vocabulary v { request fields { x: ⟦bool in 0 .. 1⟧ } }"),
    ("type-mismatch", "vocabulary v { facts { x: bool default ⟦true⟧ } }"),
    ("type-mismatch", "vocabulary v { metric a: ⟦time⟧, lower is better, expected }"),
    ("type-mismatch", "vocabulary v { metric a: ⟦int in 0 .. 1⟧, lower is better, expected }"),
    ("missing-part", "vocabulary v { request fields { x: ⟦int⟧ } }"),
    ("missing-part", "vocabulary v { metric ⟦a⟧: ratio in 0 .. 1, expected }"),
    ("unit-mismatch", "vocabulary v { request fields { x: time in ⟦0 .. 5⟧ } }"),
    ("unit-mismatch", "vocabulary v { request fields { x: int in ⟦0 s .. 5 USD⟧ } }"),
    ("out-of-range", "vocabulary v { request fields { x: ⟦int in 0 .. 0.5⟧ } }"),
    ("out-of-range", "vocabulary v { request fields { x: int in 0 .. 5 default ⟦7⟧ } }"),
    ("out-of-range", "vocabulary v { ⟦cost in 1 .. 5 USD⟧ }"),
    ("empty-range", "vocabulary v { request fields { x: int in ⟦5 .. 3⟧ } }"),
    ("empty-range", "vocabulary v { metric a: ⟦ratio in 1 .. 1⟧, lower is better, expected }"),
    ("bad-level", "vocabulary v { metric a: ratio in 0 .. 1, lower is better, quantile ⟦1.5⟧ }"),
    ("bad-role", "vocabulary v { facts { x: bool role ⟦trust⟧ } }"),
    ("bad-role", "vocabulary v { metric a: ratio in 0 .. 1, lower is better, role ⟦latency⟧ }"),
    (
        "duplicate-statement",
        "vocabulary v { facts { x: int in 0 .. 1 role trust, y: int in 0 .. 1 role ⟦trust⟧ } }",
    ),
]


@pytest.mark.parametrize(("code", "text"), CASES, ids=[f"{c}:{t[:60]}" for c, t in CASES])
def test_a_broken_document_has_this_code_at_this_place(code: str, text: str) -> None:
    plain = re.sub("[⟦⟧]", "", text)
    body = plain if plain.startswith(("uses", "vocabulary")) else f'uses "test" {plain}'
    _, found = compile_texts(VOCABULARY + SERVICE, body)
    assert [diagnostic.code.name for diagnostic in found] == [code], found
    span = found[0].span
    assert span is not None
    wanted = re.search("⟦(.*)⟧", text)
    if wanted is not None:
        assert span.text == wanted[1]
        assert body[span.start - 1] != "⟦"


def test_every_error_of_every_file_is_reported() -> None:
    broken = """uses "test"
    service a version 1 { is region = mars, retention = 5 assumes request.x, request.y provides sing }
    request r { needs chat given tokens < 5 ensure foo <= 3, latency <= 5 }
    """
    other = 'uses "test" rule p { when request.z and request.region then latency <= 1 USD }'
    _, found = compile_texts(VOCABULARY, broken, other)
    assert [(f.span.source.name, f.code.name) for f in found if f.span] == [
        ("1.caio", "unknown-member"),
        ("1.caio", "unit-mismatch"),
        ("1.caio", "unknown-name"),
        ("1.caio", "unknown-name"),
        ("1.caio", "unknown-name"),
        ("1.caio", "unit-mismatch"),
        ("1.caio", "unknown-name"),
        ("1.caio", "unit-mismatch"),
        ("2.caio", "unknown-name"),
        ("2.caio", "type-mismatch"),
        ("2.caio", "unit-mismatch"),
    ]


def test_a_repetition_points_at_the_first() -> None:
    _, found = compile_texts(VOCABULARY + SERVICE, 'uses "test" service s version 1.0.0 { }')
    label = found[0].labels[0]
    assert label.span.source.name == "0.caio"
    assert label.span.text == "s"


def test_a_misspelling_is_asked_about() -> None:
    text = 'uses "test" request r { needs chta given tokns <= 5 token ensure latncy <= 1 s }'
    _, found = compile_texts(VOCABULARY, text)
    assert [f.help for f in found] == [
        "did you mean `chat`?",
        "did you mean `tokens`?",
        "did you mean `latency`?",
    ]


def test_an_error_in_a_vocabulary_is_not_repeated_by_those_who_use_it() -> None:
    broken = VOCABULARY.replace("ratio in 0 .. 1, higher", "ratoi in 0 .. 1, higher")
    text = 'uses "test" request r { needs chat ensure accuracy >= 0.5, latency <= 5 }'
    _, found = compile_texts(broken, text)
    assert [f.code.name for f in found] == ["unknown-type", "unit-mismatch"]


def test_a_file_without_vocabulary_says_so_once() -> None:
    _, found = compile_texts(VOCABULARY, "request a { needs chat } request b { needs chat }")
    assert [f.code.name for f in found] == ["no-vocabulary"]


def test_a_service_that_failed_is_not_missed_by_its_overlay() -> None:
    text = """uses "test" service a version 1 { is region = mars }
    overlay a version 1 from x { is retention = 1 s }"""
    _, found = compile_texts(VOCABULARY, text)
    assert [f.code.name for f in found] == ["unknown-member"]
