"""Files written whole or not at all; locks, and the trainings that hold them."""

import errno
import os
from unittest.mock import Mock

import pytest
import tiny  # noqa: F401 - puts its network among the book's
from tiny_data import tiny_dataset

from cnnbook import system
from cnnbook.runs import RunError
from cnnbook.system import Busy, locked, write_whole
from cnnbook.training import train


def test_write_whole_replaces_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "new" / "file"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("when", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_write_whole_keeps_the_old_file_when_stopped(tmp_path, monkeypatch, when, error):
    def stop(*arguments):
        raise error

    path = tmp_path / "file"
    write_whole(path, b"old")
    monkeypatch.setattr(f"cnnbook.system.os.{when}", stop)
    with pytest.raises(type(error)):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_named(tmp_path):
    path = tmp_path / "folder"
    path.mkdir()
    with pytest.raises(OSError, match=rf"\] [^:]*: {str(path)!r}$") as found:
        write_whole(path, b"new")
    assert found.value.filename == str(path)
    assert list(tmp_path.iterdir()) == [path]


def test_two_processes_that_write_one_file_do_not_share_their_bytes(tmp_path, monkeypatch):
    path, fsync = tmp_path / "file", os.fsync

    def meanwhile(descriptor):
        monkeypatch.setattr("cnnbook.system.os.fsync", fsync)
        write_whole(path, b"another's")

    monkeypatch.setattr("cnnbook.system.os.fsync", meanwhile)
    write_whole(path, b"the last one's")
    assert path.read_bytes() == b"the last one's"
    assert list(tmp_path.iterdir()) == [path]


def test_a_lock_is_held_once_and_says_by_whom(tmp_path):
    path = tmp_path / "new" / "lock"
    with locked(path, "me"), pytest.raises(Busy, match="me"), locked(path, "you"):
        pytest.fail("held twice")
    assert not path.exists()
    path.write_text("one that was killed")
    with locked(path, "me"):
        assert path.read_text() == "me"


def test_a_file_system_that_knows_no_file_again_stops_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr("cnnbook.system.os.path.samestat", lambda *_: False)
    with locked(tmp_path / "lock", "me"):
        pass


def test_a_lock_that_its_holder_deletes_while_another_waits_is_made_anew(tmp_path, monkeypatch):
    """Else the next one makes a file of that name, and both hold a lock."""
    path, lock = tmp_path / "lock", system._lock

    def deleted_before(descriptor):
        monkeypatch.setattr(system, "_lock", lock)
        path.unlink()
        lock(descriptor)

    monkeypatch.setattr(system, "_lock", deleted_before)
    with locked(path, "me"), pytest.raises(Busy, match="me"), locked(path, "you"):
        pytest.fail("held twice")


def test_where_a_file_system_has_no_locks_everybody_gets_them(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(fcntl, "flock", Mock(side_effect=OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))))
    with locked(tmp_path / "lock", "me"), locked(tmp_path / "lock", "you"):
        pass


def test_a_training_in_the_same_process_is_refused_as_well(tmp_path):
    def report(progress):
        if progress.step == 1:
            with pytest.raises(RunError, match=f"is being trained in by process {os.getpid()} on"):
                train("tiny", tiny_dataset(), epochs=1, folder=tmp_path, report=lambda progress: None)

    train("tiny", tiny_dataset(), epochs=1, folder=tmp_path, report=report)


def test_what_a_killed_training_left_half_written_is_removed(tmp_path):
    (tmp_path / "tiny").mkdir()
    partial = tmp_path / "tiny" / "checkpoint.npz.0123abcd.partial"
    partial.touch()
    os.utime(partial, (0, 0))
    (tmp_path / "tiny" / "lock").write_text("process 1 on another machine")
    run = train("tiny", tiny_dataset(), epochs=1, folder=tmp_path, report=lambda progress: None)
    assert {file.suffix for file in run.folder.iterdir()} == {".json", ".npz"}
