/* Counts names by cost, and reads ranks as names and names as ranks (numbering/cost_table.py,
 * numbering/numbered_names.py): the same numbers as numpy computes there.
 */
#define Py_LIMITED_API 0x030B0000 /* one build for Python 3.11 and all after it */
#include <Python.h>
#include <stddef.h>
#include <string.h>

#include "fetch.h"

#define END 0
#define IMPOSSIBLE 65535       /* as in numbering/step_costs.py */
#define MOST ((uint64_t)1 << 62) /* count at which counts stay */
#define LANES 16               /* number of names that are read at once: each waits for memory */
#define LIKELY 4               /* symbols of a state whose counts are fetched ahead */
#define MAX_LENGTH 64          /* most characters of a name, as in namesmith/limits.py */

/* Window of the costs of a state: WINDOW of layouts.py. */
typedef struct {
    int32_t least;  /* least cost of a rest; where there is none, more than any */
    int32_t origin; /* index of the count of cost 0, were there one */
} Window;

/* Layer of a trellis and its counts: RANKED_LAYER of layouts.py. */
typedef struct {
    const int32_t *chain_states; /* the chain's state of each state [N] */
    const double *may_end;       /* 0 or 1 for each state [N] */
    const int32_t *rows;         /* row of `after` for each state [N] */
    const int32_t *after;        /* state of the next layer by symbol, or -1 [R, V] */
    const Window *windows;       /* window of each state [N + 1] */
    const int64_t *sizes;        /* number of costs in each window [N] */
    uint64_t *counts;            /* number of rests by state and cost */
} Layer;

/* Counts of all layers: RANKS of layouts.py. */
typedef struct {
    const Layer *layers;   /* layers, and one without names behind them [length + 1] */
    const uint16_t *costs; /* cost of each symbol in each state of the chain [S, V] */
    const uint16_t *order; /* symbols of each state, the cheapest first [S, V] */
    int64_t vocab_size, length, first, min_length, bound;
} Ranks;

/* Whether a name may end in a state of layer i. */
static inline int may_end(const Ranks *r, int64_t i, int32_t state) {
    return r->first + i >= r->min_length && r->layers[i].may_end[state] != 0;
}

/* Number of rests behind a symbol that leaves `left` units to the rest. */
static inline uint64_t behind(const Ranks *r, int64_t i, int32_t state, const int32_t *after,
                              uint16_t symbol, int64_t left) {
    if (symbol == END) return left == 0 && may_end(r, i, state);
    int32_t next = after[symbol];
    if (next < 0) return 0;
    const Layer *following = r->layers + i + 1;
    Window window = following->windows[next];
    return left < window.least ? 0 : following->counts[window.origin + left];
}

/* The costs, the symbols by cost and the successors of a state of a layer. */
typedef struct {
    const uint16_t *costs, *order;
    const int32_t *after;
} State;

static inline State state_of(const Ranks *r, const Layer *layer, int32_t state) {
    int64_t row = (int64_t)layer->chain_states[state] * r->vocab_size;
    return (State){r->costs + row, r->order + row,
                   layer->after + (int64_t)layer->rows[state] * r->vocab_size};
}

/* Adds the rests behind one symbol to the counts of a state, whose windows begin at `least`. */
static void add_rests(uint64_t *counts, int64_t least, int64_t size, const uint64_t *rests,
                      int64_t cheapest) {
    int64_t from = cheapest > least ? cheapest - least : 0;
    const uint64_t *source = rests + least - cheapest;
    for (int64_t k = from; k < size; k++) {
        uint64_t sum = counts[k] + source[k];
        counts[k] = sum < MOST ? sum : MOST;
    }
}

