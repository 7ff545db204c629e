/* Packed matrix products.
 *
 * The right matrix lies in panels of PANEL columns, row by row, the last panel padded with zeros and,
 * where one vector holds it, one vector wide. Tiles of at most TILE_ROWS rows meet one panel at a
 * time: every element is one chain of fused multiplications over l = 0, 1, ... from zero, whatever the
 * height of its tile, so the bits of a row depend on the row and the matrix alone. Matrices of a few
 * columns take other ways, which keep the same rule. */

#undef PANEL
#undef PRODUCT
#define PANEL (PANEL_VECTORS * LANES)
#define PRODUCT NAMED(ornstein_product)
/* Columns for which a panel would be a waste, and the distance of their padded rows. */
#define NARROW 4
#define NARROW_STRIDE(k) (((k) + LANES - 1) / LANES * LANES)
/* Bytes of packed panels that stay in the second-level cache while all rows pass. */
#define PANEL_BLOCK_BYTES (512 << 10)

KERNEL size_t packed_count(size_t k, size_t n, const real *unused) {
  (void)unused;
  if (n <= NARROW) return n * NARROW_STRIDE(k);
  const size_t rest = n % PANEL;
  return k * (n - rest + (rest == 0 ? 0 : rest <= LANES ? LANES : PANEL));
}

/* One row of a panel after the other, as they lie. */
INLINE void pack_panel(const real *b, size_t ldb, size_t k, real *packed) {
  for (size_t l = 0; l < k; l++, b += ldb, packed += PANEL)
    UNROLL for (int j = 0; j < PANEL_VECTORS; j++) store(packed + j * LANES, load(b + j * LANES));
}

/* LANES rows of b become columns of a panel whose rows are `stride` apart: the perfect shuffle of rows,
 * as often as it takes to come back, is the transpose. */
INLINE void pack_square(const real *b, size_t ldb, real *packed, size_t stride) {
  vec row[LANES], next[LANES];
  UNROLL for (int i = 0; i < LANES; i++) row[i] = load(b + (size_t)i * ldb);
  UNROLL for (int stage = 1; stage < LANES; stage *= 2) {
    UNROLL for (int i = 0; i < LANES / 2; i++) {
      next[2 * i] = interleave_low(row[i], row[i + LANES / 2]);
      next[2 * i + 1] = interleave_high(row[i], row[i + LANES / 2]);
    }
    UNROLL for (int i = 0; i < LANES; i++) row[i] = next[i];
  }
  UNROLL for (int i = 0; i < LANES; i++) store(packed + (size_t)i * stride, row[i]);
}

INLINE void pack_transposed_panel(const real *b, size_t ldb, size_t k, real *packed) {
  size_t l = 0;
  for (; l + LANES <= k; l += LANES)
    for (int j = 0; j < PANEL_VECTORS; j++)
      pack_square(b + (size_t)(j * LANES) * ldb + l, ldb, packed + l * PANEL + j * LANES, PANEL);
  for (; l < k; l++)
    for (size_t j = 0; j < PANEL; j++) packed[l * PANEL + j] = b[j * ldb + l];
}

