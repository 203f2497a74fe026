"""The commands generate and score, run by a script."""

import json
from collections.abc import Iterator
from pathlib import Path

from fakes import Fake, serving
from namesmith.v1.names_pb2 import StreamNamesRequest, StreamNamesResponse
from namesmith_client import Client
from terminal import answer, on_a_terminal, run


def test_generate_prints_a_name_a_line(server: str, client: Client) -> None:
    """A pipe gets nothing but names, and log-probabilities where they are asked for."""
    expected = client.generate(5, seed=9, log_probs=True)
    assert expected.log_probs is not None
    assert answer(server, "generate", "--count", "5", "--seed", "9").split("\n") == [
        *expected.names,
        "",
    ]
    lines = answer(server, "generate", "--count", "5", "--seed", "9", "--log-probs").splitlines()
    assert [tuple(line.split("\t")) for line in lines] == [
        (name, repr(log_prob))
        for name, log_prob in zip(expected.names, expected.log_probs, strict=True)
    ]
    assert len(answer(server, "generate").splitlines()) == 10


def test_generate_prints_json_with_exact_numbers(server: str, client: Client) -> None:
    """The keys stand in one order; the seed is an integer of 64 bits, floats are in full."""
    seed = 2**64 - 1
    expected = client.generate(4, seed=seed, log_probs=True)
    shown = json.loads(answer(server, "generate", "--count=4", f"--seed={seed}", "--json"))
    assert list(shown) == [
        "names",
        "log_probs",
        "seed",
        "model",
        "version",
        "exhausted",
        "acceptance_rate",
        "gave_up",
    ]
    assert tuple(shown["names"]) == expected.names
    assert tuple(shown["log_probs"]) == expected.log_probs
    assert (shown["seed"], shown["model"], shown["version"]) == (seed, "us-names", 1)


def test_sampling_options_of_generate_reach_the_call(server: str, client: Client) -> None:
    """The options give the names that the library gives for the same arguments."""
    expected = client.generate(
        20,
        seed=4,
        temperature=1.5,
        top_k=20,
        top_p=0.95,
        min_p=0.001,
        prefix="ma",
        min_length=4,
        max_length=9,
        model="us-names",
    )
    options = (
        "--count=20 --seed=4 --temperature=1.5 --top-k=20 --top-p=0.95 --min-p=0.001"
        " --prefix=ma --min-length=4 --max-length=9 --model=us-names"
    )
    assert tuple(answer(server, "generate", *options.split()).splitlines()) == expected.names
    assert client.generate(20, seed=4).names != expected.names


def test_many_names_are_those_of_the_librarys_stream(server: str, client: Client) -> None:
    """More names than one call may hold come as lines, and as one JSON object with ordered keys."""
    count, options = 100_001, ("generate", "--count=100001", "--seed=6", "--max-length=5")
    names = tuple(client.stream(count, seed=6, max_length=5))
    assert answer(server, *options) == "\n".join((*names, ""))
    shown = json.loads(answer(server, *options, "--json"))
    assert list(shown) == [
        "names",
        "log_probs",
        "seed",
        "model",
        "version",
        "exhausted",
        "acceptance_rate",
        "gave_up",
    ]
    assert tuple(shown["names"]) == names
    assert shown["log_probs"][-9:] == list(client.score(names[-9:]).log_probs)
    assert len(shown["log_probs"]) == count
    lines = answer(server, *options, "--log-probs").splitlines()
    assert lines[-1] == f"{names[-1]}\t{shown['log_probs'][-1]!r}"


def test_score_takes_arguments_or_lines(server: str, client: Client) -> None:
    """BOM and CRLF are no part of a name; the empty name is an argument, and no line."""
    names = ("anna", "", "otto")
    expected = client.score(names)
    by_argument = json.loads(answer(server, "score", *names, "--json"))
    assert by_argument == {
        "names": list(names),
        "log_probs": list(expected.log_probs),
        "model": "us-names",
        "version": 1,
    }
    by_line = answer(server, "score", "--json", "-", given="\ufeffanna\r\n\r\notto".encode())
    assert json.loads(by_line) == json.loads(answer(server, "score", "anna", "otto", "--json"))
    lines = answer(server, "score", *names).splitlines()
    assert lines == [f"{a}\t{b}" for a, b in zip(names, expected.log_probs, strict=True)]


