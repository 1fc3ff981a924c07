"""Figures: returned and not shown, in the course's style, readable, and described in words."""

from base64 import b64decode
import inspect
import io

from aecourse import plots
from aecourse.notebook import image_tag, png
from matplotlib.backends.backend_agg import FigureCanvasAgg
import matplotlib.pyplot as plt
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
    "place_and_image": lambda **how: plots.place_and_image(
        CODES, LABELS, point=(1.5, -0.5), image=IMAGES[0], **how
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
    "games": lambda **how: plots.games(
        {"a": [0.1, 0.2], "b": [0.2, 0.7]}, xlabel="x", level=("line", 0.1), **how
    ),
    "game": lambda **how: plots.game(
        LINE,
        densities={"p": np.ones(5), "q": 0 * LINE},
        decisions={"D": LINE**2},
        noise=LINE,
        values=LINE,
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
        {"network": 0.9, "PCA": 0.5}, xlabel="accuracy", baseline=("chance", 0.1), **how
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
    charts = [axis for axis in figure.axes if not axis.images]
    for axis in charts:
        assert not axis.spines["top"].get_visible() and not axis.spines["right"].get_visible()
        lines = [line for line in axis.get_xgridlines() if line.get_visible()]
        assert lines and {line.get_alpha() for line in lines} == {0.3}
        assert axis.title.get_fontsize() == 11
    for axis in pictures:
        shown = [*axis.get_xgridlines(), *axis.get_ygridlines()]
        assert not any(line.get_visible() for line in shown)
    if name == "image_rows":
        assert all(spine.get_visible() for spine in pictures[0].spines.values())


def words_of(figure):
    """Where each word that is seen stands: [(word, box)]."""
    found = [text for axis in figure.axes for text in axis.texts]
    for axis in filter(lambda axis: axis.get_visible(), figure.axes):
        found += [axis.title, axis.xaxis.label, axis.yaxis.label]
        for side, limits in ((axis.xaxis, axis.get_xlim()), (axis.yaxis, axis.get_ylim())):
            ticks = [*side.get_major_ticks(), *side.get_minor_ticks()]
            low, high = sorted(limits)
            found += [tick.label1 for tick in ticks if low <= tick.get_loc() <= high]
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
    'explore(lambda n: plots.bars({"a": n}, xlabel="x"), alt="a bar", n=(0, 3))',
    '%config InlineBackend.figure_formats = ["svg"]\nplots.bars({"a": 1}, xlabel="x", alt="last")',
)


def test_a_notebook_keeps_one_picture_with_its_words_beside_it():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    for cell, words in zip(
        notebook.cells, ("one bar", "a bar that grows", "a bar", "last"), strict=True
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


def test_rows_of_images_can_have_limits_of_their_own():
    shown = {
        limits: plots.image_rows({"a": IMAGES * 9}, limits=limits).axes[0].images[0].get_clim()
        for limits in ((0, 1), None)
    }
    assert shown == {(0, 1): (0, 1), None: (9 * IMAGES.min(), 9 * IMAGES.max())}


def test_the_ten_colors_differ():
    assert len(set(plots.COLORS)) == 10


def test_panels_of_codes_can_share_their_axes_and_go_without_labels():
    codes = np.array([[0.0, 1.0], [5.0, -3.0]])
    figure = plots.latent_scatter({"codes": (codes, np.array([1, 2])), "p": (codes, None)}, reach=2)
    for axis in figure.axes:
        assert axis.get_xlim() == axis.get_ylim() == (-2, 2)
    assert [len(axis.texts) for axis in figure.axes] == [2, 0]


def test_a_panel_that_leaves_out_the_farthest_codes_says_so():
    codes = np.concatenate([CODES, [[90.0, 90.0]]])
    axis = plots.latent_scatter({"codes": (codes, None)}, zoom=99).axes[0]
    assert axis.get_title() == "codes (the middle 99 %)" and axis.get_xlim()[1] < 10
    assert plots.latent_scatter({"codes": (codes, None)}).axes[0].get_xlim()[1] > 90


def test_the_names_in_a_game_can_be_read_on_top_of_its_curves():
    legend = FIGURES["game"]().axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["p", "q", "D"]
    assert legend.get_frame_on() and legend.get_frame().get_alpha() > 0.5


def test_digits_are_named_at_the_median_of_their_codes_where_there_is_room():
    middles = np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]])
    labels = np.arange(300) % 3
    codes = middles[labels] + 0.1 * RANDOM.standard_normal((300, 2))
    texts = plots.latent_scatter({"codes": (codes, labels)}).axes[0].texts
    assert [text.get_text() for text in texts] == ["0", "1", "2"]
    np.testing.assert_allclose([text.get_position() for text in texts], middles, atol=0.1)


def test_a_place_and_its_image_stand_side_by_side():
    codes, image = np.zeros((4, 2)), np.eye(28)
    figure = plots.place_and_image(codes, np.arange(4), point=(1.5, -0.5), image=image)
    plane, picture = figure.axes
    np.testing.assert_array_equal(plane.collections[-1].get_offsets(), [[1.5, -0.5]])
    np.testing.assert_array_equal(picture.images[0].get_array(), image)
