"""The sample site: an invented digest blog in the shape of a Japanese WordPress, on loopback."""

from pipeline.sample.blog import Blog, Entry, Post, SampleError
from pipeline.sample.posts_file import read_posts
from pipeline.sample.quirks import Quirks
from pipeline.sample.responses import Response
from pipeline.sample.server import LoggedRequest, SampleHandler, SampleSite, serve_sample

__all__ = [
    "Blog",
    "Entry",
    "LoggedRequest",
    "Post",
    "Quirks",
    "Response",
    "SampleError",
    "SampleHandler",
    "SampleSite",
    "read_posts",
    "serve_sample",
]
