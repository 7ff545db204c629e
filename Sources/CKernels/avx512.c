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
/* 1 / c and -2 log c for c about 1 + i / 16, chosen so that the logarithms are floats to 1e-11. */
#define INVERSE_TABLE \
  {0x1.000000p+0f, 0x1.e1f452p-1f, 0x1.c711d4p-1f, 0x1.af1f4ap-1f, \
   0x1.99a968p-1f, 0x1.8624d2p-1f, 0x1.746c6cp-1f, 0x1.6430f4p-1f, \
   0x1.5565e2p-1f, 0x1.479f6cp-1f, 0x1.3b15a8p-1f, 0x1.2f7f74p-1f, \
   0x1.249800p-1f, 0x1.1a7f44p-1f, 0x1.112fc2p-1f, 0x1.082812p-1f}
#define LOGARITHM_TABLE \
  {0.0f, -0x1.ef69a0p-4f, -0x1.e2d004p-3f, -0x1.601e68p-2f, \
   -0x1.c8b076p-2f, -0x1.165524p-1f, -0x1.45ee94p-1f, -0x1.7390c2p-1f, \
   -0x1.9f009ap-1f, -0x1.c92d4cp-1f, -0x1.f12294p-1f, -0x1.0bc01cp+0f, \
   -0x1.1e7bf6p+0f, -0x1.3076c8p+0f, -0x1.419f76p+0f, -0x1.52d532p+0f}
/* As POWER_TABLE, twice as fine. */
#define FINE_POWER_TABLE \
  {0x1.000000p+0f, 0x1.fd9b0ep-1f, 0x1.fb5586p-1f, 0x1.f9301ep-1f, \
   0x1.f72b84p-1f, 0x1.f54874p-1f, 0x1.f387a6p-1f, 0x1.f1e9e0p-1f, \
   0x1.f06fe0p-1f, 0x1.ef1a74p-1f, 0x1.edea64p-1f, 0x1.ece086p-1f, \
   0x1.ebfdaep-1f, 0x1.eb42b6p-1f, 0x1.eab07ep-1f, 0x1.ea47ecp-1f, \
   0x1.ea09e6p-1f, 0x1.e9f75ep-1f, 0x1.ea1148p-1f, 0x1.ea589ap-1f, \
   0x1.eace54p-1f, 0x1.eb737cp-1f, 0x1.ec4918p-1f, 0x1.ed503cp-1f, \
   0x1.ee89fap-1f, 0x1.eff770p-1f, 0x1.f199bep-1f, 0x1.f3720ep-1f, \
   0x1.f5818ep-1f, 0x1.f7c974p-1f, 0x1.fa4afap-1f, 0x1.fd0766p-1f}
#define PHILOX_PAIRS 2
#define KERNEL_TABLE ornstein_kernels_avx512
#define KERNEL_TABLE_DOT ornstein_kernels_avx512_bf16
#define TILE_ROWS 14
#define FOR_TILE_ROWS(X) \
  X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,avx2,fma,bmi,bmi2"))), \
    apply_to = function)
#include "one_set.h"
#pragma clang attribute pop

#endif
