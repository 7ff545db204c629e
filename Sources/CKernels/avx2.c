/* x86-64-v3: 16 registers of 8 floats. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernel_table.h"

#define VECTOR_BYTES 32
#define FUSED_MULTIPLY_ADD 1
#define KERNEL_TABLE ornstein_kernels_avx2
#define TILE_ROWS 6
#define FOR_TILE_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6)

#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2"))), apply_to = function)
#include "one_set.h"
#pragma clang attribute pop

#endif
