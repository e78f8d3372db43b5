import argparse
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.evaluation import command
from engine.evaluation.arguments import ALL, EVALUATIONS, Options, add_arguments, options_from
from engine.evaluation.results import Result, Target

ROOT = Path(__file__).resolve().parents[3]


def parsed(*arguments):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(arguments)


def test_nothing_heavy_is_loaded_for_the_options():
    script = "import engine.evaluation.arguments, engine.evaluation.command, sys; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_without_options_everything_has_its_full_size():
    assert options_from(parsed("anatomy")) == Options()


def test_every_option_arrives():
    line = (
        "all --targets 20 40 --seeds 2 --guidance 1 3 --lock with --masks 5 --cases 4 --volume 30 --most 7 --scans s "
        "--scheme synthseg --features f.pt --data d"
    )
    options = options_from(parsed(*line.split()))
    assert options == Options((20.0, 40.0), 2, (1.0, 3.0), (True,), 30.0, 5, 4, 7, Path("s"), "synthseg", Path("f.pt"))
    assert parsed(*line.split()).data == Path("d")


@pytest.mark.parametrize("wrong", [["nothing"], ["anatomy", "--masks", "0"], ["realism", "--volume", "nan"]])
def test_what_makes_no_sense_is_refused(wrong, capsys):
    with pytest.raises(SystemExit):
        parsed(*wrong)
    assert "invalid choice" in (err := capsys.readouterr().err) or "is not a" in err


def test_the_help_names_every_evaluation(capsys):
    with pytest.raises(SystemExit):
        parsed("--help")
    said = capsys.readouterr().out
    assert all(name in said for name in (*EVALUATIONS, ALL))


@pytest.mark.parametrize("name", [name for name in EVALUATIONS if name != "report"])
def test_every_evaluation_has_its_module(name):
    assert callable(import_module(f"engine.evaluation.{name.replace('-', '_')}").evaluate)


def drawn(figure):
    figure.text(0.5, 0.5, "a picture")


@pytest.fixture
def fake(monkeypatch):
    """Every evaluation gives the same result; those named in the list fail."""
    failing: list[str] = []

    def module(path):
        name = path.rpartition(".")[2].replace("_", "-")

        class Fake:
            @staticmethod
            def evaluate(setting):
                if name in failing:
                    raise EngineError(f"{name} cannot be made.")
                return Result(
                    {"n": setting.options.seeds}, [{"n": 1}], drawn, [f"{name} is fine"], [Target("r", 1, 0, 1)]
                )

        return Fake

    monkeypatch.setattr(command, "import_module", module)
    return failing


def test_one_evaluation_writes_its_files_and_says_how_it_went(fake, pack, tmp_path, capsys):
    command.evaluate("anatomy", tmp_path / "out", pack=pack, device="cpu", options=Options(seeds=3))
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"anatomy.json", "anatomy.csv", "anatomy.png"}
    said = capsys.readouterr().out
    assert "anatomy is fine" in said
    assert "r: 1 (at least 0, aim 1): aim" in said
    record = json.loads((tmp_path / "out" / "anatomy.json").read_text(encoding="utf-8"))
    assert record["figures"] == {"n": 3}
    assert record["pack"] == {"name": "tiny", "version": pack.version, "sha256": pack.sha256}
    assert record["options"]["seeds"] == 3


def test_all_makes_everything_and_the_report(fake, pack, tmp_path):
    command.evaluate(ALL, tmp_path, pack=pack, device="cpu")
    made = {p.name for p in tmp_path.iterdir()}
    assert {f"{name}.json" for name in EVALUATIONS if name != "report"} <= made
    assert "report.html" in made


def test_of_all_what_can_be_made_is_made_and_the_reason_for_the_rest_comes_at_the_end(fake, pack, tmp_path, capsys):
    fake += ["diversity", "realism"]
    with pytest.raises(EngineError, match="diversity cannot be made"):
        command.evaluate(ALL, tmp_path, pack=pack, device="cpu")
    made = {p.name for p in tmp_path.iterdir()}
    assert {"segmentation.json", "report.html"} <= made
    assert "realism.json" not in made
    assert "realism: realism cannot be made." in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_refused_before_the_work(fake, pack, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        command.evaluate("anatomy", tmp_path / "file", pack=pack, device="cpu")


def test_the_report_alone_needs_no_device(fake, pack, tmp_path, capsys):
    command.evaluate("anatomy", tmp_path, pack=pack, device="cpu")
    command.evaluate("report", tmp_path, pack=pack, device="nowhere")
    assert capsys.readouterr().out.splitlines()[-1] == str(tmp_path / "report.html")
