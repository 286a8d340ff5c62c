/*
 * field_read: a JSON object into a struct. Whatever stands in the file, the struct stays one that
 * the rest of the program can work with: counts and words in range, texts terminated and sanitized.
 */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/ring.h"
#include "base/str.h"
#include "cluster/lsn.h"
#include "record/field_internal.h"

static bool wrong(const struct field *field, struct error *err)
{
    return error_set(err, "\"%s\" is not what it should be", field->key);
}

static bool integer_in(const json_t *json, int64_t least, int64_t most, int64_t *number)
{
    if (!json_is_integer(json))
        return false;
    *number = (int64_t)json_integer_value(json);
    return *number >= least && *number <= most;
}

static bool real_in(const json_t *json, double *number)
{
    *number = NAN;
    if (json_is_null(json))
        return true;
    *number = json_number_value(json);
    return json_is_number(json) && fabs(*number) < 1e30;
}

/* A word that this version does not know is as unknown as none. */
static bool read_enum(const struct field *field, const json_t *json, void *value)
{
    const char *word = json_string_value(json);

    field_enum_set(field, value, 0);
    for (int i = 0; word != NULL && i < field->max; i++)
        if (field->words[i] != NULL && strcmp(word, field->words[i]) == 0)
            field_enum_set(field, value, i);
    return word != NULL;
}

static bool read_uint64(const struct field *field, const json_t *json, uint64_t *number)
{
    const char *text = json_string_value(json);
    int64_t small;
    char *end;

    if (!field->wide || text == NULL) {
        if (!integer_in(json, 0, FIELD_LIMIT, &small))
            return false;
        *number = (uint64_t)small;
        return true;
    }
    *number = strtoull(text, &end, 10);
    return *end == '\0' && end != text;
}

