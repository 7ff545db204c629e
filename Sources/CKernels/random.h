/* Normals and uniforms from the words of Philox, and the update of a sampler that draws them. */

#undef GROUP_ELEMENTS
#if DOUBLE_PRECISION
#define GROUP_ELEMENTS 32
#else
#define GROUP_ELEMENTS 64
#endif

#if DOUBLE_PRECISION
/* A number of [0, 1), a multiple of 2^-52, made of LANES low and high words. */
INLINE vec unit_interval(const uint32_t *low, const uint32_t *high) {
  typedef uint32_t half __attribute__((ext_vector_type(LANES)));
  half l, h;
  __builtin_memcpy(&l, low, sizeof l);
  __builtin_memcpy(&h, high, sizeof h);
  uvec bits = (__builtin_convertvector(h, uvec) << 32) | __builtin_convertvector(l, uvec);
  return (vec)((bits >> 12) | (uvec)(vec)1.0) - 1.0;
}
#else
INLINE uvec load_words(const uint32_t *words) {
  uvec v;
  __builtin_memcpy(&v, words, sizeof v);
  return v;
}
#endif

/* -2 log u of a positive normal number, to 4 roundoffs. */
INLINE vec squared_radius(vec u) {
#if TABLE_LANES == 16 && !DOUBLE_PRECISION
  /* u = 2^n c (1 + r) with c the nearest 16th, so that r is at most 1/32. */
  static const float inverse[TABLE_LANES] __attribute__((aligned(64))) = INVERSE_TABLE;
  static const float logarithm[TABLE_LANES] __attribute__((aligned(64))) = LOGARITHM_TABLE;
  uvec rounded = (uvec)u + (1u << (MANTISSA_BITS - TABLE_BITS - 1));
  uvec index = rounded >> (MANTISSA_BITS - TABLE_BITS);
  uvec exponent = rounded >> MANTISSA_BITS;
  vec n = (vec)(exponent + (uvec)(vec)ROUNDER) - ((vec)ROUNDER + (real)EXPONENT_BIAS);
  vec m = (vec)((uvec)u - ((exponent - EXPONENT_BIAS) << MANTISSA_BITS));
  vec r = fused(m, look_up(inverse, index), (vec)-1.0f);
  vec p = fused(r, (vec)(-2 / 5.0f), (vec)(1 / 2.0f));
  p = fused(p, r, (vec)(-2 / 3.0f));
  p = fused(p, r, (vec)1.0f);
  p = fused(p, r, (vec)-2.0f);
  return fused(p, r, fused(n, (vec)-1.386294361f, look_up(logarithm, index)));
#else
  return logarithm_of_normal(u) * -2;
#endif
}

/* Elements of groups of 4 x 16 words. */
INLINE void group_normals(const uint32_t *words, real *output) {
  for (size_t l = 0; l < GROUP_BLOCKS; l += LANES) {
#if DOUBLE_PRECISION
    vec sine, cosine;
    vec u = unit_interval(words + l, words + 16 + l) + 0x1p-53;
    sine_and_cosine(unit_interval(words + 32 + l, words + 48 + l), &sine, &cosine);
    vec radius = square_root(squared_radius(u));
    store(output + l, radius * cosine);
    store(output + 16 + l, radius * sine);
#else
    UNROLL for (int j = 0; j < 4; j += 2) {
      /* u = (w + 1/2) / 2^31 of the upper 31 bits, which reaches 1 by rounding. */
      uvec w = load_words(words + 16 * j + l) >> 1;
      vec u = fused(__builtin_convertvector((ivec)w, vec), (vec)0x1p-31f, (vec)0x1p-32f);
      uvec angle = load_words(words + 16 * (j + 1) + l);
      vec t = __builtin_convertvector((ivec)angle, vec) * 0x1p-34f;
      vec s, c;
      sine_and_cosine_of_eighth(t, &s, &c);
      c = (vec)((uvec)c ^ (angle << 30 & 0x80000000u));
      ivec swapped = (ivec)((angle & 1) != 0);
      vec cosine = swapped ? s : c, sine = swapped ? c : s;
      vec radius = square_root(squared_radius(u));
      store(output + 16 * j + l, radius * cosine);
      store(output + 16 * (j + 1) + l, radius * sine);
    }
#endif
  }
}

