"""What may be typed after ``export-dicom``. It imports nothing heavy, so that --help comes at once."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the ``export-dicom`` command."""
    parser.description = f"{parser.description}\n\n" + (
        "Writes image.dcm (Enhanced MR, one multi-frame object) and segmentation.dcm (DICOM SEG with coded\n"
        "structures, referring to it) into a folder that is new or empty. Both say SYNTHETIC, MORPHED or RESEARCH,\n"
        "carry no name of a person or a file, and get the same UIDs whenever the same voxels are exported. The image\n"
        "is taken for MR."
    )
    parser.add_argument("case", type=Path, metavar="CASE", help="a case's folder, a scan, or a label map with --image")
    parser.add_argument(
        "--image", type=Path, metavar="SCAN", help="the scan that the label map belongs to, where the case has none"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the files; new or empty")
