"""Make what a release of the course attaches: `python docs/release.py`, into build/release.

The wheel, the site and the slides of all lessons, each of the last two in one archive that needs no
network, and the words of the changelog about this version. Needs the extras `site` and `slides`.
With a tag, such as v1.0.0, it first makes sure that everything names this version.
"""

from pathlib import Path
import re
import shutil
import subprocess
import sys

from aecourse import __version__

ROOT = Path(__file__).resolve().parents[1]


def notes(version: str, root: Path = ROOT) -> tuple[str, str]:
    """The date of a version and the changelog's words about it. ValueError where there are none."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    parts = re.split(r"^## \[([^\]]+)\](?: - (\S+))?$", text, flags=re.MULTILINE)[1:]
    for name, date, words in zip(*(parts[place::3] for place in range(3)), strict=True):
        if name == version:
            return date or "", words.strip() + "\n"
    raise ValueError(f"CHANGELOG.md has no part for version {version}.")


def problems(tag: str, root: Path = ROOT, version: str = __version__) -> list[str]:
    """What keeps a tag from being a release, as sentences."""
    found = [] if tag == f"v{version}" else [f"The tag is {tag}, and the package {version}."]
    try:
        date, _ = notes(version, root)
    except ValueError as error:
        return [*found, str(error)]
    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    for line in (f"version: {version}", f"date-released: {date}"):
        if line not in citation.splitlines():
            found.append(f"CITATION.cff does not say {line!r}, as CHANGELOG.md does.")
    return found


def make(folder: Path) -> None:
    """Fill a folder, which is made anew. Raises CalledProcessError where a part cannot be made."""
    for old in (folder, ROOT / "build" / "lib"):  # setuptools would pack what lies in the latter
        shutil.rmtree(old, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "notes.md").write_text(notes(__version__)[1], encoding="utf-8")
    wheel = "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)
    parts = folder.parent / "parts"
    for command in (
        ("-m", *wheel),
        (str(ROOT / "docs" / "site" / "build.py"), str(parts / "site")),
        ("-m", "aecourse", "teach", str(parts / "class")),
    ):
        subprocess.run([sys.executable, *command], check=True, cwd=ROOT)
    for name, source in (("site", parts / "site" / "html"), ("slides", parts / "class" / "slides")):
        archive = folder / f"aecourse-{name}-{__version__}"
        shutil.make_archive(str(archive), "zip", source.parent, source.name)
    shutil.rmtree(parts)


if __name__ == "__main__":
    if wrong := [problem for tag in sys.argv[1:2] for problem in problems(tag)]:
        sys.exit("\n".join(wrong))
    make(ROOT / "build" / "release")
    for path in sorted((ROOT / "build" / "release").iterdir()):
        print(f"{path.stat().st_size / 1e6:6.1f} MB  {path.relative_to(ROOT)}")
