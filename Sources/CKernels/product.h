/* Packed matrix products.
 *
 * The right matrix lies in panels of PANEL columns, row by row, the last panel padded with zeros and,
 * where one vector holds it, one vector wide. Tiles of at most TILE_ROWS rows meet one panel at a
 * time: every element is one chain of fused multiplications over l = 0, 1, ... from zero, whatever the
 * height of its tile, so the bits of a row depend on the row and the matrix alone. */

#undef PANEL
#undef PRODUCT
#define PANEL (PANEL_VECTORS * LANES)
#define PRODUCT NAMED(ornstein_product)
/* Bytes of packed panels that stay in the second-level cache while all rows pass. */
#define PANEL_BLOCK_BYTES (512 << 10)

KERNEL size_t packed_count(size_t k, size_t n, const real *unused) {
  (void)unused;
  const size_t rest = n % PANEL;
  return k * (n - rest + (rest == 0 ? 0 : rest <= LANES ? LANES : PANEL));
}

KERNEL void pack(const real *b, size_t ldb, size_t k, size_t n, int transposed, real *packed) {
  for (size_t column = 0; column < n; column += PANEL) {
    const size_t width = n - column < PANEL ? n - column : PANEL;
    const size_t padded = width <= LANES ? LANES : PANEL;
    for (size_t l = 0; l < k; l++, packed += padded) {
      if (transposed) {
        const real *source = b + column * ldb + l;
        for (size_t j = 0; j < width; j++) packed[j] = source[j * ldb];
      } else {
        __builtin_memcpy(packed, b + l * ldb + column, width * sizeof(real));
      }
      for (size_t j = width; j < padded; j++) packed[j] = 0;
    }
  }
}

/* sums[i, :] = sum_l a[i, l] b[l, :] for one tile and one panel. */
INLINE void multiply_tile(const int rows, const int vectors, size_t k, const real *a, size_t a_row,
                          size_t a_column, const real *b, real *sums) {
  vec sum[TILE_ROWS][PANEL_VECTORS];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = (vec)0;
  for (size_t l = 0; l < k; l++) {
    vec right[PANEL_VECTORS];
    UNROLL for (int j = 0; j < vectors; j++) right[j] = load(b + j * LANES);
    UNROLL for (int i = 0; i < rows; i++) {
      const vec left = (vec)a[(size_t)i * a_row];
      UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = fused(left, right[j], sum[i][j]);
    }
    a += a_column;
    b += vectors * LANES;
  }
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < vectors; j++) store(sums + i * PANEL + j * LANES, sum[i][j]);
}

#undef TILE
#define TILE NAMED(tile)
typedef void (*TILE)(size_t k, const real *a, size_t a_row, size_t a_column, const real *b,
                     real *sums);

#define DEFINE_TILE(rows, vectors)                                                                \
  static void NAMED(tile_##rows##_##vectors)(size_t k, const real *a, size_t a_row,               \
                                             size_t a_column, const real *b, real *sums) {        \
    multiply_tile(rows, vectors, k, a, a_row, a_column, b, sums);                                 \
  }
#define DEFINE_TILES(rows) DEFINE_TILE(rows, 1) DEFINE_TILE(rows, 2)
#define ONE_VECTOR_TILE(rows) NAMED(tile_##rows##_1),
#define TWO_VECTOR_TILE(rows) NAMED(tile_##rows##_2),
FOR_TILE_ROWS(DEFINE_TILES)
static const TILE NAMED(tiles)[PANEL_VECTORS][TILE_ROWS] = {
    {FOR_TILE_ROWS(ONE_VECTOR_TILE)}, {FOR_TILE_ROWS(TWO_VECTOR_TILE)}};
#undef DEFINE_TILE
#undef DEFINE_TILES
#undef ONE_VECTOR_TILE
#undef TWO_VECTOR_TILE

