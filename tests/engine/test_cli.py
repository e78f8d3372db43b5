"""The commands as a user types them, with `FakeModels` in place of the networks."""

import errno
import io
import json
import sys
import types
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from engine.arguments import COMMANDS, NETWORKS
from engine.case import Case
from engine.errors import NoBrainError
from engine.events import Noticed
from engine.grid import Grid
from engine.io.case_folder import open_case, save_case
from engine.io.nifti import read_label_map, write_label_map, write_volume
from engine.volume import LabelMap, Volume
from main import main
from tests.dicom_files import write_series
from tests.engine.small_brain import small_brain


@pytest.fixture
def run(capsys):
    """Runs a command; gives its exit status and what it wrote to stdout and stderr."""

    def run(*arguments):
        status = main([str(argument) for argument in arguments])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def pack(make_pack):
    return make_pack()


@pytest.fixture
def scan(tmp_path, volume):
    write_volume(tmp_path / "scan.nii.gz", volume)
    return tmp_path / "scan.nii.gz"


def one_sentence(stderr):
    """Whether stderr is one line that names the program and ends like a sentence."""
    return stderr.startswith("python main.py: ") and stderr.endswith(".\n") and stderr.count("\n") == 1


# generate


def test_generate_writes_one_folder_per_case(run, pack, fake_models, tmp_path):
    out = tmp_path / "deep" / "cases"
    status, stdout, stderr = run(
        "generate", "--volume", 30, "--anatomy-seed", 5, "--appearance-seed", 9, "--count", 2,
        "--steps", 7, "--guidance", 1.5, "--icv", 1500, "--pack", pack, "--out", out,
    )  # fmt: skip
    assert status == 0
    assert fake_models.calls == ["mask 5", "image 9", "check", "mask 6", "image 10", "check"]
    assert sorted(path.name for path in out.iterdir()) == ["case-0001", "case-0002"]
    record = json.loads((out / "case-0001" / "case.json").read_text(encoding="utf-8"))
    assert record["name"] == "case-0001"
    assert record["synthetic"] is True
    values = {"guidance": 1.5, "intracranial_volume": 1500, "steps": 7, "ventricular_volume": 30}
    seeds = {"anatomy_seed": 5, "appearance_seed": 9}
    assert record["recipe"] == {**seeds, "values": values, "lock": False, "beyond_range": False}
    labels = open_case(out / "case-0002").labels
    assert labels is not None
    assert (labels.data == 4).sum() == 30_000
    first, second = stdout.splitlines()
    assert first.startswith(f"{out / 'case-0001'}: ventricles 30.0 mL of 41 mL")
    assert second.startswith(f"{out / 'case-0002'}: ")
    assert "case 1 of 2, Label map 1/2, 12%" in stderr
    assert "case 2 of 2, Image" in stderr


def test_one_case_lies_where_the_first_of_many_would(run, pack, fake_models, tmp_path):
    status, stdout, _ = run("generate", "--volume", 30, "--pack", pack, "--out", tmp_path / "out")
    assert status == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["case-0001"]
    record = json.loads((tmp_path / "out/case-0001/case.json").read_text(encoding="utf-8"))
    assert record["recipe"]["values"] == {"guidance": 2, "steps": 12, "ventricular_volume": 30}
    assert stdout.count("\n") == 1


def test_generate_refuses_before_computing_if_any_case_is_there(run, pack, fake_models, tmp_path):
    (tmp_path / "out" / "case-0002").mkdir(parents=True)
    (tmp_path / "out" / "case-0002" / "mine.txt").write_text("keep")
    status, stdout, stderr = run("generate", "--volume", 30, "--count", 3, "--pack", pack, "--out", tmp_path / "out")
    assert (status, stdout, fake_models.calls) == (2, "", [])
    assert one_sentence(stderr)
    assert "case-0002 exists already" in stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["case-0002"]


