/* All kernels of one instruction set. The including file defines
 *   VECTOR_BYTES        the width of a vector register,
 *   FUSED_MULTIPLY_ADD  1 where the machine multiplies and adds with one rounding,
 *   TILE_ROWS, FOR_TILE_ROWS(X)  rows of a tile of the matrix product and X(1) ... X(TILE_ROWS),
 *   KERNEL_TABLE        the name of the table to define (KERNEL_TABLE_DOT: with VECTOR_BYTES 64, of
 *                       that with the instruction for pairs of bfloat16),
 * and switches the compiler to the set before it includes this file. */

/* What is rounded once is written so; nothing else is contracted. */
#pragma STDC FP_CONTRACT OFF

#define PANEL_VECTORS 2

#define DOUBLE_PRECISION 0
#define NAMED(name) name##_f32
#include "one_precision.h"
#undef DOUBLE_PRECISION
#undef NAMED

#define DOUBLE_PRECISION 1
#define NAMED(name) name##_f64
#include "one_precision.h"

#define KERNELS                                                                        \
  {                                                                                    \
    normals, uniforms, affine_step, linear_combination, diagonal_combination,          \
        exponentials, logarithms, sines_and_cosines, sigmoid_linear_units,             \
        packed_count, pack, multiply, column_sums, reduce_slices, adamw,               \
        mixture_score, isotropic_mixture_score, softmax_rows, quadratic_features       \
  }
#define HALF_KERNELS(way) {half_packed_count, pack_halves_##way, round_to_halves_##way, multiply_halves_##way}
const ornstein_kernel_table KERNEL_TABLE = {KERNELS, KERNELS, HALF_KERNELS(PLAIN)};
#if VECTOR_BYTES == 64
const ornstein_kernel_table KERNEL_TABLE_DOT = {KERNELS, KERNELS, HALF_KERNELS(DOT)};
#endif
