"""`python -m cnnbook` as a process: stopped by a signal, or by a pipe that nobody reads."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


def test_a_second_signal_disturbs_no_stop(tmp_path):
    command = [sys.executable, Path(__file__).with_name("tiny_command.py"), "train", "tiny"]
    process = subprocess.Popen(
        [*command, "--folder", tmp_path],
        env=os.environ | {"SECONDS_A_STEP": "0.1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert err == ""
    # Python takes two that came at once, as on a busy machine, in the order of their numbers.
    assert process.returncode in (128 + signal.SIGTERM, 128 + signal.SIGINT)
    assert out.splitlines()[-1].startswith("Stopped. Run the same command again")
    assert out.count("Stopped") == 1
    assert [file.name for file in (tmp_path / "tiny").iterdir()] == ["checkpoint.npz"]


def test_a_stop_among_the_first_imports_is_silent(tmp_path):
    (tmp_path / "rich.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGINT)")
    done = subprocess.run(
        [sys.executable, "-m", "cnnbook", "runs"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored where tests run behind &
    )
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, b"", b"")


PRINTS = """
import sys
from cnnbook import __main__ as command
command.runs = lambda arguments: print("much") or 0
sys.argv = ["cnnbook", "runs"]
command.run()
"""


@pytest.mark.parametrize("program", [("-c", PRINTS), ("-m", "cnnbook", "runs")], ids=["print", "rich"])
def test_what_nobody_reads_on_stops_in_silence(program):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, *program], stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert done.returncode in (1, 141), "rich says 1"
    assert done.stderr == ""
