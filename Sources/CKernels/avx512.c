/* x86-64-v4: 32 registers of 16 floats. */
#if defined(__x86_64__)
#include <immintrin.h>

#include "kernel_table.h"

#define VECTOR_BYTES 64
#define FUSED_MULTIPLY_ADD 1
#define TABLE_LANES 16
#define TABLE_BITS 4
#define POWER_TABLE \
  {0x1.000000p+0f, 0x1.fb5586p-1f, 0x1.f72b84p-1f, 0x1.f387a6p-1f, \
   0x1.f06fe0p-1f, 0x1.edea64p-1f, 0x1.ebfdaep-1f, 0x1.eab07ep-1f, \
   0x1.ea09e6p-1f, 0x1.ea1148p-1f, 0x1.eace54p-1f, 0x1.ec4918p-1f, \
   0x1.ee89fap-1f, 0x1.f199bep-1f, 0x1.f5818ep-1f, 0x1.fa4afap-1f}
#define PHILOX_PAIRS 2
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
