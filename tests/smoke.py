"""A program that calls a server with both clients, in an environment of its own."""

import json

from environments import Environment

PROGRAM = """
import asyncio, json, sys
from namesmith_client import AsyncClient, Client

async def names():
    async with AsyncClient(sys.argv[1]) as client:
        return [name async for name in client.stream(3, seed=42)]

with Client(sys.argv[1]) as client:
    print(json.dumps([[*client.generate(3, seed=42).names], asyncio.run(names())]))
"""


def names_twice(environment: Environment, address: str) -> tuple[list[str], list[str]]:
    """Return the names that both clients of an environment draw with one seed."""
    blocking, awaiting = json.loads(environment.run("-W", "error", "-c", PROGRAM, address))
    return blocking, awaiting
