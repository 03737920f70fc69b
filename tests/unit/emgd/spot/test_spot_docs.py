"""The page on spotting in files shows commands and fields that there are."""

import argparse
import importlib
import re
import shlex
from pathlib import Path

from emgd.signals import SUFFIXES, Wanted
from emgd.spot.order import PARAMETERS, Order
from emgd.spot.work import spot

PAGE = (Path(__file__).parents[4] / "docs" / "spot.md").read_text()


def test_every_command_of_the_page_is_understood():
    parser = argparse.ArgumentParser()
    importlib.import_module("emgd.commands.spot").arguments(parser)
    commands = re.findall(r"^    emgd spot (?!FILE)(.*)$", PAGE, re.M)
    assert len(commands) > 5
    for words in commands:
        parser.parse_args(shlex.split(words.partition(" > ")[0], comments=True))


def test_every_field_of_the_page_is_there_and_none_is_missing(face):
    table = PAGE.partition("## What comes out")[2].partition("`--csv`")[0]
    told = {
        n for row in re.findall(r"^\| (`.*?) \|", table, re.M) for n in re.findall(r"`(\w+)`", row)
    }
    for method in ("online", "baseline"):
        result = spot(Order(face, Wanted(rate_hz=1000, unit="uV"), method))
        for event in result.events:
            assert told <= set(event)


def test_parameters_and_kinds_of_files_are_those_of_the_command():
    table = PAGE.partition("## The baseline")[2]
    assert tuple(re.findall(r"^\| `(\w+)` \| \d+ \|", table, re.M)) == PARAMETERS
    kinds = PAGE.partition("## Files")[2].partition("Where the file says it")[0]
    assert {k for k in SUFFIXES if k != ".part"} == set(re.findall(r"`(\.\w+)`", kinds))
