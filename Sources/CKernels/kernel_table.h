/* The kernels of one instruction set, as the dispatcher sees them. */
#ifndef ORNSTEIN_KERNEL_TABLE_H
#define ORNSTEIN_KERNEL_TABLE_H

#include "CKernels.h"

#define ORNSTEIN_KERNELS(real, product)                                                            \
  struct {                                                                                         \
    void (*normals)(real *, size_t, ornstein_stream, uint64_t);                                    \
    void (*uniforms)(real *, size_t, ornstein_stream, uint64_t);                                   \
    void (*affine_step)(real *, const real *, size_t, real, real, real, ornstein_stream, uint64_t); \
    void (*linear_combination)(real *, const real *const *, size_t, const double *, size_t,        \
                               double, ornstein_stream, uint64_t);                                 \
    void (*diagonal_combination)(real *, const real *const *, size_t, const real *, size_t,        \
                                 size_t, const real *, ornstein_stream, uint64_t);                 \
    void (*exponentials)(const real *, real *, size_t);                                            \
    void (*logarithms)(const real *, real *, size_t);                                              \
    void (*sines_and_cosines)(const real *, real *, real *, size_t);                               \
    void (*sigmoid_linear_units)(const real *, real *, real *, size_t);                            \
    size_t (*packed_count)(size_t, size_t, const real *);                                          \
    void (*pack)(const real *, size_t, size_t, size_t, int, real *);                               \
    void (*multiply)(const product *);                                                             \
    void (*column_sums)(const real *, size_t, size_t, size_t, real *);                             \
    double (*reduce_slices)(real *const *, size_t, size_t);                                        \
    void (*adamw)(real *, real *, real *, real *, const real *, size_t,                            \
                  const ornstein_adamw_settings *);                                                \
    void (*mixture_score)(const real *, size_t, size_t, size_t, const real *, const real *,        \
                          const real *, real *, real *);                                           \
    void (*isotropic_mixture_score)(const real *, size_t, size_t, size_t, const real *,            \
                                    const real *, const real *, real *, real *);                   \
    void (*softmax_rows)(real *, size_t, size_t, const real *, real *);                            \
    void (*quadratic_features)(const real *, size_t, size_t, const real *, const real *, int,      \
                               real *);                                                            \
  }

typedef struct {
  size_t (*packed_count)(size_t, size_t);
  void (*pack)(const float *, size_t, size_t, size_t, int, uint32_t *);
  void (*round)(const float *, size_t, size_t, size_t, int, uint32_t *, size_t);
  void (*multiply)(const ornstein_half_product *);
} ornstein_half_kernels;

typedef struct {
  ORNSTEIN_KERNELS(float, ornstein_product_f32) f32;
  ORNSTEIN_KERNELS(double, ornstein_product_f64) f64;
  ornstein_half_kernels half;
} ornstein_kernel_table;

extern const ornstein_kernel_table ornstein_kernels_baseline;
#if defined(__x86_64__)
extern const ornstein_kernel_table ornstein_kernels_avx2;
extern const ornstein_kernel_table ornstein_kernels_avx512;
/* AVX-512 with products of pairs of bfloat16. */
extern const ornstein_kernel_table ornstein_kernels_avx512_bf16;
#endif

#endif
