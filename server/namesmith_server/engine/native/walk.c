/* Draws names from a conditioned chain: the same symbols as markov/ancestral.py draws in numpy.
 *
 * Every number is computed as numpy computes it, in the same order, in IEEE double precision, so
 * that C and numpy agree in every bit: compile without contraction (-ffp-contract=off).
 */
#define Py_LIMITED_API 0x030B0000 /* one build for Python 3.11 and all after it */
#include <Python.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "fetch.h"
#include "random.h"

#define FEW 512      /* Most names for which the interpreter's lock is kept: some 0.1 ms. */
#define LANES 16     /* Number of names that are drawn at once: each waits for memory. */
#define USUAL 12     /* Number of symbols for which each name has room from the start. */
#define LIKELY 0.5   /* Least completion at which the rounded sums may decide the symbol. */

/* Id of a symbol: SYMBOL_ID of layouts.py. */
typedef uint16_t Id;

/* Layer of a trellis: LAYER of layouts.py. */
typedef struct {
    const int32_t *chain_states;   /* the chain's state of each state [N] */
    const double *may_end;         /* 0 or 1 for each state [N] */
    const int32_t *rows;           /* row of `after` for each state [N] */
    const int32_t *after;          /* state of the next layer by symbol, or -1 [R, V] */
    const double *completion;      /* probability to end well from each state [N + 1] */
    const double *next_completion; /* completions of the next layer */
} Layer;

/* Conditioned chain: CHAIN of layouts.py. */
typedef struct {
    const double *probabilities; /* probabilities of the next symbol [S, V] */
    const float *rounded;        /* cumulative probabilities [S, width], or NULL */
    const Layer *layers;         /* layers from position `first` on */
    int64_t width, vocab_size, first, min_length;
} Chain;

/* The names that are asked for. */
typedef struct {
    uint64_t seed;
    int64_t first, count;  /* first row, number of rows */
    const Id *prefix;      /* symbols [length] that every name begins with */
    int64_t length, position, state; /* the place behind the prefix */
    int64_t max_length;              /* most characters of a name */
    const uint64_t *keys;            /* keys of the names [count]; NULL: of the seed's rows */
} Request;

/* The symbol that `weigh` would choose, or -1 where the rounded sums do not decide it.
 *
 * From a state of completion z, conditioning moves a cumulative probability by at most 1/z - 1. A
 * draw that is farther from the sums on both sides gives the same symbol.
 */
static int64_t look(const float *sums, int64_t width, double z, double u) {
    float rounded = (float)u;
    int32_t k = 0;
    for (int64_t j = 0; j < width; j++) k += sums[j] <= rounded;
    double margin = 1 / z - 1 + 1e-6; /* rounding to float moves draw and sum by less than 1e-7 */
    int certain = sums[k] - u > margin && (k == 0 || u - sums[k - 1] > margin);
    return certain ? k : -1;
}

/* The first symbol whose cumulative weight, as a share of the total weight, is above u. */
static int64_t weigh(const double *p, const double *s, int64_t size, double *sums, double u) {
    double sum = 0;
    for (int64_t k = 0; k < size; k++) sums[k] = sum += p[k] * s[k];
    /* Where the difference is beyond rounding, a product decides as a division would. */
    double at = u * sum, above = at * (1 + 1e-12), below = at * (1 - 1e-12);
    int64_t k = 0;
    while (k < size - 1 && !(sums[k] > above) && (sums[k] < below || u >= sums[k] / sum)) k++;
    return k;
}

/* A name that is being drawn. */
typedef struct {
    uint64_t key;
    int64_t state;
    const Layer *at;
    const int32_t *after;    /* successors of its state */
    const double *weights;   /* probabilities of its next symbol */
    const float *rounded;    /* cumulative probabilities of its next symbol, or NULL */
    Id *out;                 /* where its next symbol goes; NULL once the name has ended */
} Lane;

