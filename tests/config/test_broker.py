"""The folder broker hands every message to exactly one reader, whole, however many write and read at once."""

import shutil
import threading
from collections import Counter

from kombu import Connection, Consumer, Exchange, Producer, Queue

from config import broker

WRITERS, READERS, EACH = 6, 4, 100
EXCHANGE = Exchange("interactive", type="direct")
QUEUE = Queue("interactive", EXCHANGE, routing_key="interactive")


def connect(folder):
    return Connection(f"{broker.SCHEME}://localhost//", transport_options=broker.options(folder))


def publish(folder, writer):
    with connect(folder) as connection:
        producer = Producer(connection, serializer="json")
        for number in range(EACH):
            body = {"writer": writer, "number": number, "weight": "x" * 20_000}
            producer.publish(body, exchange=EXCHANGE, routing_key="interactive", declare=[QUEUE])


def read(folder, got, done, broken):
    """Take messages until all were written and none is left."""

    def take(body, message):
        message.ack()
        got.append((body["writer"], body["number"]))

    with connect(folder) as connection, Consumer(connection, [QUEUE], callbacks=[take]):
        while True:
            finished = done.is_set()
            try:
                connection.drain_events(timeout=0.3)
            except TimeoutError:
                if finished:
                    return
            except ValueError as error:
                broken.append(error)


def read_all(folder):
    """What is waiting now, in the order it comes."""
    got, done = [], threading.Event()
    done.set()
    read(folder, got, done, [])
    return got


def test_many_writers_and_readers_lose_and_double_nothing(tmp_path):
    got, broken, done = [], [], threading.Event()
    writers = [threading.Thread(target=publish, args=(tmp_path, number)) for number in range(WRITERS)]
    readers = [threading.Thread(target=read, args=(tmp_path, got, done, broken)) for _ in range(READERS)]
    for thread in [*writers, *readers]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert broken == []
    assert set(Counter(got).values()) == {1}
    assert len(got) == WRITERS * EACH
    assert list((tmp_path / "taken").iterdir()) == []


def test_a_file_that_is_no_message_does_not_stop_the_reader(tmp_path):
    publish(tmp_path, 7)
    (tmp_path / "queue" / "0_broken.interactive.msg").touch()
    assert len(read_all(tmp_path)) == EACH
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["0_broken.interactive.msg"]


def test_messages_keep_their_order(tmp_path):
    publish(tmp_path, 1)
    assert read_all(tmp_path) == [(1, number) for number in range(EACH)]


def test_an_emptied_broker_works_on(tmp_path):
    with connect(tmp_path) as connection:
        producer = Producer(connection, serializer="json")
        for _ in range(2):
            shutil.rmtree(tmp_path, ignore_errors=True)
            body = {"writer": 1, "number": 1}
            producer.publish(body, exchange=EXCHANGE, routing_key="interactive", declare=[QUEUE])
    assert read_all(tmp_path) == [(1, 1)]
