"""Makes plane.png, the README's picture, from the last run of lesson 01:
`.venv/bin/python docs/images/plane.py`."""

from io import BytesIO
from pathlib import Path

from aecourse import datasets, plots, settings
import aecourse.models  # noqa: F401  what the saved model is made of
from aecourse.notebook import png
import keras
import numpy as np
from PIL import Image

COUNT = 22  # images along each side

runs = (settings.runs_folder() / "01_autoencoder").glob("*part=plane*/model.keras")
model = keras.saving.load_model(max(runs), compile=False)
digits = datasets.load("mnist")
codes = model.encoder.predict(digits.x_test, verbose=0)
left = plots.thumbnails(
    codes, digits.x_test, digits.y_test, count=COUNT, title="test digits, drawn at their codes"
)
# The decoder at the middle of each of the left figure's places: the same stretched axes.
x, y = np.quantile(codes, (np.arange(COUNT) + 0.5) / COUNT, axis=0).T
places = np.stack(np.meshgrid(x, y[::-1]), axis=-1).reshape(-1, 2).astype("float32")
images = model.decoder.predict(places, verbose=0).reshape(COUNT, COUNT, 28, 28)
right = plots.image_grid(images, title="what the decoder draws at the same places")
right.axes[0].title.set_size(20)  # the page is made smaller below

pages = [Image.open(BytesIO(png(figure))).convert("RGB") for figure in (left, right)]
height = min(page.height for page in pages)
pages = [p.resize((p.width * height // p.height, height), Image.Resampling.LANCZOS) for p in pages]
sheet = Image.new("RGB", (sum(page.width for page in pages) + 20, height), "white")
for page, place in zip(pages, (0, pages[0].width + 20), strict=True):
    sheet.paste(page, (place, 0))
sheet = sheet.quantize(64, method=Image.Quantize.MAXCOVERAGE)  # keeps colors that are rare
sheet.save(Path(__file__).with_name("plane.png"), optimize=True)
