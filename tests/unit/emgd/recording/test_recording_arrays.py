"""Arrays, times and events of a recording, and what MNE makes of it."""

import numpy as np
import pytest


@pytest.mark.parametrize("channels", [1, 4, 6, 8, 16])
def test_counts_times_and_microvolts(record, make_stream, channels):
    stream = make_stream(channels)
    stream.meta()
    for _ in range(10):
        stream.raw()
    stream.gap(60)
    stream.raw()
    rec = record(stream)
    index = np.r_[0:200, 260:280]
    assert np.array_equal(rec.counts, stream.counts())
    assert np.array_equal(rec.index, index)
    assert rec.t_ns.tolist() == [stream.t_ns(i) for i in index.tolist()]
    factor = rec.channels[0].uv_per_count
    assert np.array_equal(rec.microvolts, stream.counts() * factor)
    assert len(rec.channels) == channels
    assert rec.rate_hz == 1000


def test_a_gain_that_changes_counts_from_there_on(record, stream):
    stream.meta()
    stream.raw()
    told = stream.sent[0][1]["channels"]
    stream.meta(channels=[{**channel, "uv_per_count": 1.0} for channel in told])
    stream.raw()
    rec = record(stream)
    assert np.array_equal(rec.microvolts[20:], rec.counts[20:].astype(float))
    assert np.array_equal(rec.microvolts[:20], rec.counts[:20] * told[0]["uv_per_count"])


def test_without_meta_there_are_still_counts(record, stream):
    stream.raw()
    rec = record(stream)
    assert rec.counts.shape == (20, 8)
    assert np.isnan(rec.microvolts).all()
    assert rec.rate_hz == 1000
    assert len(rec.channels) == 8


def test_events_come_in_order_of_their_samples(record, stream):
    stream.meta()
    for _ in range(20):
        stream.raw()
    stream.mark("late", 2, sample=390)
    stream.tick(7)
    stream.mark("early", sample=30)
    stream.interval(100, 350)
    stream.gap(40, "reconnect")
    stream.say("photodiode", t_ns=stream.t_ns(250), level=1)
    told = [(e.text, e.sample, e.samples) for e in record(stream).events if e.topic != "recording"]
    assert told == [
        ("early", 30, 0),
        ("ME/muscle 1", 100, 250),
        ("photodiode", 250, 0),
        ("late/2", 390, 0),
        ("tick/7", 399, 0),
        ("BAD_ACQ_SKIP", 400, 40),
    ]


def test_mne_gets_volts_types_gaps_and_events(record, stream):
    stream.meta()
    for _ in range(10):
        stream.raw()
    stream.gap(100)
    for _ in range(10):
        stream.raw()
    stream.mark("face", 1, sample=350)
    rec = record(stream)
    raw = rec.to_mne()
    assert raw.n_times == 500
    assert set(raw.get_channel_types()) == {"emg"}
    assert raw.info["sfreq"] == 1000
    assert raw.info["meas_date"].timestamp() == pytest.approx(stream.t_ns(0) / 1e9)
    volts = raw.get_data()
    assert np.allclose(volts[:, :200].T, rec.microvolts[:200] * 1e-6, rtol=0, atol=1e-12)
    assert np.allclose(volts[:, 300:].T, rec.microvolts[200:] * 1e-6, rtol=0, atol=1e-12)
    told = [(a["description"], a["onset"], a["duration"]) for a in raw.annotations]
    assert told == [("BAD_ACQ_SKIP", 0.2, 0.1), ("face/1", 0.35, 0.0)]
