"""The options of ``evaluate``. Nothing heavy is imported here, so that --help comes at once."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from engine.number_arguments import above_zero, count

#: Evaluation -> what it answers.
EVALUATIONS = {
    "volume-control": "does the label map have the ventricular volume that was asked for?",
    "anatomy": "are generated label maps complete, well-formed and as large as real ones?",
    "diversity": "do anatomy seeds differ as people do, and is no training subject repeated?",
    "realism": "do generated images look like real T1-weighted scans?",
    "consistency": "does the image show the label map it was made from?",
    "segmentation": "does the segmenter find in scans what their reference labels say?",
    "measures": "are the automatic measures exact on phantoms and repeatable on real label maps?",
    "report": "gather what lies in the folder into one report.html",
}
ALL = "all"
TARGETS_ML = (10.0, 20.0, 30.0, 45.0, 60.0, 80.0, 100.0, 120.0, 140.0, 160.0)
USUAL_GUIDANCE = (1.0, 2.0, 3.0, 5.0)
SCHEMES = ("dlmuse", "neuromorphometrics", "synthseg")
LOCKS = {"without": (False,), "with": (True,), "both": (False, True)}


@dataclass(frozen=True)
class Options:
    """How large an evaluation is, and what it looks at.

    ``volume_ml`` None: the pack's default; ``guidance`` None: 1, 2, 3, 5 and the pack's default; ``scans`` None: the
    held-out label maps in random contrasts. ``most``: scans or real images looked at.
    """

    targets_ml: tuple[float, ...] = TARGETS_ML
    seeds: int = 8
    guidance: tuple[float, ...] | None = None
    locks: tuple[bool, ...] = LOCKS["both"]
    volume_ml: float | None = None
    masks: int = 100
    cases: int = 20
    most: int = 60
    scans: Path | None = None
    scheme: str = SCHEMES[0]
    features: Path | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the name of the evaluation, ``--data`` and the options; ``--out``, ``--pack`` and ``--device`` are whoever
    calls this one's."""
    default = Options()
    names = "\n".join(f"  {name:<15} {does}" for name, does in EVALUATIONS.items())
    parser.description = f"{parser.description or ''}\n\nNAME is one of\n{names}\n  {ALL:<15} all of these\n\n" + (
        "Each writes NAME.json, NAME.csv and NAME.png into the folder given by --out."
    )
    parser.add_argument("name", choices=[*EVALUATIONS, ALL], metavar="NAME", help="what to evaluate; see above")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="folder with labelmaps, t1_brain and t1_head, for comparison with real subjects",
    )
    size = parser.add_argument_group("size")
    size.add_argument(
        "--targets", type=_volume, nargs="+", metavar="ML", help="volume-control: volumes to ask for; default: ten"
    )
    size.add_argument(
        "--seeds",
        type=count,
        default=default.seeds,
        metavar="N",
        help=f"volume-control: anatomy seeds of each volume; default: {default.seeds}",
    )
    size.add_argument(
        "--guidance",
        type=float,
        nargs="+",
        metavar="G",
        help="volume-control: guidance scales; default: 1 2 3 5 and the pack's",
    )
    size.add_argument(
        "--lock", choices=list(LOCKS), default="both", help="volume-control: with the volume lock or not; default: both"
    )
    size.add_argument(
        "--masks",
        type=count,
        default=default.masks,
        metavar="N",
        help=f"anatomy: label maps to make; default: {default.masks}",
    )
    size.add_argument(
        "--cases",
        type=count,
        default=default.cases,
        metavar="N",
        help=f"diversity, realism, consistency: cases to make; default: {default.cases}",
    )
    size.add_argument(
        "--volume", type=_volume, metavar="ML", help="diversity: the volume of all cases; default: the pack's"
    )
    size.add_argument(
        "--most",
        type=count,
        default=default.most,
        metavar="N",
        help=f"realism, segmentation: real scans to look at; default: {default.most}",
    )
    what = parser.add_argument_group("what to look at")
    what.add_argument(
        "--scans",
        type=Path,
        metavar="DIR",
        help="segmentation: NAME_dlmuse.nii.gz (or another scheme, or _labels) beside NAME_T1w.nii.gz, or folders "
        "images and labels with the same file names; default: held-out label maps of --data in random contrasts",
    )
    what.add_argument(
        "--scheme",
        choices=SCHEMES,
        default=default.scheme,
        help=f"segmentation: what the reference labels' numbers mean; default: {default.scheme}",
    )
    what.add_argument(
        "--features",
        type=Path,
        metavar="FILE",
        help="realism: TorchScript network that turns slices (B, 3, H, W) of 0 to 1 into features; default: the "
        "encoder of the pack's own segmenter",
    )


def options_from(parsed: argparse.Namespace) -> Options:
    """The options out of what `add_arguments` parsed."""
    return Options(
        targets_ml=tuple(parsed.targets or TARGETS_ML),
        seeds=parsed.seeds,
        guidance=tuple(parsed.guidance) if parsed.guidance else None,
        locks=LOCKS[parsed.lock],
        volume_ml=parsed.volume,
        masks=parsed.masks,
        cases=parsed.cases,
        most=parsed.most,
        scans=parsed.scans,
        scheme=parsed.scheme,
        features=parsed.features,
    )


def _volume(text: str) -> float:
    return above_zero(text, "volume in mL")


# argparse names it in "invalid ... value".
_volume.__name__ = "volume"
