"""A store keeps what it is given, and a file that is not the log it was is refused, at once or when everything is derived."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from caio.audit.checkpoint import TreeHead, sign_checkpoint
from caio.audit.entries import Kind
from caio.audit.faults import AuditError, Fault
from caio.audit.log import Log
from caio.audit.merkle import leaf_hash
from caio.audit.sqlite import SqliteStore
from caio.audit.store import Head, LogStore, Node, Row
from tests.audit.keys import ORIGIN, TestSigner
from tests.audit.logs import DIGEST, KEY, ONE, entries, entry, opened, refused


@pytest.fixture(params=[SqliteStore])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LogStore]:
    """Every implementation of the port, empty."""
    kind: type[SqliteStore] = request.param
    kind.create(tmp_path / "store", ORIGIN, lambda _: None)
    with closing(kind.open(tmp_path / "store")) as made:
        yield made


def row(index: int, kind: Kind = Kind.DECISION) -> Row:
    return Row(index, 10 + index, kind, bytes([index % 256]) * 32, b"entry %d" % index)


class TestThePort:
    def test_an_empty_store(self, store: LogStore) -> None:
        assert store.origin == ORIGIN
        with store.reading() as db:
            assert db.head() == Head(0, 0, b"")
            assert db.rows(0, 10, kind=None, limit=10) == []
            assert db.checkpoint() is None
            assert db.checkpoint_at(0) is None
            assert db.checkpoints(-1, limit=5) == []

    def test_what_was_added_is_there_in_order(self, store: LogStore) -> None:
        rows = [row(n, Kind.KEY if n % 100 == 0 else Kind.DECISION) for n in range(300)]
        head = Head(300, 309, b"p" * 32)
        with store.writing() as db:
            db.add(rows, [Node(1, 0, b"n" * 32)], head)
            # Within the transaction it is there already.
            assert db.head() == head
        with store.reading() as state:
            assert state.head() == head
            assert state.rows(0, 300, kind=None, limit=1000) == rows
            assert state.rows(5, 9, kind=None, limit=3) == rows[5:8]
            assert state.rows(1, 250, kind=Kind.KEY, limit=9) == [rows[100], rows[200]]
            assert state.tile(0, 0, 256) == b"".join(one.leaf for one in rows[:256])
            assert state.tile(0, 1, 44) == b"".join(one.leaf for one in rows[256:])
            assert state.tile(1, 0, 1) == b"n" * 32
            for tile in ((0, 1, 45), (1, 0, 2), (2, 0, 1), (0, 2, 1)):
                refused(Fault.LOG_DAMAGED, lambda t=tile: state.tile(*t))  # type: ignore[misc]

    def test_a_transaction_is_whole_or_not_there(self, store: LogStore) -> None:
        def fail() -> None:
            with store.writing() as db:
                db.add([row(0)], [], Head(1, 10, b""))
                db.keep(1, b"note")
                raise AuditError(Fault.LOG_BUSY, "somebody pulled the plug")

        refused(Fault.LOG_BUSY, fail)
        with store.reading() as db:
            assert db.head().size == 0
            assert db.rows(0, 9, kind=None, limit=9) == []
            assert db.checkpoint() is None

    def test_checkpoints_are_kept_by_size(self, store: LogStore) -> None:
        with store.writing() as db:
            for size in (5, 1, 9):
                db.keep(size, b"note %d" % size)
            db.keep(9, b"note with more lines")
        with store.reading() as state:
            assert state.checkpoint() == b"note with more lines"
            assert state.checkpoint_at(5) == b"note 5"
            assert state.checkpoints(-1, limit=2) == [(1, b"note 1"), (5, b"note 5")]
            assert state.checkpoints(5, limit=9) == [(9, b"note with more lines")]

    def test_nothing_is_added_twice_or_taken_back(self, store: LogStore) -> None:
        with store.writing() as db:
            db.add([row(0), row(1)], [], Head(2, 11, b""))

        def again(size: int, *rows: Row) -> None:
            with store.writing() as db:
                db.add(rows, [], Head(size, 11, b""))

        refused(Fault.LOG_DAMAGED, lambda: again(3, row(1)))
        refused(Fault.LOG_DAMAGED, lambda: again(1))
        with store.reading() as state:
            assert state.head().size == 2

    def test_readers_see_one_state(self, store: LogStore, tmp_path: Path) -> None:
        with closing(SqliteStore.open(tmp_path / "store")) as other:
            with store.reading() as db:
                assert db.head().size == 0
                with other.writing() as writer:
                    writer.add([row(0)], [], Head(1, 10, b""))
                assert db.head().size == 0
                assert db.rows(0, 9, kind=None, limit=9) == []
            with store.reading() as db:
                assert db.head().size == 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of 601 entries, three nodes and two checkpoints."""
    with opened(tmp_path / "log") as log:
        log.append_many(entries(300))
        log.checkpoint()
        log.append_many(entries(300, start=300))
        log.checkpoint()
    return tmp_path / "log"


