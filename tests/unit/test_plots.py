"""Figures: returned and not shown, in the course's style, readable, and described in words."""

from base64 import b64decode
import inspect
import io
import re

from aecourse import plots
from aecourse.notebook import image_tag, png
from aecourse.plots.style import three_digits
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
import matplotlib.pyplot as plt
from matplotlib.text import Text
import nbclient
import nbformat
import numpy as np
from PIL import Image
import pytest

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((6, 28, 28))
CODES, LABELS = RANDOM.standard_normal((400, 2)), np.arange(400) % 10
LINE = np.linspace(-1, 1, 5)
PANELS = {
    "codes of the encoder with the KL alone": (0 * CODES, LABELS),  # all names at one place
    "codes of the encoder with the reconstruction alone": (CODES, LABELS),
    "both": (CODES, None),
}
FIGURES = {
    "image_rows": lambda **how: plots.image_rows(
        {"original": IMAGES, "copy": IMAGES[:3]}, titles="abcdef", **how
    ),
    "image_grid": lambda **how: plots.image_grid(IMAGES.reshape(2, 3, 28, 28), **how),
    "decoded_plane": lambda **how: plots.decoded_plane(
        lambda codes: np.ones((len(codes), 28, 28)), x=(-1, 1), y=(0, 2), count=3, **how
    ),
    "latent_scatter": lambda **how: plots.latent_scatter(
        PANELS, points=CODES[:2], zoom=99.5, **how
    ),
    "latent_scatter, all of it": lambda **how: plots.latent_scatter(
        {"codes": (100 * CODES, LABELS)}, **how
    ),
    "scatter": lambda **how: plots.scatter(
        *CODES.T, xlabel="x", ylabel="y", level=("line", 1), **how
    ),
    "curves": lambda **how: plots.curves(
        {"a": ([1, 2, 4, 60, 64], [0.5, 0.4, 0.3, 0.22, 0.21])},
        xlabel="x",
        ylabel="y",
        levels={"zero": 0.6},
        log_x=True,
        log_y=True,
        **how,
    ),
    "curves, five digits": lambda **how: plots.curves(
        {"a": ([550, 11_000, 13_000], [3, 2, 1])}, xlabel="x", ylabel="y", log_x=True, **how
    ),
    "games": lambda **how: plots.games(
        {"a": [0.1, 0.2], "b": [0.2, 0.7], "c": []},
        xlabel="x",
        level=("line", 0.1),
        marks=("others", {"a": 0.15, "c": 0.3}),
        **how,
    ),
    "matrix": lambda **how: plots.matrix(np.eye(3, dtype=int), xlabel="x", ylabel="y", **how),
    "histograms": lambda **how: plots.histograms(
        {"a long name of what is counted here": CODES[:, 0], "b": [0], "c": [1]},
        x=(-1, 1),
        xlabel="a long name of the number whose shares are drawn in three panels",
        **how,
    ),
    "bars": lambda **how: plots.bars(
        {"network": 0.9, "PCA": 0.5},
        xlabel="accuracy",
        baseline=("chance", 0.1),
        seeds={"network": [0.8, 0.95]},
        **how,
    ),
    "measures": lambda **how: plots.measures(
        {
            "real digits": {"confidence": 0.98, "classes": 9.98},
            "a blank page": {"confidence": 0.12, "classes": 1.0},
        },
        limits={"confidence": (0, 1)},
        **how,
    ),
    "class_planes": lambda **how: plots.class_planes(CODES, LABELS % 7, **how),
    "thumbnails": lambda **how: plots.thumbnails(
        CODES, np.ones((400, 28, 28)), LABELS, count=5, **how
    ),
    "shaded": lambda **how: plots.shaded(
        {
            "nearest training window": {"changed shape": 0.5, "spike": 0.25},
            "a network": {"changed shape": 0.75, "spike": np.nan},
        },
        label="average precision",
        **how,
    ),
    "timelines": lambda **how: plots.timelines(
        {"spike": {"values": LINE, "normal": -LINE}, "flat middle": {"values": LINE}},
        xlabel="day",
        events={"spike": [(1, 3)]},
        levels={"flat middle": 0.5},
        per_unit=2,
        **how,
    ),
}
every_figure = pytest.mark.parametrize("name", FIGURES)


