"""The versions that a project asks for: one small folder for each way to say it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gcheck_lint.cli.entry import gclint
from gcheck_lint.config.dependencies import poetry_specifier
from gcheck_lint.config.settings import Settings
from gcheck_lint.config.targets import Aim, Projects
from gcheck_lint.errors import SettingsError
from gcheck_lint.run import aims as run_aims


def lay(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write a small repository."""
    (root / ".git").mkdir(parents=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def aims(folder: Path) -> dict[str, str | None]:
    found = Projects().aims(Settings(), folder)
    return {library: aim.wanted for library, aim in found.items() if aim.where != "default"}


PEP621 = """[project]
dependencies = ["Transformers [torch] >= 4.40, < 5 ; python_version >= '3.8'", "numpy", "torch==2.4.0+cu121"]
[project.optional-dependencies]
train = ["trl>=0.12"]
old = ["trl==0.9.6"]
[dependency-groups]
dev = ["peft~=0.13.2", {include-group = "x"}]
"""
POETRY = """[tool.poetry.dependencies]
python = "^3.10"
transformers = "^4.40"
torch = {version = "~2.4", source = "pytorch"}
trl = [{version = "0.9.*", python = "<3.9"}, {version = ">=0.12 <0.20", python = ">=3.9"}]
[tool.poetry.group.train.dependencies]
peft = "0.13.2"
"""
REQUIREMENTS = """# transformers==1.0
-r base.in.txt
-c constraints.txt
--extra-index-url https://example.org/transformers
trl[peft]==0.12.2 \\
    --hash=sha256:00 \\
    --hash=sha256:11
torch>=2.1 ; sys_platform != "darwin"  # a comment
torch>=2.4 ; sys_platform == "darwin"
bitsandbytes
"""
ENVIRONMENT = """name: x
channels: [pytorch]
dependencies:
  - python=3.10
  - pytorch::pytorch=2.4.1=py3.10_cuda12
  - conda-forge::transformers=4.46   # fuzzy
  - pip:
    - "trl==0.12.2"
    - peft>=0.13
variables:
  transformers: "no"
"""
PINNED = """dependencies:
  - pytorch-cuda=11.7=h67b0de4_1
  - pytorch=1.13.1=py3.10_cuda11.7_cudnn8.5.0_0
  - pytorch-mutex=1.0=cuda
  - torchvision=0.14.1
"""
UV = """version = 1

[[package]]
name = "torch"
version = "2.4.1+cu121"

[[package]]
name = "transformers"
version = "4.46.3"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "trl" }]
"""
SETUP_CFG = """[options]
install_requires =
    transformers>=4.40
    torch
[options.extras_require]
rl = trl>=0.12
"""
SETUP_PY = """from setuptools import setup
REQUIRED = ["transformers==4.36.2", "numpy"]
setup(name="x", install_requires=REQUIRED, extras_require={"rl": ["trl==0.9.6"]})
"""

ENV = {"transformers": "==4.46.*", "trl": "==0.12.2"}
PIPFILE = """[packages]
transformers = {version = "==4.46.3", extras = ["torch"]}
trl = ">=0.12"
[dev-packages]
torch = "*"
"""
PIPFILE_LOCK = """{
    "_meta": {"sources": []},
    "default": {
        "transformers": {"hashes": [], "version": "==4.46.3"},
        "trl": {"index": "pypi", "version": "==0.12.2"},
        "other": "x"
    },
    "develop": {}
}"""
PIXI = """[dependencies]
transformers = "4.46.*"
pytorch = {version = ">=2.4,<3", build = "*cuda*"}
[pypi-dependencies]
trl = ">=0.12"
peft = "*"
"""
PIXI_LOCK = """version: 6
packages:
- conda: https://conda.anaconda.org/conda-forge/noarch/transformers-4.46.3-pyhd8ed1ab_0.conda
  sha256: 00
- conda: https://conda.anaconda.org/conda-forge/linux-64/pytorch-2.4.1-cuda120_py310_302.conda
- conda: https://conda.anaconda.org/conda-forge/linux-64/torch-extra-1.0.0-h_0.conda
- pypi: https://files.example.org/trl-0.12.2-py3-none-any.whl
  name: trl
  version: 0.12.2
"""
PYLOCK = """lock-version = "1.0"
[[packages]]
name = "transformers"
version = "4.57.1"
"""


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        (
            {"pyproject.toml": PEP621},
            {"transformers": "<5,>=4.40", "trl": ">=0.12 || ==0.9.6", "peft": "~=0.13.2", "torch": "==2.4.0"},
        ),
        (
            {"pyproject.toml": POETRY},
            {"transformers": ">=4.40,<5", "torch": ">=2.4,<2.5", "trl": "==0.9.* || >=0.12,<0.20", "peft": "==0.13.2"},
        ),
        (
            {"requirements.txt": REQUIREMENTS, "base.in.txt": "transformers>=4.40", "constraints.txt": "transformers==4.46.3"},
            {"transformers": "==4.46.3", "trl": "==0.12.2", "torch": ">=2.1 || >=2.4"},
        ),
        (
            {"environment.yml": ENVIRONMENT},
            {"transformers": "==4.46.*", "torch": "==2.4.1.*", "trl": "==0.12.2", "peft": ">=0.13"},
        ),
        ({"environment.yml": PINNED}, {"torch": "==1.13.1.*"}),
        ({"environment.yml": PINNED.replace("=1.13.1=", "==2.0.0=")}, {"torch": "==2.0.0"}),
        ({"uv.lock": UV}, {"transformers": "==4.46.3", "torch": "==2.4.1"}),
        ({"uv.lock": UV, "pyproject.toml": PEP621}, {"transformers": "==4.46.3"}),
        ({"poetry.lock": UV.replace("4.46.3", "4.57.1")}, {"transformers": "==4.57.1", "torch": "==2.4.1"}),
        ({"pdm.lock": UV}, {"transformers": "==4.46.3", "torch": "==2.4.1"}),
        ({"setup.cfg": SETUP_CFG}, {"transformers": ">=4.40", "trl": ">=0.12"}),
        ({"setup.py": SETUP_PY}, {"transformers": "==4.36.2", "trl": "==0.9.6"}),
        ({"requirements.txt": "transformers==4.46.3".encode("utf-16")}, {"transformers": "==4.46.3"}),
        ({"requirements.txt": "git+https://github.com/huggingface/transformers.git@v4.46.3"}, {"transformers": "==4.46.3"}),
        (
            {"requirements.txt": "git+https://github.com/huggingface/transformers@v4.46-release\ntrl"},
            {"transformers": "==4.46.*"},
        ),
        (
            {"requirements.txt": "transformers @ git+https://github.com/huggingface/transformers@main"},
            {"transformers": ">=5.23.0"},
        ),
        ({"requirements.txt": "git+https://github.com/huggingface/peft.git"}, {"peft": ">=0.21.2"}),
        ({"requirements.txt": "transformers @ git+https://github.com/huggingface/transformers@1a2b3c4"}, {}),
        ({"train-requirements.txt": "transformers==4.46.3"}, {"transformers": "==4.46.3"}),
        ({"requirements.in": "transformers>=4.46\ntrl"}, {"transformers": ">=4.46"}),
        ({"requirements.txt": "transformers==four\ntrl==0.12.2"}, {"trl": "==0.12.2"}),
        ({"environment-gpu.yaml": "dependencies: [python, 'transformers=4.46', {pip: ['trl==0.12.2']}]"}, ENV),
        ({"Pipfile": PIPFILE}, {"transformers": "==4.46.3", "trl": ">=0.12"}),
        ({"Pipfile.lock": PIPFILE_LOCK}, {"transformers": "==4.46.3", "trl": "==0.12.2"}),
        ({"pixi.toml": PIXI}, {"transformers": "==4.46.*", "torch": ">=2.4,<3", "trl": ">=0.12"}),
        (
            {"pyproject.toml": PIXI.replace("[", "[tool.pixi.")},
            {"transformers": "==4.46.*", "torch": ">=2.4,<3", "trl": ">=0.12"},
        ),
        ({"pixi.lock": PIXI_LOCK}, {"transformers": "==4.46.3", "torch": "==2.4.1", "trl": "==0.12.2"}),
        ({"pylock.toml": PYLOCK}, {"transformers": "==4.57.1"}),
        ({"pyproject.toml": "[tool.hatch.envs.default]\ndependencies = ['trl==0.12.2']"}, {"trl": "==0.12.2"}),
        ({"requirements.txt": "-e git+https://github.com/huggingface/trl.git@v0.12.2#egg=trl"}, {"trl": "==0.12.2"}),
        ({"requirements.txt": "https://example.org/torch-2.4.0%2Bcu121-cp310-cp310-linux_x86_64.whl"}, {"torch": "==2.4.0"}),
        ({"requirements/train.txt": "transformers==4.46.3"}, {"transformers": "==4.46.3"}),
        ({"requirements.txt": "transformers==4.46.3", "requirements-dev.txt": "transformers"}, {"transformers": "==4.46.3"}),
        (
            {"requirements.txt": "transformers>=4.40", "requirements-gpu.txt": "transformers==4.46.3"},
            {"transformers": "==4.46.3"},
        ),
        (
            {"requirements-a.txt": "transformers==4.36.2", "requirements-b.txt": "transformers==4.46.3"},
            {"transformers": "==4.36.2 || ==4.46.3"},
        ),
        ({"requirements.txt": "transformers>=4 ; python_version < '3'\ntransformers<5"}, {"transformers": "<5"}),
        ({"requirements.txt": "-r requirements.txt\ntransformers<5"}, {"transformers": "<5"}),
        ({"requirements.txt": "transformers-interpret==0.1\ntorchvision==0.19"}, {}),
        ({"README.md": "transformers==4.46.3"}, {}),
        (
            {
                "pyproject.toml": "[project]\ndynamic=['dependencies']\n[tool.setuptools.dynamic]\ndependencies={file=['r.txt']}",
                "r.txt": "trl>=1",
            },
            {"trl": ">=1"},
        ),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else None,
)
def test_files_of_one_folder(tmp_path: Path, files: dict[str, str | bytes], wanted: dict[str, str]) -> None:
    found = aims(lay(tmp_path / "r", files))
    assert {library: text for library, text in found.items() if library in wanted or len(files) == 1} == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("^4.40", ">=4.40,<5"),
        ("^0.9.6", ">=0.9.6,<0.10"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0", ">=0,<1"),
        ("~4.46.1", ">=4.46.1,<4.47"),
        ("~4", ">=4,<5"),
        ("4.46.3", "==4.46.3"),
        ("4.46.*", "==4.46.*"),
        ("*", ""),
        (">=4.40,<5", ">=4.40,<5"),
        (">= 4.40 < 5", ">=4.40,<5"),
        ("^4.40 || ^5.0", ">=4.40,<5 || >=5.0,<6"),
    ],
)
def test_poetry(text: str, wanted: str) -> None:
    assert poetry_specifier(text) == wanted


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        (
            "requirements.txt",
            "pytorch-lightning==2.1.3\ndiffusers>=0.30,<0.32\n",
            {"lightning": "==2.1.3", "diffusers": "<0.32,>=0.30"},
        ),
        ("requirements.txt", "lightning[extra]>=2.2\nlightning-utilities==0.11\n", {"lightning": ">=2.2"}),
        ("environment.yml", "dependencies:\n  - pip:\n    - pytorch_lightning==1.9.5\n", {"lightning": "==1.9.5"}),
    ],
)
def test_lightning_has_two_names(tmp_path: Path, name: str, text: str, wanted: dict[str, str]) -> None:
    assert aims(lay(tmp_path / "project", {name: text})) == wanted


