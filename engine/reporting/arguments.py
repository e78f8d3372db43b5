"""What may be typed after ``report``. It imports nothing heavy, so that --help comes at once."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the ``report`` command."""
    parser.description = f"{parser.description}\n\n" + (
        "The planes through the lateral ventricles and the ventricles in 3D; volumes, asymmetry, Evans index,\n"
        "callosal angle and widths, each with its lines on the slice they were taken from, its definition and its\n"
        "source; where the case comes from, who edited it, and what the checks found. The numbers are those of\n"
        "measure, and measure FOLDER --csv FILE makes a table of many cases. Every page says SYNTHETIC or RESEARCH\n"
        "USE ONLY."
    )
    parser.add_argument(
        "labels", type=Path, metavar="CASE", help="a case's folder, or a label map in NIfTI with SynthSeg values"
    )
    parser.add_argument(
        "--image", type=Path, metavar="SCAN", help="the scan that the label map belongs to, where the case has none"
    )
    parser.add_argument(
        "--compare", type=Path, metavar="OTHER", help="a case or label map to compare with: the earlier one of two"
    )
    parser.add_argument("--register", action="store_true", help="align it first, as a scan of another day needs")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the report: .html, one file with its pictures, or .pdf"
    )
