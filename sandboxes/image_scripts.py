"""What runs inside a build: shell scripts, and the little Python that they need.

They run on images that somebody else has made, with whichever Python is first on its PATH, which
is also the one that the sandbox uses.
"""

from __future__ import annotations

from fixit_runtime.sandboxes.guard import USER
from fixit_runtime.sandboxes.hardening import BUILT, WORK

NEEDS = "/opt/fixit/needs"  # in an image: what was asked for
_CPU_S = 1800
_PROCESSES = 4096  # of the user's number on this machine, not of the build alone

_BEGIN = """\
set -e
p=$(command -v python || command -v python3) || { echo "the image has no Python"; exit 1; }
export PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_CACHE_DIR=1 PIP_USER=0
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_NO_COLOR=1 NO_COLOR=1
pip() { "$p" -m pip "$@"; }
"""

# $1: "" or the project, which an image may have installed: its code would hide the copy's.
_UNINSTALL = '[ -z "$1" ] || pip uninstall -q -y "$1" 2>/dev/null || true\n'

# As root, with the network, in the folder with needs.txt, locked.txt, ca.pem; $@ for pip: files
# with hashes are installed before, one by one, since pip wants a hash of all or of none.
DEPENDENCIES = (
    _BEGIN
    + f"""\
if [ -f ca.pem ]; then
  export PIP_CERT=$PWD/ca.pem SSL_CERT_FILE=$PWD/ca.pem REQUESTS_CA_BUNDLE=$PWD/ca.pem
fi
pip --version >/dev/null 2>&1 || "$p" -m ensurepip
while [ "$1" != -- ]; do pip install -r "$1"; shift; done
shift
pip install -c locked.txt -r needs.txt "$@"
for file in passwd group; do
  grep -q '^[^:]*:[^:]*:{USER}:' /etc/$file || case $file in
    passwd) echo 'fixit:x:{USER}:{USER}::{WORK}/scratch:/bin/sh' >>/etc/passwd ;;
    group) echo 'fixit:x:{USER}:' >>/etc/group ;;
  esac
done
# an interpreter below /root, say, must be reached by the tests' user
"$p" - <<'END'
import os, sys
for path in (sys.executable, os.path.realpath(sys.executable), sys.prefix, sys.base_prefix):
    while path != os.path.dirname(path):
        path = os.path.dirname(path)
        os.chmod(path, os.stat(path).st_mode | 0o111)
END
"""
)

# As root: room for what the tests' user is about to install. The image is read-only later.
OPEN = (
    _BEGIN
    + _UNINSTALL
    + f"""\
"$p" - <<'END'
import os, sysconfig
for name in ("purelib", "platlib", "scripts"):
    os.makedirs(sysconfig.get_path(name), exist_ok=True)
    os.chmod(sysconfig.get_path(name), 0o777)
END
mkdir -p {WORK}
chmod 777 /opt/fixit {WORK}
"""
)

# As the tests' user: the repository installed in place. Of the copy nothing is left in the image.
# $1: its version, where that would be asked from git; it has no history here.
INSTALL = (
    _BEGIN
    + f"""\
ulimit -t {_CPU_S}
ulimit -u {_PROCESSES} 2>/dev/null || true
export HOME=/tmp USER=fixit SETUPTOOLS_SCM_PRETEND_VERSION=$1 PBR_VERSION=$1
export PDM_BUILD_SCM_VERSION=$1 POETRY_DYNAMIC_VERSIONING_BYPASS=$1 UV_DYNAMIC_VERSIONING_BYPASS=$1
mkdir {WORK}/repo
tar -xf /opt/fixit/repo.tar -C {WORK}/repo
cd {WORK}/repo
"$p" /opt/fixit/kept.py note
pip install --no-deps --no-build-isolation --no-index -e .
"$p" /opt/fixit/kept.py keep {BUILT}
cd /
rm -rf {WORK}/repo
"""
)

# As root: the copy's folders, relative to it and after $1, on the import path, and nothing else.
IMPORTABLE = (
    _BEGIN
    + _UNINSTALL
    + f"""\
shift
pth=$("$p" -c "import sysconfig; print(sysconfig.get_path('purelib'))")/fixit-repository.pth
for folder in "$@" .; do echo "{WORK}/repo/$folder"; done >"$pth"
"""
)

# Of what a build has made: not what it needs itself, nor a compiled form of a module that is there
# as source, which would be imported in its place.
KEPT = """
import os, sys, tarfile
def files():
    for folder, _, names in os.walk("."):
        for name in names: yield os.path.join(folder, name)
if sys.argv[1] == "note":
    open("/tmp/fixit-before", "w", errors="surrogateescape").write("\\0".join(files()))
else:
    before = set(open("/tmp/fixit-before", errors="surrogateescape").read().split("\\0"))
    os.remove("/tmp/fixit-before")
    def is_kept(path):
        folder, name = os.path.split(path)
        if name.endswith((".o", ".pyc")) or path.startswith("./build/temp"): return False
        compiled = name.endswith((".so", ".pyd"))
        return not (compiled and os.path.join(folder, name.split(".")[0] + ".py") in before)
    with tarfile.open(sys.argv[2], "w") as out:
        for path in sorted(set(files()) - before):
            if is_kept(path): out.add(path)
"""
