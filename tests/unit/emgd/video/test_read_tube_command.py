"""`emgd read-tube` as a user runs it: files, words, exit codes."""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from emgd.cli import main
from support.led_film import Film, dim_room, upright

from .conftest import Seen

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


@pytest.fixture
def video(shutter_film: Seen, tmp_path: Path) -> Path:
    return Path(shutil.copy(shutter_film.path, tmp_path / "face.mp4"))


@pytest.fixture(scope="module")
def empty_room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video without any display."""
    outside = ((400.0, 10.0), (500.0, 10.0), (500.0, 40.0), (400.0, 40.0))
    path = tmp_path_factory.mktemp("room") / "room.mp4"
    Film(corners=outside, scene=dim_room, seconds=1).write(path)
    return path


def test_the_films_are_h264(video: Path) -> None:
    fourcc = int(cv2.VideoCapture(str(video)).get(cv2.CAP_PROP_FOURCC))
    assert fourcc.to_bytes(4, "little") in (b"h264", b"avc1")


def test_a_table_a_picture_and_the_next_command(
    video: Path, shutter_film: Seen, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = video.with_name("seen.png")
    assert main(["read-tube", str(video), "--picture", str(picture)]) == 0
    out, said = capsys.readouterr()
    table = video.with_name("face.digits.csv")
    assert out == f"{table}\n"
    assert f"Next: emgd align RECORDING {table} --fps 29.97\n" in said
    film = shutter_film.film
    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["frame"]) for row in rows] == list(range(film.frames))
    read = {int(row["frame"]): int(row["number"]) for row in rows if row["number"]}
    assert len(read) >= 0.95 * len(film.clean())
    assert all(number in film.shown(frame) for frame, number in read.items())
    assert all((float(row["confidence"]) >= 0.5) == bool(row["number"]) for row in rows)
    assert f"{film.frames} frames: {len(read)} read, {film.frames - len(read)} left out" in said
    image = cv2.imread(str(picture))
    assert image is not None
    assert image.shape[1] == 960
    green = (image == (80, 220, 80)).all(-1)
    assert green.sum() > 100  # the display's outline, and dots on its lit bars


@pytest.mark.parametrize(
    "where",
    [["--place", "175,145,112,45"], ["--corners", "178,148,282,148,282,187,178,187"]],
    ids=["place", "corners"],
)
def test_a_named_place(where: list[str], video: Path, shutter_film: Seen) -> None:
    table = video.with_name("named.csv")
    assert main(["read-tube", str(video), "--out", str(table), *where]) == 0
    film = shutter_film.film
    with table.open() as file:
        read = {int(row["frame"]): row["number"] for row in csv.DictReader(file) if row["number"]}
    assert all(int(number) in film.shown(frame) for frame, number in read.items())
    assert sum(frame in read for frame in film.clean()) >= 0.95 * len(film.clean())


def test_a_display_that_counts_too_slowly_is_refused(tmp_path: Path) -> None:
    """Its bars' light cannot be learned: rather no number than a guessed one."""
    film = Film(tick_s=1.0, seconds=12, fps=10, shutter_s=0.01, first=1200)
    path = tmp_path / "slow.mp4"
    film.write(path)
    assert main(["read-tube", str(path), "--place", "180,150,100,35"]) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_number_may_stand_for_a_sixth_of_a_second(tmp_path: Path) -> None:
    film = Film(tick_s=0.16, seconds=8)
    path = tmp_path / "slower.mp4"
    film.write(path)
    assert main(["read-tube", str(path)]) == 0
    with path.with_name("slower.digits.csv").open() as file:
        read = {int(row["frame"]): row["number"] for row in csv.DictReader(file) if row["number"]}
    assert all(int(number) in film.shown(frame) for frame, number in read.items())
    assert sum(frame in read for frame in film.clean()) >= 0.95 * len(film.clean())


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = main(["read-tube", *arguments])
    out, said = capsys.readouterr()
    assert out == ""
    assert said.startswith("emgd read-tube: ")
    assert said.count("\n") == 1
    return status, said


