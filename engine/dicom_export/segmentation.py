"""The labels as a DICOM segmentation of the image, one segment for each structure that has voxels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.case import Case
from engine.dicom_export.codes import Code, category_of, code_of, side_of
from engine.dicom_export.identity import MANUFACTURER, Identity
from engine.dicom_export.stacking import Stack
from engine.edit.steps import HAND, edits_of
from engine.errors import BadLabelsError
from resources import version

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def segmentation(case: Case, image: Dataset, stack: Stack, identity: Identity) -> Dataset:
    """A binary segmentation; segments are numbered in the order of the label table, those without voxels left out.

    ``image``: the data set it refers to, on the same ``stack``. Raises `BadLabelsError` if nothing is labelled.
    """
    import highdicom as hd
    from pydicom.uid import ExplicitVRLittleEndian

    assert case.labels is not None
    labels = stack.frames(np.asarray(case.labels.data))
    present = np.unique(labels)
    values = [label.value for label in case.labels.table.labels if label.value and label.value in present]
    if not values:
        raise BadLabelsError("No voxel is labelled, so there is no segmentation to write; segment the scan first.")
    numbers = np.zeros(len(case.labels.table.class_of_value), dtype=np.uint8)
    numbers[values] = np.arange(1, len(values) + 1)
    made = hd.seg.Segmentation(
        source_images=[image],
        pixel_array=numbers[labels],
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[_described(case, number, value) for number, value in enumerate(values, start=1)],
        series_instance_uid=identity.labels_series_uid,
        series_number=2,
        sop_instance_uid=identity.labels_uid,
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=MANUFACTURER,
        software_versions=version(),
        device_serial_number="0",
        content_label="VENTRICLES",
        content_description=identity.description("labels"),
        transfer_syntax_uid=ExplicitVRLittleEndian,
        omit_empty_frames=True,
        series_description=identity.description("labels"),
    )
    made.PatientIdentityRemoved = image.PatientIdentityRemoved
    made.DeidentificationMethod = image.DeidentificationMethod
    made.ContentQualification = "RESEARCH"
    return made


def _described(case: Case, number: int, value: int) -> Any:
    import highdicom as hd

    assert case.labels is not None
    label = case.labels.table[value]
    kind, name = _made_by(case)
    model = name and hd.AlgorithmIdentificationSequence(
        name=name, family=_concept(Code("123110", "DCM", "Artificial Intelligence")), version=version()
    )
    found = hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=label.name,
        segmented_property_category=_concept(category_of(value)),
        segmented_property_type=_concept(code_of(value, case.labels.table)),
        algorithm_type=kind,
        algorithm_identification=model,
        display_color=hd.color.CIELabColor.from_rgb(*label.colour),
    )
    side = side_of(value, case.labels.table)
    if side is not None:
        found.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [_concept(side)]
    return found


def _concept(code: Code) -> Any:
    import highdicom as hd

    return hd.sr.CodedConcept(code.value, code.scheme, code.meaning)


def _made_by(case: Case) -> tuple[str, str | None]:
    """How the labels came about, in DICOM's words, and the model pack that made them. Labels of unknown origin count as
    manual: DICOM has no word for them."""
    record = case.provenance
    original = record.get("original") or {}
    makers = (record.get("segmentation"), record, original.get("segmentation"), original)
    pack = next((made["pack"] for made in makers if made and isinstance(made.get("pack"), Mapping)), None)
    if pack is None:
        return "MANUAL", None
    corrected = any(edit.get("by") == HAND for edit in edits_of(case))
    return ("SEMIAUTOMATIC" if corrected else "AUTOMATIC"), f"{pack.get('name')} {pack.get('version')}"[:64]
