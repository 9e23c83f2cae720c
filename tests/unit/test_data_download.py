"""Downloads from a server that misbehaves on purpose. Whatever it does, no half of a file takes its name."""

import errno
import hashlib
import os
import subprocess
import sys
import threading
import time
import traceback
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tiny_cifar10 import archive, tiny

from cnnbook.data import DatasetUnavailable, cifar10, load_cifar10
from cnnbook.data import download as download_module
from cnnbook.data.download import DownloadError, download

__all__ = ["tiny"]  # a fixture

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Answers each request with the next of its `answers`, the last one again and again."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.ranges, self.awake = [], [], threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/cifar-10-python.tar.gz"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.ranges.append(self.headers.get("Range"))
        answers = self.server.answers
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def log_message(self, *_):
        pass


def whole(content, length=True):
    """Answer with all of it; without `length`, its end is the end of the connection."""

    def answer(request):
        request.send_response(200)
        if length:
            request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return answer


def cut(content, at, ranges=False):
    """Promise all, send up to `at`, close. With `ranges`, begin where the request says."""

    def answer(request):
        asked = request.headers.get("Range")
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if ranges and asked else 0
        request.send_response(206 if start else 200)
        request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        request.wfile.write(content[start:at])

    return answer


def status(code):
    return lambda request: request.send_error(code)


def asleep(request):
    """Send a part, then nothing more, with the connection open."""
    request.send_response(200)
    request.send_header("Content-Length", str(len(CONTENT)))
    request.end_headers()
    request.wfile.write(CONTENT[:1000])
    request.wfile.flush()
    request.server.awake.wait(20)


def endless(request):
    """Send zeros and do not say how many, until nobody listens."""
    request.send_response(200)
    request.end_headers()
    with suppress(OSError):
        while not request.server.awake.is_set():
            request.wfile.write(bytes(1 << 16))


def dripping(size, *, head=False, pause=0.05):
    """Send so many bytes at a time; with `head`, already of the line that comes before all others."""

    def answer(request):
        content = b"HTTP/1.1 200 OK, all is well, and more is to come" if head else CONTENT
        if not head:
            request.send_response(200)
            request.send_header("Content-Length", str(len(CONTENT)))
            request.end_headers()
        with suppress(OSError):
            for start in range(0, len(content), size):
                request.wfile.write(content[start : start + size])
                if request.server.awake.wait(pause):
                    return

    return answer


def around(request):
    """Send the visitor back where they come from."""
    request.send_response(302)
    request.send_header("Location", request.server.url)
    request.end_headers()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.awake.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def get(server, tmp_path):
    """A function that downloads what the answers give, and returns the path where it should be."""
    path = tmp_path / "folder" / "file"

    def get(*answers, sha256=SHA256, **settings):
        server.answers[:] = answers
        download(server.url, path, sha256, len(CONTENT), **{"wait": 0.01, "timeout": 5, **settings})
        return path

    get.path = path
    return get


def left(path):
    return sorted(file.name for file in path.parent.iterdir())


def test_a_good_server(get, server):
    assert get(whole(CONTENT)).read_bytes() == CONTENT
    assert left(get.path) == ["file"]
    assert server.ranges == [None]
    assert get.path.stat().st_mode & 0o777 == 0o666 & ~current_umask()  # readable as any other file


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_server_that_does_not_say_how_long_the_file_is(get):
    assert get(whole(CONTENT, length=False)).read_bytes() == CONTENT


def test_a_connection_cut_in_the_middle_begins_again(get, server):
    assert get(cut(CONTENT, 300_000), whole(CONTENT)).read_bytes() == CONTENT
    assert server.ranges[1].startswith("bytes=")


def test_a_connection_cut_in_the_middle_goes_on_where_the_server_can(get, server):
    answers = [cut(CONTENT, at, ranges=True) for at in (300_000, 700_000, len(CONTENT))]
    assert get(*answers).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=300000-", "bytes=700000-"]


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(get, server, code):
    assert get(status(code), status(code), whole(CONTENT)).read_bytes() == CONTENT
    assert len(server.ranges) == 3


