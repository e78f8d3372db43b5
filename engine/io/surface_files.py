"""Surfaces in the files that 3D programs read: STL, PLY and OBJ, in world RAS mm.

Written here and not by VTK, whose OBJ writer takes neither remarks nor names of structures: all three formats say the
same of where a surface comes from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.errors import OutputError
from engine.labels import LabelTable

SUFFIXES = (".stl", ".ply", ".obj")
#: What every file says of its numbers.
SPACE = "world RAS mm: x to the patient's right, y to the front, z to the top"
#: Lines of text that are put together at once.
ROWS = 2000
#: The header of a binary STL file.
STL_HEADER_BYTES = 80


@dataclass(frozen=True, eq=False)
class Mesh:
    """Closed surfaces of structures: ``vertices`` (N, 3) float32 in world RAS mm, ``triangles`` (M, 3) int32 with their
    front outside, ``labels`` (M,) uint16 of the structure each triangle belongs to, all of a structure together."""

    vertices: np.ndarray
    triangles: np.ndarray
    labels: np.ndarray
    table: LabelTable


def write_surface(path: Path, mesh: Mesh, remarks: Sequence[str]) -> None:
    """Write a surface in the format of the suffix of ``path``; ``remarks`` are lines about where it comes from, the
    first of which an STL file has room for. Raises `OutputError` for another suffix, and `OSError`."""
    suffix = path.suffix.lower()
    lines = [_ascii(line) for line in (*remarks, SPACE)]
    if suffix == ".stl":
        path.write_bytes(_stl(mesh, lines[0]))
    elif suffix == ".ply":
        path.write_bytes(_ply(mesh, lines))
    elif suffix == ".obj":
        path.write_text(_obj(mesh, lines), encoding="ascii")
    else:
        raise OutputError(f"{path.name} cannot be written; give the name an ending of .stl, .ply or .obj.")


def _stl(mesh: Mesh, remark: str) -> bytes:
    """Binary STL, which knows neither structures nor units: its header says what fits."""
    corners = mesh.vertices[mesh.triangles].astype("<f4")
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(across, axis=1, keepdims=True)
    records = np.zeros(len(corners), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    records["normal"] = np.divide(across, length, out=np.zeros_like(across), where=length > 0)
    records["corners"] = corners
    # A header that begins with "solid" would be taken for the text format.
    header = f"RAS mm; {remark}".encode("ascii")[:STL_HEADER_BYTES].ljust(STL_HEADER_BYTES)
    return header + np.uint32(len(corners)).astype("<u4").tobytes() + records.tobytes()


def _ply(mesh: Mesh, remarks: list[str]) -> bytes:
    """Binary PLY, with label value and colour at every triangle."""
    structures = [f"label {value} = {_ascii(mesh.table[value].name)}" for value in _structures(mesh)]
    header = [
        "ply",
        "format binary_little_endian 1.0",
        *(f"comment {line}" for line in (*remarks, *structures)),
        f"element vertex {len(mesh.vertices)}",
        *(f"property float {axis}" for axis in "xyz"),
        f"element face {len(mesh.triangles)}",
        "property list uchar int vertex_indices",
        "property ushort label",
        *(f"property uchar {colour}" for colour in ("red", "green", "blue")),
        "end_header\n",
    ]
    fields = [("count", "u1"), ("corners", "<i4", 3), ("label", "<u2"), ("colour", "u1", 3)]
    faces = np.zeros(len(mesh.triangles), dtype=fields)
    faces["count"] = 3
    faces["corners"] = mesh.triangles
    faces["label"] = mesh.labels
    for value in _structures(mesh):
        faces["colour"][mesh.labels == value] = mesh.table[value].colour
    return "\n".join(header).encode("ascii") + mesh.vertices.astype("<f4").tobytes() + faces.tobytes()


def _obj(mesh: Mesh, remarks: list[str]) -> str:
    """OBJ, with each structure as an object of its own."""
    parts = [f"# {line}\n" for line in remarks]
    parts += _rows("v %.4f %.4f %.4f\n", mesh.vertices)
    for value in _structures(mesh):
        parts.append(f"o {_ascii(mesh.table[value].name).replace(' ', '_')}\n")
        parts += _rows("f %d %d %d\n", mesh.triangles[mesh.labels == value] + 1)
    return "".join(parts)


def _rows(form: str, rows: np.ndarray) -> Iterator[str]:
    """Rows (N, 3) as text, a few thousand at a time so that other threads get their turn."""
    for first in range(0, len(rows), ROWS):
        some = rows[first : first + ROWS]
        yield form * len(some) % tuple(some.ravel().tolist())


def _structures(mesh: Mesh) -> list[int]:
    return [int(value) for value in np.unique(mesh.labels)]


def _ascii(line: str) -> str:
    """One line of what every reader understands."""
    return " ".join(line.encode("ascii", "replace").decode("ascii").split())
