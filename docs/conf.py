"""The site: `make docs` builds it to `build/docs`, and every warning is an error.

The source folder is the root of the repository (`sphinx-build -c docs . build/docs`); see ``_ext/repository.py``. Nothing is
fetched while building or reading it, so that the site works without a network.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

import caio_lexer
import repository
from sphinx.application import Sphinx

import caio

project = "CAIO"
author = "The CAIO authors"
version = release = caio.__version__
language = "en"
root_doc = "docs/index"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

include_patterns = [
    "docs/**.md",
    "proofs/*.md",
    "examples/**README.md",
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
]
# The folders that hold no pages are not even searched.
exclude_patterns = [".*", "build", "caio", "dist", "tests", "docs/adr/template.md", "docs/_*"]

# --- Markdown ------------------------------------------------------------------------------------

# The slugs of headings are those of the places where repositories are browsed.
myst_heading_anchors = 4
myst_links_external_new_tab = False

# --- the library ---------------------------------------------------------------------------------

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}
napoleon_numpy_docstring = False
nitpicky = True
# What belongs to Python and to other libraries is documented there, and nothing is fetched to link to it. What lives in a
# room of the package and has no name in `caio` itself is not part of the library; its source is its reference.
nitpick_ignore_regex = [("py:.*", r"(?!caio\.).*"), ("py:.*", r"caio\.[a-z]+\..*")]

NOT_CONSTRUCTED = frozenset(
    f"caio.{name}"
    for name in ("Project", "Answer", "Routed", "NotRoutable", "Undecided", "Verified")
)
"""Classes whose values only the library makes, so that their constructors are no part of it."""


def hide_signature(
    _app: Sphinx,
    _what: str,
    name: str,
    _thing: object,
    _options: object,
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    """Leave out the signature of what only the library constructs."""
    return (None, None) if name in NOT_CONSTRUCTED else (signature, returns)


# --- looks ---------------------------------------------------------------------------------------

html_theme = "furo"
html_title = f"CAIO {release}"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_theme_options = {"navigation_with_keys": True}
templates_path: list[str] = []
pygments_style = "default"
highlight_language = "none"


def setup(app: Sphinx) -> None:
    """Teach the site the contract language."""
    app.add_lexer("caio", caio_lexer.CaioLexer)
    app.connect("autodoc-process-signature", hide_signature)
    repository.setup(app)
