"""A learner's own series comes in as it stands in the file, or a sentence names the line."""

from datetime import datetime, timedelta

from aecourse.datasets import DataError, own
import numpy as np
import pytest

START = datetime(2026, 3, 1)


def lines(count=8, step=timedelta(minutes=30)):
    return ["time,load", *(f"{START + n * step},{n / 4}" for n in range(count))]


def saved(folder, rows, name="load.csv", **how):
    path = folder / name
    path.write_text("\n".join(rows) + "\n", **({"encoding": "utf-8"} | how))
    return path


def test_values_and_times_come_in_as_they_stand(tmp_path):
    found = own.series(saved(tmp_path, lines()))
    assert found.values.dtype == np.float32 and found.columns == ("load",) and found.step == 1800
    assert found.values.tolist() == [[n / 4] for n in range(8)]
    assert found.times[1] == np.datetime64("2026-03-01T00:30")


WAYS = {
    "semicolons": lambda rows: [row.replace(",", ";") for row in rows],
    "tabs": lambda rows: [row.replace(",", "\t") for row in rows],
    "blanks": lambda rows: ["", *(row.replace(",", " , ") for row in rows), "", ""],
    "quotes": lambda rows: [",".join(f'"{cell}"' for cell in row.split(",")) for row in rows],
    "ISO 8601": lambda rows: [rows[0], *(row.replace(" ", "T") for row in rows[1:])],
    "UTC": lambda rows: [rows[0], *(row.replace(":00,", ":00Z,") for row in rows[1:])],
    "a zone": lambda rows: [rows[0], *(row.replace(":00,", ":00+00:00,") for row in rows[1:])],
}


@pytest.mark.parametrize("way", WAYS)
def test_the_same_series_comes_out_however_it_was_written(way, tmp_path):
    expected = own.series(saved(tmp_path, lines()))
    found = own.series(saved(tmp_path, WAYS[way](lines())))
    assert np.array_equal(found.values, expected.values) and found.columns == expected.columns
    assert np.array_equal(found.times, expected.times) and found.step == expected.step


def test_a_mark_of_utf8_at_the_start_is_no_part_of_a_name(tmp_path):
    found = own.series(saved(tmp_path, lines(), encoding="utf-8-sig"), time="time")
    assert found.columns == ("load",)


def test_columns_are_chosen_by_name_and_text_in_others_does_not_matter(tmp_path):
    rows = ["a,when,note,b", *(f"{n},{10 * n},fine,{n / 2}" for n in range(5))]
    found = own.series(saved(tmp_path, rows), time="when", columns=["b", "a"])
    assert found.columns == ("b", "a") and found.values[3].tolist() == [1.5, 3]
    assert found.times.tolist() == [0, 10, 20, 30, 40] and found.step == 10
    assert own.series(saved(tmp_path, rows), time="when", columns="b").columns == ("b",)


def test_times_may_be_days_or_numbers(tmp_path):
    days = ["day,x", "20260227,1", "20260228,2", "20260301,3"]
    assert own.series(saved(tmp_path, days)).step == 86_400
    counted = [
        "t,x",
        *(f"{10_000_101 + n},1" for n in range(40)),
    ]  # the first is a day of year 1000
    found = own.series(saved(tmp_path, counted))
    assert found.step == 1 and found.times.dtype == np.float64
    tenths = ["t,x", *(f"{n / 10},1" for n in range(40))]
    assert own.series(saved(tmp_path, tenths)).step == pytest.approx(0.1)


def changed(number, row):
    """The lines with one replaced (numbered as in the file), or left out where `row` is None."""
    rows = lines()
    rows[number - 1 : number] = [] if row is None else [row]
    return rows


FAULTS = {
    "empty": ([], "the file is empty"),
    "no names": (lines()[1:], "line 1 does not name the columns, each once"),
    "a name twice": (["time,time", *lines()[1:]], "line 1 does not name the columns"),
    "a nameless column": (["time,", *lines()[1:]], "line 1 does not name the columns"),
    "times alone": (["time", *(r.split(",")[0] for r in lines()[1:])], "no values beside"),
    "two times": (lines(2), "it has 2 times. A series takes three or more"),
    "text": (changed(5, "2026-03-01 01:30:00,much"), "line 5, column 'load': 'much' is no finite"),
    "infinite": (changed(5, "2026-03-01 01:30:00,inf"), "line 5, column 'load': 'inf'"),
    "too large": (changed(5, "2026-03-01 01:30:00,1e39"), "line 5, column 'load': '1e39'"),
    "a blank value": (changed(5, "2026-03-01 01:30:00,"), "line 5, column 'load': the value is mi"),
    "NaN": (changed(5, "2026-03-01 01:30:00,NaN"), "line 5, column 'load': the value is missing"),
    "a decimal comma": (changed(5, "2026-03-01 01:30:00,0,75"), "line 5 has 3 cells.*use a point"),
    "a decimal comma in quotes": (
        changed(5, '2026-03-01 01:30:00,"0,75"'), "'0,75' is no finite number. Use a decimal point",
    ),
    "a short line": (changed(5, "2026-03-01 01:30:00"), "line 5 has 1 cells, and the first has 2"),
    "no time": (changed(5, "01/03/2026 1:30,1"), "line 5: '01/03/2026 1:30' is no time"),
    "one zone": (changed(5, "2026-03-01 01:30:00Z,1"), "some times have a time zone and some"),
    "a time twice": (changed(5, "2026-03-01 01:00:00,1"), "line 5: the same time as in the line"),
    "back": (changed(5, "2026-03-01 00:15:00,1"), "line 5: the time is before that of the line"),
    "a gap": (changed(5, None), "line 5: a gap, 1 time missing before this line; the usual step"),
    "unequal": (changed(5, "2026-03-01 01:20:00,1"), "line 5: a step of 1200 s, and the usual"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_is_not_what_was_meant_is_named_with_its_line(fault, tmp_path):
    rows, words = FAULTS[fault]
    with pytest.raises(DataError, match=words) as caught:
        own.series(saved(tmp_path, rows))
    assert "load.csv" in str(caught.value) and "\n" not in str(caught.value)


def test_longer_gaps_are_counted_and_all_equal_times_are_said_to_be_so(tmp_path):
    rows = lines(30)
    del rows[10:14]
    with pytest.raises(DataError, match="line 11: a gap, 4 times missing"):
        own.series(saved(tmp_path, rows))
    with pytest.raises(DataError, match="line 3: the same time"):
        own.series(saved(tmp_path, ["t,x", "1,1", "1,2", "1,3"]))
    with pytest.raises(DataError, match="line 3: the time is before"):
        own.series(saved(tmp_path, ["t,x", "3,1", "2,2", "1,3"]))


def test_a_file_or_column_that_is_not_there_is_named(tmp_path):
    path = saved(tmp_path, lines())
    with pytest.raises(DataError, match="there is no column 'date'. It has time, load"):
        own.series(path, time="date")
    with pytest.raises(DataError, match="there is no column 'lode'"):
        own.series(path, columns=["lode"])
    with pytest.raises(DataError, match="no values beside the times"):
        own.series(path, columns=["time"])
    with pytest.raises(DataError, match="no such file"):
        own.series(tmp_path / "none.csv")
    with pytest.raises(DataError, match="it is a folder"):
        own.series(tmp_path)
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00t")
    with pytest.raises(DataError, match="no text in UTF-8"):
        own.series(tmp_path / "binary.csv")
