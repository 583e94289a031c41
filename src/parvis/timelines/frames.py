"""What is sent down a stream: encoded once for all who get it."""

from collections.abc import Sequence

from parvis.kernel import json


class Frame:
    """One event of one stream, for sockets (`text`) and for server-sent events (`lines`)."""

    __slots__ = ("_lines", "_text", "event", "label", "payload")

    def __init__(self, label: Sequence[str], event: str, payload: "Payload") -> None:
        self.label = label
        self.event = event
        self.payload = payload
        self._text: str | None = None
        self._lines: bytes | None = None

    @property
    def text(self) -> str:
        """For a WebSocket: the payload is JSON within a JSON string."""
        if self._text is None:
            head = json.encode({"stream": self.label, "event": self.event})[:-1]
            self._text = (head + b',"payload":' + self.payload.quoted + b"}").decode()
        return self._text

    @property
    def lines(self) -> bytes:
        """For server-sent events. JSON holds no line break."""
        if self._lines is None:
            self._lines = b"event: " + self.event.encode() + b"\ndata: " + self.payload.data + b"\n\n"
        return self._lines


class Payload:
    """What an event is about: JSON, or the bare id of what is gone."""

    __slots__ = ("_frames", "_quoted", "data", "event")

    def __init__(self, event: str, data: bytes) -> None:
        self.event = event
        self.data = data
        self._quoted: bytes | None = None
        self._frames: dict[tuple[str, ...], Frame] = {}

    @property
    def quoted(self) -> bytes:
        """As a JSON string."""
        if self._quoted is None:
            self._quoted = json.encode(self.data.decode())
        return self._quoted

    def frame(self, label: tuple[str, ...]) -> Frame:
        """The frame for streams of one label; there is only one of it."""
        frame = self._frames.get(label)
        if frame is None:
            frame = self._frames[label] = Frame(label, self.event, self)
        return frame
