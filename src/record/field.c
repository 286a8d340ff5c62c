/*
 * field: see field.h. Writing is here, reading in field_read.c.
 */
#include "record/field.h"

#include <math.h>
#include <string.h>

#include "base/ring.h"
#include "base/str.h"
#include "cluster/lsn.h"
#include "record/field_internal.h"

void fields_blank(const struct fields *fields, void *value)
{
    for (int i = 0; i < fields->count; i++)
        field_blank(&fields->items[i], value);
}

void field_blank(const struct field *field, void *value)
{
    char *at = (char *)value + field->offset;

    switch (field->type) {
    case FIELD_BOOL:
        *(bool *)(void *)at = false;
        break;
    case FIELD_INT:
        *(int *)(void *)at = (int)field->unknown;
        break;
    case FIELD_INT64:
        *(int64_t *)(void *)at = field->unknown;
        break;
    case FIELD_UINT64:
    case FIELD_LSN:
        *(uint64_t *)(void *)at = 0;
        break;
    case FIELD_UINT32:
        *(uint32_t *)(void *)at = 0;
        break;
    case FIELD_FLOAT:
        *(float *)(void *)at = NAN;
        break;
    case FIELD_DOUBLE:
        *(double *)(void *)at = NAN;
        break;
    case FIELD_ENUM:
        field_enum_set(field, value, 0);
        break;
    case FIELD_ROWS:
        *(int *)(void *)((char *)value + field->count_offset) = 0;
        break;
    case FIELD_TEXT:
    case FIELD_TEXTS:
    case FIELD_INT64S:
    case FIELD_UINT64S:
    case FIELD_UINT32S:
    case FIELD_BOOLS:
        memset(at, 0, field_bytes(field));
        break;
    case FIELD_RING:
        break;
    }
}

size_t field_bytes(const struct field *field)
{
    switch (field->type) {
    case FIELD_TEXT:
        return field->size;
    case FIELD_TEXTS:
        return field->size * (size_t)field->max;
    case FIELD_INT64S:
        return sizeof(int64_t) * (size_t)field->max;
    case FIELD_UINT64S:
        return sizeof(uint64_t) * (size_t)field->max;
    case FIELD_UINT32S:
        return sizeof(uint32_t) * (size_t)field->max;
    case FIELD_BOOLS:
        return sizeof(bool) * (size_t)field->max;
    case FIELD_BOOL:
    case FIELD_INT:
    case FIELD_INT64:
    case FIELD_UINT64:
    case FIELD_UINT32:
    case FIELD_FLOAT:
    case FIELD_DOUBLE:
    case FIELD_LSN:
    case FIELD_ENUM:
    case FIELD_RING:
    case FIELD_ROWS:
        break;
    }
    return 0;
}

/* An enum may be kept in less than an int. */
static int64_t enum_value(const struct field *field, const void *value)
{
    const char *at = (const char *)value + field->offset;

    return field->size == 1 ? *(const uint8_t *)at : *(const int *)(const void *)at;
}

void field_enum_set(const struct field *field, void *value, int index)
{
    char *at = (char *)value + field->offset;

    if (field->size == 1)
        *(uint8_t *)at = (uint8_t)index;
    else
        memcpy(at, &index, sizeof index);
}

/* A number that is compared and written as one; false when the member is none. */
static bool integer_of(const struct field *field, const void *value, int64_t *number)
{
    const void *at = (const char *)value + field->offset;

    switch (field->type) {
    case FIELD_BOOL:
        *number = *(const bool *)at;
        return true;
    case FIELD_INT:
        *number = *(const int *)at;
        return true;
    case FIELD_INT64:
        *number = *(const int64_t *)at;
        return true;
    case FIELD_UINT64:
    case FIELD_LSN:
        *number = (int64_t) * (const uint64_t *)at;
        return true;
    case FIELD_UINT32:
        *number = *(const uint32_t *)at;
        return true;
    case FIELD_ENUM:
        *number = enum_value(field, value);
        return true;
    case FIELD_FLOAT:
    case FIELD_DOUBLE:
    case FIELD_TEXT:
    case FIELD_TEXTS:
    case FIELD_INT64S:
    case FIELD_UINT64S:
    case FIELD_UINT32S:
    case FIELD_BOOLS:
    case FIELD_RING:
    case FIELD_ROWS:
        break;
    }
    return false;
}

static double real_of(const struct field *field, const void *value)
{
    const void *at = (const char *)value + field->offset;

    return field->type == FIELD_FLOAT ? (double)*(const float *)at : *(const double *)at;
}

