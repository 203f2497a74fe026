/* Walks names over a chain, as walk.py does in numpy, to the same symbols.
 *
 * Every number is computed as numpy computes it, in the same order, in IEEE double precision, so
 * that the two agree in every bit: compile without contraction (-ffp-contract=off).
 */
#define Py_LIMITED_API 0x030B0000 /* one build for Python 3.11 and all after it */
#include <Python.h>
#include <stdlib.h>
#include <string.h>

#include "_random.h"

#define FEW 512 /* Names for which the interpreter's lock is kept: as compiled.py has it. */

/* As chain.py packs it. */
typedef struct {
    const double *p;            /* probabilities [V^L, V] */
    const double *s;            /* of success by characters so far [positions, V^(L-1), V] */
    const float *sums;          /* of probabilities, unconditioned [V^L, width] */
    int64_t tails, size, width; /* V^(L-1), V, more than V */
} Chain;

/* A layer of a product of chain and automaton: layers.py. */
typedef struct {
    const int64_t *rows;   /* context of each state */
    const double *may_end; /* 0 or 1 for each state */
    const int64_t *nodes;  /* row of `after` for each state */
    const int32_t *after;  /* state of the next layer by symbol, or -1 [nodes, V] */
    const double *future;  /* probability of success from the states of the next layer */
} Layer;

/* As product.py packs it. */
typedef struct {
    const double *p;       /* probabilities [V^L, V] */
    const Layer *layers;   /* from the position after the prefix on */
    int64_t size, shortest; /* V, fewest characters of a name */
} Product;

typedef struct {
    uint64_t seed;
    int64_t first, count;  /* rows */
    const int32_t *prefix; /* symbols [length] that every name begins with */
    int64_t length, context; /* the row of p after the prefix */
} Order;

/* A symbol in UTF-8, as frames.py packs it; the end symbol's length is 0. */
typedef struct {
    char bytes[4];
    uint32_t length;
} Symbol;

/* The symbol that `weigh` would choose, or -1 where a look at rounded sums does not tell.
 *
 * From a context that succeeds with probability z, conditioning moves a cumulative probability by
 * at most 1/z - 1. A draw that is farther from its neighbours gives the same symbol.
 */
static int64_t look(const float *sums, int64_t width, double z, double u) {
    float rounded = (float)u;
    int32_t k = 0;
    for (int64_t j = 0; j < width; j++) k += sums[j] <= rounded;
    double margin = 1 / z - 1 + 1e-6; /* rounding to float moves both by less than 1e-7 */
    int certain = sums[k] - u > margin && (k == 0 || u - sums[k - 1] > margin);
    return certain ? k : -1;
}

/* The first symbol whose cumulative weight, as a share of all, is above u. */
static int64_t weigh(const double *p, const double *s, int64_t size, double *sums, double u) {
    double sum = 0;
    for (int64_t k = 0; k < size; k++) sums[k] = sum += p[k] * s[k];
    /* Where the difference is beyond rounding, a product tells as much as a division. */
    double at = u * sum, above = at * (1 + 1e-12), below = at * (1 - 1e-12);
    int64_t k = 0;
    while (k < size - 1 && !(sums[k] > above) && (sums[k] < below || u >= sums[k] / sum)) k++;
    return k;
}

/* Writes a symbol; returns where the next goes. As many bytes as the longest, for it is faster. */
static char *put(char *end, const Symbol *symbol) {
    memcpy(end, symbol->bytes, sizeof symbol->bytes);
    return end + symbol->length;
}

/* Heads a name that stands `HEAD` bytes behind `start`, as frames.py says; returns its end. */
#define HEAD 2
#define LONGEST_HEAD 3
static char *headed(char *start, char *end) {
    size_t length = (size_t)(end - start - HEAD);
    start[0] = 0x0A;
    start[1] = (char)length;
    if (length < 0x80) return end;
    memmove(start + LONGEST_HEAD, start + HEAD, length); /* a length of two bytes */
    start[1] = (char)(length | 0x80);
    start[2] = (char)(length >> 7);
    return end + 1;
}

/* Writes the frames of the names; returns their end. */
typedef char *Walk(const void *over, const Order *o, const Symbol *symbols, double *scratch,
                   char *out);

static char *walk_chain(const void *over, const Order *o, const Symbol *symbols, double *sums,
                        char *end) {
    const Chain *c = over;
    uint64_t mixed = mix(o->seed);
    for (int64_t i = 1; i <= o->count; i++) {
        uint64_t key = mix(mixed + (uint64_t)(o->first + i) * GAMMA);
        int64_t row = o->context, position = o->length, symbol;
        char *start = end;
        end += HEAD;
        for (int64_t k = 0; k < o->length; k++) end = put(end, symbols + o->prefix[k]);
        do {
            double u = uniform(key, (uint64_t)position++);
            int64_t tail = row % c->tails;
            symbol = look(c->sums + row * c->width, c->width,
                          c->s[(position - 1) * c->tails * c->size + row], u);
            if (symbol < 0)
                symbol = weigh(c->p + row * c->size, c->s + (position * c->tails + tail) * c->size,
                               c->size, sums, u);
            end = put(end, symbols + symbol);
            row = tail * c->size + symbol;
        } while (symbol != 0);
        end = headed(start, end);
    }
    return end;
}

