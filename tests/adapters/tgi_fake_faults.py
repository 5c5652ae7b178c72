"""The ways in which a model server fails, as bytes on the wire."""

import asyncio
from collections.abc import Awaitable, Callable

from tgi_fake_http import Exchange

# Longer than any deadline in the tests.
FOREVER = 60.0

CHUNK = {
    "id": "", "created": 1, "model": "m", "system_fingerprint": "x",
    "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Half "}}],
}  # fmt: skip


async def sleep(seconds: float) -> None:
    if seconds:
        await asyncio.sleep(seconds)


async def _begin(exchange: Exchange) -> None:
    """The first token of a stream; an answer in one piece only begins to come."""
    if _streams(exchange):
        await exchange.start()
        await exchange.event(CHUNK)
    else:
        head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"
        exchange.write(head.encode())
        await exchange.writer.drain()


def _streams(exchange: Exchange) -> bool:
    return b'"stream": true' in exchange.raw or exchange.path.endswith("_stream")


async def reset(exchange: Exchange) -> None:
    await _begin(exchange)
    await asyncio.sleep(0.01)
    exchange.reset()


async def reset_early(exchange: Exchange) -> None:
    exchange.reset()


async def slow_first_byte(exchange: Exchange) -> None:
    await asyncio.sleep(FOREVER)


async def stalled(exchange: Exchange) -> None:
    await _begin(exchange)
    await asyncio.sleep(FOREVER)


async def trickle(exchange: Exchange) -> None:
    """Never silent, never done: only a total deadline ends it."""
    await exchange.start()
    while True:
        await exchange.event(CHUNK)
        await asyncio.sleep(0.02)


async def overloaded(exchange: Exchange) -> None:
    said = {"error": "Model is overloaded", "error_type": "overloaded"}
    await exchange.send_json(429, said)


async def overloaded_for_long(exchange: Exchange) -> None:
    said = {"error": "Model is overloaded", "error_type": "overloaded"}
    await exchange.send_json(429, said, **{"retry-after": "30"})


async def validation(exchange: Exchange) -> None:
    said = {"error": "Input validation error: no", "error_type": "validation"}
    await exchange.send_json(422, said)


async def too_long(exchange: Exchange) -> None:
    said = "Input validation error: `inputs` must have less than 4095 tokens. Given: 9000"
    await exchange.send_json(422, {"error": said, "error_type": "validation"})


async def bad_shape(exchange: Exchange) -> None:
    await exchange.send(422, "Failed to deserialize the JSON body", "text/plain; charset=utf-8")


async def generation(exchange: Exchange) -> None:
    said = {"error": "Request failed during generation", "error_type": "generation"}
    await exchange.send_json(424, said)


async def incomplete(exchange: Exchange) -> None:
    said = {"error": "Incomplete generation", "error_type": "incomplete_generation"}
    await exchange.send_json(500, said)


async def unhealthy(exchange: Exchange) -> None:
    await exchange.send_json(503, {"error": "unhealthy", "error_type": "healthcheck"})


async def gateway(exchange: Exchange) -> None:
    await exchange.send(502, "<html><h1>502 Bad Gateway</h1></html>", "text/html")


async def unauthorized(exchange: Exchange) -> None:
    key = exchange.headers.get("authorization", "")
    await exchange.send_json(401, {"error": {"message": f"Incorrect key: {key}", "code": "x"}})


async def malformed(exchange: Exchange) -> None:
    if _streams(exchange):
        await exchange.start()
        await exchange.event('{"choices": [{"delta"')
        await exchange.end()
    else:
        await exchange.send(200, '{"choices": [{"message"')


async def wrong_type(exchange: Exchange) -> None:
    await exchange.send(200, "<html>It works!</html>", "text/html")


async def empty(exchange: Exchange) -> None:
    kind = "text/event-stream" if _streams(exchange) else "application/json"
    await exchange.send(200, b"", kind)


async def error_in_stream(exchange: Exchange) -> None:
    """TGI after a token; in one piece an error of status 200."""
    said = {"error": "Request failed during generation: CUDA", "error_type": "generation"}
    await _say(exchange, said)


async def validation_in_stream(exchange: Exchange) -> None:
    await _say(exchange, {"error": {"message": "Input validation error", "http_status_code": 422}})


async def key_in_stream(exchange: Exchange) -> None:
    said = f"Not for {exchange.headers.get('authorization', 'you')}"
    await _say(exchange, {"error": {"message": said, "http_status_code": 422}})


async def overload_in_stream(exchange: Exchange) -> None:
    """Before any token."""
    await exchange.start()
    await exchange.event({"error": {"message": "Model is overloaded", "http_status_code": 429}})
    await exchange.end()


async def _say(exchange: Exchange, said: object) -> None:
    if not _streams(exchange):
        await exchange.send_json(200, said)
        return
    await exchange.start()
    await exchange.event(CHUNK)
    await exchange.event(said, space="")
    await exchange.end()


async def other_shape(exchange: Exchange) -> None:
    if _streams(exchange):
        await exchange.start()
        await exchange.event({"choices": "none"})
        await exchange.end()
    else:
        await exchange.send_json(200, {"choices": None})


async def redirect(exchange: Exchange) -> None:
    await exchange.send(307, b"", headers={"location": "http://127.0.0.1:1/elsewhere"})


FAULTS: dict[str, Callable[[Exchange], Awaitable[None]]] = {
    function.__name__: function
    for function in (
        bad_shape, empty, error_in_stream, gateway, generation, incomplete, key_in_stream,
        malformed, other_shape, overload_in_stream, overloaded, overloaded_for_long, redirect,
        reset, reset_early, slow_first_byte, stalled, too_long, trickle, unauthorized, unhealthy,
        validation, validation_in_stream, wrong_type,
    )
}  # fmt: skip
