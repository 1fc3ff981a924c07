"""A learner's own digit comes out as MNIST's were made, however it was drawn or photographed."""

import io

from aecourse.datasets import DataError, drawn, own
import numpy as np
from PIL import EpsImagePlugin, Image
import pytest
from scipy import ndimage

RANDOM = np.random.default_rng(0)
DIGITS, LABELS, _ = drawn.sample(40, "test")


def large(digit, scale=8, top=60, left=90, side=(400, 460)):
    """A digit on a page, in ink from 0 to 1, large and off the center."""
    page = np.zeros(side, np.float32)
    ink = np.clip(ndimage.zoom(digit, scale, order=1), 0, 1)
    page[top : top + len(ink), left : left + ink.shape[1]] = ink
    return page


def saved(path, gray, mode="L", **how):
    Image.fromarray(np.rint(255 * np.clip(gray, 0, 1)).astype(np.uint8)).convert(mode).save(
        path, **how
    )
    return path


def photographed(page):
    """Dark ink on gray paper, lit from one side, with noise."""
    rows, columns = np.indices(page.shape) / np.reshape(page.shape, (2, 1, 1))
    light = 0.55 + 0.25 * columns - 0.1 * rows
    return light * (1 - 0.75 * page) + 0.01 * RANDOM.standard_normal(page.shape)


WAYS = {
    "black on white": lambda page, path: saved(path, 1 - page),
    "white on black": lambda page, path: saved(path, page),
    "a photograph": lambda page, path: saved(path.with_suffix(".jpg"), photographed(page)),
    "in color": lambda page, path: saved(path, 1 - page, "RGB"),
    "a smaller picture": lambda page, path: saved(path, 1 - page[::2, ::2]),
    "at another place": lambda page, path: saved(path, 1 - np.roll(page, (40, -60), (0, 1))),
}


def transparent(page, path, ink=0):
    pixels = np.full((*page.shape, 4), ink, np.uint8)
    pixels[..., 3] = np.rint(255 * page)
    Image.fromarray(pixels).save(path)
    return path


WAYS["black on nothing"] = transparent
WAYS["white on nothing"] = lambda page, path: transparent(page, path, 255)


def alike(one, other):
    """Correlation of ink, where one image may lie a pixel beside the other: a center of mass that
    lies between two pixels is rounded either way."""
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    scale = np.sqrt(np.sum(one**2) * np.sum(other**2))
    return max(np.sum(np.roll(one, shift, (0, 1)) * other) / scale for shift in shifts)


@pytest.mark.parametrize("way", WAYS)
def test_a_digit_comes_out_the_same_however_it_was_made(way, tmp_path):
    for number, digit in enumerate(DIGITS[:8]):
        page = large(digit)
        expected = own.digit(1 - page)
        found = own.digit(WAYS[way](page, tmp_path / f"{number}.png"))
        assert found.shape == (28, 28) and found.dtype == np.float32
        assert alike(found, expected) > 0.93, (way, LABELS[number])


