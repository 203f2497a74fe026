/* The draws of distributions/random.py: a function of (seed, row, counter) alone. */
#include <stdint.h>

#define GAMMA 0x9E3779B97F4A7C15u

/* SplitMix64's finaliser. */
static inline uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The draw in [0, 1) of a row's key at a counter. */
static inline double uniform(uint64_t key, uint64_t counter) {
    return (double)(mix(key + (counter + 1) * GAMMA) >> 11) * 0x1p-53;
}
