import random

import pytest

from player.order import in_order, shuffled
from player.playlist import Playlist
from player.track import Track


def names(*files):
    return [track.name for track in in_order([Track.of(f"{file}.mp3") for file in files])]


def test_names_go_by_letter():
    assert names("gigue", "Air", "bourree") == ["Air", "bourree", "gigue"]


def test_folders_go_first():
    tracks = in_order([Track.of("b/1.mp3"), Track.of("a/2.mp3"), Track.of("B/0.mp3")])

    assert [track.folder for track in tracks] == ["a", "B", "b"]


def test_numbers_go_by_value():
    assert names("10 Gigue", "9 Menuet", "1 Prelude") == ["1 Prelude", "9 Menuet", "10 Gigue"]


def test_numbers_in_the_middle():
    assert names("side 2 track 10", "side 10 track 1", "side 2 track 9") == [
        "side 2 track 9",
        "side 2 track 10",
        "side 10 track 1",
    ]


def test_numbers_and_words():
    assert names("Prelude", "2", "Gigue 3", "10 more", "Gigue") == [
        "2", "10 more", "Gigue", "Gigue 3", "Prelude",
    ]


def test_zeros_in_front():
    assert names("010 c", "02 b", "1 a") == ["1 a", "02 b", "010 c"]


def test_folders_have_numbers_too():
    tracks = in_order([Track.of("disc 10/1.mp3"), Track.of("disc 9/1.mp3")])

    assert [track.folder for track in tracks] == ["disc 9", "disc 10"]


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_folders_alternate(seed):
    tracks = [Track.of(f"{folder}/{n}.mp3") for folder in "ab" for n in range(2)]
    played = shuffled(tracks, random.Random(seed))

    assert sorted(played, key=str) == sorted(tracks, key=str)
    assert sum(a.folder != b.folder for a, b in zip(played, played[1:])) >= 2


def test_a_playlist_goes_round():
    playlist = Playlist(["b.mp3", "cover.jpg", "a.ogg"])

    assert playlist.lines() == ["1. a", "2. b"]
    assert playlist.skipped == ["cover.jpg"]
    assert [playlist.current.name, playlist.next().name, playlist.next().name] == ["a", "b", "a"]


def test_an_empty_playlist():
    assert Playlist().next() is None
