/* Elementary functions on vectors, and over arrays. Polynomials are minimax (Remez). */

#undef LOG2_E
#undef LN2_HIGH
#undef LN2_LOW
#undef ROUNDER
#undef MANTISSA_BITS
#undef EXPONENT_BIAS
#undef EXP_HIGHEST
#undef EXP_LOWEST
#undef EXP_LOWEST_NORMAL
#undef REAL_MAX
#undef REAL_MIN
#undef ROOT_HALF_BITS
#undef TAU
#undef TAU_LOW

#if DOUBLE_PRECISION
#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023u
#define LOG2_E 0x1.71547652b82fep+0
#define LN2_HIGH 6.93147180369123816490e-01 /* 32 bits, so that its multiples are exact */
#define LN2_LOW 1.90821492927058770002e-10
#define ROUNDER 0x1.8p52 /* x + ROUNDER has the nearest integer of x in its low bits */
#define EXP_HIGHEST 710.0
#define EXP_LOWEST -746.0
#define EXP_LOWEST_NORMAL -708.0
#define REAL_MAX 0x1.fffffffffffffp1023
#define REAL_MIN 0x1p-1022
#define ROOT_HALF_BITS 0x3fe6a09e00000000u
#define TAU 0x1.921fb54442d18p+2
#define TAU_LOW 2.4492935982947064e-16
#else
#define MANTISSA_BITS 23
#define EXPONENT_BIAS 127u
#define LOG2_E 0x1.715476p+0f
#define LN2_HIGH 0.693359375f /* 9 bits */
#define LN2_LOW -2.12194440e-4f
#define ROUNDER 0x1.8p23f
#define EXP_HIGHEST 89.0f
#define EXP_LOWEST -104.0f
#define EXP_LOWEST_NORMAL -87.0f
#define REAL_MAX 0x1.fffffep127f
#define REAL_MIN 0x1p-126f
#define ROOT_HALF_BITS 0x3f3504f3u
#define TAU 0x1.921fb6p+2f
#define TAU_LOW -1.7484555e-07f
#endif

/* e^x = 2^n p with p in [0.7, 1.42]: returns p and, in the low bits of *rounded, n. */
INLINE vec exponential_parts(vec x, vec *rounded) {
  *rounded = fused(x, (vec)LOG2_E, (vec)ROUNDER);
  vec n = *rounded - ROUNDER;
  vec r = fused(n, (vec)-LN2_HIGH, x);
  r = fused(n, (vec)-LN2_LOW, r);
#if DOUBLE_PRECISION
  vec p = fused(r, (vec)2.001450425412868e-09, (vec)2.508050311893043e-08);
  p = fused(p, r, (vec)2.755951590382789e-07);
  p = fused(p, r, (vec)2.7557314964321046e-06);
  p = fused(p, r, (vec)2.480158549400162e-05);
  p = fused(p, r, (vec)0.00019841269829093674);
  p = fused(p, r, (vec)0.0013888888889457944);
  p = fused(p, r, (vec)0.008333333333338798);
  p = fused(p, r, (vec)0.041666666666666075);
  p = fused(p, r, (vec)0.1666666666666666);
  p = fused(p, r, (vec)0.5);
#else
  vec p = fused(r, (vec)1.3814538e-03f, (vec)8.368745e-03f);
  p = fused(p, r, (vec)4.166839e-02f);
  p = fused(p, r, (vec)1.6666521e-01f);
  p = fused(p, r, (vec)4.9999994e-01f);
#endif
  p = fused(p, r, (vec)1.0);
  return fused(p, r, (vec)1.0);
}

/* 2^n of an integer n for which it is a normal number. */
INLINE vec power_of_two(uvec n) { return (vec)((n + EXPONENT_BIAS) << MANTISSA_BITS); }

/* e^x on the whole line, subnormal results included. */
INLINE vec exponential(vec x) {
  vec rounded;
  vec p = exponential_parts(at_least(at_most(x, (vec)EXP_HIGHEST), (vec)EXP_LOWEST), &rounded);
  ivec n = (ivec)((uvec)rounded - (uvec)(vec)ROUNDER);
  ivec half = (ivec)(((uvec)n + 4096u) >> 1) - 2048;
  return p * power_of_two((uvec)half) * power_of_two((uvec)(n - half));
}

