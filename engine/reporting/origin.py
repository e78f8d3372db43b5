"""Where a case comes from, as a report tells it: recipe, pack, edits, checks, and what the reader must know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from engine.case import Case
from engine.edit.steps import HAND, edits_of
from engine.measuring.head import HeadMeasures
from engine.reporting.content import Row, Table

VERDICTS = {"good": "Good", "look": "Look at it", "regenerate": "Regenerate"}
#: On voxels larger than this the callosal angle is less sure: at 2 mm up to 5 degrees off that at 1 mm.
ANGLE_VOXEL_MM = 1.05
COARSE_ANGLE = "On voxels above 1 mm the callosal angle can change by 5 degrees."


def provenance_table(case: Case) -> Table:
    """How the case came to be, oldest step first."""
    return Table("Provenance", ("", ""), tuple(_origin(case)))


def _origin(case: Case) -> Iterator[Row]:
    record = case.provenance
    if "source" in record:
        yield Row("Opened from", (PurePath(str(record["source"])).name,))
    made_by = record.get("original", record) if case.morphed else record
    if isinstance(made_by.get("recipe"), Mapping):
        yield Row("Generated", (_recipe(made_by["recipe"]),))
        yield from _pack(made_by)
    if isinstance(record.get("segmentation"), Mapping):
        yield Row("Segmented", ("by the model" + (", mirrored too" if record["segmentation"].get("flip") else ""),))
        yield from _pack(record["segmentation"])
    if isinstance(record.get("morph"), Mapping):
        morph = record["morph"]
        yield Row(
            "Ventricles changed",
            (
                f"by {morph.get('method', 'a deformation')}, from {float(morph.get('start_ml', 0)):.1f} to "
                f"{float(morph.get('achieved_ml', 0)):.1f} mL",
            ),
        )
    yield Row("Edits", (edits_sentence(edits_of(case)),))


def _recipe(recipe: Mapping[str, Any]) -> str:
    names = {"ventricular_volume": "volume asked for", "intracranial_volume": "ICV asked for"}
    units = {"ventricular_volume": " mL", "intracranial_volume": " mL"}
    values = recipe.get("values", {})
    ordered = sorted(values.items(), key=lambda item: item[0] not in names)
    parts = [
        f"{names.get(key, key.replace('_', ' '))} {float(value):g}{units.get(key, '')}"
        for key, value in ordered
        if value is not None
    ]
    seeds = f"anatomy seed {recipe.get('anatomy_seed')}, appearance seed {recipe.get('appearance_seed')}"
    return ", ".join([seeds, *parts, *(["volume locked"] if recipe.get("lock") else [])])


def _pack(record: Mapping[str, Any]) -> Iterator[Row]:
    pack = record.get("pack")
    if isinstance(pack, Mapping):
        yield Row("Model pack", (f"{pack.get('name')} {pack.get('version')}, SHA-256 {pack.get('sha256')}",))


def edits_sentence(edits: Sequence[Mapping[str, Any]]) -> str:
    """Who changed the labels, with what, and how many voxels.

    >>> edits_sentence([{"tool": "brush", "by": "hand", "voxels": 1200}, {"tool": "brush", "by": "hand", "voxels": 34}])
    'by hand: 2 steps (2 brush), 1,234 voxels changed'
    >>> edits_sentence([])
    'none: the labels are as they were made'
    """
    if not edits:
        return "none: the labels are as they were made"
    told = []
    for by, who in ((HAND, "by hand"), (None, "by a model")):
        own = [edit for edit in edits if (edit.get("by") == HAND) == (by == HAND)]
        if own:
            tools = Counter(str(edit.get("tool")) for edit in own)
            listed = ", ".join(f"{count} {tool}" for tool, count in tools.items())
            voxels = sum(int(edit.get("voxels", 0)) for edit in own)
            steps = f"{len(own)} step{'s' if len(own) != 1 else ''}"
            told.append(f"{who}: {steps} ({listed}), {voxels:,} voxels changed")
    return "; ".join(told)


def quality_table(case: Case) -> Table:
    """What is known of how far image and labels can be trusted."""
    rows = []
    quality = case.provenance.get("quality")
    if isinstance(quality, Mapping):
        rows.append(Row("Image check", (VERDICTS.get(str(quality.get("verdict")), str(quality.get("verdict"))),)))
        rows.append(Row("", (str(quality.get("reason", "")),)))
        if edits_of(case):
            rows.append(Row("", ("It was made before the labels were edited.",)))
    confidence = (case.provenance.get("segmentation") or {}).get("ventricle_confidence")
    if confidence is not None:
        rows.append(Row("Confidence", (f"{100 * float(confidence):.0f} %, mean over the voxels labelled ventricle",)))
    if case.provenance.get("target_ml") is not None:
        rows.append(Row("Target", (f"{float(case.provenance['target_ml']):.1f} mL of ventricles were asked for",)))
    if not rows:
        rows.append(Row("", ("None was made of this case.",)))
    return Table("Quality check", ("", ""), tuple(rows))


def notes_on(case: Case, found: HeadMeasures) -> tuple[str, ...]:
    """What the reader must know before believing a number, each sentence once."""
    notes = [*found.notes]
    beyond = case.provenance.get("beyond_trained_range") or ()
    notes += [f"{name} lies outside what the pack was trained for: the brain may look odd." for name in beyond]
    notes += [note for measure in found.measures for note in measure.notes]
    if any(m.definition.key == "callosal_angle" and m.value is not None for m in found.measures):
        notes += [COARSE_ANGLE] if max(case.grid.spacing) > ANGLE_VOXEL_MM else []
    return tuple(dict.fromkeys(notes))
