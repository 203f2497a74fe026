/* Drawing the next symbol of a sequence where the draw is certain, as batching/exact_fallback.py. */
#include <math.h>
#include <stdint.h>

#include "random.h"

#define UNCERTAIN (-1)

/* First fields of a sequence: SEQUENCE of layouts.py. */
typedef struct {
    int64_t request, row;
    uint64_t key;
    int64_t position, prefix_length, min_length, max_length, status;
    double temperature;
} Sequence;

/* The bounds of exact_fallback.py. */
typedef struct {
    double difference, rounding;
} Bounds;

/* The next symbol of a sequence, or UNCERTAIN; sums has room for size numbers.
 *
 * A draw that lies close to a boundary is left uncertain: C and numpy need not round alike.
 */
static int64_t draw_symbol(const Sequence *row, const float *log_probs, int64_t size,
                           const Bounds *bounds, double *sums) {
    float most = log_probs[0];
    for (int64_t k = 1; k < size; k++) most = log_probs[k] > most ? log_probs[k] : most;
    int may_end = row->position > row->prefix_length || row->prefix_length >= row->min_length;
    double sum = 0;
    for (int64_t k = 0; k < size; k++) {
        double weight = exp(((double)log_probs[k] - most) / row->temperature);
        sums[k] = sum += k > 0 || may_end ? weight : 0;
    }
    double u = uniform(row->key, (uint64_t)row->position);
    double margin = (tanh(bounds->difference / (2 * row->temperature)) + bounds->rounding) * sum;
    double at = u * sum;
    int64_t symbol = 0;
    for (int64_t k = 0; k < size; k++) {
        if (!(fabs(sums[k] - at) > margin)) return UNCERTAIN; /* for not-a-number too */
        symbol += at >= sums[k];
    }
    return symbol;
}
