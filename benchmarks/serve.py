"""Latency and memory of `artemis serve`: `python -m benchmarks.serve`, after `make repro`.

Latency: requests over loopback to a server in this process, each followed by the caption of the same
file without a server, as `artemis caption` makes it. Memory: the peak of a server of its own after one
upload, and after several at once, of made-up photographs of 24 million pixels.

    python -m benchmarks.serve [--requests 60] [--parallel 20]
"""

import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from html import unescape
from io import BytesIO
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from benchmarks.measure import ROOT, argument_parser, machine, print_header, print_row, timed
from commands import speaker_captioner
from commands.picture_model import Taken, take
from commands.spent import Spent
from commands.web import server
from commands.web.app import Pages, application
from commands.web.limits import Limits
from commands.web.work import Work
from formats.picture_lists import Request
from formats.sources.picture import File

SPEAKER = Path("data/speaker")
SMALL, LARGE = (800, 600), (6000, 4000)
BOUNDARY = "x" * 32
UNLIMITED = 10**6


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--parallel", type=int, default=20)
    args = parser.parse_args()
    print(f"{machine()}\n")
    print_header("picture", "MB", "requests", "reply, median ms", "caption alone, median ms", "difference ms")
    for size in (SMALL, LARGE):
        print_latency(size, args.requests)
    print()
    print_header("uploads at once", "picture", "peak GB", "all answered after s")
    picture = photograph(LARGE)
    for count in (1, args.parallel):
        print_row(count, "{} x {}, {:.1f} MB".format(*LARGE, len(picture) / 1e6), *memory(picture, count))


def photograph(size: tuple[int, int]) -> bytes:
    """A JPEG of about the size of a camera's: soft shapes and some noise."""
    random = np.random.default_rng(1)
    width, height = size
    shapes = Image.fromarray(random.integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    noise = random.integers(-12, 13, (height, width, 1), dtype=np.int8)
    file = BytesIO()
    Image.fromarray(np.clip(np.asarray(shapes, np.int16) + noise, 0, 255).astype(np.uint8)).save(
        file, "JPEG", quality=92
    )
    return file.getvalue()


def print_latency(size: tuple[int, int], requests: int) -> None:
    limits = Limits(captions_per_minute=UNLIMITED)
    captioner = speaker_captioner.load(str(SPEAKER), [], emotion=None, candidates=1)
    work = Work(captioner, limits)
    picture = photograph(size)
    with tempfile.TemporaryDirectory() as folder, _running(work, limits) as port:
        file = Path(folder) / "picture.jpg"
        file.write_bytes(picture)

        def caption() -> str:
            taken = take(captioner.decoder, nullcontext(), Spent(), Request(File(str(file))))
            assert isinstance(taken, Taken)
            return next(iter(captioner.answer([taken], Spent()))).texts()[0]

        pairs = [(timed(lambda: upload(port, picture)), timed(caption)) for _ in range(requests + 3)][3:]
    assert {reply for (_, reply), _ in pairs} == {text for _, (_, text) in pairs}
    replies, alone = (median(seconds for seconds, _ in side) * 1e3 for side in zip(*pairs, strict=True))
    difference = median(reply - own for (reply, _), (own, _) in pairs) * 1e3
    cells = f"{replies:.1f}", f"{alone:.1f}", f"{difference:.1f}"
    print_row("{} x {}".format(*size), f"{len(picture) / 1e6:.1f}", requests, *cells)


def upload(port: int, picture: bytes) -> str:
    """The caption in the reply to the form with a picture."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="picture"; filename="a.jpg"\r\n\r\n'
    body = head.encode() + picture + f"\r\n--{BOUNDARY}--\r\n".encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request("POST", "/caption", body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    if reply.status != 200:
        raise RuntimeError(f"status {reply.status}: {text}")
    return unescape(re.findall(r'<blockquote><p dir="auto">(.*?)</p>', text)[0])


@contextmanager
def _running(work: Work, limits: Limits) -> Iterator[int]:
    """The port of a server in a thread."""
    running = server.server(application(Pages(work, "not measured", limits), []), limits)
    with server.listen("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=running.run, args=([listening],))
        thread.start()
        while not running.started:
            time.sleep(0.01)
        yield listening.getsockname()[1]
        running.should_exit = True
        thread.join()
    work.close()


def memory(picture: bytes, count: int) -> tuple[str, str]:
    """Peak memory of a server that receives so many pictures at once, and the seconds until the last reply."""
    command = [sys.executable, "-m", "commands", "serve", "--speaker", str(SPEAKER), "--port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        address = re.search(r":(\d+)/", process.stdout.readline() if process.stdout else "")
        assert address
        with ThreadPoolExecutor(count) as pool:
            seconds, _ = timed(lambda: list(pool.map(upload, [int(address[1])] * count, [picture] * count)))
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        peak = int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) * 1024 / 1e9
        process.send_signal(signal.SIGINT)
    return f"{peak:.2f}", f"{seconds:.1f}"


if __name__ == "__main__":
    main()
