"""The pages as files: links, pictures, words, and nothing from elsewhere."""

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
import re
from urllib.parse import unquote, urldefrag, urlsplit

import nbformat
import pytest
import transforms

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
each_lesson = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


class Tags(HTMLParser):
    """All opened tags of a page as (tag, attributes)."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


@cache
def tags(path):
    return Tags(path.read_text(encoding="utf-8")).found


def test_every_link_leads_to_a_page_and_a_place_that_is_there(site, name):
    page = site / name
    for tag, given in tags(page):
        link = given.get("href") if tag == "a" else None
        if link is None or urlsplit(link).scheme in ("http", "https", "mailto"):
            continue
        to, place = urldefrag(unquote(link))
        found = (page.parent / to).resolve() if to else page
        assert found.is_file(), link
        ids = {given.get("id") for _, given in tags(found)} if found.suffix == ".html" else ()
        assert not place or place in ids, link


def test_nothing_is_fetched_from_elsewhere(site, name):
    for tag, given in tags(site / name):
        if tag in ("script", "img", "iframe", "source", "video") or (
            tag == "link" and given.get("rel") not in ("canonical", "next", "prev")
        ):
            source = given.get("src") or given.get("href") or ""
            assert not re.match(r"(https?:)?//", source), source


def test_no_style_or_script_fetches_from_elsewhere(site):
    sheets = list(site.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", text), sheet


def test_every_picture_says_what_it_shows(site, name):
    for tag, given in tags(site / name):
        if tag == "img" and not {"only-light", "only-dark"} & set(given.get("class", "").split()):
            assert given.get("alt", "").strip(), given.get("src", "")[:80]


@each_lesson
def test_a_lessons_pictures_have_the_words_of_its_notebook(site, path):
    cells = nbformat.read(path, as_version=4).cells
    words = [alt for cell in cells for alt in transforms.picture_words(cell)]
    shown = [given.get("alt") for tag, given in tags(site / f"notebooks/{path.stem}.html")]
    assert set(words) <= set(shown) and "" not in words


@each_lesson
def test_a_lesson_leads_to_the_one_before_and_after_it(site, path):
    found = tags(site / f"notebooks/{path.stem}.html")
    links = {given["class"]: given["href"] for tag, given in found if given.get("class") in SIDES}
    place = NOTEBOOKS.index(path)
    before = NOTEBOOKS[place - 1].stem if place else "../index"
    assert links["left-prev"] == f"{before}.html"
    if place + 1 < len(NOTEBOOKS):
        assert links["right-next"] == f"{NOTEBOOKS[place + 1].stem}.html"


SIDES = "left-prev", "right-next"


@each_lesson
def test_a_lesson_folds_solutions_links_to_the_glossary_and_is_downloaded(site, path):
    found = tags(site / f"notebooks/{path.stem}.html")
    notebook = path.read_text(encoding="utf-8")
    assert [tag for tag, _ in found].count("details") >= notebook.count("<details>") > 0
    assert not any("open" in given for tag, given in found if tag == "details")
    links = [given.get("href", "") for _, given in found]
    terms = [link for link in links if link.startswith("../glossary.html#term-")]
    assert len(terms) == len(set(terms)) >= 10
    assert any(link.endswith(f"{path.stem}.ipynb") for link in links)


def test_every_entry_of_the_glossary_is_linked_from_a_lesson(site):
    entries = [set()]  # the addresses of each entry's terms
    for tag, given in tags(site / "glossary.html"):
        if tag == "dt" and given.get("id", "").startswith("term-"):
            entries[-1].add(f"../glossary.html#{given['id']}")
        elif tag == "dd" and entries[-1]:
            entries.append(set())
    pages = [tags(site / f"notebooks/{path.stem}.html") for path in NOTEBOOKS]
    linked = {given.get("href") for found in pages for tag, given in found if tag == "a"}
    assert len(entries) > 100
    unused = [sorted(entry) for entry in entries[:-1] if entry.isdisjoint(linked)]
    assert not unused, "no lesson uses these words: take them out of the glossary"
