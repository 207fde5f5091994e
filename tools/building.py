"""The build backend: setuptools', with archives whose bytes depend on the sources alone.

No clock, no user and no umask is in a wheel or a source archive; their files are of ``SOURCE_DATE_EPOCH``, or of 1980.
"""

import gzip
import io
import os
import stat
import tarfile
import time
import zipfile
from pathlib import Path

from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

_EARLIEST = 315_532_800  # 1980, before which a zip archive knows no time

_Config = dict[str, str | list[str] | None] | None


def build_wheel(wheel_directory: str, config_settings: _Config = None, metadata_directory: str | None = None) -> str:
    """Builds a wheel; see PEP 517."""
    name: str = build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)
    _rewrite_zip(Path(wheel_directory) / name)
    return name


def build_sdist(sdist_directory: str, config_settings: _Config = None) -> str:
    """Builds a source archive; see PEP 517."""
    name: str = build_meta.build_sdist(sdist_directory, config_settings)
    _rewrite_tar(Path(sdist_directory) / name)
    return name


def _seconds() -> int:
    return max(_EARLIEST, int(os.environ.get("SOURCE_DATE_EPOCH", _EARLIEST)))


def _mode(mode: int) -> int:
    """That of a file which anybody may read, and run if its owner may."""
    return 0o755 if mode & stat.S_IXUSR else 0o644


def _rewrite_zip(path: Path) -> None:
    new = io.BytesIO()
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as after:
        for old in before.infolist():
            member = zipfile.ZipInfo(old.filename, time.gmtime(_seconds())[:6])
            member.external_attr = (stat.S_IFREG | _mode(old.external_attr >> 16)) << 16
            after.writestr(member, before.read(old), zipfile.ZIP_DEFLATED)
    path.write_bytes(new.getvalue())


def _rewrite_tar(path: Path) -> None:
    new = io.BytesIO()
    with (
        tarfile.open(path) as before,
        gzip.GzipFile("", "wb", fileobj=new, mtime=_seconds()) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as after,
    ):
        for old in sorted(before.getmembers(), key=lambda member: member.name):
            member = tarfile.TarInfo(old.name)
            member.type, member.size, member.linkname = old.type, old.size, old.linkname
            member.mode, member.mtime = 0o755 if old.isdir() else _mode(old.mode), _seconds()
            after.addfile(member, before.extractfile(old) if old.isfile() else None)
    path.write_bytes(new.getvalue())
