"""The image as one multi-frame object.

Enhanced MR Image Storage, and not a secondary capture: it says where every frame lies, it has a word for research
(Content Qualification), and an image of type DERIVED need not tell of coils and pulses, of which a synthetic image has
none and a NIfTI file tells nothing. It is assumed that the image is MR.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.dicom_export.identity import MANUFACTURER, Identity
from engine.dicom_export.stacking import Stack
from engine.volume import Volume
from resources import version

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

IMAGE_TYPE = ["DERIVED", "PRIMARY", "VOLUME", "NONE"]
LARGEST = 2**16 - 1
#: Grey levels shown at first: from black to white, in per cent of the values.
SHOWN = (1, 99.5)


def enhanced_mr(volume: Volume, stack: Stack, identity: Identity, *, now: datetime) -> Dataset:
    """The data set of an Enhanced MR image; values are exact where they are whole and span no more than 65,535, and
    otherwise rounded to a 65,535th of their span."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian

    frames = stack.frames(np.asarray(volume.data))
    slope, intercept = _rescaling(frames)
    stored = np.clip(np.rint((frames.astype(np.float64) - intercept) / slope), 0, LARGEST).astype("<u2")
    made = _dataset(_patient(identity) | _equipment() | _series(identity) | _when(now))
    made.SOPClassUID, made.SOPInstanceUID = EnhancedMRImageStorage, identity.image_uid
    made.update(_dataset(_qualities()))
    made.ImageComments = identity.comment
    made.update(_dataset(_pixels(stored)))
    made.PixelData = stored.tobytes()
    organisation = _item(DimensionOrganizationUID=identity.frame_uid + ".1")
    made.DimensionOrganizationSequence = [organisation]
    made.DimensionOrganizationType = "3D"
    made.DimensionIndexSequence = [_index(organisation.DimensionOrganizationUID)]
    low, high = np.percentile(frames, SHOWN).tolist()
    made.SharedFunctionalGroupsSequence = [_shared(stack, slope, intercept, low, high)]
    made.PerFrameFunctionalGroupsSequence = [_frame(stack, number) for number in range(len(stored))]
    made.AcquisitionContextSequence = []
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    return made


def _rescaling(frames: np.ndarray) -> tuple[float, float]:
    """Slope and intercept, as DICOM's sixteen characters can say them."""
    from pydicom.valuerep import format_number_as_ds

    low, high = float(frames.min()), float(frames.max())
    if high - low <= LARGEST and np.array_equal(frames, np.rint(frames)):
        return 1.0, min(low, 0.0) if high - min(low, 0.0) <= LARGEST else low
    intercept = float(format_number_as_ds(low))
    # An image that is the same everywhere has no span; a step of 1 does it no harm.
    return float(format_number_as_ds((high - intercept) / LARGEST)) or 1.0, intercept


def _patient(identity: Identity) -> dict[str, Any]:
    return {
        "PatientName": identity.patient_name,
        "PatientID": identity.patient_id,
        "PatientBirthDate": "",
        "PatientSex": "",
        "PatientIdentityRemoved": "YES",
        "DeidentificationMethod": identity.deidentification,
        "StudyInstanceUID": identity.study_uid,
        "StudyDate": "",
        "StudyTime": "",
        "StudyID": "",
        "StudyDescription": identity.description("head"),
        "AccessionNumber": "",
        "ReferringPhysicianName": "",
    }


def _equipment() -> dict[str, Any]:
    return {
        "Manufacturer": MANUFACTURER,
        "ManufacturerModelName": MANUFACTURER,
        "DeviceSerialNumber": "0",
        "SoftwareVersions": version(),
    }


def _series(identity: Identity) -> dict[str, Any]:
    return {
        "Modality": "MR",
        "SeriesInstanceUID": identity.image_series_uid,
        "SeriesNumber": 1,
        "SeriesDescription": identity.description("image"),
        "FrameOfReferenceUID": identity.frame_uid,
        "PositionReferenceIndicator": "",
        "PatientPosition": "",
    }


def _when(now: datetime) -> dict[str, Any]:
    date, time = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    return {"InstanceNumber": 1, "ContentDate": date, "ContentTime": time, "SeriesDate": date, "SeriesTime": time}


def _contrast() -> dict[str, Any]:
    return {
        "PixelPresentation": "MONOCHROME",
        "VolumetricProperties": "VOLUME",
        "VolumeBasedCalculationTechnique": "NONE",
        "ComplexImageComponent": "MAGNITUDE",
        "AcquisitionContrast": "UNKNOWN",
    }


def _qualities() -> dict[str, Any]:
    return _contrast() | {
        "ImageType": IMAGE_TYPE,
        "ContentQualification": "RESEARCH",
        "BurnedInAnnotation": "NO",
        "LossyImageCompression": "00",
        "PresentationLUTShape": "IDENTITY",
        # dciodvfy demands one of three agencies also of an image that no scanner made.
        "ApplicableSafetyStandardAgency": "IEC",
    }


def _pixels(stored: np.ndarray) -> dict[str, Any]:
    frames, rows, columns = stored.shape
    return {
        "NumberOfFrames": frames,
        "Rows": rows,
        "Columns": columns,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 0,
    }


def _shared(stack: Stack, slope: float, intercept: float, low: float, high: float) -> Dataset:
    """What is the same for all frames."""
    down, across, apart = stack.spacing
    return _item(
        PixelMeasuresSequence=[
            _item(
                PixelSpacing=_numbers(down, across), SliceThickness=_number(apart), SpacingBetweenSlices=_number(apart)
            )
        ],
        PlaneOrientationSequence=[_item(ImageOrientationPatient=_numbers(*stack.row, *stack.column))],
        FrameAnatomySequence=[_item(FrameLaterality="U", AnatomicRegionSequence=[_code("69536005", "SCT", "Head")])],
        PixelValueTransformationSequence=[
            _item(RescaleIntercept=_number(intercept), RescaleSlope=_number(slope), RescaleType="US")
        ],
        FrameVOILUTSequence=[_item(WindowCenter=_number((low + high) / 2), WindowWidth=_number(max(high - low, 1.0)))],
        MRImageFrameTypeSequence=[_item(FrameType=IMAGE_TYPE, **_contrast())],
    )


def _frame(stack: Stack, number: int) -> Dataset:
    return _item(
        FrameContentSequence=[_item(StackID="1", InStackPositionNumber=number + 1, DimensionIndexValues=[number + 1])],
        PlanePositionSequence=[_item(ImagePositionPatient=_numbers(*stack.position(number)))],
    )


def _index(organisation: str) -> Dataset:
    """Frames are ordered by their place in the stack."""
    from pydicom.datadict import tag_for_keyword

    return _item(
        DimensionOrganizationUID=organisation,
        DimensionIndexPointer=tag_for_keyword("InStackPositionNumber"),
        FunctionalGroupPointer=tag_for_keyword("FrameContentSequence"),
        DimensionDescriptionLabel="Place in the stack",
    )


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    return _item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def _numbers(*values: float) -> list[Any]:
    return [_number(value) for value in values]


def _number(value: float) -> Any:
    """A decimal string of at most sixteen characters."""
    from pydicom.valuerep import DSfloat

    return DSfloat(float(value), auto_format=True)


def _item(**attributes: Any) -> Dataset:
    return _dataset(attributes)


def _dataset(attributes: dict[str, Any]) -> Dataset:
    from pydicom.dataset import Dataset

    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made
