"""Lateral ventricles found by the segmenter against reference label maps of real scans.

``python -m engine.evaluation.segmentation --scans DIR --out DIR``, where DIR holds ``<name>_T1w.nii.gz`` beside
``<name>_dlmuse.nii.gz`` (DLMUSE numbers: 51/52 lateral, 49/50 inferior lateral ventricles).
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path

import nibabel as nib
import numpy as np

from engine.errors import EngineError
from engine.evaluation.volume_control import agreement
from engine.io import nifti
from engine.io.case_folder import write_json
from engine.io.files import written_beside
from engine.labels import LATERAL_VENTRICLES
from engine.models.segment import segment_scan
from engine.pack import ModelPack, load_pack, starter_pack_folder
from engine.progress import Progress, result_of

DLMUSE_LATERAL = (51, 52, 49, 50)
STAGES = {"Finding the brain": 1.0, "Labelling": 1.0, "Back to the scan's voxels": 1.0}

Row = dict[str, str | float]


def compare(pack: ModelPack, scan: Path, reference: Path, device: str) -> Row:
    """Segment one scan and compare its lateral ventricles with the reference: mL, Dice, seconds."""
    began = time.perf_counter()
    volume = nifti.read_volume(scan)
    events = segment_scan(pack, volume, device, Progress(0, STAGES))
    labels, record = result_of(events)
    seconds = time.perf_counter() - began
    found = np.isin(labels.data, LATERAL_VENTRICLES)
    truth = np.isin(np.asarray(nib.load(reference).dataobj), DLMUSE_LATERAL)
    ml = volume.grid.voxel_ml
    return {
        "scan": scan.name,
        "reference_ml": float(truth.sum() * ml),
        "found_ml": float(found.sum() * ml),
        "dice": float(2 * (found & truth).sum() / max(1, found.sum() + truth.sum())),
        "confidence": float(record["ventricle_confidence"]),
        "seconds": seconds,
    }


def main() -> int:
    """Read the options, segment, write JSON and CSV, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scans", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pack", type=Path, default=starter_pack_folder())
    parser.add_argument("--most", type=int, default=1000)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    pack = load_pack(options.pack)
    scans = sorted(options.scans.glob("*_T1w.nii.gz"))[: options.most]
    rows: list[Row] = []
    for scan in scans:
        try:
            rows.append(compare(pack, scan, scan.with_name(scan.name.replace("_T1w", "_dlmuse")), options.device))
        except EngineError as error:
            print(f"{scan.name}: {error}", file=sys.stderr)
            continue
        print("  ".join(f"{k} {v:.3g}" if isinstance(v, float) else str(v) for k, v in rows[-1].items()), flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    figures = agreement([float(r["reference_ml"]) for r in rows], [float(r["found_ml"]) for r in rows])
    figures["dice"] = float(np.mean([float(r["dice"]) for r in rows]))
    write_json(options.out / "segmentation.json", figures)
    with written_beside(options.out / "segmentation.csv") as path, path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    print("  ".join(f"{key} {value:.3g}" for key, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
