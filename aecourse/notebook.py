"""What the course shows in a notebook that is neither a figure nor a model.

`Live` is a display that updates in place (in a terminal it prints lines instead),
`show_source` shows a function as it stands in the package, `explore` moves through codes by
sliders and `animate` makes figures move. Figures are made in `plots`.
"""

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
import html
import inspect
import io
import json
import math
import textwrap
from typing import Any

from aecourse.door import numbers
import numpy as np

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


def _data_url(kind, data):
    """An image as an address that needs no file."""
    return f"data:image/{kind};base64,{b64encode(data).decode()}"


def _embedded(kind, data, alt):
    """An HTML image that needs no file."""
    return f'<img alt="{html.escape(alt, quote=True)}" src="{_data_url(kind, data)}">'


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
        self, text: str, *, done: float = 0.0, picture: str | None = None, lasting: bool = False
    ) -> None:
        """Show a bar filled to `done` in [0, 1], `text`, and below an `image_tag`, or "" to keep
        a place for one that comes later."""
        if not self._notebook:
            if lasting:
                print(text, flush=True)
            return
        bar = "" if done >= 1 else f'<progress value="{done:.3f}" max="1"></progress> '
        below = '<div style="height: 16em"></div>' if picture == "" else picture or ""
        page = f"<div>{bar}<code>{html.escape(text)}</code><br>{below}</div>"
        bundle = {"text/plain": text, "text/html": page}
        if self._handle is None:
            from IPython.display import display

            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


@dataclass(frozen=True, repr=False)
class Page:
    """HTML that needs no kernel, network or player, and a picture for where there is no HTML.

    html: shown where a viewer can; still: a PNG, shown elsewhere; alt: what they show, in words.
    """

    html: str
    still: bytes
    alt: str

    def _repr_mimebundle_(self, **how):
        still = b64encode(self.still).decode()
        bundle = {"text/plain": self.alt, "text/html": self.html, "image/png": still}
        return bundle, {"image/png": {"alt": self.alt}}


def animate(figures: Sequence, *, alt: str, seconds: float = 0.15) -> Page:
    """Matplotlib figures of one size, shown one after the other, over and over.

    alt: the animation in words; seconds: how long each figure stays. The last stays two seconds,
    and is what paper shows. Raises ValueError without figures.
    """
    from PIL import Image

    pictures = [png(figure, dpi=_IMAGE_DPI, cropped=False) for figure in figures]
    if not pictures:
        raise ValueError("figures is empty; an animation takes one Figure or more.")
    frames = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures]
    frames = [frame.quantize(32, dither=Image.Dither.NONE) for frame in frames]
    durations = [round(1000 * seconds)] * (len(frames) - 1) + [2000]
    file = io.BytesIO()
    how = dict(save_all=True, append_images=frames[1:], loop=0, optimize=True)
    frames[0].save(file, format="GIF", duration=durations, **how)
    still = png(figures[-1], dpi=_IMAGE_DPI)
    return Page(_embedded("gif", file.getvalue(), alt), still, alt)


_GRAYS = 16
_MOST_PIXELS = 2_000_000
_FEWEST_PIXELS = 64
"""Of an image worth a slider: tells before anything is decoded that there are too many."""
_WIDTH = 560


def _gray_png(image):
    """An image (height, width) in [0, 1], 1 is black, as a PNG of 16 grays."""
    from PIL import Image

    levels = np.rint((1 - np.clip(image, 0, 1)) * (_GRAYS - 1)).astype(np.uint8)
    picture, file = Image.fromarray(levels), io.BytesIO()
    picture.putpalette(np.repeat(np.linspace(0, 255, _GRAYS), 3).astype(np.uint8).tobytes())
    picture.save(file, format="PNG", optimize=True, bits=4)
    return file.getvalue()


