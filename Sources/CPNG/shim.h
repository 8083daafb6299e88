// libpng reports errors by longjmp, and Swift can neither call setjmp nor be jumped over: the two jobs that Reporting has
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

static inline void pof_png_write_bytes(png_structp png, png_bytep bytes, size_t count) {
  pof_png_stream *stream = (pof_png_stream *)png_get_io_ptr(png);
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

static inline void pof_png_flush(png_structp png) { (void)png; }

static inline int pof_png_is_ascii(const char *text) {
  for (; *text; ++text)
    if ((unsigned char)*text > 126) return 0;
  return 1;
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
