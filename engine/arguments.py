"""What may be typed after ``python main.py``. It imports nothing heavy, so that --help comes at once."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine.number_arguments import above_zero, count
from resources import version

#: How the program is called: from a clone, or once it is built.
PROGRAM = "VentriSynth" if getattr(sys, "frozen", False) else "python main.py"
DEVICES = ("auto", "cpu", "cuda")
#: The names `engine.training.command` knows, kept here as well so that --help need not wait for torch.
NETWORKS = (
    "segmenter",
    "shapes",
    "label-scans",
    "mask-autoencoder",
    "mask-denoiser",
    "image-autoencoder",
    "image-denoiser",
    "pack",
    "calibration",
    "all",
)
#: Command -> what it does.
COMMANDS = {
    "generate": "make synthetic cases: an image, the label map it was made from, and how they were made",
    "series": "make one synthetic subject with ventricles that grow from case to case",
    "morph": "grow or shrink the ventricles of a real or synthetic subject to a volume",
    "segment": "label a real scan and measure its ventricles",
    "measure": "measure the ventricles of label maps: volumes, widths, ratios and angles",
    "compare": "compare two label maps or two time points: overlap, distances and volumes",
    "report": "write a one-page report of a case as HTML or PDF",
    "export-dicom": "write a case as DICOM: an enhanced MR image and a segmentation of it",
    "evaluate": "measure how good a model pack is",
    "train": "train one network of a model pack",
    "packs": "list, install and remove model packs",
}


def window_parser() -> argparse.ArgumentParser:
    """Arguments of the application without a command: it opens its window."""
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:<{width}}  {does}" for name, does in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        usage="%(prog)s [FILE ...] [--pack PACK] [--device D]\n       %(prog)s COMMAND ...",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="VentriSynth makes synthetic brain MRI with the ventricular volume you ask for, and finds the\n"
        "ventricles of real scans. Without a command it opens its window. It is not a medical device.",
        epilog=f"commands, which need no window ({PROGRAM} COMMAND --help says more):\n{commands}\n\n"
        f"examples:\n  {PROGRAM} scan.nii.gz\n  {PROGRAM} generate --volume 80 --out cases",
    )
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="scans, label maps, DICOM or case folders, sessions to open"
    )
    _add_pack(parser)
    _add_device(parser)
    parser.add_argument(
        "--self-test", action="store_true", help="make a case, read it back, open the window off screen, and end"
    )
    parser.add_argument("--version", action="version", version=f"VentriSynth {version()}")
    return parser


def command_parser() -> argparse.ArgumentParser:
    """Arguments of the commands; the result's ``command`` says which."""
    parser = argparse.ArgumentParser(prog=PROGRAM)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_generate(_add_command(commands, "generate", "generate --volume 80 --anatomy-seed 1 --count 5 --out cases"))
    _add_series(_add_command(commands, "series", "series --from 20 --to 140 --steps 7 --anatomy-seed 3 --out growing"))
    _add_morph(_add_command(commands, "morph", "morph segmented --image scan.nii.gz --volume 80 --out morphed"))
    _add_segment(_add_command(commands, "segment", "segment scan.nii.gz --out segmented"))
    _add_measure(_add_command(commands, "measure", "measure segmented/labels.nii.gz --json"))
    _add_compare(_add_command(commands, "compare", "compare first second --register --csv changes.csv"))
    _add_report(_add_command(commands, "report", "report segmented --image scan.nii.gz --out report.pdf"))
    _add_export_dicom(_add_command(commands, "export-dicom", "export-dicom cases/case-0001 --out dicom"))
    _add_evaluate(_add_command(commands, "evaluate", "evaluate volume-control --out evaluated"))
    _add_train(_add_command(commands, "train", "train segmenter --data data --out runs --minutes 60"))
    _add_packs(_add_command(commands, "packs", "packs install new-pack.zip"))
    return parser


def _add_compare(parser: argparse.ArgumentParser) -> None:
    from engine.comparing.arguments import add_arguments

    add_arguments(parser)
    _add_pack(parser)
    _add_device(parser)


