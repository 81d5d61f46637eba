"""Colored frames, encoded unit by unit into files that a stopped run keeps."""
