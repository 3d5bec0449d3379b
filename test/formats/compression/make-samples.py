"""Writes the samples/ beside this file with Python's own codecs (and the zstd tool). The text is made again in sample-text.ts."""
import bz2, gzip, io, lzma, pathlib, subprocess, zipfile

out = pathlib.Path(__file__).parent / "samples"
text = "".join(f"{i},{i * 7919 % 10007},name {i % 97}\n" for i in range(12000)).encode()
half = len(text) // 2
noise = bytearray()
state = 1
for _ in range(3000):
    state = (state * 1103515245 + 12345) % 2147483648
    noise.append(state >> 16 & 255)
runs = b"".join(bytes([i % 3]) * (i * 7 % 600) for i in range(300))


def write(name, data):
    (out / name).write_bytes(data)


write("text.bz2", bz2.compress(text, 1))
write("two-streams.bz2", bz2.compress(text[:half], 9) + bz2.compress(text[half:], 1))
write("runs.bz2", bz2.compress(runs))
write("empty.bz2", bz2.compress(b""))
write("text.xz", lzma.compress(text))
write("two-streams.xz", lzma.compress(text[:half], check=lzma.CHECK_CRC32) + b"\0" * 8 + lzma.compress(text[half:], check=lzma.CHECK_SHA256))
write("noise.xz", lzma.compress(bytes(noise), check=lzma.CHECK_NONE))
write("runs.xz", lzma.compress(runs, preset=9))
write("empty.xz", lzma.compress(b""))
write("literal-bits.xz", lzma.compress(text[:60000], filters=[{"id": lzma.FILTER_LZMA2, "lc": 1, "lp": 2, "pb": 0, "dict_size": 4096}]))
write("x86.xz", lzma.compress(text[:5000], filters=[{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2, "preset": 6}]))
write("two-members.gz", gzip.compress(text[:half], mtime=0) + gzip.compress(text[half:], mtime=0))
write("two-frames.zst", b"".join(subprocess.run(["zstd", "-q", "-c", "--check"], input=part, capture_output=True, check=True).stdout for part in (text[:half], text[half:])))


def make_zip(name, members, **options):
    with zipfile.ZipFile(out / name, "w", **options) as archive:
        for member, data, method in members:
            info = zipfile.ZipInfo(member)
            info.compress_type = method
            archive.writestr(info, data)


make_zip("methods.zip", [
    ("folder/stored.csv", b"a,b\n1,2\n", zipfile.ZIP_STORED),
    ("folder/deflated.csv", text[:50000], zipfile.ZIP_DEFLATED),
    ("bzip2.csv", text[:20000], zipfile.ZIP_BZIP2),
    ("folder/", b"", zipfile.ZIP_STORED),
    ("__MACOSX/._deflated.csv", b"junk", zipfile.ZIP_STORED),
    ("../../etc/passwd.csv", b"x\n1\n", zipfile.ZIP_STORED),
    ("C:\\data\\Stored.csv", b"x\n2\n", zipfile.ZIP_STORED),
    ("etc/passwd.csv", b"x\n3\n", zipfile.ZIP_STORED),
    ("naïve – 名.csv", b"x\n4\n", zipfile.ZIP_STORED),
])
inner = io.BytesIO()
with zipfile.ZipFile(inner, "w") as archive:
    archive.writestr("a.csv", b"a\n1\n")
make_zip("nested.zip", [("inner.zip", inner.getvalue(), zipfile.ZIP_STORED)])
make_zip("hidden-nested.zip", [("inner.csv", inner.getvalue(), zipfile.ZIP_STORED)])
make_zip("bomb.zip", [("zeros.csv", b"0" * 50_000_000, zipfile.ZIP_DEFLATED)], compresslevel=9)
# A zip64 archive: a member streamed with 64-bit sizes, then its directory entry rewritten to need them.
buffer = io.BytesIO()
with zipfile.ZipFile(buffer, "w") as archive:
    with archive.open(zipfile.ZipInfo("big.csv"), "w", force_zip64=True) as member:
        member.write(b"a\n64\n")
write("force-zip64.zip", buffer.getvalue())
subprocess.run(["zip", "-q", "-X", "-P", "secret", str(out / "encrypted.zip"), "runs.bz2"], cwd=out, check=True)
