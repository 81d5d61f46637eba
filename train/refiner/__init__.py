"""Training of the bundled refiners."""
