/* Walks names over a chain, as walk.py does in numpy, to the same symbols.
 *
 * Every number is computed as numpy computes it, in the same order, in IEEE double precision, so
 * that the two agree in every bit: compile without contraction (-ffp-contract=off).
 */
#include <stdint.h>

#define GAMMA 0x9E3779B97F4A7C15u

/* As random.mix: SplitMix64's finaliser. */
static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The first symbol whose cumulative weight, as a share of all, is above u. */
static int32_t choose(const double *p, const double *s, int64_t size, double *sums, double u) {
    double sum = 0;
    for (int64_t k = 0; k < size; k++) sums[k] = sum += p[k] * s[k];
    /* Where the difference is beyond rounding, a product tells as much as a division. */
    double at = u * sum, above = at * (1 + 1e-12), below = at * (1 - 1e-12);
    int64_t k = 0;
    while (k < size - 1 && !(sums[k] > above) && (sums[k] < below || u >= sums[k] / sum)) k++;
    return (int32_t)k;
}

/* Draws the names of `count` rows, from row number `first` on.
 *
 * p: probabilities [V^L, V]; s: of success by characters so far [positions, V^(L-1), V].
 * prefix: symbols [length] that every name begins with; context: the row of p after them.
 * sums: scratch [V]. points: the code point of each symbol [V].
 * out: the text of the names, each closed by the end symbol, in code points. Returns its length.
 */
int64_t walk(const double *p, const double *s, int64_t tails, int64_t size, uint64_t seed,
             int64_t first, int64_t count, const int32_t *prefix, int64_t length, int64_t context,
             double *sums, const uint32_t *points, uint32_t *out) {
    uint32_t *end = out;
    uint64_t mixed = mix(seed);
    for (int64_t i = 0; i < count; i++) {
        uint64_t key = mix(mixed + (uint64_t)(first + i + 1) * GAMMA);
        int64_t row = context, position = length;
        for (int64_t k = 0; k < length; k++) *end++ = points[prefix[k]];
        int32_t symbol;
        do {
            double u = (double)(mix(key + (uint64_t)(position + 1) * GAMMA) >> 11) * 0x1p-53;
            int64_t tail = row % tails;
            position++;
            symbol = choose(p + row * size, s + (position * tails + tail) * size, size, sums, u);
            *end++ = points[symbol];
            row = tail * size + symbol;
        } while (symbol != 0);
    }
    return end - out;
}