/* The epilogue of some lanes of a row; at is their offset in c, column in the bias. */
#define EPILOGUE(READ, WRITE)                                                     \
  vec v = load(sums);                                                             \
  if (p->bias) v += READ(p->bias + column);                                       \
  if (p->epilogue == ORNSTEIN_EPILOGUE_SILU) {                                    \
    vec y, derivative;                                                            \
    sigmoid_linear_unit(v, &y, &derivative);                                      \
    if (p->residual) y += READ(p->residual + at);                                 \
    WRITE(p->c + at, y);                                                          \
    if (p->derivative) WRITE(p->derivative + at, derivative);                     \
  } else if (p->epilogue == ORNSTEIN_EPILOGUE_BACKWARD) {                         \
    if (p->residual) v += READ(p->residual + at);                                 \
    if (p->c) WRITE(p->c + at, v);                                                \
    WRITE(p->product + at, v * READ(p->derivative + at));                         \
  } else if (p->accumulate) {                                                     \
    WRITE(p->c + at, READ(p->c + at) + v);                                        \
  } else {                                                                        \
    if (p->residual) v += READ(p->residual + at);                                 \
    WRITE(p->c + at, v);                                                          \
  }
#define READ_ALL(p) load(p)
#define WRITE_ALL(p, v) store(p, v)
#define READ_SOME(p) load_first(p, some)
#define WRITE_SOME(p, v) store_first(p, v, some)

INLINE void finish_tile(const PRODUCT *p, const real *sums, size_t row, size_t rows,
                        size_t first_column, size_t width) {
  for (size_t i = 0; i < rows; i++, sums += PANEL) {
    const real *line = sums;
    for (size_t j = 0; j < width; j += LANES) {
      const real *sums = line + j;
      const size_t column = first_column + j, at = (row + i) * p->ldc + column;
      const size_t some = width - j;
      if (some >= LANES) {
        EPILOGUE(READ_ALL, WRITE_ALL)
      } else {
        EPILOGUE(READ_SOME, WRITE_SOME)
      }
    }
  }
}

/* Asks for the cache lines of some rows of an m-by-n matrix: what the epilogue will meet. */
INLINE void prefetch_rows(const real *matrix, size_t ldc, size_t row, size_t rows, size_t column) {
  if (!matrix) return;
  for (size_t i = row; i < row + rows; i++)
    for (size_t j = 0; j < PANEL * sizeof(real); j += 64)
      __builtin_prefetch((const char *)(matrix + i * ldc + column) + j, 0, 2);
}

/* Asks for a part, one of parts, of the left matrix's next tile. */
INLINE void prefetch_left(const PRODUCT *p, size_t row, size_t rows, size_t part, size_t parts) {
  if (p->a_column != 1) return;
  const size_t line = 64 / sizeof(real), first = p->k * part / parts, end = p->k * (part + 1) / parts;
  for (size_t i = row; i < row + rows && i < p->m; i++)
    for (size_t l = first; l < end; l += line)
      __builtin_prefetch(p->a + i * p->a_row + l, 0, 2);
}

KERNEL void multiply(const PRODUCT *p) {
  real sums[TILE_ROWS * PANEL] __attribute__((aligned(64)));
  if (p->m == 0) return;
  const size_t tiles = (p->m + TILE_ROWS - 1) / TILE_ROWS;
  const size_t base = p->m / tiles, longer = p->m % tiles;
  size_t block = p->k == 0 ? p->n : PANEL_BLOCK_BYTES / (p->k * PANEL * sizeof(real)) * PANEL;
  if (block == 0) block = PANEL;
  for (size_t first = 0; first < p->n; first += block) {
    const size_t end = p->n - first < block ? p->n : first + block;
    for (size_t tile = 0, row = 0; tile < tiles; tile++) {
      const size_t rows = base + (tile < longer);
      const real *a = p->a + row * p->a_row;
      for (size_t column = first; column < end; column += PANEL) {
        const size_t width = end - column < PANEL ? end - column : PANEL;
        const int vectors = width <= LANES ? 1 : 2;
        if (1) prefetch_rows(p->c, p->ldc, row, rows, column);
        if ((1) && p->epilogue == ORNSTEIN_EPILOGUE_BACKWARD)
          prefetch_rows(p->derivative, p->ldc, row, rows, column);
        if ((1) && p->epilogue == ORNSTEIN_EPILOGUE_BACKWARD)
          prefetch_rows(p->product, p->ldc, row, rows, column);
        prefetch_rows(p->residual, p->ldc, row, rows, column);
        if (1) prefetch_left(p, row + rows, rows, (column - first) / PANEL, (end - first + PANEL - 1) / PANEL);
        NAMED(tiles)
        [vectors - 1][rows - 1](p->k, a, p->a_row, p->a_column, p->packed_b + column * p->k, sums);
        finish_tile(p, sums, row, rows, column, width);
      }
      row += rows;
    }
  }
}
