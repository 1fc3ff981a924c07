"""How Sphinx makes the site. `build.py` puts its sources together and runs it."""

from pathlib import Path
import sys

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import launch  # noqa: E402 (it lies in one of these two folders)

# Where the course is published. Without that there are no buttons that lead there.
repository = launch.address()

project = "aecourse"
author = "the authors of aecourse"
copyright = "text and figures CC BY 4.0, code MIT"
language = "en"

extensions = ["myst_nb", "transforms"]
include_patterns = ["*.md", "results/*.md", "docs/*.md", "data/README.md", "notebooks/*.ipynb"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # pages are of the notebooks as committed
nb_merge_streams = True
html_copy_source = html_show_sourcelink = True
html_sourcelink_suffix = ""

mathjax_path = "mathjax/tex-chtml.js"  # which build.py copies there
mathjax3_config = {"options": {"enableMenu": False}}

html_theme = "sphinx_book_theme"
html_title = "Autoencoders you can run, measure and break"
html_favicon = str(HERE / "static" / "favicon.svg")
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_theme_options = {
    "use_download_button": True,
    "home_page_in_toc": True,
    "navbar_persistent": [],  # the search button stands in the sidebar
}
if repository:
    html_theme_options |= {
        "repository_url": repository,
        "repository_branch": "main",
        "use_repository_button": True,
        "use_issues_button": True,
        "launch_buttons": {
            "colab_url": "https://colab.research.google.com",
            "binderhub_url": "https://mybinder.org",
        },
    }
