"""Builds var/frontend: the chart script, from npm where there is npm, else from the Python package of plotly.

Run as `python -m dashboards.frontend`. It needs neither Django nor settings, and does nothing when it is up to date.
"""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "plotly.js-basic-dist-min"
FROM_NPM = Path("node_modules") / PACKAGE / "plotly-basic.min.js"
FROM_PYTHON = Path("package_data") / "plotly.min.js"
NPM_FOLDER = "npm"
NPM_SECONDS = 180
BUDGET_KIB = 450


def main() -> int:
    """Puts plotly.min.js into the folder and says where it came from."""
    folder = Path(os.environ.get("VAR_DIR", ROOT / "var")) / "frontend"
    wanted = fingerprint()
    if is_current(folder, wanted=wanted):
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    source = install_with_npm(folder.parent) or script_of_python_package()
    shutil.copyfile(source, folder / "plotly.min.js")
    # A bundle that stood in for npm's is tried again as soon as npm is there.
    (folder / ".built-from").write_text(wanted)
    print(describe(source))
    return 0


def fingerprint() -> str:
    """What decides the result: the lock file, and whether npm is there to follow it."""
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    return f"{lock} {'npm' if shutil.which('npm') else 'python'}"


def is_current(folder: Path, *, wanted: str) -> bool:
    """Whether the script there was built from the same lock file by the same means."""
    stamp = folder / ".built-from"
    return (folder / "plotly.min.js").exists() and stamp.exists() and stamp.read_text() == wanted


def install_with_npm(var: Path) -> Path | None:
    """The minified script as the lock file names it, or None with the reason printed."""
    npm = shutil.which("npm")
    if npm is None:
        print("npm is not installed.", file=sys.stderr)
        return None
    place = var / NPM_FOLDER
    place.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(ROOT / name, place / name)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    try:
        subprocess.run(command, cwd=place, check=True, timeout=NPM_SECONDS, capture_output=True, text=True)  # noqa: S603
    except (subprocess.SubprocessError, OSError) as error:
        print(f"npm could not install {PACKAGE}: {reason(error)}", file=sys.stderr)
        return None
    return place / FROM_NPM


def reason(error: Exception) -> str:
    """The first line that npm printed, or what the system said."""
    printed = (getattr(error, "stderr", None) or "").strip()
    return printed.splitlines()[0] if printed else str(error)


def script_of_python_package() -> Path:
    """The bundle inside the Python package: the same charts, about four times the size."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise SystemExit("The Python package plotly is not installed. Run: make setup")
    return Path(spec.origin).parent / FROM_PYTHON


def describe(source: Path) -> str:
    size = len(gzip.compress(source.read_bytes())) / 1024
    version = json.loads((ROOT / "package.json").read_text())["dependencies"][PACKAGE]
    if source.name == FROM_PYTHON.name:
        return f"Chart script: the bundle of the Python package, {size:.0f} KiB compressed (npm's is smaller)."
    return f"Chart script: {PACKAGE} {version} from npm, {size:.0f} KiB compressed."


if __name__ == "__main__":
    sys.exit(main())