def test_the_waiting_doubles(get, monkeypatch):
    waits = []
    monkeypatch.setattr(download_module.time, "sleep", waits.append)
    with pytest.raises(DownloadError, match="answered 503"):
        get(status(503), wait=1.0)
    assert waits == [1, 2, 4]


@pytest.mark.parametrize("code", [403, 404, 410])
def test_a_server_that_refuses_is_asked_once(get, server, code):
    with pytest.raises(DownloadError, match=f"answered {code}"):
        get(status(code))
    assert len(server.ranges) == 1
    assert left(get.path) == []


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([cut(CONTENT, 300_000)], "broke off after 300,000 of 1,024,000 bytes"),
        ([cut(CONTENT, 0)], "broke off after 0 of"),
        ([whole(CONTENT[:-1])], "sent another file: 1,023,999 bytes with SHA-256"),
        ([whole(CONTENT[:-1], length=False)], "sent another file"),
        ([whole(b"<html>Sign in to the network</html>")], "sent another file: 35 bytes"),
        ([whole(b"")], "sent another file: 0 bytes"),
        ([cut(CONTENT, 300_000, True), cut(bytes(len(CONTENT)), None, True)], "sent another file: 1,024,000"),
        ([asleep], "timed out"),
        ([endless], "sent another file: .* bytes or more, expected 1,024,000"),
        ([whole(CONTENT + b"!")], "sent another file: 1,024,001 bytes or more"),
        ([around], "answered 302"),
    ],
)
def test_a_server_that_never_gives_the_file(get, answers, says):
    get.path.parent.mkdir()
    get.path.write_text("the old one")
    with pytest.raises(DownloadError, match=says) as error:
        get(*answers, attempts=2, timeout=1)
    assert len(str(error.value).splitlines()) == 1
    assert set(left(get.path)) <= ({"file"} if "another file" in says else {"file", "unfinished-file"})
    assert get.path.read_text() == "the old one"


@pytest.mark.parametrize("answer", [asleep, dripping(1), dripping(1, head=True)])
def test_a_server_that_is_too_slow(get, answer):
    with pytest.raises(DownloadError, match=r"sent only [0-9,]+ bytes in \d+ seconds"):
        get(answer, patience=1)


def test_a_server_that_is_not_there(tmp_path):
    with pytest.raises(DownloadError, match="refused"):
        download("http://127.0.0.1:9/file", tmp_path / "file", SHA256, 10**9, attempts=2, wait=0.01)
    assert left(tmp_path / "file") == []


def test_a_slow_server_that_goes_on_is_waited_for(get):
    assert get(dripping(50_000), patience=0.2).read_bytes() == CONTENT


