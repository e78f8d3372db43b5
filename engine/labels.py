"""What the integers of a label map mean: names, colours, groups, and which of them are ventricles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from engine.errors import BadLabelsError
from resources import resource

#: Left/right lateral, left/right inferior lateral, third and fourth ventricle (FreeSurfer values).
VENTRICLES = (4, 43, 5, 44, 14, 15)
LATERAL_VENTRICLES = (4, 43, 5, 44)
BACKGROUND = 0
CSF = 24


@dataclass(frozen=True)
class Label:
    """One structure: its ``value`` in a label map, colour (r, g, b) 0-255, and its value on the other side."""

    value: int
    name: str
    colour: tuple[int, int, int]
    group: str
    mirror: int


@dataclass(frozen=True)
class LabelTable:
    """The labels a map may hold, in the order in which networks number their classes.

    Raises `ValueError` if a value occurs twice, or if the other side of a structure's other side is not itself.
    """

    name: str
    labels: tuple[Label, ...]

    def __post_init__(self) -> None:
        mirror = {label.value: label.mirror for label in self.labels}
        if len(mirror) != len(self.labels) or min(mirror, default=-1) < 0:
            raise ValueError(f"the label table {self.name} is empty, or holds a value twice or a negative one")
        if any(mirror.get(other) != value for value, other in mirror.items()):
            raise ValueError(f"the left and right structures of the label table {self.name} do not pair up")

    @cached_property
    def values(self) -> np.ndarray:
        """(C,) label values in class order."""
        return np.array([label.value for label in self.labels], dtype=np.int32)

    @cached_property
    def class_of_value(self) -> np.ndarray:
        """(max value + 1,) class index of each value; -1 where the table has none."""
        lookup = np.full(int(self.values.max()) + 1, -1, dtype=np.int16)
        lookup[self.values] = np.arange(len(self.values))
        return lookup

    @cached_property
    def mirror_classes(self) -> np.ndarray:
        """(C,) class index of the structure on the other side."""
        return self.class_of_value[[label.mirror for label in self.labels]]

    def __getitem__(self, value: int) -> Label:
        if value not in self:
            raise KeyError(value)
        return self.labels[int(self.class_of_value[value])]

    def __contains__(self, value: int) -> bool:
        return 0 <= value < len(self.class_of_value) and bool(self.class_of_value[value] >= 0)

    def classes(self, values: np.ndarray) -> np.ndarray:
        """Label values of any shape -> uint8 class indices. Raises `BadLabelsError` for an unknown value."""
        inside = (values >= 0) & (values < len(self.class_of_value))
        found = np.where(inside, self.class_of_value[np.where(inside, values, 0)], -1)
        if found.min(initial=0) < 0:
            unknown = sorted(int(v) for v in np.unique(values[found < 0]))[:5]
            raise BadLabelsError(
                f"The label map holds values that are not in the table {self.name} (such as {unknown}); "
                "convert it to these labels first, or choose the right table."
            )
        return found.astype(np.uint8)


def load_label_table(path: Path) -> LabelTable:
    """Read a label table from its JSON file."""
    data = json.loads(path.read_text(encoding="utf-8"))
    labels = tuple(
        Label(entry["value"], entry["name"], tuple(entry["colour"]), entry["group"], entry["mirror"])
        for entry in data["labels"]
    )
    return LabelTable(data["name"], labels)


@lru_cache(maxsize=1)
def synthseg33() -> LabelTable:
    """The 33 SynthSeg classes."""
    return load_label_table(resource("labels", "synthseg33.json"))
