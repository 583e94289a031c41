"""JSON in and out: one encoder and one decoder, both msgspec."""

from typing import Any

import msgspec

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()


def encode(value: Any) -> bytes:
    """UTF-8 JSON bytes."""
    return _encoder.encode(value)


def decode(data: bytes | str) -> Any:
    """Plain Python values; raises msgspec.DecodeError on what is not JSON."""
    return _decoder.decode(data)