# Cuts the image that belongs to the sliders' places out of the sheet. A viewer that runs no script
# (an untrusted notebook) keeps the still image and shows no sliders. JupyterLab has commands on the
# arrow keys; on a slider they move it.
_SLIDERS = """{
const {height, scale, sheet, sliders, width} = %s;
const script = document.currentScript, image = script.parentElement.querySelector("img");
const make = (kind, how) => Object.assign(document.createElement(kind), how);
const canvas = make("canvas", {width: scale * width, height: scale * height});
const pen = canvas.getContext("2d"), source = new Image(), words = image.alt;
pen.imageSmoothingEnabled = false;
const show = () => {
  let place = 0;
  const said = sliders.map(({name, input, stops}) => {
    place = place * stops.length + input.valueAsNumber;
    const stop = input.nextSibling.textContent = stops[input.value];
    input.setAttribute("aria-valuetext", stop);
    return `${name} ${stop}`;
  });
  const columns = source.width / width, row = Math.floor(place / columns);
  const corner = [(place - row * columns) * width, row * height];
  pen.drawImage(source, ...corner, width, height, 0, 0, canvas.width, canvas.height);
  image.src = canvas.toDataURL();
  image.alt = `${words} (${said.join(", ")})`;
};
for (const slider of sliders) {
  const last = slider.stops.length - 1, label = make("label");
  label.style = "display: grid; grid-template-columns: 9ch 15em 6ch; gap: 1ch";
  slider.input = make("input", {type: "range", max: last, value: (last + 1) >> 1, oninput: show});
  slider.input.setAttribute("aria-label", slider.name);
  slider.input.onkeydown = (event) => {
    if (/^(Arrow|Home|End|Page)/.test(event.key)) event.stopPropagation();
  };
  label.append(slider.name, slider.input, make("span"));
  script.before(label);
}
source.onload = show;
source.src = sheet;
}"""


def explore(
    decode: Callable[[np.ndarray], np.ndarray],
    *,
    alt: str,
    stops: int = 21,
    **sliders: tuple[float, float] | range,
) -> Page:
    """Sliders that move through codes; all images are decoded at once, so no kernel is needed.

    decode: codes (n, number of sliders) -> images (n, height, width) in [0, 1], for all
    combinations of the sliders' values; alt: the image in words; stops: how many values a slider
    takes. sliders: name -> (low, high), or a range whose whole numbers it takes. Each begins in the
    middle. Raises ValueError for images of another shape and for more than two million pixels.
    """
    if not sliders:
        raise ValueError("explore takes one slider or more, such as x=(-2, 2).")
    values = {
        name: np.array(limits) if isinstance(limits, range) else np.linspace(*limits, stops)
        for name, limits in sliders.items()
    }
    lengths = [len(each) for each in values.values()]
    too_much = (
        f", of {_MOST_PIXELS} at most: a notebook keeps all of them. Take fewer sliders or fewer "
        "stops."
    )
    if math.prod(lengths) * _FEWEST_PIXELS > _MOST_PIXELS:
        fewest = math.prod(lengths) * _FEWEST_PIXELS
        raise ValueError(f"{math.prod(lengths)} images have {fewest} pixels or more{too_much}")
    codes = np.stack(np.meshgrid(*values.values(), indexing="ij"), axis=-1)
    codes = codes.reshape(-1, len(lengths)).astype(np.float32)
    images = numbers(decode(codes), "decode(codes)", shape=(None, None), count=len(codes))
    if images.size > _MOST_PIXELS:
        raise ValueError(f"{len(codes)} images have {images.size} pixels{too_much}")
    (height, width), columns = images.shape[1:], lengths[-1]
    scale = max(1, min(8, _WIDTH // width))
    sheet = images.reshape(-1, columns, height, width).transpose(0, 2, 1, 3)
    middle = np.ravel_multi_index([length // 2 for length in lengths], lengths)
    still = _gray_png(images[middle].repeat(scale, axis=0).repeat(scale, axis=1))
    about = {
        "height": height,
        "width": width,
        "scale": scale,
        "sliders": [
            {"name": name.replace("_", " "), "stops": [f"{value:.3g}" for value in each]}
            for name, each in values.items()
        ],
        "sheet": _data_url("png", _gray_png(sheet.reshape(-1, columns * width))),
    }
    script = _SLIDERS % json.dumps(about)
    return Page(
        '<div style="image-rendering: pixelated">'
        f"{_embedded('png', still, alt)}<script>{script}</script></div>",
        still,
        alt,
    )
