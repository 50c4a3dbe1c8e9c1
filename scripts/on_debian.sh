#!/usr/bin/env bash
# The fast suite and the walk with the Python of another Debian release, in a chroot: for an interpreter that is not on
# this machine. As root, with debootstrap and uv: scripts/on_debian.sh sid [FOLDER]
# trixie has Python 3.13, sid 3.14. FOLDER keeps the chroot for the next run; without one it goes when the run ends.
set -euo pipefail
suite=${1:?a Debian release, such as trixie or sid}
root=${2:-$(mktemp -d)}
cd "$(dirname "$0")/.."

[ -n "${2:-}" ] || trap 'rm -rf "$root"' EXIT
[ -x "$root/usr/bin/python3" ] ||
    debootstrap --variant=minbase --include=python3,libpq5,tzdata "$suite" "$root" >&2
version=$(chroot "$root" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')

# Packages are chosen and fetched out here, for that interpreter: the chroot needs neither pip nor a network.
rm -rf "$root/work"
mkdir -p "$root/work"
cp -r conftest.py pyproject.toml README.md LICENSE CHANGELOG.md src tests docs examples scripts "$root/work"
uv pip install --quiet --python-version "$version" --target "$root/work/site" --constraint constraints.txt \
    --group test '.[sql,postgres,smtp-async,web,flask,totp,otel,cli,demo,testing]'

# A process namespace of its own: what runs in there sees its /proc, and ends with it.
inside() {
    unshare --fork --pid --mount --mount-proc="$root/proc" chroot "$root" \
        env -C /work -i PATH=/usr/bin:/bin LANG=C.UTF-8 HOME=/root PYTHONPATH=/work/src:/work/site "$@"
}
inside python3 -VV
inside python3 -m pytest -p no:cacheprovider -n auto @scripts/fast_suite.args
inside python3 -m elaas_identity.cli demo --walk