def test_generate_adds_to_a_folder_of_other_things(run, pack, fake_models, tmp_path):
    (tmp_path / "notes.txt").write_text("keep")
    assert run("generate", "--volume", 30, "--pack", pack, "--out", tmp_path)[0] == 0
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "keep"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--volume", "500"], "choose 10 to 150 mL"),
        (["--volume", "nan"], "choose 10 to 150 mL"),
        (["--volume", "30", "--guidance", "99"], "choose 1 to 5"),
        (["--volume", "30", "--steps", "1000"], "choose 1 to 50"),
        (["--volume", "30", "--icv", "10"], "choose 1000 to 1900 mL"),
        (["--volume", "30", "--anatomy-seed", "-1"], "seed -1"),
        (["--volume", "30", "--appearance-seed", "2147483647", "--count", "2"], "seed 2147483648"),
        (["--volume", "30", "--out", "/dev/null/cases"], "is a file"),
        (["--volume", "30", "--pack", "/nowhere"], "no model pack in /nowhere"),
    ],
)
def test_generate_refuses_what_cannot_be_made_before_computing(run, pack, fake_models, tmp_path, arguments, said):
    status, stdout, stderr = run("generate", "--pack", pack, "--out", tmp_path / "out", *arguments)
    assert (status, stdout, fake_models.calls) == (2, "", [])
    assert one_sentence(stderr)
    assert said in stderr
    assert not (tmp_path / "out").exists()


def test_generate_marks_what_was_locked_and_what_the_pack_was_not_trained_for(run, make_pack, fake_models, tmp_path):
    pack = make_pack(lambda manifest: manifest["controls"][0].update(high=20, default=15, most=40))
    arguments = ["generate", "--volume", 30, "--lock", "--pack", pack, "--out", tmp_path / "out"]
    assert run(*arguments)[0] == 2
    status, _, stderr = run(*arguments, "--beyond-range")
    assert status == 0
    assert stderr.startswith("Target ventricular volume: the pack was not trained for this value")
    record = json.loads((tmp_path / "out/case-0001/case.json").read_text(encoding="utf-8"))
    assert record["recipe"]["lock"] is True
    assert record["recipe"]["beyond_range"] is True


def test_ctrl_c_ends_with_130_and_leaves_nothing_half_written(run, pack, fake_models, tmp_path):
    fake_models.fault = KeyboardInterrupt()
    status, stdout, stderr = run("generate", "--volume", 30, "--pack", pack, "--out", tmp_path / "out")
    assert (status, stdout) == (130, "")
    assert stderr.endswith("Stopped.\n")
    assert not (tmp_path / "out").exists()


def test_a_fault_of_the_program_ends_with_1_and_a_trace(run, pack, fake_models, tmp_path):
    fake_models.fault = ZeroDivisionError("division by zero")
    status, _, stderr = run("generate", "--volume", 30, "--pack", pack, "--out", tmp_path / "out")
    assert status == 1
    assert "Traceback" in stderr
    assert "in generate_image" in stderr
    assert stderr.rstrip().endswith("please report it.")


def test_a_full_disk_ends_with_2_and_keeps_the_cases_before(run, pack, fake_models, tmp_path, monkeypatch):
    def second_fails(case, folder):
        if folder.name == "case-0002":
            raise OSError(errno.ENOSPC, "No space left on device", str(folder))
        return save_case(case, folder)

    monkeypatch.setattr("engine.cli.save_case", second_fails)
    status, stdout, stderr = run("generate", "--volume", 30, "--count", 3, "--pack", pack, "--out", tmp_path / "out")
    assert status == 2
    assert "No space left on device" in stderr
    assert stdout.count("\n") == 1
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["case-0001"]


# segment


def test_segment_writes_labels_on_the_scans_grid_volumes_and_a_record(run, pack, fake_models, scan, volume, tmp_path):
    out = tmp_path / "segmented"
    status, stdout, stderr = run("segment", scan, "--pack", pack, "--out", out)
    assert status == 0
    assert sorted(path.name for path in out.iterdir()) == ["case.json", "labels.nii.gz", "volumes.csv"]
    labels = nib.load(out / "labels.nii.gz")
    assert labels.shape == volume.grid.shape
    np.testing.assert_allclose(labels.affine, volume.grid.affine, atol=1e-5)
    record = json.loads((out / "case.json").read_text(encoding="utf-8"))
    assert record["source"] == str(scan)
    assert record["segmentation"] == {"pack": "tiny"}
    assert record["synthetic"] is False
    assert stdout.startswith(f"{out}: ventricles ")
    assert "Finding the brain" in stderr


