"""Lines of an abstract that are the site's own words: a label, a button, a caption."""

from __future__ import annotations

import re

from pipeline.parse.foreign import Reason, Removed
from pipeline.parse.lines import Line

_EDGE = r"[^\w。．.!?！？]*"
"""What may stand around the words: brackets, arrows, lines."""
_BULLET = re.compile(r"[・•*‐–—-]\s*\w.*\w$")
"""A point of a list, which a summary has, and no word between two strokes."""

_WORDS: dict[Reason, tuple[str, ...]] = {
    "advertisement": (
        r"スポンサー(?:ド|ズ)?[・\s]*(?:リンク|サイト|コンテンツ)",
        r"広告(?:枠|表示|リンク)?",
        r"ＰＲ",
        r"PR",
        r"AD",
        r"ADS",
        r"Ads",
        r"Sponsored(?: (?:Links?|Content|Posts?|Ads?))?",
        r"SPONSORED(?: LINKS?)?",
        r"Sponsors?",
        r"Advertise?ments?",
        r"ADVERTISEMENTS?",
        r"Ads by \w+",
        r"プロモーション",
        r"タイアップ(?:広告)?",
        r"記事広告",
    ),
    "player": (
        r"(?:この)?(?:記事|ページ|投稿)を(?:聴く|聞く|読み上げ(?:る)?|再生(?:する)?)",
        r"音声で(?:聴く|聞く)",
        r"読み上げ(?:開始|停止)?",
        r"Listen to (?:this|the) (?:article|post|page)",
    ),
    "notice": (
        r"(?:この(?:記事|投稿)を読む時間|読了(?:目安)?時間|所要時間|閲覧数|表示回数|アクセス数)"
        r"\s*[:：]?\s*(?:約\s*)?[\d,]+\s*(?:分|秒|回|views?)?",
        r"(?:Estimated )?[Rr]eading [Tt]ime\s*[:：]?\s*\d+ min\w*",
        r"\d+ min(?:ute)?s? read",
        r"Post [Vv]iews\s*[:：]?\s*[\d,]+",
    ),
    "share": (
        r"(?:この(?:記事|投稿)を)?(?:シェア|共有|ツイート|ポスト|いいね)(?:する|！)?",
        r"SNSでシェア(?:する)?",
        r"Tweet",
        r"Share(?: this(?: (?:post|article))?)?",
        r"Share on \w+",
        r"共有\s*[:：]",
        r"いいね\s*[:：]?(?: 読み込み中[.…]*)?",
        r"Facebook|Twitter|LINE|Pocket|はてブ|はてなブックマーク|LinkedIn",
        r"(?:Facebook|Twitter|X|LINE|Pocket|LinkedIn)で(?:共有|シェア)(?:する)?",
    ),
    "control": (
        r"コピー(?:する|しました)?",
        r"リンクをコピー",
        r"印刷(?:する)?",
        r"このページを印刷",
        r"Print(?: this(?: page)?)?",
        r"Copy(?: link)?",
        r"PDFをダウンロード",
        r"ブックマーク(?:する)?",
        r"お気に入り(?:に追加)?",
        r"トップへ戻る",
        r"ページトップへ",
        r"日本語訳を(?:表示|見る)",
        r"原文を(?:表示|見る)",
        r"(?:翻訳|全文|詳細|もっと)を?(?:表示|見る)(?:する)?",
    ),
    "related": (
        r"関連(?:記事|投稿|エントリー|リンク)",
        r"あわせて読みたい",
        r"合わせて読みたい",
        r"こちらもおすすめ",
        r"人気(?:の)?記事",
        r"前の(?:記事|投稿)",
        r"次の(?:記事|投稿)",
        r"目次",
        r"Related(?: (?:Posts?|Articles?))?",
        r"You may also like",
        r"Table of Contents",
        r"続きを読む",
        r"Read more",
        r"Continue reading",
    ),
}
"""Lines, whole, that the site sets between the texts."""
_LINES = {
    reason: re.compile(f"{_EDGE}(?:{'|'.join(words)}){_EDGE}") for reason, words in _WORDS.items()
}
_MOST = 40
"""Characters up to which a line may be the site's."""
_ADDRESS = re.compile(r"://|@|\w\.\w")
_SENTENCE = re.compile(r"[。．.!?！？]['\"”’」』）)\]]*$")
_CAPTION = re.compile(r"(?:図|表|写真|Fig(?:ure|\.)?|Table)\s*\d+\s*[:：.．]\s*\S", re.IGNORECASE)


def cut_lines(lines: list[Line]) -> tuple[list[Line], list[Removed], bool]:
    """The lines of an abstract without those that are the site's own words.

    A line that only a line feed parts from others is never cut, nor are all lines.

    Returns:
        The lines that stay; those that were cut; and whether one that stays may be foreign too.
    """
    if len(lines) < 2:
        return lines, [], False
    reasons = [_of_line(line) for line in lines]
    for place, line in enumerate(lines):
        if line.soft:
            reasons[place] = reasons[place - 1] = None
    kept = [line for line, reason in zip(lines, reasons, strict=True) if reason is None]
    doubtful = any(_is_caption(line) for line in kept)
    if not kept or len(kept) == len(lines):
        return lines, [], doubtful
    removed = [Removed(why, line.text) for line, why in zip(lines, reasons, strict=True) if why]
    return kept, removed, doubtful


def _of_line(line: Line) -> Reason | None:
    """Why a line is the site's; a link whose text is no address leads away from the abstract."""
    text = line.text
    if len(text) > _MOST or _BULLET.match(text):
        return None
    if line.linked and not _ADDRESS.search(text) and not _SENTENCE.search(text):
        return "link"
    return next((why for why, words in _LINES.items() if words.fullmatch(text)), None)


def _is_caption(line: Line) -> bool:
    return (
        len(line.text) <= _MOST
        and bool(_CAPTION.match(line.text))
        and not _SENTENCE.search(line.text)
    )