def test_poetry_nonsense() -> None:
    with pytest.raises(SettingsError):
        poetry_specifier("4 ?")


def test_nearest_folder_decides_for_each_library(tmp_path: Path) -> None:
    root = lay(
        tmp_path / "r",
        {
            "pyproject.toml": PEP621,
            "examples/requirements.txt": "transformers==4.46.3\ntrl\n",
            "examples/sft/train.py": "",
            "outside.py": "",
        },
    )
    assert aims(root / "examples" / "sft") == {
        "transformers": "==4.46.3",
        "trl": ">=0.12 || ==0.9.6",
        "peft": "~=0.13.2",
        "torch": "==2.4.0",
    }
    (tmp_path / "requirements.txt").write_text("transformers==4.25.1")
    assert aims(root)["transformers"] == "<5,>=4.40"  # what lies outside of the repository is of no account


def test_a_lock_counts_where_nearer_files_allow_it(tmp_path: Path) -> None:
    root = lay(
        tmp_path / "r",
        {
            "uv.lock": UV,
            "a/pyproject.toml": "[project]\ndependencies = ['transformers>=4.40']",
            "b/requirements.txt": "transformers==4.36.2",
        },
    )
    assert aims(root / "a")["transformers"] == "==4.46.3"
    assert aims(root / "b")["transformers"] == "==4.36.2"


