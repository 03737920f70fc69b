"""`emgd score` as people and programs meet it."""

import csv
import io
import json

import pytest
from emgd.cli import main

TRUTH = """\
onset,apex,offset,kind
1000,1150,1299,ME
3000,3500,3999,MaE
5000,5080,5199,blink
7000,7100,7199,ME
"""
EVENTS = """\
onset,apex,offset,kind,told
1100,1170,1299,ME,1240
2900,3480,4099,MaE,3100
5050,5100,5249,ME,5200
20000,20100,20299,ME,20150
"""


@pytest.fixture
def files(tmp_path):
    truth, events = tmp_path / "truth.csv", tmp_path / "events.csv"
    truth.write_text(TRUTH)
    events.write_text(EVENTS)
    return [str(truth), str(events), "--rate", "1000", "--minutes", "2"]


def test_the_table_says_every_figure(files, capsys):
    assert main(["score", *files]) == 0
    told = capsys.readouterr().out
    assert told.startswith("true:  2 ME, 1 MaE, 1 blink in 2.0 minutes\nfound: 3 ME, 1 MaE\n\nIoU ")
    rows = [line.split() for line in told.splitlines()]
    # true 3, hits 2, false 1, one on the blink: F1 is 4 of 6, and 4 of 7 with it
    expected = ["0.5", "expressions", "3", "2", "1", "0.667", "0.667", "0.667", "1", "0.571"]
    assert expected in rows
    assert ["0.2", "blink", "1", "0", "0", "-", "0.000", "0.000", "0", "0.000"] in rows
    assert "IoU of the hits 0.750, of all true expressions 0.500 (a miss is 0)" in told
    assert "onset:   off by 100 ms on average, 0 ms late" in told
    assert "offset:  off by 50 ms on average, 50 ms late" in told
    assert "170 ms after the true onset (median)" in told
    assert "false: 1 (0.50 a minute); of these 1 (0.50 a minute) touch no true movement" in told
    assert "clips 3, misses 1, mean overlap 1.000" in told
    assert "marking each whole clip scores 1," in told
    assert "blink:    1 ME" in told


def test_the_list_says_when(files, capsys):
    assert main(["score", *files, "--list"]) == 0
    told = capsys.readouterr().out.splitlines()[-3:]
    assert [line.split() for line in told] == [
        ["5.050", "s", "200", "ms", "called", "an", "expression", "ME"],
        ["7.000", "s", "200", "ms", "missed", "ME"],
        ["20.000", "s", "300", "ms", "false", "ME"],
    ]


def test_json_is_one_object(files, capsys):
    assert main(["score", *files, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["by_iou"]["0.5"]["expressions"]["f1_counted"] == pytest.approx(4 / 7)
    assert told["paper"]["share_above_half_of_380"] == pytest.approx(2 / 380)
    assert told["retracted"] is None
    assert "missed" not in told
    assert main(["score", *files, "--json", "--list"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [span["onset"] for span in told["missed"]] == [7000]
    assert [span["onset"] for span in told["false"]] == [20000]
    assert [span["onset"] for span in told["called_expressions"]] == [5050]


def test_csv_has_a_row_for_each_figure(files, capsys):
    assert main(["score", *files, "--csv", "--list"]) == 0
    out, err = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out)))
    values = {(row["figure"], row["iou"], row["kind"]): row["value"] for row in rows}
    assert len(values) == len(rows)
    assert float(values["f1", "0.5", "expressions"]) == pytest.approx(2 / 3)
    assert float(values["onset_mean_absolute_ms", "", ""]) == 100
    assert values["found_as_ME", "0.5", "blink"] == "1"
    assert values["retracted", "", ""] == ""
    assert "20.000 s" in err


def test_without_a_length_nothing_is_said_a_minute(files, capsys):
    assert main(["score", *files[:-2]]) == 0
    assert "false: 1; of these 1 touch no true movement" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 1, "how many samples there are a second: say it with --rate"),
        (["--truth-unit", "frames"], 1, "--fps"),
        (["--rate", "0"], 2, "must be above 0"),
        (["--rate", "1000", "--json", "--csv"], 2, "not allowed with"),
    ],
)
def test_what_is_missing_is_said(files, capsys, words, code, said):
    try:
        status = main(["score", *files[:2], *words])
    except SystemExit as left:  # argparse
        status = left.code
    assert status == code
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path, capsys):
    assert main(["score", str(tmp_path / "none.csv"), "also.none"]) == 1
    assert "none.csv cannot be read: No such file" in capsys.readouterr().err
