"""Downloads from a server that misbehaves on purpose. Whatever it does, no half of a file is left behind."""

import hashlib
import os
import threading
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
        download(server.url, path, sha256, **{"wait": 0.01, "timeout": 5, **settings})
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
    ],
)
def test_a_server_that_never_gives_the_file(get, answers, says):
    get.path.parent.mkdir()
    get.path.write_text("the old one")
    with pytest.raises(DownloadError, match=says):
        get(*answers, attempts=2, timeout=1)
    assert left(get.path) == ["file"]
    assert get.path.read_text() == "the old one"


def test_a_server_that_is_not_there(tmp_path):
    with pytest.raises(DownloadError, match="refused"):
        download("http://127.0.0.1:9/file", tmp_path / "file", SHA256, attempts=2, wait=0.01)
    assert left(tmp_path / "file") == []


def test_an_interrupted_download_leaves_nothing(get, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(download_module.time, "sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        get(cut(CONTENT, 300_000))
    assert left(get.path) == []


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
    with pytest.raises(DatasetUnavailable, match="answered 404"):
        load_cifar10(server.url)
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


def test_a_cache_that_cannot_be_written(tiny, server, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    with pytest.raises(DatasetUnavailable, match=r"cannot be written.*Set KERAS_HOME to a folder that can"):
        load_cifar10(server.url)
    assert server.ranges == []  # nobody waits for 170 MB to learn that
    assert (tmp_path / "file").read_text() == "not a folder"