def test_every_public_function_is_among_the_figures_here():
    made = {name for name in plots.__all__ if inspect.isfunction(getattr(plots, name))}
    assert made == {name.split(",")[0] for name in FIGURES}


@every_figure
def test_a_figure_is_returned_closed_and_leaves_the_settings_as_they_were(name):
    before = dict(plt.rcParams)
    figure = FIGURES[name]()
    png(figure)
    assert isinstance(figure, plots.Figure)
    assert not plt.get_fignums(), "the figure would be shown twice"
    assert dict(plt.rcParams) == before


@every_figure
def test_a_figure_says_in_words_what_it_shows(name):
    made, given = FIGURES[name](), FIGURES[name](alt="A  finding,\nin words.")
    assert len(made.alt) >= 20 and made.alt.endswith(".")
    assert given.alt == "A finding, in words."
    parameter = inspect.signature(getattr(plots, name.split(",")[0])).parameters["alt"]
    assert parameter.default == "" and parameter.kind is parameter.KEYWORD_ONLY


@pytest.mark.parametrize(
    "name, words",
    {
        "bars": ("accuracy", "network 0.900", "PCA 0.500", "0.1: chance"),
        "curves": ("y over x", "a from 0.5 at 1 to 0.21 at 64", "0.6: zero"),
        "image_rows": ("original (6)", "copy (3)"),
        "image_grid": ("2 rows of 3",),
        "games": ("a 0.15 (2 dots)", "b 0.45", "0.1: line"),
        "latent_scatter": ("KL alone (400 codes of 10 classes)", "both (400 codes of no classes)"),
        "matrix": ("3 in all", "1 at row 2, column 2"),
    }.items(),
)
def test_the_words_made_for_a_figure_hold_its_data(name, words):
    alt = FIGURES[name]().alt
    assert [word for word in words if word not in alt] == []


@every_figure
def test_frames_and_grids_are_those_of_the_style(name):
    figure = FIGURES[name]()
    png(figure)
    pictures = [axis for axis in figure.axes if axis.images]
    charts = [axis for axis in figure.axes if not axis.images and axis.get_visible()]
    for axis in () if name == "class_planes" else charts:  # frames instead of axes
        assert not axis.spines["top"].get_visible() and not axis.spines["right"].get_visible()
        lines = [line for line in axis.get_xgridlines() if line.get_visible()]
        assert lines and {line.get_alpha() for line in lines} == {0.3}
        assert axis.title.get_fontsize() == 11
    for axis in pictures:
        shown = [*axis.get_xgridlines(), *axis.get_ygridlines()]
        assert not any(line.get_visible() for line in shown)
    if name == "image_rows":
        (frames,) = pictures[0].collections
        shown = [picture.get_extent() for picture in pictures[0].images]
        assert len(shown) == 9
        for (left, right, bottom, top), path in zip(shown, frames.get_paths(), strict=True):
            assert path.get_extents().bounds == pytest.approx(
                (left, top, right - left, bottom - top)
            )


def words_of(figure):
    """Where each word that is seen stands: [(word, box)]."""
    found = [text for axis in figure.axes for text in axis.texts]
    for axis in filter(lambda axis: axis.get_visible(), figure.axes):
        found += [axis.title, axis.xaxis.label, axis.yaxis.label]
        for side, limits in ((axis.xaxis, axis.get_xlim()), (axis.yaxis, axis.get_ylim())):
            ticks = [*side.get_major_ticks(), *side.get_minor_ticks()]
            low, high = sorted(limits)
            ticks = [tick for tick in ticks if low <= tick.get_loc() <= high]
            found += [label for tick in ticks for label in (tick.label1, tick.label2)]
    seen = [text for text in found if text.get_text() and text.get_visible()]
    places = [(text.get_text(), text.get_window_extent()) for text in seen]
    return [(word, box) for word, box in places if box.width > 1]  # outside of the axes: a point


