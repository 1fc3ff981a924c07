"""Sliders that move through codes and figures that move: as objects, on an exported page, and in
JupyterLab in a real browser."""

from base64 import b64decode
import html
import io
from pathlib import Path
import re
import subprocess
import sys

from aecourse import plots
from aecourse.notebook import animate, explore, png
from browser import browser, jupyterlab, needs_chromium, until
import nbformat
import numpy as np
from PIL import Image
import pytest

ROOT = Path(__file__).parents[2]
ALT = 'a "gray" square'
CELL = f"""
from aecourse.notebook import explore
import numpy as np

def shade(codes):  # fifteen grays for five by three places
    x, digit = codes.T
    return np.ones((len(codes), 4, 6)) * (3 * (x + 2) + digit)[:, None, None] / 15

explore(shade, alt={ALT!r}, x=(-2, 2), digit=range(3), stops=5)
"""


def explorer():
    """What the cell ends with."""
    *setup, last = CELL.split("\n\n")
    names = {}
    exec("\n\n".join(setup), names)
    return eval(last, names)


def test_there_is_one_image_for_each_combination_of_the_sliders_values():
    asked = []

    def decode(codes):
        asked.append(codes)
        return np.zeros((len(codes), 2, 2))

    explore(decode, alt="white", x=(-1, 1), digit=range(3, 5), stops=3)
    (codes,) = asked
    assert codes.dtype == np.float32
    assert codes.tolist() == [[-1, 3], [-1, 4], [0, 3], [0, 4], [1, 3], [1, 4]]


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"))


def test_the_page_without_its_script_is_the_picture_in_the_middle():
    bundle, metadata = explorer()._repr_mimebundle_()
    still = b64decode(bundle["image/png"])
    assert still[25] == 3, "no palette"
    assert (pixels(still) == 255 * (1 - 7 / 15)).all() and pixels(still).shape == (4 * 8, 6 * 8)
    assert bundle["text/plain"] == metadata["image/png"]["alt"] == ALT
    page = re.sub("<script>.*?</script>", "", bundle["text/html"], flags=re.DOTALL)
    (tag,) = re.findall("<img.*?>", page)
    assert f'alt="{html.escape(ALT)}"' in tag and bundle["image/png"] in tag
    assert "<input" not in page and "http" not in bundle["text/html"]


def test_wide_images_are_not_magnified():
    wide = explore(lambda codes: np.zeros((len(codes), 1, 600)), alt="white", x=(0, 1), stops=3)
    assert pixels(wide.still).shape == (1, 600)


def test_beyond_black_is_black_and_beyond_white_white():
    page = explore(lambda codes: codes[:, :, None], alt="gray", x=(1.5, 2), y=(-2, -1), stops=3)
    assert pixels(page.still)[::8, ::8].tolist() == [[0], [255]]


@pytest.mark.parametrize("shape", [(21, 4), (20, 4, 4), (21, 4, 4, 3)])
def test_images_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"decode\(codes\)"):
        explore(lambda codes: np.zeros(shape), alt="white", x=(0, 1))


def test_without_sliders_there_is_nothing_to_explore():
    with pytest.raises(ValueError, match="one slider or more"):
        explore(lambda codes: np.zeros((1, 4, 4)), alt="white")


def test_more_than_a_notebook_should_keep_is_refused():
    def decode(codes):
        return np.broadcast_to(0.0, (len(codes), 28, 28))

    with pytest.raises(ValueError, match="9261 images .* fewer stops"):
        explore(decode, alt="white", x=(0, 1), y=(0, 1), z=(0, 1))


@pytest.mark.parametrize("count", [4, 6, 40])
def test_so_many_codes_are_refused_that_nothing_is_decoded(count):
    def decode(codes):
        raise AssertionError(f"{len(codes)} codes to decode")

    with pytest.raises(ValueError, match="images .* fewer stops"):
        explore(decode, alt="white", **{f"z{number}": (0, 1) for number in range(count)})


def shade(x):
    return plots.image_rows({"digit 3": np.full((1, 28, 28), (x + 1) / 2)})


