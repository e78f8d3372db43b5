"""Label colours as VTK's lookup table."""

from __future__ import annotations

from collections.abc import Collection

from vtkmodules.vtkCommonCore import vtkLookupTable

from engine.labels import BACKGROUND, LabelTable


def lookup_table(table: LabelTable, hidden: Collection[int]) -> vtkLookupTable:
    """Label value -> colour; background, ``hidden`` and unknown values are transparent."""
    size = len(table.class_of_value)
    lookup = vtkLookupTable()
    lookup.SetNumberOfTableValues(size)
    lookup.SetTableRange(-0.5, size - 0.5)
    for value in range(size):
        lookup.SetTableValue(value, 0.0, 0.0, 0.0, 0.0)
    for label in table.labels:
        if label.value != BACKGROUND and label.value not in hidden:
            red, green, blue = (part / 255 for part in label.colour)
            lookup.SetTableValue(label.value, red, green, blue, 1.0)
    return lookup
