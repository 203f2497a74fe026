"""The options of the server and their variables, read in this process."""

import os
from dataclasses import fields
from pathlib import Path

import pytest

from namesmith_server.app.cli import options, read_settings
from namesmith_server.app.settings import Settings
from namesmith_server.backends import AUTO, devices, names

GIVEN = {
    "models": ("folder", Path("folder")),
    "only": ("a,,b", ("a", "b")),
    "default_model": ("a", "a"),
    "address": ("[::1]:1", "[::1]:1"),
    "backend": ("onnx", "onnx"),
    "device": ("cuda", "cuda"),
    "workers": ("256", 256),
    "threads": ("2", 2),
    "max_symbols": ("1000000000", 10**9),
    "max_names": ("1", 1),
    "memory_limit": ("512Mi", 512 << 20),
    "load_timeout": ("2.5", 2.5),
    "trusted_keys": ("keys", Path("keys")),
    "versions": ("latest:2,us-names/1", ("latest:2", "us-names/1")),
    "watch": ("5", 5.0),
    "strict": ("yes", True),
    "admin_address": ("unix:admin.sock", "unix:admin.sock"),
    "metrics_address": (":9464", ":9464"),
    "access_log_sample": ("1", 1.0),
    "otlp_endpoint": ("http://collector:4317", "http://collector:4317"),
    "drain_delay_seconds": ("5", 5.0),
    "max_connection_age": ("0", 0.0),
    "tokens_file": ("tokens", Path("tokens")),
    "key_secret": ("a=secret", (("a", Path("secret")),)),
    "excludes_file": ("words.txt", Path("words.txt")),
    "max_caller_names": ("9", 9),
    "max_caller_rate": ("2.5", 2.5),
    "grace_seconds": ("0.5", 0.5),
    "reflection": ("yes", True),
    "oip": ("no", False),
    "log_level": ("error", "error"),
}
"""A text and its value, for each setting that may be given by itself."""

TOGETHER = ("tls_certificate", "tls_key", "tls_client_ca")
"""Settings that are given together."""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty the environment of the project's variables."""
    for field in fields(Settings):
        monkeypatch.delenv(variable(field.name), raising=False)


def variable(setting: str) -> str:
    """Return the variable of a setting."""
    return f"NAMESMITH_{setting.upper()}"


def one_of(*words: str) -> str:
    """Return the words of a choice, quoted: 'a', 'b' or 'c'."""
    quoted = [repr(word) for word in words]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """Return the lines of standard error, of arguments that end the program with status 2."""
    with pytest.raises(SystemExit) as ended:
        read_settings(arguments)
    assert ended.value.code == 2
    written = capsys.readouterr()
    assert not written.out
    return written.err.splitlines()


def test_without_options_the_settings_are_the_defaults() -> None:
    """No default is said twice."""
    assert read_settings([]) == Settings()


def test_every_setting_has_an_option() -> None:
    """A setting is added in ``Settings`` and on the command line, or not at all."""
    settings = {field.name for field in fields(Settings)}
    assert {option.name for option in options.params} - {"version"} == settings
    assert settings == {*GIVEN, *TOGETHER}


