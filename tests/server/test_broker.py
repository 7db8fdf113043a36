"""The broker in a folder survives processes that are killed while they write, and never shows half a message."""

import threading
from pathlib import Path

import pytest
from kombu import Connection

from healthapp.broker import Transport

QUEUE = "celery"


@pytest.fixture
def broker(tmp_path) -> Connection:
    options = {"data_folder_in": tmp_path, "data_folder_out": tmp_path, "control_folder": tmp_path / "control"}
    with another_process(options) as connection:
        yield connection


def another_process(options: dict[str, Path]) -> Connection:
    """Which knows nothing of queues but what stands in files."""
    Transport.global_state.clear()
    return Connection("filesystem://localhost/", transport="healthapp.broker:Transport", transport_options=options)


def taken(broker: Connection, count: int) -> list[object]:
    """What waits, in its order."""
    with broker.SimpleQueue(QUEUE) as queue:
        found = [queue.get(timeout=5) for _ in range(count)]
        for message in found:
            message.ack()
        return [message.payload for message in found]


def send(broker: Connection, *messages: object) -> None:
    with broker.SimpleQueue(QUEUE) as queue:
        for message in messages:
            queue.put(message)


def test_messages_come_in_their_order(broker):
    send(broker, "a", {"b": 1}, "c")
    assert taken(broker, 3) == ["a", {"b": 1}, "c"]


@pytest.mark.parametrize("half", ["", '{"body": "x', "\udcff"], ids=["empty", "cut off", "no text"])
def test_a_message_of_which_a_part_was_written_is_passed_over(broker, tmp_path, half):
    (tmp_path / f"0_killed.{QUEUE}.msg").write_bytes(half.encode(errors="surrogateescape"))
    send(broker, "whole")
    assert taken(broker, 1) == ["whole"]


def test_a_table_of_queues_of_which_a_part_was_written_is_made_anew(broker, tmp_path):
    send(broker, "before")
    (table,) = (tmp_path / "control").glob("*.exchange")
    table.write_text("")
    with another_process(broker.transport_options) as again:
        send(again, "after")
        assert taken(again, 2) == ["before", "after"]
    assert table.read_text().startswith("[[")


def test_a_reader_that_looks_all_the_time_never_finds_a_message_that_is_not_whole(broker, tmp_path):
    seen: list[bytes] = []
    is_over = threading.Event()

    def look() -> None:
        while not is_over.is_set():
            seen.extend(content for path in tmp_path.glob("*.msg") if (content := content_of(path)) is not None)

    looking = threading.Thread(target=look)
    looking.start()
    send(broker, *["x" * 50_000] * 100)
    is_over.set()
    looking.join()
    assert seen
    assert all(content.endswith(b"}") for content in seen)


def content_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
