"""The built site: no warnings, all pages, links and public names, and nothing loaded from other hosts."""

import re
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("shapeclf", "datasets", "recognition", "evaluation", "training")
needs_zensical = pytest.mark.skipif(find_spec("zensical") is None, reason="needs the extra shapeclf[docs]")


def _pages_of(entry: object) -> list[str]:
    if isinstance(entry, dict):
        return [page for value in entry.values() for page in _pages_of(value)]
    return [page for part in entry for page in _pages_of(part)] if isinstance(entry, list) else [str(entry)]


def test_every_page_is_in_the_navigation_and_there() -> None:
    listed = _pages_of(tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"])
    there = [str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")]
    assert sorted(listed) == sorted(there)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a site built from this checkout, which is left as it is."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", folder / "docs")
    for name in ("shapeclf", "tools"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "zensical.toml").write_text((ROOT / "zensical.toml").read_text(encoding="utf-8"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    return folder / "site"


@pytest.mark.slow  # the site is built for it
@needs_zensical
def test_every_link_of_the_built_pages_resolves(site: Path) -> None:
    pages = {page: page.read_text(encoding="utf-8") for page in site.rglob("*.html") if page.name != "404.html"}
    assert len(pages) > 20
    anchors = {page: set(re.findall(r"\bid=\"?([^\"\s>]+)", text)) for page, text in pages.items()}
    broken = []
    for page, text in pages.items():
        for link in re.findall(r"\b(?:href|src)=\"?([^\"\s>]+)", text):
            name, _, anchor = unquote(link).partition("#")
            if re.match(r"[a-z]+:", name):
                continue
            target = (page.parent / name).resolve() if name else page
            target = target / "index.html" if target.is_dir() else target
            if not target.exists() or (anchor and target in anchors and anchor not in anchors[target]):
                broken.append((str(page.relative_to(site)), link))
    assert not broken


@pytest.mark.slow
@needs_zensical
def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loaded = r"<(?:script|img|link|iframe|source)\b[^>]*?\b(?:src|href)=\"?(?:https?:)?//[^\"\s>]+"
    for page in site.rglob("*.html"):
        assert re.findall(loaded, page.read_text(encoding="utf-8")) == []
    for style in site.rglob("*.css"):
        assert re.findall(r"url\(['\"]?(?:https?:)?//|@import", style.read_text(encoding="utf-8")) == []


@pytest.mark.slow
@needs_zensical
@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_in_the_reference(site: Path, package: str) -> None:
    module = "shapeclf" if package == "shapeclf" else f"shapeclf.{package}"
    page = (site / "reference" / "api" / package / "index.html").read_text(encoding="utf-8")
    anchors = [(name, name if name.isupper() else f'id="{module}.{name}') for name in import_module(module).__all__]
    assert [name for name, anchor in anchors if anchor not in page] == []
