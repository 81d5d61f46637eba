"""Temporal refiners, one file per system; their names are in `vidcolor.registry`."""