@every_figure
def test_no_two_words_of_a_figure_collide(name):
    figure = FIGURES[name]()
    FigureCanvasAgg(figure).draw()
    words = words_of(figure)
    for place, (word, box) in enumerate(words):
        collisions = [other for other, its in words[:place] if box.overlaps(its)]
        assert not collisions, f"{word!r} lies on {collisions}"


@pytest.mark.parametrize("low, high", [(0.26, 0.31), (0.15, 0.8), (0.004, 0.06), (0.003, 40)])
def test_a_logarithmic_axis_has_labels_that_can_be_read_off(low, high):
    figure = plots.curves({"a": ([1, 2], [high, low])}, xlabel="x", ylabel="y", log_y=True)
    FigureCanvasAgg(figure).draw()
    axis = figure.axes[0]
    bottom, top = axis.get_ylim()
    ticks = [t for t in axis.yaxis.get_major_ticks() if bottom <= t.get_loc() <= top]
    assert 3 <= len([t for t in ticks if t.label1.get_text()]) <= 10


def test_an_epoch_is_a_whole_number():
    figure = plots.curves({"a": ([1, 2, 3], [3, 2, 1])}, xlabel="epoch", ylabel="loss")
    ticks = figure.axes[0].get_xticks()
    assert np.array_equal(ticks, np.round(ticks))


def test_a_picture_has_a_palette_and_the_colors_of_the_figure():
    figure = plots.bars({"a": 1, "b": 2}, xlabel="x")
    data = png(figure)
    assert data[:4] == b"\x89PNG" and data[25] == 3  # color type 3: a palette
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100, bbox_inches="tight")
    full = np.asarray(Image.open(file).convert("RGB"), float)
    ours = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), float)
    assert ours.shape == full.shape
    assert np.abs(ours - full).mean() < 1
    blue = np.array([int(plots.COLORS[0][i : i + 2], 16) for i in (1, 3, 5)])
    assert (np.abs(ours - blue).max(axis=2) <= 4).mean() > 0.1
    assert len(data) < len(file.getvalue())


def test_a_gray_picture_loses_nothing_to_its_palette():
    figure = plots.image_grid(IMAGES.reshape(2, 3, 28, 28))
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100, bbox_inches="tight")
    full, ours = (Image.open(data).convert("RGB") for data in (file, io.BytesIO(png(figure))))
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(full))


def test_a_tag_holds_a_png_whatever_matplotlib_would_save_of_72_dots_an_inch():
    figure = plots.bars({"a": 1}, xlabel="x")
    with plt.rc_context({"savefig.format": "svg"}):
        data = b64decode(re.search(r"base64,([^\"]*)", image_tag(figure))[1])
    fine, coarse = (Image.open(io.BytesIO(each)) for each in (png(figure, dpi=144), data))
    assert coarse.format == "PNG"
    np.testing.assert_allclose(2 * np.array(coarse.size), fine.size, atol=2)


def test_a_tag_of_a_figure_takes_the_figures_own_words():
    figure = plots.bars({"a": 1}, xlabel="x", alt='bars & "a"')
    assert 'alt="bars &amp; &quot;a&quot;"' in image_tag(figure)
    assert 'alt="given"' in image_tag(figure, "given")
    plain = plt.figure()
    plt.close(plain)
    assert 'alt="A picture of the training"' in image_tag(plain)


CELLS = (
    'from aecourse import plots\nplots.bars({"a": 1}, xlabel="x", alt="one bar")',
    "from aecourse.notebook import animate, explore\n"
    'animate([plots.bars({"a": n}, xlabel="x") for n in (1, 2)], alt="a bar that grows")',
    'explore(lambda codes: codes[:, :, None] / 3, alt="a square", n=(0, 3))',
    "%run -m aecourse progress",
    '%config InlineBackend.figure_formats = ["svg"]\nplots.bars({"a": 1}, xlabel="x", alt="last")',
)


