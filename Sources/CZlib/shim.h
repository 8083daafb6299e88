// zlib: gzip inflation, and deflation for tests. The init functions are macros, which Swift does not import.
#pragma once
#include <zlib.h>

// Windows of 15 bits + 32: zlib and gzip headers are recognised.
static inline int pof_inflate_init(z_stream *stream) { return inflateInit2(stream, 15 + 32); }

// Windows of 15 bits: zlib headers alone.
static inline int pof_inflate_init_zlib(z_stream *stream) { return inflateInit2(stream, 15); }

// Windows of 15 bits + 16: a gzip header and trailer are written.
static inline int pof_deflate_init(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
