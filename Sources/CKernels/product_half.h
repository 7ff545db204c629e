/* Products of matrices that are rounded to bfloat16, the upper half of a float; sums are floats.
 *
 * Numbers lie in pairs, one word each, the first in the lower half: of the left matrix two columns of a
 * row, of the right matrix two rows of a column, in panels as in product.h. Where the machine has an
 * instruction that multiplies pairs and adds them, it gives a sum the same bits as the other way, since
 * products of two bfloat16 are floats; subnormal numbers apart, which it takes for zero. */

#define UPPER_HALF 0xffff0000u
#define PAIRS(k) (((k) + 1) / 2)

/* The nearest bfloat16, ties to even, in the upper half; what is no number stays so. */
INLINE uvec upper_half(vec x) {
  const uvec bits = (uvec)x;
  const uvec rounded = bits + 0x7fffu + (bits >> 16 & 1);
  return (x == x ? rounded : bits | 0x400000u) & UPPER_HALF;
}

/* pairs[i, l] = x[i, 2 l] and x[i, 2 l + 1]; a column that lacks its second has zero there. */
INLINE void round_rows(const int has_instruction, const float *x, size_t ldx, size_t rows,
                       size_t columns, uint32_t *pairs, size_t stride) {
  (void)has_instruction;
  for (size_t i = 0; i < rows; i++, x += ldx, pairs += stride) {
    for (size_t j = 0; j < columns; j += 2 * LANES) {
      const size_t left = columns - j, some = left < LANES ? left : LANES;
      const size_t others = left < LANES ? 0 : left - LANES < LANES ? left - LANES : LANES;
      const vec a = load_first(x + j, some);
      const vec b = others > 0 ? load_first(x + j + LANES, others) : (vec)0;
      uvec words;
#if VECTOR_BYTES == 64
      if (has_instruction)
        words = (uvec)_mm512_cvtne2ps_pbh(b, a);
      else
#endif
        words = upper_half(even_lanes(a, b)) >> 16 | upper_half(odd_lanes(a, b));
      store_first((float *)(pairs + j / 2), (vec)words, PAIRS(some + others));
    }
  }
}

KERNEL size_t half_packed_count(size_t k, size_t n) {
  return PAIRS(k) * ((n + LANES - 1) / LANES * LANES);
}

/* A word of every column of two rows, the first in the lower halves. */
INLINE uvec words_of(const int has_instruction, vec first, vec second) {
#if VECTOR_BYTES == 64
  if (has_instruction) {
    const uvec low = (uvec)_mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(first));
    return low | (uvec)_mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(second)) << 16;
  }
#endif
  (void)has_instruction;
  return upper_half(first) >> 16 | upper_half(second);
}

/* pairs[l, j] = x[2 l, j] and x[2 l + 1, j]; a row that lacks its second has zeros there. */
INLINE void round_columns(const int has_instruction, const float *x, size_t ldx, size_t rows,
                          size_t columns, uint32_t *pairs, size_t stride) {
  for (size_t l = 0; l < rows; l += 2, x += 2 * ldx, pairs += stride) {
    for (size_t j = 0; j < columns; j += LANES) {
      const size_t some = columns - j < LANES ? columns - j : LANES;
      const vec second = l + 1 < rows ? load_first(x + ldx + j, some) : (vec)0;
      const uvec words = words_of(has_instruction, load_first(x + j, some), second);
      store_first((float *)(pairs + j), (vec)words, some);
    }
  }
}

/* Some columns of b in pairs of rows, as a panel. */
INLINE void pack_half_panel(const int has_instruction, const float *b, size_t ldb, size_t k,
                            size_t width, size_t padded, uint32_t *packed) {
  if (width < padded) __builtin_memset(packed, 0, PAIRS(k) * padded * sizeof *packed);
  round_columns(has_instruction, b, ldb, k, width, packed, padded);
}

/* Some rows of b in pairs of columns, transposed, as a panel. */
INLINE void pack_transposed_half_panel(const int has_instruction, const float *b, size_t ldb,
                                       size_t k, size_t width, size_t padded, uint32_t *packed) {
  for (size_t l = 0; l < PAIRS(k); l += LANES) {
    const size_t pairs = PAIRS(k) - l < LANES ? PAIRS(k) - l : LANES;
    const size_t columns = k - 2 * l < 2 * LANES ? k - 2 * l : 2 * LANES;
    for (size_t j = 0; j < padded; j += LANES) {
      const size_t rows = width - j < LANES ? width - j : LANES;
      float square[LANES * LANES] __attribute__((aligned(VECTOR_BYTES))) = {0};
      float turned[LANES * LANES] __attribute__((aligned(VECTOR_BYTES)));
      round_rows(has_instruction, b + j * ldb + 2 * l, ldb, rows, columns, (uint32_t *)square, LANES);
      pack_square(square, LANES, turned, LANES);
      for (size_t i = 0; i < pairs; i++)
        store((float *)(packed + (l + i) * padded + j), load(turned + i * LANES));
    }
  }
}

INLINE void pack_half_panels(const int has_instruction, const float *b, size_t ldb, size_t k,
                             size_t n, int transposed, uint32_t *packed) {
  for (size_t column = 0; column < n; column += PANEL) {
    const size_t width = n - column < PANEL ? n - column : PANEL;
    const size_t padded = width <= LANES ? LANES : PANEL;
    if (transposed)
      pack_transposed_half_panel(has_instruction, b + column * ldb, ldb, k, width, padded, packed);
    else
      pack_half_panel(has_instruction, b + column, ldb, k, width, padded, packed);
    packed += PAIRS(k) * padded;
  }
}

