"""The names near a list, held to the whole table of edit distances."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enumeration import edits
from namesmith.vocabulary import Vocabulary
from namesmith_server.engine import Codec, native
from namesmith_server.engine.constraints import Neighbourhood
from namesmith_server.engine.core import set_checkpoint_hook, set_reserve_hook

LETTERS = Codec(Vocabulary.of(["abc"]))
SHORT = ["".join(name) for length in range(6) for name in product("abc", repeat=length)]
MORE = ["".join(name) for name in product("abc", repeat=6)]
LISTS = st.lists(st.text("abc", max_size=6), max_size=4)
LONG = st.text("ab", min_size=6, max_size=14)


@pytest.fixture(params=["compiled", "numpy"])
def build(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Neighbourhood]:
    """Return the constructor, in one of its two forms."""
    if request.param == "numpy":
        monkeypatch.setattr(native, "available", False)
    elif not native.available:
        pytest.skip("the package was built without a C compiler")
    return Neighbourhood


@pytest.fixture(autouse=True)
def no_hooks() -> None:
    """Take back the hooks of executors that earlier tests have made."""
    set_checkpoint_hook(lambda: None)
    set_reserve_hook(lambda _: None)


@pytest.mark.parametrize("form", ["compiled", "numpy"])
@settings(deadline=None, max_examples=10)
@given(listed=LISTS, most=st.sampled_from([1, 2]))
def test_exactly_the_near_names_are_held(form: str, listed: list[str], most: int) -> None:
    """Every name of up to five symbols is judged by the whole table."""
    names = Neighbourhood(LETTERS.encode(listed), most)
    if form == "numpy":
        names._index = None
    expected = [any(edits(name, one) <= most for one in listed) for name in SHORT]
    assert names.holds(LETTERS.encode(SHORT)).tolist() == expected


@pytest.mark.slow
@settings(deadline=None, max_examples=30)
@given(listed=LISTS, most=st.sampled_from([1, 2]))
def test_exactly_the_near_names_of_six_symbols_are_held(listed: list[str], most: int) -> None:
    """Each is judged by the whole table, in both forms."""
    expected = [any(edits(name, one) <= most for one in listed) for name in MORE]
    names = Neighbourhood(LETTERS.encode(listed), most)
    assert names.holds(LETTERS.encode(MORE)).tolist() == expected
    names._index = None
    assert names.holds(LETTERS.encode(MORE)).tolist() == expected


@pytest.mark.parametrize("form", ["compiled", "numpy"])
@settings(deadline=None, max_examples=25)
@given(
    listed=st.lists(LONG, min_size=1, max_size=8),
    names=st.lists(LONG, min_size=1, max_size=8),
    most=st.sampled_from([1, 2]),
    data=st.data(),
)
def test_long_names_are_found_by_their_first_symbols(
    form: str, listed: list[str], names: list[str], most: int, data: st.DataObject
) -> None:
    """Names beyond the symbols of which variants are made, some an edit from a listed one."""
    for _ in range(4):
        name = list(data.draw(st.sampled_from(listed)))
        for _ in range(data.draw(st.integers(0, 3))):
            at = data.draw(st.integers(0, len(name) - 1))
            name[at : at + data.draw(st.integers(0, 1))] = data.draw(
                st.sampled_from(["", "a", "b"])
            )
        names.append("".join(name))
    found = Neighbourhood(LETTERS.encode(listed), most)
    if form == "numpy":
        found._index = None
    expected = [any(edits(name, one) <= most for one in listed) for name in names]
    assert found.holds(LETTERS.encode(names)).tolist() == expected


def test_symbols_of_large_vocabularies_are_told_apart(build: Callable[..., Neighbourhood]) -> None:
    """Ids above a byte share variants, and are compared whole."""
    listed = np.array([1, 300, 2, 0])
    names = np.array([1, 45, 2, 0, 256, 300, 2, 0, 256, 45, 2, 0])  # 300 and 45 are one byte
    assert build(listed, 1).holds(names).tolist() == [True, True, False]


def test_names_of_the_greatest_length_are_compared(build: Callable[..., Neighbourhood]) -> None:
    """64 symbols, the first and the last of which differ, are two edits apart."""
    listed, name = "a" * 64, "b" + "a" * 62 + "b"
    near = [build(LETTERS.encode([listed]), most).holds(LETTERS.encode([name])) for most in (1, 2)]
    assert [one.tolist() for one in near] == [[False], [True]]


def test_the_index_ends_early_and_tells_its_bytes() -> None:
    """A checkpoint that raises ends the build; the bytes that it told hold what it keeps."""
    names = LETTERS.encode([name for name in SHORT if len(name) > 4])
    told: list[int] = []
    set_reserve_hook(told.append)
    index = Neighbourhood(names, 2)
    assert sum(told) >= index.size

    def end() -> None:
        raise KeyboardInterrupt

    set_checkpoint_hook(end)
    with pytest.raises(KeyboardInterrupt):
        Neighbourhood(names, 2)
    with pytest.raises(KeyboardInterrupt):
        index.holds(names)
    set_checkpoint_hook(lambda: None)
