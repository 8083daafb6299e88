// libpng: reports errors by longjmp, which Swift cannot call around; the calls that may fail are wrapped here.
#pragma once
#include <png.h>
