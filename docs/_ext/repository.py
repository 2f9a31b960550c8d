"""The repository as a site: its pages where they lie, under the links they already have.

The source folder of the site is the root of the repository, so that a relative link means the same here and where the
repository is browsed. Two things remain. A link to a folder leads to that folder's ``README.md``, as it does there. And the
tree of pages, which Markdown has no word for, is kept in ``TREE`` and appended to pages while they are read.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

TREE: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "docs/index": (
        (
            "Using it",
            (
                "In sixty seconds <README>",
                "docs/getting-started",
                "docs/language",
                "docs/cli",
                "docs/errors/README",
                "docs/explain",
                "docs/findings",
                "docs/findings/README",
                "docs/ci",
                "docs/compat",
                "docs/prove",
                "docs/lint",
                "docs/diff",
                "docs/importing",
                "docs/pipeline",
                "docs/gateway",
                "docs/library",
                "docs/security-facts",
                "docs/fields",
                "docs/neighbours",
                "docs/history",
                "docs/audit-log",
                "docs/attestations",
                "docs/evidence",
                "docs/execute",
                "docs/performance",
                "examples/README",
            ),
        ),
        (
            "Believing it",
            (
                "docs/trust",
                "docs/calculus",
                "docs/invariants/README",
                "docs/spec/README",
                "proofs/README",
                "SECURITY",
            ),
        ),
        (
            "Changing it",
            (
                "docs/architecture",
                "docs/adr/README",
                "CONTRIBUTING",
                "CHANGELOG",
            ),
        ),
    ),
    "docs/errors/README": (("", ("docs/errors/[a-z]*",)),),
    "docs/findings/README": (("", ("docs/findings/[a-z]*",)),),
    "docs/adr/README": (("", ("docs/adr/0*",)),),
    "docs/invariants/README": (("", ("docs/invariants/INV-*",)),),
    "docs/spec/README": (("", ("docs/spec/[a-z]*", "docs/spec/vectors/README")),),
    "docs/spec/vectors/README": (("", ("docs/spec/vectors/tampered/README",)),),
    "examples/README": (("", ("examples/*/README",)),),
    "proofs/README": (("", ("proofs/[a-z]*",)),),
}
"""By page: its branches, each with a caption and the pages under it, in order; ``*`` stands for what there is.

``Title <page>`` gives a page another title in the tree than its own.
"""

LISTED = frozenset({"docs/adr/README"})
"""The pages that show their branch, for they name its pages nowhere else."""


def _entry(text: str) -> str:
    """An entry as the directive wants it: from the root of the site."""
    title, _, page = text.removesuffix(">").rpartition("<")
    return f"{title}</{page}>" if title else f"/{page}"


def append_tree(_app: Sphinx, name: str, source: list[str]) -> None:
    """Append the branches of a page to its text."""
    for caption, entries in TREE.get(name, ()):
        options = [":glob:", ":maxdepth: 1"]
        options += [f":caption: {caption}"] if caption else []
        options += [] if name in LISTED else [":hidden:"]
        lines = [*options, "", *map(_entry, entries)]
        source[0] += "\n\n```{toctree}\n" + "\n".join(lines) + "\n```\n"


class FolderLinks(SphinxTransform):
    """Let a link to a folder lead to the page that the folder opens with."""

    default_priority = 100

    def apply(self, **_: object) -> None:
        """Turn references to folders with a ``README.md`` into references to that page."""
        root = Path(self.env.srcdir)
        here = (root / self.env.docname).parent
        for link in self.document.findall(pending_xref):
            if link.get("reftype") != "myst" or link.get("refdomain"):
                continue
            page = here / PurePosixPath(link["reftarget"]) / "README.md"
            if page.is_file():
                target = page.resolve().relative_to(root.resolve()).with_suffix("")
                link["refdomain"] = "doc"
                link["reftarget"] = target.as_posix()
                link["reftargetid"] = None


def add_front_door(app: Sphinx, exception: Exception | None) -> None:
    """Let the top of the site lead to its first page, which lies in ``docs``."""
    if exception is None and app.builder.format == "html":
        target = app.builder.get_target_uri(app.config.root_doc)
        page = (
            '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>CAIO</title>\n'
            f'<meta http-equiv="refresh" content="0; url={target}">\n'
            f'<h1>CAIO</h1><p><a href="{target}">The documentation</a></p></html>\n'
        )
        (Path(app.outdir) / "index.html").write_text(page, "utf-8")


def unwrap_code(_app: Sphinx, doctree: nodes.document) -> None:
    """Drop comments: markers that tell the tests how to run a block are nobody's reading."""
    for comment in list(doctree.findall(nodes.comment)):
        comment.parent.remove(comment)
    for raw in list(doctree.findall(nodes.raw)):
        text = raw.astext().strip()
        if text.startswith("<!--") and text.endswith("-->"):
            raw.parent.remove(raw)


def setup(app: Sphinx) -> dict[str, bool]:
    """Install everything above."""
    app.connect("source-read", append_tree)
    app.connect("doctree-read", unwrap_code)
    app.connect("build-finished", add_front_door)
    app.add_transform(FolderLinks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
