"""Packaging metadata says which folders hold modules, in the words of each build tool."""

from __future__ import annotations

import pytest
from support.memory import InMemory

from sigclock.project.packaging import read

PYPROJECT = {
    "setuptools root": ("[tool.setuptools]\npackage-dir = {'' = 'lib'}", [("", "svc/lib")]),
    "setuptools rename": (
        "[tool.setuptools.package-dir]\nmodels = 'code/m'\n'acme.core' = '../core/src'",
        [("models", "svc/code/m"), ("acme.core", "core/src")],
    ),
    "setuptools find": (
        "[tool.setuptools.packages.find]\nwhere = ['a', './b/']",
        [("", "svc/a"), ("", "svc/b")],
    ),
    "poetry from": (
        "[tool.poetry]\npackages = [{include = 'models', from = 'lib'}, {include = 'other'}]",
        [("", "svc/lib"), ("", "svc")],
    ),
    "poetry to": (
        "[tool.poetry]\npackages = [{include = 'models', from = 'lib', to = 'acme/x'}]",
        [("acme.x.models", "svc/lib/models")],
    ),
    "hatch packages": (
        "[tool.hatch.build.targets.wheel]\npackages = ['python/acme', 'flat']",
        [("", "svc/python")],
    ),
    "hatch sources": ("[tool.hatch.build]\nsources = ['python']", [("", "svc/python")]),
    "hatch renamed sources": (
        "[tool.hatch.build.targets.wheel.sources]\n'code/m' = 'models'\n'src' = ''",
        [("models", "svc/code/m"), ("", "svc/src")],
    ),
    "pdm": ("[tool.pdm.build]\npackage-dir = 'python'", [("", "svc/python")]),
    "uv": ("[tool.uv.build-backend]\nmodule-root = 'python'", [("", "svc/python")]),
    "maturin": ("[tool.maturin]\npython-source = 'python'", [("", "svc/python")]),
    "scikit-build": ("[tool.scikit-build]\nwheel.packages = ['py/acme']", [("", "svc/py")]),
    "out of the repository": (
        "[tool.setuptools.packages.find]\nwhere = ['../../x', '/y']",
        [],
    ),
    "of other types": ("[tool]\nsetuptools = 1\npoetry = {packages = 'a'}\npdm = []", []),
    "no TOML": ("[tool.setuptools\npackage-dir = 1", []),
}


@pytest.mark.parametrize("name", PYPROJECT)
def test_pyproject_declares_folders(name: str) -> None:
    text, expected = PYPROJECT[name]
    assert of("svc/pyproject.toml", text) == sorted(expected)


SETUP_CFG = """
[options]
package_dir =
    = lib
    models = code/m
[options.packages.find]
where = src
"""
SETUP_PY = """
from setuptools import find_packages, setup
setup(package_dir={"": "lib", "models": "code/m"}, packages=find_packages(where="src"))
"""


@pytest.mark.parametrize(
    ("path", "text"), [("setup.cfg", SETUP_CFG), ("setup.py", SETUP_PY)], ids=["cfg", "py"]
)
def test_setuptools_own_files_declare_folders(path: str, text: str) -> None:
    assert of(path, text) == [("", "lib"), ("", "src"), ("models", "code/m")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("setup.py", "setup(package_dir=FOLDERS, packages=find_packages(WHERE))"),
        ("setup.py", "setup(package_dir={'': 'a'"),
        ("setup.cfg", "package_dir = 1"),
        ("setup.cfg", "[options]\npackages = find:"),
    ],
)
def test_what_cannot_be_read_declares_nothing(path: str, text: str) -> None:
    assert of(path, text) == []


VERSIONS = {
    "setuptools": ("pyproject.toml", "[tool.setuptools.dynamic]\nversion = {attr = 'pkg.V'}", "V"),
    "setup.cfg": ("setup.cfg", "[metadata]\nversion = attr: pkg.V", "V"),
    "hatch": ("pyproject.toml", "[tool.hatch.version]\npath = 'src/pkg/__init__.py'", None),
    "pdm": ("pyproject.toml", "[tool.pdm.version]\nsource = 'file'\npath = 'src/pkg.py'", None),
}


@pytest.mark.parametrize("tool", VERSIONS)
def test_the_version_of_a_package_is_read_from_a_constant(tool: str) -> None:
    path, text, name = VERSIONS[tool]
    [constant] = read(InMemory({f"svc/{path}": text}), [f"svc/{path}"]).published
    assert constant.location.path == f"svc/{path}"
    assert constant.name == name
    assert {"pkg", "svc/src/pkg"} & set(constant.modules)


def of(path: str, text: str) -> list[tuple[str, str]]:
    found = read(InMemory({path: text}), [path]).declared
    assert {within for within, _, _ in found} <= {path.rpartition("/")[0]}
    return sorted((dotted, folder) for _, dotted, folder in found)
