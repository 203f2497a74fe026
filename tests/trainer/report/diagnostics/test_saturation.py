"""Tests of the saturation map."""

import torch

from namesmith_trainer.report.diagnostics.saturation import THRESHOLD, SaturationMap


def bits(saturated: SaturationMap) -> list[list[bool]]:
    """Decode the rows of a map into booleans."""
    rows = []
    for row in saturated.rows:
        padded = f"{int(row, 16):0{4 * len(row)}b}"
        rows.append([bit == "1" for bit in padded[: saturated.units]])
    return rows


def test_the_map_equals_a_brute_force_map() -> None:
    """All bits agree, for widths that fill whole bytes and for widths that do not."""
    generator = torch.Generator().manual_seed(1)
    for units in (1, 7, 8, 200):
        h = torch.tanh(4 * torch.randn((31, units), generator=generator))
        h[:, 0] = -1.0
        saturated = SaturationMap.of(h)
        expected = [[abs(value) > THRESHOLD for value in row] for row in h.tolist()]
        assert bits(saturated) == expected
        flat = [bit for row in expected for bit in row]
        assert abs(saturated.share - sum(flat) / len(flat)) < 1e-12
        dead = [all(row[unit] for row in expected) for unit in range(units)]
        assert saturated.dead_units == sum(dead) >= 1
