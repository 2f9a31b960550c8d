"""What an observation changes in a history's tables, and how they are read: everything that happens inside a transaction.

Whoever calls ``enter`` has begun a transaction and commits it. Nothing is kept here between two calls, since another
process may have written in the meantime.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from caio.base.canonical import canonical_bytes, digest
from caio.base.errors import InputError, InternalError
from caio.base.instants import parse_instant
from caio.base.numbers import parse_number
from caio.ir.reader import quoted
from caio.ir.terms import Relation
from caio.landscape.betting import Bets
from caio.landscape.histogram import Distribution, bucket_of
from caio.landscape.observations import SUCCEEDED, Observation, Terms
from caio.landscape.records import Breach, Judgement, Record, Tally

_SCALE: Final = 10**18
"""Sums of normalised values are kept as integers of this part of one, so that decimal bounds are exact."""
ROWS: Final = (
    "SELECT * FROM version ORDER BY key",
    "SELECT * FROM outcome ORDER BY version, outcome",
    "SELECT * FROM latency ORDER BY version, bucket",
    "SELECT * FROM guarantee ORDER BY key",
    "SELECT * FROM exceedance ORDER BY guarantee, observation",
    "SELECT key, id, version, violated FROM observation ORDER BY key",
)
"""Everything that follows from the observations; who enters them in the same order makes the same rows."""
_MILLION: Final = 1_000_000
"""Stated means are multiples of one part in a million."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept of an observation, as far as counting and judging need it.

    Attributes:
        id: the call's name; ``version`` names service and version; the rest is as in ``Observation``.
        measured: per guarantee its digest, terms, bound and value, sorted by digest.
        body: the canonical form.
    """

    id: str
    version: tuple[str, str]
    at: int
    outcome: str
    latency: int | None
    measured: tuple[tuple[str, Terms, Fraction, Fraction], ...]
    body: str

    @property
    def end(self) -> int:
        """When the call ended, in microseconds; when it began, where its latency is not known."""
        return self.at + (self.latency or 0)

    @staticmethod
    def of(observation: Observation) -> Entry:
        """The entry of an observation."""
        measured = sorted(
            ((observation.guarantee(m), m.terms, m.bound, m.value) for m in observation.measured),
            key=lambda one: one[0],
        )
        return Entry(
            observation.id,
            observation.key,
            observation.at,
            observation.outcome,
            observation.latency,
            tuple(measured),
            canonical_bytes(observation.json()).decode(),
        )


def enter(db: sqlite3.Connection, entry: Entry, alpha: Fraction) -> tuple[Breach, ...]:
    """Count one observation and judge its guarantees; what it made broken. One that is there already changes nothing.

    Raises:
        InputError: another observation has the same id.
    """
    known = db.execute("SELECT body FROM observation WHERE id = ?", [entry.id]).fetchone()
    if known is not None:
        if known[0] == entry.body:
            return ()
        raise InputError(
            f"another observation has the id {quoted(entry.id)}: give each call an id of its own"
        )
    version, chain = _count(db, entry)
    observation = _inserted(
        db,
        "INSERT INTO observation VALUES (NULL, ?, ?, 0, ?)",
        [entry.id, version, entry.body],
    )
    violated = entry.outcome != SUCCEEDED
    found = []
    for name, terms, bound, value in entry.measured:
        guarantee, first = _guarantee(db, version, name, terms, entry.id)
        exceeded = terms.exceeded(value, bound)
        if exceeded:
            db.execute("INSERT INTO exceedance VALUES (?, ?)", [guarantee, observation])
        stake = (*terms.bet(value, bound), entry.at, entry.end)
        tally, before, after = _judge(db, guarantee, stake, alpha, exceeded=exceeded)
        violated |= exceeded and after
        if after and not before:
            breach = Breach(
                *entry.version, name, terms, tally, alpha, first, entry.id, entry.at, chain
            )
            text = canonical_bytes(breach.json()).decode()
            db.execute("UPDATE guarantee SET breach = ? WHERE key = ?", [text, guarantee])
            _violate(
                db,
                version,
                "key IN (SELECT observation FROM exceedance WHERE guarantee = ?)",
                guarantee,
            )
            found.append(breach)
    if violated:
        _violate(db, version, "key = ?", observation)
    return tuple(found)


def _inserted(db: sqlite3.Connection, statement: str, values: Sequence[object]) -> int:
    """The key of a new row."""
    key = db.execute(statement, values).lastrowid
    if key is None:
        raise InternalError(f"nothing was inserted by `{statement}`")
    return key


def _count(db: sqlite3.Connection, entry: Entry) -> tuple[int, str]:
    """Count a call of a version; the version's key and the new end of its chain."""
    row = db.execute(
        "SELECT key, chain FROM version WHERE service = ? AND version = ?", entry.version
    ).fetchone()
    link = digest([None if row is None else row[1], entry.body])
    if row is None:
        statement = "INSERT INTO version VALUES (NULL, ?, ?, 1, 0, ?, ?, ?)"
        version = _inserted(db, statement, [*entry.version, entry.at, entry.at, link])
    else:
        version = row[0]
        db.execute(
            "UPDATE version SET calls = calls + 1, first = min(first, ?), last = max(last, ?), chain = ? WHERE key = ?",
            [entry.at, entry.at, link, version],
        )
    db.execute(
        "INSERT INTO outcome VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
        [version, entry.outcome],
    )
    if entry.latency is not None:
        db.execute(
            "INSERT INTO latency VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
            [version, bucket_of(entry.latency)],
        )
    return version, link


