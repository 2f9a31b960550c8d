"""What instruments recorded, as comments: measurements, attestations and attested facts.

The language has no text for them, because nobody may state by hand what was measured or verified. They are printed
behind ``//``, so that a person reads them and no compiler does; their canonical JSON is what counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from caio.base.instants import INSTANT_MAX, INSTANT_MIN, format_instant
from caio.base.units import RATIO
from caio.ir import documents as d
from caio.ir.encode import document_digest
from caio.sema.show_numbers import ends, grouped
from caio.syntax.text import quote_name


def show_measurements(document: d.Measurements, vocabulary: d.Vocabulary) -> str:
    """Measurements: what they are of, intervals with units, and terms in steps of the resolution."""
    rows = [
        ("procedure", _text(document.procedure)),
        ("resolution", f"1/{grouped(document.resolution.denominator)}"),
        *((f"of {quote_name(name)}", digest) for name, digest in document.inputs),
    ]
    for name, (low, high) in document.intervals:
        kind = vocabulary.field(f"measured.{name}").type
        dimension = kind.dimension if isinstance(kind, d.IntType | d.RationalType) else RATIO
        rows.append((f"measured.{name}", ends(low, high, dimension)))
    for control, terms in document.terms:
        rows.append((f"under {quote_name(control)}", _terms(terms)))
    return _comment(f"measurements {quote_name(document.name)}", document, rows)


def _terms(terms: d.FieldTerms) -> str:
    own = f"intent {terms.intent}, attention {terms.attention}, resonance {terms.resonance}"
    policy = ", ".join(f"{quote_name(name)} {steps}" for name, steps in terms.policy)
    return f"{own}, policy {{ {policy} }}" if policy else own


def show_attestation(document: d.Attestation) -> str:
    """An attestation: who verified what, and when. Its signature is not looked at here."""
    said = document.statement
    rows = [
        ("node", document.node),
        ("facts", said.facts),
        ("issuer", _text(said.issuer)),
        ("key", f"{said.key}, {_text(said.algorithm)}, kid {_text(said.kid)}"),
        ("subject", said.subject),
        ("token", said.token),
        ("claims", ", ".join(map(_text, said.claims)) or "none"),
        ("verified at", _instant(said.at)),
        ("valid", f"{_instant(said.start)} .. {_instant(said.end)}"),
        ("signature", _text(document.signature)),
    ]
    return _comment("attestation", document, rows)


def show_attested(document: d.Facts, values: Iterable[str]) -> str:
    """Facts that a verified token says, whose ``values`` are given as text."""
    rows = [("states", value) for value in values]
    return _comment(f"facts {quote_name(document.name)}, {document.origin}", document, rows)


def _comment(head: str, document: d.Document, rows: Iterable[tuple[str, str]]) -> str:
    listed = [("digest", document_digest(document)), *rows]
    width = max(len(word) for word, _ in listed)
    lines = [head, *(f"  {word.ljust(width)}  {value}" for word, value in listed)]
    return "\n".join(f"// {line}" for line in lines)


def _text(value: str) -> str:
    # Texts may hold anything; escaped, they cannot end the line and begin a declaration.
    return json.dumps(value)


def _instant(micros: int) -> str:
    if INSTANT_MIN <= micros <= INSTANT_MAX:
        return format_instant(micros)
    return f"{micros} us since 1970"
