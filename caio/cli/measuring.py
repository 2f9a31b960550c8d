"""The measurements of a question: ``--measurements``, or what is in the documents themselves (``docs/fields.md``).

Measured fields are recorded and never proved, so that a command takes no measurements that could be others: one document
of the request's vocabulary is taken as it is, and of several one must be named where anything depends on it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from caio.base.errors import InputError
from caio.ir import documents as d
from caio.ir import terms as t
from caio.ir.encode import document_digest
from caio.obligations.candidate import Question
from caio.routing.question import find
from caio.sema.project import Project


def measurement_files(named: str | None) -> tuple[str, ...]:
    """The file that ``--measurements`` names, as a path to compile; nothing where it is a name."""
    if named is None:
        return ()
    is_file = "/" in named or named.endswith((".json", ".caio")) or Path(named).exists()
    return (named,) if is_file else ()


def with_measurements(question: Question, project: Project, named: str | None) -> Question:
    """The question with what was measured.

    Args:
        question: what is asked.
        project: the documents, with the file of ``--measurements`` if it names one.
        named: what ``--measurements`` says.

    Raises:
        InputError: there is no such document, or it is not clear which one counts, or one is needed and there is none.
    """
    mine = [one for one in project.measurements if one.vocabulary == question.request.vocabulary]
    chosen = _chosen(mine, project, named) if named is not None else _only(mine, question)
    if chosen is None and question.profile.objective == "eq1.1":
        raise InputError(
            f"profile `{question.profile.name}` maximises Eq. 1.1, which is about measured fields, and there are no"
            " measurements: give the document that was written when they were measured with `--measurements FILE`, or"
            " a profile that maximises Eq. 1.5 with `--profile`"
        )
    return replace(question, measurements=chosen)


def _chosen(mine: list[d.Measurements], project: Project, named: str) -> d.Measurements:
    if not measurement_files(named):
        return find(mine, "measurements document", named)
    wanted = Path(named).resolve()
    found = []
    for document in mine:
        span = project.locate(document_digest(document), "")
        if span is not None and Path(span.source.name).resolve() == wanted:
            found.append(document)
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(f"`{one.name}`" for one in found[:8])
        raise InputError(f"`{named}` holds several measurements documents: name one of {names}")
    raise InputError(f"`{named}` holds no measurements document of the request's vocabulary")


def _only(mine: list[d.Measurements], question: Question) -> d.Measurements | None:
    """The only measurements there are; None where there are none, or several and nothing depends on them."""
    if len(mine) <= 1:
        return mine[0] if mine else None
    if question.profile.objective != "eq1.1" and not any(map(_about_fields, question.constraints)):
        return None
    names = ", ".join(f"`{one.name}`" for one in mine[:8])
    raise InputError(
        f"there are several measurements documents, name one with `--measurements`: {names}"
    )


def _about_fields(constraint: d.Constraint) -> bool:
    """Whether a constraint speaks of a measured field."""
    names = [*t.variables_of(constraint.when)]
    for atom in constraint.then:
        if isinstance(atom, t.OnExpression):
            names += t.affine_variables(atom.terms)
    return any(name.startswith("measured.") for name in names)
