/* The reachable pairs of the states of two machines, as constraints/product.py finds them in numpy.
 *
 * Pairs are numbered in the order in which they are met, breadth first. Two pairs share a row of
 * successors where the left states share one and the right states are equal.
 *
 *     pair       0 (s, p)   1 (t, q)   2 (u, q) ...       each is examined once
 *     row of it  0          1          1        ...       after[row][x] is a pair, or DEAD
 *
 * Both are found in hash tables (open addressing, linear probing) that hold numbers alone: a number
 * leads to its pair.
 */
#define Py_LIMITED_API 0x030B0000 /* one build for Python 3.11 and all after it */
#include <Python.h>
#include <stddef.h>
#include <stdint.h>

#define DEAD (-1)
#define EMPTY (-1)

/* PRODUCT of layouts.py. */
typedef struct {
    const int32_t *left_rows;        /* row of each left state */
    const int32_t *left;             /* left state after each row and symbol, or DEAD [., V] */
    const int32_t *right;            /* right state after each state and symbol, or DEAD [., V] */
    int32_t *lefts, *rights;         /* the states of each pair [most_pairs] */
    int32_t *rows;                   /* row of each pair [most_pairs] */
    int32_t *after;                  /* pair after each row and symbol, or DEAD [most_rows, V] */
    int32_t *firsts;                 /* a pair of each row [most_rows] */
    int32_t *pair_slots, *row_slots; /* numbers of pairs, and of rows, or EMPTY [mask + 1] */
    int64_t size;                    /* V */
    int64_t mask, most_pairs, most_rows;
    int64_t pairs, shared, examined; /* numbers of pairs, of rows, of pairs that have a row */
} Product;

static inline uint64_t slot_of(const Product *p, int32_t one, int32_t other) {
    uint64_t key = (uint64_t)(uint32_t)one << 32 | (uint32_t)other;
    key *= UINT64_C(0x9E3779B97F4A7C15); /* Fibonacci hashing: Knuth, TAOCP 3, 6.4 */
    return (key ^ key >> 32) & (uint64_t)p->mask;
}

/* The number of a pair; a new pair gets the next number. EMPTY where there is no room. */
static inline int32_t pair_number(Product *p, int32_t left, int32_t right) {
    uint64_t slot = slot_of(p, left, right);
    for (int32_t n; (n = p->pair_slots[slot]) != EMPTY; slot = (slot + 1) & (uint64_t)p->mask)
        if (p->lefts[n] == left && p->rights[n] == right) return n;
    if (p->pairs == p->most_pairs) return EMPTY;
    p->lefts[p->pairs] = left;
    p->rights[p->pairs] = right;
    return p->pair_slots[slot] = (int32_t)p->pairs++;
}

/* Writes the pairs behind each symbol of a pair; 0 where there is no room for them. */
static int write_row(Product *p, int64_t pair, int32_t *after) {
    const int32_t *lefts = p->left + p->left_rows[p->lefts[pair]] * p->size;
    const int32_t *rights = p->right + p->rights[pair] * p->size;
    for (int64_t x = 0; x < p->size; x++) {
        after[x] = DEAD;
        if (lefts[x] == DEAD || rights[x] == DEAD) continue;
        after[x] = pair_number(p, lefts[x], rights[x]);
        if (after[x] == EMPTY) return 0;
    }
    return 1;
}

/* Examines a pair: finds its row, or writes a new one; 0 where there is no room. */
static int examine(Product *p, int64_t pair) {
    int32_t left = p->left_rows[p->lefts[pair]], right = p->rights[pair];
    uint64_t slot = slot_of(p, left, right);
    for (int32_t n; (n = p->row_slots[slot]) != EMPTY; slot = (slot + 1) & (uint64_t)p->mask) {
        int32_t first = p->firsts[n];
        if (p->left_rows[p->lefts[first]] != left || p->rights[first] != right) continue;
        p->rows[pair] = n;
        return 1;
    }
    if (p->shared == p->most_rows) return 0;
    int32_t row = (int32_t)p->shared++;
    p->row_slots[slot] = p->rows[pair] = row;
    p->firsts[row] = (int32_t)pair;
    return write_row(p, pair, p->after + row * p->size);
}

/* expand(product, most) -> whether there was room; finds the rows of up to `most` pairs more.
 *
 * Called by native/__init__.py alone, which gives the address of a struct whose arrays are in bounds.
 */
static PyObject *expand(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 2) return PyErr_Format(PyExc_TypeError, "expand takes 2 arguments");
    Product *p = PyLong_AsVoidPtr(args[0]);
    int64_t most = PyLong_AsLongLong(args[1]);
    int fits = 1;
    if (PyErr_Occurred()) return NULL;
    Py_BEGIN_ALLOW_THREADS
    for (; fits && most && p->examined < p->pairs; most--) {
        fits = examine(p, p->examined);
        p->examined += fits;
    }
    Py_END_ALLOW_THREADS
    return PyBool_FromLong(fits);
}

/* begin(product, left, right): sets the pair that all others are reached from. */
static PyObject *begin(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 3) return PyErr_Format(PyExc_TypeError, "begin takes 3 arguments");
    Product *p = PyLong_AsVoidPtr(args[0]);
    long left = PyLong_AsLong(args[1]), right = PyLong_AsLong(args[2]);
    if (PyErr_Occurred()) return NULL;
    pair_number(p, (int32_t)left, (int32_t)right);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"begin", (PyCFunction)(void (*)(void))begin, METH_FASTCALL, NULL},
    {"expand", (PyCFunction)(void (*)(void))expand, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_product", NULL, -1, methods,
                                    NULL, NULL, NULL, NULL};

#define AT(field) (Py_ssize_t)offsetof(Product, field)

PyMODINIT_FUNC PyInit__product(void) {
    PyObject *made = PyModule_Create(&module);
    if (made == NULL) return NULL;
    PyObject *product = Py_BuildValue(
        "(nnnnnnnnnnnnnnnnnn)", AT(left_rows), AT(left), AT(right), AT(lefts), AT(rights), AT(rows),
        AT(after), AT(firsts), AT(pair_slots), AT(row_slots), AT(size), AT(mask), AT(most_pairs),
        AT(most_rows), AT(pairs), AT(shared), AT(examined), (Py_ssize_t)sizeof(Product));
    if (PyModule_AddObjectRef(made, "PRODUCT", product) < 0) Py_CLEAR(made);
    Py_XDECREF(product);
    return made;
}