def _add_packs(parser: argparse.ArgumentParser) -> None:
    from engine.packs.command import add_arguments

    add_arguments(parser)


def _add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, example: str
) -> argparse.ArgumentParser:
    does = COMMANDS[name]
    return commands.add_parser(
        name,
        help=does,
        description=f"{does[0].upper()}{does[1:]}.",
        epilog=f"example: {PROGRAM} {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_generate(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description}\n\n" + (
        "Each case is a new folder in the folder given by --out: case-0001, case-0002, and so on, also when there is\n"
        "only one. It holds image.nii.gz, labels.nii.gz (SynthSeg values), volumes.csv (mL per structure) and\n"
        "case.json (the recipe, the model pack, the volume asked for and the one achieved). The same command with the\n"
        "same pack on the same device makes the same voxels. Case folders that hold something are never touched."
    )
    parser.add_argument(
        "--volume",
        type=float,
        required=True,
        metavar="ML",
        help="ventricular volume to make, in mL: lateral, inferior lateral, third and fourth ventricles together",
    )
    parser.add_argument(
        "--icv",
        type=float,
        metavar="ML",
        help="intracranial volume (every label but background) to make, in mL; default: whatever comes",
    )
    _add_subject(parser)
    parser.add_argument("--steps", type=count, metavar="N", help="sampling steps; default: the pack's")
    parser.add_argument(
        "--count", type=count, default=1, metavar="N", help="number of cases; both seeds count up; default: 1"
    )
    parser.add_argument(
        "--beyond-range",
        action="store_true",
        help="allow volumes that the pack was not trained for; the case is marked, and may be unlike a brain",
    )
    _add_pack(parser)
    _add_device(parser)
    _add_out(parser, "folder for the case folders; made if it is not there")


def _add_series(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description}\n\n" + (
        "Writes the case folders case-0001, case-0002, and so on into a folder that is new or empty, and beside them\n"
        "series.csv and series.json: the volume asked for and the one achieved, the intracranial volume, and how much\n"
        "of everything but ventricles and CSF is the same as in the case before (Dice, mean over labels and pooled).\n"
        "Ctrl-C keeps the cases that are complete."
    )
    parser.add_argument(
        "--from", type=float, required=True, metavar="ML", dest="first", help="ventricular volume of the first case"
    )
    parser.add_argument(
        "--to", type=float, required=True, metavar="ML", dest="last", help="ventricular volume of the last case"
    )
    parser.add_argument(
        "--steps", type=count, required=True, metavar="N", dest="cases", help="number of cases, evenly spaced"
    )
    _add_subject(parser)
    # `generate` has these as options; a series leaves them to the pack.
    parser.set_defaults(icv=None, steps=None, beyond_range=False)
    _add_pack(parser)
    _add_device(parser)
    _add_out(parser, "folder for the series; it must be new or empty")


def _add_subject(parser: argparse.ArgumentParser) -> None:
    """Who is generated, and how strictly as asked."""
    parser.add_argument(
        "--anatomy-seed", type=int, default=0, metavar="N", help="which brain: decides the label map; default: 0"
    )
    parser.add_argument(
        "--appearance-seed", type=int, default=0, metavar="N", help="which scan: decides the grey values; default: 0"
    )
    parser.add_argument(
        "--guidance", type=float, metavar="G", help="how strictly the volumes are followed; default: the pack's"
    )
    parser.add_argument(
        "--lock", action="store_true", help="meet the ventricular volume within 1 mL, by sampling more than once"
    )


def _add_morph(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description}\n\n" + (
        "The tissue is moved by a smooth, invertible flow, labels and image alike, on their own voxels. Writes\n"
        "labels.nii.gz, image.nii.gz if there is an image, volumes.csv and case.json (what it was made from; the\n"
        "volume before, asked for and achieved; the smallest Jacobian determinant and the largest displacement in mm)\n"
        "into a folder that is new or empty. A real scan's record and headers say MORPHED afterwards."
    )
    parser.add_argument(
        "labels",
        type=Path,
        metavar="LABELS_OR_CASE",
        help="label map in NIfTI with SynthSeg values, or a case's folder, as segment and generate write them",
    )
    parser.add_argument("--image", type=Path, metavar="SCAN", help="the scan on the same voxels as the labels")
    parser.add_argument(
        "--volume", type=float, required=True, metavar="ML", help="ventricular volume to reach, in mL; see generate"
    )
    _add_out(parser, "folder for the results; it must be new or empty")


