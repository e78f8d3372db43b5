"""The menus as data: what can be done, its words, its key, and what it needs."""

from __future__ import annotations

from dataclasses import dataclass

from gui.display import PRESETS
from gui.painting import TOOLS


@dataclass(frozen=True)
class Entry:
    """A menu entry: the action's name in the code, its words, its key."""

    name: str
    words: str
    key: str = ""
    checkable: bool = False


@dataclass(frozen=True)
class Submenu:
    """Entries under one of their own."""

    words: str
    entries: tuple[Entry | None, ...]


MENUS: dict[str, tuple[Entry | Submenu | None, ...]] = {
    "&File": (
        Entry("open_file", "&Open scan or label map…", "Ctrl+O"),
        Entry("open_folder", "Open &folder (DICOM or case)…", "Ctrl+Shift+O"),
        Entry("about_scan", "About th&is scan…", "Ctrl+Alt+H"),
        Entry("open_session", "Open s&ession…", "Ctrl+Alt+O"),
        None,
        Entry("save", "&Save case…", "Ctrl+S"),
        Entry("save_session", "Save sessio&n", "Ctrl+Shift+S"),
        Entry("save_session_as", "Save session &as…", "Ctrl+Alt+S"),
        None,
        Entry("save_picture", "Save &picture…", "Ctrl+P"),
        Entry("save_view_picture", "Save picture of this &view…", "Ctrl+Shift+P"),
        Submenu(
            "E&xport",
            (
                Entry("export_image", "&Image (NIfTI)…", "Ctrl+Alt+I"),
                Entry("export_labels", "&Labels (NIfTI)…", "Ctrl+Alt+L"),
                Entry("export_volumes", "&Volumes (CSV)…", "Ctrl+Alt+V"),
                Entry("export_surface", "&Surface (STL, PLY, OBJ)…", "Ctrl+Alt+U"),
                Entry("export_dicom", "&DICOM (image and segmentation)…", "Ctrl+Alt+D"),
            ),
        ),
        Entry("report", "Write a &report…", "Ctrl+Shift+R"),
        None,
        Entry("quit", "&Quit", "Ctrl+Q"),
    ),
    "&Edit": (
        Entry("undo", "&Undo", "Ctrl+Z"),
        Entry("redo", "&Redo", "Ctrl+Shift+Z"),
        None,
        Entry("tool_navigate", "&Navigate", "N", checkable=True),
        Entry("tool_brush", "&Brush", "B", checkable=True),
        Entry("tool_erase", "&Erase", "D", checkable=True),
        Entry("tool_fill", "&Fill", "G", checkable=True),
        Entry("tool_lasso", "&Lasso", "P", checkable=True),
        Entry("tool_island", "Remove &component", "Q", checkable=True),
        Entry("larger_brush", "Larger brush", "]"),
        Entry("smaller_brush", "Smaller brush", "["),
        None,
        Entry("edit_smooth", "&Smooth"),
        Entry("interpolate", "&Interpolate"),
        Entry("keep_largest", "&Keep largest"),
        Entry("grow", "&Grow"),
        Entry("shrink", "S&hrink"),
        Entry("copy_on", "C&opy on", "Ctrl+PgUp"),
        Entry("copy_back", "Copy b&ack", "Ctrl+PgDown"),
        None,
        Entry("settings", "Se&ttings…", "Ctrl+,"),
        None,
        Entry("push_larger", "Ventricle 1 mL &larger", "Ctrl+]"),
        Entry("push_smaller", "Ventricle 1 mL s&maller", "Ctrl+["),
        Entry("push_to", "P&ush the ventricle to its volume", "Ctrl+U"),
    ),
    "&Brain": (
        Entry("generate", "&Generate", "Ctrl+G"),
        Entry("live", "&Live", "Ctrl+L", checkable=True),
        Entry("lock", "Loc&k volume", "Ctrl+K", checkable=True),
        Entry("new_anatomy", "Another &anatomy", "Ctrl+N"),
        Entry("new_appearance", "Another a&ppearance", "Ctrl+Shift+N"),
        Entry("remake_image", "&Remake the image from the labels", "Ctrl+I"),
        Entry("remake_other", "Another &image of these labels", "Ctrl+Shift+I"),
        None,
        Entry("segment", "&Segment the scan", "Ctrl+E"),
        Entry("morph", "&Morph the ventricles", "Ctrl+M"),
        Entry("compare_with", "&Compare with…", "Ctrl+D"),
        Entry("compare_image", "Compare the labels with the ima&ge", "Ctrl+Shift+D"),
        Entry("play_series", "&Play the series", "Ctrl+Space"),
        None,
        Entry("packs", "Model pac&ks…", "Ctrl+Alt+P"),
        None,
        Entry("cancel", "&Cancel", "Esc"),
    ),
    "&Measure": (
        Entry("measure_distance", "&Distance", "M", checkable=True),
        Entry("measure_angle", "&Angle", "A", checkable=True),
        Entry("measure_rectangle", "&Rectangle", "R", checkable=True),
        Entry("measure_ellipse", "&Ellipse", "Shift+R", checkable=True),
        None,
        Entry("measure_delete", "De&lete, or back to automatic", "Del"),
    ),
    "&View": (
        Entry("overlay", "&Labels over the scan", "O", checkable=True),
        Entry("outline", "Labels as o&utlines", "Shift+O", checkable=True),
        Entry("crosshair", "&Crosshair", "X", checkable=True),
        Entry("radiological", "&Radiological convention", "Ctrl+R", checkable=True),
        Entry("smooth", "S&mooth between voxels", "I", checkable=True),
        None,
        Entry("next_slice", "&Next slice", "PgUp"),
        Entry("previous_slice", "&Previous slice", "PgDown"),
        Entry("next_ten", "Ten slices on", "Shift+PgUp"),
        Entry("previous_ten", "Ten slices back", "Shift+PgDown"),
        None,
        Entry("zoom_in", "Zoom &in", "Ctrl++"),
        Entry("zoom_out", "Zoom &out", "Ctrl+-"),
        Entry("linked_zoom", "&Zoom slices together", "Z", checkable=True),
        Entry("fit", "&Fit", "F"),
        Entry("centre", "Cen&tre on the crosshair", "C"),
        Entry("enlarge", "&Enlarge the view under the pointer", "E"),
        Entry("reset_views", "Reset &views", "Ctrl+0"),
        None,
        Entry("light_theme", "Li&ght colours", "Ctrl+T", checkable=True),
        Entry("recipe_side", "Left &side", "F7", checkable=True),
        Entry("labels_side", "Right si&de", "F8", checkable=True),
        Entry("gallery_side", "&Gallery", "F9", checkable=True),
        Entry("reset_layout", "Reset la&yout"),
    ),
    "&Contrast": (
        Entry("contrast_automatic", "&Automatic (1–99 %)", "J"),
        Entry("contrast_full", "&Full range", "Shift+J"),
        Entry("contrast_brain", "&Brain", "K"),
        Entry("contrast_narrow", "&Narrow (grey against white)", "Shift+K"),
        None,
        Entry("contrast_rectangle", "From a &rectangle", "W"),
    ),
    "&3D": (
        Entry("look_left", "From the &left", "Ctrl+1"),
        Entry("look_right", "From the &right", "Ctrl+2"),
        Entry("look_front", "From the &front", "Ctrl+3"),
        Entry("look_back", "From the &back", "Ctrl+4"),
        Entry("look_top", "From the &top", "Ctrl+5"),
        Entry("look_bottom", "From b&elow", "Ctrl+6"),
        None,
        Entry("brain", "Brain &surface", "Shift+B", checkable=True),
        Entry("light_surface", "Light back&ground", "Shift+L", checkable=True),
    ),
    "&Help": (
        Entry("tour", "&Tour"),
        Entry("open_sample", "Open the &sample case"),
        None,
        Entry("diagnostics", "&Diagnostics…", "Shift+F1"),
        None,
        Entry("about", "&About VentriSynth"),
    ),
}


