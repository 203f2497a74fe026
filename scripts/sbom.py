"""Print the bill of materials of the image, CycloneDX 1.6 in JSON: sbom.py SITE_PACKAGES STATUS_D.

Its components are the Python distributions of SITE_PACKAGES, of which namesmith is the subject, and
the Debian packages whose control files are in STATUS_D. Equal contents give equal bytes: it has no
time and no serial number.
"""

import json
import sys
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

SUBJECT = "namesmith"
"""The distribution that the image is for."""

Component = dict[str, Any]


def python_component(of: Distribution) -> Component:
    """Return the component of a Python distribution."""
    name = of.metadata["Name"].lower().replace("_", "-").replace(".", "-")
    reference = f"pkg:pypi/{name}@{of.version}"
    component = {
        "type": "application" if name == SUBJECT else "library",
        "bom-ref": reference,
        "name": name,
        "version": of.version,
        "purl": reference,
    }
    told = of.metadata.get("License-Expression")
    if told:
        component["licenses"] = [{"expression": told}]
    return component


def debian_component(control: Message) -> Component:
    """Return the component of a Debian package."""
    name, version = control["Package"], control["Version"]
    # In a package URL a plus and a colon of a version are escaped.
    escaped = version.replace("+", "%2B").replace(":", "%3A")
    reference = f"pkg:deb/debian/{name}@{escaped}?arch={control['Architecture']}"
    return {
        "type": "library",
        "bom-ref": reference,
        "name": name,
        "version": version,
        "purl": reference,
    }


def components(packages: Path, controls: Path) -> Iterator[Component]:
    """Yield the components of an image."""
    yield from map(python_component, distributions(path=[str(packages)]))
    for file in controls.iterdir():
        yield debian_component(HeaderParser().parsestr(file.read_text(encoding="utf-8")))


def bill(packages: Path, controls: Path) -> dict[str, Any]:
    """Return the bill of materials of an image."""
    found = sorted(components(packages, controls), key=lambda one: one["bom-ref"])
    (subject,) = (one for one in found if one["name"] == SUBJECT)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": subject},
        "components": [one for one in found if one is not subject],
    }


if __name__ == "__main__":
    print(json.dumps(bill(*map(Path, sys.argv[1:])), indent=1))
