"""Count the parts of packages: modules, rooms, floors, arrows and circles of imports.

    python scripts/structure.py [PACKAGE ...]

A room is a direct child of a package: a module or a folder. An arrow leads from a room to a room
that it imports. Floors are the rooms of the longest path along arrows; circles are
the groups of rooms that reach each other.
"""

import sys
from collections.abc import Iterable

import grimp

PACKAGES = ("namesmith_server.engine", "namesmith_server", "namesmith_trainer", "namesmith_client")
"""Packages that are counted unless the arguments name packages."""

Arrows = dict[str, set[str]]
"""The rooms that each room imports."""


def arrows_between(graph: grimp.ImportGraph, package: str) -> Arrows:
    """Return the rooms of a package and the arrows between them."""
    rooms = sorted(graph.find_children(package))
    inside = {room: {room} | graph.find_descendants(room) for room in rooms}
    home = {module: room for room, modules in inside.items() for module in modules}
    return {
        room: {
            home[imported]
            for module in inside[room]
            for imported in graph.find_modules_directly_imported_by(module)
            if home.get(imported, room) != room
        }
        for room in rooms
    }


def reachable(arrows: Arrows, room: str) -> set[str]:
    """Return the rooms that a room reaches along arrows."""
    found: set[str] = set()
    waiting = list(arrows[room])
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            waiting += arrows[at]
    return found


def circles(arrows: Arrows) -> set[frozenset[str]]:
    """Return the groups of rooms that reach each other."""
    reach = {room: reachable(arrows, room) for room in arrows}
    groups = (frozenset(r for r in reach[room] if room in reach[r]) for room in arrows)
    return {group for group in groups if group}


def floors(arrows: Arrows) -> int:
    """Return the number of rooms on the longest path; a circle's own arrows do not count."""
    depth: dict[str, int] = {}
    reach = {room: reachable(arrows, room) for room in arrows}
    for room in sorted(arrows, key=lambda room: (len(reach[room]), room not in reach[room])):
        below = [depth[other] for other in arrows[room] if room not in reach[other]]
        depth[room] = 1 + max(below, default=0)
    return max(depth.values(), default=0)


def main(packages: Iterable[str]) -> None:
    """Print a line for each package."""
    names = list(packages)
    graph = grimp.build_graph(*dict.fromkeys(name.partition(".")[0] for name in names))
    print(f"{'package':28}{'modules':>8}{'rooms':>7}{'floors':>8}{'arrows':>8}{'circles':>9}")
    for name in names:
        arrows = arrows_between(graph, name)
        modules = len(graph.find_descendants(name))
        count = sum(map(len, arrows.values()))
        line = f"{modules:8}{len(arrows):7}{floors(arrows):8}{count:8}{len(circles(arrows)):9}"
        print(f"{name:28}{line}")


if __name__ == "__main__":
    main(sys.argv[1:] or PACKAGES)