static bool same_real(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool all_zero(const char *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (at[i] != 0)
            return false;
    return true;
}

/* The member needs no line: it is as before, or as nothing is known. Rows and rings are looked at
 * where they are written. */
static bool is_same(const struct field *field, const void *value, const void *before)
{
    const char *at = (const char *)value + field->offset;
    int64_t is, was;

    if (integer_of(field, value, &is)) {
        if (before == NULL)
            return is == (field->nullable ? field->unknown : 0);
        return integer_of(field, before, &was) && is == was;
    }
    if (field->type == FIELD_FLOAT || field->type == FIELD_DOUBLE)
        return same_real(real_of(field, value), before != NULL ? real_of(field, before) : NAN);
    if (field->type == FIELD_TEXT)
        return strcmp(at, before != NULL ? (const char *)before + field->offset : "") == 0;
    if (field_bytes(field) > 0 && before != NULL)
        return memcmp(at, (const char *)before + field->offset, field_bytes(field)) == 0;
    return field_bytes(field) > 0 && all_zero(at, field_bytes(field));
}

static void write_integer(struct json_out *out, const struct field *field, int64_t number)
{
    char lsn[LSN_TEXT_SIZE];

    if (field->nullable && number == field->unknown) {
        json_out_word(out, "null");
    } else if (field->type == FIELD_BOOL) {
        json_out_word(out, number != 0 ? "true" : "false");
    } else if (field->type == FIELD_LSN) {
        lsn_format((lsn_t)number, lsn);
        json_out_string(out, lsn);
    } else if (field->type == FIELD_ENUM) {
        json_out_string(out, number >= 0 && number < field->max ? field->words[number] : "");
    } else if (field->wide) {
        char text[32];
        str_format(text, sizeof text, "%llu", (unsigned long long)number);
        json_out_string(out, text);
    } else {
        json_out_int(out, number);
    }
}

static void write_texts(struct json_out *out, const struct field *field, const char *at,
                        const char *before)
{
    json_out_begin(out, '{');
    for (int i = 0; i < field->max; i++) {
        size_t offset = (size_t)i * field->size;
        if (strcmp(at + offset, before != NULL ? before + offset : "") == 0)
            continue;
        json_out_key(out, field->words[i]);
        json_out_string(out, at + offset);
    }
    json_out_end(out, '}');
}

/* Without the zeros at its end. */
static void write_array(struct json_out *out, const struct field *field, const char *at)
{
    size_t element = field_bytes(field) / (size_t)field->max;
    int count = field->max;

    while (count > 0 && all_zero(at + (size_t)(count - 1) * element, element))
        count--;
    json_out_begin(out, '[');
    for (int i = 0; i < count; i++) {
        const void *item = at + (size_t)i * element;
        if (field->type == FIELD_INT64S)
            json_out_int(out, *(const int64_t *)item);
        else if (field->type == FIELD_UINT64S)
            json_out_uint(out, *(const uint64_t *)item);
        else if (field->type == FIELD_UINT32S)
            json_out_uint(out, *(const uint32_t *)item);
        else
            json_out_int(out, *(const bool *)item);
    }
    json_out_end(out, ']');
}

static void write_ring(struct json_out *out, const struct field *field, const void *value)
{
    const struct ring *ring = (const void *)((const char *)value + field->offset);

    if (ring->pushed == 0)
        return;
    json_out_key(out, field->key);
    json_out_begin(out, '{');
    json_out_key(out, "pushed");
    json_out_uint(out, ring->pushed);
    json_out_key(out, "values");
    json_out_begin(out, '[');
    for (size_t age = ring->count; age > 0; age--)
        json_out_double(out, (double)ring_at(ring, age - 1), 9);
    json_out_end(out, ']');
    json_out_end(out, '}');
}

static bool row_is_same(const struct fields *fields, const void *row, const void *before)
{
    for (int i = 0; i < fields->count; i++)
        if (!is_same(&fields->items[i], row, before))
            return false;
    return true;
}

/* As many rows as before: those that changed, by their number. Else all of them. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are */
static void write_rows(struct json_out *out, const struct field *field, const void *value,
                       const void *before)
{
    const char *rows = (const char *)value + field->offset;
    int count = *(const int *)(const void *)((const char *)value + field->count_offset);
    int was = before == NULL
                  ? 0
                  : *(const int *)(const void *)((const char *)before + field->count_offset);
    bool changes = before != NULL && count == was;
    size_t start = out->length;
    int written = 0;

    if (count == was && count == 0)
        return;
    json_out_key(out, field->key);
    json_out_begin(out, changes ? '{' : '[');
    for (int i = 0; i < count; i++) {
        const char *row = rows + (size_t)i * field->rows->size;
        const char *old = changes ? (const char *)before + field->offset + (row - rows) : NULL;
        char key[16];

        if (changes && row_is_same(field->rows, row, old))
            continue;
        str_format(key, sizeof key, "%d", i);
        if (changes)
            json_out_key(out, key);
        fields_write(out, field->rows, row, old);
        written++;
    }
    json_out_end(out, changes ? '}' : ']');
    if (changes && written == 0)
        out->length = start;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are */
void fields_write(struct json_out *out, const struct fields *fields, const void *value,
                  const void *before)
{
    json_out_begin(out, '{');
    for (int i = 0; i < fields->count; i++) {
        const struct field *field = &fields->items[i];
        const char *at = (const char *)value + field->offset;
        int64_t number;

        if (field->type == FIELD_ROWS) {
            write_rows(out, field, value, before);
            continue;
        }
        if (field->type == FIELD_RING) {
            write_ring(out, field, value);
            continue;
        }
        if (is_same(field, value, before))
            continue;
        json_out_key(out, field->key);
        if (integer_of(field, value, &number))
            write_integer(out, field, number);
        else if (field->type == FIELD_TEXT)
            json_out_string(out, at);
        else if (field->type == FIELD_TEXTS)
            write_texts(out, field, at,
                        before != NULL ? (const char *)before + field->offset : NULL);
        else if (field->type == FIELD_FLOAT || field->type == FIELD_DOUBLE)
            json_out_double(out, real_of(field, value), field->type == FIELD_FLOAT ? 9 : 17);
        else
            write_array(out, field, at);
    }
    json_out_end(out, '}');
}