def test_segment_flips_when_asked_to(run, pack, fake_models, scan, tmp_path, monkeypatch):
    flips = []
    segment = sys.modules["engine.models.segment"]
    plain = segment.segment_scan

    def noting(*arguments, flip):
        flips.append(flip)
        return (yield from plain(*arguments, flip=flip))

    monkeypatch.setattr(segment, "segment_scan", noting)
    run("segment", scan, "--pack", pack, "--out", tmp_path / "once")
    run("segment", scan, "--flip", "--pack", pack, "--out", tmp_path / "twice")
    assert flips == [False, True]


def test_segment_never_touches_a_folder_with_something_in_it(run, pack, fake_models, scan):
    status, stdout, stderr = run("segment", scan, "--pack", pack, "--out", scan.parent)
    assert (status, stdout, fake_models.calls) == (2, "", [])
    assert one_sentence(stderr)


def test_segment_says_when_there_is_no_brain(run, pack, fake_models, scan, tmp_path):
    fake_models.fault = NoBrainError("There is no brain in this scan; choose a head scan.")
    status, stdout, stderr = run("segment", scan, "--pack", pack, "--out", tmp_path / "out")
    assert (status, stdout) == (2, "")
    assert stderr.endswith("python main.py: There is no brain in this scan; choose a head scan.\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["missing.nii.gz", "empty.nii.gz", "."])
def test_segment_refuses_a_bad_scan(run, pack, fake_models, tmp_path, name):
    (tmp_path / "empty.nii.gz").touch()
    status, stdout, stderr = run("segment", tmp_path / name, "--pack", pack, "--out", tmp_path / "out")
    assert (status, stdout, fake_models.calls) == (2, "", [])
    assert one_sentence(stderr.splitlines(keepends=True)[-1])


def test_segment_takes_the_only_series_of_a_folder_and_asks_for_one_of_several(
    run, pack, fake_models, volume, tmp_path
):
    data, folder = volume.data.astype(np.int16), tmp_path / "dicom"
    write_series(folder / "a", data, volume.grid.affine, description="t1")
    status, _, _ = run("segment", folder, "--pack", pack, "--out", tmp_path / "one")
    assert status == 0
    labels = read_label_map(tmp_path / "one" / "labels.nii.gz")
    assert labels.grid == Grid(volume.grid.shape, volume.grid.affine)
    write_series(folder / "b", data, volume.grid.affine, description="flair", number=2)
    status, _, stderr = run("segment", folder, "--pack", pack, "--out", tmp_path / "two")
    assert status == 2
    assert stderr.endswith("choose one with --series: 1: t1 (MR, 5 slices), 2: flair (MR, 5 slices).\n")
    status, _, _ = run("segment", folder, "--series", "2", "--pack", pack, "--out", tmp_path / "two")
    assert status == 0
    record = json.loads((tmp_path / "two" / "case.json").read_text(encoding="utf-8"))
    assert ["Series", "flair"] in record["header"]["facts"]


def test_segment_refuses_a_label_map(run, pack, fake_models, labels, tmp_path):
    write_label_map(tmp_path / "labels.nii.gz", labels)
    status, _, stderr = run("segment", tmp_path / "labels.nii.gz", "--pack", pack, "--out", tmp_path / "out")
    assert status == 2
    assert "label map already" in stderr


def test_what_a_job_notices_is_said(run, pack, fake_models, scan, tmp_path, monkeypatch):
    segment = sys.modules["engine.models.segment"]
    plain = segment.segment_scan

    def noticing(*arguments, **options):
        yield Noticed(1, "The GPU is full; the CPU goes on.")
        return (yield from plain(*arguments, **options))

    monkeypatch.setattr(segment, "segment_scan", noticing)
    status, _, stderr = run("segment", scan, "--pack", pack, "--out", tmp_path / "out")
    assert status == 0
    assert "The GPU is full; the CPU goes on.\n" in stderr


# morph


@pytest.fixture(scope="module")
def brain():
    return small_brain((40, 42, 38), 0.7)


@pytest.fixture
def brain_files(tmp_path, brain):
    """A label map and its scan as files."""
    image = np.where(np.isin(brain.data, (4, 43)), 10.0, 90.0)
    write_label_map(tmp_path / "labels.nii.gz", brain)
    write_volume(tmp_path / "t1.nii.gz", Volume(image, brain.grid))
    return tmp_path / "labels.nii.gz", tmp_path / "t1.nii.gz"


def header_text(path):
    return nib.load(path).header["descrip"].item().decode()


def test_morph_writes_a_case_that_says_what_was_done(run, brain, brain_files, tmp_path):
    labels, image = brain_files
    status, stdout, stderr = run("morph", labels, "--image", image, "--volume", 2, "--out", tmp_path / "out")
    assert status == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "case.json", "image.nii.gz", "labels.nii.gz", "volumes.csv",
    ]  # fmt: skip
    case = open_case(tmp_path / "out")
    assert case.grid == brain.grid
    record = case.provenance
    assert (record["source"], record["original"]["image"]) == (str(labels), str(image))
    assert (record["synthetic"], record["morphed"]) == (False, True)
    assert record["morph"]["achieved_ml"] == pytest.approx(2, abs=0.05)
    assert stdout.startswith(f"{tmp_path / 'out'}: ventricles 2.0 mL of 32 mL intracranial volume; ")
    assert "started from 0.9 mL, asked for 2 mL, achieved 2.0 mL; smallest Jacobian determinant 0." in stdout
    assert "largest displacement" in stdout
    assert "Moving the tissue" in stderr
    for name in ("image.nii.gz", "labels.nii.gz"):
        assert header_text(tmp_path / "out" / name) == "MORPHED - VentriSynth, not as it was scanned"


