"""What tells one loaded model from another, though both may bear the same name and version."""

import hashlib

from deployments.settings import Settings

FINGERPRINT_CHARS = 16


def fingerprint_of(settings: Settings, device: str) -> str:
    """Of all that decides the answers: the model folder's files and how the engine runs them.

    Equal on every replica and every node that has the same files. It reads them all, which takes
    about a second per gigabyte.
    """
    digest = hashlib.sha256(f"{settings.engine}\0{settings.precision}\0{device}\0".encode())
    folder = settings.model_folder
    if folder is not None:
        for path in sorted(folder.iterdir()):
            if path.is_file():
                digest.update(path.name.encode() + b"\0")
                with path.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:FINGERPRINT_CHARS]
