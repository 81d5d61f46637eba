"""Weight files: finding, downloading and reading them."""
