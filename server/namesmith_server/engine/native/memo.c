/* A memo of distributions by their whole contexts, and the walk of sequences through it.
 *
 *   context --hash--> index --> entry: key (the context), row (log-probabilities)
 *
 * Each slot of the index leads to one entry at most. A context that meets a slot with another key
 * takes the entry over; otherwise it takes the next entry in turn, so that memory is touched as it
 * fills, and the oldest entry is given up when it is full.
 */
#define Py_LIMITED_API 0x030B0000 /* one build for Python 3.11 and all after it */
#include <Python.h>
#include <stddef.h>
#include <string.h>

#include "draw.h"

#define NONE (-1)
#define FEW 64 /* Most contexts for which the interpreter's lock is kept. */

enum { GOING, FITS, LEAVES };

/* MEMO of layouts.py. */
typedef struct {
    int32_t *index;                            /* entry + 1, or 0 [mask + 1] */
    uint16_t *keys;                            /* context of each entry [capacity, block_size] */
    char *rows;                                /* row of each entry [capacity], row_bytes each */
    int64_t mask, capacity, block_size, row_bytes;
    int64_t next, filled;                      /* entry that is taken next; number of entries */
} Memo;

static uint64_t slot_of(const Memo *m, const int64_t *context) {
    uint64_t hash = 0;
    for (int64_t i = 0; i < m->block_size; i++) hash = (hash + (uint64_t)context[i] + 1) * GAMMA;
    return mix(hash) & (uint64_t)m->mask;
}

static uint64_t slot_of_entry(const Memo *m, int64_t entry) {
    const uint16_t *key = m->keys + entry * m->block_size;
    uint64_t hash = 0;
    for (int64_t i = 0; i < m->block_size; i++) hash = (hash + key[i] + 1) * GAMMA;
    return mix(hash) & (uint64_t)m->mask;
}

static int64_t find_in(const Memo *m, const int64_t *context, uint64_t slot) {
    int64_t entry = (int64_t)m->index[slot] - 1;
    if (entry < 0) return NONE;
    const uint16_t *key = m->keys + entry * m->block_size;
    for (int64_t i = 0; i < m->block_size; i++)
        if (key[i] != context[i]) return NONE;
    return entry;
}

static int64_t take_entry(Memo *m, uint64_t slot) {
    int64_t entry = (int64_t)m->index[slot] - 1;
    if (entry >= 0) return entry;
    entry = m->next;
    m->next = (m->next + 1) % m->capacity;
    if (m->filled < m->capacity) {
        m->filled++;
    } else {
        uint64_t old = slot_of_entry(m, entry);
        if (m->index[old] == entry + 1) m->index[old] = 0;
    }
    m->index[slot] = (int32_t)(entry + 1);
    return entry;
}

static void find_all(const Memo *m, const int64_t *contexts, int64_t count, int64_t *entries) {
    for (int64_t i = 0; i < count; i++) {
        const int64_t *context = contexts + i * m->block_size;
        entries[i] = find_in(m, context, slot_of(m, context));
    }
}

static void store_all(Memo *m, const int64_t *contexts, const char *rows, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        const int64_t *context = contexts + i * m->block_size;
        uint64_t slot = slot_of(m, context);
        if (find_in(m, context, slot) != NONE) continue;
        int64_t entry = take_entry(m, slot);
        uint16_t *key = m->keys + entry * m->block_size;
        for (int64_t k = 0; k < m->block_size; k++) key[k] = (uint16_t)context[k];
        memcpy(m->rows + entry * m->row_bytes, rows + i * m->row_bytes, (size_t)m->row_bytes);
    }
}

/* Sequences in memory, and where their contexts and symbols stand. */
typedef struct {
    char *first;
    int64_t stride, context, symbols; /* bytes */
    const int64_t *places;
    int64_t count;
} Sequences;

/* Append symbols until the sequence ends, its context is unknown, or a draw is uncertain. */
static void walk_one(const Memo *m, char *at, const Sequences *s, const Bounds *bounds,
                     double *sums) {
    Sequence *row = (Sequence *)at;
    int64_t *context = (int64_t *)(at + s->context), size = m->row_bytes / (int64_t)sizeof(float);
    int32_t *symbols = (int32_t *)(at + s->symbols);
    while (row->status == GOING) {
        int64_t entry = find_in(m, context, slot_of(m, context));
        if (entry == NONE) return;
        const float *log_probs = (const float *)(m->rows + entry * m->row_bytes);
        int64_t symbol = draw_symbol(row, log_probs, size, bounds, sums);
        if (symbol == UNCERTAIN) return;
        if (symbol == 0) row->status = row->position >= row->min_length ? FITS : LEAVES;
        else if (row->position == row->max_length) row->status = LEAVES;
        symbols[row->position++] = (int32_t)symbol;
        memmove(context, context + 1, (size_t)(m->block_size - 1) * sizeof(int64_t));
        context[m->block_size - 1] = symbol;
    }
}

