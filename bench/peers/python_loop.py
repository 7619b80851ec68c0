"""The plain script: one ranged GET after another with boto3, hashed from the raw stream.

usage: python_loop.py BUCKET KEY ALGORITHM RANGE_BYTES
"""

import hashlib
import sys

import boto3

READ_BYTES = 1 << 20


class Crc:
    """A CRC of AWS's own library in hashlib's clothes."""

    def __init__(self, name: str, width: int) -> None:
        import awscrt.checksums

        self.compute = getattr(awscrt.checksums, name)
        self.width = width
        self.value = 0

    def update(self, data: bytes) -> None:
        self.value = self.compute(data, self.value)

    def hexdigest(self) -> str:
        return f"{self.value:0{self.width}x}"


def create_hash(algorithm: str):
    if algorithm == "blake3":
        import blake3

        return blake3.blake3()
    if algorithm.startswith("crc"):
        return Crc(algorithm, 16 if algorithm == "crc64nvme" else 8)
    return hashlib.new(algorithm)


def main() -> None:
    bucket, key, algorithm, range_bytes = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    s3 = boto3.client("s3")
    digest = create_hash(algorithm)
    size = s3.head_object(Bucket=bucket, Key=key)["ContentLength"]
    for start in range(0, size, range_bytes):
        last = min(start + range_bytes, size) - 1
        answer = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={start}-{last}")
        raw = answer["Body"]._raw_stream
        while chunk := raw.read(READ_BYTES):
            digest.update(chunk)
    print(digest.hexdigest())


main()