static bool read_integer(const struct field *field, const json_t *json, void *at)
{
    int64_t number;

    switch (field->type) {
    case FIELD_BOOL:
        *(bool *)at = json_is_true(json);
        return json_is_boolean(json);
    case FIELD_INT:
        if (!integer_in(json, INT_MIN, INT_MAX, &number))
            return false;
        *(int *)at = (int)number;
        return true;
    case FIELD_INT64:
        return integer_in(json, -FIELD_LIMIT, FIELD_LIMIT, at);
    case FIELD_UINT32:
        if (!integer_in(json, 0, UINT32_MAX, &number))
            return false;
        *(uint32_t *)at = (uint32_t)number;
        return true;
    case FIELD_UINT64:
        return read_uint64(field, json, at);
    case FIELD_LSN:
        return json_is_string(json) && lsn_parse(json_string_value(json), at);
    case FIELD_FLOAT:
    case FIELD_DOUBLE:
    case FIELD_TEXT:
    case FIELD_ENUM:
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

static bool read_text(const json_t *json, char *at, size_t size)
{
    const char *text = json_string_value(json);

    str_sanitize(at, size, text != NULL ? text : "", SIZE_MAX);
    return text != NULL;
}

static bool read_texts(const struct field *field, const json_t *json, char *at)
{
    if (!json_is_object(json))
        return false;
    for (int i = 0; i < field->max; i++) {
        const json_t *text = json_object_get(json, field->words[i]);
        if (text != NULL && !read_text(text, at + (size_t)i * field->size, field->size))
            return false;
    }
    return true;
}

static bool read_array(const struct field *field, const json_t *json, char *at)
{
    size_t count = json_array_size(json), element = field_bytes(field) / (size_t)field->max;
    int64_t number;

    memset(at, 0, field_bytes(field));
    if (!json_is_array(json) || count > (size_t)field->max)
        return false;
    for (size_t i = 0; i < count; i++) {
        void *item = at + i * element;
        int64_t least = field->type == FIELD_INT64S ? -FIELD_LIMIT : 0;
        int64_t most = field->type == FIELD_UINT32S ? (int64_t)UINT32_MAX
                       : field->type == FIELD_BOOLS ? 1
                                                    : FIELD_LIMIT;

        if (!integer_in(json_array_get(json, i), least, most, &number))
            return false;
        if (field->type == FIELD_UINT32S)
            *(uint32_t *)item = (uint32_t)number;
        else if (field->type == FIELD_BOOLS)
            *(bool *)item = number != 0;
        else
            memcpy(item, &number, sizeof number);
    }
    return true;
}

static bool read_ring(const json_t *json, struct ring *ring)
{
    const json_t *values = json_object_get(json, "values");
    size_t count = json_array_size(values);
    int64_t pushed;
    double value;

    if (!json_is_array(values) || count > ring->capacity ||
        !integer_in(json_object_get(json, "pushed"), (int64_t)count, FIELD_LIMIT, &pushed))
        return false;
    ring_init(ring, ring->values, ring->capacity);
    for (size_t i = 0; i < count; i++) {
        if (!real_in(json_array_get(values, i), &value))
            return false;
        ring_push(ring, (float)value);
    }
    ring->pushed = (size_t)pushed;
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are */
static bool read_all_rows(const struct field *field, const json_t *json, void *value,
                          struct error *err)
{
    int *count = (void *)((char *)value + field->count_offset);
    char *rows = (char *)value + field->offset;
    size_t size = json_array_size(json);

    if (size > (size_t)field->max)
        return error_set(err, "\"%s\" has more rows than there can be", field->key);
    *count = 0;
    for (size_t i = 0; i < size; i++) {
        fields_blank(field->rows, rows + i * field->rows->size);
        if (!fields_read(field->rows, json_array_get(json, i), rows + i * field->rows->size, err))
            return false;
        (*count)++;
    }
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are */
static bool read_rows(const struct field *field, const json_t *json, void *value, struct error *err)
{
    int count = *(const int *)(const void *)((const char *)value + field->count_offset);
    char *rows = (char *)value + field->offset;
    const char *key;
    json_t *row;

    if (json_is_array(json))
        return read_all_rows(field, json, value, err);
    if (!json_is_object(json))
        return wrong(field, err);
    json_object_foreach((json_t *)json, key, row)
    {
        char *end;
        long index = strtol(key, &end, 10);
        if (*end != '\0' || end == key || index < 0 || index >= count)
            return error_set(err, "\"%s\" changes a row that is not there", field->key);
        if (!fields_read(field->rows, row, rows + (size_t)index * field->rows->size, err))
            return false;
    }
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are */
static bool read_field(const struct field *field, const json_t *json, void *value,
                       struct error *err)
{
    char *at = (char *)value + field->offset;
    double real;

    if (json_is_null(json) && field->nullable) {
        field_blank(field, value);
        return true;
    }
    switch (field->type) {
    case FIELD_ROWS:
        return read_rows(field, json, value, err);
    case FIELD_TEXT:
        return read_text(json, at, field->size) || wrong(field, err);
    case FIELD_TEXTS:
        return read_texts(field, json, at) || wrong(field, err);
    case FIELD_ENUM:
        return read_enum(field, json, value) || wrong(field, err);
    case FIELD_RING:
        return read_ring(json, (void *)at) || wrong(field, err);
    case FIELD_FLOAT:
    case FIELD_DOUBLE:
        if (!real_in(json, &real))
            return wrong(field, err);
        if (field->type == FIELD_FLOAT)
            *(float *)(void *)at = (float)real;
        else
            *(double *)(void *)at = real;
        return true;
    case FIELD_INT64S:
    case FIELD_UINT64S:
    case FIELD_UINT32S:
    case FIELD_BOOLS:
        return read_array(field, json, at) || wrong(field, err);
    case FIELD_BOOL:
    case FIELD_INT:
    case FIELD_INT64:
    case FIELD_UINT64:
    case FIELD_UINT32:
    case FIELD_LSN:
        break;
    }
    return read_integer(field, json, at) || wrong(field, err);
}

static const struct field *find(const struct fields *fields, const char *key)
{
    for (int i = 0; i < fields->count; i++)
        if (strcmp(fields->items[i].key, key) == 0)
            return &fields->items[i];
    return NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tables are */
bool fields_read(const struct fields *fields, const json_t *object, void *value, struct error *err)
{
    const char *key;
    json_t *json;

    if (!json_is_object(object))
        return error_set(err, "a value is no object");
    json_object_foreach((json_t *)object, key, json)
    {
        const struct field *field = find(fields, key);
        if (field != NULL && !read_field(field, json, value, err))
            return false;
    }
    return true;
}
