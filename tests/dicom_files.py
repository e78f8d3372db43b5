"""DICOM files as scanners write them, with known voxels at known places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

CT, MR, ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1"
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def nothing(header: Dataset, k: int) -> None:
    """Leaves a slice's header as it is."""


def write_series(
    folder: Path,
    data: np.ndarray,
    affine: np.ndarray,
    *,
    description: str = "t1 mprage",
    number: int = 1,
    change: Callable[[Dataset, int], Any] = nothing,
) -> list[Path]:
    """Whole numbers (I, J, K) on an ``affine`` (4, 4) to RAS as one file a slice, in no order; ``change`` may spoil the
    header of slice k."""
    folder.mkdir(parents=True, exist_ok=True)
    uid = generate_uid(entropy_srcs=[description, str(number)])
    names = np.random.default_rng(number).permutation(data.shape[2])
    paths = []
    for k in range(data.shape[2]):
        header = _header(data, uid, description, number, sop=generate_uid(entropy_srcs=[uid, str(k)]))
        header.SOPClassUID, header.InstanceNumber = MR, k + 1
        place(header, affine, k)
        header.PixelData = np.ascontiguousarray(data[:, :, k].T).astype("<i2").tobytes()
        change(header, k)
        path = folder / f"{number:02d}-{names[k]:04d}.dcm"
        save(header, path)
        paths.append(path)
    return paths


def write_frames(
    path: Path,
    data: np.ndarray,
    affine: np.ndarray,
    *,
    change: Callable[[Dataset], Any] = lambda header: None,
    slopes: np.ndarray | None = None,
) -> Path:
    """Whole numbers (I, J, K) as one enhanced MR file, its frames in no order; frame values times ``slopes`` (K,)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    order = np.random.default_rng(3).permutation(data.shape[2])
    header = _header(data, generate_uid(entropy_srcs=["frames"]), "t2 space", 4, sop=generate_uid())
    header.SOPClassUID, header.NumberOfFrames, header.InstanceNumber = ENHANCED_MR, data.shape[2], 1
    shared, measures = Dataset(), Dataset()
    whole = Dataset()
    place(whole, affine, 0)
    measures.PixelSpacing, measures.SliceThickness = whole.PixelSpacing, whole.SliceThickness
    shared.PixelMeasuresSequence = [measures]
    header.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for k in order:
        whole, position, orientation, scale = Dataset(), Dataset(), Dataset(), Dataset()
        place(whole, affine, int(k))
        position.ImagePositionPatient = whole.ImagePositionPatient
        orientation.ImageOrientationPatient = whole.ImageOrientationPatient
        scale.RescaleSlope, scale.RescaleIntercept = float(1 if slopes is None else slopes[k]), 0.0
        scale.RescaleType = "US"
        frame = Dataset()
        frame.PlanePositionSequence, frame.PlaneOrientationSequence = [position], [orientation]
        frame.PixelValueTransformationSequence = [scale]
        frames.append(frame)
    header.PerFrameFunctionalGroupsSequence = frames
    header.PixelData = np.ascontiguousarray(data[:, :, order].transpose(2, 1, 0)).astype("<i2").tobytes()
    change(header)
    save(header, path)
    return path


def place(header: Dataset, affine: np.ndarray, k: int) -> None:
    """Position, directions and spacing of slice ``k``."""
    lps = LPS @ affine
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    directions = lps[:3, :3] / spacing
    header.ImagePositionPatient = [f"{x:.9g}" for x in (lps @ (0, 0, k, 1))[:3]]
    header.ImageOrientationPatient = [f"{x:.9g}" for x in (*directions[:, 0], *directions[:, 1])]
    header.PixelSpacing = [f"{spacing[1]:.9g}", f"{spacing[0]:.9g}"]
    header.SliceThickness = f"{spacing[2]:.6g}"


def save(header: Dataset, path: Path, syntax: str = ExplicitVRLittleEndian) -> None:
    """Write a DICOM file."""
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = syntax
    pydicom.dcmwrite(path, header, enforce_file_format=True)


def _header(data: np.ndarray, uid: str, description: str, number: int, *, sop: str) -> Dataset:
    header = Dataset()
    header.PatientName, header.PatientID = "Secret^Person", "12345"
    header.SOPInstanceUID, header.SeriesInstanceUID, header.StudyInstanceUID = sop, uid, generate_uid(entropy_srcs="s")
    header.SeriesNumber, header.SeriesDescription, header.Modality = number, description, "MR"
    header.Manufacturer, header.MagneticFieldStrength = "Maker", 3
    header.ImageType = ["ORIGINAL", "PRIMARY", "M"]
    header.Columns, header.Rows = data.shape[:2]
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.BitsAllocated, header.BitsStored, header.HighBit, header.PixelRepresentation = 16, 16, 15, 1
    return header
