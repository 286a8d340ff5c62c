/*
 * field: a struct as a table of its members, so that one table writes it as JSON and reads it back.
 *
 * A member that is not written is as it was before; in a struct that was not there before, unknown
 * (or 0, false, ""). Unknown itself is null. A key that the table does not have is passed over: a
 * later version may have added it.
 */
#ifndef RECORD_FIELD_H
#define RECORD_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "record/json_out.h"

/* Numbers beyond this are refused: sums and differences of two must stay numbers. */
#define FIELD_LIMIT (INT64_C(1) << 60)

enum field_type {
    FIELD_BOOL,
    FIELD_INT,    /* int */
    FIELD_INT64,  /* int64_t, also a time */
    FIELD_UINT64, /* uint64_t; as a text when it may be greater than FIELD_LIMIT: see `wide` */
    FIELD_UINT32,
    FIELD_FLOAT,  /* NaN is null */
    FIELD_DOUBLE, /* the same */
    FIELD_LSN,    /* "0/5A21C3F8" */
    FIELD_TEXT,   /* char[size] */
    FIELD_ENUM,   /* by its word */
    FIELD_TEXTS,  /* char[max][size], by their names; "" where there is none */
    FIELD_INT64S, /* int64_t[max] */
    FIELD_UINT64S,
    FIELD_UINT32S,
    FIELD_BOOLS,
    FIELD_RING, /* a struct ring whose memory is there */
    FIELD_ROWS  /* structs with a table of their own, and how many there are as an int */
};

struct fields;

struct field {
    const char *key;
    enum field_type type;
    size_t offset;
    bool nullable; /* `unknown` is null */
    bool wide;
    int64_t unknown;
    size_t size;              /* of a text */
    int max;                  /* of an array; the words of an enum */
    const char *const *words; /* of an enum; the names of texts */
    const struct fields *rows;
    size_t count_offset;
};

struct fields {
    const struct field *items;
    int count;
    size_t size; /* of the struct */
};

#define FIELD_OFFSET(type, member) offsetof(type, member)
/* A member of another type than the table says does not compile: the size of an array is < 0. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type in parentheses is none */
#define FIELD_IS(type, member, ctype)                                                              \
    (0 * sizeof(char[_Generic(((type *)0)->member, ctype : 1, default : -1)]))
/* NOLINTEND(bugprone-macro-parentheses) */
#define FIELD_AT(s, member, ctype) (offsetof(s, member) + FIELD_IS(s, member, ctype))

#define F_BOOL(s, key, member)                                                                     \
    {                                                                                              \
        key, FIELD_BOOL, FIELD_AT(s, member, bool), 0, 0, 0, 0, 0, 0, 0, 0                         \
    }
#define F_INT(s, key, member)                                                                      \
    {                                                                                              \
        key, FIELD_INT, FIELD_AT(s, member, int), 0, 0, 0, 0, 0, 0, 0, 0                           \
    }
#define F_COUNT(s, key, member)                                                                    \
    {                                                                                              \
        key, FIELD_INT, FIELD_AT(s, member, int), true, 0, UNKNOWN_COUNT, 0, 0, 0, 0, 0            \
    }
#define F_ID(s, key, member) /* an int of which 0 is unknown */                                    \
    {                                                                                              \
        key, FIELD_INT, FIELD_AT(s, member, int), true, 0, 0, 0, 0, 0, 0, 0                        \
    }
#define F_US(s, key, member) /* also bytes: INT64_MIN is unknown */                                \
    {                                                                                              \
        key, FIELD_INT64, FIELD_AT(s, member, int64_t), true, 0, INT64_MIN, 0, 0, 0, 0, 0          \
    }
#define F_TIME(s, key, member) /* 0 is unknown */                                                  \
    {                                                                                              \
        key, FIELD_INT64, FIELD_AT(s, member, int64_t), true, 0, 0, 0, 0, 0, 0, 0                  \
    }
#define F_U64(s, key, member)                                                                      \
    {                                                                                              \
        key, FIELD_UINT64, FIELD_AT(s, member, uint64_t), 0, 0, 0, 0, 0, 0, 0, 0                   \
    }
#define F_WIDE(s, key, member)                                                                     \
    {                                                                                              \
        key, FIELD_UINT64, FIELD_AT(s, member, uint64_t), true, true, 0, 0, 0, 0, 0, 0             \
    }
#define F_FLOAT(s, key, member)                                                                    \
    {                                                                                              \
        key, FIELD_FLOAT, FIELD_AT(s, member, float), true, 0, 0, 0, 0, 0, 0, 0                    \
    }
#define F_DOUBLE(s, key, member)                                                                   \
    {                                                                                              \
        key, FIELD_DOUBLE, FIELD_AT(s, member, double), true, 0, 0, 0, 0, 0, 0, 0                  \
    }
#define F_LSN(s, key, member)                                                                      \
    {                                                                                              \
        key, FIELD_LSN, FIELD_AT(s, member, lsn_t), true, 0, 0, 0, 0, 0, 0, 0                      \
    }
#define F_TEXT(s, key, member)                                                                     \
    {                                                                                              \
        key, FIELD_TEXT, offsetof(s, member), 0, 0, 0, sizeof(((s *)0)->member), 0, 0, 0, 0        \
    }
#define F_ENUM(s, key, member, table)                                                              \
    {                                                                                              \
        key, FIELD_ENUM, offsetof(s, member), 0, 0, 0, sizeof(((s *)0)->member),                   \
            (int)(sizeof(table) / sizeof(table)[0]), table, 0, 0                                   \
    }
#define F_ARRAY(s, key, member, kind)                                                              \
    {                                                                                              \
        key, kind, offsetof(s, member), 0, 0, 0, 0,                                                \
            (int)(sizeof(((s *)0)->member) / sizeof(((s *)0)->member)[0]), 0, 0, 0                 \
    }
#define F_TEXTS(s, key, member, names)                                                             \
    {                                                                                              \
        key, FIELD_TEXTS, offsetof(s, member), 0, 0, 0, sizeof(((s *)0)->member[0]),               \
            (int)(sizeof(((s *)0)->member) / sizeof(((s *)0)->member)[0]), names, 0, 0             \
    }
#define F_RING(s, key, member)                                                                     \
    {                                                                                              \
        key, FIELD_RING, offsetof(s, member), 0, 0, 0, 0, 0, 0, 0, 0                               \
    }
#define F_ROWS(s, key, member, count, table)                                                       \
    {                                                                                              \
        key, FIELD_ROWS, offsetof(s, member), 0, 0, 0, 0,                                          \
            (int)(sizeof(((s *)0)->member) / sizeof(((s *)0)->member)[0]), 0, table,               \
            FIELD_AT(s, count, int)                                                                \
    }

#define FIELDS_OF(name, type, table)                                                               \
    const struct fields name = {table, (int)(sizeof(table) / sizeof(table)[0]), sizeof(type)}

/* Everything unknown. Rings and rows beyond their count are left alone. */
void fields_blank(const struct fields *fields, void *value);

/* "{...}," with what differs from `before`; NULL: from nothing known. */
void fields_write(struct json_out *out, const struct fields *fields, const void *value,
                  const void *before);

/* Changes what the object says. False with an error when a value is not of its member's type or
 * range; the value is then half changed, and safe. */
bool fields_read(const struct fields *fields, const json_t *object, void *value, struct error *err);

#endif