static void count_layer(const Ranks *r, int64_t i, int64_t first, int64_t last) {
    const Layer *layer = r->layers + i, *following = layer + 1;
    for (int64_t s = first; s < last; s++) {
        int64_t least = layer->windows[s].least, size = layer->sizes[s];
        if (!size) continue;
        uint64_t *counts = layer->counts + (layer->windows[s].origin + least);
        State here = state_of(r, layer, (int32_t)s);
        for (int64_t k = 0; k < r->vocab_size; k++) {
            int64_t symbol = here.order[k], cost = here.costs[symbol];
            if (cost == IMPOSSIBLE || cost - least >= size) break;
            if (symbol == END) {
                if (may_end(r, i, (int32_t)s) && cost >= least) counts[cost - least] += 1;
                continue;
            }
            int32_t next = here.after[symbol];
            if (next < 0 || !following->sizes[next]) continue;
            Window window = following->windows[next];
            add_rests(counts, least, size, following->counts + (window.origin + window.least),
                      cost + window.least);
        }
    }
}

/* The least cost of a way to each state of the next layer, from the states [first, last). */
static void go_on(const Layer *layer, const uint16_t *costs, int64_t size, const int32_t *ways,
                  int32_t *following, int64_t first, int64_t last) {
    for (int64_t s = first; s < last; s++) {
        if (ways[s] < 0) continue;
        const uint16_t *cost = costs + layer->chain_states[s] * size;
        const int32_t *after = layer->after + layer->rows[s] * size;
        for (int64_t x = 1; x < size; x++) {
            if (after[x] < 0 || cost[x] == IMPOSSIBLE) continue;
            int32_t way = ways[s] + cost[x], *known = following + after[x];
            if (*known < 0 || way < *known) *known = way;
        }
    }
}

/* A name that is being read from its rank. */
typedef struct {
    State here;
    int64_t left;                /* cost of the rest */
    uint64_t rank;               /* rank among the rests of that cost */
    int32_t state;
    int16_t length;              /* number of symbols, or -1 - that number once the name has ended */
    uint16_t symbols[MAX_LENGTH + 1];
} Lane;

static inline void fetch_rows(const Ranks *r, const Layer *layer, Lane *lane) {
    lane->here = state_of(r, layer, lane->state);
    FETCH(lane->here.order, r->vocab_size);
    FETCH(lane->here.costs, r->vocab_size);
    FETCH(lane->here.after, r->vocab_size);
}

static inline void fetch_windows(const Ranks *r, const Layer *following, const Lane *lane) {
    for (int64_t k = 0; k < LIKELY && k < r->vocab_size; k++) {
        int32_t next = lane->here.after[lane->here.order[k]];
        if (next >= 0) __builtin_prefetch(following->windows + next);
    }
}

static inline void fetch_counts(const Ranks *r, const Layer *following, const Lane *lane) {
    for (int64_t k = 0; k < LIKELY && k < r->vocab_size; k++) {
        uint16_t symbol = lane->here.order[k];
        int32_t next = lane->here.after[symbol];
        int64_t left = lane->left - lane->here.costs[symbol];
        if (next >= 0 && left >= following->windows[next].least)
            __builtin_prefetch(following->counts + following->windows[next].origin + left);
    }
}

/* Appends the symbol of a rank, and leaves the rank among the rests behind the symbol. */
static inline void choose(const Ranks *r, int64_t i, Lane *lane) {
    State here = lane->here;
    uint16_t symbol = END;
    for (int64_t k = 0; k < r->vocab_size; k++) {
        symbol = here.order[k];
        int64_t left = lane->left - here.costs[symbol];
        uint64_t rests = left < 0 ? 0 : behind(r, i, lane->state, here.after, symbol, left);
        if (lane->rank < rests) break;
        lane->rank -= rests;
    }
    lane->left -= here.costs[symbol];
    lane->state = here.after[symbol];
    lane->symbols[lane->length++] = symbol;
    if (symbol == END || lane->length > MAX_LENGTH) lane->length = -1 - lane->length;
}

#define GOING(lane, lanes, number) \
    for (Lane *lane = lanes; lane < lanes + number; lane++) \
        if (lane->length >= 0)

