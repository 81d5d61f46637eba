"""Stills of a film in color, to be repainted: which frames, the files, their table."""