#: Tools that measure by hand.
MEASURES = ("measure_distance", "measure_angle", "measure_rectangle", "measure_ellipse")
CONTRASTS = tuple(f"contrast_{name}" for name in PRESETS)
SIDES = ("left", "right", "front", "back", "top", "bottom")
#: Actions that switch a field of the display which has their name.
SWITCHES = (
    "overlay", "outline", "crosshair", "radiological", "smooth", "linked_zoom", "brain", "light_surface", "light_theme",
)  # fmt: skip
NEED_IMAGE = (*CONTRASTS, "contrast_rectangle", "smooth")
TOOL_NAMES = tuple(f"tool_{tool}" for tool in TOOLS)
#: Actions that change the chosen structure, with their tips.
OPERATIONS = {
    "edit_smooth": "Smooth the boundary of the chosen structure, jointly with its neighbours; volumes stay.",
    "interpolate": "Paint the chosen structure between the painted slices of the view under the pointer.",
    "keep_largest": "Keep only the largest connected component of the chosen structure.",
    "grow": "Let the chosen structure grow into what paint may cover.",
    "shrink": "Let its neighbours grow into the chosen structure.",
    "copy_on": "Copy the chosen structure to the next slice of the view under the pointer, and go there.",
    "copy_back": "Copy the chosen structure to the slice before.",
}
#: The flow as a tool of correction, and the image made anew, with their tips.
FLOWS = {
    "push_smaller": "Push the chosen ventricle, or all of them, 1 mL smaller; the tissue around moves along.",
    "push_larger": "Push the chosen ventricle, or all of them, 1 mL larger; the tissue around moves along.",
    "push_to": "Push it to the volume that stands here; refused where tissue would fold.",
}
#: What stands on their buttons.
FLOW_WORDS = {"push_smaller": "−1", "push_larger": "+1", "push_to": "Push"}
REMAKES = {
    "remake_image": "Make the image anew from the labels as they are now, with the same appearance seed.",
    "remake_other": "Make another image of these labels, with another appearance seed.",
}
#: Exports of what is made of labels.
EXPORT_LABELS = ("export_labels", "export_volumes", "export_surface")
NEED_CASE = (*TOOL_NAMES, "larger_brush", "smaller_brush")
NEED_LABELS = ("overlay", "outline", "brain", "light_surface", *(f"look_{side}" for side in SIDES))
