/* Steps of the passes over a chain's states: backwards (markov/backward.py) and forwards
 * (markov/statistics.py).
 *
 * Every number is computed as numpy computes it there, in the same order, in IEEE double precision:
 * compile without contraction (-ffp-contract=off).
 */
#define Py_LIMITED_API 0x030B0000 /* one build for Python 3.11 and all after it */
#include <Python.h>
#include <math.h>
#include <stdint.h>

#include "fetch.h"

#define FEW (1 << 14) /* Most products for which the interpreter's lock is kept: some 20 us. */

#define AHEAD 8 /* Number of states between the one that is fetched and the one that is computed. */

/* Which values come together, and how: the order of Rule in native/__init__.py. */
enum { SUM_PRODUCTS, MAX_SUMS };

/* States of a layer whose values are computed from the values of the next layer. */
typedef struct {
    const void *weights;         /* weights of the symbols in each state of the chain [S, V] */
    int64_t size;                /* V */
    const int32_t *chain_states; /* the chain's state of each state [N] */
    const int32_t *rows;         /* row of `after` for each state [N] */
    const int32_t *after;        /* state of the next layer by symbol, or -1 [R, V] */
    const double *may_end;       /* 0 or 1 for each state [N] */
    double end, zero;            /* value behind the end symbol, where a name may end or not */
    const double *behind;        /* values of the next layer, and `zero` [width + 1] */
    int64_t width;               /* number of states of the next layer */
    double *values;              /* where the values go [N] */
} Step;

/* The value behind a symbol; behind no state, the last of the values. */
static inline double value(const double *behind, int64_t width, int32_t state) {
    return behind[state < 0 ? width : state];
}

/* Four partial sums, by symbol modulo 4, so that no product waits for the sum before it. */
#define SUM(Weight)                                                                      \
    static void sum_##Weight(const Step *t, int64_t first, int64_t last) {               \
        int64_t size = t->size, width = t->width;                                        \
        const double *behind = t->behind;                                                \
        for (int64_t i = first; i < last; i++) {                                         \
            if (i + AHEAD < last) {                                                      \
                FETCH((const Weight *)t->weights + t->chain_states[i + AHEAD] * size, size); \
                FETCH(t->after + t->rows[i + AHEAD] * size, size);                       \
            }                                                                            \
            const Weight *w = (const Weight *)t->weights + t->chain_states[i] * size;    \
            const int32_t *after = t->after + t->rows[i] * size;                         \
            double a = w[0] * (t->may_end[i] != 0 ? t->end : t->zero), b = 0, c = 0, d = 0; \
            if (size > 1) b += w[1] * value(behind, width, after[1]);                         \
            if (size > 2) c += w[2] * value(behind, width, after[2]);                         \
            if (size > 3) d += w[3] * value(behind, width, after[3]);                         \
            int64_t k = 4;                                                               \
            for (; k + 4 <= size; k += 4) {                                              \
                a += w[k] * value(behind, width, after[k]);                                   \
                b += w[k + 1] * value(behind, width, after[k + 1]);                           \
                c += w[k + 2] * value(behind, width, after[k + 2]);                           \
                d += w[k + 3] * value(behind, width, after[k + 3]);                           \
            }                                                                            \
            if (k < size) a += w[k] * value(behind, width, after[k]);                         \
            if (k + 1 < size) b += w[k + 1] * value(behind, width, after[k + 1]);             \
            if (k + 2 < size) c += w[k + 2] * value(behind, width, after[k + 2]);             \
            t->values[i] = (a + b) + (c + d);                                            \
        }                                                                                \
    }

static inline double greater(double a, double b) { return a > b ? a : b; }

#define MAX(Weight)                                                                      \
    static void max_##Weight(const Step *t, int64_t first, int64_t last) {               \
        int64_t size = t->size, width = t->width;                                        \
        const double *behind = t->behind;                                                \
        for (int64_t i = first; i < last; i++) {                                         \
            if (i + AHEAD < last) {                                                      \
                FETCH((const Weight *)t->weights + t->chain_states[i + AHEAD] * size, size); \
                FETCH(t->after + t->rows[i + AHEAD] * size, size);                       \
            }                                                                            \
            const Weight *w = (const Weight *)t->weights + t->chain_states[i] * size;    \
            const int32_t *after = t->after + t->rows[i] * size;                         \
            double a = w[0] + (t->may_end[i] != 0 ? t->end : t->zero), b = -INFINITY;    \
            int64_t k = 1;                                                               \
            for (; k + 2 <= size; k += 2) {                                              \
                b = greater(w[k] + value(behind, width, after[k]), b);                        \
                a = greater(w[k + 1] + value(behind, width, after[k + 1]), a);                \
            }                                                                            \
            if (k < size) b = greater(w[k] + value(behind, width, after[k]), b);              \
            t->values[i] = greater(a, b);                                                \
        }                                                                                \
    }