def test_a_notebook_keeps_one_picture_with_its_words_beside_it():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    command = notebook.cells.pop(3)  # in a cell no exit status is shown
    assert [output.output_type for output in command.outputs] == ["stream"]
    for cell, words in zip(
        notebook.cells, ("one bar", "a bar that grows", "a square", "last"), strict=True
    ):
        (output,) = cell.outputs
        assert output.metadata["image/png"] == {"alt": words}
        assert output.data["text/plain"] == words
        assert b64decode(output.data["image/png"])[25] == 3
    for cell in (notebook.cells[0], notebook.cells[-1]):
        assert set(cell.outputs[0].data) == {"image/png", "text/plain"}


def test_the_decoded_plane_puts_each_image_at_its_code():
    def decode(codes):  # ink where the first number is high; more where the second is
        return np.ones((len(codes), 2, 2)) * (codes[:, :1, None] + 10 * codes[:, 1:, None])

    axis = plots.decoded_plane(decode, x=(0, 1), y=(0, 1), count=2).axes[0]
    sheet = axis.images[0].get_array()
    assert [sheet[0, 0], sheet[0, -1], sheet[-1, 0], sheet[-1, -1]] == [10, 11, 0, 1]


def test_rows_of_images_of_any_shape_stand_in_their_rows_under_their_titles():
    rows = {"wide": RANDOM.random((2, 3, 6)), "small": RANDOM.random((3, 2, 2))}
    axis = plots.image_rows(rows, titles="abc").axes[0]
    shown = [picture.get_array() for picture in axis.images]
    for drawn, given in zip(shown, [*rows["wide"], *rows["small"]], strict=True):
        np.testing.assert_array_equal(drawn, given)
    places = [picture.get_extent() for picture in axis.images]
    middles = [((left + right) / 2, (low + top) / 2) for left, right, low, top in places]
    np.testing.assert_allclose(middles, [(0, 0), (1, 0), (0, 1), (1, 1), (2, 1)], atol=1e-9)
    sizes = [(right - left, low - top) for left, right, low, top in places]  # row 0 is on top
    assert axis.yaxis_inverted() and axis.get_aspect() == 1
    assert all(wide == pytest.approx(2 * high) for wide, high in sizes[:2])
    assert all(wide == pytest.approx(high) for wide, high in sizes[2:])
    assert max(max(size) for size in sizes) < 1, "they would touch"
    assert [label.get_text() for label in axis.get_yticklabels()] == ["wide", "small"]
    titles = [tick.label2 for tick in axis.xaxis.get_major_ticks() if tick.label2.get_visible()]
    assert [title.get_text() for title in titles] == ["a", "b", "c"]
    assert [*axis.get_xticks()] == [0, 1, 2] and [*axis.get_yticks()] == [0, 1]
    assert not plots.image_rows(rows).axes[0].get_xticks().size, "no titles, no ticks"


def test_rows_of_images_can_have_limits_of_their_own():
    shown = {
        limits: plots.image_rows({"a": IMAGES * 9}, limits=limits).axes[0].images[0].get_clim()
        for limits in ((0, 1), None)
    }
    assert shown == {(0, 1): (0, 1), None: (9 * IMAGES.min(), 9 * IMAGES.max())}


def test_each_count_of_a_matrix_stands_on_its_own_square_the_darker_the_more():
    counts = np.array([[0, 5, 2], [7, 0, 1]])
    figure = plots.matrix(counts, xlabel="x", ylabel="y")
    axis, largest = figure.axes[0], figure.alt.split("the largest: ")[1]
    assert largest == "7 at row 1, column 0; 5 at row 0, column 1; 2 at row 0, column 2."
    found = {tuple(text.get_position()[::-1]): text.get_text() for text in axis.texts}
    assert found == {place: str(count) for place, count in np.ndenumerate(counts) if count}
    assert [len(axis.get_xticks()), len(axis.get_yticks())] == [3, 2]
    (squares,) = axis.images
    np.testing.assert_array_equal(squares.get_array(), counts)
    light = squares.to_rgba(np.arange(8))[:, :3].sum(axis=1)
    assert (np.diff(light) < 0).all() and light[-1] > 0.9  # black words can be read on it