def test_without_a_repository_the_nearest_project_counts(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("transformers==4.25.1")
    (tmp_path / "a" / "requirements.txt").write_text("trl==0.12.2")
    assert aims(tmp_path / "a" / "b") == {"trl": "==0.12.2"}


def test_settings_come_first(tmp_path: Path) -> None:
    root = lay(tmp_path / "r", {"requirements.txt": "transformers==4.46.3\ntrl==0.12.2"})
    found = Projects().aims(Settings(target_transformers=">=5", origins={"target-transformers": "--target-transformers"}), root)
    assert found["transformers"] == Aim(">=5", "--target-transformers")
    assert found["trl"].wanted == "==0.12.2"
    assert found["peft"] == Aim(None, "default")


BROKEN = {
    "pyproject.toml": "[project\ntransformers",
    "requirements.txt": "transformers=4.46",
    "setup.cfg": "transformers",
    "setup.py": "setup(transformers",
    "requirements-x.txt": b"transformers \xff\xfe\xfa",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_a_warning(tmp_path: Path, name: str) -> None:
    root = lay(tmp_path / "r", {name: BROKEN[name], "environment.yml": "dependencies:\n  - transformers=4.46.3"})
    project = Projects().around(root)
    assert [name in warning for warning in project.warnings] == [True]
    assert project.aims["transformers"].wanted == "==4.46.3.*"


SCRIPT = """from transformers import AutoModelForCausalLM, Trainer, TrainingArguments
model = AutoModelForCausalLM.from_pretrained("gpt2")
trainer = Trainer(model, TrainingArguments("out", gradient_checkpointing=True))
trainer.train()
"""


def test_each_file_of_a_run_has_its_own_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = lay(
        tmp_path / "r",
        {
            "old/requirements.txt": "transformers==4.46.3",
            "new/requirements.txt": "transformers>=5",
            "old/a.py": SCRIPT,
            "new/a.py": SCRIPT,
        },
    )
    monkeypatch.chdir(root)
    result = CliRunner().invoke(gclint, ["--min-severity", "info", "--output-format", "concise", "."])
    assert [line.split(":")[0] for line in result.stdout.splitlines() if "GCK102" in line] == ["old/a.py"]


def test_config_shows_what_was_found_and_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = lay(
        tmp_path / "r", {"requirements.txt": "transformers==4.46.3", "setup.py": "(", "setup.cfg": "[options\ntransformers"}
    )
    monkeypatch.chdir(root)
    result = CliRunner().invoke(gclint, ["config"])
    assert 'target-transformers = "==4.46.3"  # requirements.txt:1\n' in result.stdout
    assert "# target-trl is not set\n" in result.stdout
    assert "# warning: setup.cfg cannot be parsed" in result.stdout
    result = CliRunner().invoke(gclint, ["config", "--target-trl", ">=0.22"])
    assert 'target-trl = ">=0.22"  # --target-trl\n' in result.stdout


def test_a_run_warns_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = lay(tmp_path / "r", {"requirements.txt": "transformers=4.46", "a.py": SCRIPT, "b.py": SCRIPT})
    monkeypatch.chdir(root)
    result = CliRunner().invoke(gclint, ["--min-severity", "info", "."])
    assert result.stderr.count("warning: requirements.txt:1 cannot be parsed") == 1
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (">=5,<4", "no version is in `>=5,<4`; gclint knows transformers 4.25 to 5.23"),
        ("<4.25", "`<4.25` is older than every version that gclint knows, transformers 4.25 to 5.23"),
        ("==4.20.1", "`==4.20.1` is older than every version that gclint knows, transformers 4.25 to 5.23"),
    ],
)
def test_an_empty_target_is_never_green(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, said: str) -> None:
    monkeypatch.chdir(lay(tmp_path / "r", {"a.py": "print()\n"}))
    result = CliRunner().invoke(gclint, [f"--target-transformers={option}", "."])
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"--target-transformers: {said}" in result.stderr
    (tmp_path / "r" / "gclint.toml").write_text(f'target-transformers = "{option}"\n')
    result = CliRunner().invoke(gclint, ["."])
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"gclint.toml target-transformers: {said}" in result.stderr