SUM(float)
SUM(double)
MAX(float)
MAX(double)

typedef void (*Rule)(const Step *, int64_t, int64_t);
static const Rule rules[2][2] = {{sum_float, sum_double}, {max_float, max_double}};

/* backward(rule, wide, weights, size, chain_states, rows, after, may_end, end, zero, behind, width,
 *          first, last, values)
 *
 * Writes the values of the states [first, last). wide: whether the weights are float64, not float32.
 *
 * Called by native/__init__.py alone, which gives addresses of arrays that are in bounds.
 */
static PyObject *backward(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 15) return PyErr_Format(PyExc_TypeError, "backward takes 15 arguments");
    long rule = PyLong_AsLong(args[0]), wide = PyLong_AsLong(args[1]);
    Step step = {PyLong_AsVoidPtr(args[2]),   PyLong_AsLongLong(args[3]), PyLong_AsVoidPtr(args[4]),
                 PyLong_AsVoidPtr(args[5]),   PyLong_AsVoidPtr(args[6]),  PyLong_AsVoidPtr(args[7]),
                 PyFloat_AsDouble(args[8]),   PyFloat_AsDouble(args[9]),  PyLong_AsVoidPtr(args[10]),
                 PyLong_AsLongLong(args[11]), PyLong_AsVoidPtr(args[14])};
    int64_t first = PyLong_AsLongLong(args[12]), last = PyLong_AsLongLong(args[13]);
    if (PyErr_Occurred()) return NULL;
    Rule compute = rules[rule == MAX_SUMS][wide != 0];
    if ((last - first) * step.size <= FEW) {
        compute(&step, first, last);
    } else {
        Py_BEGIN_ALLOW_THREADS
        compute(&step, first, last);
        Py_END_ALLOW_THREADS
    }
    Py_RETURN_NONE;
}

/* The probability of states that flows on to their successors. */
typedef struct {
    const double *at;            /* probability of each state [S] */
    const double *probabilities; /* probability of each symbol in each state [S, V] */
    int64_t size;                /* V */
    const int32_t *rows;         /* row of `successors` for each state [S] */
    const int32_t *successors;   /* state after each symbol [R, V] */
    double *next;                /* where the probability is added up [S] */
} Flow;

static void flow_on(const Flow *f, int64_t first, int64_t last) {
    for (int64_t s = first; s < last; s++) {
        double at = f->at[s];
        if (at == 0) continue; /* adding zeros changes no bit */
        if (s + AHEAD < last) {
            FETCH(f->probabilities + (s + AHEAD) * f->size, f->size);
            FETCH(f->successors + f->rows[s + AHEAD] * f->size, f->size);
        }
        const double *p = f->probabilities + s * f->size;
        const int32_t *successors = f->successors + f->rows[s] * f->size;
        for (int64_t k = 1; k < f->size; k++) f->next[successors[k]] += at * p[k];
    }
}

/* forward(at, probabilities, size, rows, successors, first, last, next)
 *
 * Adds the probability that flows on from the states [first, last) to `next`.
 *
 * Called by native/__init__.py alone, which gives addresses of arrays that are in bounds.
 */
static PyObject *forward(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 8) return PyErr_Format(PyExc_TypeError, "forward takes 8 arguments");
    Flow flow = {PyLong_AsVoidPtr(args[0]), PyLong_AsVoidPtr(args[1]), PyLong_AsLongLong(args[2]),
                 PyLong_AsVoidPtr(args[3]), PyLong_AsVoidPtr(args[4]), PyLong_AsVoidPtr(args[7])};
    int64_t first = PyLong_AsLongLong(args[5]), last = PyLong_AsLongLong(args[6]);
    if (PyErr_Occurred()) return NULL;
    Py_BEGIN_ALLOW_THREADS
    flow_on(&flow, first, last);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"backward", (PyCFunction)(void (*)(void))backward, METH_FASTCALL, NULL},
    {"forward", (PyCFunction)(void (*)(void))forward, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_passes", NULL, -1, methods,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__passes(void) { return PyModule_Create(&module); }
