"""The site builds without a warning, and whoever reads it without a network finds everything."""

from __future__ import annotations

import fcntl
import inspect
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

import caio
from tests.docs.conftest import folder_of_the_run
from tests.docs.pages import ROOT

pytestmark = pytest.mark.slow

MAX_SECONDS = 180
MAX_PAGE_BYTES = 400_000
MAX_SITE_BYTES = 30_000_000
MADE = frozenset({"genindex.html", "search.html", "index.html", "py-modindex.html"})
"""Pages that no page of ours stands behind."""
CODE_COLOURS = ("docs/language.html", "docs/errors/overlapping-cost.html")

_LOADS = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}


@dataclass
class Page(HTMLParser):
    """What a page loads, where it leads, and where one can jump to in it."""

    loads: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    titles: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.titles += tag == "h1"
        self.anchors |= {value for key in ("id", "name") if (value := values.get(key))}
        if tag == "a" and values.get("href"):
            self.links.append(values["href"] or "")
        if (
            tag in _LOADS
            and values.get(_LOADS[tag])
            and values.get("rel") not in {"search", "index"}
        ):
            self.loads.append(values[_LOADS[tag]] or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it, once for all processes of a run."""
    folder = folder_of_the_run(tmp_path_factory)
    with (folder / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        log = folder / "site.log"
        if not log.exists():
            log.write_text(build(folder / "site"), "utf-8")
    assert log.read_text("utf-8") == ""
    return folder / "site" / "html"


def build(folder: Path) -> str:
    """Build the site, and give the warnings and errors."""
    recipe = (ROOT / "Makefile").read_text("utf-8").splitlines()
    (words,) = [line.strip().lstrip("@").split() for line in recipe if "sphinx" in line]
    assert {"-W", "-n", "--keep-going"} <= set(words)
    options = ["-q", "-W", "--keep-going", "-n", "-c", "docs", "-d", str(folder / "trees")]
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, ".", str(folder / "html")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=MAX_SECONDS,
    )
    return built.stderr or ("" if built.returncode == 0 else f"status {built.returncode}")


@pytest.fixture(scope="module")
def read(site: Path) -> dict[str, Page]:
    found = {}
    for path in sorted(site.rglob("*.html")):
        page = Page()
        page.feed(path.read_text("utf-8"))
        found[path.relative_to(site).as_posix()] = page
    return found


def resolve(site: Path, name: str, link: str) -> tuple[str, str]:
    """The file of the site that a link of a page leads to, and the place in it."""
    path, anchor = urldefrag(unquote(link))
    target = (site / name).parent / path if path else site / name
    return target.resolve().relative_to(site.resolve()).as_posix(), anchor


def is_external(link: str) -> bool:
    return "//" in link or link.startswith(("mailto:", "data:"))


def test_it_builds_and_holds_every_page(site: Path, read: dict[str, Page]) -> None:
    wanted = {"docs/index.html", "README.html", "CHANGELOG.html", "SECURITY.html"}
    for folder in ("docs", "proofs", "examples"):
        for page in (ROOT / folder).rglob("*.md"):
            if page.name != "template.md" and (folder != "examples" or page.name == "README.md"):
                wanted.add(page.relative_to(ROOT).with_suffix(".html").as_posix())
    assert wanted <= set(read)
    sizes = [path.stat().st_size for path in site.rglob("*") if path.is_file()]
    assert sum(sizes) < MAX_SITE_BYTES
    assert max((site / name).stat().st_size for name in read) < MAX_PAGE_BYTES


def test_links_and_anchors_lead_somewhere(site: Path, read: dict[str, Page]) -> None:
    broken = []
    for name, page in read.items():
        for link in page.links:
            if is_external(link):
                continue
            target, anchor = resolve(site, name, link)
            if not (site / target).is_file():
                broken.append(f"{name}: {link}")
            elif anchor and target in read and anchor not in read[target].anchors:
                broken.append(f"{name}: no place {link}")
    assert not broken, "\n".join(broken)


def test_nothing_is_loaded_from_elsewhere(site: Path, read: dict[str, Page]) -> None:
    for name, page in read.items():
        assert not [load for load in page.loads if is_external(load)], name
        for load in page.loads:
            assert (site / resolve(site, name, load.partition("?")[0])[0]).is_file(), load
    for style in site.rglob("*.css"):
        text = style.read_text("utf-8")
        assert "@import" not in text
        assert "url(http" not in text.replace('"', "").replace("'", "")


def test_every_page_has_one_title_and_is_reached_from_the_first(
    site: Path, read: dict[str, Page]
) -> None:
    assert {name for name, page in read.items() if page.titles != 1} <= MADE
    waiting, reached = ["index.html"], {"index.html"}
    while waiting:
        name = waiting.pop()
        for link in read[name].links:
            if is_external(link):
                continue
            target, _ = resolve(site, name, link)
            if target in read and target not in reached:
                reached.add(target)
                waiting.append(target)
    assert set(read) - MADE <= reached


def test_contracts_are_coloured_and_markers_are_not_shown(
    site: Path, read: dict[str, Page]
) -> None:
    for name in CODE_COLOURS:
        assert '<span class="k">service</span>' in (site / name).read_text("utf-8")
    for name in read:
        assert "&lt;!-- run:" not in (site / name).read_text("utf-8"), name


def test_each_decision_and_each_diagnostic_is_listed(site: Path, read: dict[str, Page]) -> None:
    for folder in ("adr", "errors", "findings"):
        overview = f"docs/{folder}/README.html"
        listed = {
            resolve(site, overview, link)[0]
            for link in read[overview].links
            if not is_external(link)
        }
        pages = {p.stem for p in (ROOT / "docs" / folder).glob("*.md")} - {"README", "template"}
        assert {f"docs/{folder}/{stem}.html" for stem in pages} <= listed


def test_each_public_name_is_in_the_reference(site: Path, read: dict[str, Page]) -> None:
    page = "docs/library.html"
    for name in caio.__all__:
        if inspect.isclass(getattr(caio, name)) or inspect.isroutine(getattr(caio, name)):
            assert f"caio.{name}" in read[page].anchors
        elif name != "__version__":
            assert f"caio.{name}<" in (site / page).read_text("utf-8")