/* Finds the rows from which the next symbol is drawn. */
static inline void look_up(const Chain *c, Lane *lane) {
    const Layer *at = lane->at;
    int64_t chain_state = at->chain_states[lane->state];
    lane->after = at->after + (int64_t)at->rows[lane->state] * c->vocab_size;
    FETCH(lane->after, c->vocab_size);
    lane->weights = c->probabilities + chain_state * c->vocab_size;
    lane->rounded = NULL;
    if (c->rounded != NULL && at->completion[lane->state] > LIKELY) {
        lane->rounded = c->rounded + chain_state * c->width;
        FETCH(lane->rounded, c->width);
    } else {
        FETCH(lane->weights, c->vocab_size);
    }
}

/* The next symbol of a name; scratch: room for [2 V] numbers. */
static inline int64_t next(const Chain *c, const Lane *lane, int64_t position, double u,
                           double *scratch) {
    const Layer *at = lane->at;
    int64_t size = c->vocab_size, symbol = -1;
    if (lane->rounded != NULL)
        symbol = look(lane->rounded, c->width, at->completion[lane->state], u);
    if (symbol >= 0) return symbol;
    double *s = scratch + size; /* completion behind each symbol */
    s[0] = position >= c->min_length ? at->may_end[lane->state] : 0;
    for (int64_t k = 1; k < size; k++)
        s[k] = lane->after[k] < 0 ? 0 : at->next_completion[lane->after[k]];
    return weigh(lane->weights, s, size, scratch, u);
}

/* Symbols that grow as they are written. */
typedef struct {
    Id *symbols;
    size_t length, capacity;
} Names;

/* Makes room for `more` further symbols; false where there is no memory. */
static int reserve(Names *names, size_t more) {
    if (names->length + more <= names->capacity) return 1;
    size_t capacity = 2 * names->capacity + more;
    Id *grown = realloc(names->symbols, capacity * sizeof *grown);
    if (grown == NULL) return 0;
    names->symbols = grown;
    names->capacity = capacity;
    return 1;
}

/* Draws the next symbol of each name that has not ended; false once all names have ended. */
static int step(const Chain *c, Lane *lanes, int64_t count, int64_t position, double *scratch) {
    int going = 0;
    for (int64_t l = 0; l < count; l++)
        if (lanes[l].out != NULL) look_up(c, lanes + l);
    for (int64_t l = 0; l < count; l++) {
        Lane *lane = lanes + l;
        if (lane->out == NULL) continue;
        int64_t symbol = next(c, lane, position, uniform(lane->key, (uint64_t)position), scratch);
        *lane->out = (Id)symbol;
        if (symbol == 0) {
            lane->out = NULL;
            continue;
        }
        lane->out++;
        lane->at++;
        lane->state = lane->after[symbol];
        __builtin_prefetch(lane->at->chain_states + lane->state);
        __builtin_prefetch(lane->at->rows + lane->state);
        __builtin_prefetch(lane->at->completion + lane->state);
        going = 1;
    }
    return going;
}

/* Draws the names, each followed by the end symbol; false where there is no memory. */
static int draw(const Chain *c, const Request *r, double *scratch, Names *names) {
    uint64_t mixed = mix(r->seed);
    Lane lanes[LANES];
    int64_t width = r->max_length + 1;
    Id *rows = malloc((size_t)(LANES * width) * sizeof *rows);
    for (int64_t i = 0; rows != NULL && i < r->count; i += LANES) {
        int64_t count = r->count - i < LANES ? r->count - i : LANES;
        for (int64_t l = 0; l < count; l++) {
            memcpy(rows + l * width, r->prefix, (size_t)r->length * sizeof *rows);
            lanes[l] = (Lane){.key = r->keys != NULL
                                         ? r->keys[i + l]
                                         : mix(mixed + (uint64_t)(r->first + i + l + 1) * GAMMA),
                              .state = r->state,
                              .at = c->layers + (r->position - c->first),
                              .out = rows + l * width + r->length};
        }
        for (int64_t position = r->position; step(c, lanes, count, position, scratch);) position++;
        if (!reserve(names, (size_t)(count * width))) break;
        for (int64_t l = 0; l < count; l++) {
            Id *out = names->symbols + names->length, *row = rows + l * width;
            do *out++ = *row; while (*row++ != 0);
            names->length = (size_t)(out - names->symbols);
        }
    }
    free(rows);
    return rows != NULL;
}