def test_an_animation_plays_without_a_player_and_has_a_still_picture():
    frames = [shade(x) for x in (-1.0, 0.0, 1.0)]
    bundle, metadata = animate(frames, alt="a square that darkens")._repr_mimebundle_()
    gif = Image.open(io.BytesIO(b64decode(bundle["text/html"].split("base64,")[1])))
    assert gif.format == "GIF" and gif.n_frames == 3 and gif.info["loop"] == 0
    means, stays, colors = [], [], set()
    for frame in range(3):
        gif.seek(frame)
        stays.append(gif.info["duration"])
        colors |= {color for _, color in gif.convert("RGB").getcolors(1 << 20)}
        means.append(np.asarray(gif.convert("L")).mean())
    assert means[0] > means[1] > means[2]
    assert stays == [150, 150, 2000]
    assert len(colors) <= 3 * 32, "as many bytes as it has colors"
    assert metadata == {"image/png": {"alt": "a square that darkens"}}
    assert b64decode(bundle["image/png"]) == png(frames[-1], dpi=72)
    np.testing.assert_allclose(gif.size, 72 * frames[0].get_size_inches(), atol=1)  # not cropped
    assert (
        'alt="a square that darkens"' in bundle["text/html"] and "http" not in bundle["text/html"]
    )


def test_without_figures_there_is_no_animation():
    with pytest.raises(ValueError, match="figures is empty"):
        animate([], alt="nothing")


# On a page and in a browser.


def notebook(path, *cells):
    """A notebook of code cells and, for text that begins with "!", markdown."""
    kinds = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    kernel = {"name": "python3", "display_name": "Python 3"}
    lesson = nbformat.v4.new_notebook(
        cells=[kinds[cell.startswith("!")](cell) for cell in cells],
        metadata={"kernelspec": kernel, "title": "04 · A title"},
    )
    nbformat.write(lesson, path)


def exported(path):
    """The page that the README's command makes of a notebook."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    how = re.search(r"bin/jupyter (nbconvert .*) --output-dir runs", readme)[1].split()
    command = [sys.executable, "-m", *how, "--output-dir", str(path.parent), str(path)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    return path.with_suffix(".html")


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "images").mkdir()
    (folder / "images" / "head.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    figure = 'from aecourse import plots\nplots.bars({"a": 1}, xlabel="x", alt="a \\"bar\\"")'
    fold = "<details><summary>{}</summary>\n\n{}\n\n</details>"
    folded = [
        fold.format("Solution", "```python\nreturn 1\n```"),
        fold.format("Answer", "*Because* it is."),
    ]
    words = "\n\n".join(["![the head](images/head.svg)", *folded, "After it."])
    notebook(folder / "lesson.ipynb", words, figure, CELL)
    return exported(folder / "lesson.ipynb")


def test_an_exported_page_has_a_title_and_holds_its_pictures_with_their_words(page_file):
    text = page_file.read_text(encoding="utf-8")
    assert "<title>04 · A title</title>" in text
    tags = re.findall(r"<img.*?>", text.split("</head>")[1])
    words = [html.unescape(re.search(r'alt=("|\')(.*?)\1', tag)[2]) for tag in tags]
    assert words == ["the head", 'a "bar"', ALT]
    assert all('src="data:image/' in tag for tag in tags)


def test_on_an_exported_page_what_is_folded_is_inside_its_fold(page_file):
    text = page_file.read_text(encoding="utf-8").split("</head>")[1]
    folds = re.findall(r"<details>(.*?)</details>", text, re.DOTALL)
    words = [" ".join(re.sub(r"<[^>]*>", " ", fold).split()) for fold in folds]
    assert words == ["Solution return 1", "Answer Because it is."]
    assert all("<summary>" in fold and "<details>" not in fold for fold in folds)
    assert "<p>After it.</p>" in text and "fold-->" not in text


def test_an_exported_page_waits_for_nothing_from_a_network(page_file):
    for tag in re.findall(r"<(?:script|link|import)[^>]*http[^>]*>", page_file.read_text("utf-8")):
        assert "mathjax" in tag and "defer" in tag, tag


SHOWN = "document.querySelector('input[type=range]')?.closest('div').querySelector('img')"
INPUTS = "[...document.querySelectorAll('input[type=range]')]"
GRAY = f"""(() => {{
  const pen = document.createElement("canvas").getContext("2d");
  pen.drawImage({SHOWN}, 0, 0);
  return pen.getImageData(1, 1, 1, 1).data[0];
}})()"""


def shows(page, place):
    """Whether the picture is the `place`-th of fifteen grays."""
    return page.value(GRAY) == 255 - 17 * place


def step_right(page):
    """Move the first slider."""
    page.value(f"{INPUTS}[0].focus()")
    page.press("ArrowRight", 39)


@needs_chromium
def test_on_an_exported_page_sliders_have_names_and_keys_move_them(page_file, tmp_path):
    with browser(tmp_path) as page:
        page.open(page_file.as_uri())
        until(lambda: page.value(INPUTS + ".length") == 2 and shows(page, 7))
        size = page.value(f"[{SHOWN}.width, {SHOWN}.naturalWidth, {SHOWN}.naturalHeight]")
        assert size == [48, 48, 32]
        step_right(page)
        until(lambda: shows(page, 10))
        page.press("Tab", 9)
        page.press("ArrowRight", 39)
        until(lambda: shows(page, 11))
        assert page.value(INPUTS + ".map(i => i.labels[0].innerText.split(/\\s+/))") == [
            ["x", "1"],
            ["digit", "2"],
        ]
        assert page.value(INPUTS + ".map(i => [i.ariaLabel, i.ariaValueText])") == [
            ["x", "1"],
            ["digit", "2"],
        ]
        assert page.value(f"({SHOWN}).alt") == f"{ALT} (x 1, digit 2)"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A browser, the address of a JupyterLab, and the folder of its files."""
    root, home = tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("home")
    with jupyterlab(root, home) as address, browser(home) as page:
        yield page, address, root


