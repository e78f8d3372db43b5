"""One outcome for every job, whatever happens and in whatever order. Threads meet by events, never by the clock."""

import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from engine.errors import BadFileError, UnexpectedError
from engine.events import Cancelled, Event, Failed, Finished, Noticed, Outcome, Started
from engine.jobs import new_id
from engine.worker import Worker

PATIENCE_S = 20


class Log:
    """What a worker said, in order and on which thread; lets a test wait until something was said."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.threads: list[str] = []
        self._news = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._news:
            self.events.append(event)
            self.threads.append(threading.current_thread().name)
            self._news.notify_all()

    def outcomes(self, job: "FakeJob") -> list[Event]:
        return [event for event in self.events if event.job_id == job.id and isinstance(event, Outcome)]

    def wait_for(self, *jobs: "FakeJob") -> None:
        """Until each of the jobs has an outcome."""
        with self._news:
            assert self._news.wait_for(lambda: all(self.outcomes(job) for job in jobs), PATIENCE_S)


@dataclass(frozen=True)
class FakeJob:
    """A job that does what it is told; ``began`` is set in its first step, and it goes on when ``go`` is set."""

    body: Callable[["FakeJob"], Any]
    id: int = field(default_factory=new_id)
    began: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> Generator[Event, None, Any]:
        return self.body(self)


def held(job: FakeJob) -> Generator[Event, None, str]:
    """Three steps; the second takes until the test says go."""
    try:
        yield Noticed(job.id, "one")
        job.began.set()
        assert job.go.wait(PATIENCE_S)
        yield Noticed(job.id, "two")
        yield Noticed(job.id, "three")
        return "done"
    finally:
        job.ended.set()


def quick(job: FakeJob) -> Generator[Event, None, str]:
    yield Noticed(job.id, "one")
    return "done"


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def worker(log: Log) -> Iterator[Worker]:
    worker = Worker(log, "test engine")
    yield worker
    assert worker.close(PATIENCE_S)


def test_a_job_starts_says_its_news_and_finishes_on_the_workers_thread(worker, log):
    job = FakeJob(quick)
    worker.submit(job)
    log.wait_for(job)
    assert log.events == [Started(job.id), Noticed(job.id, "one"), Finished(job.id, "done")]
    assert set(log.threads) == {"test engine"}


def test_41_jobs_each_superseded_in_its_last_step_have_one_outcome_each(worker, log):
    jobs = [FakeJob(held) for _ in range(41)]
    worker.submit(jobs[0])
    for job, newer in pairwise(jobs):
        assert job.began.wait(PATIENCE_S)
        worker.submit(newer)
        job.go.set()
    jobs[-1].go.set()
    log.wait_for(*jobs)
    assert [log.outcomes(job) for job in jobs[:-1]] == [[Cancelled(job.id)] for job in jobs[:-1]]
    assert log.outcomes(jobs[-1]) == [Finished(jobs[-1].id, "done")]
    assert all(job.ended.is_set() for job in jobs)


def test_41_jobs_submitted_at_once_have_one_outcome_each_and_the_newest_wins(worker, log):
    jobs = [FakeJob(quick) for _ in range(41)]
    for job in jobs:
        worker.submit(job)
    log.wait_for(*jobs)
    assert all(len(log.outcomes(job)) == 1 for job in jobs)
    assert log.outcomes(jobs[-1]) == [Finished(jobs[-1].id, "done")]


def test_jobs_submitted_from_several_threads_have_one_outcome_each(worker, log):
    together = threading.Barrier(4)
    jobs = [[FakeJob(quick) for _ in range(10)] for _ in range(4)]

    def submit(mine: list[FakeJob]) -> None:
        together.wait(PATIENCE_S)
        for job in mine:
            worker.submit(job)

    threads = [threading.Thread(target=submit, args=(mine,)) for mine in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    everyone = [job for mine in jobs for job in mine]
    log.wait_for(*everyone)
    assert all(len(log.outcomes(job)) == 1 for job in everyone)


def test_a_waiting_job_that_is_replaced_never_starts(worker, log):
    running, replaced, newest = FakeJob(held), FakeJob(quick), FakeJob(quick)
    worker.submit(running)
    assert running.began.wait(PATIENCE_S)
    worker.submit(replaced)
    worker.submit(newest)
    assert [event for event in log.events if event.job_id == replaced.id] == [Cancelled(replaced.id)]
    running.go.set()
    log.wait_for(running, newest)
    assert Started(replaced.id) not in log.events


def test_cancel_stops_within_one_step_and_unwinds_the_job(worker, log):
    job = FakeJob(held)
    worker.submit(job)
    assert job.began.wait(PATIENCE_S)
    worker.cancel()
    job.go.set()
    log.wait_for(job)
    said = [event.sentence for event in log.events if isinstance(event, Noticed)]
    assert said == ["one", "two"]
    assert log.outcomes(job) == [Cancelled(job.id)]
    assert job.ended.is_set()


def test_cancel_forgets_what_waits(worker, log):
    running, waiting = FakeJob(held), FakeJob(quick)
    worker.submit(running)
    assert running.began.wait(PATIENCE_S)
    worker.submit(waiting)
    worker.cancel()
    running.go.set()
    log.wait_for(running, waiting)
    assert log.outcomes(waiting) == [Cancelled(waiting.id)]


def test_cancelling_nothing_does_not_stop_the_next_job(worker, log):
    worker.cancel()
    job = FakeJob(quick)
    worker.submit(job)
    log.wait_for(job)
    assert log.outcomes(job) == [Finished(job.id, "done")]


def fails(error: BaseException) -> Callable[[FakeJob], Generator[Event, None, None]]:
    def body(job: FakeJob) -> Generator[Event, None, None]:
        yield Noticed(job.id, "one")
        raise error

    return body


def test_a_failure_is_an_outcome_and_the_worker_goes_on(worker, log):
    known = BadFileError("There is no file.")
    bad, bug, fine = FakeJob(fails(known)), FakeJob(fails(ZeroDivisionError("oh"))), FakeJob(quick)
    for job in (bad, bug, fine):
        worker.submit(job)
        log.wait_for(job)
    assert log.outcomes(bad) == [Failed(bad.id, known)]
    (failed,) = log.outcomes(bug)
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, UnexpectedError)
    assert log.outcomes(fine) == [Finished(fine.id, "done")]


def test_a_job_that_cannot_even_begin_fails(worker, log):
    def body(_job: FakeJob) -> None:
        raise ValueError("no")

    job, fine = FakeJob(body), FakeJob(quick)
    for each in (job, fine):
        worker.submit(each)
        log.wait_for(each)
    assert isinstance(log.outcomes(job)[0], Failed)
    assert log.outcomes(fine) == [Finished(fine.id, "done")]


def test_a_job_that_fails_while_it_is_stopped_still_has_one_outcome(worker, log):
    def body(job: FakeJob) -> Generator[Event, None, None]:
        try:
            job.began.set()
            assert job.go.wait(PATIENCE_S)
            yield Noticed(job.id, "one")
        finally:
            raise ValueError("cleaning up failed")

    job, fine = FakeJob(body), FakeJob(quick)
    worker.submit(job)
    assert job.began.wait(PATIENCE_S)
    worker.submit(fine)
    job.go.set()
    log.wait_for(job, fine)
    assert [type(event) for event in log.outcomes(job)] == [Failed]
    assert log.outcomes(fine) == [Finished(fine.id, "done")]


def test_close_cancels_everything_ends_the_thread_and_takes_no_more(log):
    worker = Worker(log, "closing")
    running, waiting = FakeJob(held), FakeJob(quick)
    worker.submit(running)
    assert running.began.wait(PATIENCE_S)
    worker.submit(waiting)
    assert not worker.close(timeout_s=0)
    running.go.set()
    assert worker.close(PATIENCE_S)
    assert log.outcomes(running) == [Cancelled(running.id)]
    assert log.outcomes(waiting) == [Cancelled(waiting.id)]
    assert "closing" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(RuntimeError, match="closed"):
        worker.submit(FakeJob(quick))


def test_close_while_idle(log):
    worker = Worker(log)
    assert worker.close(PATIENCE_S)
    assert log.events == []