KERNEL void pack(const real *b, size_t ldb, size_t k, size_t n, int transposed, real *packed) {
  if (n <= NARROW) {
    const size_t stride = NARROW_STRIDE(k);
    for (size_t j = 0; j < n; j++, packed += stride) {
      for (size_t l = 0; l < k; l++) packed[l] = transposed ? b[j * ldb + l] : b[l * ldb + j];
      for (size_t l = k; l < stride; l++) packed[l] = 0;
    }
    return;
  }
  const size_t whole = n - n % PANEL;
  for (size_t column = 0; column < whole; column += PANEL, packed += k * PANEL) {
    if (transposed)
      pack_transposed_panel(b + column * ldb, ldb, k, packed);
    else
      pack_panel(b + column, ldb, k, packed);
  }
  const size_t width = n - whole, padded = width <= LANES ? LANES : PANEL;
  if (width == 0) return;
  for (size_t l = 0; l < k; l++, packed += padded) {
    for (size_t j = 0; j < width; j++)
      packed[j] = transposed ? b[(whole + j) * ldb + l] : b[l * ldb + whole + j];
    for (size_t j = width; j < padded; j++) packed[j] = 0;
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

/* ---- At most NARROW columns: the right matrix lies transposed, rows padded to whole vectors. --- */

/* The sum of all lanes: halves onto halves. */
INLINE real sum_of_lanes(vec v) {
  real lanes[LANES] __attribute__((aligned(64)));
#if LANES == 16
  typedef real half __attribute__((ext_vector_type(8)));
  typedef real quarter __attribute__((ext_vector_type(4)));
  half h = v.lo + v.hi;
  quarter q = h.lo + h.hi;
  (void)lanes;
#elif LANES == 8
  typedef real quarter __attribute__((ext_vector_type(4)));
  quarter q = v.lo + v.hi;
  (void)lanes;
#elif LANES == 4
  vec q = v;
  (void)lanes;
#else
  store(lanes, v);
  return lanes[0] + lanes[1];
#endif
#if LANES >= 4
  return (q.x + q.z) + (q.y + q.w);
#endif
}

/* One row, stored as such: the lanes pass along it. */
INLINE void multiply_narrow_row(const PRODUCT *p, const int columns, const real *a, real *sums) {
  const size_t stride = NARROW_STRIDE(p->k);
  vec sum[NARROW];
  UNROLL for (int j = 0; j < columns; j++) sum[j] = (vec)0;
  size_t l = 0;
  for (; l + LANES <= p->k; l += LANES) {
    const vec left = load(a + l);
    UNROLL for (int j = 0; j < columns; j++)
      sum[j] = fused(left, load(p->packed_b + j * stride + l), sum[j]);
  }
  if (l < p->k) {
    const vec left = load_first(a + l, p->k - l);
    UNROLL for (int j = 0; j < columns; j++)
      sum[j] = fused(left, load(p->packed_b + j * stride + l), sum[j]);
  }
  UNROLL for (int j = 0; j < columns; j++) sums[j] = sum_of_lanes(sum[j]);
}

/* At most LANES rows, each in a lane. */
INLINE void multiply_narrow_lanes(const PRODUCT *p, const int columns, const real *a, size_t rows,
                                  real *sums) {
  const size_t stride = NARROW_STRIDE(p->k);
  vec sum[NARROW];
  UNROLL for (int j = 0; j < columns; j++) sum[j] = (vec)0;
  for (size_t l = 0; l < p->k; l++, a += p->a_column) {
    vec left;
    if (p->a_row == 1) {
      left = rows == LANES ? load(a) : load_first(a, rows);
    } else {
      real lanes[LANES] __attribute__((aligned(VECTOR_BYTES))) = {0};
      for (size_t i = 0; i < rows; i++) lanes[i] = a[i * p->a_row];
      left = load(lanes);
    }
    UNROLL for (int j = 0; j < columns; j++)
      sum[j] = fused(left, (vec)p->packed_b[j * stride + l], sum[j]);
  }
  real lanes[NARROW][LANES] __attribute__((aligned(64)));
  UNROLL for (int j = 0; j < columns; j++) store(lanes[j], sum[j]);
  for (size_t i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < columns; j++) sums[i * PANEL + j] = lanes[j][i];
}

INLINE void multiply_narrow_columns(const PRODUCT *p, const int columns) {
  real sums[LANES * PANEL] __attribute__((aligned(64))) = {0};
  for (size_t row = 0; row < p->m; row += LANES) {
    const size_t rows = p->m - row < LANES ? p->m - row : LANES;
    const real *a = p->a + row * p->a_row;
    if (p->a_column == 1) {
      for (size_t i = 0; i < rows; i++)
        multiply_narrow_row(p, columns, a + i * p->a_row, sums + i * PANEL);
    } else {
      multiply_narrow_lanes(p, columns, a, rows, sums);
    }
    finish_tile(p, sums, row, rows, 0, p->n);
  }
}

KERNEL void multiply_narrow(const PRODUCT *p) {
  switch (p->n) {
    case 1:
      multiply_narrow_columns(p, 1);
      break;
    case 2:
      multiply_narrow_columns(p, 2);
      break;
    case 3:
      multiply_narrow_columns(p, 3);
      break;
    case 4:
      multiply_narrow_columns(p, 4);
      break;
    default:
      break;
  }
}

KERNEL void multiply(const PRODUCT *p) {
  if (p->m == 0) return;
  if (p->n <= NARROW) {
    multiply_narrow(p);
    return;
  }
  real sums[TILE_ROWS * PANEL] __attribute__((aligned(64)));
  const size_t tiles = (p->m + TILE_ROWS - 1) / TILE_ROWS;
  const size_t base = p->m / tiles, longer = p->m % tiles;
  size_t block = p->k == 0 ? p->n : PANEL_BLOCK_BYTES / (p->k * PANEL * sizeof(real)) * PANEL;
  if (block == 0) block = PANEL;
  for (size_t first = 0; first < p->n; first += block) {
    const size_t end = p->n - first < block ? p->n : first + block;
    const size_t panels = (end - first + PANEL - 1) / PANEL;
    for (size_t tile = 0, row = 0; tile < tiles; tile++) {
      const size_t rows = base + (tile < longer);
      const real *a = p->a + row * p->a_row;
      for (size_t column = first; column < end; column += PANEL) {
        const size_t width = end - column < PANEL ? end - column : PANEL;
        const int vectors = width <= LANES ? 1 : 2;
        prefetch_rows(p->c, p->ldc, row, rows, column);
        prefetch_rows(p->residual, p->ldc, row, rows, column);
        if (p->epilogue != ORNSTEIN_EPILOGUE_NONE)
          prefetch_rows(p->derivative, p->ldc, row, rows, column);
        if (p->epilogue == ORNSTEIN_EPILOGUE_BACKWARD)
          prefetch_rows(p->product, p->ldc, row, rows, column);
        prefetch_left(p, row + rows, rows, (column - first) / PANEL, panels);
        const TILE multiply_rows = NAMED(tiles)[vectors - 1][rows - 1];
        multiply_rows(p->k, a, p->a_row, p->a_column, p->packed_b + column * p->k, sums);
        finish_tile(p, sums, row, rows, column, width);
      }
      row += rows;
    }
  }
}