static char *walk_layers(const void *over, const Order *o, const Symbol *symbols, double *scratch,
                         char *end) {
    const Product *q = over;
    double *sums = scratch, *s = scratch + q->size; /* s: of success after each symbol */
    uint64_t mixed = mix(o->seed);
    for (int64_t i = 1; i <= o->count; i++) {
        uint64_t key = mix(mixed + (uint64_t)(o->first + i) * GAMMA);
        int64_t position = o->length, state = 0, symbol;
        const Layer *at = q->layers;
        char *start = end;
        end += HEAD;
        for (int64_t k = 0; k < o->length; k++) end = put(end, symbols + o->prefix[k]);
        do {
            const int32_t *after = at->after + at->nodes[state] * q->size;
            s[0] = position >= q->shortest ? at->may_end[state] : 0;
            for (int64_t k = 1; k < q->size; k++) s[k] = after[k] < 0 ? 0 : at->future[after[k]];
            double u = uniform(key, (uint64_t)position++);
            symbol = weigh(q->p + at->rows[state] * q->size, s, q->size, sums, u);
            end = put(end, symbols + symbol);
            state = after[symbol];
            at++;
        } while (symbol != 0);
        end = headed(start, end);
    }
    return end;
}

/* The frames of the names of the arguments below, drawn by `rows`; size: V. */
static PyObject *drawn(PyObject *const *args, const void *over, int64_t size, Walk *rows) {
    char *prefix;
    Py_ssize_t length;
    if (PyBytes_AsStringAndSize(args[5], &prefix, &length) < 0) return NULL;
    const Symbol *symbols = (const Symbol *)PyBytes_AsString(args[1]);
    if (symbols == NULL) return NULL;
    Order order = {PyLong_AsUnsignedLongLong(args[2]), PyLong_AsLongLong(args[3]),
                   PyLong_AsLongLong(args[4]),         (const int32_t *)prefix,
                   length / 4,                         PyLong_AsLongLong(args[6])};
    int64_t longest = PyLong_AsLongLong(args[7]);
    if (PyErr_Occurred()) return NULL;

    uint32_t widest = 0; /* bytes of a symbol */
    for (int64_t k = 0; k < size; k++)
        if (symbols[k].length > widest) widest = symbols[k].length;
    double *scratch = malloc((size_t)(2 * size) * sizeof(double) + sizeof(Symbol) +
                             (size_t)(order.count * (longest * widest + LONGEST_HEAD)));
    if (scratch == NULL) return PyErr_NoMemory();
    char *out = (char *)(scratch + 2 * size), *end;
    if (order.count <= FEW) {
        end = rows(over, &order, symbols, scratch, out);
    } else {
        Py_BEGIN_ALLOW_THREADS
        end = rows(over, &order, symbols, scratch, out);
        Py_END_ALLOW_THREADS
    }
    PyObject *frames = PyBytes_FromStringAndSize(out, end - out);
    free(scratch);
    return frames;
}

/* walk(chain, symbols, seed, first, count, prefix, context, longest) -> bytes
 *
 * Called by CompiledWalk alone, which gives what is in bounds. symbols: a Symbol each [V].
 * longest: most characters of a name.
 */
static PyObject *walk(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 8) return PyErr_Format(PyExc_TypeError, "walk takes 8 arguments");
    const Chain *chain = (const Chain *)PyBytes_AsString(args[0]);
    return chain == NULL ? NULL : drawn(args, chain, chain->size, walk_chain);
}

/* walk_product(product, ...) -> bytes, as walk; the context is not looked at. */
static PyObject *walk_product(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 8) return PyErr_Format(PyExc_TypeError, "walk_product takes 8 arguments");
    const Product *product = (const Product *)PyBytes_AsString(args[0]);
    return product == NULL ? NULL : drawn(args, product, product->size, walk_layers);
}

static PyMethodDef methods[] = {
    {"walk", (PyCFunction)(void (*)(void))walk, METH_FASTCALL, NULL},
    {"walk_product", (PyCFunction)(void (*)(void))walk_product, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_walk", NULL, -1, methods,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__walk(void) {
    PyObject *made = PyModule_Create(&module);
    if (made != NULL && PyModule_AddIntMacro(made, FEW) < 0) Py_CLEAR(made);
    return made;
}
