/* x86-64-v3: 16 registers of 8 floats. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernel_table.h"

#define VECTOR_BYTES 32
#define FUSED_MULTIPLY_ADD 1
#define TABLE_LANES 8
#define TABLE_BITS 3
#define POWER_TABLE \
  {0x1.000000p+0f, 0x1.f72b84p-1f, 0x1.f06fe0p-1f, 0x1.ebfdaep-1f, \
   0x1.ea09e6p-1f, 0x1.eace54p-1f, 0x1.ee89fap-1f, 0x1.f5818ep-1f}
#define KERNEL_TABLE ornstein_kernels_avx2
#define TILE_ROWS 6
#define FOR_TILE_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6)

#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2"))), apply_to = function)
#include "one_set.h"
#pragma clang attribute pop

#endif
