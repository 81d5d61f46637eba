"""A local page where a person colors a film; all it does is in FILM.colors.json and other files."""
