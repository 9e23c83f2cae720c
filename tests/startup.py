"""What the kernel of a chapter runs first: a recording opens only if the chapter's download would carry it.

Of a download, nothing but what the metadata `cnnbook.runs` name is there to open (cnnbook/site/download.py).
Here, beside a checkout, all recordings are: what the metadata lack would show in the tests of Colab alone.
"""


def watch_recordings():
    import json
    import os
    import sys
    from pathlib import Path

    recordings = Path(__file__).parents[1] / "cnnbook" / "recordings"
    metadata = json.loads(Path(os.environ["CNNBOOK_CHAPTER"]).read_text(encoding="utf-8"))["metadata"]
    carried = [recordings / name for name in metadata.get("cnnbook", {}).get("runs", [])]

    def watch(event, arguments):
        if event == "open" and isinstance(arguments[0], str | os.PathLike):  # not a file's number
            path = Path(arguments[0])
            lacking = path.is_relative_to(recordings) and not any(map(path.is_relative_to, carried))
            if lacking and path.is_file():
                raise FileNotFoundError(
                    f"The download of this chapter has no {path.relative_to(recordings)}: "
                    "name it in its metadata, cnnbook.runs."
                )

    sys.addaudithook(watch)


watch_recordings()
del watch_recordings
