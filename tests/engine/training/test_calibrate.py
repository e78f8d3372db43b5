import json
import shutil

import pytest

from engine.errors import BadPackError
from engine.pack import MANIFEST, load_pack
from engine.training import calibrate as calibrate_module
from engine.training.calibrate import calibrate


@pytest.fixture
def out(pack_folder, tmp_path, monkeypatch):
    """A training folder with the tiny pack, and few samplings to make."""
    shutil.copytree(pack_folder, tmp_path / "pack")
    monkeypatch.setattr(calibrate_module, "CONDITIONS_ML", (1.0, 8.0, 30.0, 100.0))
    monkeypatch.setattr(calibrate_module, "GUIDANCES", (1.0, 3.0))
    monkeypatch.setattr(calibrate_module, "SEEDS", (900_000, 900_001))
    return tmp_path


def test_the_curves_are_measured_and_written_into_the_manifest(out):
    before = load_pack(out / "pack")
    assert not before.calibration.curves
    assert calibrate(out, "cpu") == out / "pack"
    after = load_pack(out / "pack")
    assert [curve.guidance for curve in after.calibration.curves] == [1.0, 3.0]
    # 1 mL lies outside what the pack allows.
    assert after.calibration.curves[0].condition_ml == (8.0, 30.0, 100.0)
    assert after.sha256 != before.sha256
    kept = json.loads((out / "pack" / MANIFEST).read_text(encoding="utf-8"))
    assert kept["name"] == "tiny"


def test_measuring_again_does_not_build_on_the_last_time(out):
    calibrate(out, "cpu")
    first = load_pack(out / "pack").calibration
    calibrate(out, "cpu")
    assert load_pack(out / "pack").calibration == first


def test_without_a_pack_there_is_nothing_to_calibrate(tmp_path):
    with pytest.raises(BadPackError, match="no model pack"):
        calibrate(tmp_path)
