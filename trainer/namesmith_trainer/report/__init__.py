"""The report: one self-contained HTML file, drawn as SVG without scripts and without network.

Knows numbers, geometry and words; knows no tensors.
"""
