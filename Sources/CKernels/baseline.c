/* What every CPU of the architecture has: SSE2 on x86-64, NEON on arm64. */
#include "kernel_table.h"

#define VECTOR_BYTES 16
#define KERNEL_TABLE ornstein_kernels_baseline
#if defined(__aarch64__)
#define FUSED_MULTIPLY_ADD 1
#define TILE_ROWS 12
#define FOR_TILE_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#else
#define FUSED_MULTIPLY_ADD 0
#define TILE_ROWS 6
#define FOR_TILE_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#endif

#include "one_set.h"
