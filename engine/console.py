"""What the command line says: progress and notices on stderr, tables and JSON on stdout."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any, TextIO, TypeVar, cast

from engine.events import Event, Noticed, Progressed
from engine.labels import LabelTable
from engine.measures import Volumes

if TYPE_CHECKING:
    from engine.series import Series

Result = TypeVar("Result")
#: A stream that is no terminal gets a line at each new stage, and within a stage no more often than this.
SECONDS_BETWEEN_LINES = 10.0


def duration(seconds: float) -> str:
    """A length of time as people say it.

    >>> duration(8.2), duration(75), duration(7300)
    ('8 s', '1 min 15 s', '2 h 2 min')
    """
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


class Console:
    """The progress of ``cases`` jobs that run one after the other: one updating line on a terminal, sparse lines
    elsewhere."""

    def __init__(self, stream: TextIO, cases: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._cases = cases
        self._clock = clock
        self._began = clock()
        self._case = 0
        self._shown: tuple[int, str] | None = None
        self._shown_at = 0.0

    def begin(self, case: int) -> None:
        """The job of case number ``case`` (from 0) begins."""
        self._case = case

    def progress(self, event: Progressed) -> None:
        """Show stage, step, the share of all cases that is done, and the time left for them."""
        now = self._clock()
        fraction = (self._case + event.fraction) / self._cases
        left = event.seconds_left
        if self._cases > 1:
            left = (now - self._began) * (1 - fraction) / fraction if fraction > 0.02 else None
        which = f"case {self._case + 1} of {self._cases}, " if self._cases > 1 else ""
        text = f"{which}{event.stage} {event.step}/{event.steps}, {fraction:.0%}"
        if left is not None and fraction < 1:
            text += f", {duration(left)} left"
        if self._stream.isatty():
            self._write(f"\r\x1b[K{text}")
        elif self._shown != (self._case, event.stage) or now - self._shown_at >= SECONDS_BETWEEN_LINES:
            self._write(f"{text}\n")
            self._shown, self._shown_at = (self._case, event.stage), now

    def clear(self) -> None:
        """Take the updating line away, so that what is written next stands alone."""
        if self._stream.isatty():
            self._write("\r\x1b[K")

    def say(self, sentence: str) -> None:
        """Write a sentence that stays."""
        self.clear()
        self._write(f"{sentence}\n")

    def run(self, events: Generator[Event, None, Result]) -> Result:
        """Drive a job to its end; its progress and notices are shown, its result comes back."""
        try:
            while True:
                event = next(events)
                if isinstance(event, Progressed):
                    self.progress(event)
                elif isinstance(event, Noticed):
                    self.say(event.sentence)
        except StopIteration as done:
            return cast(Result, done.value)
        except BaseException:
            self.clear()
            raise
        finally:
            events.close()

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def volumes_as_data(volumes: Volumes, table: LabelTable) -> dict[str, Any]:
    """Volumes as plain data for JSON: mL to the cubic millimetre, and None for whatever is not in the label map."""

    def rounded(ml: float | None) -> float | None:
        return round(ml, 3) if ml else None

    return {
        "ventricular_ml": rounded(volumes.ventricular_ml),
        "lateral_ml": rounded(volumes.lateral_ml),
        "icv_ml": rounded(volumes.icv_ml),
        "ratio": None if volumes.ratio is None else round(volumes.ratio, 6),
        "structures": [
            {"label": value, "name": table[value].name, "volume_ml": rounded(ml)} for value, ml in volumes.structures
        ],
        "notes": list(volumes.notes),
    }


def volumes_as_text(volumes: Volumes, table: LabelTable) -> str:
    """Volumes as a table to read: one line per structure that was found, then the totals."""
    rows = [(str(value), table[value].name, f"{ml:.2f}") for value, ml in volumes.structures if ml]
    totals = (
        ("Ventricular volume", volumes.ventricular_ml),
        ("Lateral ventricles", volumes.lateral_ml),
        ("Intracranial volume", volumes.icv_ml),
    )
    rows += [("", name, "not found" if ml is None else f"{ml:.2f}") for name, ml in totals]
    wide = max(len(name) for _, name, _ in rows)
    lines = [f"{'label':>5}  {'structure':<{wide}}  {'mL':>9}"]
    lines += [f"{label:>5}  {name:<{wide}}  {ml:>9}" for label, name, ml in rows]
    if volumes.ratio is not None:
        lines.append(f"{'':>5}  {'Ventricles / intracranial':<{wide}}  {volumes.ratio:>9.1%}")
    return "\n".join(lines)


def morph_as_text(figures: Mapping[str, float]) -> str:
    """The figures of a morph in a line."""
    return (
        f"started from {figures['start_ml']:.1f} mL, asked for {figures['target_ml']:g} mL, achieved "
        f"{figures['achieved_ml']:.1f} mL; smallest Jacobian determinant {figures['smallest_jacobian']:.3f}, largest "
        f"displacement {figures['largest_displacement_mm']:.1f} mm"
    )


def series_as_text(series: Series) -> str:
    """The cases of a series, a line each, and how smoothly they follow each other."""
    lines = []
    for one in series.members:
        line = (
            f"{series.folder / one.name}: ventricles {one.achieved_ml:.1f} mL of {one.icv_ml:.0f} mL intracranial "
            f"volume, asked for {one.target_ml:g} mL"
        )
        if one.dice_mean is not None and one.dice_pooled is not None:
            line += f"; Dice to the case before {one.dice_mean:.3f} (mean over labels), {one.dice_pooled:.3f} (pooled)"
        lines.append(line)
    return "\n".join(lines)