def test_the_ten_colors_differ():
    assert len(set(plots.COLORS)) == 10


def test_panels_of_codes_can_share_their_axes_and_go_without_labels():
    codes = np.array([[0.0, 1.0], [5.0, -3.0]])
    figure = plots.latent_scatter({"codes": (codes, np.array([1, 2])), "p": (codes, None)}, reach=2)
    for axis in figure.axes:
        assert axis.get_xlim() == axis.get_ylim() == (-2, 2)
    assert [len(axis.texts) for axis in figure.axes] == [2, 0]


def test_dots_far_above_zero_fill_the_height_and_others_stand_on_zero():
    where = dict(xlabel="x", ylabel="y")
    low, high = plots.scatter([1, 2, 3], [0.96, 0.97, 0.98], **where).axes[0].get_ylim()
    assert 0.9 < low < 0.96 and 0.98 < high < 1
    assert plots.scatter([1, 2], [0.1, 0.9], **where).axes[0].get_ylim()[0] == 0


@pytest.mark.parametrize("y", [[-3, 0.5, 2], [-3, -2, -1], [0, 1, 2]])
def test_no_dot_is_below_the_axis_and_up_is_more(y):
    low, high = plots.scatter([1, 2, 3], y, xlabel="x", ylabel="y").axes[0].get_ylim()
    assert low <= min(y) < max(y) <= high


def test_a_panel_that_leaves_out_the_farthest_codes_says_so():
    codes = np.concatenate([CODES, [[90.0, 90.0]]])
    axis = plots.latent_scatter({"codes": (codes, None)}, zoom=99).axes[0]
    assert axis.get_title() == "codes (the middle 99 %)" and axis.get_xlim()[1] < 10
    assert plots.latent_scatter({"codes": (codes, None)}).axes[0].get_xlim()[1] > 90


def test_digits_are_named_at_the_median_of_their_codes_where_there_is_room():
    middles = np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]])
    labels = np.arange(300) % 3
    codes = middles[labels] + 0.1 * RANDOM.standard_normal((300, 2))
    texts = plots.latent_scatter({"codes": (codes, labels)}).axes[0].texts
    assert [text.get_text() for text in texts] == ["0", "1", "2"]
    np.testing.assert_allclose([text.get_position() for text in texts], middles, atol=0.1)


# What is drawn is what was given.

WORDS = {
    "image_rows": "original copy a f",
    "decoded_plane": "first second",
    "latent_scatter": "first second both 1 2",
    "scatter": "x y line",
    "curves": "x y a zero 1 4 60",
    "games": "a b x line",
    "matrix": "x y 0 1 2",
    "histograms": "share b c shares",
    "bars": "network 0.900 PCA accuracy chance seed",
    "measures": "real page confidence 9.98",
    "class_planes": "0 6 first second",
    "thumbnails": "first second 0 9",
}


@pytest.mark.parametrize("name", WORDS)
def test_the_words_that_a_figure_is_given_stand_in_it(name):
    figure = FIGURES[name]()
    FigureCanvasAgg(figure).draw()
    found = [text for text in figure.findobj(Text) if text.get_visible()]
    seen = {word for text in found for word in re.split(r"[\s,]+", text.get_text())}
    assert set(WORDS[name].split()) - seen == set()


def dots(axis):
    """The places of all dots, a list for each time that dots were drawn."""
    return [collection.get_offsets().tolist() for collection in axis.collections]


