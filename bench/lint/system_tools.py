"""What the build tools that apt installs weigh on top of a slim Python image, for `lint/system_tools.toml`.

``python -m bench.lint.system_tools > src/jettison/lint/system_tools.toml``
"""

from __future__ import annotations

from datetime import UTC, datetime

SOURCE = "Debian bookworm's catalogue of packages, without recommended ones"
TOOLS = (
    "autoconf automake bison build-essential cargo clang cmake curl default-libmysqlclient-dev dpkg-dev flex g++ "
    "gcc gfortran git git-lfs gnupg htop less libblas-dev libboost-all-dev libc6-dev libcurl4-openssl-dev "
    "libffi-dev libgeos-dev libgl1-mesa-dev libglib2.0-dev libhdf5-dev libicu-dev libjpeg-dev liblapack-dev "
    "libopenblas-dev libpng-dev libpq-dev libprotobuf-dev libsndfile1-dev libssl-dev libtiff-dev libtool "
    "libxml2-dev libxslt1-dev llvm make nano nasm net-tools ninja-build openssh-client patch pkg-config pkgconf "
    "portaudio19-dev protobuf-compiler python3-dev python3-pip python3-venv rustc software-properties-common "
    "subversion swig unixodbc-dev unzip vim wget yasm zip zlib1g-dev "
)


def main() -> int:
    """Print the table."""
    from jettison.commands import arguments
    from jettison.oci.base_images import base_image
    from jettison.packages.debian import catalogue
    from jettison.records import finished

    base = base_image("python:3.11-slim-bookworm")
    assert base is not None
    known = finished(catalogue(base.suite, "amd64", arguments.workspace()))
    present = base.installed | {each.name for each in known.closure(base.asked, already=base.installed)}
    sizes: dict[str, int] = {}
    brings: dict[str, list[str]] = {}
    for tool in TOOLS.split():
        found = known.closure((tool,), already=frozenset(present))
        brings[tool] = sorted(each.name for each in found)
        sizes.update({each.name: each.installed_bytes for each in found})
    print(
        "# What tools that only a build needs bring on top of python:3.11-slim-bookworm, without recommended packages."
    )
    print("# Written by bench/lint/system_tools.py; sizes are Installed-Size, in bytes.\n")
    print(f'date = "{datetime.now(UTC):%Y-%m-%d}"\nsource = "{SOURCE}"\n')
    print("[brings]")
    for tool, names in brings.items():
        print(f'"{tool}" = "{" ".join(names)}"')
    print("\n[sizes]")
    for name, size in sorted(sizes.items()):
        print(f'"{name}" = {size}')
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
