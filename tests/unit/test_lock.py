"""uv.lock, constraints.txt and pyproject.toml agree: the same packages, in the same versions, on
every Python and system. Nothing is resolved and nothing is fetched."""

from pathlib import Path
import re
import tomllib

from packaging.markers import Marker
from packaging.requirements import Requirement
import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
EXPORT = "uv export --no-hashes --all-extras --no-emit-project --no-annotate -o constraints.txt"
SYSTEMS = {
    "linux": {"sys_platform": "linux", "os_name": "posix", "platform_machine": "x86_64"},
    "mac": {"sys_platform": "darwin", "os_name": "posix", "platform_machine": "arm64"},
    "windows": {"sys_platform": "win32", "os_name": "nt", "platform_machine": "AMD64"},
}


def constraints():
    """The lines as (name, version, marker)."""
    parts = [Requirement(line) for line in CONSTRAINTS.splitlines() if line[0] != "#"]
    return [(part.name, str(part.specifier).removeprefix("=="), part.marker) for part in parts]


def holds(marker, environment):
    return not marker or Marker(str(marker)).evaluate(environment)


def locked(environment):
    """name -> version of what the lock installs there with all extras, found from the course on."""
    packages = {
        package["name"]: package
        for package in LOCK["package"]
        if any(holds(fork, environment) for fork in package.get("resolution-markers", [""]))
    }
    left = [("aecourse", extra) for extra in ("", *EXTRAS)]
    seen = set(left)
    while left:
        name, extra = left.pop()
        by_extra = packages[name].get("optional-dependencies", {})
        for wanted in by_extra.get(extra, ()) if extra else packages[name].get("dependencies", ()):
            if holds(wanted.get("marker"), environment):
                found = {(wanted["name"], extra) for extra in ("", *wanted.get("extra", ()))}
                left += found - seen
                seen |= found
    return {name: packages[name]["version"] for name, _ in seen if name != "aecourse"}


@pytest.mark.parametrize("python", ["3.11.4", "3.11.9", "3.12.8", "3.13.1"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_constraints_are_the_versions_of_the_lock(python, system):
    environment = {
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        **SYSTEMS[system],
    }
    lines = [(name, version) for name, version, m in constraints() if holds(m, environment)]
    assert len(dict(lines)) == len(lines), "a package in two versions"
    assert dict(lines) == locked(environment), EXPORT


def test_nothing_is_constrained_that_is_not_locked():
    """On whichever system."""
    known = {(package["name"], package.get("version")) for package in LOCK["package"]}
    assert {(name, version) for name, version, _ in constraints()} <= known, EXPORT


def test_the_command_that_makes_the_constraints_stands_in_them_and_in_the_docs():
    assert f"#    {EXPORT}\n" in CONSTRAINTS
    assert f"\n{EXPORT}\n" in (ROOT / "docs" / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_lock_is_of_todays_requirements():
    """As `uv lock --check` sees before it asks an index."""
    named = {(part, "") for part in PROJECT["dependencies"]}
    named |= {(part, extra) for extra, parts in EXTRAS.items() for part in parts}
    (course,) = (package for package in LOCK["package"] if package["name"] == "aecourse")
    resolved = {
        (part["name"] + part["specifier"], "".join(re.findall("'(.*)'", part.get("marker", ""))))
        for part in course["metadata"]["requires-dist"]
    }
    assert resolved == named, "uv lock"
    assert LOCK["requires-python"].replace(" ", "") == PROJECT["requires-python"], "uv lock"


def test_uv_sync_installs_what_the_readmes_commands_install():
    """uv takes the group `dev` unasked. test_house.py compares its extras with requirements.txt."""
    assert PYPROJECT["dependency-groups"] == {"dev": ["aecourse[notebooks,test]"]}