def test_curves_and_dots_lie_at_their_numbers():
    series = {"a": ([1, 2, 4], [3.0, 1.0, 2.0]), "b": ([1, 4], [5.0, 6.0])}
    axis = plots.curves(series, xlabel="x", ylabel="y", levels={"l": 4.0}).axes[0]
    first, second, level = axis.lines
    named = {text.get_text(): text.get_color() for text in axis.texts}
    assert named == {"a": first.get_color(), "b": second.get_color(), "l": level.get_color()}
    assert [first.get_xydata().tolist(), second.get_xydata().tolist()] == [
        [[1, 3], [2, 1], [4, 2]],
        [[1, 5], [4, 6]],
    ]
    assert first.get_marker() != second.get_marker() and first.get_color() != second.get_color()
    assert list(level.get_ydata()) == [4, 4] and level.get_linestyle() == "--"
    assert (axis.get_xscale(), axis.get_yscale()) == ("linear", "linear")
    axis = FIGURES["curves"]().axes[0]
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    assert axis.get_xticks().tolist() == [1, 2, 4, 60]  # 64 would lie on 60
    assert len(axis.get_xticks(minor=True)) == 0
    axis = plots.scatter([1, 2], [0.5, 3], xlabel="x", ylabel="y", level=("l", 1)).axes[0]
    assert dots(axis) == [[[1, 0.5], [2, 3]]] and axis.get_ylim()[0] == 0
    assert list(axis.lines[0].get_ydata()) == [1, 1]


def test_no_two_curves_look_the_same():
    axis = plots.curves({str(i): ([0, 1], [i, i]) for i in range(12)}, xlabel="x", ylabel="y").axes[
        0
    ]
    looks = {(line.get_color(), line.get_marker(), line.get_linestyle()) for line in axis.lines}
    assert len(looks) == 12


def test_bars_are_as_long_as_their_values_and_stand_in_their_order():
    axis = FIGURES["bars"]().axes[0]
    bars = axis.patches
    assert [bar.get_width() for bar in bars] == [0.9, 0.5]
    places = [axis.transData.transform((0, bar.get_y()))[1] for bar in bars]
    assert places[0] > places[1]  # the first on top
    assert list(axis.lines[0].get_xdata()) == [0.1, 0.1]
    assert dots(axis) == [[[0.8, 0], [0.95, 0]], []], "other seeds, in the row of their bar"
    values = {text.get_text(): text.get_position() for text in axis.texts}
    assert values == {"0.900": (1.02, 0), "0.500": (1.02, 1)}, "beside the axes, not in them"
    assert not any(line.get_visible() for line in axis.get_ygridlines())


@pytest.mark.parametrize(
    "value, digits",
    [
        (0.036, "0.0360"),
        (137.24, "137"),
        (9.996, "10.0"),
        (-0.5, "-0.500"),
        (12345, "12300"),
        (0, "0"),
        (1e-7, "1e-07"),
        (np.nan, "nan"),
    ],
)
def test_a_value_is_written_with_three_digits(value, digits):
    assert three_digits(value) == digits


def test_names_beside_curves_stand_at_their_heights_and_never_on_each_other():
    apart = {"a": ([0, 1], [0, 0.0]), "b": ([0, 1], [1, 0.5]), "c": ([0, 1], [1, 1.0])}
    close = {name: ([0, 1], [0, 0.01 * number]) for number, name in enumerate("abc")}
    for series, moved in ((apart, False), (close, True)):
        axis = plots.curves(series, xlabel="x", ylabel="y", levels={"l": 2.0}).axes[0]
        FigureCanvasAgg(axis.figure).draw()
        heights = [text.get_position()[1] for text in axis.texts]
        assert np.min(np.diff(sorted(heights))) > 0.05
        ends = [text.xy[1] for text in axis.texts]
        assert (np.abs(np.subtract(heights, ends)).max() > 0.01) == moved
        assert np.argsort(heights).tolist() == np.argsort(ends, kind="stable").tolist()


def test_measures_have_a_panel_each_and_refuse_rows_that_measure_something_else():
    left, right = FIGURES["measures"]().axes
    assert [left.get_title(), right.get_title()] == ["confidence", "classes"]
    assert [bar.get_width() for bar in right.patches] == [9.98, 1.0]
    assert left.get_xlim() == (0, 1)
    with pytest.raises(ValueError, match="b has the measures"):
        plots.measures({"a": {"x": 1}, "b": {"y": 1}})


