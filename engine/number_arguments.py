"""Numbers typed on the command line, refused in argparse's way where they make no sense."""

from __future__ import annotations

import argparse
import math


def count(text: str) -> int:
    """A whole number from 1 up. Raises `argparse.ArgumentTypeError` or `ValueError`."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 up")
    return number


def above_zero(text: str, what: str) -> float:
    """A finite number above 0; ``what`` it is. Raises `argparse.ArgumentTypeError` or `ValueError`."""
    number = float(text)
    if not (math.isfinite(number) and number > 0):
        raise argparse.ArgumentTypeError(f"{text} is not a {what} above 0")
    return number


# argparse names it in "invalid ... value".
count.__name__ = "whole number"
