"""What may be typed after ``compare``. It imports nothing heavy, so that --help comes at once."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the ``compare`` command but the model pack and the device."""
    parser.description = f"{parser.description}\n\n" + (
        "Dice, HD95 and mean surface distance in mm, mL in both and the change, per structure, group and side.\n"
        "Where the grids differ, both label maps are brought onto one (by label-aware interpolation) for overlap and\n"
        "distances; volumes are counted on each one's own voxels. --register aligns two scans of one person first:\n"
        "rigidly, by mutual information; both are then resampled half way, so that no time point is favoured.\n"
        "With one case only, a synthetic one, its label map is compared with what the segmenter reads in its image."
    )
    what = "a label map or scan, a case's folder or a DICOM folder"
    parser.add_argument("first", type=Path, metavar="A", help=f"{what}: the earlier one, or the reference")
    parser.add_argument("second", type=Path, nargs="?", metavar="B", help="the other one")
    parser.add_argument("--register", action="store_true", help="align two time points of one person first")
    parser.add_argument(
        "--json", action="store_true", help="print JSON instead of a table; null where nothing is found"
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="also write a CSV file with a line for each structure")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="also write a new folder: difference maps, the comparison as JSON and CSV, and what was resampled",
    )