def test_a_project_older_than_knowledge_is_judged_for_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = "numpy\n\ntransformers==4.20.1\n"
    monkeypatch.chdir(lay(tmp_path / "r", {"requirements.txt": old, "a.py": SCRIPT, "b.py": SCRIPT}))
    result = CliRunner().invoke(gclint, ["--min-severity", "info", "."])
    said = "requirements.txt:3: transformers `==4.20.1` is older than every version that gclint knows, transformers 4.25 to 5.23"
    assert result.stderr == f"warning: {said}: judged for 4.25.1\n"
    assert result.exit_code == 1
    result = CliRunner().invoke(gclint, ["config"])
    assert 'target-transformers = "==4.25.1"  # requirements.txt:3\n' in result.stdout
    assert f"# warning: {said}" in result.stdout


def test_what_is_newer_than_knowledge_is_judged_as_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(lay(tmp_path / "r", {"a.py": SCRIPT, "b.py": SCRIPT}))
    result = CliRunner().invoke(gclint, ["--target-transformers", "==9.9", "."])
    said = "--target-transformers: transformers `==9.9` is newer than every version that gclint knows, transformers 4.25 to 5.23"
    assert result.stderr == f"warning: {said}: judged for 5.23.0\n"


def dist_info(prefix: Path, *names: str, packages: str = "lib/python3.11/site-packages") -> None:
    for name in names:
        (prefix / packages / f"{name}.dist-info").mkdir(parents=True)