def test_an_interrupted_download_goes_on_at_the_next_start(get, server, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(download_module.time, "sleep", interrupt)
        with pytest.raises(KeyboardInterrupt):
            get(cut(CONTENT, 300_000))
    assert left(get.path) == ["unfinished-file"]
    assert get(cut(CONTENT, None, ranges=True)).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=300000-"]
    assert left(get.path) == ["file"]


def test_a_killed_download_goes_on_at_the_next_start_and_another_one_waits_meanwhile(get, server):
    server.answers[:] = [asleep]
    code = "import sys; from cnnbook.data.download import download; download(*sys.argv[1:4], 10**9)"
    with subprocess.Popen([sys.executable, "-c", code, server.url, str(get.path), SHA256]) as first:
        try:
            unfinished = get.path.with_name("unfinished-file")
            while not (unfinished.exists() and unfinished.stat().st_size):
                assert first.poll() is None
                time.sleep(0.05)
            with pytest.raises(DownloadError, match=f"process {first.pid}, which .* got only 0 bytes"):
                get(whole(CONTENT), patience=1)
        finally:
            first.kill()
    (get.path.parent / "file.4711.partial").write_bytes(CONTENT[:999])  # of an edition that left these behind
    assert get(cut(CONTENT, None, ranges=True)).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=1000-"]
    assert left(get.path) == ["file"]


def test_two_downloads_at_once_ask_once_and_both_have_the_file(get, server):
    threads = [threading.Thread(target=get, args=[dripping(100_000)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert get.path.read_bytes() == CONTENT
    assert server.ranges == [None]
    assert left(get.path) == ["file"]


@pytest.mark.parametrize("size", [1, len(CONTENT), 2 * len(CONTENT)])
@pytest.mark.parametrize("ranges", [False, True])
def test_a_wrong_beginning_is_replaced(get, size, ranges):
    get.path.parent.mkdir()
    get.path.with_name("unfinished-file").write_bytes(b"x" * size)
    assert get(cut(CONTENT, None, ranges)).read_bytes() == CONTENT
    assert left(get.path) == ["file"]


def test_a_server_that_has_nothing_behind_a_beginning(get):
    get.path.parent.mkdir()
    get.path.with_name("unfinished-file").write_bytes(CONTENT[:1000])
    assert get(status(416), whole(CONTENT)).read_bytes() == CONTENT


def test_a_full_disk_is_left_as_it_was(get, monkeypatch):
    monkeypatch.setattr(download_module.hashlib, "file_digest", disk_full)
    with pytest.raises(OSError, match="No space left"):
        get(whole(CONTENT))
    assert left(get.path) == []


def disk_full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_cifar10_is_downloaded_once_and_saved_where_keras_finds_it(tiny, server, tmp_path):
    server.answers[:] = [whole(archive(tiny))]
    assert load_cifar10(server.url).source == "official download"
    assert left(tmp_path / "keras" / "datasets" / "any") == ["cifar-10-batches-py-target_archive"]
    assert load_cifar10(server.url).source == "cache of Keras"
    assert len(server.ranges) == 1


def test_a_damaged_archive_in_the_cache_is_replaced_by_a_good_download_only(tiny, server, tmp_path):
    cached = tmp_path / "keras" / "datasets" / "cifar-10-batches-py-target_archive"
    cached.parent.mkdir(parents=True)
    damaged = archive(tiny)[:1000]
    cached.write_bytes(damaged)
    server.answers[:] = [status(404)]
    why = "The copy of CIFAR-10 in .* is not a good one .*cut short.*, and the download failed .*answered 404"
    with pytest.raises(DatasetUnavailable, match=why) as error:
        load_cifar10(server.url)
    assert "".join(traceback.format_exception(error.value)).count("Traceback") == 1
    assert cached.read_bytes() == damaged
    server.answers[:] = [whole(archive(tiny))]
    assert load_cifar10(server.url).checksum == cifar10.CHECKSUM
    assert cached.read_bytes() == archive(tiny)
    assert left(cached) == [cached.name]


def test_no_network_says_in_three_lines_what_to_do(tiny, monkeypatch, tmp_path):
    monkeypatch.setattr(download_module.time, "sleep", lambda seconds: None)
    with pytest.raises(DatasetUnavailable) as error:
        load_cifar10("http://127.0.0.1:9/cifar-10-python.tar.gz")
    lines = str(error.value).splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("CIFAR-10 is not on this machine, and the download failed")
    assert "CNNBOOK_CIFAR10" in lines[1]
    assert cifar10.URL in lines[1]
    assert "CNNBOOK_DATASET=digits" in lines[2]
    assert left(tmp_path / "keras" / "datasets" / "any") == []


def test_what_is_left_of_a_download_is_never_read_as_a_copy(tiny, server, tmp_path):
    server.answers[:] = [status(404)]
    datasets = tmp_path / "keras" / "datasets"
    datasets.mkdir(parents=True)
    (datasets / "unfinished-cifar-10-batches-py-target_archive").write_bytes(archive(tiny)[:-1])
    (datasets / "cifar-10-batches-py-target_archive.4711.partial").write_bytes(archive(tiny))
    with pytest.raises(DatasetUnavailable, match=r"CIFAR-10 is not on this machine, and .* answered 404"):
        load_cifar10(server.url)
    assert len(left(datasets / "any")) == 2


@pytest.mark.parametrize("home", ["file", "x" * 300, "~nosuchuser/x"])
def test_a_cache_that_cannot_be_written(tiny, server, monkeypatch, tmp_path, home):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("KERAS_HOME", home if home.startswith("~") else str(tmp_path / home))
    with pytest.raises(DatasetUnavailable, match=r"cannot be written.*Set KERAS_HOME to a folder that can"):
        load_cifar10(server.url)
    assert server.ranges == []  # nobody waits for 170 MB to learn that
    assert (tmp_path / "file").read_text() == "not a folder"
