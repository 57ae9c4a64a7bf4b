"""Gives the script that draws the figures of a page, which is made once and kept."""

import hashlib
from functools import cache
from importlib.metadata import version

import vl_convert

from suite import paths
from suite.report.figures import VERSION


@cache
def library() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, in the version that Altair writes for.

    To put it together takes more than a second. It is kept below `paths.home()` after its SHA-256, by which
    one that is damaged is noticed, and made again.

    Raises:
        OSError: it cannot be written.
    """
    kept = paths.home() / "cache" / f"vega-lite-{VERSION}-{version('vl-convert-python')}.js"
    if kept.exists():
        digest, _, script = kept.read_bytes().partition(b"\n")
        if hashlib.sha256(script).hexdigest().encode() == digest:
            return script.decode()
    # The package's stub asks for a snippet that it does not need.
    bundle: str = vl_convert.javascript_bundle(vl_version=VERSION)  # type: ignore[call-arg]
    made = bundle.replace("</script", "<\\/script").encode()
    digest = hashlib.sha256(made).hexdigest().encode()
    kept.parent.mkdir(parents=True, exist_ok=True)
    paths.replace(kept, lambda file: file.write(digest + b"\n" + made))
    return made.decode()
