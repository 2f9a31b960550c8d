"""Inputs that no generator of vectors would think of, and inputs too large to be kept."""

import json
import random
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caio import checker
from tests.tamper.campaign import is_true, scrambled
from tests.tamper.case import Case, Json, canonical, judge, places, stored_cases
from tests.tamper.raw import monsters
from tests.tamper.vector import ACCEPTED, patched, replace

pytestmark = pytest.mark.slow

CASES = stored_cases()
SMALL = [case for case in CASES if case.name in {"tied", "parity", "sane", "doubtful"}]

relaxed = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

ODD_TEXTS = ("", "-0", "1e400", "NaN", "x" * 300, "a\u0000", "\U0001f600", "sha256:" + "0" * 64)
ODD_NUMBERS = (0, 1, -1, 2**31, 2**53 - 1)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.sampled_from(ODD_NUMBERS)
    | st.text(max_size=8)
    | st.sampled_from(ODD_TEXTS)
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def test_a_hundred_megabytes_or_a_hundred_thousand_levels_are_refused() -> None:
    case = CASES[0]
    documents = checker.load(case.document_bytes)
    for desc, data, codes in monsters():
        for attempt in ("documents", "certificate"):
            with pytest.raises(checker.Rejection) as refused:
                _load_or_check(attempt, documents, data)
            assert refused.value.code in codes, f"{desc} as {attempt}"


def _load_or_check(attempt: str, documents: checker.Documents, data: bytes) -> None:
    if attempt == "documents":
        checker.load(data)
    else:
        checker.check(documents, data)


@given(data=st.binary(max_size=64))
@relaxed
def test_arbitrary_bytes_are_refused(data: bytes) -> None:
    case = CASES[0]
    assert judge(case.document_bytes, data) in {"json", "shape", "limit"}
    assert judge(data, case.certificate_bytes) in {"json", "shape", "limit"}


@given(value=values)
@relaxed
def test_arbitrary_json_is_refused(value: Json) -> None:
    data = json.dumps(value).encode()
    case = CASES[0]
    assert judge(case.document_bytes, data) in {"json", "shape"}
    assert judge(data, case.certificate_bytes) in {"json", "shape"}


@given(case=st.sampled_from(CASES), seed=st.integers(0, 2**32))
@relaxed
def test_scrambled_certificates_are_refused_or_still_true(case: Case, seed: int) -> None:
    changed = scrambled(random.Random(seed), case.certificate_bytes)
    if judge(case.document_bytes, changed) == ACCEPTED:
        assert is_true(case, changed)


@given(case=st.sampled_from(SMALL), seed=st.integers(0, 2**32))
@relaxed
def test_scrambled_documents_are_refused_or_say_the_same(case: Case, seed: int) -> None:
    changed = scrambled(random.Random(seed), case.document_bytes)
    if judge(changed, case.certificate_bytes) == ACCEPTED:
        found = json.loads(changed)["documents"]
        assert sorted(map(canonical, found)) == sorted(map(canonical, case.documents))


@given(data=st.data(), case=st.sampled_from(CASES), value=values)
@relaxed
def test_any_value_in_any_place_of_a_certificate_is_refused_or_still_true(
    data: st.DataObject, case: Case, value: Json
) -> None:
    paths = [path for path, _ in places(case.certificate) if path]
    path = data.draw(st.sampled_from(paths))
    changed = canonical(patched(case.certificate, [replace(path, value)]))
    if judge(case.document_bytes, changed) == ACCEPTED:
        assert is_true(case, changed)


@given(data=st.data(), case=st.sampled_from(SMALL), value=values)
@relaxed
def test_any_value_in_any_place_of_a_document_is_refused(
    data: st.DataObject, case: Case, value: Json
) -> None:
    whole = {"format": "caio-documents/v1", "documents": list(deepcopy(case.documents))}
    paths = [path for path, _ in places(whole) if path]
    path = data.draw(st.sampled_from(paths))
    changed = patched(whole, [replace(path, value)])
    accepted = judge(canonical(changed), case.certificate_bytes) == ACCEPTED
    assert accepted == (canonical(changed) == canonical(whole))


def test_the_form_of_a_file_is_free_where_nothing_is_said_by_it() -> None:
    """White space, the order of keys and of documents, and escapes are no tampering."""
    for case in CASES:
        documents = {"documents": list(reversed(case.documents)), "format": "caio-documents/v1"}
        for options in ({"indent": 2}, {"separators": (" , ", " : ")}, {"ensure_ascii": True}):
            spread = json.dumps(_backwards(documents), **options).encode()
            certificate = json.dumps(_backwards(case.certificate), **options)
            assert judge(spread, certificate.encode()) == ACCEPTED
        if case.is_decision:
            bundle = canonical({**case.certificate, "documents": list(case.documents)})
            assert judge(bundle, bundle) == ACCEPTED


def _backwards(value: Json) -> Json:
    """The same value with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: _backwards(value[key]) for key in sorted(value, reverse=True)}
    return [_backwards(item) for item in value] if isinstance(value, list) else value
