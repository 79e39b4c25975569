"""Which files never go into a sandbox, by name.

The rule is about names (and, for PEM files, one look inside), because a name is what a person
can check. It errs on the side of leaving out: what was left out is listed with its reason.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

# folders that hold no source of the project, or hold secrets; matched as one path component
_FOLDERS = {
    ".git": "history",
    ".hg": "history",
    ".svn": "history",
    ".fixit": "fixit's own state",
    "__pycache__": "byte code",
    "node_modules": "installed packages",
    "site-packages": "installed packages",
    ".venv": "a virtual environment",
    ".tox": "virtual environments",
    ".nox": "virtual environments",
    ".mypy_cache": "a cache",
    ".pytest_cache": "a cache",
    ".ruff_cache": "a cache",
    ".aws": "credentials",
    ".azure": "credentials",
    ".docker": "credentials",
    ".gcloud": "credentials",
    ".gnupg": "credentials",
    ".kube": "credentials",
    ".ssh": "credentials",
}

# what no test can miss
OF_NO_USE = frozenset(_FOLDERS.values()) - {"credentials"}

_SECRET_NAMES = (
    ".env", ".env.*", ".envrc",
    "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk",
    "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.asc.key",
    ".netrc", "_netrc", ".pypirc", ".npmrc", ".yarnrc.yml", ".pgpass", ".my.cnf", ".htpasswd",
    ".git-credentials", ".dockercfg", ".dockerconfigjson", ".s3cfg", ".boto", ".vault-token",
    "credentials", "credentials.json", "credentials.y*ml", "credentials.toml",
    "secrets.json", "secrets.y*ml", "secrets.toml", "client_secret*.json",
    "service[-_]account*.json", "*.tfstate", "*.tfstate.backup", "*.tfvars",
)  # fmt: skip


def why_left_out(path: str) -> str | None:
    """Why a file with this relative posix path is never copied; None if it may be."""
    *folders, name = path.split("/")
    for folder in (*folders, name):
        if folder in _FOLDERS:
            return _FOLDERS[folder]
    if any(fnmatchcase(name.lower(), pattern) for pattern in _SECRET_NAMES):
        return "its name is that of a secret"
    return None


def is_left_out_folder(name: str) -> bool:
    """Whether a folder of this name is never entered."""
    return name in _FOLDERS


def holds_private_key(path: str, data: bytes) -> bool:
    """Whether a PEM file holds a private key; a file of certificates alone is no secret."""
    return path.lower().endswith(".pem") and b"PRIVATE KEY" in data
