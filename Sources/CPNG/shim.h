// libpng reports errors by longjmp, and Swift can neither call setjmp nor be jumped over: the jobs that Reporting has
// are done here, each within one C function. Nothing else of libpng is meant to be called from Swift.
#pragma once
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

// Bytes being read, bytes being written, and the last error. Pointers are the caller's to free, errors included.
typedef struct {
  const unsigned char *input;
  size_t input_count, input_position;
  unsigned char *output;
  size_t output_count, output_capacity;
  char message[160];
} pof_png_stream;

// Text chunks as parallel arrays of NUL-terminated strings; libpng wants Latin-1 keywords of 1 to 79 bytes.
typedef struct {
  char **keywords, **texts;
  int count;
} pof_png_texts;

static inline void pof_png_error(png_structp png, png_const_charp message) {
  pof_png_stream *stream = (pof_png_stream *)png_get_error_ptr(png);
  strncpy(stream->message, message ? message : "unknown error", sizeof stream->message - 1);
  longjmp(png_jmpbuf(png), 1);
}

static inline void pof_png_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static inline void pof_png_read_bytes(png_structp png, png_bytep bytes, size_t count) {
  pof_png_stream *stream = (pof_png_stream *)png_get_io_ptr(png);
  if (count > stream->input_count - stream->input_position) png_error(png, "the file ends too early");
  memcpy(bytes, stream->input + stream->input_position, count);
  stream->input_position += count;
}

static inline void pof_png_append(png_structp png, pof_png_stream *stream, const unsigned char *bytes, size_t count) {
  if (count > stream->output_capacity - stream->output_count) {
    size_t capacity = 2 * stream->output_capacity + count + 4096;
    unsigned char *grown = (unsigned char *)realloc(stream->output, capacity);
    if (!grown) png_error(png, "out of memory");
    stream->output = grown;
    stream->output_capacity = capacity;
  }
  memcpy(stream->output + stream->output_count, bytes, count);
  stream->output_count += count;
}

static inline void pof_png_write_bytes(png_structp png, png_bytep bytes, size_t count) {
  pof_png_append(png, (pof_png_stream *)png_get_io_ptr(png), bytes, count);
}

static inline void pof_png_flush(png_structp png) { (void)png; }

static inline int pof_png_is_ascii(const char *text) {
  for (; *text; ++text)
    if ((unsigned char)*text > 126) return 0;
  return 1;
}

// Chunks for `count` texts, before the image: tEXt, or iTXt where a text is not ASCII. `chunks` has room for them.
static inline void pof_png_set_texts(png_structp writer, png_infop info, png_text *chunks, const char *const *keywords,
                                     const char *const *texts, int count) {
  for (int i = 0; i < count; ++i) {
    int ascii = pof_png_is_ascii(texts[i]);
    chunks[i].compression = ascii ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE;
    chunks[i].key = (png_charp)keywords[i];
    chunks[i].text = (png_charp)texts[i];
    chunks[i].text_length = ascii ? strlen(texts[i]) : 0;
    chunks[i].itxt_length = ascii ? 0 : strlen(texts[i]);
    chunks[i].lang = (png_charp)"";
    chunks[i].lang_key = (png_charp)"";
  }
  if (count > 0) png_set_text(writer, info, chunks, count);
}

// Copies the image in `stream->input` to `stream->output` pixel by pixel, with the texts before the image: tEXt, or iTXt
// where a text is not ASCII. Returns 1, or 0 with a message; free(stream->output) in either case.
static inline int pof_png_add_texts(pof_png_stream *stream, const char *const *keywords, const char *const *texts,
                                    int count) {
  png_text *chunks = count > 0 ? (png_text *)calloc((size_t)count, sizeof(png_text)) : NULL;
  png_structp reader = png_create_read_struct(PNG_LIBPNG_VER_STRING, stream, pof_png_error, pof_png_warning);
  png_infop info = reader ? png_create_info_struct(reader) : NULL;
  png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, stream, pof_png_error, pof_png_warning);
  // Volatile: its value survives the longjmp.
  volatile int done = 0;
  if (!reader || !info || !writer || (count > 0 && !chunks)) {
    strncpy(stream->message, "out of memory", sizeof stream->message - 1);
  } else if (!setjmp(png_jmpbuf(reader)) && !setjmp(png_jmpbuf(writer))) {
    png_set_read_fn(reader, stream, pof_png_read_bytes);
    png_read_png(reader, info, PNG_TRANSFORM_IDENTITY, NULL);
    pof_png_set_texts(writer, info, chunks, keywords, texts, count);
    png_set_write_fn(writer, stream, pof_png_write_bytes, pof_png_flush);
    png_write_png(writer, info, PNG_TRANSFORM_IDENTITY, NULL);
    done = 1;
  }
  if (writer) png_destroy_write_struct(&writer, NULL);
  if (reader) png_destroy_read_struct(&reader, &info, NULL);
  free(chunks);
  return done;
}

