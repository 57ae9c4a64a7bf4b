"""Writes a TFDS set of images as .npy files. A program of its own, so that a download that hangs can be killed.

- `tfds_source.py probe NAME`: is the download host there?
- `tfds_source.py prepared NAME OUT`: from a copy that TFDS prepared before.
- `tfds_source.py download NAME OUT`: downloads and prepares below OUT first.
"""

import sys
from pathlib import Path


def probe(name: str) -> None:
    """Asks each download host for the head of one file; exits with a message if one does not answer."""
    from urllib.parse import urlsplit

    import requests
    import tensorflow_datasets as tfds

    for host, url in {urlsplit(url).netloc: url for url in tfds.builder(name).url_infos}.items():
        try:
            requests.get(url, stream=True, timeout=5).raise_for_status()
        except requests.RequestException as error:
            sys.exit(f"{host} cannot be reached ({type(error).__name__})")


def export(name: str, out: Path, *, download: bool) -> None:
    """Writes {train,test}_{x,y}.npy into `out`."""
    import numpy as np
    import tensorflow_datasets as tfds

    builder = tfds.builder(name, data_dir=out / "tfds" if download else None)
    if download:
        builder.download_and_prepare()
    elif not builder.is_prepared():
        sys.exit(f"no prepared copy in {builder.data_dir}")
    for split in ("train", "test"):
        x, y = tfds.as_numpy(builder.as_dataset(split=split, batch_size=-1, as_supervised=True))
        np.save(out / f"{split}_x.npy", x, allow_pickle=False)
        np.save(out / f"{split}_y.npy", y, allow_pickle=False)


if __name__ == "__main__":
    action, name, *out = sys.argv[1:]
    if action == "probe":
        probe(name)
    else:
        export(name, Path(*out), download=action == "download")
