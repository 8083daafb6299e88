// oneDNN 2.x and 3.x in one vocabulary: what differs between the two C APIs is static inline functions of one set of
// names, in version2.h and version3.h. No other place knows the version. What both spell alike (engines, streams,
// primitives, DNNL_ARG_...) Swift calls as it is. Nothing is computed or decided here.
#pragma once
#include <dnnl.h>
#include <stdbool.h>
#include <stdlib.h>

// libgomp's team size for the calling thread (its header is not needed for one declaration).
void omp_set_num_threads(int);

// Shape and memory format of a tensor. The caller owns it: pof_tensor_destroy.
typedef struct pof_tensor *pof_tensor_t;

// A value for each of the two dimensions of a map, as oneDNN takes strides, paddings and kernels.
typedef struct {
  dnnl_dims_t values;
} pof_square;

static inline pof_square pof_square_of(dnnl_dim_t value) {
  pof_square square = {{value, value}};
  return square;
}

#if DNNL_VERSION_MAJOR >= 3
#include "version3.h"
#else
#include "version2.h"
#endif