/* Reads the ranks of at most LANES names, a symbol of each at a time. */
static void read_ranks(const Ranks *r, Lane *lanes, int64_t number) {
    for (int64_t i = 0; i < r->length; i++) {
        const Layer *layer = r->layers + i;
        GOING(lane, lanes, number) fetch_rows(r, layer, lane);
        GOING(lane, lanes, number) fetch_windows(r, layer + 1, lane);
        GOING(lane, lanes, number) fetch_counts(r, layer + 1, lane);
        GOING(lane, lanes, number) {
            choose(r, i, lane);
            __builtin_prefetch(layer[1].chain_states + lane->state);
            __builtin_prefetch(layer[1].rows + lane->state);
        }
    }
}

/* Cost of a name, or -1 where it is not counted. */
static int64_t cost_of(const Ranks *r, const int64_t *name) {
    int64_t total = 0;
    int32_t state = 0;
    for (int64_t i = 0; i < r->length; i++) {
        State here = state_of(r, r->layers + i, state);
        int64_t cost = here.costs[name[i]];
        total += cost;
        if (cost == IMPOSSIBLE || total > r->bound) return -1;
        if (name[i] == END) return may_end(r, i, state) ? total : -1;
        state = here.after[name[i]];
        if (state < 0) return -1;
    }
    return -1;
}

/* Rank of a counted name among the names of its cost. */
static uint64_t rank_of(const Ranks *r, const int64_t *name, int64_t left) {
    uint64_t rank = 0;
    int32_t state = 0;
    for (int64_t i = 0; i < r->length; i++) {
        State here = state_of(r, r->layers + i, state);
        for (int64_t k = 0; here.order[k] != name[i]; k++)
            rank += behind(r, i, state, here.after, here.order[k],
                           left - here.costs[here.order[k]]);
        if (name[i] == END) break;
        left -= here.costs[name[i]];
        state = here.after[name[i]];
    }
    return rank;
}

/* count(ranks, layer, first, last): computes the counts of the layer's states [first, last). */
static PyObject *count(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 4) return PyErr_Format(PyExc_TypeError, "count takes 4 arguments");
    const Ranks *ranks = PyLong_AsVoidPtr(args[0]);
    int64_t layer = PyLong_AsLongLong(args[1]), first = PyLong_AsLongLong(args[2]);
    int64_t last = PyLong_AsLongLong(args[3]);
    if (PyErr_Occurred()) return NULL;
    Py_BEGIN_ALLOW_THREADS
    count_layer(ranks, layer, first, last);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

/* Writes a prefix, the symbols of a lane and the end symbol; returns the end. */
static uint16_t *append(uint16_t *end, const uint16_t *prefix, int64_t length, const Lane *lane) {
    memcpy(end, prefix, (size_t)length * sizeof *end);
    end += length;
    for (const uint16_t *symbol = lane->symbols; *symbol != END; symbol++) *end++ = *symbol;
    *end++ = END;
    return end;
}

/* unrank(ranks, costs, within, count, prefix, prefix_length, names) -> number of symbols
 *
 * Writes the names behind each other; `names` has room for the longest ones.
 */
static PyObject *unrank(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 7) return PyErr_Format(PyExc_TypeError, "unrank takes 7 arguments");
    const Ranks *ranks = PyLong_AsVoidPtr(args[0]);
    const int64_t *costs = PyLong_AsVoidPtr(args[1]), *within = PyLong_AsVoidPtr(args[2]);
    int64_t names = PyLong_AsLongLong(args[3]), length = PyLong_AsLongLong(args[5]);
    const uint16_t *prefix = PyLong_AsVoidPtr(args[4]);
    uint16_t *start = PyLong_AsVoidPtr(args[6]), *end = start;
    if (PyErr_Occurred()) return NULL;
    Py_BEGIN_ALLOW_THREADS
    Lane lanes[LANES];
    for (int64_t first = 0; first < names; first += LANES) {
        int64_t number = names - first < LANES ? names - first : LANES;
        for (int64_t k = 0; k < number; k++) {
            lanes[k].left = costs[first + k], lanes[k].rank = (uint64_t)within[first + k];
            lanes[k].state = 0, lanes[k].length = 0;
        }
        read_ranks(ranks, lanes, number);
        for (int64_t k = 0; k < number; k++) end = append(end, prefix, length, lanes + k);
    }
    Py_END_ALLOW_THREADS
    return PyLong_FromSsize_t(end - start);
}

