"""The commands that need no window.

Progress and notices go to stderr, results to stdout. Exit status: 0 done, 2 something the user can mend (one sentence
on stderr), 1 a fault of the program, 130 stopped by Ctrl-C, 143 by SIGTERM.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from engine.arguments import PROGRAM, command_parser
from engine.case import Case
from engine.console import Console, morph_as_text, series_as_text
from engine.ending import orderly_end
from engine.errors import BadFileError, BadLabelsError, EngineError, UnexpectedError, as_engine_error
from engine.events import Event
from engine.io.case_folder import check_new_folder, open_any, save_case
from engine.jobs import GenerateJob, MorphJob, ReadBackJob, SegmentJob, SeriesJob
from engine.measures import measure_volumes
from engine.measuring.command import measure
from engine.opening import opening_one
from engine.pack import ModelPack
from engine.packs.command import chosen_pack, packs
from engine.recipe import GUIDANCE, INTRACRANIAL, STEPS, VOLUME, Recipe

Result = TypeVar("Result")


def main(arguments: Sequence[str]) -> int:
    """Run one command and give its exit status. ``arguments`` begins with the command's name."""
    options = command_parser().parse_args(arguments)
    try:
        with orderly_end():
            RUN[options.command](options)
        return 0
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`measure ... | head`). Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # the last place where an error can become a sentence
        return _explain(as_engine_error(error))


def _explain(error: EngineError) -> int:
    if isinstance(error, UnexpectedError):
        traceback.print_exception(error)
    print(f"{PROGRAM}: {error}", file=sys.stderr)
    return 1 if isinstance(error, UnexpectedError) else 2


def _generate(options: argparse.Namespace) -> None:
    pack = chosen_pack(options.pack)
    first = _recipe(pack, options, options.volume)
    recipes = [
        replace(first, anatomy_seed=first.anatomy_seed + n, appearance_seed=first.appearance_seed + n)
        for n in range(options.count)
    ]
    folders = [options.out / f"case-{n + 1:04d}" for n in range(options.count)]
    # Everything that can be refused is refused now, not after an hour of computing.
    for folder in folders:
        check_new_folder(folder)
    console = Console(sys.stderr, options.count)
    for label in pack.untrained(first):
        console.say(f"{label}: the pack was not trained for this value, so the result may be unlike a brain.")
    for n, (recipe, folder) in enumerate(zip(recipes, folders, strict=True)):
        console.begin(n)
        case = console.run(GenerateJob(pack, recipe, options.device).run())
        save_case(replace(case, name=folder.name), folder)
        console.clear()
        verdict = case.provenance["quality"]["verdict"]
        print(f"{folder}: {_summary(case)}, asked for {options.volume:g} mL; image check: {verdict}", flush=True)


def _recipe(pack: ModelPack, options: argparse.Namespace, volume_ml: float) -> Recipe:
    """The pack's defaults with what the user set. Raises `BadRecipeError`."""
    recipe = pack.default_recipe(options.anatomy_seed, options.appearance_seed)
    recipe = replace(recipe, lock=options.lock, beyond_range=options.beyond_range)
    asked = {
        VOLUME: volume_ml,
        INTRACRANIAL: options.icv,
        GUIDANCE: options.guidance,
        STEPS: options.steps,
    }
    for key, value in asked.items():
        if value is not None:
            recipe = recipe.with_value(key, value)
    pack.check(recipe)
    return recipe


def _series(options: argparse.Namespace) -> None:
    from engine.series import even_targets

    targets = even_targets(options.first, options.last, options.cases)
    pack = chosen_pack(options.pack)
    recipe = _recipe(pack, options, targets[0])
    console = Console(sys.stderr)
    series = console.run(SeriesJob(pack, recipe, targets, options.out, options.device).run())
    console.clear()
    print(series_as_text(series), flush=True)


def _morph(options: argparse.Namespace) -> None:
    check_new_folder(options.out)
    case, notes = _subject(options.labels, options.image)
    console = Console(sys.stderr)
    made = console.run(MorphJob(case, options.volume).run())
    save_case(made, options.out)
    for note in notes:
        console.say(note)
    console.clear()
    print(f"{options.out}: {_summary(made)}; {morph_as_text(made.provenance['morph'])}", flush=True)


