# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The compression of record batches, through the C libraries that the broker itself links to
(Python's standard library has only gzip). Snappy is written raw, as librdkafka does, or in the
block framing that Java writes; both are read."""

import ctypes
import gzip
import struct

NAMES = ("none", "gzip", "snappy", "lz4", "zstd")
JAVA_SNAPPY_MAGIC = b"\x82SNAPPY\0"
DECOMPRESSED_BYTES_MAX = 256 << 20


class CodecFailed(Exception):
    pass


def library(name):
    loaded = ctypes.CDLL(name)
    for function in ("ZSTD_compress", "ZSTD_compressBound", "ZSTD_decompress", "LZ4F_compressFrame",
                     "LZ4F_compressFrameBound", "LZ4F_decompress", "LZ4F_createDecompressionContext"):
        if hasattr(loaded, function):
            getattr(loaded, function).restype = ctypes.c_size_t
    return loaded


def compress(codec, data):
    return {"none": lambda d: d, "gzip": lambda d: gzip.compress(d, mtime=0),
            "snappy": snappy_compress, "snappy-java": java_snappy_compress,
            "lz4": lz4_compress, "zstd": zstd_compress}[codec](data)


def decompress(codec, data):
    try:
        return {"none": lambda d: d, "gzip": gzip.decompress, "snappy": snappy_decompress,
                "lz4": lz4_decompress, "zstd": zstd_decompress}[codec](data)
    except (OSError, EOFError) as failure:
        raise CodecFailed(f"{codec}: {failure}") from failure


def number_of(codec):
    return NAMES.index(codec.removesuffix("-java"))


def snappy_compress(data):
    snappy, size = library("libsnappy.so.1"), ctypes.c_size_t(32 + len(data) + len(data) // 6)
    out = ctypes.create_string_buffer(size.value)
    if snappy.snappy_compress(data, ctypes.c_size_t(len(data)), out, ctypes.byref(size)) != 0:
        raise CodecFailed("snappy_compress")
    return out.raw[:size.value]


def java_snappy_compress(data):
    out = JAVA_SNAPPY_MAGIC + struct.pack(">ii", 1, 1)
    for at in range(0, len(data), 32768):
        block = snappy_compress(data[at:at + 32768])
        out += struct.pack(">i", len(block)) + block
    return out


def raw_snappy_decompress(data):
    snappy, size = library("libsnappy.so.1"), ctypes.c_size_t(0)
    length = ctypes.c_size_t(len(data))
    if snappy.snappy_uncompressed_length(data, length, ctypes.byref(size)) != 0:
        raise CodecFailed("snappy: no length")
    if size.value > DECOMPRESSED_BYTES_MAX:
        raise CodecFailed(f"snappy: claims {size.value} bytes")
    out = ctypes.create_string_buffer(size.value or 1)
    if snappy.snappy_uncompress(data, length, out, ctypes.byref(size)) != 0:
        raise CodecFailed("snappy: corrupt")
    return out.raw[:size.value]


def snappy_decompress(data):
    if not data.startswith(JAVA_SNAPPY_MAGIC):
        return raw_snappy_decompress(data)
    out, at = b"", 16
    while at < len(data):
        size = struct.unpack_from(">i", data, at)[0]
        out += raw_snappy_decompress(data[at + 4:at + 4 + size])
        at += 4 + size
    return out


def zstd_compress(data):
    zstd = library("libzstd.so.1")
    bound = zstd.ZSTD_compressBound(ctypes.c_size_t(len(data)))
    out = ctypes.create_string_buffer(bound)
    size = zstd.ZSTD_compress(out, ctypes.c_size_t(bound), data, ctypes.c_size_t(len(data)), 3)
    return out.raw[:size]


def zstd_decompress(data):
    """Grows its buffer until the frame fits: frames of streaming writers do not tell their size."""
    zstd, room = library("libzstd.so.1"), max(4096, 8 * len(data))
    while room <= DECOMPRESSED_BYTES_MAX:
        out = ctypes.create_string_buffer(room)
        size = zstd.ZSTD_decompress(out, ctypes.c_size_t(room), data, ctypes.c_size_t(len(data)))
        if size <= room:
            return out.raw[:size]
        room *= 8
    raise CodecFailed("zstd: corrupt or too large")


def lz4_compress(data):
    lz4 = library("liblz4.so.1")
    bound = lz4.LZ4F_compressFrameBound(ctypes.c_size_t(len(data)), None)
    out = ctypes.create_string_buffer(bound)
    size = lz4.LZ4F_compressFrame(out, ctypes.c_size_t(bound), data, ctypes.c_size_t(len(data)), None)
    return out.raw[:size]


def lz4_decompress(data):
    lz4, context = library("liblz4.so.1"), ctypes.c_void_p()
    lz4.LZ4F_createDecompressionContext(ctypes.byref(context), 100)
    try:
        out, at = b"", 0
        buffer = ctypes.create_string_buffer(1 << 20)
        while at < len(data):
            rest = data[at:]
            produced, consumed = ctypes.c_size_t(len(buffer)), ctypes.c_size_t(len(rest))
            hint = lz4.LZ4F_decompress(context, buffer, ctypes.byref(produced), rest,
                                       ctypes.byref(consumed), None)
            if hint > DECOMPRESSED_BYTES_MAX or not (produced.value or consumed.value):
                raise CodecFailed("lz4: corrupt")
            out += buffer.raw[:produced.value]
            at += consumed.value
        return out
    finally:
        lz4.LZ4F_freeDecompressionContext(context)
