"""Colours, spacing and fonts: one calm dark theme, the same on every system."""

from __future__ import annotations

from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from resources import resource

WINDOW, PANEL, BASE = "#161a1f", "#1c2127", "#12161a"
RAISED, LINE = "#262d35", "#303841"
TEXT, DIM = "#d8dfe6", "#8b98a6"
ACCENT, ACCENT_DARK = "#3fb5a9", "#1f6f68"
ERROR, ERROR_BACK, NOTICE_BACK = "#ff8f87", "#43201f", "#1d3437"
WARM = "#ffb02e"
ICONS = resource("icons").as_posix()

STYLE = f"""
QToolTip {{ color: {TEXT}; background: {RAISED}; border: 1px solid {LINE}; padding: 4px; }}
QMenuBar {{ background: {WINDOW}; padding: 2px 4px; }}
QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {RAISED}; }}
QMenu {{ background: {PANEL}; border: 1px solid {LINE}; padding: 4px; }}
QMenu::item {{ padding: 5px 28px 5px 24px; border-radius: 4px; }}
QMenu::item:selected {{ background: {ACCENT_DARK}; }}
QMenu::item:disabled {{ color: #5c6773; }}
QMenu::separator {{ height: 1px; background: {LINE}; margin: 4px 8px; }}
QFrame#empty {{ background: #0b0d10; border: 1px solid #2a323b; border-radius: 4px; }}
QFrame#empty QLabel {{ color: {DIM}; }}
QFrame#card {{ background: {PANEL}; border: 1px solid #242b32; border-radius: 8px; }}
QLabel#heading {{ font-weight: 600; color: {TEXT}; }}
QLabel#dim, QLabel#limit {{ color: {DIM}; }}
QLabel#limit {{ font-size: 8pt; }}
QLabel#number {{ font-weight: 600; }}
QLabel#big {{ font-size: 17pt; font-weight: 600; color: {ACCENT}; }}
QLabel#warm {{ color: {WARM}; }}
QPushButton, QToolButton#tool {{
    background: {RAISED}; border: 1px solid {LINE}; border-radius: 5px; padding: 5px 12px; }}
QToolButton#tool {{ padding: 3px; }}
QPushButton:hover, QToolButton#tool:hover {{ background: #2f3842; border-color: #414c57; }}
QPushButton:pressed, QToolButton#tool:pressed {{ background: #20262d; }}
QPushButton:disabled, QToolButton#tool:disabled {{ color: #5c6773; background: #20252b; border-color: #272e35; }}
QPushButton#primary {{
    background: {ACCENT_DARK}; border-color: {ACCENT}; color: white; font-weight: 600; padding: 8px 12px; }}
QPushButton#primary:hover {{ background: #27867d; }}
QPushButton#primary:disabled {{ background: #20302f; border-color: #2b4442; color: #6f8583; }}
QToolButton#plain {{ border: none; border-radius: 4px; padding: 2px; color: {DIM}; }}
QToolButton#plain:hover {{ background: {RAISED}; color: {TEXT}; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {LINE}; }}
QSlider::sub-page:horizontal {{ background: {ACCENT}; border-radius: 2px; }}
QSlider::sub-page:horizontal:disabled {{ background: {LINE}; }}
QSlider::handle:horizontal {{
    width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: {TEXT}; }}
QSlider::handle:horizontal:hover {{ background: white; }}
QSlider::handle:horizontal:disabled {{ background: #59636e; }}
QCheckBox {{ spacing: 6px; }}
QCheckBox::indicator, QTreeView::indicator {{
    width: 13px; height: 13px; border: 1px solid #4b5763; border-radius: 3px; background: {BASE}; }}
QCheckBox::indicator:hover, QTreeView::indicator:hover {{ border-color: {ACCENT}; }}
QCheckBox::indicator:checked, QTreeView::indicator:checked {{
    background: {ACCENT_DARK}; border-color: {ACCENT}; image: url({ICONS}/check.svg); }}
QTreeView::indicator:indeterminate {{ background: {ACCENT_DARK}; image: url({ICONS}/some.svg); }}
QComboBox {{ background: {RAISED}; border: 1px solid {LINE}; border-radius: 5px; padding: 4px 8px; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: url({ICONS}/down.svg); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{ background: {PANEL}; border: 1px solid {LINE}; }}
QProgressBar {{ background: {LINE}; border: none; border-radius: 3px; }}
QProgressBar::chunk {{ background: {ACCENT}; border-radius: 3px; }}
QTreeWidget {{ background: transparent; border: none; outline: none; }}
QTreeWidget::item {{ padding: 1px 0; }}
QTreeWidget::item:hover {{ background: {RAISED}; }}
QTreeWidget::item:selected {{ background: {ACCENT_DARK}; color: white; }}
QScrollArea {{ border: none; background: transparent; }}
QScrollBar:vertical {{ width: 9px; background: transparent; }}
QScrollBar::handle:vertical {{ background: {LINE}; border-radius: 4px; min-height: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QFrame#message[error="true"] {{ background: {ERROR_BACK}; border-left: 4px solid {ERROR}; border-radius: 4px; }}
QFrame#message[error="false"] {{ background: {NOTICE_BACK}; border-left: 4px solid {ACCENT}; border-radius: 4px; }}
"""


def apply(app: QApplication) -> None:
    """Give the application its look. The system's colour scheme is not asked: off screen it cannot be set."""
    app.setStyle("Fusion")
    app.setPalette(palette())
    app.setStyleSheet(STYLE)
    chosen = app.font()
    chosen.setPointSizeF(9.5)
    app.setFont(chosen)
    app.setWindowIcon(icon("ventrisynth"))


def palette() -> QPalette:
    """The dark palette."""
    colours = QPalette()
    role = QPalette.ColorRole
    for which, colour in (
        (role.Window, WINDOW),
        (role.WindowText, TEXT),
        (role.Base, BASE),
        (role.AlternateBase, PANEL),
        (role.Text, TEXT),
        (role.Button, RAISED),
        (role.ButtonText, TEXT),
        (role.BrightText, ERROR),
        (role.ToolTipBase, RAISED),
        (role.ToolTipText, TEXT),
        (role.PlaceholderText, DIM),
        (role.Highlight, ACCENT_DARK),
        (role.HighlightedText, "#ffffff"),
        (role.Accent, ACCENT),
        (role.Link, ACCENT),
        (role.Light, "#39424c"),
        (role.Midlight, "#2e363f"),
        (role.Mid, "#20262d"),
        (role.Dark, "#0e1114"),
        (role.Shadow, "#000000"),
    ):
        colours.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        colours.setColor(QPalette.ColorGroup.Disabled, which, QColor("#5c6773"))
    return colours


def icon(name: str) -> QIcon:
    """A shipped icon by its name."""
    return QIcon(str(resource("icons", f"{name}.svg")))
