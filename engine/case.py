"""A case: a label map, an image, or both, and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from engine.errors import BadFileError
from engine.grid import Grid
from engine.volume import LabelMap, Volume


@dataclass(frozen=True, eq=False)
class Case:
    """One subject on one grid. ``provenance`` is plain data for ``case.json``; a generated case says
    ``"synthetic": true`` there. Changing a case means making another (`dataclasses.replace`)."""

    name: str
    image: Volume | None = None
    labels: LabelMap | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.image is None and self.labels is None:
            raise BadFileError("A case needs an image or a label map.")
        if self.image is not None and self.labels is not None and self.image.grid != self.labels.grid:
            raise BadFileError(
                "The image and the label map do not lie on the same voxels; resample one of them onto the other first."
            )
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))

    @property
    def synthetic(self) -> bool:
        """Whether this case was generated."""
        return bool(self.provenance.get("synthetic", False))

    @property
    def morphed(self) -> bool:
        """Whether its ventricles were grown or shrunk, so that it is not as it was scanned or generated."""
        return bool(self.provenance.get("morphed", False))

    @property
    def grid(self) -> Grid:
        """Where the voxels lie."""
        part = self.image or self.labels
        assert part is not None
        return part.grid