def test_every_class_has_a_plane_with_its_codes_over_all_others():
    axes = [axis for axis in FIGURES["class_planes"]().axes if axis.get_visible()]
    assert len(axes) == 7
    for digit, axis in enumerate(axes):
        others, own = dots(axis)
        assert own == CODES[digit == LABELS % 7].tolist() and len(own) + len(others) == 400
        assert [text.get_text() for text in axis.texts] == [str(digit)]
        assert axis.get_xlim() == axes[0].get_xlim()


def test_a_thumbnail_stands_at_the_rank_of_its_code_in_the_color_of_its_class():
    codes = np.array([[0.0, 0.0], [1.0, 1000.0], [50.0, 2.0], [51.0, 1.0]])
    images = np.zeros((4, 28, 28))
    images[:, 0, 0] = 1  # one pixel of ink, top left
    sheet = plots.thumbnails(codes, images, [0, 1, 2, 3], count=4).axes[0].images[0].get_array()
    assert sheet.shape == (112, 112, 3)
    places = {(0, 3): 0, (1, 0): 1, (2, 1): 2, (3, 2): 3}  # (column, row from above) -> label
    for (column, row), label in places.items():
        color = to_hex(sheet[28 * row, 28 * column]).upper()
        assert color == plots.COLORS[label]
    assert (np.asarray(sheet) == 1).all(axis=-1).sum() == 112 * 112 - 4, "the rest is paper"


def test_games_are_dots_in_their_row_with_a_bar_at_the_median():
    rows = {"a": np.array([1.0, 2, 9]), "b": np.array([4.0, 5])}
    axis = plots.games(rows, xlabel="x", level=("l", 3), log_x=False).axes[0]
    assert dots(axis) == [[[1, 0], [2, 0], [9, 0]], [[4, 1], [5, 1]]]
    for place, (median, bar) in enumerate(zip((2, 4.5), axis.lines, strict=False)):
        assert list(bar.get_xdata()) == [median] * 2 and np.mean(bar.get_ydata()) == place
        assert np.ptp(bar.get_ydata()) < 1  # it stays in its row
    assert list(axis.lines[2].get_xdata()) == [3, 3] and axis.get_ylim()[0] > axis.get_ylim()[1]
    assert (axis.get_xscale(), FIGURES["games"]().axes[0].get_xscale()) == ("linear", "log")


def test_a_marked_value_stands_in_its_row_of_games_and_in_its_words():
    rows, others = {"a": [1.0, 3], "b": [], "c": [5.0]}, {"c": 4.0, "b": 7.0}
    figure = plots.games(rows, xlabel="x", marks=("others", others))
    (axis,) = figure.axes
    assert dots(axis) == [[[1, 0], [3, 0]], [[5, 2]], [[4, 2], [7, 1]]]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["a", "b", "c"]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["others"]
    assert figure.alt.endswith("a 2 (2 dots); c 5 (1 dots); c (others) 4; b (others) 7.")
    with pytest.raises(ValueError, match="there is no row d"):
        plots.games(rows, xlabel="x", marks=("others", {"d": 1.0}))


def test_histograms_are_shares_on_one_scale():
    values = {"a": np.array([0.1, 0.1, 0.1, 0.9]), "b": np.linspace(0, 1, 50)}
    left, right = plots.histograms(values, x=(0, 1), xlabel="x", bins=5).axes
    assert [bar.get_height() for bar in left.patches] == [0.75, 0, 0, 0, 0.25]
    np.testing.assert_allclose([bar.get_height() for bar in right.patches], 0.2)
    assert left.get_ylim() == right.get_ylim() and 0.75 < left.get_ylim()[1] < 0.8
    assert left.get_xlim() == (0, 1) and (left.get_ylabel(), right.get_ylabel()) == ("share", "")