@needs_chromium
def test_in_jupyterlab_sliders_work_in_a_run_that_is_saved_and_opened_again(lab):
    page, address, root = lab
    notebook(root / "own.ipynb", CELL)
    page.open(f"{address}/lab/tree/own.ipynb")
    page.click(".jp-Notebook .jp-CodeCell .cm-content")
    until(lambda: page.value("document.body.innerText.includes('| Idle')"))
    page.press("Enter", 13, control=True)
    until(lambda: shows(page, 7))
    step_right(page)
    until(lambda: shows(page, 10))
    assert page.value("!!document.querySelector('.jp-mod-dirty')")
    page.press("s", 83, control=True)
    until(lambda: not page.value("!!document.querySelector('.jp-mod-dirty')"))
    assert "image/png" in (root / "own.ipynb").read_text(encoding="utf-8")
    page.send("Page.reload")
    until(lambda: not page.value(f"!!{SHOWN}"))
    until(lambda: shows(page, 7))
    said = page.value("document.querySelector('.jp-OutputArea-output').innerText").split()
    assert said == ["x", "0", "digit", "1"]
    step_right(page)
    until(lambda: shows(page, 10))


@needs_chromium
def test_in_jupyterlab_a_notebook_that_is_not_trusted_shows_the_picture_alone(lab):
    page, address, root = lab
    bundle, metadata = explorer()._repr_mimebundle_()
    cell = nbformat.v4.new_code_cell(
        CELL,
        execution_count=1,
        outputs=[nbformat.v4.new_output("execute_result", bundle, metadata=metadata)],
    )
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), root / "another.ipynb")
    page.open("about:blank")
    page.open(f"{address}/lab/tree/another.ipynb?reset")  # without what was open before
    until(lambda: page.value("!!document.querySelector('.jp-OutputArea img')?.naturalWidth"))
    (words,) = page.value("[...document.querySelectorAll('.jp-OutputArea img')].map(i => i.alt)")
    assert words == ALT and page.value(INPUTS + ".length") == 0
    assert not page.value("document.querySelector('.jp-OutputArea-output').innerText.trim()")
