"""Which outside names a Python file uses, with every alias resolved."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Use:
    """A dotted name as the defining module calls it (`datetime.datetime.now`), and the line that uses it."""

    name: str
    line: int


def imported_modules(tree: ast.AST) -> Iterator[Use]:
    """Modules a file imports, anywhere in it: `a.b` for `import a.b`; `a.b` and `a.b.c` for `from a.b import c`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Use(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield Use(module, node.lineno)
            yield from (Use(f"{module}.{alias.name}", node.lineno) for alias in node.names)


def used_names(tree: ast.AST) -> Iterator[Use]:
    """Every dotted name that starts at an import, called or only handed on, and the imported names themselves."""
    aliases = _aliases(tree)
    yield from imported_modules(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (dotted := _dotted(node)):
            first, _, rest = dotted.partition(".")
            if first in aliases:
                yield Use(f"{aliases[first]}.{rest}", node.lineno)


def _aliases(tree: ast.AST) -> dict[str, str]:
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known |= dict(_bound(alias) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return known


def _bound(alias: ast.alias) -> tuple[str, str]:
    # `import a.b as c` binds c to a.b; `import a.b` binds a to a.
    if alias.asname:
        return alias.asname, alias.name
    top = alias.name.partition(".")[0]
    return top, top


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return None
