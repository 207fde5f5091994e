"""The page's files: complete, loaded from the service alone, and without code that would run a name as markup."""

import re
from importlib.resources import files

import pytest
from fastapi.testclient import TestClient

PAGE = {entry.name: entry.read_text(encoding="utf-8") for entry in (files("shapeclf.service") / "page").iterdir()}
SCRIPTS = sorted(name for name in PAGE if name.endswith(".js"))


@pytest.mark.parametrize("name", sorted(PAGE))
def test_each_file_is_served_with_its_media_type(client: TestClient, name: str) -> None:
    response = client.get(f"/page/{name}")
    assert response.status_code == 200
    assert response.text == PAGE[name]
    kind = {"css": "text/css", "html": "text/html", "js": "text/javascript", "svg": "image/svg+xml"}
    assert response.headers["content-type"].startswith(kind[name.rpartition(".")[2]])
    again = client.get(f"/page/{name}", headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_page_is_served_at_the_root(client: TestClient) -> None:
    assert client.get("/").text == PAGE["index.html"]


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fapp.py", "%2e%2e/app.py", "__init__.py"])
def test_no_other_file_is_served(client: TestClient, name: str) -> None:
    response = client.get(f"/page/{name}")
    assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})


@pytest.mark.parametrize("name", sorted(PAGE))
def test_no_file_refers_to_another_server(name: str) -> None:
    addresses = set(re.findall(r"(?:https?:)?//[\w.]+", re.sub(r"(^|\s)//.*", "", PAGE[name])))
    assert addresses <= {"http://www.w3.org"}  # the name of SVG, which is not fetched


@pytest.mark.parametrize("name", [*SCRIPTS, "index.html"])
def test_no_text_becomes_markup_or_code(name: str) -> None:
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc", PAGE[name]
    )
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=", PAGE["index.html"])


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_use_ids_that_the_page_has(name: str) -> None:
    used = set(re.findall(r'(?:byId|press)\("([\w-]+)"', PAGE[name]))
    assert used <= set(re.findall(r'\bid="([\w-]+)"', PAGE["index.html"]))