/* sum + left1 right1, then + left0 right0. */
INLINE vec add_pair(const int has_instruction, vec sum, uint32_t left, uvec right) {
  (void)has_instruction;
#if VECTOR_BYTES == 64
  if (has_instruction)
    return _mm512_dpbf16_ps(sum, (__m512bh)(uvec)left, (__m512bh)right);
#endif
  const uvec word = (uvec)left;
  sum = fused((vec)(word & UPPER_HALF), (vec)(right & UPPER_HALF), sum);
  return fused((vec)(word << 16), (vec)(right << 16), sum);
}

INLINE void multiply_half_tile(const int has_instruction, const int rows, const int vectors,
                               size_t pairs, const uint32_t *a, size_t a_row, size_t a_column,
                               const uint32_t *b, real *sums) {
  vec sum[TILE_ROWS][PANEL_VECTORS];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = (vec)0;
  for (size_t l = 0; l < pairs; l++, a += a_column, b += vectors * LANES) {
    uvec right[PANEL_VECTORS];
    UNROLL for (int j = 0; j < vectors; j++) right[j] = (uvec)load((const float *)b + j * LANES);
    UNROLL for (int i = 0; i < rows; i++)
      UNROLL for (int j = 0; j < vectors; j++)
        sum[i][j] = add_pair(has_instruction, sum[i][j], a[(size_t)i * a_row], right[j]);
  }
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < vectors; j++) store(sums + i * PANEL + j * LANES, sum[i][j]);
}

typedef void (*half_tile)(size_t pairs, const uint32_t *a, size_t a_row, size_t a_column,
                          const uint32_t *b, real *sums);
#define DEFINE_HALF_TILE(way, has_instruction, rows, vectors)                                   \
  static void half_tile_##way##_##rows##_##vectors(size_t pairs, const uint32_t *a,             \
                                                   size_t a_row, size_t a_column,               \
                                                   const uint32_t *b, real *sums) {             \
    multiply_half_tile(has_instruction, rows, vectors, pairs, a, a_row, a_column, b, sums);     \
  }

INLINE void multiply_half_tiles(const ornstein_half_product *half,
                                const half_tile tiles[PANEL_VECTORS][TILE_ROWS]) {
  const PRODUCT product = {
      .m = half->m, .n = half->n, .c = half->c, .ldc = half->ldc, .bias = half->bias,
      .residual = half->residual, .derivative = half->derivative, .product = half->product,
      .epilogue = half->epilogue};
  const PRODUCT *p = &product;
  if (p->m == 0) return;
  const size_t pairs = PAIRS(half->k), count = (p->m + TILE_ROWS - 1) / TILE_ROWS;
  const size_t base = p->m / count, longer = p->m % count;
  real sums[TILE_ROWS * PANEL] __attribute__((aligned(64)));
  for (size_t tile = 0, row = 0; tile < count; tile++) {
    const size_t rows = base + (tile < longer);
    const uint32_t *a = half->a + row * half->a_row;
    for (size_t column = 0; column < p->n; column += PANEL) {
      const size_t width = p->n - column < PANEL ? p->n - column : PANEL;
      const int vectors = width <= LANES ? 1 : 2;
      prefetch_rows(p->c, p->ldc, row, rows, column);
      prefetch_rows(p->residual, p->ldc, row, rows, column);
      prefetch_rows(p->derivative, p->ldc, row, rows, column);
      prefetch_rows(p->product, p->ldc, row, rows, column);
      tiles[vectors - 1][rows - 1](pairs, a, half->a_row, half->a_column,
                                   half->packed_b + column * pairs, sums);
      finish_tile(p, sums, row, rows, column, width);
    }
    row += rows;
  }
}

#define DEFINE_HALF_PRODUCT(way, has_instruction)                                              \
  FOR_TILE_ROWS(way##_TILES)                                                                   \
  static const half_tile half_tiles_##way[PANEL_VECTORS][TILE_ROWS] = {                        \
      {FOR_TILE_ROWS(way##_ONE_VECTOR)}, {FOR_TILE_ROWS(way##_TWO_VECTORS)}};                  \
  KERNEL void multiply_halves_##way(const ornstein_half_product *product) {                    \
    multiply_half_tiles(product, half_tiles_##way);                                            \
  }                                                                                            \
  KERNEL void round_to_halves_##way(const float *x, size_t ldx, size_t rows, size_t columns,   \
                                    int down, uint32_t *pairs, size_t stride) {                \
    if (down)                                                                                  \
      round_columns(has_instruction, x, ldx, rows, columns, pairs, stride);                    \
    else                                                                                       \
      round_rows(has_instruction, x, ldx, rows, columns, pairs, stride);                       \
  }                                                                                            \
  KERNEL void pack_halves_##way(const float *b, size_t ldb, size_t k, size_t n, int transposed, \
                                uint32_t *packed) {                                            \
    pack_half_panels(has_instruction, b, ldb, k, n, transposed, packed);                       \
  }

#define PLAIN_TILES(rows) DEFINE_HALF_TILE(PLAIN, 0, rows, 1) DEFINE_HALF_TILE(PLAIN, 0, rows, 2)
#define PLAIN_ONE_VECTOR(rows) half_tile_PLAIN_##rows##_1,
#define PLAIN_TWO_VECTORS(rows) half_tile_PLAIN_##rows##_2,
DEFINE_HALF_PRODUCT(PLAIN, 0)
#if VECTOR_BYTES == 64
#define DOT_TILES(rows) DEFINE_HALF_TILE(DOT, 1, rows, 1) DEFINE_HALF_TILE(DOT, 1, rows, 2)
#define DOT_ONE_VECTOR(rows) half_tile_DOT_##rows##_1,
#define DOT_TWO_VECTORS(rows) half_tile_DOT_##rows##_2,
DEFINE_HALF_PRODUCT(DOT, 1)
#endif
