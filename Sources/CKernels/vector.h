/* The words in which kernels are written, for one precision. Included once with DOUBLE_PRECISION 0 and
 * once with 1; VECTOR_BYTES and FUSED_MULTIPLY_ADD come from the file of the instruction set.
 *
 * Helpers carry the same names in both precisions (clang's overloadable attribute). */

#undef real
#undef integer
#undef vec
#undef uvec
#undef ivec
#undef LANES

#if DOUBLE_PRECISION
#define real double
#define integer uint64_t
#define vec vec_f64
#define uvec uvec_f64
#define ivec ivec_f64
#define LANES (VECTOR_BYTES / 8)
typedef double vec_f64 __attribute__((ext_vector_type(LANES)));
typedef uint64_t uvec_f64 __attribute__((ext_vector_type(LANES)));
typedef int64_t ivec_f64 __attribute__((ext_vector_type(LANES)));
#else
#define real float
#define integer uint32_t
#define vec vec_f32
#define uvec uvec_f32
#define ivec ivec_f32
#define LANES (VECTOR_BYTES / 4)
typedef float vec_f32 __attribute__((ext_vector_type(LANES)));
typedef uint32_t uvec_f32 __attribute__((ext_vector_type(LANES)));
typedef int32_t ivec_f32 __attribute__((ext_vector_type(LANES)));
#endif

#ifndef INLINE
#define INLINE static inline __attribute__((always_inline, overloadable, unused))
#define KERNEL static __attribute__((overloadable))
#define UNROLL _Pragma("clang loop unroll(full)")
#endif

INLINE vec load(const real *p) {
  vec v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}

INLINE void store(real *p, vec v) { __builtin_memcpy(p, &v, sizeof v); }

/* The first count lanes, the others zero. */
INLINE vec load_first(const real *p, size_t count) {
#if VECTOR_BYTES == 64 && DOUBLE_PRECISION
  return _mm512_maskz_loadu_pd((__mmask8)((1u << count) - 1), p);
#elif VECTOR_BYTES == 64
  return _mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
#else
  real buffer[LANES] __attribute__((aligned(VECTOR_BYTES))) = {0};
  for (size_t i = 0; i < count; i++) buffer[i] = p[i];
  return load(buffer);
#endif
}

INLINE void store_first(real *p, vec v, size_t count) {
#if VECTOR_BYTES == 64 && DOUBLE_PRECISION
  _mm512_mask_storeu_pd(p, (__mmask8)((1u << count) - 1), v);
#elif VECTOR_BYTES == 64
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), v);
#else
  real buffer[LANES] __attribute__((aligned(VECTOR_BYTES)));
  store(buffer, v);
  for (size_t i = 0; i < count; i++) p[i] = buffer[i];
#endif
}

/* a b + c, rounded once where the machine can. */
INLINE vec fused(vec a, vec b, vec c) {
#if FUSED_MULTIPLY_ADD
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}

/* a - *b, with *b in the instruction: where a second vector register were read, the read ports would
 * keep an addition from overlapping with a multiplication (Zen 4). */
INLINE vec less_number(vec a, const real *b) {
#if VECTOR_BYTES == 64
  vec difference;
#if DOUBLE_PRECISION
  __asm__("vsubpd %2%{1to8%}, %1, %0" : "=v"(difference) : "v"(a), "m"(*b));
#else
  __asm__("vsubps %2%{1to16%}, %1, %0" : "=v"(difference) : "v"(a), "m"(*b));
#endif
  return difference;
#else
  return a - *b;
#endif
}

/* a0 b0 a1 b1 ... of the lower and of the upper halves. */
#undef LOW_PAIRS
#undef HIGH_PAIRS
#if LANES == 16
#define LOW_PAIRS 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH_PAIRS 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif LANES == 8
#define LOW_PAIRS 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH_PAIRS 4, 12, 5, 13, 6, 14, 7, 15
#elif LANES == 4
#define LOW_PAIRS 0, 4, 1, 5
#define HIGH_PAIRS 2, 6, 3, 7
#else
#define LOW_PAIRS 0, 2
#define HIGH_PAIRS 1, 3
#endif
INLINE vec interleave_low(vec a, vec b) { return __builtin_shufflevector(a, b, LOW_PAIRS); }
INLINE vec interleave_high(vec a, vec b) { return __builtin_shufflevector(a, b, HIGH_PAIRS); }

/* a0 a2 ... b0 b2 ..., and a1 a3 ... b1 b3 ... */
#undef EVEN_LANES
#undef ODD_LANES
#if LANES == 16
#define EVEN_LANES 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD_LANES 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#elif LANES == 8
#define EVEN_LANES 0, 2, 4, 6, 8, 10, 12, 14
#define ODD_LANES 1, 3, 5, 7, 9, 11, 13, 15
#elif LANES == 4
#define EVEN_LANES 0, 2, 4, 6
#define ODD_LANES 1, 3, 5, 7
#else
#define EVEN_LANES 0, 2
#define ODD_LANES 1, 3
#endif
INLINE vec even_lanes(vec a, vec b) { return __builtin_shufflevector(a, b, EVEN_LANES); }
INLINE vec odd_lanes(vec a, vec b) { return __builtin_shufflevector(a, b, ODD_LANES); }

/* NaN in x stays. */
INLINE vec at_least(vec x, vec low) { return low > x ? low : x; }
INLINE vec at_most(vec x, vec high) { return high < x ? high : x; }

#if TABLE_LANES && !DOUBLE_PRECISION
/* table[index mod TABLE_LANES], lane by lane. */
INLINE vec look_up(const float *table, uvec index) {
#if VECTOR_BYTES == 64
  return _mm512_permutexvar_ps((__m512i)index, load(table));
#else
  return _mm256_permutevar8x32_ps(load(table), (__m256i)index);
#endif
}
#endif

INLINE vec magnitude(vec x) { return __builtin_elementwise_abs(x); }
INLINE vec square_root(vec x) { return __builtin_elementwise_sqrt(x); }

/* 1 in any lane. */
INLINE int any(ivec mask) { return __builtin_reduce_or(mask) != 0; }

/* A loop over count elements in whole vectors: BODY uses READ(p) and WRITE(p, v) at index i; the rest
 * passes through the same instructions, so an element's bits do not depend on its place. */
#define FOR_VECTORS(count, BODY)                                   \
  do {                                                             \
    size_t i = 0;                                                  \
    for (; i + LANES <= (count); i += LANES) {                     \
      BODY(READ_WHOLE, WRITE_WHOLE)                                \
    }                                                              \
    if (i < (count)) {                                             \
      const size_t rest = (count) - i;                             \
      BODY(READ_REST, WRITE_REST)                                  \
    }                                                              \
  } while (0)
#define READ_WHOLE(p) load((p) + i)
#define WRITE_WHOLE(p, v) store((p) + i, v)
#define READ_REST(p) load_first((p) + i, rest)
#define WRITE_REST(p, v) store_first((p) + i, v, rest)