def _guarantee(
    db: sqlite3.Connection, version: int, name: str, terms: Terms, call: str
) -> tuple[int, str]:
    """The key of a guarantee and the id of its first call, with which it is made."""
    row = db.execute("SELECT key, first FROM guarantee WHERE digest = ?", [name]).fetchone()
    if row is not None:
        key, first = row
        return key, first
    statement = "INSERT INTO guarantee VALUES (NULL, ?, ?, ?, ?, 0, 0, '0', '0', ?, NULL)"
    written = canonical_bytes(terms.json()).decode()
    return _inserted(db, statement, [name, version, written, call, Bets().text()]), call


def _judge(
    db: sqlite3.Connection,
    guarantee: int,
    stake: tuple[Fraction, Fraction, int, int],
    alpha: Fraction,
    *,
    exceeded: bool,
) -> tuple[Tally, bool, bool]:
    """Settle the bets of one call: the tally after it, and whether the guarantee was broken before and is after it."""
    row = db.execute(
        "SELECT calls, exceeded, seen, promised, bets, breach IS NOT NULL FROM guarantee WHERE key = ?",
        [guarantee],
    ).fetchone()
    calls, over, seen, promised, text, before = row
    x, m, _, _ = stake
    calls, over = calls + 1, over + exceeded
    # Rounded so that a stated mean never accuses: what was seen down, what was promised up.
    seen = int(seen) + x.numerator * _SCALE // x.denominator
    promised = int(promised) - (-m.numerator * _SCALE // m.denominator)
    bets = Bets.read(text)
    if not before:
        bets = bets.settle(*stake)
    db.execute(
        "UPDATE guarantee SET calls = ?, exceeded = ?, seen = ?, promised = ?, bets = ? WHERE key = ?",
        [calls, over, str(seen), str(promised), bets.text(), guarantee],
    )
    return _tally(calls, over, seen, promised, bets), bool(before), before or bets.breaks(alpha)


def _tally(calls: int, exceeded: int, seen: int, promised: int, bets: Bets) -> Tally:
    return Tally(
        calls,
        exceeded,
        Fraction(seen * _MILLION // (_SCALE * calls), _MILLION),
        Fraction(-(-promised * _MILLION // (_SCALE * calls)), _MILLION),
        None if bets.certain else bets.wealth,
    )


def _violate(db: sqlite3.Connection, version: int, which: str, value: int) -> None:
    """Mark calls as violated that are not yet, and count them.

    As long as a guarantee is not broken, its level or its mean excuses a call that exceeds its bound. Once it is broken
    nothing does, neither later calls nor the earlier ones.
    """
    marked = f"UPDATE observation SET violated = 1 WHERE violated = 0 AND {which}"  # noqa: S608 - a text of this module
    count = db.execute(marked, [value]).rowcount
    db.execute("UPDATE version SET violations = violations + ? WHERE key = ?", [count, version])


def read_record(db: sqlite3.Connection, service: str, version: str) -> Record:
    """What is known of one version of a service, by its plain version; an empty record if nothing is."""
    row = db.execute(
        "SELECT key, calls, violations, first, last, chain FROM version WHERE service = ? AND version = ?",
        [service, version],
    ).fetchone()
    if row is None:
        return Record(service, version)
    key, calls, violations, first, last, chain = row
    outcomes = db.execute(
        "SELECT outcome, count FROM outcome WHERE version = ? ORDER BY outcome", [key]
    ).fetchall()
    latency = db.execute(
        "SELECT bucket, count FROM latency WHERE version = ? ORDER BY bucket", [key]
    ).fetchall()
    judged = list(_judgements(db, key))
    return Record(
        service,
        version,
        calls,
        violations,
        tuple(outcomes),
        Distribution(tuple(latency)),
        first,
        last,
        tuple(sorted(judged, key=lambda one: (one.terms.metric, one.guarantee))),
        chain,
    )


def _judgements(db: sqlite3.Connection, key: int) -> Iterator[Judgement]:
    rows = db.execute(
        "SELECT digest, terms, calls, exceeded, seen, promised, bets, breach FROM guarantee WHERE version = ?",
        [key],
    ).fetchall()
    for name, written, calls, exceeded, seen, promised, text, breach in rows:
        terms = read_terms(written)
        tally = _tally(calls, exceeded, int(seen), int(promised), Bets.read(text))
        broken = None if breach is None else _read_breach(json.loads(breach), terms)
        yield Judgement(name, terms, tally, broken)


def read_terms(text: str) -> Terms:
    """The terms that a history keeps with a guarantee."""
    kept = json.loads(text)
    return Terms(
        kept["metric"],
        Relation(kept["relation"]),
        None if kept["level"] is None else parse_number(kept["level"]),
        parse_number(kept["lower"]),
        parse_number(kept["upper"]),
    )


def _read_breach(kept: dict[str, Any], terms: Terms) -> Breach:
    tally = kept["tally"]
    return Breach(
        kept["service"],
        kept["version"],
        kept["guarantee"],
        terms,
        Tally(
            tally["calls"],
            tally["exceeded"],
            parse_number(tally["mean"]),
            parse_number(tally["promised"]),
            None if tally["wealth"] is None else parse_number(tally["wealth"]),
        ),
        parse_number(kept["alpha"]),
        kept["first"],
        kept["last"],
        parse_instant(kept["at"]),
        kept["chain"],
    )
