"""What an operator declares about an issuer: who it is, what it may sign with, and what its claims become.

A declaration is a value of these models or their JSON (``read_authority``): exact types, no member that is not known. It
is the operator's and not secret, so that messages about it say what is wrong with it.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from caio.security.notation import read_object
from caio.security.refusal import Refusal, RefusedError

Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=1024)]
Algorithm: TypeAlias = Literal["RS256", "ES256", "EdDSA"]

MAX_DECLARATION: Final = 1024 * 1024
"""The most bytes of a declaration."""


class Model(BaseModel):
    """What all parts share: exact types, no unknown member, immutable, and no input in messages."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


_Model = TypeVar("_Model", bound=Model)


class FromClaim(Model):
    """A fact that a claim states.

    Attributes:
        fact: the field of the vocabulary's facts.
        claim: the members that lead to the claim, from the outside in.
        form: for a set: an array of strings, or one string of words with one space between them (``scope``).
        members: what a text of the claim means, for facts over an enumeration; without it a text means the member of
            that very name. What does not stand here is not granted.
        unknown: what happens to a text without a meaning: the token is refused, or the text is dropped (sets only).
        absent: what happens where the claim is missing: the token is refused, or the fact is left out and stays open.
    """

    fact: Text
    claim: Annotated[list[Text], Field(min_length=1, max_length=8)]
    form: Literal["list", "words"] = "list"
    members: dict[Text, Text] | None = None
    unknown: Literal["refuse", "drop"] = "refuse"
    absent: Literal["refuse", "leave"] = "refuse"


class Fixed(Model):
    """A fact that holds for every caller of an issuer, such as the zone of a partner."""

    fact: Text
    fixed: bool | int | Text | list[Text]


class Authority(Model):
    """An issuer of tokens and what the operator lets it say.

    Attributes:
        name: the name of the facts, and of the organisation in reports.
        issuer: the value of ``iss``, compared character by character.
        audiences: the values of ``aud`` that mean this node; a token names one of them at least.
        algorithms: what its tokens may be signed with.
        types: the values of ``typ``, without ``application/``, compared without regard to case.
        untyped: whether a token may lack ``typ``.
        leeway: how far the issuer's clock may be off, in microseconds; at most five minutes.
        facts: what its claims become.
    """

    name: Text
    issuer: Text
    audiences: Annotated[list[Text], Field(min_length=1, max_length=64)]
    algorithms: Annotated[list[Algorithm], Field(min_length=1, max_length=3)]
    types: Annotated[list[Text], Field(min_length=1, max_length=8)] = ["JWT", "at+jwt"]
    untyped: bool = False
    leeway: Annotated[int, Field(ge=0, le=300_000_000)] = 0
    facts: Annotated[list[FromClaim | Fixed], Field(max_length=64)] = []


class Rule(Model):
    """How one class of data is recognised.

    Attributes:
        name: the name under which a finding is reported.
        member: the member of the vocabulary's data classes that it stands for.
        keywords: words that are found where no letter, digit or underscore touches them, without regard to case.
        patterns: see ``caio.security.patterns``.
    """

    name: Text
    member: Text
    keywords: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=1024)
    ] = []
    patterns: Annotated[list[Text], Field(max_length=64)] = []


class Classes(Model):
    """The rules of a classifier.

    Attributes:
        rules: by class of data.
        max_bytes: the largest payload that is looked at; a larger one is not classified.
        opaque_run: how many characters of base64 in a row make a payload one that cannot be read.
    """

    rules: Annotated[list[Rule], Field(min_length=1, max_length=256)]
    max_bytes: Annotated[int, Field(ge=1, le=16 * 1024 * 1024)] = 1024 * 1024
    opaque_run: Annotated[int, Field(ge=16, le=65536)] = 256


def read_authority(data: bytes) -> Authority:
    """The declaration of an issuer in JSON.

    Raises:
        RefusedError: ``declaration``, with the place of what is wrong.
    """
    return _read(data, Authority)


def read_classes(data: bytes) -> Classes:
    """The rules of a classifier in JSON.

    Raises:
        RefusedError: ``declaration``, with the place of what is wrong.
    """
    return _read(data, Classes)


def _read(data: bytes, model: type[_Model]) -> _Model:
    if len(data) > MAX_DECLARATION:
        raise RefusedError(
            Refusal.DECLARATION, detail="the declaration is larger than 1,048,576 bytes"
        )
    given = read_object(data, Refusal.DECLARATION)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise RefusedError(Refusal.DECLARATION, place, first["msg"].lower()) from None
