/* Tells which names are within a few edits of a list, as constraints/neighbourhood.py in numpy.
 *
 * The variants of a name, its first symbols with some deleted, are looked up in the sorted variants
 * of the list. `buckets` tells where the variants of each value of their first bits begin.
 */
#define Py_LIMITED_API 0x030B0000 /* one build for Python 3.11 and all after it */
#include <Python.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define INDEXED 8    /* Number of first symbols of which variants are made. */
#define SPREAD 0x9E3779B97F4A7C15u
#define MOST_EDITS 2 /* Largest distance. */
#define WIDTH (2 * MOST_EDITS + 1)

typedef uint16_t Id; /* SYMBOL_ID of layouts.py */

/* Variants of a list of names: VARIANTS of layouts.py. */
typedef struct {
    const uint64_t *keys;          /* variants, sorted [E] */
    const int32_t *owners;         /* name of each variant [E] */
    const int64_t *buckets;        /* first entry by first bits [2^bits + 1] */
    const Id *names;               /* symbols of all names */
    const int64_t *starts, *lengths; /* place and length of each name */
    int64_t bits, edits;
} Index;

/* Whether two names are at most `edits` apart; a band of 2 edits + 1 diagonals. */
static int near(const Id *a, int64_t m, const Id *b, int64_t n, int64_t edits) {
    int64_t width = 2 * edits + 1, band[WIDTH];
    if (m - n > edits || n - m > edits) return 0;
    for (int64_t t = 0; t < width; t++) band[t] = t >= edits ? t - edits : edits + 1;
    for (int64_t i = 1; i <= m; i++) {
        int64_t least = edits + 1;
        for (int64_t t = 0; t < width; t++) {
            int64_t j = i + t - edits, best = edits + 1;
            if (j == 0) best = i;
            if (j > 0 && j <= n) {
                best = band[t] + (a[i - 1] != b[j - 1]);
                if (t > 0 && band[t - 1] + 1 < best) best = band[t - 1] + 1;
                if (t + 1 < width && band[t + 1] + 1 < best) best = band[t + 1] + 1;
            }
            band[t] = best;
            if (best < least) least = best;
        }
        if (least > edits) return 0;
    }
    return band[n - m + edits] <= edits;
}

/* Whether a listed name with the variant is near the name. */
static int shares(const Index *x, uint64_t key, const Id *name, int64_t length) {
    uint64_t first = key >> (64 - x->bits);
    for (int64_t e = x->buckets[first]; e < x->buckets[first + 1] && x->keys[e] <= key; e++) {
        if (x->keys[e] != key) continue;
        int32_t owner = x->owners[e];
        if (near(name, length, x->names + x->starts[owner], x->lengths[owner], x->edits)) return 1;
    }
    return 0;
}

/* Tries the variants with up to `left` more deletions, of symbols from place `from` on. */
static int tries(const Index *x, const uint8_t *symbols, int64_t count, int64_t from, int64_t left,
                 const Id *name, int64_t length) {
    uint64_t key = 0;
    for (int64_t i = 0; i < count; i++) key |= (uint64_t)symbols[i] << (8 * i);
    if (shares(x, key * SPREAD, name, length)) return 1;
    if (left == 0) return 0;
    for (int64_t i = from; i < count; i++) {
        uint8_t rest[INDEXED];
        for (int64_t k = 0; k + 1 < count; k++) rest[k] = symbols[k + (k >= i)];
        if (tries(x, rest, count - 1, i, left - 1, name, length)) return 1;
    }
    return 0;
}

static void look_up(const Index *x, const Id *names, const int64_t *starts, const int64_t *lengths,
                    int64_t count, uint8_t *held) {
    for (int64_t i = 0; i < count; i++) {
        const Id *name = names + starts[i];
        int64_t indexed = lengths[i] < INDEXED ? lengths[i] : INDEXED;
        uint8_t symbols[INDEXED];
        for (int64_t k = 0; k < indexed; k++) symbols[k] = (uint8_t)((name[k] - 1) % 255 + 1);
        held[i] = (uint8_t)tries(x, symbols, indexed, 0, x->edits, name, lengths[i]);
    }
}

/* holds(index, names, starts, lengths, count, held), which writes 0 or 1 for each name
 *
 * Called by native/__init__.py alone, which gives addresses of arrays that are in bounds.
 */
static PyObject *holds(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 6) return PyErr_Format(PyExc_TypeError, "holds takes 6 arguments");
    const Index *index = PyLong_AsVoidPtr(args[0]);
    const Id *names = PyLong_AsVoidPtr(args[1]);
    const int64_t *starts = PyLong_AsVoidPtr(args[2]), *lengths = PyLong_AsVoidPtr(args[3]);
    int64_t count = PyLong_AsLongLong(args[4]);
    uint8_t *held = PyLong_AsVoidPtr(args[5]);
    if (PyErr_Occurred()) return NULL;
    Py_BEGIN_ALLOW_THREADS
    look_up(index, names, starts, lengths, count, held);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"holds", (PyCFunction)(void (*)(void))holds, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_variants", NULL, -1, methods,
                                    NULL, NULL, NULL, NULL};

#define AT(field) (Py_ssize_t)offsetof(Index, field)

PyMODINIT_FUNC PyInit__variants(void) {
    PyObject *made = PyModule_Create(&module);
    if (made == NULL) return NULL;
    PyObject *layout = Py_BuildValue("(nnnnnnnnn)", AT(keys), AT(owners), AT(buckets), AT(names),
                                     AT(starts), AT(lengths), AT(bits), AT(edits),
                                     (Py_ssize_t)sizeof(Index));
    int failed = PyModule_AddObjectRef(made, "VARIANTS", layout) < 0;
    Py_XDECREF(layout);
    if (failed) Py_CLEAR(made);
    return made;
}