def test_a_morphed_synthetic_case_stays_synthetic(run, brain, tmp_path):
    save_case(Case("made", None, brain, {"synthetic": True, "recipe": {"anatomy_seed": 1}}), tmp_path / "made")
    assert run("morph", tmp_path / "made", "--volume", 0.9, "--out", tmp_path / "out")[0] == 0
    case = open_case(tmp_path / "out")
    assert (case.synthetic, case.morphed, case.image) == (True, True, None)
    assert case.provenance["source"] == str(tmp_path / "made")
    assert header_text(tmp_path / "out" / "labels.nii.gz").startswith("SYNTHETIC")


def test_a_synthetic_scan_makes_the_morphed_case_synthetic(run, brain, brain_files, tmp_path):
    labels, _ = brain_files
    write_volume(
        tmp_path / "made.nii.gz",
        Volume(np.random.default_rng(1).normal(size=brain.grid.shape), brain.grid),
        "SYNTHETIC",
    )
    run("morph", labels, "--image", tmp_path / "made.nii.gz", "--volume", 0.9, "--out", tmp_path / "out")
    assert open_case(tmp_path / "out").synthetic


@pytest.mark.parametrize("volume", ["0", "-3", "nan", "1000"])
def test_morph_refuses_volumes_that_cannot_be(run, brain_files, tmp_path, volume):
    out = tmp_path / "out"
    status, stdout, stderr = run("morph", brain_files[0], "--volume", volume, "--out", out)
    assert (status, stdout) == (2, "")
    assert one_sentence(stderr)
    assert not out.exists()


def test_morph_refuses_what_does_not_belong_together(run, brain, brain_files, scan, tmp_path):
    labels, image = brain_files
    save_case(Case("whole", Volume(np.array(brain.data) + 0.5, brain.grid), brain), tmp_path / "whole")
    for arguments, said in [
        ([labels, "--image", scan], "do not lie on the same voxels; segment this scan (python main.py segment)"),
        ([image], "has no label map with SynthSeg's values; segment the scan first"),
        ([labels, "--image", labels], "is a label map; give the scan itself"),
        ([tmp_path / "whole", "--image", image], "has an image of its own; leave out --image"),
        ([tmp_path / "nothing"], "There is no file"),
    ]:
        status, stdout, stderr = run("morph", *arguments, "--volume", 2, "--out", tmp_path / "out")
        assert (status, stdout) == (2, "")
        assert one_sentence(stderr)
        assert said in stderr
    assert not (tmp_path / "out").exists()


