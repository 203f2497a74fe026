/* Writes encoded names as length-delimited UTF-8 records, as codec.py does in Python, and counts the
 * records of bytes that somebody else has written.
 *
 * A record is a header byte, the length of the name in bytes as a base-128 varint, and the name.
 */
#define Py_LIMITED_API 0x030B0000 /* one build for Python 3.11 and all after it */
#include <Python.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FEW 4096 /* Most symbols for which the interpreter's lock is kept: some 10 us. */
#define MOST 11   /* Most bytes that an id takes: the end symbol stands for header and varint. */

/* Id of a symbol: SYMBOL_ID of layouts.py. */
typedef uint16_t Id;

/* A symbol in UTF-8; the end symbol's length is 0: SYMBOL of layouts.py. */
typedef struct {
    char utf8[4];
    uint32_t length;
} Symbol;

/* Writes the record of each name; returns the end of the last record.
 *
 * The length is written once the name is; the name moves where the length takes more than a byte.
 * `out` has room for MOST bytes for each id, and for the utf8 of one more Symbol.
 */
static char *write_records(const Id *names, int64_t count, const Symbol *symbols, char header,
                           char *out) {
    for (const Id *id = names; id < names + count; id++) {
        *out++ = header;
        char *start = out++;
        for (; *id != 0; id++) {
            memcpy(out, symbols[*id].utf8, sizeof symbols->utf8);
            out += symbols[*id].length;
        }
        size_t length = (size_t)(out - start - 1), rest = length;
        if (length >= 0x80) {
            int more = 0; /* bytes of the varint behind its first byte */
            for (size_t left = length >> 7; left; left >>= 7) more++;
            memmove(start + 1 + more, start + 1, length);
            out += more;
            for (; rest >= 0x80; rest >>= 7) *start++ = (char)(rest | 0x80);
        }
        *start = (char)rest;
    }
    return out;
}

/* records(names, symbols, header) -> bytes
 *
 * Called by native/__init__.py alone. names: ids below V, uint16, of which the last is the end
 * symbol; symbols: a Symbol for each id [V].
 */
static PyObject *records(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 3) return PyErr_Format(PyExc_TypeError, "records takes 3 arguments");
    const Symbol *symbols = (const Symbol *)PyBytes_AsString(args[1]);
    long header = PyLong_AsLong(args[2]);
    Py_buffer names;
    if (PyErr_Occurred() || PyObject_GetBuffer(args[0], &names, PyBUF_SIMPLE) < 0) return NULL;

    int64_t count = names.len / (Py_ssize_t)sizeof(Id);
    const Id *ids = names.buf;
    if (count == 0 || ids[count - 1] != 0) {
        PyBuffer_Release(&names);
        return PyErr_Format(PyExc_ValueError, "the last symbol is not the end symbol");
    }
    char *out = malloc((size_t)count * MOST + sizeof symbols->utf8), *end = out;
    if (out != NULL && count <= FEW) {
        end = write_records(ids, count, symbols, (char)header, out);
    } else if (out != NULL) {
        Py_BEGIN_ALLOW_THREADS
        end = write_records(ids, count, symbols, (char)header, out);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&names);
    if (out == NULL) return PyErr_NoMemory();
    PyObject *raw = PyBytes_FromStringAndSize(out, end - out);
    free(out);
    return raw;
}

/* Reads a base-128 varint at *at; returns 0 where the bytes end within it. */
static int read_varint(const uint8_t **at, const uint8_t *end, uint64_t *value) {
    *value = 0;
    for (int shift = 0; *at < end && shift < 70; shift += 7) {
        uint8_t byte = *(*at)++;
        *value |= shift < 64 ? (uint64_t)(byte & 0x7F) << shift : 0;
        if (byte < 0x80) return 1;
    }
    return 0;
}

/* Counts all records, and the records of one tag, up to the end or the first broken record. A record
 * of the tag `entered` is followed by the records that it holds, none of which is entered. */
static void count_records(const uint8_t *at, const uint8_t *end, uint64_t tag, uint64_t entered,
                          int64_t counts[2]) {
    static const int fixed[8] = {[1] = 8, [5] = 4};
    const uint8_t *inside = at; /* end of the message that was entered last */
    uint64_t head, size;
    while (at < end && read_varint(&at, end, &head)) {
        counts[0]++;
        counts[1] += head == tag;
        if ((head & 7) == 0) {
            if (!read_varint(&at, end, &size)) return;
            continue;
        }
        size = (uint64_t)fixed[head & 7];
        if ((head & 7) == 2 && !read_varint(&at, end, &size)) return;
        if (size > (uint64_t)(end - at)) return;
        if (head == entered && at >= inside) {
            inside = at + size;
        } else {
            at += size;
        }
    }
}

/* count(raw, tag, entered) -> (records, records of the tag)
 *
 * Called by native/__init__.py alone.
 */
static PyObject *count(PyObject *module, PyObject *const *args, Py_ssize_t given) {
    (void)module;
    if (given != 3) return PyErr_Format(PyExc_TypeError, "count takes 3 arguments");
    char *raw;
    Py_ssize_t size;
    uint64_t tag = PyLong_AsUnsignedLongLong(args[1]), entered = PyLong_AsUnsignedLongLong(args[2]);
    if (PyErr_Occurred() || PyBytes_AsStringAndSize(args[0], &raw, &size) < 0) return NULL;
    int64_t counts[2] = {0, 0};
    Py_BEGIN_ALLOW_THREADS
    count_records((const uint8_t *)raw, (const uint8_t *)raw + size, tag, entered, counts);
    Py_END_ALLOW_THREADS
    return Py_BuildValue("LL", (long long)counts[0], (long long)counts[1]);
}

static PyMethodDef methods[] = {
    {"count", (PyCFunction)(void (*)(void))count, METH_FASTCALL, NULL},
    {"records", (PyCFunction)(void (*)(void))records, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_records", NULL, -1, methods,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__records(void) {
    PyObject *made = PyModule_Create(&module);
    if (made == NULL) return NULL;
    PyObject *symbol = Py_BuildValue("(nnn)", (Py_ssize_t)offsetof(Symbol, utf8),
                                     (Py_ssize_t)offsetof(Symbol, length),
                                     (Py_ssize_t)sizeof(Symbol));
    if (PyModule_AddObjectRef(made, "SYMBOL", symbol) < 0) Py_CLEAR(made);
    Py_XDECREF(symbol);
    return made;
}
