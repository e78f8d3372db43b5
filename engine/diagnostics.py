"""What is to be known when something is reported: versions, machine, pack. Nothing in it names the user or a folder."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Generator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from engine.events import Event
from engine.jobs import new_id
from engine.pack import ModelPack
from engine.progress import Progress
from resources import version

Facts = tuple[tuple[str, str], ...]

PACKAGES = (
    "torch", "monai", "vtk", "PySide6_Essentials", "numpy", "scipy", "nibabel", "SimpleITK", "pydicom", "highdicom",
)  # fmt: skip


@dataclass(frozen=True)
class DiagnosticsJob:
    """Facts about the program and this machine. Result: (name, value) pairs in the order in which they are shown."""

    pack: ModelPack | None
    device: str
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, Facts]:
        """Yields Progressed once."""
        yield Progress(self.id, {"Looking": 1.0}).at("Looking", 0, 1)
        return facts(self.pack, self.device)


def facts(pack: ModelPack | None, device: str) -> Facts:
    """The pairs; ``device`` is what the engine computes on, in words."""
    built = ", built program" if getattr(sys, "frozen", False) else ""
    return (
        ("VentriSynth", f"{version()}{built}"),
        ("Model pack", "none" if pack is None else f"{pack.name} {pack.version}, sha256 {pack.sha256}"),
        ("Device", device.removeprefix("Device: ")),
        ("Python", f"{platform.python_version()} ({platform.python_implementation()}, {platform.architecture()[0]})"),
        ("System", platform.platform()),
        ("Processor", f"{_processor()}, {os.cpu_count()} threads, {_usable_threads()} usable"),
        ("Threads of the networks", os.environ.get("OMP_NUM_THREADS") or "automatic"),
        ("Memory", memory_words()),
        ("Packages", ", ".join(f"{name} {_version(name)}" for name in PACKAGES)),
    )


def without_home(text: str) -> str:
    """A text without this user's home folder, which would say who it is, wherever that came from."""
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


def memory_words() -> str:
    """Memory of this machine and how much of it is free, where the system says so."""
    total, free = _memory_bytes()
    if total is None:
        return "unknown"
    words = f"{total / 2**30:.1f} GiB"
    return words if free is None else f"{words}, {free / 2**30:.1f} GiB free"


def _memory_bytes() -> tuple[int | None, int | None]:
    """All of it, and what is available without swapping; None where the system does not say."""
    if sys.platform == "win32":
        return _windows_memory()
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        total = page * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None, None
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        return total, None
    return total, free


def _windows_memory() -> tuple[int | None, int | None]:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = (
            ("size", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "page", "page_free", "virtual", "virtual_free")),
            ("extended", ctypes.c_ulonglong),
        )

    status = Status()
    status.size = ctypes.sizeof(Status)
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):  # type: ignore[attr-defined]
        return None, None
    return int(status.total), int(status.free)


def _processor() -> str:
    """The processor's own name; `platform` knows only its family on Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _usable_threads() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux can say
        return os.cpu_count() or 1


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "missing"
