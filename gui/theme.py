"""Colours, spacing and fonts: a calm dark and a calm light theme, the same on every system."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from resources import resource


@dataclass(frozen=True)
class Colours:
    """What a theme is made of, as #rrggbb."""

    window: str
    panel: str
    base: str
    raised: str
    hover: str
    pressed: str
    line: str
    strong_line: str
    text: str
    dim: str
    faint: str
    accent: str
    fill: str
    fill_hover: str
    fill_off: str
    handle: str
    error: str
    error_back: str
    notice_back: str
    warm: str


DARK = Colours(
    window="#161a1f",
    panel="#1c2127",
    base="#12161a",
    raised="#262d35",
    hover="#2f3842",
    pressed="#20262d",
    line="#303841",
    strong_line="#4b5763",
    text="#d8dfe6",
    dim="#94a1ae",
    faint="#66727e",
    accent="#3fb5a9",
    fill="#1f6f68",
    fill_hover="#27867d",
    fill_off="#20302f",
    handle="#d8dfe6",
    error="#ff8f87",
    error_back="#43201f",
    notice_back="#1d3437",
    warm="#ffb02e",
)
LIGHT = Colours(
    window="#e9ecef",
    panel="#f8f9fa",
    base="#ffffff",
    raised="#e7ebee",
    hover="#dbe1e6",
    pressed="#cfd6dc",
    line="#c9d0d6",
    strong_line="#8d99a4",
    text="#1b2228",
    dim="#55626e",
    faint="#8b969f",
    accent="#0f766c",
    fill="#14796f",
    fill_hover="#0f655d",
    fill_off="#c4d3d1",
    handle="#2c3a44",
    error="#a3160f",
    error_back="#fbe0de",
    notice_back="#dcefed",
    warm="#8a5200",
)
#: Small marks that have to be seen on both themes.
DIM = "#7c8b9a"
ACHIEVED = "#d98a1f"
ICONS = resource("icons").as_posix()


