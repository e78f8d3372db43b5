"""Correcting a label map by hand: tools that propose new labels, and an editor that applies, counts and undoes them."""
