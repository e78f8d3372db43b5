"""The pixels of DICOM pictures, as the intensities they stand for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import BadFileError
from engine.io.contents import brief
from engine.io.dicom.headers import Picture, pydicom, stamp_of
from engine.io.itk import simpleitk

#: What a file needs besides its pixels for another library to decompress them.
PIXEL_KEYWORDS = (
    "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored",
    "HighBit", "PixelRepresentation", "PixelData",
)  # fmt: skip
PLAIN_PICTURES = "1.2.840.10008.5.1.4.1.1.7.3"  # Multi-frame Grayscale Word Secondary Capture: no rescaling is applied


def values_of(pictures: Sequence[Picture]) -> Iterator[np.ndarray]:
    """(rows, columns) float32 of each picture in turn. Raises `BadFileError` for a file that is damaged, gone, or not
    what it was when the folder was listed."""
    for path, group in groupby(pictures, key=lambda picture: picture.path):
        parts = list(group)
        for picture, stored in zip(parts, _stored(path, parts), strict=True):
            yield stored.astype(np.float32) * np.float32(picture.slope) + np.float32(picture.intercept)


def _stored(path: Path, pictures: Sequence[Picture]) -> Iterator[np.ndarray]:
    """(rows, columns) numbers as they are stored, for each of these frames of one file."""
    frames = [picture.frame for picture in pictures]
    try:
        if stamp_of(path) != pictures[0].stamp:
            raise BadFileError(f"{path.name} has changed since its folder was listed; open the folder again.")
        data = pydicom().dcmread(path, force=True)
        # Files without the first bytes of DICOM do not say how they are encoded: it is the standard's oldest way.
        data.file_meta.setdefault("TransferSyntaxUID", pydicom().uid.ImplicitVRLittleEndian)
        if pydicom().pixels.get_decoder(data.file_meta.TransferSyntaxUID).is_available:
            yield from pydicom().pixels.iter_pixels(data, raw=True, indices=frames)
        else:
            whole = _decompressed(data)
            for frame in frames:
                yield whole[frame]
    except (BadFileError, MemoryError):
        raise
    except FileNotFoundError as error:
        raise BadFileError(
            f"{path} is gone since its folder was listed; check the disk or the network and open the folder again."
        ) from error
    except OSError as error:
        raise BadFileError(
            f"{path} could not be read ({error.strerror or error}); check the disk or the network and open it again."
        ) from error
    except Exception as error:  # both libraries answer damaged bytes with nearly any exception
        raise BadFileError(
            f"{path.name} is damaged or incomplete ({brief(error)}); copy it again from its source."
        ) from error


def _decompressed(data: Any) -> np.ndarray:
    """(frames, rows, columns) of a compression that SimpleITK knows and pydicom does not (lossless JPEG)."""
    plain = pydicom().Dataset()
    for keyword in PIXEL_KEYWORDS:
        if keyword in data:
            plain[keyword] = data[keyword]
    plain.SOPClassUID, plain.SOPInstanceUID = PLAIN_PICTURES, data.SOPInstanceUID
    plain.file_meta = pydicom().dataset.FileMetaDataset()
    plain.file_meta.TransferSyntaxUID = data.file_meta.TransferSyntaxUID
    plain.file_meta.MediaStorageSOPClassUID, plain.file_meta.MediaStorageSOPInstanceUID = (
        PLAIN_PICTURES,
        data.SOPInstanceUID,
    )
    sitk = simpleitk()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plain.dcm"
        plain.save_as(path, enforce_file_format=True)
        values: np.ndarray = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
    return values.reshape(-1, int(data.Rows), int(data.Columns))