/* e^x for x <= 0, zero where e^x < e^EXP_LOWEST_NORMAL. */
INLINE vec exponential_of_nonpositive(vec x) {
#if TABLE_LANES && !DOUBLE_PRECISION
  /* e^x = 2^(n / TABLE_LANES) e^r. Adding n to the exponent field in units of 1 / TABLE_LANES leaves
   * the fraction of n in the upper bits of the mantissa: the table, 2^(i / TABLE_LANES) in bits less
   * i in those units, mends it. */
  static const float table[TABLE_LANES] __attribute__((aligned(64))) = POWER_TABLE;
  const int unit = MANTISSA_BITS - TABLE_BITS;
  vec rounded = fused(x, (vec)LOG2_E, (vec)(ROUNDER / TABLE_LANES));
  vec n = rounded - (vec)(ROUNDER / TABLE_LANES);
  vec r = fused(n, (vec)-0.693147182f, x);
  r = fused(n, (vec)1.9046542e-9f, r);
  vec power = (vec)((uvec)look_up(table, (uvec)rounded) + ((uvec)rounded << unit));
#if TABLE_LANES == 16
  vec p = fused(r, (vec)(1 / 6.0f), (vec)0.5f);
#else
  vec p = fused(r, (vec)(1 / 24.0f), (vec)(1 / 6.0f));
  p = fused(p, r, (vec)0.5f);
#endif
  p = fused(p, r, (vec)1.0f);
  vec y = fused(power * r, p, power);
#else
  vec rounded;
  vec p = exponential_parts(x, &rounded);
  vec y = p * power_of_two((uvec)rounded - (uvec)(vec)ROUNDER);
#endif
  return x < (vec)EXP_LOWEST_NORMAL ? (vec)0 : y;
}

/* log x of a positive normal number. */
INLINE vec logarithm_of_normal(vec x) {
  /* x = 2^n (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); the shift is made of a nonnegative number. */
  const integer lift = (integer)EXPONENT_BIAS + 1;
  uvec bits = (uvec)x - (uvec)ROOT_HALF_BITS + (uvec)(lift << MANTISSA_BITS);
  uvec shifted = bits >> MANTISSA_BITS;
  vec f = (vec)((uvec)x - ((shifted - (uvec)lift) << MANTISSA_BITS)) - (real)1;
  vec n = (vec)(shifted + (uvec)(vec)ROUNDER) - ((vec)ROUNDER + (real)lift);
#if DOUBLE_PRECISION
  /* FreeBSD's e_log.c: log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f). */
  vec s = f / (f + 2);
  vec z = s * s;
  vec q = fused(z, (vec)1.479819860511658591e-01, (vec)1.531383769920937332e-01);
  q = fused(q, z, (vec)1.818357216161805012e-01);
  q = fused(q, z, (vec)2.222219843214978396e-01);
  q = fused(q, z, (vec)2.857142874366239149e-01);
  q = fused(q, z, (vec)3.999999999940941908e-01);
  q = fused(q, z, (vec)6.666666666666735130e-01) * z;
  vec half_square = f * f * 0.5;
  vec low = fused(s, half_square + q, n * LN2_LOW);
  return fused(n, (vec)LN2_HIGH, f - (half_square - low));
#else
  vec z = f * f;
  /* Halves of the polynomial side by side: a chain half as long. */
  vec q01 = fused(f, (vec)-2.500081e-01f, (vec)3.3333316e-01f);
  vec q23 = fused(f, (vec)-1.6624492e-01f, (vec)2.0002288e-01f);
  vec q45 = fused(f, (vec)-1.3129355e-01f, (vec)1.4181116e-01f);
  vec q67 = fused(f, (vec)-7.8587376e-02f, (vec)1.2882389e-01f);
  vec q = fused(fused(q67, z, q45), z * z, fused(q23, z, q01));
  vec low = fused(q, f * z, n * LN2_LOW);
  return fused(n, (vec)LN2_HIGH, f + fused(z, (vec)-0.5f, low));
#endif
}

INLINE vec logarithm(vec x) {
  const real scale = (real)((integer)1 << MANTISSA_BITS);
  ivec small = x < (vec)REAL_MIN;
  vec y = logarithm_of_normal(small ? x * scale : x);
  y -= small ? (vec)(real)(MANTISSA_BITS * 0.69314718055994530942) : (vec)0;
  y = x < (vec)0 ? (vec)__builtin_nan("") : y;
  y = x == (vec)0 ? (vec)-__builtin_inf() : y;
  return x <= (vec)REAL_MAX ? y : x; /* infinity and NaN */
}

