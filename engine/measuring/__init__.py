"""Ventricular measures read off a label map: widths, ratios and angles in an AC-PC-like frame, all in world mm."""
