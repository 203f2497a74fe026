/* Steps of the distribution of surprisals over a chain's states (markov/surprisal.py).
 *
 * Every number is computed as numpy computes it there, in the same order, in IEEE arithmetic:
 * compile without contraction (-ffp-contract=off).
 */
#define Py_LIMITED_API 0x030B0000 /* one build for Python 3.11 and all after it */
#include <Python.h>
#include <stdint.h>

#include "fetch.h"

#define AHEAD 12 /* Number of edges between the one whose target is fetched and the one computed. */

/* Masses by state and cost: a row of a state is a ring of costs. */
typedef struct {
    float *masses; /* probability of the prefixes that end in each state, by their costs [S, W] */
    int64_t width; /* W */
    int64_t at;    /* place of the block's first cost in the ring */
    int64_t block; /* number of costs of the block */
} Ring;

/* Edges of the states, state after state. */
typedef struct {
    const int64_t *offsets;     /* place of each state's first edge, and their number [S + 1] */
    const int32_t *targets;     /* state behind each edge [E] */
    const int32_t *costs;       /* cost of each edge, below W - block [E] */
    const float *probabilities; /* probability of each edge [E] */
} Edges;

static inline int64_t wrapped(int64_t place, int64_t width) {
    return place < width ? place : place - width;
}

static inline __attribute__((always_inline)) void fetch_target(const Ring *r, const Edges *edges,
                                                               int64_t e) {
    float *row = r->masses + edges->targets[e] * r->width;
    int64_t place = wrapped(r->at + edges->costs[e], r->width);
    FETCH(row + place, r->block);
}

static inline void add(float *restrict to, const float *restrict from, float factor, int64_t n) {
    for (int64_t i = 0; i < n; i++) to[i] += factor * from[i];
}

static void flow(const Ring *r, const Edges *edges, float least, double *ends, int64_t first,
                 int64_t last) {
    int64_t total = edges->offsets[last];
    for (int64_t s = first; s < last; s++) {
        const float *from = r->masses + s * r->width + r->at;
        if (edges->offsets[s] == edges->offsets[s + 1]) continue;
        float mass = 0;
        for (int64_t i = 0; i < r->block; i++) mass += from[i];
        if (mass == 0) continue;
        for (int64_t e = edges->offsets[s]; e < edges->offsets[s + 1]; e++) {
            if (e + AHEAD < total) fetch_target(r, edges, e + AHEAD);
            float p = edges->probabilities[e], flowing = mass * p;
            int64_t cost = edges->costs[e];
            if (flowing < least) {
                ends[cost + r->block - 1] += flowing;
                continue;
            }
            float *row = r->masses + edges->targets[e] * r->width;
            int64_t place = wrapped(r->at + cost, r->width), room = r->width - place;
            if (room >= r->block) {
                add(row + place, from, p, r->block);
            } else {
                add(row + place, from, p, room);
                add(row, from + room, p, r->block - room);
            }
        }
    }
}

/* flow_far(masses, width, at, block, offsets, targets, costs, probabilities, least, ends, first,
 *          last)
 *
 * Adds the masses of a block of the states [first, last), which must differ from the targets' cells,
 * to the cells behind their edges. A flow below `least` ends at once. ends: from the block's cost on.
 *
 * Called by native/surprisal.py alone, which gives addresses of arrays that are in bounds.
 */
static PyObject *flow_far(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 12) return PyErr_Format(PyExc_TypeError, "flow_far takes 12 arguments");
    Ring ring = {PyLong_AsVoidPtr(args[0]), PyLong_AsLongLong(args[1]), PyLong_AsLongLong(args[2]),
                 PyLong_AsLongLong(args[3])};
    Edges edges = {PyLong_AsVoidPtr(args[4]), PyLong_AsVoidPtr(args[5]), PyLong_AsVoidPtr(args[6]),
                   PyLong_AsVoidPtr(args[7])};
    float least = (float)PyFloat_AsDouble(args[8]);
    double *ends = PyLong_AsVoidPtr(args[9]);
    int64_t first = PyLong_AsLongLong(args[10]), last = PyLong_AsLongLong(args[11]);
    if (PyErr_Occurred()) return NULL;
    Py_BEGIN_ALLOW_THREADS
    flow(&ring, &edges, least, ends, first, last);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

/* flow_near(masses, width, at, block, sources, targets, costs, probabilities, count)
 *
 * Adds the masses of a block to the cells behind edges whose costs may be below the block's, one
 * cost after the other.
 */
static PyObject *flow_near(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 9) return PyErr_Format(PyExc_TypeError, "flow_near takes 9 arguments");
    Ring r = {PyLong_AsVoidPtr(args[0]), PyLong_AsLongLong(args[1]), PyLong_AsLongLong(args[2]),
              PyLong_AsLongLong(args[3])};
    const int32_t *sources = PyLong_AsVoidPtr(args[4]), *targets = PyLong_AsVoidPtr(args[5]),
                  *costs = PyLong_AsVoidPtr(args[6]);
    const float *probabilities = PyLong_AsVoidPtr(args[7]);
    int64_t count = PyLong_AsLongLong(args[8]);
    if (PyErr_Occurred()) return NULL;
    Py_BEGIN_ALLOW_THREADS
    for (int64_t place = r.at; place < r.at + r.block; place++) {
        for (int64_t e = 0; e < count; e++) {
            float mass = r.masses[sources[e] * r.width + place];
            if (mass == 0) continue; /* adding zeros changes no bit */
            r.masses[targets[e] * r.width + wrapped(place + costs[e], r.width)] +=
                mass * probabilities[e];
        }
    }
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

/* flow_out(masses, width, at, block, costs, probabilities, ends, first, last) -> mass
 *
 * Adds the masses of a block that end to `ends`, from the block's cost on, and clears the block;
 * returns the mass that it held.
 */
static PyObject *flow_out(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 9) return PyErr_Format(PyExc_TypeError, "flow_out takes 9 arguments");
    Ring r = {PyLong_AsVoidPtr(args[0]), PyLong_AsLongLong(args[1]), PyLong_AsLongLong(args[2]),
              PyLong_AsLongLong(args[3])};
    const int32_t *costs = PyLong_AsVoidPtr(args[4]);
    const double *probabilities = PyLong_AsVoidPtr(args[5]);
    double *ends = PyLong_AsVoidPtr(args[6]), total = 0;
    int64_t first = PyLong_AsLongLong(args[7]), last = PyLong_AsLongLong(args[8]);
    if (PyErr_Occurred()) return NULL;
    Py_BEGIN_ALLOW_THREADS
    for (int64_t s = first; s < last; s++) {
        float *restrict from = r.masses + s * r.width + r.at;
        double *restrict to = ends + costs[s], p = probabilities[s], mass = 0;
        for (int64_t i = 0; i < r.block; i++) mass += from[i];
        if (mass == 0) continue;
        for (int64_t i = 0; i < r.block; i++) to[i] += p * from[i];
        for (int64_t i = 0; i < r.block; i++) from[i] = 0;
        total += mass;
    }
    Py_END_ALLOW_THREADS
    return PyFloat_FromDouble(total);
}

static PyMethodDef methods[] = {
    {"flow_far", (PyCFunction)(void (*)(void))flow_far, METH_FASTCALL, NULL},
    {"flow_near", (PyCFunction)(void (*)(void))flow_near, METH_FASTCALL, NULL},
    {"flow_out", (PyCFunction)(void (*)(void))flow_out, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_surprisal",
    .m_size = -1,
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__surprisal(void) { return PyModule_Create(&definition); }
