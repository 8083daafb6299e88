// HDF5 1.10: constants that are comma-expression macros (each calls H5open first), as functions.
#pragma once
#include <hdf5.h>
#include <hdf5_hl.h>
