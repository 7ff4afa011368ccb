"""Japanese pages and texts that do not say in which encoding they are."""

from __future__ import annotations

import pytest

from pipeline.wordpress.page import decode_body

JA = "要約\n本研究では灯台という手法を提案する。\n要約(オリジナル)\nWe propose a method."


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "utf-8"])
@pytest.mark.parametrize("length", [24, 40, len(JA)])
def test_japanese_without_a_declared_encoding_is_read(encoding: str, length: int) -> None:
    text = JA[:length]
    assert decode_body(text.encode(encoding), "text/plain") == text
    markup = f"<html><head><title>x</title></head><body><p>{text}</p></body></html>"
    assert decode_body(markup.encode(encoding), "text/html") == markup


def test_utf8_with_damaged_bytes_stays_utf8() -> None:
    body = bytearray((JA * 20).encode())
    body[100:102] = b"\xff\xfe"
    assert decode_body(bytes(body)).count("灯台") >= 18