def test_morph_never_touches_a_folder_with_something_in_it(run, brain_files):
    labels, image = brain_files
    status, _, stderr = run("morph", labels, "--image", image, "--volume", 2, "--out", labels.parent)
    assert status == 2
    assert one_sentence(stderr)


def test_a_stopped_morph_leaves_nothing(run, brain_files, tmp_path, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("engine.world_warp.WorldWarp.labels", stopped)
    assert run("morph", brain_files[0], "--volume", 2, "--out", tmp_path / "out")[0] == 130
    assert not (tmp_path / "out").exists()


# series


def test_series_writes_growing_cases_and_how_smoothly_they_grow(run, pack, fake_models, tmp_path):
    out = tmp_path / "series"
    status, stdout, stderr = run(
        "series", "--from", 10, "--to", 30, "--steps", 3, "--anatomy-seed", 5, "--appearance-seed", 2,
        "--guidance", 3, "--lock", "--pack", pack, "--out", out,
    )  # fmt: skip
    assert status == 0
    assert fake_models.calls == ["mask 5", "image 2", "check"] * 3
    names = ["case-0001", "case-0002", "case-0003"]
    assert sorted(path.name for path in out.iterdir()) == [*names, "series.csv", "series.json"]
    recipes = [open_case(out / name).provenance["recipe"] for name in names]
    assert [recipe["values"]["ventricular_volume"] for recipe in recipes] == [10, 20, 30]
    assert all(recipe["lock"] and recipe["values"]["guidance"] == 3 for recipe in recipes)
    first, second, _ = stdout.splitlines()
    assert first == f"{out / names[0]}: ventricles 10.0 mL of 41 mL intracranial volume, asked for 10 mL"
    assert second.endswith("asked for 20 mL; Dice to the case before 0.807 (mean over labels), 0.807 (pooled)")
    assert "case-0002, Label map 1/2, 4" in stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "30", "--to", "10"], "does not grow"),
        (["--from", "nan", "--to", "10"], "does not grow"),
        (["--from", "10", "--to", "10"], "does not grow"),
        (["--from", "10", "--to", "30", "--steps", "1"], "two cases at least"),
        (["--from", "10", "--to", "500"], "choose 10 to 150 mL"),
        (["--from", "10", "--to", "30", "--out", "."], "exists already"),
    ],
)
def test_series_refuses_before_computing(run, pack, fake_models, scan, monkeypatch, arguments, said):
    monkeypatch.chdir(scan.parent)
    status, stdout, stderr = run("series", "--steps", 3, "--pack", pack, "--out", "series", *arguments)
    assert (status, stdout, fake_models.calls) == (2, "", [])
    assert one_sentence(stderr)
    assert said in stderr


# measure


@pytest.fixture
def label_file(tmp_path, labels):
    (tmp_path / "case").mkdir()
    write_label_map(tmp_path / "case" / "labels.nii.gz", labels)
    return tmp_path / "case" / "labels.nii.gz"


def test_measure_prints_a_table(run, label_file):
    status, stdout, stderr = run("measure", label_file)
    assert status == 0
    assert "Ventricular volume" in stdout
    assert "wrong side" in stderr  # the labels are strewn at random
    assert run("measure", label_file.parent) == (0, stdout, stderr)


def test_measure_prints_json(run, label_file, labels):
    status, stdout, _ = run("measure", label_file, "--json")
    assert status == 0
    data = json.loads(stdout)
    ventricles = np.isin(labels.data, [4, 43, 5, 44, 14, 15]).sum() * labels.grid.voxel_ml
    assert data["ventricular_ml"] == pytest.approx(ventricles, abs=5e-4)


