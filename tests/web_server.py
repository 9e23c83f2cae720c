"""A web server of a folder, on this machine."""

from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Files(SimpleHTTPRequestHandler):
    """Sends the files of the folder, and says nothing of it."""

    def log_message(self, *_):
        pass


@contextmanager
def serving(folder, handler):
    """The address of a server of `folder` whose requests `handler` answers, a class on top of `Files`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
