"""A cache bounded by cost, and the watch that keeps stale answers out of it."""

from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Lru(Generic[K, V]):
    """Keeps what was used last, up to a total cost."""

    def __init__(self, capacity: int, cost: Callable[[V], int] = lambda _: 1) -> None:
        self._items: OrderedDict[K, V] = OrderedDict()
        self._capacity = capacity
        self._cost = cost
        self._total = 0

    def get(self, key: K) -> V | None:
        """The value, now the last used; or None."""
        value = self._items.get(key)
        if value is not None:
            self._items.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep a value; what was used longest ago goes."""
        self.drop(key)
        self._items[key] = value
        self._total += self._cost(value)
        while self._total > self._capacity and len(self._items) > 1:
            _, old = self._items.popitem(last=False)
            self._total -= self._cost(old)

    def drop(self, key: K) -> V | None:
        """Forget a value; returns it."""
        value = self._items.pop(key, None)
        if value is not None:
            self._total -= self._cost(value)
        return value

    def clear(self) -> None:
        """Forget all."""
        self._items.clear()
        self._total = 0

    def values(self) -> Iterator[V]:
        """Every value, oldest use first."""
        return iter(self._items.values())

    def __len__(self) -> int:
        return len(self._items)


class Watch(Generic[K]):
    """Notes which keys changed while they were being read, so that what was read is used once but not kept."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[set[K] | None, set[K]]] = {}
        self._next = 0
        self._all = 0

    @contextmanager
    def reading(self, keys: set[K] | None) -> Generator[Callable[[K], bool]]:
        """Yields a test: may this key be kept? None watches every key."""
        entry: tuple[set[K] | None, set[K]] = (keys, set())
        began = self._all
        self._next += 1
        place = self._next
        self._open[place] = entry
        try:
            yield lambda key: self._all == began and key not in entry[1]
        finally:
            del self._open[place]

    def changed(self, key: K) -> None:
        """A key changed."""
        for keys, dirty in self._open.values():
            if keys is None or key in keys:
                dirty.add(key)

    def changed_all(self) -> None:
        """Everything changed."""
        self._all += 1