def style(c: Colours) -> str:
    """The style sheet of a theme."""
    return f"""
QToolTip {{ color: {c.text}; background: {c.raised}; border: 1px solid {c.line}; padding: 4px; }}
QMenuBar {{ background: {c.window}; padding: 2px 4px; }}
QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {c.raised}; }}
QMenu {{ background: {c.panel}; border: 1px solid {c.line}; padding: 4px; }}
QMenu::item {{ padding: 5px 28px 5px 24px; border-radius: 4px; }}
QMenu::item:selected {{ background: {c.fill}; color: white; }}
QMenu::item:disabled {{ color: {c.faint}; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: 4px 8px; }}
QFrame#empty {{ background: {c.base}; border: 1px solid {c.line}; border-radius: 4px; }}
QFrame#empty QLabel {{ color: {c.dim}; }}
QWidget#dock_title {{ background: {c.raised}; border-radius: 4px; }}
QWidget#dock_title QLabel {{ font-weight: 600; color: {c.dim}; }}
QMainWindow::separator {{ background: transparent; width: 6px; height: 6px; }}
QMainWindow::separator:hover {{ background: {c.accent}; }}
QFrame#callout {{ background: {c.raised}; border: 1px solid {c.accent}; border-radius: 8px; }}
QFrame#card {{ background: {c.panel}; border: 1px solid {c.line}; border-radius: 8px; }}
QLabel#heading {{ font-weight: 600; color: {c.text}; }}
QLabel#dim, QLabel#limit {{ color: {c.dim}; }}
QLabel#limit, QWidget#scale {{ font-size: 8pt; }}
QLabel#number {{ font-weight: 600; }}
QLabel#big {{ font-size: 17pt; font-weight: 600; color: {c.accent}; }}
QLabel#warm {{ color: {c.warm}; }}
QLabel#badge {{ border-radius: 5px; padding: 3px 8px; font-weight: 600; }}
QLabel#badge[verdict="good"] {{ background: {c.notice_back}; color: {c.accent}; }}
QLabel#badge[verdict="look"] {{ background: {c.raised}; color: {c.warm}; }}
QLabel#badge[verdict="regenerate"] {{ background: {c.error_back}; color: {c.error}; }}
QPushButton, QToolButton#tool {{
    background: {c.raised}; border: 1px solid {c.line}; border-radius: 5px; padding: 5px 12px; }}
QToolButton#tool {{ padding: 3px; }}
QPushButton:hover, QToolButton#tool:hover {{ background: {c.hover}; border-color: {c.strong_line}; }}
QPushButton:pressed, QToolButton#tool:pressed {{ background: {c.pressed}; }}
QToolButton#tool[outdated="true"] {{ color: {c.warm}; border-color: {c.warm}; }}
QToolButton#tool:checked {{ background: {c.fill}; border-color: {c.accent}; }}
QPushButton:disabled, QToolButton#tool:disabled {{ color: {c.faint}; background: {c.panel}; border-color: {c.line}; }}
QPushButton#primary {{
    background: {c.fill}; border-color: {c.accent}; color: white; font-weight: 600; padding: 8px 12px; }}
QPushButton#primary:hover {{ background: {c.fill_hover}; }}
QPushButton#primary:disabled {{ background: {c.fill_off}; border-color: {c.line}; color: {c.faint}; }}
QToolButton#plain {{ border: none; border-radius: 4px; padding: 2px; color: {c.dim}; }}
QToolButton#warm {{ border: none; border-radius: 4px; padding: 2px 6px; color: {c.warm}; }}
QToolButton#warm:hover {{ background: {c.raised}; }}
QToolButton#plain:hover {{ background: {c.raised}; color: {c.text}; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {c.line}; }}
QSlider::sub-page:horizontal {{ background: {c.accent}; border-radius: 2px; }}
QSlider::sub-page:horizontal:disabled {{ background: {c.line}; }}
QSlider::handle:horizontal {{
    width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: {c.handle}; }}
QSlider::handle:horizontal:hover {{ background: {c.accent}; }}
QSlider::handle:horizontal:disabled {{ background: {c.faint}; }}
QSlider::groove:vertical {{ width: 4px; border-radius: 2px; background: {c.line}; }}
QSlider::handle:vertical {{
    width: 14px; height: 14px; margin: 0 -5px; border-radius: 7px; background: {c.handle}; }}
QSlider::handle:vertical:hover {{ background: {c.accent}; }}
QSlider:focus, QToolButton:focus, QPushButton:focus, QCheckBox:focus {{ outline: none; }}
QSlider::handle:focus {{ background: {c.accent}; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {c.accent}; }}
QCheckBox::indicator:focus {{ border-color: {c.accent}; }}
QTabWidget::pane {{ border: none; }}
QTabBar::tab {{
    padding: 4px 12px; border: none; border-bottom: 2px solid transparent; color: {c.dim}; background: transparent; }}
QTabBar::tab:selected {{ color: {c.text}; border-bottom-color: {c.accent}; }}
QTabBar::tab:focus {{ color: {c.accent}; }}
QLineEdit {{ background: {c.base}; border: 1px solid {c.line}; border-radius: 5px; padding: 3px 6px; }}
QLineEdit:focus, QComboBox:focus {{ border-color: {c.accent}; }}
QToolButton#tool::menu-indicator, QToolButton#plain::menu-indicator {{ image: none; }}
QPushButton#menu {{ padding: 5px 20px 5px 10px; }}
QPushButton::menu-indicator {{
    image: url({ICONS}/down.svg); width: 12px; height: 12px; subcontrol-position: right center; right: 4px; }}
QCheckBox {{ spacing: 6px; }}
QCheckBox::indicator, QTreeView::indicator {{
    width: 13px; height: 13px; border: 1px solid {c.strong_line}; border-radius: 3px; background: {c.base}; }}
QCheckBox::indicator:hover, QTreeView::indicator:hover {{ border-color: {c.accent}; }}
QCheckBox::indicator:checked, QTreeView::indicator:checked {{
    background: {c.fill}; border-color: {c.accent}; image: url({ICONS}/check.svg); }}
QTreeView::indicator:indeterminate {{ background: {c.fill}; image: url({ICONS}/some.svg); }}
QComboBox {{ background: {c.raised}; border: 1px solid {c.line}; border-radius: 5px; padding: 4px 8px; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: url({ICONS}/down.svg); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{ background: {c.panel}; border: 1px solid {c.line}; }}
QProgressBar {{ background: {c.line}; border: none; border-radius: 3px; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: 3px; }}
QTreeWidget {{ background: transparent; border: none; outline: none; }}
QTreeWidget::item {{ padding: 1px 0; }}
QTreeWidget::item:hover {{ background: {c.raised}; }}
QTreeWidget::item:selected {{ background: {c.fill}; color: white; }}
QScrollArea {{ border: none; background: transparent; }}
QScrollBar:vertical {{ width: 9px; background: transparent; }}
QScrollBar::handle:vertical {{ background: {c.line}; border-radius: 4px; min-height: 24px; }}
QScrollBar:horizontal {{ height: 9px; background: transparent; }}
QScrollBar::handle:horizontal {{ background: {c.line}; border-radius: 4px; min-width: 24px; }}
QListWidget#gallery {{ background: transparent; border: none; outline: none; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QFrame#message[error="true"] {{ background: {c.error_back}; border-left: 4px solid {c.error}; border-radius: 4px; }}
QFrame#message[error="false"] {{ background: {c.notice_back}; border-left: 4px solid {c.accent}; border-radius: 4px; }}
"""


def apply(app: QApplication, *, light: bool = False) -> None:
    """Give the application its look. The system's colour scheme is not asked: off screen it cannot be set."""
    colours = LIGHT if light else DARK
    if app.styleSheet() == style(colours):
        # Every widget there is would be dressed again.
        return
    app.setStyle("Fusion")
    app.setPalette(palette(colours))
    app.setStyleSheet(style(colours))
    chosen = app.font()
    chosen.setPointSizeF(9.5)
    app.setFont(chosen)
    app.setWindowIcon(icon("ventrisynth"))


def is_light(app: QApplication) -> bool:
    """Whether the light theme is on."""
    return app.palette().color(QPalette.ColorRole.Window) == QColor(LIGHT.window)


def palette(c: Colours) -> QPalette:
    """The palette of a theme."""
    colours = QPalette()
    role = QPalette.ColorRole
    for which, colour in (
        (role.Window, c.window),
        (role.WindowText, c.text),
        (role.Base, c.base),
        (role.AlternateBase, c.panel),
        (role.Text, c.text),
        (role.Button, c.raised),
        (role.ButtonText, c.text),
        (role.BrightText, c.error),
        (role.ToolTipBase, c.raised),
        (role.ToolTipText, c.text),
        (role.PlaceholderText, c.dim),
        (role.Highlight, c.fill),
        (role.HighlightedText, "#ffffff"),
        (role.Accent, c.accent),
        (role.Link, c.accent),
        (role.Light, c.strong_line),
        (role.Midlight, c.hover),
        (role.Mid, c.pressed),
        (role.Dark, c.line),
        (role.Shadow, "#000000"),
    ):
        colours.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        colours.setColor(QPalette.ColorGroup.Disabled, which, QColor(c.faint))
    return colours


def icon(name: str) -> QIcon:
    """A shipped icon by its name."""
    return QIcon(str(resource("icons", f"{name}.svg")))
