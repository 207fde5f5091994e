"""Every link of README and documentation leads somewhere: the file is there, and so is the heading."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href|srcset)=\"([^\"]+)\"")


@cache
def _anchors(page: Path) -> frozenset[str]:
    """The headings' anchors, as both the site and code hosts make them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_resolves(page: Path) -> None:
    broken = []
    for link in ("".join(groups) for groups in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8")))):
        if link.startswith(("https://", "http://")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
        elif page.is_relative_to(ROOT / "docs") and not target.is_relative_to(ROOT / "docs"):
            broken.append(f"{link} (outside the site)")
    assert not broken


def test_a_broken_link_would_be_seen() -> None:
    assert LINK.findall("[a](b.md#c) ![d](e.png)") == [("b.md#c", ""), ("e.png", "")]
    assert "two-answers" in _anchors(ROOT / "docs" / "ideas" / "after-every-point.md")


def test_every_picture_is_shown() -> None:
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [picture.name for picture in (ROOT / "docs" / "images").iterdir() if picture.name not in shown] == []
