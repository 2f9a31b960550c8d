"""Compiling what a command names, with every error reported before anything is decided."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from caio.cli.failures import DoesNotCompileError

if TYPE_CHECKING:
    from caio.sema.project import Project


def compile_documents(paths: Sequence[str], *, cache: bool | Path) -> Project:
    """The documents in these files and folders; warnings go to standard error.

    Args:
        paths: of files and folders.
        cache: whether compiled documents are kept in the user's cache, or the folder in which they are.

    Raises:
        DoesNotCompileError: there are errors in them.
        InputError: a path cannot be read.
    """
    from caio.sema.project import load_project  # noqa: PLC0415 - the grammar loads here

    project = load_project(paths, cache=cache)
    if any(diagnostic.is_error for diagnostic in project.diagnostics):
        raise DoesNotCompileError(project.diagnostics)
    if project.diagnostics:
        from caio.cli.diagnostics import show  # noqa: PLC0415 - most documents have none

        show(project.diagnostics)
    return project