def as_mnist_was(page):
    """The procedure in other words: the ink's box in 200 pixels, then means of blocks."""
    rows, columns = (np.flatnonzero(page.max(axis=axis) > 0.1) for axis in (1, 0))
    ink = page[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    high, wide = (round(20 * side / max(ink.shape)) for side in ink.shape)
    ink = ndimage.zoom(ink, (10 * high / len(ink), 10 * wide / ink.shape[1]), order=1)
    blocks = ink.reshape(high, 10, wide, 10).mean(axis=(1, 3))
    down, right = np.round(14 - np.array(ndimage.center_of_mass(blocks))).astype(int)
    expected = np.zeros((28, 28))
    expected[down : down + len(blocks), right : right + blocks.shape[1]] = blocks
    return expected


def test_it_is_prepared_as_mnist_was_and_what_is_stays_as_it_is():
    for digit in DIGITS:
        page = np.float32(large(digit) > 0.5)
        found = own.digit(1 - page)
        assert alike(found, as_mnist_was(page)) > 0.97
        assert alike(own.digit(found), found) > 0.97
        np.testing.assert_allclose(own.digit(np.uint8(255 * page)), found, atol=0.01)


@pytest.mark.parametrize(("depth", "grain"), [(0.0, 0.06), (0.5, 0.03), (0.85, 0.01)])
def test_light_that_falls_off_and_grain_and_specks_are_no_ink(depth, grain):
    """Where least light falls, paper is darker than ink is at the other end."""
    random = np.random.default_rng(1)
    for digit in DIGITS[:8]:
        page = large(digit, 12, 0, 0, (336, 336))
        expected = own.digit(1 - page)
        page[:4, :4] = 1
        light = 1 - depth * np.linspace(0, 1, 336)[:, None]
        seen = light * (1 - 0.6 * page) + grain * random.standard_normal(page.shape)
        assert alike(own.digit(seen), expected) > 0.9
        assert alike(own.digit(np.round(255 * seen)), expected) > 0.9


def test_a_thick_digit_that_fills_its_picture_is_told_from_the_paper():
    """Its ring of ink could pass for paper that is brighter in the middle and in the corners."""
    radius = np.hypot(*(np.indices((200, 200)) - 99.5))
    page = ((radius > 45) & (radius < 85)).astype(float)
    assert alike(own.digit(1 - page), as_mnist_was(page)) > 0.97


def test_ink_darker_than_most_is_ink_like_the_rest():
    page = np.zeros((400, 400))
    page[50:350, 180:220] = 0.6
    page[50:120, 180:220] = 1
    found = own.digit(1 - page)
    assert found[found > 0].min() > 0.95


def test_the_line_of_a_thin_pen_is_black_again():
    page = np.zeros((400, 400))
    page[50:350, 200:203] = 1
    found = own.digit(1 - page)
    assert found.max() == 1 and (found[:, 13:15].max(axis=1) == 1).sum() == 20


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_gray_of_sixteen_bits_is_not_clipped(tmp_path, dtype):
    steps = np.linspace(0, np.iinfo(dtype).max, 50)[None].repeat(50, axis=0)
    Image.fromarray(steps.astype(dtype)).save(tmp_path / "a.png")
    np.testing.assert_allclose(own.picture(tmp_path / "a.png")[0], np.linspace(0, 1, 50), atol=0.01)


@pytest.mark.parametrize(
    ("ink", "paper"),
    [((255, 0, 0), (0, 130, 0)), ((0, 0, 255), (0, 50, 0)), ((200, 60, 0), (0, 60, 250))],
)
def test_colors_as_bright_as_their_paper_are_ink(ink, paper, tmp_path):
    page = large(DIGITS[4])[..., None]
    colors = np.uint8(page * ink + (1 - page) * paper)
    Image.fromarray(colors).save(tmp_path / "a.png")
    assert alike(own.digit(tmp_path / "a.png"), own.digit(page[..., 0])) > 0.97


def test_its_longer_side_fills_20_pixels_and_its_center_of_mass_is_the_middle():
    for digit in DIGITS:
        found = own.digit(1 - large(digit))
        assert found.min() == 0 and found.max() == 1
        rows, columns = (np.flatnonzero(found.max(axis=axis) > 0.05) for axis in (1, 0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == pytest.approx(20, abs=1)
        offset = np.array(ndimage.center_of_mass(found)) - 14  # as in MNIST itself
        assert np.abs(offset).max() <= 0.51


def test_a_photograph_that_lies_on_its_side_is_turned(tmp_path):
    page = large(DIGITS[1])
    turned = Image.Exif()
    turned[0x0112] = 6  # turned by a quarter: the camera was held upright
    path = saved(tmp_path / "a.jpg", 1 - np.rot90(page), exif=turned)
    assert np.abs(own.digit(path) - own.digit(1 - page)).mean() < 0.03


def test_what_pillow_finds_odd_in_a_file_stops_nobody(tmp_path):
    path = saved(tmp_path / "a.jpg", np.ones((40, 40)), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x09")
    assert own.picture(path).shape == (40, 40)


EPS = "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n%%EOF\n"


def whole_png():
    file = io.BytesIO()
    Image.fromarray(RANDOM.integers(0, 256, (40, 40), np.uint8)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: saved(path, np.ones((90, 90))), "blank: no ink stands out"),
        (lambda path: saved(path, 0.7 + 0.05 * RANDOM.standard_normal((90, 90))), "blank"),
        (lambda path: saved(path, np.ones((90, 90)), "LA"), "blank"),
        (lambda path: path.write_text("no image"), "this is no whole image"),
        (lambda path: path.write_bytes(whole_png()[:-300]), "this is no whole image"),
        (lambda path: path.write_text(EPS), "this is no whole image of a known format"),
        (lambda path: path.mkdir(), "it is a folder"),
        (lambda path: None, "there is no such file"),
        (lambda path: Image.new("1", (10_000, 10_000)).save(path), "more than .* million pixels"),
        (lambda path: Image.new("1", (20_000, 20_000)).save(path), "more than .* million pixels"),
    ],
)
def test_what_is_no_picture_of_a_digit_is_refused_in_a_sentence(make, words, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *given: asked.append(given))
    make(tmp_path / "a.png")
    with pytest.raises(DataError, match=words) as error:
        own.digit(tmp_path / "a.png")
    assert str(error.value).startswith(str(tmp_path)) and "\n" not in str(error.value)
    assert not asked, "another program was started"


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (np.ones(5), "shape"),
        (np.full((9, 9), np.nan), "finite"),
        (np.ones((9, 9)), "^the image is"),
    ],
)
def test_an_array_that_is_no_picture_of_a_digit_is_refused(image, words):
    with pytest.raises((ValueError, DataError), match=words):
        own.digit(image)


