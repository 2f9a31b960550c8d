"""What is accepted, exactly when it is, and what an accepted token becomes."""

from __future__ import annotations

import copy
import json
import pickle
import time
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caio.base.canonical import digest, digest_bytes
from caio.ir.encode import document_digest
from caio.security.authentication import Authenticated, Authenticator, Trusted
from caio.security.declarations import Authority, Fixed
from caio.security.keys import KeySet, read_keys
from caio.security.refusal import Refusal, RefusedError
from tests.security import forge as f


def code_of(node: Authenticator, token: Any, at: int = f.AT) -> Refusal | None:
    """Why a token is refused, or None if it is accepted. Any other exception is a failure of the test."""
    try:
        node.authenticate(token, at=at)
    except RefusedError as error:
        return error.code
    return None


@pytest.mark.parametrize("algorithm", f.ALGORITHMS)
class TestAccepted:
    def test_becomes_the_facts_that_were_declared(self, algorithm: str) -> None:
        token = f.token(algorithm)
        caller = f.authenticator().authenticate(token, at=f.AT)
        assert caller.values == (
            ("permissions", ("read", "write")),
            ("staff", True),
            ("trust", Fraction(3)),
            ("zone", "internal"),
        )
        assert caller.claims == ("level", "org.zone", "scope")
        assert caller.facts.values == caller.values
        assert caller.facts.origin == "attested"
        assert caller.facts.name == "headquarters"
        assert caller.facts_digest == document_digest(caller.facts)
        assert caller.vocabulary == document_digest(f.VOCABULARY) == caller.facts.vocabulary

    def test_names_what_it_rests_on(self, algorithm: str) -> None:
        token = f.token(algorithm)
        caller = f.authenticator().authenticate(token, at=f.AT)
        assert caller.kid == f.KID[algorithm]
        assert caller.algorithm == algorithm
        assert caller.key == read_keys(f.jwks()).keys[caller.kid].digest
        assert caller.issuer == f.ISSUER
        assert caller.subject == digest([f.ISSUER, f.CLAIMS["sub"]])
        assert caller.token == digest_bytes(token.encode())
        assert caller.at == f.AT
        assert caller.start == (f.NOW - 60) * f.SECOND
        assert caller.end == (f.NOW + 600) * f.SECOND

    def test_shows_neither_the_token_nor_its_subject(self, algorithm: str) -> None:
        token = f.token(algorithm)
        caller = f.authenticator().authenticate(token, at=f.AT)
        shown = f"{caller!r}{caller}{caller._verified!r}{caller.facts!r}"
        for secret in (f.CANARY, *token.split(".")):
            assert secret not in shown

    def test_any_flipped_bit_is_refused(self, algorithm: str) -> None:
        node, token = f.authenticator(), f.token(algorithm).encode()
        for index in range(8 * len(token)):
            changed = bytearray(token)
            changed[index // 8] ^= 1 << (index % 8)
            assert code_of(node, changed.decode("latin-1")) is not None, index

    def test_any_other_signature_of_the_same_length_is_refused(self, algorithm: str) -> None:
        head, body, signature = f.token(algorithm).split(".")
        for replaced in (signature[::-1], signature.swapcase()):
            assert code_of(f.authenticator(), f"{head}.{body}.{replaced}") is not None


class TestFacts:
    def test_thumbprints_are_those_of_the_standard(self) -> None:
        """RFC 7638, section 3.1, and RFC 8037, appendix A.3."""
        modulus = (
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
            "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajr"
            "n1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        )
        keys = read_keys(
            f.jwks(
                {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"},
                {
                    "kty": "OKP",
                    "crv": "Ed25519",
                    "kid": "okp",
                    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                },
            )
        ).keys
        expected = (
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        )
        for key, text in zip(keys.values(), expected, strict=True):
            assert f.b64(bytes.fromhex(key.digest.removeprefix("sha256:"))) == text

    def test_keys_for_something_else_are_set_aside(self) -> None:
        known = read_keys(f.jwks(f.ec_jwk(), f.ed_jwk(use="enc"), f.rsa_jwk(alg="PS256")))
        assert {*known.keys} == {"es"}
        assert known.set_aside == {"ed", "rs"}
        assert repr(known) == f"<KeySet {known.keys['es'].digest} (ES256)>"
        assert "public" not in repr(known.keys["es"])

    def test_keys_are_read_from_bytes(self) -> None:
        with pytest.raises(RefusedError) as caught:
            read_keys(f.jwks().decode())  # type: ignore[arg-type]
        assert caught.value.code is Refusal.KEYS_FORM

    def test_optional_claims_are_facts_where_they_are_given(self) -> None:
        body = json.dumps(f.CLAIMS)[:-1] + f',"share":0.125,"hired":{f.NOW}.000001}}'
        caller = f.authenticator().authenticate(f.token(claims=body.encode()), at=f.AT)
        values = dict(caller.values)
        assert values["share"] == Fraction(1, 8)
        assert values["hired"] == Fraction(f.AT + 1)

    @pytest.mark.parametrize(
        ("claim", "code"),
        [
            ('"share":true', "claim-type"),
            ('"hired":true', "claim-type"),
            ('"share":1.0000000001', "claim-range"),
            ('"share":"1"', "claim-type"),
            ('"hired":0.0000001', "claim-range"),
            ('"hired":1e17', "claim-range"),
        ],
    )
    def test_optional_claims_are_held_to_their_fields(self, claim: str, code: str) -> None:
        body = f"{json.dumps(f.CLAIMS)[:-1]},{claim}}}"
        assert code_of(f.authenticator(), f.token(claims=body.encode())) == code

    def test_unknown_members_are_dropped_where_that_is_declared(self) -> None:
        rule = {
            "fact": "permissions",
            "claim": ["roles"],
            "members": {"reader": "read"},
            "unknown": "drop",
        }
        node = f.authenticator(facts=[rule])
        token = f.token(claims={"roles": ["root", "reader", "read", "reader"]})
        assert node.authenticate(token, at=f.AT).values == (("permissions", ("read",)),)

    def test_each_issuer_has_its_own_keys_and_its_own_say(self) -> None:
        """A partner's key, under a kid that headquarters has too, speaks for the partner alone."""
        partner = {"iss": "https://partner.example"}
        theirs = f.keys().other_ed
        node = Authenticator(
            f.VOCABULARY,
            [
                Trusted(f.AUTHORITY, read_keys(f.jwks())),
                Trusted(
                    Authority.model_validate(
                        {
                            **dict(f.AUTHORITY),
                            "name": "partner",
                            "issuer": partner["iss"],
                            "facts": [Fixed(fact="zone", fixed="partner")],
                        }
                    ),
                    read_keys(f.jwks(f.ed_jwk(theirs))),
                ),
            ],
        )
        caller = node.authenticate(f.token("EdDSA", claims=partner, secret=theirs), at=f.AT)
        assert caller.values == (("zone", "partner"),)
        assert code_of(node, f.token("EdDSA", secret=theirs)) is Refusal.SIGNATURE
        assert code_of(node, f.token("EdDSA", claims=partner)) is Refusal.SIGNATURE
        assert code_of(node, f.token("ES256", claims=partner)) is Refusal.KEY_UNKNOWN

    @pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+JWT"])
    def test_types_are_compared_without_regard_to_case(self, kind: str) -> None:
        assert code_of(f.authenticator(), f.token(header={"typ": kind})) is None

    def test_a_token_may_lack_its_type_where_that_is_declared(self) -> None:
        token = f.token(header={"typ": None})
        assert code_of(f.authenticator(untyped=True), token) is None

    @pytest.mark.parametrize("audience", ["caio-eu", ["billing", "caio"]])
    def test_one_audience_is_enough(self, audience: object) -> None:
        assert code_of(f.authenticator(), f.token(claims={"aud": audience})) is None


numeric_dates = st.one_of(
    st.integers(f.NOW - 2, f.NOW + 2).map(str),
    st.decimals(f.NOW - 2, f.NOW + 2, places=9).map(str),
    st.integers(-(10**7), 10**7).map(lambda n: f"{Decimal(f.AT * 1000 + n).scaleb(-9):f}"),
)


class TestTime:
    """`nbf - leeway ≤ at < exp + leeway` and `iat - leeway ≤ at`, to the microsecond; no clock is read."""

    @settings(max_examples=150)
    @given(
        numeric_dates,
        numeric_dates,
        numeric_dates,
        st.integers(-3, 3),
        st.sampled_from([0, 1, 2_000_000]),
    )
    def test_is_compared_exactly(
        self, exp: str, nbf: str, iat: str, offset: int, leeway: int
    ) -> None:
        body = {key: item for key, item in f.CLAIMS.items() if key not in {"exp", "nbf", "iat"}}
        text = f'{json.dumps(body)[:-1]},"exp":{exp},"nbf":{nbf},"iat":{iat}}}'
        token = f.token("EdDSA", claims=text.encode())
        node = f.authenticator(leeway=leeway)
        borders = [ceil(Fraction(date) * f.SECOND) for date in (exp, nbf, iat)]
        for at in (
            f.AT,
            *(border + offset + shift for border in borders for shift in (leeway, -leeway)),
        ):
            now, slack = Fraction(at, f.SECOND), Fraction(leeway, f.SECOND)
            valid = (
                now < Fraction(exp) + slack
                and now >= Fraction(nbf) - slack
                and now >= Fraction(iat) - slack
            )
            assert (code_of(node, token, at) is None) == valid

    @pytest.mark.parametrize(
        ("claim", "border", "before", "behind"),
        [
            ("exp", 600, None, "expired"),
            ("nbf", -60, "not-yet-valid", None),
            ("iat", -60, "issued-later", None),
        ],
    )
    def test_changes_its_mind_at_one_microsecond(
        self, claim: str, border: int, before: str | None, behind: str | None
    ) -> None:
        others = {name: None for name in ("nbf", "iat") if name != claim}
        node, token = f.authenticator(), f.token(claims=others)
        at = f.AT + border * f.SECOND
        assert code_of(node, token, at - 1) == before
        assert code_of(node, token, at) == behind

    @pytest.mark.parametrize("now", [1, 86_400 * 365, f.NOW * 4, 253_402_300_000])
    def test_no_clock_is_read(self, now: int, monkeypatch: pytest.MonkeyPatch) -> None:
        def forbidden() -> float:
            raise ZeroDivisionError

        for clock in ("time", "time_ns", "monotonic", "localtime", "gmtime"):
            monkeypatch.setattr(time, clock, forbidden)
        token = f.token("EdDSA", claims={"exp": now + 1, "nbf": now - 1, "iat": now - 1})
        assert code_of(f.authenticator(), token, now * f.SECOND) is None
        assert code_of(f.authenticator(), token, (now + 1) * f.SECOND) is Refusal.EXPIRED

    def test_the_bounds_are_those_that_are_told(self) -> None:
        caller = f.authenticator(leeway=5).authenticate(f.token(), at=f.AT)
        assert caller.start == (f.NOW - 60) * f.SECOND - 5
        assert caller.end == (f.NOW + 600) * f.SECOND + 5


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
known_names = st.sampled_from(
    [
        "alg",
        "kid",
        "typ",
        "crit",
        "iss",
        "aud",
        "exp",
        "nbf",
        "iat",
        "sub",
        "jti",
        "scope",
        "level",
        "org",
    ]
)


class TestNothingElseIsRaised:
    @settings(max_examples=200)
    @given(
        st.dictionaries(known_names, json_values, max_size=4),
        st.dictionaries(known_names, json_values, max_size=4),
    )
    def test_for_json_of_any_kind(self, header: dict[str, Any], claims: dict[str, Any]) -> None:
        head = f.text_of({"alg": "EdDSA", "typ": "JWT", "kid": "ed"} | header)
        body = f.text_of(f.CLAIMS | claims)
        code = code_of(f.authenticator(), f.token("EdDSA", header=head, claims=body))
        assert code is None or isinstance(code, Refusal)

    @settings(max_examples=200)
    @given(st.text(max_size=60) | st.binary(max_size=60) | json_values)
    def test_for_tokens_of_any_kind(self, token: Any) -> None:
        assert isinstance(code_of(f.authenticator(), token), Refusal)

    @settings(max_examples=200)
    @given(st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=70))
    def test_for_segments_of_any_bytes(self, head: bytes, body: bytes, signature: bytes) -> None:
        token = ".".join(map(f.b64, (head, body, signature)))
        assert isinstance(code_of(f.authenticator(), token), Refusal)

    @settings(max_examples=200)
    @given(
        st.dictionaries(
            st.sampled_from(["kty", "kid", "alg", "use", "crv", "x", "y", "n", "e", "key_ops"]),
            json_values | st.sampled_from(["RSA", "EC", "OKP", "P-256", "Ed25519", "AQAB"]),
        ),
        st.sampled_from([f.rsa_jwk, f.ec_jwk, f.ed_jwk]),
    )
    def test_for_key_sets_of_any_kind(self, changes: dict[str, Any], make: Any) -> None:
        data = json.dumps({"keys": [make() | changes]}).encode()
        code: Refusal | None = None
        try:
            assert type(read_keys(data)) is KeySet
        except RefusedError as error:
            code = error.code
        assert code is None or code.startswith("keys-")


class TestSealed:
    def caller(self) -> Authenticated:
        return f.authenticator().authenticate(f.token(), at=f.AT)

    @pytest.mark.parametrize("kind", [Authenticated, KeySet])
    def test_nobody_else_makes_one(self, kind: type) -> None:
        with pytest.raises(TypeError, match="cannot be made"):
            kind()
        with pytest.raises(TypeError, match="cannot extend"):
            type("Mine", (kind,), {})
        shell: object = object.__new__(kind)
        with pytest.raises(TypeError, match="was not verified"):
            repr(shell)

    def test_it_does_not_change(self) -> None:
        caller = self.caller()
        with pytest.raises(AttributeError):
            caller.at = 0  # type: ignore[misc]
        with pytest.raises(AttributeError):
            caller._held = None
        with pytest.raises(AttributeError):
            del caller._held  # type: ignore[attr-defined]
        assert copy.copy(caller) is caller
        assert copy.deepcopy(caller) is caller

    def test_it_is_not_pickled(self) -> None:
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(self.caller())
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(read_keys(f.jwks()))
