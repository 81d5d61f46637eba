"""Colorizers, one file per system; their names are in `vidcolor.registry`."""
