"""What a run looked like inside, as plain numbers: the notebook's pictures before they are drawn.

Knows tensors and numbers; knows no HTML. Nothing here runs unless a report is asked for.
"""