def test_a_folder_becomes_images_of_one_size_in_the_order_of_names(tmp_path, capsys, monkeypatch):
    for name, shape, gray in (("b.png", (60, 20), 0.25), ("a.JPG", (30, 90), 0.75)):
        saved(tmp_path / name, np.full(shape, gray))
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / ".hidden.png").write_text("x")
    found = [tmp_path / name for name in ("b.png", "notes.txt", "a.JPG", ".hidden.png")]
    monkeypatch.setattr(own.images.Path, "iterdir", lambda folder: found)
    images = own.folder(tmp_path, size=(8, 12))
    assert images.shape == (2, 8, 12) and images.dtype == np.float32
    np.testing.assert_allclose(images.mean(axis=(1, 2)), [0.75, 0.25], atol=0.01)
    assert capsys.readouterr().out == "Passed over, as they are no images: notes.txt.\n"


def test_a_folder_is_scaled_to_cover_and_cropped_in_the_middle(tmp_path):
    wide = np.zeros((20, 60))
    wide[:, 20:40] = 1
    saved(tmp_path / "a.png", wide)
    np.testing.assert_allclose(own.folder(tmp_path, size=(10, 10)), 1, atol=0.1)


def test_a_large_photograph_keeps_what_its_size_can_show(tmp_path):
    """A JPEG is read with fewer pixels than it has, but not with fewer than are asked for."""
    stripes = np.tile(np.arange(600) // 10 % 2, (600, 1)).astype(float)
    for name in ("a.jpg", "b.png"):
        saved(tmp_path / name, stripes)
    jpeg, png = own.folder(tmp_path, size=(120, 120))
    np.testing.assert_allclose(jpeg, png, atol=0.2)
    assert png.std() > 0.4 and own.picture(tmp_path / "a.jpg").std() > 0.4
    assert own.picture(tmp_path / "b.png").shape == (400, 400)


def test_a_folder_without_images_or_with_a_damaged_one_is_an_error(tmp_path):
    for path, words in ((tmp_path, "no images are in this folder"), (tmp_path / "b", "no such")):
        with pytest.raises(DataError, match=words):
            own.folder(path)
    (tmp_path / "a.png").write_text("x")
    with pytest.raises(DataError, match="this is no whole image"):
        own.folder(tmp_path)
