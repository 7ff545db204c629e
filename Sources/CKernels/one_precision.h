/* All kernels of one precision on one instruction set. */
#include "vector.h"

#include "elementary.h"
#if !DOUBLE_PRECISION
#include "philox.h"
#endif
#include "random.h"

#include "adamw.h"
#include "combination.h"
#include "mixture.h"
#include "product.h"
#if !DOUBLE_PRECISION
#include "product_half.h"
#endif
#include "expectation.h"
#include "reductions.h"
