"""What the workflows may do: no code that can change under them, and no token where code of ours runs."""

import re
from pathlib import Path

import pytest
import yaml

FILES = sorted((Path(__file__).resolve().parents[2] / ".github" / "workflows").glob("*.yml"))
JOBS = [
    pytest.param(job, id=f"{file.stem}-{name}")
    for file in FILES
    for name, job in yaml.safe_load(file.read_text())["jobs"].items()
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_actions_are_pinned_by_commit_and_nothing_is_allowed_to_all_jobs(file):
    text = file.read_text()
    used = re.findall(r"uses: *(.*)", text)
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action) for action in used), used
    assert yaml.safe_load(text)["permissions"] == {}
    assert "concurrency" in yaml.safe_load(text)


@pytest.mark.parametrize("job", JOBS)
def test_a_job_ends_and_holds_a_token_or_runs_our_code(job):
    assert job["timeout-minutes"] <= 90
    steps, allowed = job["steps"], job["permissions"]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    if "write" in allowed.values():
        assert not checkouts
        assert not any("make " in step.get("run", "") for step in steps)
    else:
        assert allowed == {"contents": "read"}
        assert [step["with"]["persist-credentials"] for step in checkouts] == [False]
        assert not re.search(r"github\.token|secrets\.", str(job))


def test_what_is_published_has_passed_the_tests():
    (file,) = [file for file in FILES if "gh-pages" in file.read_text()]
    jobs = yaml.safe_load(file.read_text())["jobs"]
    (publish,) = [job for job in jobs.values() if "gh-pages" in str(job)]
    (tests,) = [name for name, job in jobs.items() if "make test" in str(job)]
    assert tests in publish["needs"]
    pages = jobs[next(name for name in publish["needs"] if name != tests)]
    assert pages["if"] == "github.event_name == 'push' && github.ref == 'refs/heads/main'"
