"""Colorizers, one file a system; `vidcolor.registry` knows their names."""
