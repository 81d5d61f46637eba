from fractions import Fraction

import pytest

from vidcolor.config import EncodeConfig, RunConfig, parse_position
from vidcolor.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("12.5", Fraction(25, 2)),
        ("12s", Fraction(12)),
        ("1:02", Fraction(62)),
        ("01:02:03.5", Fraction(7447, 2)),
    ],
)
def test_positions_are_frames_or_exact_seconds(text: str, position: object) -> None:
    found = parse_position(text)
    assert found == position
    assert isinstance(found, type(position))


@pytest.mark.parametrize("text", ["", "x", "-3", "1:75", "1:2:3:4", "5 frames", "1e3"])
def test_other_positions_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="position"):
        parse_position(text)


@pytest.mark.parametrize(
    "settings",
    [
        {"work_size": 8},
        {"strength": -0.1},
        {"strength": float("nan")},
        {"start": "50", "end": "50"},
        {"start": 5},
        {"start": "2s", "end": "1s"},
        {"crf": 64},
        {"batch": 0},
        {"unit_frames": 0},
    ],
)
def test_impossible_settings_are_refused(settings: dict) -> None:
    with pytest.raises(ConfigError):
        RunConfig(**settings)


def test_numbers_in_the_place_of_text_are_named() -> None:
    for settings in ({"fps": 24}, {"start": 24}):
        with pytest.raises(ConfigError, match="24 is not text") as caught:
            RunConfig(**settings)
        assert caught.value.hint == 'write it as "24"'


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"strength": "0.5"}, "strength '0.5' is not a number"),
        ({"work_size": 192.5}, "work_size 192.5 is not a whole number"),
        ({"crf": True}, "crf True is not a whole number"),
        ({"model": None}, "model None is not text"),
    ],
)
def test_values_of_another_kind_are_named(settings: dict, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        RunConfig(**settings)
    assert RunConfig(strength=1, crf=None).strength == 1


def test_a_range_may_mix_frames_and_times() -> None:
    assert RunConfig(start="50", end="1s").film.positions() == (50, Fraction(1))


def test_the_encoder_gets_its_settings() -> None:
    assert RunConfig(crf=3).encode == EncodeConfig(crf=3)