def test_a_code_has_the_color_of_its_digit_and_points_are_numbered_from_one():
    codes, labels = np.array([[0.0, 1.0], [2.0, 5.0], [4.0, 3.0]]), np.array([9, 0, 4])
    axis = plots.latent_scatter({"codes": (codes, labels)}, points=codes[:2] + 1).axes[0]
    cloud, marks = axis.collections
    assert [cloud.get_offsets().tolist(), marks.get_offsets().tolist()] == [
        codes.tolist(),
        (codes[:2] + 1).tolist(),
    ]
    FigureCanvasAgg(axis.figure).draw()
    assert [to_hex(color).upper() for color in cloud.get_facecolors()] == [
        plots.COLORS[label] for label in labels
    ]
    numbers = {text.get_text(): text for text in axis.texts if hasattr(text, "xy")}
    assert [tuple(numbers[name].xy) for name in ("1", "2")] == [(1, 2), (3, 6)]
    named = {text.get_text(): text.get_color() for text in axis.texts if not hasattr(text, "xy")}
    assert named == {str(label): plots.COLORS[label] for label in labels}


def test_the_axes_hold_as_many_codes_as_zoom_says():
    codes = np.stack([np.linspace(0, 1, 1001), 10 - 5 * np.linspace(0, 1, 1001)], axis=1)
    axis = plots.latent_scatter({"codes": (codes, None)}, zoom=80).axes[0]
    for values, (low, high) in zip(codes.T, (axis.get_xlim(), axis.get_ylim()), strict=True):
        assert 0.05 < np.mean(values < low) <= 0.1 and 0.05 < np.mean(values > high) <= 0.1


def test_an_image_is_gray_from_white_paper_to_black_ink_without_ticks():
    names = ("image_rows", "image_grid", "decoded_plane")
    axes = [axis for name in names for axis in FIGURES[name]().axes]
    for image in (image for axis in axes for image in axis.images):
        assert image.get_interpolation() == "nearest" and image.get_clim() == (0, 1)
        np.testing.assert_allclose(image.to_rgba([0, 0.5, 1])[:, 0], [1, 0.5, 0], atol=0.01)
    rows, grid, _ = axes
    assert len(grid.get_xticks()) == len(grid.get_yticks()) == 0
    ticks = [*rows.xaxis.get_major_ticks(), *rows.yaxis.get_major_ticks()]
    assert len(ticks) == 8 and all(tick.tick1line.get_markersize() == 0 for tick in ticks)
    assert not any(spine.get_visible() for spine in rows.spines.values())


def test_an_image_of_the_plane_is_centered_on_its_code():
    asked = []

    def decode(codes):
        asked.append(codes)
        return np.zeros((len(codes), 2, 2))

    axis = plots.decoded_plane(decode, x=(1, 2), y=(10, 14), count=3).axes[0]
    (codes,) = asked
    assert codes.dtype == np.float32 and codes[[0, 1, -1]].tolist() == [[1, 14], [1.5, 14], [2, 10]]
    assert axis.images[0].get_extent() == [0.75, 2.25, 9, 15]


def test_a_table_is_the_darker_the_larger_and_marks_the_best_of_each_column():
    rows = {"a": {"x": 0.2, "y": 0.9}, "b": {"x": 0.6, "y": np.nan}}
    axis = plots.shaded(rows).axes[0]
    assert axis.images[0].get_array().tolist()[0] == [0.2, 0.9]
    found = {text.get_text(): text.get_fontweight() for text in axis.texts}
    assert found == {"0.200": "normal", "0.900": "bold", "0.600": "bold"}
    with pytest.raises(ValueError, match="b has the columns"):
        plots.shaded({"a": {"x": 1}, "b": {"y": 1}})


def test_time_runs_in_units_and_events_are_shaded_from_their_first_step_to_their_last():
    figure = FIGURES["timelines"]()
    axis = figure.axes[0]
    assert axis.lines[0].get_xdata().tolist() == [0, 0.5, 1, 1.5, 2]
    (shade,) = axis.patches
    assert (shade.get_x(), shade.get_x() + shade.get_width()) == (0.25, 1.25)
    assert figure.axes[1].lines[-1].get_ydata() == [0.5, 0.5]


def test_no_two_lines_of_a_panel_look_the_same():
    lines = {f"line {number}": [number, number] for number in range(len(plots.COLORS) + 1)}
    figure = plots.timelines({"many": lines}, xlabel="step")
    looks = {(line.get_color(), line.get_linestyle()) for line in figure.axes[0].lines}
    assert len(looks) == len(lines)