/* go_on(layers, costs, vocab_size, ways, following, first, last): layers is one RANKED_LAYER.
 *
 * Lowers the cost of the cheapest way to each state of the next layer; -1 is no way.
 */
static PyObject *run_go_on(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 7) return PyErr_Format(PyExc_TypeError, "go_on takes 7 arguments");
    const Layer *layer = PyLong_AsVoidPtr(args[0]);
    const uint16_t *costs = PyLong_AsVoidPtr(args[1]);
    int64_t size = PyLong_AsLongLong(args[2]);
    const int32_t *ways = PyLong_AsVoidPtr(args[3]);
    int32_t *following = PyLong_AsVoidPtr(args[4]);
    int64_t first = PyLong_AsLongLong(args[5]), last = PyLong_AsLongLong(args[6]);
    if (PyErr_Occurred()) return NULL;
    Py_BEGIN_ALLOW_THREADS
    go_on(layer, costs, size, ways, following, first, last);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

/* rank(ranks, names, count, costs, within): the names are rows of `length` symbols.
 *
 * Writes each name's cost, or -1, and its rank among the names of that cost.
 */
static PyObject *rank(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 5) return PyErr_Format(PyExc_TypeError, "rank takes 5 arguments");
    const Ranks *ranks = PyLong_AsVoidPtr(args[0]);
    const int64_t *names = PyLong_AsVoidPtr(args[1]);
    int64_t number = PyLong_AsLongLong(args[2]);
    int64_t *costs = PyLong_AsVoidPtr(args[3]), *within = PyLong_AsVoidPtr(args[4]);
    if (PyErr_Occurred()) return NULL;
    Py_BEGIN_ALLOW_THREADS
    for (int64_t i = 0; i < number; i++, names += ranks->length) {
        costs[i] = cost_of(ranks, names);
        within[i] = costs[i] < 0 ? 0 : (int64_t)rank_of(ranks, names, costs[i]);
    }
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

#define METHOD(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, NULL}

static PyMethodDef methods[] = {METHOD(count), METHOD(unrank), METHOD(rank),
                                {"go_on", (PyCFunction)(void (*)(void))run_go_on, METH_FASTCALL,
                                 NULL},
                                {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_ranks", NULL, -1, methods,
                                    NULL, NULL, NULL, NULL};

#define AT(type, field) (Py_ssize_t)offsetof(type, field)

PyMODINIT_FUNC PyInit__ranks(void) {
    PyObject *made = PyModule_Create(&module);
    if (made == NULL) return NULL;
    PyObject *layer = Py_BuildValue(
        "(nnnnnnnn)", AT(Layer, chain_states), AT(Layer, may_end), AT(Layer, rows), AT(Layer, after),
        AT(Layer, windows), AT(Layer, sizes), AT(Layer, counts), (Py_ssize_t)sizeof(Layer));
    PyObject *ranks = Py_BuildValue(
        "(nnnnnnnnn)", AT(Ranks, layers), AT(Ranks, costs), AT(Ranks, order),
        AT(Ranks, vocab_size), AT(Ranks, length), AT(Ranks, first), AT(Ranks, min_length),
        AT(Ranks, bound), (Py_ssize_t)sizeof(Ranks));
    int failed = PyModule_AddObjectRef(made, "RANKED_LAYER", layer) < 0 ||
                 PyModule_AddObjectRef(made, "RANKS", ranks) < 0;
    Py_XDECREF(layer);
    Py_XDECREF(ranks);
    if (failed) Py_CLEAR(made);
    return made;
}