static void walk_all(const Memo *m, const Sequences *s, const Bounds *bounds, double *sums) {
    for (int64_t i = 0; i < s->count; i++)
        walk_one(m, s->first + s->places[i] * s->stride, s, bounds, sums);
}

/* find(memo, contexts, count, entries): writes entries, int64 [count], -1 for unknown contexts.
 *
 * This and the functions below are called by engine/memo.py alone, which gives addresses of arrays
 * that are in bounds, and lets one thread at a time work on a memo.
 */
static PyObject *find(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 4) return PyErr_Format(PyExc_TypeError, "find takes 4 arguments");
    const Memo *memo = PyLong_AsVoidPtr(args[0]);
    const int64_t *contexts = PyLong_AsVoidPtr(args[1]);
    int64_t count = PyLong_AsLongLong(args[2]), *entries = PyLong_AsVoidPtr(args[3]);
    if (PyErr_Occurred()) return NULL;
    if (count <= FEW) {
        find_all(memo, contexts, count, entries);
    } else {
        Py_BEGIN_ALLOW_THREADS
        find_all(memo, contexts, count, entries);
        Py_END_ALLOW_THREADS
    }
    Py_RETURN_NONE;
}

/* store(memo, contexts, rows, count) */
static PyObject *store(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 4) return PyErr_Format(PyExc_TypeError, "store takes 4 arguments");
    Memo *memo = PyLong_AsVoidPtr(args[0]);
    const int64_t *contexts = PyLong_AsVoidPtr(args[1]);
    const char *rows = PyLong_AsVoidPtr(args[2]);
    int64_t count = PyLong_AsLongLong(args[3]);
    if (PyErr_Occurred()) return NULL;
    if (count <= FEW) {
        store_all(memo, contexts, rows, count);
    } else {
        Py_BEGIN_ALLOW_THREADS
        store_all(memo, contexts, rows, count);
        Py_END_ALLOW_THREADS
    }
    Py_RETURN_NONE;
}

/* walk(memo, sequences, stride, context, symbols, places, count, difference, rounding)
 *
 * The rows of the memo are float32; the sequences are simple.
 */
static PyObject *walk(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 9) return PyErr_Format(PyExc_TypeError, "walk takes 9 arguments");
    const Memo *memo = PyLong_AsVoidPtr(args[0]);
    Sequences s = {PyLong_AsVoidPtr(args[1]),  PyLong_AsLongLong(args[2]),
                   PyLong_AsLongLong(args[3]), PyLong_AsLongLong(args[4]),
                   PyLong_AsVoidPtr(args[5]),  PyLong_AsLongLong(args[6])};
    Bounds bounds = {PyFloat_AsDouble(args[7]), PyFloat_AsDouble(args[8])};
    if (PyErr_Occurred()) return NULL;
    double *sums = PyMem_Malloc((size_t)memo->row_bytes / sizeof(float) * sizeof(double));
    if (sums == NULL) return PyErr_NoMemory();
    if (s.count <= FEW) {
        walk_all(memo, &s, &bounds, sums);
    } else {
        Py_BEGIN_ALLOW_THREADS
        walk_all(memo, &s, &bounds, sums);
        Py_END_ALLOW_THREADS
    }
    PyMem_Free(sums);
    Py_RETURN_NONE;
}

#define FUNCTION(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, NULL}

static PyMethodDef methods[] = {FUNCTION(find), FUNCTION(store), FUNCTION(walk),
                                {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_memo", NULL, -1, methods,
                                    NULL, NULL, NULL, NULL};

#define AT(field) (Py_ssize_t)offsetof(Memo, field)

PyMODINIT_FUNC PyInit__memo(void) {
    PyObject *made = PyModule_Create(&module);
    if (made == NULL) return NULL;
    PyObject *memo =
        Py_BuildValue("(nnnnnnnnnn)", AT(index), AT(keys), AT(rows), AT(mask), AT(capacity),
                      AT(block_size), AT(row_bytes), AT(next), AT(filled), (Py_ssize_t)sizeof(Memo));
    if (PyModule_AddObjectRef(made, "MEMO", memo) < 0) Py_CLEAR(made);
    Py_XDECREF(memo);
    return made;
}