/* sin and cos of 2 pi t, |t| <= 1/8. */
INLINE void sine_and_cosine_of_eighth(vec t, vec *sine, vec *cosine) {
  vec z = t * t;
#if DOUBLE_PRECISION
  vec s = fused(z, (vec)3.7813587286761035, (vec)-15.093828998600214);
  s = fused(s, z, (vec)42.05868550170975);
  s = fused(s, z, (vec)-76.70585970874943);
  s = fused(s, z, (vec)81.60524927596812);
  s = fused(s, z, (vec)-41.34170224039968);
  vec c = fused(z, (vec)-1.6970166202529935, (vec)7.903101464565342);
  c = fused(c, z, (vec)-26.426251137050475);
  c = fused(c, z, (vec)60.244641331579516);
  c = fused(c, z, (vec)-85.4568172065399);
  c = fused(c, z, (vec)64.93939402266801);
  c = fused(c, z, (vec)-19.739208802178716);
#else
  vec s = fused(z, (vec)-75.453148f, (vec)81.593933f);
  s = fused(s, z, (vec)-41.341675f);
  vec c = fused(z, (vec)59.245766f, (vec)-85.443733f);
  c = fused(c, z, (vec)64.939323f);
  c = fused(c, z, (vec)-19.739208f);
#endif
  *sine = fused(t, (vec)TAU, t * fused(s, z, (vec)TAU_LOW));
  *cosine = fused(c, z, (vec)1);
}

/* sin and cos of 2 pi t after some quarter turns, |t| <= 1/8. */
INLINE void sine_and_cosine_of_turns(vec t, uvec quarters, vec *sine, vec *cosine) {
  vec s, c;
  sine_and_cosine_of_eighth(t, &s, &c);
  const int top = sizeof(real) * 8 - 1;
  ivec odd = (ivec)((quarters & 1) != 0);
  uvec sine_sign = (quarters >> 1) << top;
  uvec cosine_sign = ((quarters + 1) >> 1) << top;
  *sine = (vec)((uvec)(odd ? c : s) ^ sine_sign);
  *cosine = (vec)((uvec)(odd ? s : c) ^ cosine_sign);
}

INLINE void sine_and_cosine(vec x, vec *sine, vec *cosine) {
  /* The nearest integer of x; numbers from integer_limit on are integers, infinity makes NaN. */
  const real integer_limit = (real)((integer)1 << MANTISSA_BITS);
  uvec sign = (uvec)x & ((uvec)1 << (sizeof(real) * 8 - 1));
  vec rounder = (vec)((uvec)(vec)integer_limit | sign);
  vec turn = x - (magnitude(x) < (vec)integer_limit ? (x + rounder) - rounder : x);
  vec rounded = fused(turn, (vec)4, (vec)ROUNDER);
  vec t = turn - (rounded - ROUNDER) * (real)0.25;
  sine_and_cosine_of_turns(t, (uvec)rounded, sine, cosine);
}

/* x / (1 + e^-x) and its derivative, by way of e^-|x|, which cannot overflow. */
INLINE void sigmoid_linear_unit(vec x, vec *y, vec *derivative) {
  vec a = exponential_of_nonpositive(-magnitude(x));
  vec larger = (real)1 / (a + (real)1);
  vec smaller = a * larger;
  ivec negative = x < (vec)0;
  vec sigmoid = negative ? smaller : larger;
  vec complement = negative ? larger : smaller;
  *y = x * sigmoid;
  *derivative = fused(*y, complement, sigmoid);
}

/* ---- Over arrays ---------------------------------------------------------------------------- */

KERNEL void exponentials(const real *x, real *y, size_t count) {
#define BODY(READ, WRITE) WRITE(y, exponential(READ(x)));
  FOR_VECTORS(count, BODY);
#undef BODY
}

KERNEL void logarithms(const real *x, real *y, size_t count) {
#define BODY(READ, WRITE) WRITE(y, logarithm(READ(x)));
  FOR_VECTORS(count, BODY);
#undef BODY
}

KERNEL void sines_and_cosines(const real *x, real *sine, real *cosine, size_t count) {
#define BODY(READ, WRITE)               \
  vec s, c;                             \
  sine_and_cosine(READ(x), &s, &c);     \
  WRITE(sine, s);                       \
  WRITE(cosine, c);
  FOR_VECTORS(count, BODY);
#undef BODY
}

KERNEL void sigmoid_linear_units(const real *x, real *y, real *derivative, size_t count) {
  /* The limits at infinity, which the formula meets as infinity times zero. */
#define VALUE(READ)                                                            \
  vec v = READ(x), h, d;                                                       \
  sigmoid_linear_unit(at_least(at_most(v, (vec)REAL_MAX), (vec)-REAL_MAX), &h, &d); \
  h = v > (vec)REAL_MAX ? v : h;
#define VALUE_ONLY(READ, WRITE) VALUE(READ) WRITE(y, h);
#define BOTH(READ, WRITE) VALUE(READ) WRITE(y, h); WRITE(derivative, d);
  if (derivative) {
    FOR_VECTORS(count, BOTH);
  } else {
    FOR_VECTORS(count, VALUE_ONLY);
  }
#undef VALUE
#undef VALUE_ONLY
#undef BOTH
}
