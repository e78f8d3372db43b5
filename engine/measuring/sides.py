"""Are left structures on the left? A label map whose sides or axes cannot be right is flagged with a sentence."""

from __future__ import annotations

from engine.measuring.frame import HeadFrame
from engine.measuring.structures import Structures

#: Most names that one sentence lists.
MOST_NAMES = 4


def check_sides(structures: Structures, frame: HeadFrame | None) -> tuple[str, ...]:
    """Sentences on what is flipped, mirrored or exchanged in world RAS space; none where all is well."""
    centres = structures.centres
    pairs = [
        (label.value, label.mirror)
        for label in structures.labels.table.labels
        if label.value < label.mirror and label.value in centres and label.mirror in centres
    ]
    crossed = [(left, right) for left, right in pairs if centres[right][0] <= centres[left][0]]
    if 2 * len(crossed) > len(pairs):
        return (_flipped(len(crossed), len(pairs), frame),)
    notes = [_exchanged(structures, crossed)] if crossed else []
    if frame is not None and frame.mirrored and not crossed:
        notes.append(
            "The head faces backwards or stands upside down, although left structures lie on the left: an axis of the "
            "header is wrong; convert the file again from the original scan."
        )
    return tuple(notes)


def _flipped(crossed: int, pairs: int, frame: HeadFrame | None) -> str:
    found = f"Left structures lie on the right in world coordinates ({crossed} of {pairs} pairs): "
    if frame is not None and not frame.mirrored:
        return found + "the head is turned round or upside down; check the header before using left or right values."
    return (
        found + "the image is mirrored or its left and right labels are exchanged; correct it before using left or "
        "right values."
    )


def _exchanged(structures: Structures, crossed: list[tuple[int, int]]) -> str:
    names = [structures.name(left) for left, _ in crossed]
    listed = ", ".join(names[:MOST_NAMES]) + (" and others" if len(names) > MOST_NAMES else "")
    return (
        f"On the wrong side of its right counterpart: {listed}; left and right labels are exchanged there, correct "
        "them."
    )