// Reads the whole image in `stream->input` and hands its text chunks to the caller, who frees them with
// pof_png_free_texts. Returns 1, or 0 with a message.
static inline int pof_png_read_texts(pof_png_stream *stream, pof_png_texts *found) {
  png_structp reader = png_create_read_struct(PNG_LIBPNG_VER_STRING, stream, pof_png_error, pof_png_warning);
  png_infop info = reader ? png_create_info_struct(reader) : NULL;
  volatile int done = 0;
  memset(found, 0, sizeof *found);
  if (!reader || !info) {
    strncpy(stream->message, "out of memory", sizeof stream->message - 1);
  } else if (!setjmp(png_jmpbuf(reader))) {
    png_textp chunks = NULL;
    int count = 0;
    png_set_read_fn(reader, stream, pof_png_read_bytes);
    png_read_png(reader, info, PNG_TRANSFORM_IDENTITY, NULL);
    png_get_text(reader, info, &chunks, &count);
    if (count > 0) {
      found->keywords = (char **)calloc((size_t)count, sizeof(char *));
      found->texts = (char **)calloc((size_t)count, sizeof(char *));
      if (!found->keywords || !found->texts) png_error(reader, "out of memory");
      found->count = count;
      for (int i = 0; i < count; ++i) {
        found->keywords[i] = strdup(chunks[i].key);
        found->texts[i] = strdup(chunks[i].text ? chunks[i].text : "");
        if (!found->keywords[i] || !found->texts[i]) png_error(reader, "out of memory");
      }
    }
    done = 1;
  }
  if (reader) png_destroy_read_struct(&reader, &info, NULL);
  return done;
}

static inline void pof_png_free_texts(pof_png_texts *texts) {
  for (int i = 0; i < texts->count; ++i) {
    free(texts->keywords[i]);
    free(texts->texts[i]);
  }
  free(texts->keywords);
  free(texts->texts);
  memset(texts, 0, sizeof *texts);
}

// Writes an image of 8 bits a sample to `stream->output`, with the texts before it. `pixels` is [height, width, channels];
// one channel is grey, three are RGB. Returns 1, or 0 with a message; free(stream->output) in either case.
static inline int pof_png_encode(pof_png_stream *stream, const unsigned char *pixels, unsigned width, unsigned height,
                                 int channels, const char *const *keywords, const char *const *texts, int count) {
  png_text *chunks = count > 0 ? (png_text *)calloc((size_t)count, sizeof(png_text)) : NULL;
  png_bytepp rows = (png_bytepp)calloc(height ? height : 1, sizeof(png_bytep));
  png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, stream, pof_png_error, pof_png_warning);
  png_infop info = writer ? png_create_info_struct(writer) : NULL;
  volatile int done = 0;
  if (!writer || !info || !rows || (count > 0 && !chunks)) {
    strncpy(stream->message, "out of memory", sizeof stream->message - 1);
  } else if (!setjmp(png_jmpbuf(writer))) {
    for (unsigned y = 0; y < height; ++y) rows[y] = (png_bytep)pixels + (size_t)y * width * (size_t)channels;
    png_set_IHDR(writer, info, width, height, 8, channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    pof_png_set_texts(writer, info, chunks, keywords, texts, count);
    png_set_rows(writer, info, rows);
    png_set_write_fn(writer, stream, pof_png_write_bytes, pof_png_flush);
    png_write_png(writer, info, PNG_TRANSFORM_IDENTITY, NULL);
    done = 1;
  }
  if (writer) png_destroy_write_struct(&writer, &info);
  free(rows);
  free(chunks);
  return done;
}

// Reads the image in `stream->input`, 8 bits a sample, grey or RGB, into `stream->output`, [height, width, channels].
// Returns 1, or 0 with a message; free(stream->output) in either case.
static inline int pof_png_decode(pof_png_stream *stream, unsigned *width, unsigned *height, int *channels) {
  png_structp reader = png_create_read_struct(PNG_LIBPNG_VER_STRING, stream, pof_png_error, pof_png_warning);
  png_infop info = reader ? png_create_info_struct(reader) : NULL;
  volatile int done = 0;
  if (!reader || !info) {
    strncpy(stream->message, "out of memory", sizeof stream->message - 1);
  } else if (!setjmp(png_jmpbuf(reader))) {
    // Bounds memory against forged headers.
    png_set_user_limits(reader, 1 << 14, 1 << 14);
    png_set_read_fn(reader, stream, pof_png_read_bytes);
    png_read_png(reader, info, PNG_TRANSFORM_IDENTITY, NULL);
    int color = png_get_color_type(reader, info);
    if (png_get_bit_depth(reader, info) != 8 || (color != PNG_COLOR_TYPE_GRAY && color != PNG_COLOR_TYPE_RGB))
      png_error(reader, "neither grey nor RGB of 8 bits");
    *width = png_get_image_width(reader, info);
    *height = png_get_image_height(reader, info);
    *channels = color == PNG_COLOR_TYPE_GRAY ? 1 : 3;
    png_bytepp rows = png_get_rows(reader, info);
    for (unsigned y = 0; y < *height; ++y) pof_png_append(reader, stream, rows[y], (size_t)*width * (size_t)*channels);
    done = 1;
  }
  if (reader) png_destroy_read_struct(&reader, &info, NULL);
  return done;
}
