"""What a release needs: one version everywhere, a valid CITATION.cff, and what is attached."""

import json
from pathlib import Path
import runpy
import shutil
import subprocess
import zipfile

import aecourse
import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[2]
RELEASE = runpy.run_path(str(ROOT / "docs" / "release.py"))
# The Citation File Format 1.2.0, as cffconvert 2.0.0 ships its schema (CC BY 4.0). That package
# itself asks for an older jsonschema than Jupyter does.
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "cff-1.2.0.json").read_text("utf-8"))
CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")


class TextOfDates(yaml.SafeLoader):
    """YAML in which a date is a text, as the schema has it."""


TextOfDates.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if tag != "tag:yaml.org,2002:timestamp"]
    for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def validate(text):
    checker = jsonschema.Draft7Validator.FORMAT_CHECKER
    jsonschema.validate(yaml.load(text, TextOfDates), SCHEMA, format_checker=checker)


def test_the_citation_is_valid():
    validate(CITATION)


@pytest.mark.parametrize(
    "right, wrong",
    [
        ("title:", "titel:"),
        ("type: software", "type: course"),
        ("license: MIT", "license: free"),
        ("date-released: ", "date-released: 31-"),
        ("cff-version: 1.2.0", "cff-version: 9"),
    ],
)
def test_a_citation_that_is_not_valid_is_found(right, wrong):
    assert right in CITATION
    with pytest.raises(jsonschema.ValidationError):
        validate(CITATION.replace(right, wrong))


def test_everything_names_this_version():
    assert RELEASE["problems"](f"v{aecourse.__version__}") == []


@pytest.mark.parametrize(
    "name, right, wrong, problem",
    [
        ("CHANGELOG.md", "## [{}]", "## [9.9]", "CHANGELOG.md has no part for version {}."),
        ("CITATION.cff", "version: {}", "version: 9.9", "does not say 'version: {}'"),
        ("CITATION.cff", "-released: 2", "-released: 1", "does not say 'date-released: 2"),
    ],
)
def test_another_version_somewhere_is_told(tmp_path, name, right, wrong, problem):
    version = aecourse.__version__
    for path in ("CHANGELOG.md", "CITATION.cff"):
        shutil.copy(ROOT / path, tmp_path)
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert right.format(version) in text
    text = text.replace(right.format(version), wrong)
    (tmp_path / name).write_text(text, encoding="utf-8")
    (told,) = RELEASE["problems"](f"v{version}", tmp_path)
    assert problem.format(version) in told


def test_a_tag_of_another_version_is_told():
    (told,) = RELEASE["problems"]("v0.0.1")
    assert told == f"The tag is v0.0.1, and the package {aecourse.__version__}."


def test_notes_are_the_changelogs_words_about_the_version():
    date, words = RELEASE["notes"]("0.1.0")
    assert date == "2026-11-22" and words.startswith("The first eight lessons")
    assert "##" not in words


def test_site_slides_and_wheel_are_attached(tmp_path, monkeypatch):
    """Each as its own command makes it; here those leave a file each."""

    def made(command, **how):
        names = {"build.py": "html/index.html", "teach": "slides/00.html"}
        said = {Path(part).name for part in command}
        for made in (Path(command[-1]) / name for word, name in names.items() if word in said):
            made.parent.mkdir(parents=True)
            made.write_text("")
        if "wheel" in said:
            (Path(command[-2]) / "aecourse-py3-none-any.whl").write_text("")

    monkeypatch.setattr(subprocess, "run", made)
    folder = tmp_path / "release"
    (folder / "old").mkdir(parents=True)
    RELEASE["make"](folder)
    version = aecourse.__version__
    archives = f"aecourse-site-{version}.zip", f"aecourse-slides-{version}.zip"
    assert {path.name for path in folder.iterdir()} == {
        *archives, "aecourse-py3-none-any.whl", "notes.md"
    }  # fmt: skip
    inside = [zipfile.ZipFile(folder / name).namelist() for name in archives]
    assert "html/index.html" in inside[0] and "slides/00.html" in inside[1]
    assert not (tmp_path / "parts").exists()


def test_a_tag_makes_the_release():
    workflow = yaml.safe_load(WORKFLOW)
    assert workflow[True] == {"push": {"tags": ["v*"]}}  # YAML 1.1 reads `on` as true
    assert workflow["permissions"] == {"contents": "write"}
    commands = [step.get("run", "") for step in workflow["jobs"]["release"]["steps"]]
    (making,) = (n for n, said in enumerate(commands) if "docs/release.py" in said)
    (attached,) = (n for n, said in enumerate(commands) if "gh release create" in said)
    assert making < attached and '"$GITHUB_REF_NAME"' in commands[making]
    for part in ("build/release/*.whl", "build/release/*.zip", "build/release/notes.md"):
        assert part in commands[attached]
