"""The image's longest step, let to run: everything a process needs comes by the lock, into a folder of its own."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from fwselect.local import addresses
from tests.local.test_local_up import as_nobody

SYSTEM_PYTHON = "/usr/bin/python3"
"""Root's own Python may lie where nobody else may enter."""


def test_the_packages_step_makes_an_environment_in_which_files_are_collected_by_an_ordinary_user() -> None:
    folder = Path(tempfile.mkdtemp(prefix="fwselect-image-"))
    before = []
    if os.getuid() == 0:
        os.chown(folder, pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid)
        before = as_nobody()
    env = {**os.environ, "HOME": str(folder), "FWSELECT_VAR": str(folder / "var")}
    make = [*before, "make", "--silent", "--file=deploy/image.mk", f"PREFIX={folder / 'python'}"]
    if Path(SYSTEM_PYTHON).exists():
        make.append(f"PYTHON={SYSTEM_PYTHON}")

    for target in ("packages", "static"):
        done = subprocess.run([*make, target], cwd=addresses.PROJECT, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]

    assert (folder / "var" / "static" / "staticfiles.json").exists()
    assert not (folder / "python" / "bin" / "pytest").exists()
    shutil.rmtree(folder)
