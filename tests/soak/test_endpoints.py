"""Recorded requests by endpoint."""

from __future__ import annotations

from jettison.records import Request
from jettison.soak import endpoints


def get(path: str) -> Request:
    return Request(method="GET", path=path)


def names(*paths: str, sources: tuple[str, ...] = ()) -> list[str]:
    return [each.name for each in endpoints([get(path) for path in paths], sources)]


def test_queries_and_ids_make_no_endpoints_of_their_own() -> None:
    assert names("/items/3", "/items/17?full=1", "/items/0b1e77a2-8d4f-4c8e-9a52-1f1f0f3cfe12") == ["GET /items/{}"]
    assert names("/health", "/version") == ["GET /health", "GET /version"]


def test_routes_that_the_code_writes_tell_which_words_are_values() -> None:
    code = '@words.get("/words/<string:word>")\n@app.get("/files/{place:path}")\n@app.route(\'/health\')'
    assert names("/api/words/ant", "/api/words/bee", "/api/words/health", sources=(code,)) == ["GET /api/words/{word}"]
    assert names("/files/a/b.txt", "/files/c", sources=(code,)) == ["GET /files/{place}"]
    assert names("/words/ant", "/health", "/words/bee", sources=(code,)) == ["GET /words/{word}", "GET /health"]


def test_methods_are_told_apart_and_the_busiest_comes_first() -> None:
    post = [Request(method="POST", path="/a", body=str(number)) for number in range(3)]
    assert [each.name for each in endpoints([get("/a"), *post])] == ["POST /a", "GET /a"]


def test_the_mix_is_of_middle_sizes_and_the_rest_brings_each_new_size_once() -> None:
    recorded = [Request(method="POST", path="/", body="x" * (number // 2)) for number in range(40)]
    recorded = [Request(method="POST", path="/", body=each.body + "ab"[n % 2]) for n, each in enumerate(recorded)]
    (found,) = endpoints([*recorded, *recorded])
    sizes = [len(each.body) for each in (*found.mix, *found.new_sizes, *found.new_requests)]
    assert len(sizes) == 40  # a request that was recorded twice counts once
    assert {len(each.body) for each in found.mix} == {9, 10, 11, 12}
    new = [len(each.body) for each in found.new_sizes]
    assert len(new) == len(set(new)) == 16
    assert not set(new) & {9, 10, 11, 12}
    assert sorted(len(each.body) for each in found.new_requests) == sorted(new)
    assert new != sorted(new)
