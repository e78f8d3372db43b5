"""The program tries itself: with stand-ins for the networks, and with parts that are broken."""

from dataclasses import replace

import pytest

from engine import self_test
from engine.case import Case
from engine.errors import BadPackError, SelfTestError
from engine.jobs import OpenJob
from engine.measures import measure_volumes
from engine.pack import load_pack
from engine.recipe import STEPS
from engine.self_test import try_engine


@pytest.fixture
def pack(make_pack):
    return load_pack(make_pack())


def test_a_case_is_made_with_the_fewest_steps_written_and_read_back(pack, fake_models):
    trial = try_engine(pack, "cpu")
    assert fake_models.calls == ["mask 1", "image 1", "check"]
    assert trial.case.synthetic
    assert trial.case.provenance["recipe"]["values"][STEPS] == pack.control(STEPS).low
    assert trial.ventricular_ml == pytest.approx(40, abs=0.1)


def test_what_the_engine_says_is_said(pack, fake_models):
    fake_models.fault = BadPackError("The pack is broken; install it again.")
    with pytest.raises(BadPackError, match="install it again"):
        try_engine(pack, "cpu")


def test_a_case_that_is_read_back_differently_is_a_failure(pack, fake_models, monkeypatch):
    class OpenWrongly(OpenJob):
        def run(self):
            case = yield from super().run()
            assert isinstance(case, Case)
            assert case.image is not None
            return replace(case, image=replace(case.image, data=case.image.data + 1))

    monkeypatch.setattr(self_test, "OpenJob", OpenWrongly)
    with pytest.raises(SelfTestError, match="not the one that was made"):
        try_engine(pack, "cpu")


def test_a_case_without_ventricles_is_a_failure(pack, fake_models, monkeypatch):
    def measure(labels):
        return replace(measure_volumes(labels), ventricular_ml=None)

    monkeypatch.setattr(self_test, "measure_volumes", measure)
    with pytest.raises(SelfTestError, match="no ventricles"):
        try_engine(pack, "cpu")


def test_an_engine_that_does_not_answer_is_a_failure(pack, fake_models, monkeypatch):
    monkeypatch.setattr(self_test, "MOST_SECONDS", 0.0)
    with pytest.raises(SelfTestError, match="did not answer"):
        try_engine(pack, "cpu")
