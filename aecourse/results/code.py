"""The code that a result depends on, as twelve hexadecimal digits.

A record is true for as long as the code that made it is: the code of its notebook or experiment,
that of an experiment from which this one takes something, and that of the course's modules which
these use. What changes no number (docstrings, comments,
layout, figures, titles, promises, exercises, modules that are not used, `settings.untuned`, with
which batches only come sooner) does not count, and the digits are the same on every Python that
runs the course. The results that the course keeps are those of full runs, so of
`profile.pick(fast=..., full=...)` the full value alone counts.
"""

import ast
from collections.abc import Mapping
from functools import cache
import hashlib
import json
from pathlib import Path

ROOMS = ("backend", "datasets", "metrics", "models", "networks", "priors", "training")
"""The rooms of the package that numbers depend on."""

_PACKAGE = Path(__file__).resolve().parents[1]
_IGNORED = ("ctx", "kind", "type_comment", "type_params", "type_ignores", "annotation", "returns")
"""Fields of syntax trees that change no number, or that not every Python has."""


def code_of(path: Path) -> str:
    """Twelve digits for the code of a notebook or Python file and of all it uses of the course."""
    modules = [_PACKAGE / f"{module}.py" for module in used_modules(path)]
    files = path, *_siblings(path), *modules
    written = "\0".join(_written_file(*_read(each)) for each in files)
    return hashlib.sha256(written.encode()).hexdigest()[:12]


def is_fresh(entry: Mapping, notebook: Path) -> bool:
    """Whether a record is of today's code, as this process first found it.

    notebook: of the record's lesson, which counts unless the record names the script of its
    experiment.
    """
    script = entry.get("script")
    path = notebook.parents[1] / "experiments" / script if script else notebook
    return entry.get("code") == _code_today(path)


@cache  # tables ask for the code of each record
def _code_today(path):
    return code_of(path) if path.is_file() else ""


def used_modules(path: Path) -> list[str]:
    """The modules that a notebook or Python file depends on, such as "models/gan", sorted."""
    found, waiting = set(), []
    for each in (path, *_siblings(path)):
        waiting += _used_directly(_parsed(*_read(each)))
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += _used_directly(_parsed(*_read(module)))
    return sorted(module.relative_to(_PACKAGE).with_suffix("").as_posix() for module in found)


def _siblings(path):
    """The files beside one from which it imports names, as an experiment does of another's."""
    parsed = ast.walk(_parsed(*_read(path)))
    imported = (node.module for node in parsed if isinstance(node, ast.ImportFrom))
    beside = {path.with_name(f"{module}.py") for module in imported}
    return sorted(sibling for sibling in beside if sibling.is_file())


def _read(path):
    return path.suffix, path.read_text(encoding="utf-8")


@cache  # most lessons use the same modules
def _written_file(suffix, text):
    return _written(_parsed(suffix, text))


@cache
def _parsed(suffix, text):
    if suffix != ".ipynb":
        return ast.parse(text)
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    sources = ["".join(cell["source"]) for cell in cells if "colab" not in _tags(cell)]
    statements = [
        statement
        for source in sources
        for statement in _without_exercises(ast.parse(_without_magics(source)).body)
    ]
    return ast.Module(body=statements, type_ignores=[])


def _tags(cell):
    return cell.get("metadata", {}).get("tags", ())


def _without_magics(source):
    return "\n".join(line for line in source.splitlines() if not line.startswith(("%", "!")))


def _without_exercises(statements):
    """A cell's statements, none of them where the cell only asks for feedback on an answer."""
    ends = [s.value for s in statements if isinstance(s, ast.Expr)]
    calls = {c.func.attr for c in ends if isinstance(c, ast.Call) and hasattr(c.func, "attr")}
    return [] if "check" in calls else statements


def _module_path(parts):
    """The file of a module of the course named by its parts, or None."""
    place = _PACKAGE.joinpath(*parts)
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if path.is_file():
            return path
    return None


def _used_directly(tree):
    """Files of the course's modules on which the code of a tree depends directly."""
    whole = {}  # name in this tree -> parts of the module it stands for
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "aecourse":
            parts = node.module.split(".")[1:]
            for alias in node.names:
                if _module_path([*parts, alias.name]):
                    whole[alias.asname or alias.name] = [*parts, alias.name]
                else:
                    yield from _home(parts, alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("aecourse."):
                    yield from _counted(alias.name.split(".")[1:])
    used = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used.setdefault(node.value.id, set()).add(node.attr)
    for name, parts in whole.items():
        for attribute in used.get(name, ()):
            yield from _home(parts, attribute)


def _home(parts, name):
    """The module in which `name`, imported from the module of these parts, is written."""
    path = _module_path(parts)
    if path is None or not parts:
        return
    if path.name == "__init__.py":
        for node in _parsed(*_read(path)).body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aecourse."):
                for alias in node.names:
                    if name == (alias.asname or alias.name):
                        inner = node.module.split(".")[1:]
                        if _module_path([*inner, alias.name]):
                            yield from _counted([*inner, alias.name])
                        else:
                            yield from _home(inner, alias.name)
                        return
    yield from _counted(parts)


def _counted(parts):
    if parts and parts[0] in ROOMS:
        yield _module_path(parts)


def _written(tree):
    """A syntax tree in words that do not depend on Python's version."""
    tree = _what_counts(tree)
    if isinstance(tree, list):
        kept = [part for part in tree if not (isinstance(part, ast.keyword) and part.arg == "alt")]
        return f"[{' '.join(map(_written, kept))}]"  # a figure's alt text is a text
    if not isinstance(tree, ast.AST):
        return repr(tree)
    body = getattr(tree, "body", None)
    parts = [type(tree).__name__]
    for field in tree._fields:
        value = getattr(tree, field, None)
        if field in _IGNORED:
            continue
        if field == "body" and isinstance(body, list):
            value = [statement for statement in body if not _counts_for_nothing(statement)]
        if value not in (None, []):
            parts.append(f"{field}={_written(value)}")
    return f"({' '.join(parts)})"


def _what_counts(tree):
    """What `profile.pick(fast=..., full=...)` gives in a full run, the dataset itself of
    `dataset.with_options(settings.untuned(...))`; any other tree as it is."""
    if _called(tree) == "pick":
        full = {keyword.arg: keyword.value for keyword in tree.keywords}.get("full")
        return tree if full is None else _what_counts(full)
    if _called(tree) == "with_options" and [*map(_called, tree.args)] == ["untuned"]:
        return _what_counts(tree.func.value)
    return tree


def _called(tree):
    """The name of the method that a tree calls, or None."""
    return getattr(tree.func, "attr", None) if isinstance(tree, ast.Call) else None


def _counts_for_nothing(statement):
    """Whether a statement is a text that stands for itself, such as a docstring, or an import that
    only annotations need."""
    if isinstance(statement, ast.ImportFrom):
        return statement.module in ("typing", "collections.abc")
    value = getattr(statement, "value", None)
    return (
        isinstance(statement, ast.Expr)
        and isinstance(value, ast.Constant)
        and isinstance(value.value, str)
    )
