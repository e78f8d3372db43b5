"""The names of structures in DICOM's own words: its brain structures for volumetric measurement (PS3.16, CID 7140)."""

from __future__ import annotations

from dataclasses import dataclass

from engine.labels import CSF, LabelTable

PRIVATE = "99VENTRISYNTH"


@dataclass(frozen=True)
class Code:
    """A coded word."""

    value: str
    scheme: str
    meaning: str


STRUCTURE, SUBSTANCE = Code("91723000", "SCT", "Anatomical Structure"), Code("91720002", "SCT", "Body Substance")
LEFT, RIGHT = Code("7771000", "SCT", "Left"), Code("24028007", "SCT", "Right")
#: Label value on the left or in the midline -> the structure.
CODES = {
    2: Code("68523003", "SCT", "Cerebral White Matter"),
    3: Code("40146001", "SCT", "Cerebral Cortex"),
    4: Code("66720007", "SCT", "Lateral Ventricle"),
    5: Code("53118009", "SCT", "Inferior Horn of Lateral Ventricle"),
    7: Code("33060004", "SCT", "Cerebellar White Matter"),
    8: Code("25991003", "SCT", "Cerebellar Cortex"),
    10: Code("42695009", "SCT", "Thalamus"),
    11: Code("11000004", "SCT", "Caudate Nucleus"),
    12: Code("89278009", "SCT", "Putamen"),
    13: Code("14738005", "SCT", "Globus Pallidus"),
    14: Code("49841001", "SCT", "Third Ventricle"),
    15: Code("35918002", "SCT", "Fourth Ventricle"),
    16: Code("119238007", "SCT", "Brain Stem"),
    17: Code("5366008", "SCT", "Hippocampus"),
    18: Code("4958002", "SCT", "Amygdala"),
    CSF: Code("65216001", "SCT", "Cerebrospinal Fluid"),
    26: Code("427667007", "SCT", "Nucleus Accumbens"),
    28: Code("110700", "DCM", "Ventral Diencephalon"),
}


def code_of(value: int, table: LabelTable) -> Code:
    """The structure of a label, without its side; a private code where DICOM has none."""
    left = min(value, table[value].mirror)
    if table.name == "SynthSeg 33" and left in CODES:
        return CODES[left]
    return Code(f"{value}", PRIVATE, table[value].name[:64])


def side_of(value: int, table: LabelTable) -> Code | None:
    """Left or right; None in the midline."""
    if table[value].mirror == value:
        return None
    return LEFT if table[value].name.lower().startswith("left") else RIGHT


def category_of(value: int) -> Code:
    """CSF is a substance, everything else a structure."""
    return SUBSTANCE if value == CSF else STRUCTURE