def _add_report(parser: argparse.ArgumentParser) -> None:
    from engine.reporting.arguments import add_arguments

    add_arguments(parser)


def _add_export_dicom(parser: argparse.ArgumentParser) -> None:
    from engine.dicom_export.arguments import add_arguments

    add_arguments(parser)


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    from engine.evaluation.arguments import add_arguments

    add_arguments(parser)
    _add_pack(parser)
    _add_device(parser)
    _add_out(parser, "folder for the results; what is there of an evaluation of that name is replaced")


def _add_segment(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description}\n\n" + (
        "Writes labels.nii.gz (SynthSeg values, on the scan's own voxels), volumes.csv (mL per structure, ventricular\n"
        "and intracranial volume) and case.json (scan, model pack, device) into a folder that is new or empty."
    )
    parser.add_argument(
        "scan",
        type=Path,
        metavar="SCAN",
        help="3D head scan in any orientation: NIfTI, MGZ, NRRD, or DICOM as a folder or a file of it",
    )
    parser.add_argument(
        "--series",
        type=count,
        metavar="N",
        help="series of a DICOM folder that holds several; without it they are listed",
    )
    parser.add_argument(
        "--flip", action="store_true", help="label the mirrored scan too and take the mean, in twice the time"
    )
    _add_pack(parser)
    _add_device(parser)
    _add_out(parser, "folder for the results; it must be new or empty")


def _add_measure(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description}\n\n" + (
        "Volumes in mL per structure and group, asymmetry, Evans index, callosal angle, frontal-occipital horn ratio,\n"
        "and widths of third ventricle and temporal horns. JSON has the lines they were taken along in world mm, with\n"
        "definitions and sources: one object for one label map, a list for several. What cannot be found is said so."
    )
    parser.add_argument(
        "labels",
        type=Path,
        nargs="+",
        metavar="PATH",
        help="label map with SynthSeg values (NIfTI, MGZ or NRRD), a case's folder, or a folder of either",
    )
    parser.add_argument(
        "--json", action="store_true", help="print JSON instead of a table; null where nothing is found"
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="also write a CSV file with a line for each label map")


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description}\n\n" + (
        "In this order: segmenter; shapes makes label maps of many ventricular volumes; label-scans labels the real\n"
        "scans with the segmenter; then the autoencoders and denoisers of masks and images; pack puts them together;\n"
        "calibration measures how the pack follows the volume. all runs the whole chain within --minutes, and goes on\n"
        "where it was stopped. Ctrl-C stops after the current step; --resume goes on from there."
    )
    parser.add_argument("network", choices=NETWORKS, metavar="NETWORK", help=", ".join(NETWORKS))
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of the training data")
    _add_out(parser, "folder for checkpoints, loss curves and weights; later networks find earlier ones there")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--minutes", type=_minutes, metavar="M", help="stop after so many minutes; default: no limit")
    parser.add_argument("--steps", type=count, metavar="N", help="length of the training; default: the network's own")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of everything random; default: 0")
    parser.add_argument("--start-from", type=Path, metavar="FILE", help="begin with these weights (.safetensors)")
    _add_device(parser)


def _add_pack(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pack",
        type=Path,
        metavar="PACK",
        help="model pack: an installed one's name (see packs list) or a folder; default: the one that ships here",
    )


def _add_device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", choices=DEVICES, default="auto", help="default: auto, CUDA where there is one")


def _add_out(parser: argparse.ArgumentParser, does: str) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help=does)


def _minutes(text: str) -> float:
    return above_zero(text, "number of minutes")


# argparse names it in "invalid ... value".
_minutes.__name__ = "number of minutes"
