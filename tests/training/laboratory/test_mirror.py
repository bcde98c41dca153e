"""The mirror's configuration is one that real nginx accepts, in every topology and dialect."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from training.laboratory.dialects import DIALECTS
from training.laboratory.disk import fill, small_disk
from training.laboratory.mirror import TOPOLOGIES, MirrorPlan, configuration
from training.laboratory.real_parts import LaboratoryError, find_tools


@pytest.mark.real("nginx")
@pytest.mark.parametrize("topology", TOPOLOGIES)
@pytest.mark.parametrize("resolver", ["", "127.0.0.1:5353"])
def test_nginx_accepts_every_topology(tmp_path: Path, topology: str, resolver: str) -> None:
    """``nginx -t`` on the text that a recording uses."""
    try:
        nginx = find_tools().nginx
    except LaboratoryError as error:
        pytest.skip(str(error))
    plan = MirrorPlan("127.0.0.1", 18080, ["127.0.0.1:13000"], topology, ttl_s=11.7, resolver=resolver, combined=True)
    dialect = DIALECTS[TOPOLOGIES.index(topology) % len(DIALECTS)]
    config = tmp_path / "nginx.conf"
    config.write_text(configuration(plan, dialect, tmp_path, tmp_path / "cache"))

    argv = [str(nginx), "-t", "-e", "stderr", "-p", str(tmp_path), "-c", str(config)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert "syntax is ok" in done.stderr, done.stderr


def test_a_full_disk_refuses_one_more_byte(tmp_path: Path) -> None:
    """``fill`` takes what is left, and gives it back."""
    try:
        with small_disk(tmp_path, 1):
            fill(tmp_path / "filler", 0.5)
            half = (tmp_path / "filler").stat().st_size
            fill(tmp_path / "filler", 1.0)
            with pytest.raises(OSError, match="No space"):
                (tmp_path / "more").write_bytes(b"x" * 4096)
            fill(tmp_path / "filler", 0.0)
            assert not (tmp_path / "filler").exists()
    except LaboratoryError as error:
        pytest.skip(str(error))
    assert 0 < half < 1 << 20
