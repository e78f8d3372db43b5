import pytest

from engine.errors import OutputError
from engine.events import Progressed
from engine.progress import result_of
from engine.reporting import html
from engine.reporting.html import as_html
from engine.reporting.job import ReportJob, write_report
from tests.engine.reporting.conftest import DAY


def test_the_job_writes_the_report_and_tells_how_far_it_is(case, report, tmp_path):
    job = ReportJob(case, tmp_path / "head.html", made_on=DAY)
    events = [event for event in job.run() if isinstance(event, Progressed)]
    assert {event.stage for event in events} == {"Measuring", "Pictures", "Writing"}
    fractions = [event.fraction for event in events]
    assert fractions == sorted(fractions)
    assert len(fractions) > 10
    assert (tmp_path / "head.html").read_text(encoding="utf-8") == as_html(report)


def test_the_ending_of_the_name_chooses_the_kind(report, tmp_path):
    write_report(report, tmp_path / "head.PDF")
    assert (tmp_path / "head.PDF").read_bytes().startswith(b"%PDF-")
    with pytest.raises(OutputError, match=r"ending of \.html or \.pdf"):
        write_report(report, tmp_path / "head.docx")


def test_what_cannot_be_written_is_refused_before_anything_is_measured(case, tmp_path):
    with pytest.raises(OutputError, match="no folder"):
        next(ReportJob(case, tmp_path / "none" / "head.html").run())
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        result_of(ReportJob(case, tmp_path / "folder.html").run())


def test_a_report_that_fails_leaves_the_old_one(report, tmp_path, monkeypatch):
    path = tmp_path / "head.html"
    path.write_text("old", encoding="utf-8")

    def full(report):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(html, "as_html", full)
    with pytest.raises(OutputError, match="No space left"):
        write_report(report, path)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