def altered(path: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    """Change a log as somebody does who can write the file and knows its tables."""
    with closing(sqlite3.connect(path)) as db:
        found = db.execute(
            "SELECT rowid, type, name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid"
        ).fetchall()
        for _, _, name, _ in found:
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            db.execute(statement, values if "?" in statement else ())
        for _, _, _, sql in found:
            db.execute(sql)
        db.commit()


def everything(path: Path) -> None:
    with opened(path) as log:
        log.verify()


class TestTampering:
    def test_the_log_is_sound_before(self, path: Path) -> None:
        altered(path)
        with opened(path) as log:
            assert log.verify().head.size == 601

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM entry WHERE sequence = 600",
            "DELETE FROM entry WHERE sequence >= 500",
            "INSERT INTO entry SELECT sequence + 1, time, kind, leaf, data FROM entry WHERE sequence = 600",
            "INSERT INTO entry SELECT 9999, time, kind, leaf, data FROM entry WHERE sequence = 600",
            "UPDATE entry SET data = data || ' ' WHERE sequence = 600",
            "UPDATE entry SET time = time + 1 WHERE sequence = 600",
            "UPDATE entry SET leaf = zeroblob(32) WHERE sequence = 600",
            "UPDATE entry SET leaf = zeroblob(32) WHERE sequence = 550",
            "UPDATE entry SET kind = 'other' WHERE sequence = 600",
            "UPDATE head SET size = 600",
            "UPDATE head SET size = 0",
            "UPDATE head SET time = 0",
            "UPDATE head SET peaks = zeroblob(160)",
            "UPDATE head SET peaks = x''",
            "UPDATE head SET size = 'many'",
            "DELETE FROM head",
            "DELETE FROM setting",
            "UPDATE setting SET origin = 'other.example'",
            "INSERT INTO setting VALUES ('other.example')",
            "UPDATE node SET hash = zeroblob(32) WHERE number = 1",
            "DELETE FROM node WHERE number = 0",
            "UPDATE checkpoint SET note = x'00' WHERE size = 601",
            "UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 301) WHERE size = 601",
            "UPDATE entry SET data = data || ' ' WHERE sequence = 0",
            "UPDATE entry SET kind = 'decision' WHERE sequence = 0",
        ],
    )
    def test_it_is_refused_when_it_is_opened(self, path: Path, statement: str) -> None:
        altered(path, statement)
        # The latest checkpoint may be replaced by an older one: the log still continues that.
        if "SELECT note" in statement:
            with pytest.raises(AuditError, match="another one"):
                everything(path)
            return
        with pytest.raises(AuditError) as caught:
            opened(path)
        assert caught.value.fault.startswith(("log-", "note-", "checkpoint-", "key-"))

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM entry WHERE sequence = 100",
            "UPDATE entry SET data = data || ' ' WHERE sequence = 100",
            "UPDATE entry SET time = time - 1 WHERE sequence = 100",
            "UPDATE entry SET kind = 'violation' WHERE sequence = 100",
            "UPDATE entry SET leaf = zeroblob(32) WHERE sequence = 100",
            "UPDATE checkpoint SET note = (SELECT note FROM checkpoint WHERE size = 601) WHERE size = 301",
            "UPDATE checkpoint SET note = x'00' WHERE size = 301",
            "INSERT INTO checkpoint SELECT 7, note FROM checkpoint WHERE size = 301",
            "INSERT INTO checkpoint SELECT 0, note FROM checkpoint WHERE size = 301",
        ],
    )
    def test_it_is_found_when_everything_is_derived(self, path: Path, statement: str) -> None:
        altered(path, statement)
        with pytest.raises(AuditError) as caught:
            everything(path)
        assert caught.value.fault.startswith(("log-", "note-", "checkpoint-"))

    def test_an_entry_that_was_changed_with_its_hash_is_found(self, path: Path) -> None:
        data = entry(7777).at(1001)
        for sequence in (600, 100):
            values = (data, leaf_hash(data), sequence)
            altered(path, "UPDATE entry SET data = ?, leaf = ? WHERE sequence = ?", values=values)
            with pytest.raises(AuditError) as caught:
                everything(path)
            assert caught.value.fault is Fault.LOG_DAMAGED

    def test_a_changed_entry_is_not_read(self, path: Path) -> None:
        # It has the kind and the time of the one that was there; only its hash is another.
        values = (entry(7777).at(1001),)
        altered(path, "UPDATE entry SET data = ? WHERE sequence = 100", values=values)
        with opened(path) as log:
            refused(Fault.LOG_DAMAGED, lambda: list(log.entries(90, 110)))
            assert len(list(log.entries(101, 110))) == 9

    def test_a_missing_entry_is_missed_when_times_are_looked_for(self, path: Path) -> None:
        altered(path, "DELETE FROM entry WHERE sequence = 300")
        with opened(path) as log:
            refused(Fault.LOG_DAMAGED, lambda: log.span(0, 10**9))

    def test_a_history_that_was_written_anew_is_found_by_its_own_checkpoint(
        self, path: Path, tmp_path: Path
    ) -> None:
        # Everything is consistent, but for what the key has signed.
        with opened(path) as log:
            note = log.latest().data
        with opened(tmp_path / "other") as other:
            other.append_many(entries(700, start=1))
        altered(tmp_path / "other", "INSERT INTO checkpoint VALUES (601, ?)", values=(note,))
        refused(Fault.LOG_FORKED, lambda: opened(tmp_path / "other"))
        with opened(tmp_path / "short") as short:
            short.append(entry(1))
        altered(tmp_path / "short", "INSERT INTO checkpoint VALUES (601, ?)", values=(note,))
        refused(Fault.LOG_ROLLED_BACK, lambda: opened(tmp_path / "short"))

    def test_a_checkpoint_by_nobody_is_found(self, path: Path, tmp_path: Path) -> None:
        eve = TestSigner("eve")
        with opened(tmp_path / "eve", eve) as log:
            log.append_many(entries(600))
            head = log.checkpoint()
        altered(path, "UPDATE checkpoint SET note = ? WHERE size = 601", values=(head.data,))
        with pytest.raises(AuditError):
            opened(path)

    @pytest.mark.parametrize(("signer", "start"), [(ONE, 7), (TestSigner("eve"), 0)])
    def test_an_old_checkpoint_of_another_history_or_by_nobody_is_found(
        self, path: Path, tmp_path: Path, signer: TestSigner, start: int
    ) -> None:
        with opened(path) as log:
            head = TreeHead(ORIGIN, 301, log.root(301))
        with opened(tmp_path / "other") as other:
            other.append_many(entries(300, start=start))
            root = head.root if start == 0 else other.root(301)
        note = sign_checkpoint(ORIGIN, 301, root, [signer]).data
        altered(path, "UPDATE checkpoint SET note = ? WHERE size = 301", values=(note,))
        expected = Fault.LOG_FORKED if start else Fault.NOTE_UNSIGNED
        refused(expected, lambda: everything(path))

    def test_a_node_that_does_not_follow_is_found(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # In a large log most nodes lie far from the edge that opening reads.
        altered(path, "UPDATE node SET hash = zeroblob(32) WHERE number = 0")
        monkeypatch.setattr("caio.audit.integrity.examine", lambda *_: None)
        with opened(path, None) as log:
            assert "does not follow" in refused(Fault.LOG_DAMAGED, log.verify)

    def test_times_that_go_backwards_are_found(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        times = iter([50, 60, 40])
        with monkeypatch.context() as patch:
            patch.setattr("caio.audit.integrity.max", min, raising=False)
            with Log.open(tmp_path / "log", ONE, clock=lambda: next(times)) as log:
                log.append(entry(0))
                log.append(entry(1))
        with opened(tmp_path / "log") as log:
            assert "older than the one before" in refused(Fault.LOG_DAMAGED, log.verify)

    def test_tables_that_are_not_ours_are_refused(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM checkpoint; END")
            db.commit()
        assert "tables" in refused(Fault.LOG_DAMAGED, lambda: opened(path))

    def test_the_database_itself_refuses_to_change_what_was_written(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as db:
            for statement in (
                "DELETE FROM entry WHERE sequence = 5",
                "UPDATE entry SET time = 0 WHERE sequence = 5",
                "DELETE FROM node",
                "UPDATE node SET hash = x''",
                "DELETE FROM checkpoint",
                "UPDATE head SET size = 5",
                "DELETE FROM head",
                "UPDATE setting SET origin = ''",
            ):
                with pytest.raises(sqlite3.IntegrityError, match="only ever appended"):
                    db.execute(statement)


class TestFiles:
    @pytest.mark.parametrize("share", [0, 1, 30, 50, 90, 99])
    def test_a_truncated_file(self, path: Path, share: int) -> None:
        data = path.read_bytes()
        path.write_bytes(data[: len(data) * share // 100])
        with pytest.raises(AuditError) as caught:
            everything(path)
        assert caught.value.fault in {Fault.LOG_FOREIGN, Fault.LOG_DAMAGED}

    def test_no_page_of_zeros_goes_unnoticed(self, path: Path) -> None:
        data = path.read_bytes()
        size = int.from_bytes(data[16:18], "big")
        unnoticed = []
        for page in range(len(data) // size):
            path.write_bytes(data[: page * size] + bytes(size) + data[(page + 1) * size :])
            try:
                with opened(path) as log:
                    log.verify()
                unnoticed.append(page)
            except AuditError:
                pass
        assert unnoticed == []

    @pytest.mark.parametrize(
        "data", [b"not a database at all", bytes(4096), b"SQLite format 3\0" + b"x" * 5000]
    )
    def test_a_file_of_another_kind_is_left_as_it_is(self, tmp_path: Path, data: bytes) -> None:
        path = tmp_path / "log"
        path.write_bytes(data)
        with pytest.raises(AuditError) as caught:
            opened(path)
        assert caught.value.fault in {Fault.LOG_FOREIGN, Fault.LOG_DAMAGED}
        assert path.read_bytes() == data

    def test_the_database_of_another_program_is_left_as_it_is(self, tmp_path: Path) -> None:
        path = tmp_path / "log"
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE t (x)")
            db.execute("PRAGMA user_version = 1")
            db.commit()
        data = path.read_bytes()
        assert "another program" in refused(Fault.LOG_FOREIGN, lambda: opened(path))
        assert path.read_bytes() == data

    def test_another_version_is_not_read(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA user_version = 2")
        assert "version 2" in refused(Fault.LOG_FOREIGN, lambda: opened(path))

    def test_a_folder_is_no_log(self, tmp_path: Path) -> None:
        refused(Fault.LOG_FOREIGN, lambda: opened(tmp_path))
        refused(Fault.LOG_BUSY, lambda: opened(tmp_path / "nowhere" / "log"))


def test_a_log_is_the_same_over_another_store(tmp_path: Path) -> None:
    """What `Log` needs is the port, and nothing of SQLite."""

    class Wrapped:
        def __init__(self, inner: SqliteStore) -> None:
            self.inner = inner
            self.origin = inner.origin
            self.place = "elsewhere"
            self.reading: Callable[..., object] = inner.reading
            self.writing: Callable[..., object] = inner.writing
            self.close = inner.close

    opened(tmp_path / "log").close()
    with Log(Wrapped(SqliteStore.open(tmp_path / "log")), []) as log:  # type: ignore[arg-type]
        assert log.append(entry(1)).index == 1
        assert log.keyring().active == (KEY,)
        assert log.verify().head.size == 2
    assert DIGEST in str(entry(1).digests)
