"""The package, its workflows and what they install; the steps themselves with SIGCLOCK_FULL=1."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from support import release
from support.paths import ROOT

from sigclock import __version__

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FULL = pytest.mark.skipif("SIGCLOCK_FULL" not in os.environ, reason="takes minutes and a network")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
#: What runs on GitHub, be it ours or an example.
EXAMPLES = ("fork", "merge-queue", "pull-request")
HOSTED = [*WORKFLOWS, *(ROOT / f"examples/ci/{name}.yml" for name in EXAMPLES)]
REQUIREMENTS = sorted(ROOT.glob(".github/requirements/*.txt"))
CLASSIFIED = re.compile(r"Programming Language :: Python :: (3\.\d+)")
PYTHONS = [found[1] for line in PROJECT["classifiers"] if (found := CLASSIFIED.match(line))]
LOCKED = re.compile(r"[\w.-]+==[\w.]+(?: ; [^\\]+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+")
CHANGELOG = (
    "## [Unreleased]\n\n## [{0}] - 2026-01-02\n\n- [One](docs/one.md).\n\n## [0.1]\n\n- Old.\n"
)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# -- what can be seen without running it ----------------------------------------------------------


def test_each_page_and_the_extension_name_this_release() -> None:
    assert release.version() == __version__
    tags = release.tags(release.pages())
    assert len(tags) > 4
    assert {name for name, found in tags.items() if found != {f"v{__version__}"}} == set()
    assert json.loads(text(ROOT / "editors/vscode/package.json"))["version"] == __version__


def test_the_notes_are_the_section_of_the_changelog_and_a_pin() -> None:
    tag = f"v{__version__}"
    said = release.notes(tag, "c" * 40, CHANGELOG.format(__version__), {})
    assert said.splitlines()[0] == f"- [One]({release.FILES}/{tag}/docs/one.md)."
    assert f"sigclock/sigclock@{'c' * 40} # {tag}\n" in said
    assert "Old" not in said


@pytest.mark.parametrize(
    ("tag", "changelog", "texts"),
    [
        ("v0.0", CHANGELOG.format(__version__), {}),
        (f"v{__version__}", CHANGELOG.format("9"), {}),
        (f"v{__version__}", CHANGELOG.format(__version__), {"README.md": "rev: v0.0"}),
    ],
    ids=["another tag", "no section", "a page with another tag"],
)
def test_a_release_that_is_not_ready_is_refused(
    tag: str, changelog: str, texts: dict[str, str]
) -> None:
    with pytest.raises(release.UnreadyError):
        release.notes(tag, "c" * 40, changelog, texts)


@pytest.mark.parametrize("path", [*HOSTED, ROOT / "action.yml"], ids=named)
def test_an_action_is_pinned_by_commit(path: Path) -> None:
    """Ours is not in the examples: a release cannot name its own commit; its notes do."""
    used = re.findall(r"uses: (.*)", text(path))
    pinned = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    ours = (f"sigclock/sigclock@v{__version__}", "./.github/workflows/tests.yml")
    assert [each for each in used if not pinned.fullmatch(each) and each not in ours] == []


@pytest.mark.parametrize("path", HOSTED, ids=named)
def test_a_workflow_says_what_it_may_do(path: Path) -> None:
    workflow = yaml.safe_load(text(path))
    rights = workflow["permissions"]
    assert "write" not in rights.values() or path.parent.name == "ci"
    assert rights or all("permissions" in job for job in workflow["jobs"].values())
    if path in WORKFLOWS:
        assert all("timeout-minutes" in job or "uses" in job for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", REQUIREMENTS, ids=named)
def test_requirements_have_hashes_and_name_no_index(path: Path) -> None:
    lines = re.sub(r"^\s*#.*\n", "", text(path), flags=re.MULTILINE)
    assert LOCKED.sub("", lines).strip() == ""
    assert "://" not in text(path)


def test_the_action_has_what_the_package_needs() -> None:
    needed = {re.split(r"[<>=; ]", line)[0] for line in PROJECT["dependencies"]}
    locked = set(re.findall(r"^([\w.-]+)==", text(REQUIREMENTS[0]), flags=re.MULTILINE))
    assert needed - locked == set()


def test_the_pythons_are_told_once() -> None:
    """In the classifiers, in nox and in the workflow alike."""
    module = ast.parse(text(ROOT / "noxfile.py"))
    (nox,) = (
        ast.literal_eval(node.value)
        for node in module.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PYTHONS"
    )
    tests = yaml.safe_load(text(ROOT / ".github/workflows/tests.yml"))
    matrix = tests["jobs"]["fast"]["strategy"]["matrix"]
    assert [*nox] == PYTHONS == matrix["python"]
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"


def test_the_fast_part_is_there() -> None:
    paths = text(ROOT / "tests/fast.txt").split()
    assert [path for path in paths if not (ROOT / path).exists()] == []


# -- the steps ------------------------------------------------------------------------------------


class Job(NamedTuple):
    """A clone in which the steps of a job run as on GitHub's machines."""

    clone: Path
    temp: Path

    @classmethod
    def at(cls, place: Path, python: str = sys.executable) -> Job:
        """A fresh clone, and a fresh environment of this Python where it is another one."""
        temp = place / "temp"
        temp.mkdir()
        subprocess.run(["git", "clone", "-q", str(ROOT), str(place / "clone")], check=True)
        if python != sys.executable:
            subprocess.run([python, "-m", "venv", str(temp / "python")], check=True)
            (temp / "path").write_text(f"{temp}/python/bin\n")
        return cls(place / "clone", temp)

    def run(self, script: str) -> str:
        added = self.temp / "path"
        paths = added.read_text().split() if added.exists() else []
        folders = [*reversed(paths), str(Path(sys.executable).parent), os.environ["PATH"]]
        environment = {
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_PATH": str(added),
            "GITHUB_REF_NAME": f"v{__version__}",
            "GITHUB_SHA": "c" * 40,
            "HOME": str(self.temp),
            "PATH": os.pathsep.join(folders),
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.clone,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout


def steps(workflow: str, job: str) -> list[str]:
    content: Any = yaml.safe_load(text(ROOT / f".github/workflows/{workflow}.yml"))
    return [step["run"] for step in content["jobs"][job]["steps"] if "run" in step]


def found_python(version: str) -> str:
    """A Python of this version that is here; the test is skipped where there is none."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    places = [*map(str, sorted(root.glob(f"versions/{version}*/bin"))), os.environ["PATH"]]
    found = shutil.which(f"python{version}", path=os.pathsep.join(places))
    return found or pytest.skip(f"there is no Python {version} here")


@FULL
@pytest.mark.parametrize("version", PYTHONS)
def test_the_fast_part_on_each_python(version: str, tmp_path: Path) -> None:
    job = Job.at(tmp_path, found_python(version))
    for script in steps("tests", "fast"):
        sys.stdout.write(job.run(script))


@FULL
def test_the_fast_part_on_the_lowest_dependencies(tmp_path: Path) -> None:
    job = Job.at(tmp_path, found_python(PYTHONS[0]))
    for script in steps("tests", "lowest"):
        sys.stdout.write(job.run(script))


@FULL
def test_the_lint_step(tmp_path: Path) -> None:
    job = Job.at(tmp_path)
    for script in steps("tests", "lint"):
        job.run(script)


@FULL
def test_a_release_is_built_twice_alike_checked_and_installed(tmp_path: Path) -> None:
    job = Job.at(tmp_path)
    for script in steps("release", "build"):
        job.run(script)
    assert (job.clone / "notes.md").stat().st_size
    assert '"bomFormat": "CycloneDX"' in (job.clone / "sbom.cdx.json").read_text()
    (built,) = (job.clone / "dist").glob("*.whl")
    said = f"sigclock, version {__version__}\n"
    assert job.run(f"uv tool run --from {built} sigclock --version") == said
    job.run(f"python -m venv {tmp_path}/pipx && {tmp_path}/pipx/bin/pip install --quiet pipx")
    home = f"PIPX_HOME={tmp_path}/home PIPX_BIN_DIR={tmp_path}/bin"
    job.run(f"{home} {tmp_path}/pipx/bin/pipx install --quiet {built}")
    assert job.run(f"{tmp_path}/bin/sigclock --version") == said


@FULL
def test_the_dockerfile_but_for_its_images(tmp_path: Path) -> None:
    """Without a daemon: its steps run here, with another folder for the one in the image."""
    job = Job.at(tmp_path)
    lines = text(ROOT / "Dockerfile").replace("\\\n", " ").splitlines()
    source = tmp_path / "source"
    source.mkdir()
    for line in lines:
        verb, _, rest = line.partition(" ")
        if verb == "COPY" and not rest.startswith("--from"):
            *files, target = rest.split()
            job.run(f"cp -r {' '.join(files)} {source}/{target}")
        if verb == "RUN" and "apt-get" not in rest:
            job.run(f"cd {source} && {rest.replace('/opt/sigclock', str(tmp_path / 'opt'))}")
    assert job.run(f"{tmp_path}/opt/bin/sigclock check")