def _subject(path: Path, scan: Path | None) -> tuple[Case, tuple[str, ...]]:
    """A label map or a case, with the scan that belongs to it; also the notes the user should see."""
    case, notes = open_any(path)
    if case.labels is None:
        raise BadLabelsError(
            f"{path} has no label map with SynthSeg's values; segment the scan first ({PROGRAM} segment)."
        )
    case = replace(case, provenance={"source": str(path), **case.provenance})
    if scan is None:
        return case, notes
    if case.image is not None:
        raise BadFileError(f"{path} has an image of its own; leave out --image.")
    opened, more = open_any(scan)
    if opened.image is None:
        raise BadFileError(f"{scan} is a label map; give the scan itself after --image.")
    if opened.grid != case.grid:
        raise BadFileError(
            f"{scan} and {path} do not lie on the same voxels; segment this scan ({PROGRAM} segment) and give the "
            "folder that it writes."
        )
    record = {**case.provenance, "synthetic": case.synthetic or opened.synthetic, "image": str(scan)}
    return replace(case, image=opened.image, provenance=record), notes + more


def _segment(options: argparse.Namespace) -> None:
    check_new_folder(options.out)
    pack = chosen_pack(options.pack)
    console = Console(sys.stderr)
    scan, notes = console.run(opening_one(0, options.scan, options.series))
    if scan.image is None:
        raise BadFileError(f"{options.scan} is a label map already; give the scan itself.")
    for note in notes:
        console.say(note)
    case = console.run(SegmentJob(pack, scan, options.device, flip=options.flip).run())
    # The scan is not copied: what is written is what is new.
    save_case(replace(case, image=None), options.out)
    console.clear()
    print(f"{options.out}: {_summary(case)}", flush=True)


def _measure(options: argparse.Namespace) -> None:
    measure(options.labels, as_json=options.json, table=options.csv)


def _compare(options: argparse.Namespace) -> None:
    from engine.comparing.command import compare

    console = Console(sys.stderr)

    def run(events: Generator[Event, None, Result]) -> Result:
        result = console.run(events)
        console.clear()
        return result

    compare(
        options.first,
        options.second,
        run=run,
        read_back=lambda case: ReadBackJob(chosen_pack(options.pack), case, options.device).run(),
        align=options.register,
        as_json=options.json,
        table=options.csv,
        out=options.out,
    )


def _report(options: argparse.Namespace) -> None:
    from engine.reporting.command import compared_with
    from engine.reporting.job import ReportJob, check_report_path

    check_report_path(options.out)
    case, notes = _subject(options.labels, options.image)
    console = Console(sys.stderr)
    for note in notes:
        console.say(note)
    if case.image is None:
        console.say("There is no image, so the report shows the labels alone; give the scan after --image.")
    comparisons = compared_with(case, options.compare, align=options.register, run=console.run)
    path = console.run(ReportJob(case, options.out, comparisons).run())
    console.clear()
    print(path, flush=True)


def _export_dicom(options: argparse.Namespace) -> None:
    from engine.dicom_export.job import ExportDicomJob

    check_new_folder(options.out)
    case, notes = open_any(options.case) if options.image is None else _subject(options.case, options.image)
    console = Console(sys.stderr)
    for note in notes:
        console.say(note)
    folder = console.run(ExportDicomJob(case, options.out).run())
    console.clear()
    for file in sorted(folder.iterdir()):
        print(file, flush=True)


def _evaluate(options: argparse.Namespace) -> None:
    from engine.evaluation.arguments import options_from
    from engine.evaluation.command import evaluate

    evaluate(
        options.name,
        options.out,
        pack=chosen_pack(options.pack),
        data=options.data,
        device=options.device,
        options=options_from(options),
    )


def _train(options: argparse.Namespace) -> None:
    from engine.training.command import train

    folder = train(
        options.network,
        options.data,
        options.out,
        resume=options.resume,
        minutes=options.minutes,
        steps=options.steps,
        device=options.device,
        seed=options.seed,
        start_from=options.start_from,
    )
    print(folder)


def _summary(case: Case) -> str:
    if case.labels is None:
        raise BadFileError("The case has no label map, so there is nothing to measure; try again.")
    volumes = measure_volumes(case.labels)
    if volumes.ventricular_ml is None or volumes.icv_ml is None:
        return " ".join(volumes.notes)
    return f"ventricles {volumes.ventricular_ml:.1f} mL of {volumes.icv_ml:.0f} mL intracranial volume"


RUN = {
    "generate": _generate,
    "series": _series,
    "morph": _morph,
    "segment": _segment,
    "measure": _measure,
    "compare": _compare,
    "report": _report,
    "export-dicom": _export_dicom,
    "evaluate": _evaluate,
    "train": _train,
    "packs": packs,
}
