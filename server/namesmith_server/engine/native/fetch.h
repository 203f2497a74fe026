/* Fetching rows into the cache before they are needed. */
#include <stdint.h>

#define LINE 64 /* Bytes of a line of the cache. */
#define FAR 512 /* Most bytes of a row that are fetched ahead: the processor fetches the rest. */

/* Inlined by order: GCC drops a call that does nothing but fetch. */
#define FETCH(row, size) fetch((const char *)(row), (size) * (int64_t)sizeof *(row))
static inline __attribute__((always_inline)) void fetch(const char *row, int64_t bytes) {
    for (int64_t at = 0; at < bytes && at < FAR; at += LINE) __builtin_prefetch(row + at);
}