/* walk(chain, seed, first, count, prefix, position, state, max_length, keys) -> bytes of uint16
 *
 * Called by native/__init__.py alone, which gives arguments that are in bounds, and the address of
 * keys or 0.
 */
static PyObject *walk(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 9) return PyErr_Format(PyExc_TypeError, "walk takes 9 arguments");
    const Chain *chain = (const Chain *)PyBytes_AsString(args[0]);
    char *prefix;
    Py_ssize_t length;
    if (chain == NULL || PyBytes_AsStringAndSize(args[4], &prefix, &length) < 0) return NULL;
    Request request = {PyLong_AsUnsignedLongLong(args[1]), PyLong_AsLongLong(args[2]),
                       PyLong_AsLongLong(args[3]),         (const Id *)prefix,
                       length / (Py_ssize_t)sizeof(Id), PyLong_AsLongLong(args[5]),
                       PyLong_AsLongLong(args[6]),         PyLong_AsLongLong(args[7]),
                       PyLong_AsVoidPtr(args[8])};
    if (PyErr_Occurred()) return NULL;

    Names names = {NULL, 0, 0};
    double *scratch = malloc((size_t)(2 * chain->vocab_size) * sizeof(double));
    int drawn = scratch != NULL && reserve(&names, (size_t)(request.count * USUAL));
    if (drawn && request.count <= FEW) {
        drawn = draw(chain, &request, scratch, &names);
    } else if (drawn) {
        Py_BEGIN_ALLOW_THREADS
        drawn = draw(chain, &request, scratch, &names);
        Py_END_ALLOW_THREADS
    }
    Py_ssize_t size = (Py_ssize_t)(names.length * sizeof *names.symbols);
    PyObject *raw = drawn ? PyBytes_FromStringAndSize((char *)names.symbols, size)
                          : PyErr_NoMemory();
    free(names.symbols);
    free(scratch);
    return raw;
}

static PyMethodDef methods[] = {
    {"walk", (PyCFunction)(void (*)(void))walk, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_walk", NULL, -1, methods,
                                    NULL, NULL, NULL, NULL};

#define AT(type, field) (Py_ssize_t)offsetof(type, field)

PyMODINIT_FUNC PyInit__walk(void) {
    PyObject *made = PyModule_Create(&module);
    if (made == NULL) return NULL;
    PyObject *layer = Py_BuildValue(
        "(nnnnnnn)", AT(Layer, chain_states), AT(Layer, may_end), AT(Layer, rows), AT(Layer, after),
        AT(Layer, completion), AT(Layer, next_completion), (Py_ssize_t)sizeof(Layer));
    PyObject *chain = Py_BuildValue(
        "(nnnnnnnn)", AT(Chain, probabilities), AT(Chain, rounded), AT(Chain, layers),
        AT(Chain, width), AT(Chain, vocab_size), AT(Chain, first), AT(Chain, min_length),
        (Py_ssize_t)sizeof(Chain));
    int failed = PyModule_AddIntMacro(made, FEW) < 0 ||
                 PyModule_AddObjectRef(made, "LAYER", layer) < 0 ||
                 PyModule_AddObjectRef(made, "CHAIN", chain) < 0;
    Py_XDECREF(layer);
    Py_XDECREF(chain);
    if (failed) Py_CLEAR(made);
    return made;
}
