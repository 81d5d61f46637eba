"""Segments and the source's other tracks, put together as one film."""
