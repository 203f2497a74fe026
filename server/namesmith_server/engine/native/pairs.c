/* The distinct pairs of a number and a DFA's state, as markov/pairs.py finds them in numpy.
 *
 * A pair has a key; a bit for each possible key tells which keys are there. The number of bits that
 * are set below a key is the pair's index: distinct pairs are numbered by ascending keys.
 *
 *     bits    0 1 0 1 1 0 ...      counts    bits set in the words before each word
 *     index     0   1 2
 */
#define Py_LIMITED_API 0x030B0000 /* one build for Python 3.11 and all after it */
#include <Python.h>
#include <stdint.h>

#include "fetch.h"

#define FEW (1 << 13) /* Most pairs for which the interpreter's lock is kept: some 20 us. */
#define AHEAD 8 /* Number of sources between the one that is fetched and the one that is read. */
#define DEAD (-1)

typedef struct {
    uint64_t *bits;      /* a bit for each possible key [words] */
    uint32_t *counts;    /* number of bits set in the words before each word [words] */
    int64_t tree, free;  /* the DFA's states in its trie, and the others */
} Keys;

/* Where pairs come from, and go. */
typedef struct {
    const int32_t *others, *states; /* a number and a DFA's state for each source */
    const int32_t *rows;            /* row of each number: of `successors`, or the number wanted */
    const int32_t *successors;      /* number by row and symbol [., V], or NULL */
    const int32_t *moves;           /* the DFA's state by state and symbol [., V] */
    int64_t size;                   /* V */
    int32_t *indices;               /* index of each pair, or DEAD */
    int32_t *next_others, *next_states; /* the distinct pairs, by index */
} Pairs;

static inline int64_t key_of(const Keys *k, int32_t other, int32_t state) {
    return state < k->tree ? state : other * k->free + state;
}

/* Number of bits that are set in a word, without an instruction that not every processor has. */
static inline uint32_t ones(uint64_t word) {
    word -= (word >> 1) & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + ((word >> 2) & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
    return (uint32_t)((word * 0x0101010101010101u) >> 56);
}

static inline void set_bit(const Keys *k, int64_t key) {
    k->bits[key >> 6] |= UINT64_C(1) << (key & 63);
}

/* Writes the index of a pair, and the pair at its index. */
static inline int32_t number(const Keys *k, const Pairs *p, int32_t other, int32_t state) {
    int64_t key = key_of(k, other, state);
    uint64_t below = k->bits[key >> 6] & ((UINT64_C(1) << (key & 63)) - 1);
    int32_t index = (int32_t)(k->counts[key >> 6] + ones(below));
    p->next_others[index] = other;
    p->next_states[index] = state;
    return index;
}

/* The pairs of the rows of sources, and the sources' states. */
static void mark_rows(const Keys *k, const Pairs *p, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; i++)
        set_bit(k, key_of(k, p->rows[p->others[i]], p->states[i]));
}

static void number_rows(const Keys *k, const Pairs *p, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; i++)
        p->indices[i] = number(k, p, p->rows[p->others[i]], p->states[i]);
}

/* Fetches the rows of a later source into the cache; inlined by order, as `fetch`. */
static inline __attribute__((always_inline)) void fetch_ahead(const Pairs *p, int64_t i,
                                                              int64_t last) {
    if (i + AHEAD >= last) return;
    FETCH(p->successors + p->others[i + AHEAD] * p->size, p->size);
    FETCH(p->moves + p->states[i + AHEAD] * p->size, p->size);
}

/* The pairs behind each symbol of sources, whose numbers are rows of `successors`. */
static void mark_successors(const Keys *k, const Pairs *p, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; i++) {
        fetch_ahead(p, i, last);
        const int32_t *others = p->successors + p->others[i] * p->size;
        const int32_t *states = p->moves + p->states[i] * p->size;
        for (int64_t x = 0; x < p->size; x++)
            if (states[x] != DEAD) set_bit(k, key_of(k, others[x], states[x]));
    }
}

static void number_successors(const Keys *k, const Pairs *p, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; i++) {
        fetch_ahead(p, i, last);
        const int32_t *others = p->successors + p->others[i] * p->size;
        const int32_t *states = p->moves + p->states[i] * p->size;
        int32_t *indices = p->indices + i * p->size;
        for (int64_t x = 0; x < p->size; x++)
            indices[x] = states[x] == DEAD ? DEAD : number(k, p, others[x], states[x]);
    }
}

typedef void (*Loop)(const Keys *, const Pairs *, int64_t, int64_t);

/* <loop>(bits, counts, tree, free, others, states, rows, successors, moves, size, indices,
 *        next_others, next_states, first, last), for the sources [first, last)
 *
 * Called by native/__init__.py alone, which gives addresses of arrays that are in bounds, or 0.
 */
static PyObject *run(Loop loop, PyObject *const *args, Py_ssize_t given) {
    if (given != 15) return PyErr_Format(PyExc_TypeError, "15 arguments are needed");
    Keys keys = {PyLong_AsVoidPtr(args[0]), PyLong_AsVoidPtr(args[1]), PyLong_AsLongLong(args[2]),
                 PyLong_AsLongLong(args[3])};
    Pairs pairs = {PyLong_AsVoidPtr(args[4]),  PyLong_AsVoidPtr(args[5]), PyLong_AsVoidPtr(args[6]),
                   PyLong_AsVoidPtr(args[7]),  PyLong_AsVoidPtr(args[8]), PyLong_AsLongLong(args[9]),
                   PyLong_AsVoidPtr(args[10]), PyLong_AsVoidPtr(args[11]),
                   PyLong_AsVoidPtr(args[12])};
    int64_t first = PyLong_AsLongLong(args[13]), last = PyLong_AsLongLong(args[14]);
    if (PyErr_Occurred()) return NULL;
    if ((last - first) * pairs.size <= FEW) {
        loop(&keys, &pairs, first, last);
    } else {
        Py_BEGIN_ALLOW_THREADS
        loop(&keys, &pairs, first, last);
        Py_END_ALLOW_THREADS
    }
    Py_RETURN_NONE;
}

#define FUNCTION(name)                                                                        \
    static PyObject *run_##name(PyObject *module, PyObject *const *args, Py_ssize_t given) { \
        (void)module;                                                                        \
        return run(name, args, given);                                                       \
    }
FUNCTION(mark_rows)
FUNCTION(number_rows)
FUNCTION(mark_successors)
FUNCTION(number_successors)

/* count(bits, counts, words) -> number of bits that are set; writes `counts`. */
static PyObject *count(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 3) return PyErr_Format(PyExc_TypeError, "count takes 3 arguments");
    const uint64_t *bits = PyLong_AsVoidPtr(args[0]);
    uint32_t *counts = PyLong_AsVoidPtr(args[1]), total = 0;
    int64_t words = PyLong_AsLongLong(args[2]);
    if (PyErr_Occurred()) return NULL;
    Py_BEGIN_ALLOW_THREADS
    for (int64_t i = 0; i < words; i++) {
        counts[i] = total;
        total += ones(bits[i]);
    }
    Py_END_ALLOW_THREADS
    return PyLong_FromUnsignedLong(total);
}

#define METHOD(name) {#name, (PyCFunction)(void (*)(void))run_##name, METH_FASTCALL, NULL}

static PyMethodDef methods[] = {
    METHOD(mark_rows),
    METHOD(number_rows),
    METHOD(mark_successors),
    METHOD(number_successors),
    {"count", (PyCFunction)(void (*)(void))count, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_pairs", NULL, -1, methods,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__pairs(void) { return PyModule_Create(&module); }
