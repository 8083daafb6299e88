// zlib: gzip inflation. inflateInit2 is a macro, which Swift does not import.
#pragma once
#include <zlib.h>

// Windows of 15 bits + 32: zlib and gzip headers are recognised.
static inline int pof_inflate_init(z_stream *stream) { return inflateInit2(stream, 15 + 32); }