def test_what_is_installed_counts_where_the_files_allow_it(tmp_path: Path) -> None:
    root = lay(tmp_path / "r", {"requirements.txt": "transformers>=4.40", "old/requirements.txt": "transformers==4.36.2"})
    dist_info(root / ".venv", "transformers-4.57.1", "torch-2.8.0+cpu", "torch_extra-1.0", "broken")
    assert aims(root) == {"transformers": "==4.57.1", "torch": "==2.8.0"}
    assert aims(root / "old") == {"transformers": "==4.36.2", "torch": "==2.8.0"}
    (root / "uv.lock").write_text(UV)
    assert aims(root) == {"transformers": "==4.46.3", "torch": "==2.4.1"}  # a lock before what happens to be installed


def test_the_environment_that_somebody_works_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = lay(tmp_path / "r", {"a.py": ""})
    dist_info(tmp_path / "env", "trl-0.12.2", packages="Lib/site-packages")
    dist_info(root / "venv", "trl-0.9.6")
    assert aims(root) == {"trl": "==0.9.6"}
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "env"))
    assert aims(root) == {"trl": "==0.12.2"}
    monkeypatch.delenv("VIRTUAL_ENV")
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path / "env"))
    monkeypatch.setenv("CONDA_DEFAULT_ENV", "base")
    assert aims(root) == {"trl": "==0.9.6"}  # conda's base is nobody's project
    monkeypatch.setenv("CONDA_DEFAULT_ENV", "train")
    assert aims(root) == {"trl": "==0.12.2"}