def test_a_table_that_is_there_is_left_alone(
    video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = video.with_name("face.digits.csv")
    table.write_text("mine")
    status, said = refused([str(video)], capsys)
    assert (status, table.read_text()) == (1, "mine")
    assert "--force" in said
    assert main(["read-tube", str(video), "--force"]) == 0
    assert table.read_text().startswith("frame,number,confidence\n0,")


def test_what_cannot_be_written_is_told_before_the_video_is_read(
    video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film, none = video.read_bytes(), video.parent / "none"
    for words, sentence in (
        (["--picture", str(video), "--force"], f"{video} is read here, and left alone"),
        (["--out", str(none / "a.csv")], f"there is no folder {none}; make it"),
        (["--picture", str(none / "a.png")], f"there is no folder {none}; make it"),
    ):
        status, said = refused([str(video), *words], capsys)
        assert status == 1
        assert sentence in said
    assert (list(video.parent.iterdir()), video.read_bytes()) == ([video], film)


def test_a_place_without_a_display_gives_no_table(
    video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read-tube", str(video), "--place", "20,20,80,30"]) == 1
    out, said = capsys.readouterr()
    assert out == ""
    assert "No frame could be read: see with --picture" in said
    assert "Next:" not in said
    assert list(video.parent.iterdir()) == [video]


def test_the_next_command_has_the_digits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "three.mp4"
    Film(digits=3, corners=upright(180, 150, 80, 3), seconds=3).write(path)
    assert main(["read-tube", str(path), "--digits", "3"]) == 0
    assert "three.digits.csv --fps 30 --digits 3\n" in capsys.readouterr().err


def test_a_file_that_breaks_off_is_told(video: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An AVI holds the count of frames in front, so a copy that was cut off promises them all."""
    whole = video.with_name("whole.avi")
    command = [FFMPEG, "-v", "error", "-i", str(video), "-c:v", "mjpeg", "-q:v", "3", str(whole)]
    subprocess.run(command, check=True)
    torn = video.with_name("torn.avi")
    torn.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    main(["read-tube", str(torn)])
    said = capsys.readouterr().err
    assert "The file promises 180 frames, and only " in said


def test_no_such_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = refused([str(tmp_path / "none.mp4")], capsys)
    assert status == 1
    assert "none.mp4 is not there" in said


def test_a_file_that_is_no_video(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no video at all\n" * 100)
    assert main(["read-tube", str(path)]) == 1
    assert capfd.readouterr().err == f"emgd read-tube: {path} is no video that OpenCV can open.\n"


def test_a_video_that_was_cut_off(video: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A file whose index, at its end, is missing."""
    torn = video.with_name("torn.mp4")
    torn.write_bytes(video.read_bytes()[:4000])
    assert main(["read-tube", str(torn)]) == 1
    assert capfd.readouterr().err.count("\n") == 1


def test_no_display_leaves_a_picture(
    empty_room: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(shutil.copy(empty_room, tmp_path))
    status, said = refused([str(path)], capsys)
    assert status == 1
    assert "--place" in said
    picture = tmp_path / "room.seen.png"
    assert str(picture) in said
    assert cv2.imread(str(picture)) is not None
    assert not (tmp_path / "room.digits.csv").exists()


@pytest.mark.parametrize("place", ["300,10,100,40", "-5,10,100,40", "10,10,2,2"])
def test_a_place_outside_the_frame(
    place: str, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = refused([str(video), f"--place={place}"], capsys)
    assert status == 2
    assert "320 x 240" in said


def test_corners_the_wrong_way_round(video: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = refused([str(video), "--corners", "178,187,282,187,282,148,178,148"], capsys)
    assert status == 2
    assert "clockwise" in said


@pytest.mark.parametrize("words", [["--place", "1,2,3"], ["--corners", "a,b"], ["--digits", "1"]])
def test_arguments_that_make_no_sense(words: list[str], video: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["read-tube", str(video), *words])
    assert ended.value.code == 2


def test_a_variable_frame_rate_is_told(video: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Some frames left away, as phones do, and the others at their own times."""
    path = video.with_name("phone.mp4")
    kept = "select='not(eq(mod(n,7),3)*lt(n,90))'"
    command = [FFMPEG, "-v", "error", "-i", str(video), "-vf", kept, "-fps_mode", "vfr"]
    subprocess.run([*command, "-threads", "1", str(path)], check=True)
    assert main(["read-tube", str(path)]) == 0
    said = capsys.readouterr().err
    assert "variable: 13 frames are not at their regular time" in said
    assert "-fps_mode cfr" in said


def test_without_opencv_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['cv2'] = None\n"
        "from emgd.cli import main\n"
        "raise SystemExit(main(['read-tube', 'film.mp4']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 1
    assert "pip install" in done.stderr
    assert "[video]'" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_help_needs_no_opencv() -> None:
    code = (
        "import sys\n"
        "from emgd.cli import main\n"
        "try:\n    main(['read-tube', '--help'])\n"
        "except SystemExit:\n    pass\n"
        "raise SystemExit('cv2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0


def test_the_picture_of_nothing_is_made_of_what_flickers(
    empty_room: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "why.png"
    table = tmp_path / "none.csv"
    main(["read-tube", str(empty_room), "--picture", str(picture), "--out", str(table)])
    assert str(picture) in capsys.readouterr().err
    image = cv2.imread(str(picture))
    assert image is not None
    assert np.ptp(image) > 100
