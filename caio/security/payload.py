"""The data of a request: what it says, united with what is found in its payload (Eq. 4.3).

A request can say less than it sends. What is proved is therefore proved for the union, and a payload that could not be
classified, or whose classifier failed, counts as every class of data that the vocabulary calls sensitive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.security.classification import Classification, Classifier, Finding


@dataclass(frozen=True, slots=True)
class PayloadData:
    """The classes of data that a request is taken to carry.

    Attributes:
        members: all of them, in the enumeration's order: the value of the request's field of role ``data``.
        stated: those that the request says.
        found: those that the classifier found.
        assumed: those that are assumed because the payload was not classified.
        findings: rules and places, without text.
        reason: why it was not classified, empty if it was.
        sensitive: whether one of the members is sensitive: ``contains_sensitive_data`` of Eq. 4.3.
    """

    members: tuple[str, ...]
    stated: tuple[str, ...]
    found: tuple[str, ...]
    assumed: tuple[str, ...]
    findings: tuple[Finding, ...]
    reason: str
    sensitive: bool


def data_of(
    vocabulary: d.Vocabulary,
    stated: Iterable[str],
    payload: bytes,
    media_type: str,
    classifier: Classifier,
) -> PayloadData:
    """The data of a request with this payload.

    Raises:
        InputError: the vocabulary has no request field of role ``data``, or the request states a stranger to it.
    """
    field = vocabulary.with_role("request", "data")
    if field is None or not isinstance(field.type, d.SetType):
        raise InputError(
            "the vocabulary has no request field of role `data`: declare one, for otherwise nothing is known to be sensitive"
        )
    members = vocabulary.enum(field.type.enum).members
    names = {member.name for member in members}
    said = {*stated}
    if not said <= names:
        stranger = min(said - names)
        raise InputError(f"`{field.name}` has no member `{stranger[:60]}`")
    result = _asked(classifier, payload, media_type, names)
    sensitive = {member.name for member in members if member.sensitive}
    assumed = sensitive - said - result.members if result.reason else set()
    total = said | result.members | assumed

    def ordered(chosen: Iterable[str]) -> tuple[str, ...]:
        kept = {*chosen}
        return tuple(member.name for member in members if member.name in kept)

    return PayloadData(
        members=ordered(total),
        stated=ordered(said),
        found=ordered(result.members),
        assumed=ordered(assumed),
        findings=result.findings,
        reason=result.reason,
        sensitive=bool(total & sensitive),
    )


def may_be_sensitive(
    vocabulary: d.Vocabulary, payload: bytes, media_type: str, classifier: Classifier
) -> bool:
    """Whether a payload may hold what some enumeration of the vocabulary calls sensitive.

    For vocabularies without a request field of role ``data``: nothing that is proved under them speaks of data. A payload
    that is not classified may hold anything.
    """
    members = [member for enum in vocabulary.enums for member in enum.members]
    sensitive = {member.name for member in members if member.sensitive}
    answer = _asked(classifier, payload, media_type, {member.name for member in members})
    return bool(answer.reason) or bool(answer.members & sensitive)


def _asked(
    classifier: Classifier, payload: bytes, media_type: str, names: set[str]
) -> Classification:
    """What the classifier answers, once it is found to be an answer."""
    nothing = frozenset[str]()
    try:
        answer = classifier.classify(payload, media_type)
    except Exception:  # noqa: BLE001 - whatever a classifier raises, the payload is not classified
        return Classification(nothing, (), "the classifier failed")
    if (
        type(answer) is not Classification
        or type(answer.members) is not frozenset
        or type(answer.findings) is not tuple
        or not all(type(finding) is Finding for finding in answer.findings)
        or type(answer.reason) is not str
    ):
        return Classification(nothing, (), "the classifier gave no classification")
    if not answer.members <= names:
        known = answer.members & names
        return Classification(known, answer.findings, "the classifier named an unknown class")
    return answer
