"""What the course shows in a notebook that is neither a figure nor a model.

`Live` is a display that updates in place (in a terminal it prints lines instead),
`show_source` shows a function as it stands in the package, `explore` moves a figure by sliders
and `animate` makes several move. Figures are made in `plots`.
"""

from base64 import b64encode
from collections.abc import Callable, Sequence
import html
import inspect
import io
import textwrap
from typing import Any

_IMAGE_DPI = 72


def in_notebook() -> bool:
    """Whether this process is a Jupyter kernel."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")


def show_source(function: Callable) -> Any:
    """The source of a function or method, highlighted: a learner reads what really runs."""
    from IPython.display import Markdown

    return Markdown(f"```python\n{textwrap.dedent(inspect.getsource(function)).rstrip()}\n```")


def png(figure, *, dpi: float = 100, cropped: bool = True) -> bytes:
    """A Matplotlib figure as a PNG of at most 256 colors, a third of the size of a full one.

    dpi: pixels an inch; cropped: cut to what is drawn, as a notebook shows it.
    """
    from PIL import Image

    file, palette = io.BytesIO(), io.BytesIO()
    edges = "tight" if cropped else None
    figure.savefig(file, format="png", dpi=dpi, bbox_inches=edges, pil_kwargs={"compress_level": 1})
    picture = Image.open(file).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    picture.save(palette, format="PNG", optimize=True)
    return palette.getvalue()


def _embedded(kind, data, alt):
    """An HTML image that needs no file."""
    data = b64encode(data).decode()
    return f'<img alt="{html.escape(alt, quote=True)}" src="data:image/{kind};base64,{data}">'


def image_tag(figure, alt: str = "") -> str:
    """A Matplotlib figure as an HTML image that needs no file; alt: the figure in words, its own
    where none is given."""
    words = alt or getattr(figure, "alt", "") or "A picture of the training"
    return _embedded("png", png(figure, dpi=_IMAGE_DPI), words)


class Live:
    """One display that is replaced at every `update`, so that a saved notebook keeps the last.

    A display that nobody watches (a terminal, a log) gets the lines marked `lasting` only.
    """

    def __init__(self):
        self._handle = None
        self._notebook = in_notebook()

    def update(
        self, text: str, *, done: float = 0.0, picture: str = "", lasting: bool = False
    ) -> None:
        """Show `text`, a bar filled to `done` in [0, 1], and an `image_tag` below."""
        if not self._notebook:
            if lasting:
                print(text, flush=True)
            return
        bar = "" if done >= 1 else f' <progress value="{done:.3f}" max="1"></progress>'
        page = f"<div><code>{html.escape(text)}</code>{bar}<br>{picture}</div>"
        bundle = {"text/plain": text, "text/html": page}
        if self._handle is None:
            from IPython.display import display

            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


class Animation:
    """Figures of one size, shown one after the other, over and over; see `animate`.

    Where a page cannot play it (paper, a viewer without HTML) it is the last figure.
    """

    def __init__(self, figures, alt, seconds):
        from PIL import Image

        pictures = [png(figure, dpi=_IMAGE_DPI, cropped=False) for figure in figures]
        frames = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures]
        frames = [frame.quantize(32, dither=Image.Dither.NONE) for frame in frames]
        durations = [round(1000 * seconds)] * (len(frames) - 1) + [2000]
        file, self._alt = io.BytesIO(), alt
        how = dict(save_all=True, append_images=frames[1:], loop=0, optimize=True)
        frames[0].save(file, format="GIF", duration=durations, **how)
        self.gif, self._still = file.getvalue(), png(figures[-1], dpi=_IMAGE_DPI)

    def _repr_mimebundle_(self, **how):
        still = b64encode(self._still).decode()
        page = _embedded("gif", self.gif, self._alt)
        bundle = {"text/plain": self._alt, "text/html": page, "image/png": still}
        return bundle, {"image/png": {"alt": self._alt}}


def animate(figures: Sequence, *, alt: str, seconds: float = 0.15) -> Animation:
    """Matplotlib figures of one size as a moving picture that needs no network and no player.

    alt: the animation in words; seconds: how long each figure stays. The last stays two seconds.
    Raises ValueError without figures.
    """
    figures = list(figures)
    if not figures:
        raise ValueError("figures is empty; an animation takes one Figure or more.")
    return Animation(figures, alt, seconds)


class Explorer:
    """A figure that sliders redraw; see `explore`.

    Where widgets are not available (a page on GitHub, a saved notebook) it is the figure of the
    first values, without sliders.
    """

    def __init__(self, draw, alt, sliders):
        import ipywidgets as widgets

        self._draw, self._alt = draw, alt
        self._image = widgets.Image(format="png")
        self.sliders = {
            name: self._slider(widgets, name.replace("_", " "), *limits)
            for name, limits in sliders.items()
        }
        for slider in self.sliders.values():
            slider.observe(lambda change: self._redraw(), names="value")
        self._redraw()
        self._box = widgets.VBox([*self.sliders.values(), self._image])

    @staticmethod
    def _slider(widgets, words, low, high):
        whole = isinstance(low, int) and isinstance(high, int)
        kind = widgets.IntSlider if whole else widgets.FloatSlider
        step = 1 if whole else (high - low) / 100
        middle = low if whole else (low + high) / 2
        return kind(value=middle, min=low, max=high, step=step, description=words)

    def _redraw(self):
        values = {name: slider.value for name, slider in self.sliders.items()}
        self._image.value = png(self._draw(**values), dpi=_IMAGE_DPI)

    def _repr_mimebundle_(self, **how):
        bundle = self._box._repr_mimebundle_(**how) or {}
        still = {"text/plain": self._alt, "image/png": b64encode(self._image.value).decode()}
        return {**bundle, **still}, {"image/png": {"alt": self._alt}}


def explore(draw, *, alt: str, **sliders: tuple[float, float]) -> Explorer:
    """Sliders that redraw a figure: move through codes, see the digits.

    draw: function of one number for each slider that gives a Figure; alt: the figure in words;
    sliders: name -> (low, high). Two whole numbers make a slider of whole numbers that begins
    at the lower; any other begins in the middle.
    """
    return Explorer(draw, alt, sliders)
