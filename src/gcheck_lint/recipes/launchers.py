"""What starts a script, and which of its own options take no value.

That was read where each parses them: python's in its manual page, torchrun's in torch 2.13, `distributed/run.py` and `launch.py`,
accelerate's in `commands/launch.py` (16cb6eb8), with flags of its 0.x releases, deepspeed's in `launcher/runner.py` (edaa7221).
Any other option takes one, and that is never a script.
"""

from __future__ import annotations

import re
from typing import Final


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


PYTHON: Final = re.compile(r"(?:.*[/\\])?(?:python|pypy|ipython)(?:\d+(?:\.\d+)?)?w?(?:\.exe)?")
# what only speaks of commands
NEVER: Final = _set(
    "echo printf cat grep egrep sed awk which type whereis man alias unalias kill pkill killall pgrep trap test [ [[ cp mv ln rm"
    " ls mkdir chmod chown tar find pip pip3 apt apt-get yum dnf brew docker git ssh scp rsync tmux screen return exit wait sleep"
    " set source ."
)
# what may stand before a script that is started by itself
BEFORE: Final = _set(
    "env nohup time exec sudo srun mpirun mpiexec mpiexec.hydra uv poetry pipenv pdm hatch rye pixi conda mamba micromamba"
    " numactl nice ionice timeout stdbuf taskset setsid xvfb-run singularity apptainer nsys ncu py-spy coverage horovodrun"
    " systemd-run tini dumb-init unbuffer command run jsrun aprun prun ibrun catchsegv composer"
)
LAUNCHING_MODULES: Final = {
    "torch.distributed.run": "torchrun",
    "torch.distributed.launch": "torchrun",
    "accelerate.commands.launch": "accelerate",
    "accelerate.commands.accelerate_cli": "accelerate",
    "deepspeed.launcher.runner": "deepspeed",
    "deepspeed": "deepspeed",
}
# modules that run a script in the same process
RUNNING_MODULES: Final = _set(
    "debugpy pdb ipdb pudb bpdb cProfile profile trace coverage viztracer scalene line_profiler kernprof memory_profiler"
    " torch.utils.bottleneck pyinstrument"
)
FLAGS: Final[dict[str, frozenset[str]]] = {
    "torchrun": _set("standalone m module no_python run_path use_env virtual_local_rank h help"),
    "accelerate": _set(
        "cpu debug downcast_bf16 dynamo_use_dynamic dynamo_use_fullgraph dynamo_use_regional_compilation enable_cpu_affinity"
        " fp8_use_autocast_during_eval help h module m multi_gpu no_python no_tpu_cluster quiet q same_network tpu tpu_cluster"
        " tpu_use_sudo use_deepspeed use_fsdp use_megatron_lm use_parallelism_config fp16 mps use_mps_device use_xpu ipex use_cpu"
    ),
    "deepspeed": _set(
        "bind_cores_to_rank elastic_training force_multi module m no_local_rank no_python no_ssh no_ssh_check quiet q save_pid"
        " h help"
    ),
}
FLAGS_OF_RUNNING_MODULES: Final = _set("wait_for_client m branch append")
