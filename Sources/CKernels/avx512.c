/* x86-64-v4: 32 registers of 16 floats. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernel_table.h"

#define VECTOR_BYTES 64
#define FUSED_MULTIPLY_ADD 1
#define KERNEL_TABLE ornstein_kernels_avx512
#define TILE_ROWS 14
#define FOR_TILE_ROWS(X) \
  X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,bmi,bmi2"))), \
    apply_to = function)
#include "one_set.h"
#pragma clang attribute pop

#endif
