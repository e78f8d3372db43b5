"""Languages of the window: English, and whatever lies in ``resources/translations`` as ``ventrisynth_CODE.qm``."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from resources import resource

PREFIX = "ventrisynth_"
ENGLISH = "en"


def folder() -> Path:
    """Where the translations lie that ship with VentriSynth; it need not exist."""
    return resource("translations")


def languages() -> dict[str, str]:
    """Code -> name in its own language; "" stands for the system's language."""
    words = QCoreApplication.translate("SettingsDialog", "The system's, where there is a translation")
    found = {"": words, ENGLISH: "English"}
    for path in sorted(folder().glob(f"{PREFIX}*.qm")):
        code = path.stem.removeprefix(PREFIX)
        found[code] = QLocale(code).nativeLanguageName() or code
    return found


def install(app: QCoreApplication, language: str) -> bool:
    """Translate the window and Qt's own words, for the life of ``app``; whether there is such a translation."""
    locale = QLocale(language) if language else QLocale.system()
    ours = QTranslator(app)
    if not ours.load(locale, PREFIX.removesuffix("_"), "_", str(folder())):
        return False
    QCoreApplication.installTranslator(ours)
    qts = QTranslator(app)
    if qts.load(locale, "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        QCoreApplication.installTranslator(qts)
    return True
