from pathlib import Path

import pytest

from chorei.core import LoadOptions, Settings, SettingsError


def test_arguments_beat_environment_beats_file_beats_defaults() -> None:
    Path("chorei.toml").write_text('max_quotes = 5\npassages = 7\nassistant = "Mai"\n')
    environment = {"CHOREI_MAX_QUOTES": "4", "CHOREI_PASSAGES": "8"}
    settings = Settings.load(environment=environment, max_quotes=2, company=None)
    assert (settings.max_quotes, settings.passages, settings.assistant) == (2, 8, "Mai")
    assert settings.company == ""


def test_an_unknown_argument_names_the_nearest_known_one() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load(environment={}, max_quote=1)
    assert str(caught.value) == ("Unknown setting 'max_quote'. Did you mean 'max_quotes'?")


def test_an_unknown_variable_names_the_nearest_known_one() -> None:
    with pytest.raises(SettingsError, match=r"'CHOREI_MAX_QUOTE' in the environment.*_QUOTES'"):
        Settings.load(environment={"CHOREI_MAX_QUOTE": "1"})


def test_an_unknown_key_of_the_file_names_the_nearest_known_one() -> None:
    Path("chorei.toml").write_text("max_quote = 1\n")
    with pytest.raises(SettingsError, match=r"'max_quote' in chorei.toml.*'max_quotes'"):
        Settings.load(environment={})


def test_a_value_that_does_not_fit_is_named_with_its_origin() -> None:
    with pytest.raises(SettingsError, match=r"'max_quotes' in the environment.*greater than 0"):
        Settings.load(environment={"CHOREI_MAX_QUOTES": "0"})


def test_a_file_that_is_named_must_exist_and_parse(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        Settings.load(file=tmp_path / "absent.toml", environment={})
    broken = tmp_path / "broken.toml"
    broken.write_text("max_quotes = = 2")
    with pytest.raises(SettingsError, match="cannot be read"):
        Settings.load(file=broken, environment={})


def test_an_empty_variable_is_not_set() -> None:
    assert Settings.load(environment={"CHOREI_LIBRARY": ""}).library == Path(".chorei")


@pytest.mark.parametrize(("key", "value"), [("temperature", "9"), ("top_p", "0"), ("seed", "-1")])
def test_a_setting_of_generation_out_of_its_range_is_refused_at_once(key: str, value: str) -> None:
    with pytest.raises(SettingsError, match=key):
        Settings.load(environment={}, **{key: value})


def test_how_a_model_is_loaded_can_be_set() -> None:
    assert Settings.load(environment={}).loading == LoadOptions()
    given = {"CHOREI_QUANTIZATION": "int8", "CHOREI_MODEL_THREADS": "3", "CHOREI_PROMPT_CACHE": "0"}
    loading = Settings.load(environment=given, dtype="bfloat16", device="cpu").loading
    assert (loading.quantization, loading.threads, loading.prompt_cache) == ("int8", 3, 0)
    assert (loading.dtype, loading.device) == ("bfloat16", "cpu")
    with pytest.raises(SettingsError, match="quantization"):
        Settings.load(environment={"CHOREI_QUANTIZATION": "int3"})