def test_one_bad_line_costs_that_line(tmp_path: Path) -> None:
    text = "[project]\ndependencies = [\n  'transformers=>4',\n  'trl==0.12.2',\n]\n"
    root = lay(tmp_path / "r", {"pyproject.toml": text, "setup.cfg": "[options]\ninstall_requires =\n  torch==2.4.0\n  peft=1\n"})
    project = Projects().around(root)
    assert {library: aim.wanted for library, aim in project.aims.items()} == {"trl": "==0.12.2", "torch": "==2.4.0"}
    assert [warning.partition(" cannot be parsed")[0] for warning in project.warnings] == [
        f"{root}/pyproject.toml:3 project.dependencies",
        f"{root}/setup.cfg:4 install_requires",
    ]


def test_what_is_checked_is_what_config_shows(tmp_path: Path) -> None:
    root = lay(tmp_path / "r", {"requirements.txt": "transformers==4.46.3", "a.py": SCRIPT})
    assert run_aims.of_file(str(root / "a.py"), Settings())["transformers"].wanted == "==4.46.3"


README = """# Tuner

Once `pip install transformers==4.30.0` was enough.

```bash
# pip install trl==0.7.11
$ pip install "transformers==4.33.2" \\
    peft==0.7.1 torch
pip install torch==2.0.1+cu117 --index-url https://example.org/cu117
(env) $ pip install 'trl>=0.9,<0.12' && python train.py
```
"""
SAID = {"transformers": "==4.33.2", "peft": "==0.7.1", "trl": "<0.12,>=0.9"}
NESTED = "~~~\npip install transformers==4.46.3\n~~~"


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"README.md": README}, SAID),  # torch is also installed without a version
        ({"docs/install.md": README}, SAID),
        ({"docs/README.md": README}, {}),
        ({"Readme_en.md": README.replace("4.33.2", "4.36.2")}, SAID | {"transformers": "==4.36.2"}),
        ({"README.md": README, "requirements.txt": "transformers>=4.40"}, SAID | {"transformers": ">=4.40"}),
        ({"README.md": README, "a/INSTALL.md": NESTED}, SAID | {"transformers": "==4.46.3"}),
        ({"README.md": README, "INSTALL.md": NESTED}, SAID | {"transformers": "==4.46.3 || ==4.33.2"}),
        ({"README.md": "```\npip install git+https://github.com/huggingface/transformers\npip install -U trl\n```"}, {}),
        ({"README.md": "```\npip install transformers==four\n```\npip install trl==0.9.6"}, {}),
    ],
)
def test_commands_in_documents_come_last(tmp_path: Path, files: dict[str, str | bytes], wanted: dict[str, str]) -> None:
    root = lay(tmp_path / "r", files)
    (root / "a").mkdir(exist_ok=True)
    found = aims(root / "a")
    assert found == wanted


def test_where_a_document_says_it(tmp_path: Path) -> None:
    root = lay(tmp_path / "r", {"README.md": README})
    found = Projects().aims(Settings(), root)
    assert found["transformers"] == Aim("==4.33.2", f"{root / 'README.md'}:7")


def test_a_document_beside_a_script_of_no_repository(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    assert aims(tmp_path) == SAID
