"""The values that were used last, as many as fit into a number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """A cache of bounded size; may be used by several threads.

    Args:
        most: bytes that all values together may have.
        size: bytes of a value.
    """

    def __init__(self, most: int, size: Callable[[Value], int]) -> None:
        self._most, self._size = most, size
        self._kept: OrderedDict[Hashable, Value] = OrderedDict()
        self._bytes = 0
        self._lock = RLock()

    @property
    def bytes(self) -> int:
        """Of all values."""
        return self._bytes

    def get(self, key: Hashable) -> Value | None:
        """The value of a key, None where it is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Hashable, value: Value) -> Value:
        """Keeps a value, and lets go of those that were not used for longest."""
        with self._lock:
            if key in self._kept:
                self._bytes -= self._size(self._kept.pop(key))
            self._kept[key] = value
            self._bytes += self._size(value)
            while self._bytes > self._most and len(self._kept) > 1:
                self._bytes -= self._size(self._kept.popitem(last=False)[1])
            return value

    def made(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key, made where it is not kept."""
        found = self.get(key)
        return self.put(key, make()) if found is None else found
