"""``python -m namesmith_web``: the program without its script."""

from namesmith_web.main import main

main()
