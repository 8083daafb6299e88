// HDF5 1.10 and later: what Swift cannot import. Constants that are comma-expression macros (each calls H5open first)
// become functions, calls whose names depend on the library's version keep one name, and the error stack becomes text.
#pragma once
#include <hdf5.h>
#include <hdf5_hl.h>
#include <stdio.h>

static inline hid_t pof_file_creation(void) { return H5P_FILE_CREATE; }
static inline hid_t pof_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t pof_group_creation(void) { return H5P_GROUP_CREATE; }
static inline hid_t pof_dataset_creation(void) { return H5P_DATASET_CREATE; }

static inline unsigned pof_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned pof_truncate(void) { return H5F_ACC_TRUNC; }

static inline hid_t pof_float32_native(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t pof_float32_le(void) { return H5T_IEEE_F32LE; }
static inline hid_t pof_float32_be(void) { return H5T_IEEE_F32BE; }
static inline hid_t pof_float64_native(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t pof_float64_le(void) { return H5T_IEEE_F64LE; }
static inline hid_t pof_float64_be(void) { return H5T_IEEE_F64BE; }
static inline hid_t pof_int64_native(void) { return H5T_NATIVE_INT64; }
static inline hid_t pof_int64_le(void) { return H5T_STD_I64LE; }
static inline hid_t pof_int64_be(void) { return H5T_STD_I64BE; }

// A new variable-length UTF-8 string type; the caller closes it.
static inline hid_t pof_string_type(void) {
  hid_t type = H5Tcopy(H5T_C_S1);
  if (type < 0) return type;
  if (H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0) {
    H5Tclose(type);
    return -1;
  }
  return type;
}

// 1: the link is hard, 0: it is soft, external or user-defined, negative: it cannot be read.
static inline int pof_link_is_hard(hid_t group, const char *name) {
  H5L_info_t info;
  if (H5Lget_info(group, name, &info, H5P_DEFAULT) < 0) return -1;
  return info.type == H5L_TYPE_HARD;
}

// Links of a group; negative on failure.
static inline int64_t pof_link_count(hid_t group) {
  H5G_info_t info;
  return H5Gget_info(group, &info) < 0 ? -1 : (int64_t)info.nlinks;
}

// Attributes of an object, which must be tracked or few; negative on failure.
static inline int64_t pof_attribute_count(hid_t object) {
  H5O_info_t info;
#if H5_VERSION_GE(1, 12, 0)
  return H5Oget_info3(object, &info, H5O_INFO_NUM_ATTRS) < 0 ? -1 : (int64_t)info.num_attrs;
#else
  return H5Oget_info2(object, &info, H5O_INFO_NUM_ATTRS) < 0 ? -1 : (int64_t)info.num_attrs;
#endif
}

// Errors are values here: nothing is printed, no filter is loaded from plugin folders.
static inline void pof_quiet(void) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(0);
}

typedef struct {
  char *text;
  size_t size;
} pof_text;

static herr_t pof_take_first(unsigned n, const H5E_error2_t *error, void *data) {
  pof_text *out = (pof_text *)data;
  if (n == 0) snprintf(out->text, out->size, "%s (%s)", error->desc ? error->desc : "unknown", error->func_name);
  return 0;
}

// The innermost entry of the error stack; empty where there is none.
static inline void pof_last_error(char *text, size_t size) {
  pof_text out = {text, size};
  if (size > 0) text[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, pof_take_first, &out);
}