def test_measure_explains_where_nothing_was_found(run, tmp_path, grid):
    write_label_map(tmp_path / "labels.nii.gz", LabelMap(np.resize([0, 2, 41], grid.shape), grid))
    status, stdout, stderr = run("measure", tmp_path / "labels.nii.gz", "--json")
    assert status == 0
    assert json.loads(stdout)["ventricular_ml"] is None
    assert "no ventricular volume" in stderr


def test_measure_refuses_an_image_and_a_folder_without_labels(run, scan, tmp_path):
    for path in (scan, tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        status, stdout, stderr = run("measure", path)
        assert (status, stdout) == (2, "")
        assert one_sentence(stderr)


def test_a_reader_that_has_gone_is_no_error_of_ours(label_file, monkeypatch, tmp_path):
    with (tmp_path / "stdout").open("w") as file:

        class Gone(io.StringIO):
            def write(self, _text: str) -> int:
                raise BrokenPipeError

            def fileno(self) -> int:
                return file.fileno()

        monkeypatch.setattr(sys, "stdout", Gone())
        assert main(["measure", str(label_file)]) == 1


# evaluate


def test_evaluate_hands_everything_over(run, pack, tmp_path, monkeypatch):
    calls = []
    module = types.ModuleType("engine.evaluation.command")
    module.__dict__.update(evaluate=lambda name, out, **options: calls.append((name, out, options)))
    monkeypatch.setitem(sys.modules, "engine.evaluation.command", module)
    status, *_ = run(
        "evaluate", "anatomy", "--masks", 7, "--data", tmp_path, "--device", "cpu", "--pack", pack, "--out", "results",
    )  # fmt: skip
    assert status == 0
    ((name, out, options),) = calls
    assert (name, out, options["data"], options["device"]) == ("anatomy", Path("results"), tmp_path, "cpu")
    assert (options["pack"].name, options["options"].masks) == ("tiny", 7)


# train


@pytest.fixture
def training(monkeypatch):
    """What ``train`` was called with."""
    calls = []

    def train(network, data, out, **options):
        calls.append((network, data, out, options))
        return out / network

    module = types.ModuleType("engine.training.command")
    module.__dict__.update(train=train)
    monkeypatch.setitem(sys.modules, "engine.training.command", module)
    return calls


@pytest.mark.parametrize("network", NETWORKS)
def test_train_hands_everything_over(run, training, tmp_path, network):
    status, stdout, stderr = run(
        "train", network, "--data", tmp_path, "--out", "runs",
        "--resume", "--minutes", 1.5, "--steps", 7, "--device", "cpu", "--seed", 3, "--start-from", "first.safetensors",
    )  # fmt: skip
    assert (status, stdout, stderr) == (0, f"runs/{network}\n", "")
    ((name, data, out, options),) = training
    assert (name, data, str(out)) == (network, tmp_path, "runs")
    expected = {"resume": True, "minutes": 1.5, "steps": 7, "device": "cpu", "seed": 3}
    assert options == expected | {"start_from": Path("first.safetensors")}


# What argparse refuses


@pytest.mark.parametrize(
    "arguments",
    [
        ["generate"],
        ["generate", "--volume", "much", "--out", "x"],
        ["generate", "--volume", "30", "--count", "0", "--out", "x"],
        ["generate", "--volume", "30", "--steps", "2.5", "--out", "x"],
        ["segment"],
        ["morph", "labels.nii.gz", "--out", "x"],
        ["morph", "labels.nii.gz", "--volume", "much", "--out", "x"],
        ["series", "--from", "10", "--to", "20", "--out", "x"],
        ["evaluate", "everything", "--out", "x"],
        ["measure"],
        ["train", "everything", "--data", "x", "--out", "y"],
        ["train", "segmenter", "--data", "x", "--out", "y", "--minutes", "-1"],
        ["train", "segmenter", "--data", "x", "--out", "y", "--minutes", "nan"],
    ],
    ids=" ".join,
)
def test_arguments_that_make_no_sense_end_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "error: " in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_help_explains_with_an_example(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    assert f"example: python main.py {command} " in said
    assert main.__module__ == "main"
    assert max(map(len, said.splitlines())) <= 120