INLINE void group_uniforms(const uint32_t *words, real *output) {
  for (size_t l = 0; l < GROUP_BLOCKS; l += LANES) {
#if DOUBLE_PRECISION
    UNROLL for (int j = 0; j < 2; j++)
      store(output + 16 * j + l,
            unit_interval(words + 32 * j + l, words + 32 * j + 16 + l) + 0x1p-53);
#else
    UNROLL for (int j = 0; j < 4; j++) {
      uvec w = load_words(words + 16 * j + l) >> 9;
      store(output + 16 * j + l,
            fused(__builtin_convertvector((ivec)w, vec), (vec)0x1p-23f, (vec)0x1p-24f));
    }
#endif
  }
}

/* A run of a stream that lies in at most SOME_GROUPS groups. */
#undef RUN
#define RUN NAMED(run)
typedef struct {
  uint64_t group; /* the first group */
  size_t groups;  /* how many, rounded up to an even number */
  size_t skip;    /* elements of the first group before the run */
  size_t count;   /* elements */
} RUN;

INLINE RUN next_run(uint64_t first, size_t count, const real *unused) {
  (void)unused;
  RUN run;
  run.group = first / GROUP_ELEMENTS;
  run.skip = first % GROUP_ELEMENTS;
  const size_t most = SOME_GROUPS * GROUP_ELEMENTS - run.skip;
  run.count = count < most ? count : most;
  run.groups = ((run.skip + run.count + 2 * GROUP_ELEMENTS - 1) / (2 * GROUP_ELEMENTS)) * 2;
  return run;
}

/* The elements of a run into output, or by way of buffer where it is not made of whole groups. */
#define DRAW(kind)                                                                             \
  KERNEL void kind(real *output, size_t count, ornstein_stream stream, uint64_t first) {       \
    uint32_t words[SOME_GROUPS * GROUP_WORDS] __attribute__((aligned(64)));                    \
    real buffer[SOME_GROUPS * GROUP_ELEMENTS] __attribute__((aligned(64)));                    \
    const philox_keys keys = philox_schedule(stream.seed);                                     \
    while (count > 0) {                                                                        \
      const RUN run = next_run(first, count, output);                                          \
      const int whole = run.skip == 0 && run.count == run.groups * GROUP_ELEMENTS;             \
      real *target = whole ? output : buffer;                                                  \
      philox_groups(&keys, stream, run.group, run.groups, words);                              \
      for (size_t g = 0; g < run.groups; g++)                                                  \
        group_##kind(words + g * GROUP_WORDS, target + g * GROUP_ELEMENTS);                    \
      if (!whole) __builtin_memcpy(output, buffer + run.skip, run.count * sizeof(real));       \
      output += run.count;                                                                     \
      first += run.count;                                                                      \
      count -= run.count;                                                                      \
    }                                                                                          \
  }

DRAW(normals)
DRAW(uniforms)
#undef DRAW

KERNEL void affine_step(real *x, const real *s, size_t count, real a, real b, real c,
                        ornstein_stream stream, uint64_t first) {
  if (c == 0) {
#define BODY(READ, WRITE) WRITE(x, fused((vec)b, READ(s), READ(x) * a));
    FOR_VECTORS(count, BODY);
#undef BODY
    return;
  }
  real z[SOME_GROUPS * GROUP_ELEMENTS] __attribute__((aligned(64)));
  while (count > 0) {
    const RUN run = next_run(first, count, x);
    normals(z, run.count, stream, first);
#define BODY(READ, WRITE) \
  WRITE(x, fused((vec)c, READ(z), fused((vec)b, READ(s), READ(x) * a)));
    FOR_VECTORS(run.count, BODY);
#undef BODY
    x += run.count;
    s += run.count;
    first += run.count;
    count -= run.count;
  }
}
