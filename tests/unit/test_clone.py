"""What somebody downloads who clones the course: its files, and its history."""

from pathlib import Path
import shutil
import subprocess

import pytest

ROOT = Path(__file__).parents[2]
SHALLOW_MB, WHOLE_MB = 25, 90


def git(*command):
    """What git prints; None where it cannot."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        return None
    done = subprocess.run(["git", *map(str, command)], capture_output=True, text=True, cwd=ROOT)
    return done.stdout.strip() if done.returncode == 0 else None


needs_history = pytest.mark.skipif(git("rev-parse", "HEAD") is None, reason="no git repository")


def cloned_mb(folder, *how):
    """The megabytes of a clone of what is committed: checked out files and repository."""
    assert git("clone", "--quiet", *how, ROOT.as_uri(), folder) is not None
    assert (folder / "README.md").is_file()
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


@needs_history
def test_a_shallow_clone_is_small(tmp_path):
    assert cloned_mb(tmp_path / "clone", "--depth", "1") <= SHALLOW_MB


@needs_history
@pytest.mark.skipif(
    git("rev-parse", "--is-shallow-repository") != "false", reason="the history is not all here"
)
def test_a_whole_clone_is_not_large(tmp_path):
    assert cloned_mb(tmp_path / "clone") <= WHOLE_MB


@needs_history
def test_no_file_is_larger_than_a_lesson_with_its_figures():
    """So that one careless commit, which stays for ever, is seen at once."""
    lines = git("ls-tree", "-r", "-l", "HEAD").splitlines()
    sizes = {line.partition("\t")[2]: int(line.split()[3]) for line in lines}
    assert len(sizes) > 100
    assert {name: size for name, size in sizes.items() if size > 1.5e6} == {}
