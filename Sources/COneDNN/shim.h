// oneDNN 2.x through its C API. Only what Swift cannot import is added here.
#pragma once
#include <dnnl.h>

// libgomp's team size for the calling thread (its header is not needed for one declaration).
void omp_set_num_threads(int);
