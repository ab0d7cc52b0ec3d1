"""The data dictionary is made from dbt's own files, and the committed one is what they give."""

from pathlib import Path

import pytest

from scripts.data_dictionary import COMMAND, TARGET, DictionaryError, main, render

SQL = "-- Grain: one row per flow and day: a | b.\nselect 1\n"
YML = """
models:
  - name: fct_things
    data_tests:
      - unique_combination:
          arguments: {columns: [flow, day], not_null: [flow, day]}
      - unique_combination:
          arguments: {columns: [ticket]}
    columns:
      - name: flow
        data_type: string
        description: "{{ doc('flow') }}"
      - name: ticket
        data_type: string
        description: "Of {{ doc('flow') }} only a | b."
"""
TEXTS = "{% docs flow %}\nThe flow,\nwhole.\n{% enddocs %}\n"


def models(folder: Path, *, sql: str = SQL, yml: str = YML, texts: str = TEXTS) -> Path:
    area = folder / "marts" / "odd"
    area.mkdir(parents=True)
    (area / "fct_things.sql").write_text(sql)
    (area / "fct_things.yml").write_text(yml)
    (area.parent / "shared.md").write_text(texts)
    return area.parent


def test_the_committed_dictionary_is_what_the_models_give() -> None:
    fresh = TARGET.read_text(encoding="utf-8") == render()
    assert fresh, f"docs/{TARGET.name} is stale: run `{COMMAND}` and commit the file"


def test_the_command_writes_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "docs" / "data-dictionary.md"
    target.parent.mkdir()
    monkeypatch.setattr("scripts.data_dictionary.ROOT", tmp_path)
    monkeypatch.setattr("scripts.data_dictionary.TARGET", target)
    main()
    assert target.read_text(encoding="utf-8") == render()
    assert capsys.readouterr().out == "docs/data-dictionary.md\n"


def test_grain_keys_types_and_shared_texts_are_in_it(tmp_path: Path) -> None:
    text = render(models(tmp_path))
    assert "### `fct_things`\n\nOne row per flow and day: a | b.\n" in text
    assert "Key: `flow`, `day`; also `ticket`\n" in text
    assert "| `flow` | string | The flow, whole. |\n" in text
    assert "| `ticket` | string | Of The flow, whole. only a \\| b. |\n" in text
    assert "| [`fct_things`](#fct_things) | one row per flow and day: a \\| b. |\n" in text


def test_a_text_that_is_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError, match=r"fct_things\.flow: no docs block .* 'flow'"):
        render(models(tmp_path, texts=""))


def test_a_column_without_description_is_named(tmp_path: Path) -> None:
    bare = YML.replace("\"{{ doc('flow') }}\"", '""')
    with pytest.raises(DictionaryError, match=r"fct_things\.flow has no description"):
        render(models(tmp_path, yml=bare))


def test_a_mart_without_grain_is_named(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError, match=r"fct_things\.sql"):
        render(models(tmp_path, sql="select 1\n"))
