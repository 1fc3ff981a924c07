"""What the course shows in a notebook that is neither a figure nor a model.

`Live` is a display that updates in place (in a terminal it prints lines instead), and
`show_source` shows a function as it stands in the package. Figures are made in `plots`.
"""

from base64 import b64encode
import html
import inspect
import io
import textwrap

_IMAGE_DPI = 72


def in_notebook() -> bool:
    """Whether this process is a Jupyter kernel."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")


def show_source(function):
    """The source of a function or method, highlighted: a learner reads what really runs."""
    from IPython.display import Markdown

    return Markdown(f"```python\n{textwrap.dedent(inspect.getsource(function)).rstrip()}\n```")


def image_tag(figure, alt: str) -> str:
    """A Matplotlib figure as an HTML image that needs no file; alt: the figure in words."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_IMAGE_DPI, bbox_inches="tight")
    data = b64encode(file.getvalue()).decode()
    return f'<img alt="{html.escape(alt, quote=True)}" src="data:image/png;base64,{data}">'


class Live:
    """One display that is replaced at every `update`, so that a saved notebook keeps the last.

    A display that nobody watches (a terminal, a log) gets the lines marked `lasting` only.
    """

    def __init__(self):
        self._handle = None
        self._notebook = in_notebook()

    def update(self, text, *, done=0.0, picture="", lasting=False):
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
