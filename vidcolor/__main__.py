"""`python -m vidcolor`."""

from .cli import main

main()
