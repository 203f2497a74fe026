"""The bill of materials of an image."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "sbom.py"


def test_the_bill_lists_each_package_of_python_and_debian(tmp_path: Path) -> None:
    """Each distribution and each Debian package is a component, by its package URL."""
    packages, controls = tmp_path / "packages", tmp_path / "controls"
    for name, version in (("namesmith", "1.2"), ("Other_Library", "3")):
        folder = packages / f"{name.lower()}-{version}.dist-info"
        folder.mkdir(parents=True)
        text = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nLicense-Expression: MIT\n"
        (folder / "METADATA").write_text(text)
    controls.mkdir()
    (controls / "libc6").write_text("Package: libc6\nVersion: 2.36+u1\nArchitecture: amd64\n")
    printed = subprocess.run(
        [sys.executable, SCRIPT, packages, controls], capture_output=True, check=True
    )
    bill = json.loads(printed.stdout)
    assert bill["metadata"]["component"]["purl"] == "pkg:pypi/namesmith@1.2"
    assert [one["purl"] for one in bill["components"]] == [
        "pkg:deb/debian/libc6@2.36%2Bu1?arch=amd64",
        "pkg:pypi/other-library@3",
    ]
    assert bill["components"][1]["licenses"] == [{"expression": "MIT"}]
