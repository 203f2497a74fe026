/* Draws the next symbols of a batch's sequences where they are certain, as
 * batching/exact_fallback.py does in numpy.
 */
#define Py_LIMITED_API 0x030B0000 /* one build for Python 3.11 and all after it */
#include <Python.h>
#include <stddef.h>

#include "draw.h"

#define FEW 512 /* Most sequences for which the interpreter's lock is kept: releasing costs more. */

typedef struct {
    const char *sequences;       /* address of the first Sequence */
    int64_t stride, count;       /* bytes from a Sequence to the next; number of sequences */
    const float *log_probs;      /* log-probabilities of the next symbol [count, size] */
    int64_t size;                /* V */
    Bounds bounds;
} Batch;

static void draw_all(const Batch *b, double *sums, int64_t *symbols) {
    for (int64_t i = 0; i < b->count; i++)
        symbols[i] = draw_symbol((const Sequence *)(b->sequences + i * b->stride),
                                 b->log_probs + i * b->size, b->size, &b->bounds, sums);
}

/* draw_symbols(sequences, stride, count, log_probs, size, difference, rounding, symbols)
 *
 * Writes symbols, int64 [count].
 *
 * Called by native/__init__.py alone, which gives addresses of arrays that are in bounds.
 */
static PyObject *draw_symbols(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 8) return PyErr_Format(PyExc_TypeError, "draw_symbols takes 8 arguments");
    Batch batch = {PyLong_AsVoidPtr(args[0]), PyLong_AsLongLong(args[1]),
                   PyLong_AsLongLong(args[2]), PyLong_AsVoidPtr(args[3]),
                   PyLong_AsLongLong(args[4]),
                   {PyFloat_AsDouble(args[5]), PyFloat_AsDouble(args[6])}};
    int64_t *symbols = PyLong_AsVoidPtr(args[7]);
    if (PyErr_Occurred()) return NULL;
    double *sums = PyMem_Malloc((size_t)batch.size * sizeof(double));
    if (sums == NULL) return PyErr_NoMemory();
    if (batch.count <= FEW) {
        draw_all(&batch, sums, symbols);
    } else {
        Py_BEGIN_ALLOW_THREADS
        draw_all(&batch, sums, symbols);
        Py_END_ALLOW_THREADS
    }
    PyMem_Free(sums);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"draw_symbols", (PyCFunction)(void (*)(void))draw_symbols, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_draw_symbols", NULL, -1, methods,
                                    NULL, NULL, NULL, NULL};

#define AT(field) (Py_ssize_t)offsetof(Sequence, field)

PyMODINIT_FUNC PyInit__draw_symbols(void) {
    PyObject *made = PyModule_Create(&module);
    if (made == NULL) return NULL;
    PyObject *sequence =
        Py_BuildValue("(nnnnnnnnnn)", AT(request), AT(row), AT(key), AT(position), AT(prefix_length),
                      AT(min_length), AT(max_length), AT(status), AT(temperature), (Py_ssize_t)sizeof(Sequence));
    if (PyModule_AddObjectRef(made, "SEQUENCE", sequence) < 0) Py_CLEAR(made);
    Py_XDECREF(sequence);
    return made;
}
