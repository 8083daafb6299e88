// OpenBLAS: CBLAS calls and the size of its thread pool.
#pragma once
#include <cblas.h>
