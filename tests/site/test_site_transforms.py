"""What the site adds to a notebook: words of pictures, links to the glossary, buttons."""

from base64 import b64encode
import io
from pathlib import Path
import runpy
import shutil
import subprocess
import sys

from docutils import nodes
from docutils.core import publish_doctree
import nbformat.v4 as nb
from PIL import Image
import pytest
import transforms

TERMS = {
    "latent code": "g#code",
    "codes": "g#code",
    "VAE": "g#vae",
    "GAN": "g#gan",
    "KL": "g#kl",
    "KL warm-up": "g#warm",
    "generator": "g#generator",
    "Bayes' rule": "g#bayes",
}


def linked(text):
    """The words that are linked in a text, and where they lead."""
    doctree = publish_doctree(text, settings_overrides={"report_level": 5})
    before = doctree.astext()
    transforms.link_first_uses(doctree, TERMS)
    assert doctree.astext() == before
    links = [link for link in doctree.findall(nodes.reference) if "term" in link["classes"]]
    return [(link.astext(), link["refuri"]) for link in links]


@pytest.mark.parametrize(
    "text, words",
    [
        ("A VAE. Another VAE.", ["VAE"]),
        ("Two VAEs, a GAN.", ["VAEs", "GAN"]),
        ("Codes, then a latent code.", ["Codes"]),  # one entry: its first use
        ("A latent code.", ["latent code"]),
        ("A KL warm-up, a KL.", ["KL warm-up", "KL"]),  # the longest that fits
        ("A beta-VAE, aVAE, VAEx and vAE.", ["vAE"]),  # whole words only
        (
            "Title VAE\n=========\n\nThe ``VAE`` and `a VAE <x>`_ and\n\n::\n\n  VAE\n\nGAN.",
            ["GAN"],
        ),
        ("*GAN* and **KL**", ["GAN", "KL"]),
        ("A NumPy generator, then a generator.", ["generator"]),  # the first is another thing
        ("By Bayes’ rule.", ["Bayes’ rule"]),  # as Sphinx writes it
    ],
)
def test_the_first_use_of_a_term_is_linked(text, words):
    assert [word for word, _ in linked(text)] == words


def test_a_link_leads_to_the_entry_of_its_term():
    assert linked("Codes of a VAE.") == [("Codes", "g#code"), ("VAE", "g#vae")]


def png():
    """A small picture as a notebook keeps it."""
    file = io.BytesIO()
    Image.new("L", (2, 2)).save(file, "PNG")
    return b64encode(file.getvalue()).decode()


def notebook(*words):
    """A lesson with a picture for each of the words in one cell, after a cell with none."""
    pictures = [
        nb.new_output(
            "display_data",
            {"image/png": png(), "text/plain": "plain"},
            metadata={"image/png": {"alt": alt}} if alt else {},
        )
        for alt in words
    ]
    text = nb.new_output("stream", text="no picture")
    cells = [
        nb.new_markdown_cell("# 01 · A lesson\n\nA VAE, $x^2$."),
        nb.new_code_cell("print()", outputs=[text]),
        nb.new_code_cell("draw()", outputs=pictures),
    ]
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return nb.writes(nb.new_notebook(cells=cells, metadata=about))


def made(folder, *words, repository=""):
    """What Sphinx says of a small site, and the lesson's page; None where it fails."""
    (folder / "notebooks").mkdir()
    (folder / "notebooks" / "01.ipynb").write_text(notebook(*words), encoding="utf-8")
    index = "# Index\n\n```{toctree}\nnotebooks/01\n```\n\n```{glossary}\nVAE\n  A thing.\n```\n"
    (folder / "index.md").write_text(index, encoding="utf-8")
    course = folder.parent / f"{folder.name}-course"  # one that says where it is published
    site = Path(transforms.__file__).parent
    shutil.copytree(site, course / "docs" / "site")
    shutil.copy(site.parent / "launch.py", course / "docs")
    shutil.copy(site.parents[1] / "pyproject.toml", course)
    runpy.run_path(str(course / "docs" / "launch.py"))["set_address"](repository, course)
    how = "-q", "--fail-on-warning", "-c", course / "docs" / "site"
    found = subprocess.run(
        [sys.executable, "-m", "sphinx", *how, folder, folder / "html"],
        capture_output=True,
        text=True,
    )
    page = (folder / "html" / "notebooks" / "01.html").read_text(encoding="utf-8")
    return found.stderr, None if found.returncode else page


def test_each_picture_has_its_own_words_and_nothing_leads_elsewhere(tmp_path):
    said, page = made(tmp_path, 'First & "quoted"', "Second <b>")
    assert page, said
    first, second = "First &amp; &quot;quoted&quot;", "Second &lt;b&gt;"
    assert page.index(f'alt="{first}"') < page.index(f'alt="{second}"')
    assert 'href="../index.html#term-VAE"' in page
    for host in ("github.com", "colab", "mybinder"):
        assert host not in page


def test_a_picture_without_words_is_an_error(tmp_path):
    said, page = made(tmp_path, "First", "")
    assert page is None and "notebooks/01, cell 2: a picture without words" in said


def test_the_address_of_the_repository_brings_the_buttons(tmp_path):
    said, page = made(tmp_path, "First", repository="https://github.com/someone/course")
    assert page, said
    colab = "https://colab.research.google.com/github/someone/course/blob/main/notebooks/01.ipynb"
    assert colab in page and "https://mybinder.org/v2/gh/someone/course/main" in page
    assert 'href="https://github.com/someone/course/issues' in page
