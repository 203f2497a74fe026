/* Counts names by cost, and reads ranks as names and names as ranks (numbering/cost_table.py,
 * numbering/numbered_names.py): the same numbers as numpy computes there.
 */
#define Py_LIMITED_API 0x030B0000 /* one build for Python 3.11 and all after it */
#include <Python.h>
#include <stddef.h>

#define END 0
#define IMPOSSIBLE 65535       /* as in numbering/step_costs.py */
#define MOST ((uint64_t)1 << 62) /* count at which counts stay */

/* Layer of a trellis and its counts: RANKED_LAYER of layouts.py. */
typedef struct {
    const int32_t *chain_states; /* the chain's state of each state [N] */
    const double *may_end;       /* 0 or 1 for each state [N] */
    const int32_t *rows;         /* row of `after` for each state [N] */
    const int32_t *after;        /* state of the next layer by symbol, or -1 [R, V] */
    const int32_t *least;        /* least cost of a rest behind each state; of none, the largest */
    const int64_t *places;       /* index of the count of the least cost of each state [N + 1] */
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
    int64_t beyond = left - following->least[next];
    return beyond < 0 ? 0 : following->counts[following->places[next] + beyond];
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
        int64_t place = layer->places[s], size = layer->places[s + 1] - place;
        if (size <= 0) continue;
        int64_t least = layer->least[s];
        uint64_t *counts = layer->counts + place;
        State here = state_of(r, layer, (int32_t)s);
        for (int64_t k = 0; k < r->vocab_size; k++) {
            int64_t symbol = here.order[k], cost = here.costs[symbol];
            if (cost == IMPOSSIBLE || cost - least >= size) break;
            if (symbol == END) {
                if (may_end(r, i, (int32_t)s) && cost >= least) counts[cost - least] += 1;
                continue;
            }
            int32_t next = here.after[symbol];
            if (next < 0 || following->places[next + 1] == following->places[next]) continue;
            add_rests(counts, least, size, following->counts + following->places[next],
                      cost + following->least[next]);
        }
    }
}

/* Writes the name of a rank among the names of a cost, with its end symbol; returns its end. */
static uint16_t *write_name(const Ranks *r, int64_t left, uint64_t rank, uint16_t *name) {
    int32_t state = 0;
    for (int64_t i = 0; i < r->length; i++) {
        State here = state_of(r, r->layers + i, state);
        uint16_t symbol = END;
        for (int64_t k = 0; k < r->vocab_size; k++) {
            symbol = here.order[k];
            int64_t cost = here.costs[symbol];
            if (cost == IMPOSSIBLE || cost > left) break; /* of counts that are right, never */
            uint64_t rests = behind(r, i, state, here.after, symbol, left - cost);
            if (rank < rests) break;
            rank -= rests;
        }
        *name++ = symbol;
        if (symbol == END) return name;
        left -= here.costs[symbol];
        state = here.after[symbol];
    }
    *name++ = END;
    return name;
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
    for (int64_t i = 0; i < names; i++) {
        for (int64_t k = 0; k < length; k++) *end++ = prefix[k];
        end = write_name(ranks, costs[i], (uint64_t)within[i], end);
    }
    Py_END_ALLOW_THREADS
    return PyLong_FromSsize_t(end - start);
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

static PyMethodDef methods[] = {METHOD(count), METHOD(unrank), METHOD(rank), {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_ranks", NULL, -1, methods,
                                    NULL, NULL, NULL, NULL};

#define AT(type, field) (Py_ssize_t)offsetof(type, field)

PyMODINIT_FUNC PyInit__ranks(void) {
    PyObject *made = PyModule_Create(&module);
    if (made == NULL) return NULL;
    PyObject *layer = Py_BuildValue(
        "(nnnnnnnn)", AT(Layer, chain_states), AT(Layer, may_end), AT(Layer, rows), AT(Layer, after),
        AT(Layer, least), AT(Layer, places), AT(Layer, counts), (Py_ssize_t)sizeof(Layer));
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
