"""The confined process: reads one order and its bytes from standard input, answers on standard output, ends.

`python -m parvis.media.worker MEMORY_MB CPU_S`
"""

import os
import sys

import msgspec


def main() -> None:
    """Process one picture."""
    from parvis.media.sandbox import close_in, leave_network

    leave_network()
    from parvis.media import encode, fingerprint
    from parvis.media.types import Encoded, Order, Report

    encode.prepare()
    fingerprint.prepare()
    failed = close_in(memory_mb=int(sys.argv[1]), cpu_s=int(sys.argv[2]))
    if failed:
        sys.stderr.write(f"not confined: {', '.join(failed)}\n")
    files: list[Encoded] = []
    try:
        # Reading the upload is the first thing that can want more memory than there is.
        order = msgspec.json.decode(sys.stdin.buffer.readline(65_536), type=Order)
        data = sys.stdin.buffer.read(order.bytes)
        picture = encode.Picture(data, order.bounds)
        blurred: str | None = None
        if order.use == "picture":
            original = picture.within(order.bounds.stored_pixels)
            small = picture.within(order.bounds.preview_pixels, animated=False)
            files = [picture.save(original, "original"), picture.save(small, "small", still=True)]
            blurred = encode.blur(small)
            frames = fingerprint.of_strip(original, picture.frames)
        else:
            size = {"avatar": encode.AVATAR, "header": encode.HEADER, "emoji": encode.EMOJI}[order.use]
            files = [picture.save(picture.filling(size, animated=True), "original")]
            if picture.animated:
                files.append(picture.save(picture.filling(size, animated=False), "static", still=True))
            # Of the whole picture: what a list knows was not cropped by us.
            frames = fingerprint.of_strip(picture.within(fingerprint.PIXELS), picture.frames)
        report = Report(parts=[file.part for file in files], blurhash=blurred, animated=picture.animated, frames=frames)
    except encode.Refused as refused:
        report = Report(error=str(refused))
    except MemoryError:
        report = Report(error="needs too much memory")
    except Exception as error:
        # Libraries raise all sorts of things on a broken file; the caller is told one thing, the log the other.
        sys.stderr.write(f"{type(error).__name__}: {str(error)[:500]}\n")
        report = Report(error="could not be read: the file is damaged or not a picture")
    out = sys.stdout.buffer
    out.write(msgspec.json.encode(report) + b"\n")
    if report.error is None:
        for file in files:
            out.write(file.data)
    out.flush()
    os._exit(0)  # no clean-up of libraries that ran on hostile input


if __name__ == "__main__":
    main()