@pytest.mark.parametrize("setting", GIVEN)
def test_every_setting_has_a_variable(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    """The environment sets each setting by itself."""
    text, value = GIVEN[setting]
    monkeypatch.setenv(variable(setting), text)
    settings = read_settings([])
    assert getattr(settings, setting) == value
    assert settings == Settings(**{setting: value})


def test_a_variable_is_found_whatever_its_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower and mixed case are read; of two the upper-case one is nearer."""
    monkeypatch.setenv("namesmith_workers", "3")
    assert read_settings([]).workers == 3
    monkeypatch.setenv("NAMESMITH_WORKERS", "2")
    assert read_settings([]).workers == 2


@pytest.mark.parametrize("setting", sorted(GIVEN.keys() - {"oip", "reflection", "strict"}))
def test_an_option_wins_over_its_variable(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    """The command line is nearer than the environment, even where the latter is wrong."""
    text, value = GIVEN[setting]
    monkeypatch.setenv(variable(setting), "?")
    assert getattr(read_settings([f"--{setting.replace('_', '-')}={text}"]), setting) == value


def test_reflection_is_switched_on_and_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two options stand for the two values."""
    assert read_settings(["--reflection"]).reflection
    monkeypatch.setenv("NAMESMITH_REFLECTION", "true")
    assert not read_settings(["--no-reflection"]).reflection


def test_tls_takes_both_files() -> None:
    """A certificate and its key together ask for TLS."""
    settings = read_settings(["--tls-certificate", "c.pem", "--tls-key", "k.pem"])
    assert (settings.tls_certificate, settings.tls_key) == (Path("c.pem"), Path("k.pem"))


@pytest.mark.parametrize("option", ["--tls-certificate", "--tls-key"])
def test_half_of_a_tls_pair_is_refused(capsys: pytest.CaptureFixture[str], option: str) -> None:
    """One file alone must not start a server without TLS."""
    assert refusal(capsys, option, "file.pem") == [
        "namesmith-server: --tls-certificate and --tls-key go together"
    ]


@pytest.mark.parametrize(
    ("option", "given", "why"),
    [
        ("backend", "tpu", f"Input should be {one_of(AUTO, *names())}"),
        ("device", "", f"Input should be {one_of(*devices())}"),
        ("log_level", "loud", "Input should be 'debug', 'info', 'warning' or 'error'"),
        ("workers", "0", "Input should be greater than or equal to 1"),
        ("workers", "257", "Input should be less than or equal to 256"),
        ("threads", "257", "Input should be less than or equal to 256"),
        ("max_symbols", "0", "Input should be greater than or equal to 1"),
        ("max_names", "1000000001", "Input should be less than or equal to 1000000000"),
        (
            "threads",
            "1.5",
            "Input should be a valid integer, unable to parse string as an integer",
        ),
        ("max_names", "", "Input should be a valid integer, unable to parse string as an integer"),
        (
            "grace_seconds",
            "x",
            "Input should be a valid number, unable to parse string as a number",
        ),
        ("grace_seconds", "-1", "Input should be greater than or equal to 0"),
        ("grace_seconds", "inf", "Input should be less than or equal to 3600"),
        ("grace_seconds", "nan", "Input should be less than or equal to 3600"),
        ("models", "", "is empty, a path is needed"),
        ("tls_key", "", "is empty, a path is needed"),
    ],
)
def test_a_wrong_value_is_refused_with_option_value_and_bound(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    option: str,
    given: str,
    why: str,
) -> None:
    """Given as an option or as a variable, the value is refused in one line that names it."""
    word = f"--{option.replace('_', '-')}"
    line = f"namesmith-server: {word}: {why} (given {given!r})"
    assert refusal(capsys, f"{word}={given}") == [line]
    monkeypatch.setenv(variable(option), given)
    assert not given or refusal(capsys) == [line]


def test_reflection_is_a_truth_value(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable holds yes or no, in one of the usual words."""
    monkeypatch.setenv("NAMESMITH_REFLECTION", "maybe")
    why = "Input should be a valid boolean, unable to interpret input"
    assert refusal(capsys) == [f"namesmith-server: --reflection: {why} (given 'maybe')"]


@pytest.mark.parametrize("setting", [field.name for field in fields(Settings)])
def test_an_empty_variable_is_unset(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    """Variables that a template left empty change nothing."""
    monkeypatch.setenv(variable(setting), "")
    assert read_settings([]) == Settings()


def test_secrets_are_given_one_by_one_or_between_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """The option is given again for another secret; the variable holds several."""
    both = (("a", Path("x")), ("b", Path("y=z")))
    monkeypatch.setenv("NAMESMITH_KEY_SECRET", "a=x,b=y=z")
    assert read_settings([]).key_secret == both
    monkeypatch.delenv("NAMESMITH_KEY_SECRET")
    assert read_settings(["--key-secret", "a=x", "--key-secret", "b=y=z"]).key_secret == both


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["keys"], "Input should be NAME=FILE"),
        (["=x"], "the name is not 1 to 128 letters, digits and ._@/-"),
        (["a b=x"], "the name is not 1 to 128 letters, digits and ._@/-"),
        (["a="], "is empty, a path is needed"),
        (["a=x", "a=y"], "a is given 2 times"),
    ],
)
def test_wrong_words_for_secrets_are_refused(
    capsys: pytest.CaptureFixture[str], given: list[str], told: str
) -> None:
    """A name, a mark and a path are needed, and a name stands for one secret."""
    (line,) = refusal(capsys, *(f"--key-secret={one}" for one in given))
    assert line.startswith(f"namesmith-server: --key-secret: {told}")


@pytest.mark.parametrize(
    ("setting", "given", "value"),
    [("log_level", "WARNING", "warning"), ("backend", "Auto", "auto"), ("device", "CPU", "cpu")],
)
def test_words_are_known_in_any_case(
    monkeypatch: pytest.MonkeyPatch, setting: str, given: str, value: str
) -> None:
    """A level, a backend and a device may be spelt with capitals."""
    monkeypatch.setenv(variable(setting), given)
    assert getattr(read_settings([]), setting) == value


@pytest.mark.parametrize(
    "option", ["trusted-keys", "tls-key", "tls-client-ca", "tokens-file", "excludes-file"]
)
def test_a_file_that_would_be_waited_for_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str
) -> None:
    """A FIFO and a folder are no plain files."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, fault in ((fifo, "is not a plain file"), (tmp_path, "is a folder")):
        line = f"--{option}: {fault}, a plain file is needed (given '{path}')"
        assert refusal(capsys, f"--{option}={path}") == [f"namesmith-server: {line}"]


def test_all_wrong_values_are_refused_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Each wrong value has its line."""
    lines = refusal(capsys, "--threads", "0", "--workers", "999", "--device", "x")
    assert [line.split(": ")[1] for line in lines] == ["--threads", "--workers", "--device"]


@pytest.mark.parametrize(
    "words", [["--unknown", "3"], ["extra"], ["--work", "2"], ["--max_names", "9"], ["-x"]]
)
def test_unknown_words_are_reported_together(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """Unknown options, their values and abbreviations are listed after the usage."""
    lines = refusal(capsys, "--threads", "2", *words)
    assert lines == [
        "Usage: namesmith-server [OPTIONS]",
        f"namesmith-server: error: unrecognized arguments: {' '.join(words)}",
    ]


def test_an_option_without_its_value_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The message names the option."""
    assert refusal(capsys, "--workers")[-1] == (
        "namesmith-server: error: Option '--workers' requires an argument."
    )


@pytest.mark.parametrize("option", ["-h", "--help", "--version"])
def test_help_and_version_end_with_status_0(
    capsys: pytest.CaptureFixture[str], option: str
) -> None:
    """Both go to standard output, whatever else is given."""
    with pytest.raises(SystemExit) as ended:
        read_settings([option, "--threads", "0"])
    assert ended.value.code == 0
    written = capsys.readouterr()
    assert written.out
    assert not written.err
