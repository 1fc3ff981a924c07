"""What the site adds to the notebooks: the words of each picture, and links to the glossary.

A Sphinx extension. Notebooks stay as they are.
"""

import re

from docutils import nodes
import nbformat
from sphinx.util import logging

logger = logging.getLogger(__name__)
EVERYDAY = (
    "a floor of",
    "along a cosine",
    "by chance",
    "content with",
    "for evidence",
    "needs a floor",
    "no evidence",
    "NumPy generator",
    "on chance",
    "On Windows",
    "The floor matters",
)
"""Where a lesson has a word of the glossary in another sense: these phrases are not linked."""
NO_LINKS = nodes.title | nodes.reference | nodes.literal | nodes.FixedTextElement | nodes.math


def picture_words(cell) -> list[str]:
    """The alt text of each picture among a code cell's outputs, as the output metadata has it."""
    return [
        output.get("metadata", {}).get(kind, {}).get("alt", "")
        for output in cell.get("outputs", ())
        for kind in output.get("data", ())
        if kind.startswith("image/")
    ]


def _is_code_cell(node):
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def add_alt_text(app, doctree) -> None:
    """Give every picture of a notebook's outputs its words; warn where there are none."""
    path = str(app.env.doc2path(app.env.docname))
    if not path.endswith(".ipynb"):
        return
    cells = nbformat.read(path, as_version=4).cells
    for shown in doctree.findall(_is_code_cell):
        words = picture_words(cells[shown["cell_index"]])
        for picture, alt in zip(shown.findall(nodes.image), words, strict=True):
            picture["alt"] = alt
            if not alt:
                where = f"{app.env.docname}, cell {shown['cell_index']}"
                logger.warning("%s: a picture without words", where)


def link_first_uses(doctree, terms: dict[str, str]) -> None:
    """Link the first use of every term. terms: a term as the glossary writes it -> the address it
    leads to; of several terms with one address the first is linked."""
    left = dict(terms)
    for text in list(doctree.findall(nodes.Text)):
        if _inside(text, NO_LINKS):
            continue
        parts, rest = [], str(text)
        while found := _pattern(left).search(rest) if left else None:
            term = next((term for term in left if _is_a(found[0], term)), None)
            if term is None:  # a phrase of every day
                parts.append(nodes.Text(rest[: found.end()]))
                rest = rest[found.end() :]
                continue
            address = left[term]
            left = {term: entry for term, entry in left.items() if entry != address}
            link = nodes.reference("", found[0], refuri=address, internal=True, classes=["term"])
            parts += [nodes.Text(rest[: found.start()]), link]
            rest = rest[found.end() :]
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(rest)])


def _inside(node, kinds):
    while node := node.parent:
        if isinstance(node, kinds):
            return True
    return False


def _one(term):
    """A term in the text: with a capital at the beginning of a sentence, and in the plural; Sphinx
    has made apostrophes round."""
    rest = re.escape(term[1:]).replace("'", "['’]")
    return f"(?i:{re.escape(term[0])}){rest}(?:s|es)?"


def _pattern(terms):
    """Any of the terms or phrases of every day, the longest that fits."""
    either = "|".join(map(_one, sorted([*terms, *EVERYDAY], key=len, reverse=True)))
    return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])")


def _is_a(word, term):
    return re.fullmatch(_one(term), word)


def link_terms(app, doctree, docname) -> None:
    """In a lesson, link the first use of each of the glossary's terms."""
    if not docname.startswith("notebooks/"):
        return
    found = app.env.domains.standard_domain.get_objects()
    terms = {
        term: f"{app.builder.get_relative_uri(docname, page)}#{anchor}"
        for term, _, kind, page, anchor, _ in found
        if kind == "term"
    }
    link_first_uses(doctree, terms)


def setup(app) -> dict:
    """Called by Sphinx."""
    app.connect("doctree-read", add_alt_text, priority=400)
    app.connect("doctree-resolved", link_terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
