/* Walks names over a chain, as walk.py does in numpy, to the same symbols.
 *
 * Every number is computed as numpy computes it, in the same order, in IEEE double precision, so
 * that the two agree in every bit: compile without contraction (-ffp-contract=off).
 */
#define Py_LIMITED_API 0x030B0000 /* one build for Python 3.11 and all after it */
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>

#define GAMMA 0x9E3779B97F4A7C15u
#define FEW 256 /* Names for which the interpreter's lock is kept: giving it away may cost more. */

/* As chain.py packs it. */
typedef struct {
    const double *p;     /* probabilities [V^L, V] */
    const double *s;     /* of success by characters so far [positions, V^(L-1), V] */
    int64_t tails, size; /* V^(L-1), V */
} Chain;

typedef struct {
    uint64_t seed;
    int64_t first, count;  /* rows */
    const int32_t *prefix; /* symbols [length] that every name begins with */
    int64_t length, context; /* the row of p after the prefix */
} Order;

/* As random.mix: SplitMix64's finaliser. */
static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The first symbol whose cumulative weight, as a share of all, is above u. */
static int64_t choose(const double *p, const double *s, int64_t size, double *sums, double u) {
    double sum = 0;
    for (int64_t k = 0; k < size; k++) sums[k] = sum += p[k] * s[k];
    /* Where the difference is beyond rounding, a product tells as much as a division. */
    double at = u * sum, above = at * (1 + 1e-12), below = at * (1 - 1e-12);
    int64_t k = 0;
    while (k < size - 1 && !(sums[k] > above) && (sums[k] < below || u >= sums[k] / sum)) k++;
    return k;
}

/* Writes the names, each closed by the end symbol, as code points; returns how many. */
static int64_t walk_rows(const Chain *c, const Order *o, const uint32_t *points, double *sums,
                         uint32_t *out) {
    uint32_t *end = out;
    uint64_t mixed = mix(o->seed);
    for (int64_t i = 1; i <= o->count; i++) {
        uint64_t key = mix(mixed + (uint64_t)(o->first + i) * GAMMA);
        int64_t row = o->context, position = o->length, symbol;
        for (int64_t k = 0; k < o->length; k++) *end++ = points[o->prefix[k]];
        do {
            uint64_t bits = mix(key + (uint64_t)++position * GAMMA);
            int64_t tail = row % c->tails;
            symbol = choose(c->p + row * c->size, c->s + (position * c->tails + tail) * c->size,
                            c->size, sums, (double)(bits >> 11) * 0x1p-53);
            *end++ = points[symbol];
            row = tail * c->size + symbol;
        } while (symbol != 0);
    }
    return end - out;
}

/* walk(chain, points, seed, first, count, prefix, context, longest) -> str
 *
 * Called by CompiledWalk alone, which gives what is in bounds. points: address of the code point
 * of each symbol [V]. longest: most characters of a name.
 */
static PyObject *walk(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 8) return PyErr_Format(PyExc_TypeError, "walk takes 8 arguments");
    char *chain, *prefix;
    Py_ssize_t bytes, length;
    if (PyBytes_AsStringAndSize(args[0], &chain, &bytes) < 0) return NULL;
    if (PyBytes_AsStringAndSize(args[5], &prefix, &length) < 0) return NULL;
    const uint32_t *points = PyLong_AsVoidPtr(args[1]);
    Order order = {PyLong_AsUnsignedLongLong(args[2]), PyLong_AsLongLong(args[3]),
                   PyLong_AsLongLong(args[4]),         (const int32_t *)prefix,
                   length / 4,                         PyLong_AsLongLong(args[6])};
    int64_t longest = PyLong_AsLongLong(args[7]);
    if (PyErr_Occurred()) return NULL;

    const Chain *c = (const Chain *)chain;
    double *sums = malloc((size_t)c->size * sizeof(double) +
                                   (size_t)(order.count * (longest + 1)) * sizeof(uint32_t));
    if (sums == NULL) return PyErr_NoMemory();
    uint32_t *out = (uint32_t *)(sums + c->size);
    int64_t written;
    if (order.count <= FEW) {
        written = walk_rows(c, &order, points, sums, out);
    } else {
        Py_BEGIN_ALLOW_THREADS
        written = walk_rows(c, &order, points, sums, out);
        Py_END_ALLOW_THREADS
    }
    int byte_order = *(const char *)&(const uint16_t){1} ? -1 : 1; /* given: no mark is looked for */
    PyObject *text = PyUnicode_DecodeUTF32((char *)out, written * 4, NULL, &byte_order);
    free(sums);
    return text;
}

static PyMethodDef methods[] = {
    {"walk", (PyCFunction)(void (*)(void))walk, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_walk", NULL, -1, methods,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__walk(void) { return PyModule_Create(&module); }
