/* Philox4x32-10 (Salmon et al., SC 2011), two chains of blocks in the 64-bit lanes of two vectors: the
 * even blocks in one, the odd ones in the other, so that their words interleave into 32-bit lanes. */

typedef uint64_t wide __attribute__((ext_vector_type(VECTOR_BYTES / 8)));

#define GROUP_BLOCKS 16
#define GROUP_WORDS (4 * GROUP_BLOCKS)
#define PAIR_BLOCKS (2 * VECTOR_BYTES / 8)
/* Groups made in one go: their words wait in 2 KB on the stack. */
#define SOME_GROUPS 8
/* Pairs of chains worked on at once; a divisor of the pairs in two groups. */
#ifndef PHILOX_PAIRS
#define PHILOX_PAIRS 1
#endif

#define PHILOX_MULTIPLIER_0 0xD2511F53u
#define PHILOX_MULTIPLIER_1 0xCD9E8D57u
#define PHILOX_WEYL_0 0x9E3779B9u
#define PHILOX_WEYL_1 0xBB67AE85u

/* The round keys, spread to 64-bit lanes so that a load broadcasts them. */
typedef struct {
  uint64_t low[10], high[10];
} philox_keys;

INLINE philox_keys philox_schedule(uint64_t seed) {
  philox_keys keys;
  uint32_t low = (uint32_t)seed, high = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    keys.low[round] = low;
    keys.high[round] = high;
    low += PHILOX_WEYL_0;
    high += PHILOX_WEYL_1;
  }
  return keys;
}

/* The products of the low halves. The compiler must not see that only half of some product is used:
 * it would choose the slower multiplication of whole lanes. */
INLINE wide multiply_words(wide a, uint32_t b) {
  wide product = (a & 0xffffffffu) * (wide)(uint64_t)b;
#if defined(__x86_64__)
  __asm__("" : "+v"(product));
#endif
  return product;
}

/* The two first rounds of blocks whose upper half, step and purpose agree: half of their products are
 * of numbers that all lanes share. */
typedef struct {
  uint64_t c0_after_1, c2_mask_1; /* c2 after round 1 is the high product ^ c2_mask_1 */
  uint64_t c0_mask_2, c2_mask_2, c3_after_2;
} philox_beginning;

INLINE philox_beginning philox_begin(const philox_keys *keys, ornstein_stream stream,
                                     uint32_t upper) {
  philox_beginning b;
  const uint64_t product1 = (uint64_t)stream.step * PHILOX_MULTIPLIER_1;
  b.c0_after_1 = (product1 >> 32) ^ upper ^ keys->low[0];
  b.c2_mask_1 = stream.purpose ^ keys->high[0];
  const uint64_t product0 = b.c0_after_1 * PHILOX_MULTIPLIER_0;
  b.c0_mask_2 = (uint32_t)product1 ^ keys->low[1];
  b.c2_mask_2 = (product0 >> 32) ^ keys->high[1];
  b.c3_after_2 = (uint32_t)product0;
  return b;
}

/* beginning may be NULL, for blocks whose upper halves differ. */
INLINE void philox_pairs(const philox_keys *keys, const philox_beginning *beginning,
                         ornstein_stream stream, uint64_t first_block, uint32_t *words) {
  wide c0[2 * PHILOX_PAIRS], c1[2 * PHILOX_PAIRS], c2[2 * PHILOX_PAIRS], c3[2 * PHILOX_PAIRS];
  wide lane = {0};
  UNROLL for (int l = 0; l < VECTOR_BYTES / 8; l++) lane[l] = 2 * (uint64_t)l;
  UNROLL for (int j = 0; j < 2 * PHILOX_PAIRS; j++) {
    wide block = first_block + (uint64_t)((j / 2) * PAIR_BLOCKS + j % 2) + lane;
    if (beginning) {
      wide product0 = multiply_words(block, PHILOX_MULTIPLIER_0);
      wide product1 = multiply_words((product0 >> 32) ^ (wide)beginning->c2_mask_1,
                                     PHILOX_MULTIPLIER_1);
      c0[j] = (product1 >> 32) ^ (wide)beginning->c0_mask_2;
      c1[j] = product1;
      c2[j] = product0 ^ (wide)beginning->c2_mask_2;
      c3[j] = (wide)beginning->c3_after_2;
    } else {
      c0[j] = block;
      c1[j] = block >> 32;
      c2[j] = (wide)(uint64_t)stream.step;
      c3[j] = (wide)(uint64_t)stream.purpose;
    }
  }
  UNROLL for (int round = beginning ? 2 : 0; round < 10; round++) {
    UNROLL for (int j = 0; j < 2 * PHILOX_PAIRS; j++) {
      wide product0 = multiply_words(c0[j], PHILOX_MULTIPLIER_0);
      wide product1 = multiply_words(c2[j], PHILOX_MULTIPLIER_1);
      c0[j] = (product1 >> 32) ^ (c1[j] ^ (wide)keys->low[round]);
      c1[j] = product1;
      c2[j] = (product0 >> 32) ^ (c3[j] ^ (wide)keys->high[round]);
      c3[j] = product0;
    }
  }
  UNROLL for (int pair = 0; pair < PHILOX_PAIRS; pair++) {
    const int block = pair * PAIR_BLOCKS;
    uint32_t *out = words + block / GROUP_BLOCKS * GROUP_WORDS + block % GROUP_BLOCKS;
    const int even = 2 * pair, odd = even + 1;
    wide w0 = (c0[even] & 0xffffffffu) | (c0[odd] << 32);
    wide w1 = (c1[even] & 0xffffffffu) | (c1[odd] << 32);
    wide w2 = (c2[even] & 0xffffffffu) | (c2[odd] << 32);
    wide w3 = (c3[even] & 0xffffffffu) | (c3[odd] << 32);
    __builtin_memcpy(out, &w0, sizeof w0);
    __builtin_memcpy(out + GROUP_BLOCKS, &w1, sizeof w1);
    __builtin_memcpy(out + 2 * GROUP_BLOCKS, &w2, sizeof w2);
    __builtin_memcpy(out + 3 * GROUP_BLOCKS, &w3, sizeof w3);
  }
}

/* The words of an even number of groups: word w of block 16 g + l lies at 64 g + 16 w + l. */
static void philox_groups(const philox_keys *keys, ornstein_stream stream, uint64_t first_group,
                          size_t groups, uint32_t *words) {
  const size_t blocks = groups * GROUP_BLOCKS;
  const uint64_t first = first_group * GROUP_BLOCKS;
  const uint32_t upper = (uint32_t)(first >> 32);
  const philox_beginning beginning = philox_begin(keys, stream, upper);
  const int agree = (first + blocks - 1) >> 32 == upper;
  for (size_t block = 0; block < blocks; block += PHILOX_PAIRS * PAIR_BLOCKS) {
    uint32_t *out = words + block / GROUP_BLOCKS * GROUP_WORDS + block % GROUP_BLOCKS;
    if (agree)
      philox_pairs(keys, &beginning, stream, first + block, out);
    else
      philox_pairs(keys, 0, stream, first + block, out);
  }
}