def test_score_prints_the_value_of_every_symbol(server: str, client: Client) -> None:
    """The values of the symbols stand behind the value of the name."""
    expected = client.score(["anna"], per_character=True)
    assert expected.character_log_probs is not None
    shown = json.loads(answer(server, "score", "anna", "--per-character", "--json"))
    assert shown["character_log_probs"] == [list(expected.character_log_probs[0])]
    line = answer(server, "score", "anna", "--per-character").rstrip("\n")
    assert line.split("\t")[2] == " ".join(map(str, expected.character_log_probs[0]))


def test_constraint_options_of_generate_reach_the_call(server: str, client: Client) -> None:
    """The options give the names that the library gives for the same arguments."""
    expected = client.generate(
        8,
        seed=4,
        prefix="k",
        suffix="a",
        contains="l",
        pattern="ka.*(a|o)",
        forbidden=["kayla", "kala"],
        novel=True,
        distinct=True,
        max_length=7,
    )
    options = "--count=8 --seed=4 --prefix=k --suffix=a --contains=l --pattern=ka.*(a|o)"
    more = "--forbidden=kayla --forbidden=kala --novel --distinct --max-length=7"
    shown = answer(server, "generate", *options.split(), *more.split())
    assert tuple(shown.splitlines()) == expected.names


def test_lists_of_texts_reach_the_call(server: str, client: Client, tmp_path: Path) -> None:
    """Texts of the options and of a file are excluded together; a file's fault has its line."""
    file = tmp_path / "words.txt"
    file.write_text("# words\n\n an \nEl\n", encoding="utf-8")
    expected = client.generate(
        8,
        seed=4,
        excludes=["ll", "an", "el"],
        not_pattern=".*e",
        starts_with_any=["k", "ma"],
        ends_with_any=["a", "o", "e"],
    )
    options = "--count=8 --seed=4 --exclude=ll --not-pattern=.*e --starts-with=k --starts-with=ma"
    more = f"--ends-with=a --ends-with=o --ends-with=e --excludes-file={file}"
    assert tuple(answer(server, "generate", *options.split(), *more.split()).splitlines()) == (
        expected.names
    )
    file.write_bytes(b"an\n\xff\n")
    refused = run(server, "generate", f"--excludes-file={file}")
    assert refused.returncode == 2
    assert f"{file}: line 2 is not UTF-8 text" in refused.stderr


def test_generate_says_that_there_are_no_more_names(server: str) -> None:
    """The message goes to standard error, and standard output holds names alone; JSON has a key."""
    result = run(server, "generate", "--distinct", "--pattern", "ann?a?")
    assert sorted(result.stdout.split()) == ["an", "ana", "ann", "anna"]
    assert result.stderr == "There are no more such names.\n"
    shown = json.loads(answer(server, "generate", "--distinct", "--pattern=ann?a?", "--json"))
    assert shown["exhausted"] is True


def test_generate_says_that_a_model_without_a_table_gave_up() -> None:
    """The message goes to standard error, after the names that were found."""

    class GaveUp(Fake):
        def StreamNames(  # noqa: N802 - gRPC's name
            self, request: StreamNamesRequest, _context: object
        ) -> Iterator[StreamNamesResponse]:
            origin = StreamNamesResponse(seed=request.seed, model="fake", version=1)
            for names, gave_up in ((["anna"], False), ([], True)):
                origin.names[:], origin.gave_up, origin.acceptance_rate = names, gave_up, 0.1
                yield origin

    with serving(GaveUp()) as address:
        result = run(address, "generate", "--distinct")
        assert (result.returncode, result.stdout) == (0, "anna\n")
        assert result.stderr.startswith("Gave up: there may be more such names")
        assert "anna" in on_a_terminal(address, "generate")
        assert json.loads(answer(address, "generate", "--json"))["gave_up"] is True
