"""The namesmith trainer: from a file of names to a published bundle.

``data`` reads names, ``models`` holds the networks and their recipes, ``optim`` takes their steps,
``training`` runs the loop, ``report`` draws a finished run, ``publish`` exports it as a bundle, and
``cli`` puts all of it on the command line. Imports run from the later ones to the earlier ones.
"""
