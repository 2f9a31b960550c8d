"""Files are written whole or not at all, and text from strangers is shown and not obeyed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from caio.base.errors import InputError
from caio.cli import files
from caio.cli.text import count, listing, one_line, safe


class TestWriting:
    def test_leaves_exactly_the_file(self, tmp_path: Path) -> None:
        files.write(str(tmp_path / "a.json"), b"one")
        files.write(str(tmp_path / "a.json"), b"two")
        assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [
            ("a.json", b"two")
        ]

    @pytest.mark.parametrize("blow", ["fsync", "rename"])
    @pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
    def test_an_interruption_leaves_what_was_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blow: str, error: BaseException
    ) -> None:
        def broken(*_: object) -> None:
            raise error

        target = tmp_path / "a.json"
        target.write_bytes(b"old")
        if blow == "fsync":
            monkeypatch.setattr(os, "fsync", broken)
        else:
            monkeypatch.setattr(Path, "replace", broken)
        expected = InputError if isinstance(error, OSError) else type(error)
        with pytest.raises(expected):
            files.write(str(target), b"new")
        assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]

    def test_respects_the_mask_and_the_mode_of_what_was_there(self, tmp_path: Path) -> None:
        old = os.umask(0o027)
        try:
            fresh = files.write(str(tmp_path / "new"), b"")
            kept = tmp_path / "kept"
            kept.touch()
            kept.chmod(0o604)
            files.write(str(kept), b"")
        finally:
            os.umask(old)
        assert stat.S_IMODE(fresh.stat().st_mode) == 0o640
        assert stat.S_IMODE(kept.stat().st_mode) == 0o604

    def test_goes_through_a_link_and_leaves_it(self, tmp_path: Path) -> None:
        (tmp_path / "real").write_bytes(b"")
        (tmp_path / "link").symlink_to("real")
        files.write(str(tmp_path / "link"), b"new")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "real").read_bytes() == b"new"

    def test_to_the_null_device_does_not_replace_it(self) -> None:
        files.write(os.devnull, b"data")
        assert Path(os.devnull).is_char_device()

    @pytest.mark.parametrize("name", [".", "missing/a.json", "file/a.json", "a\0b", "x" * 300])
    def test_is_refused_where_it_cannot_be(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(InputError, match="cannot write"):
            files.write(f"{tmp_path}/{name}", b"")
        assert [path.name for path in tmp_path.iterdir()] == ["file"]


class TestReading:
    @pytest.mark.parametrize("name", [".", "missing", "a\0b"])
    def test_is_refused_with_a_reason(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(InputError, match="cannot read"):
            files.read(f"{tmp_path}/{name}")

    def test_stops_at_the_limit(self, tmp_path: Path) -> None:
        with (tmp_path / "huge").open("wb") as file:
            file.truncate(files.MAX_BYTES + 1)
        with pytest.raises(InputError, match="larger than"):
            files.read(str(tmp_path / "huge"))


class TestSafeText:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("gemini/gemini-2.5-pro", "gemini/gemini-2.5-pro"),
            ("naïve 模型", "naïve 模型"),
            ("\x1b[31mred", "\\x1b[31mred"),
            ("a\x9b2Jb", "a\\x9b2Jb"),
            ("\u202egnp", "\\u202egnp"),
            ("zero\u200bwidth", "zero\\u200bwidth"),
            ("line\u2028break", "line\\u2028break"),
            ("\udcff", "\\udcff"),
            ("\U000e0041", "\\U000e0041"),
            ("two\nlines\r", "two\\x0alines\\x0d"),
        ],
    )
    def test_shows_what_a_terminal_would_obey(self, text: str, shown: str) -> None:
        assert safe(text) == shown

    def test_may_keep_lines(self) -> None:
        assert safe("a\n\tb\r", lines=True) == "a\n\tb\\x0d"

    def test_fits_on_one_line(self) -> None:
        assert one_line("  a\n   b  ") == "a b"
        assert one_line("x" * 50, 10) == "x" * 9 + "…"


def test_counts_and_lists_read_well() -> None:
    assert count(1, "proof") == "1 proof"
    assert count(4551, "candidate") == "4,551 candidates"
    assert count(0, "witness", "witnesses") == "0 witnesses"
    assert [listing(list("abc"[:n])) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
