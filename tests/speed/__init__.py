"""Tests of `vidcolor/speed/`."""
