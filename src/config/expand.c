/*
 * expand: see expand.h.
 */
#include "config/expand.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
#define VARIABLE_MAX_BYTES 128

struct reference {
    char name[VARIABLE_MAX_BYTES];
    const char *fallback; /* NULL: none */
    size_t fallback_length;
    const char *end; /* after the brace */
};

static bool refuse(struct error *err, const char *what)
{
    error_set(err, "%s", what);
    error_hint(err, "write ${VARIABLE} or ${VARIABLE:-default}");
    return false;
}

/* `at` is after the "${". What stands there may be a secret with a ${ in it: it is not repeated
 * unless it is a name. */
static bool read_reference(const char *at, struct reference *ref, struct error *err)
{
    const char *close = strchr(at, '}'), *nested;
    size_t length = strspn(at, NAME_CHARACTERS);

    if (close == NULL)
        return refuse(err, "has ${ without }");
    if (length == 0 || length >= sizeof ref->name || (*at >= '0' && *at <= '9') ||
        (at[length] != '}' && strncmp(at + length, ":-", 2) != 0))
        return refuse(err, "has ${} without the name of a variable in it");
    *ref = (struct reference){.end = close + 1};
    memcpy(ref->name, at, length);
    if (at[length] == '}')
        return true;
    ref->fallback = at + length + 2;
    ref->fallback_length = (size_t)(close - ref->fallback);
    nested = strstr(ref->fallback, "${");
    if (nested != NULL && nested < close)
        return refuse(err, "has a ${ in the default of another");
    return true;
}

static void append(char **text, size_t *used, const char *piece, size_t length)
{
    *text = mem_realloc(*text, *used + length + 1);
    memcpy(*text + *used, piece, length);
    *used += length;
    (*text)[*used] = '\0';
}

/* Its variable's value; NULL: its default serves, or nothing does. */
static const char *value_of(const struct reference *ref)
{
    const char *value = getenv(ref->name);

    return value != NULL && (value[0] != '\0' || ref->fallback == NULL) ? value : NULL;
}

static bool append_reference(struct expansion *result, size_t *used, const struct reference *ref,
                             struct error *err)
{
    const char *value = value_of(ref);

    if (value != NULL) {
        append(&result->text, used, value, strlen(value));
        return true;
    }
    if (ref->fallback != NULL) {
        append(&result->text, used, ref->fallback, ref->fallback_length);
        return true;
    }
    error_set(err, "takes ${%s}, which is not set", ref->name);
    return error_hint(err, "set it in the environment, or write ${%s:-default}", ref->name);
}

bool expand(const char *text, struct expansion *result, struct error *err)
{
    const char *dollar;
    size_t used = 0;

    *result = (struct expansion){.text = mem_strdup("")};
    while ((dollar = strstr(text, "${")) != NULL) {
        struct reference ref;

        append(&result->text, &used, text, (size_t)(dollar - text));
        if (!read_reference(dollar + 2, &ref, err) || !append_reference(result, &used, &ref, err)) {
            free(result->text);
            *result = (struct expansion){0};
            return false;
        }
        result->expanded = true;
        text = ref.end;
    }
    append(&result->text, &used, text, strlen(text));
    return true;
}

char *expand_in_file(const char *text, bool hide_defaults)
{
    static const char hidden = EXPAND_HIDDEN;
    char *shown = mem_strdup("");
    const char *dollar;
    struct reference ref;
    struct error err = {0};
    size_t used = 0;

    while ((dollar = strstr(text, "${")) != NULL && read_reference(dollar + 2, &ref, &err)) {
        append(&shown, &used, text, (size_t)(dollar - text));
        if (ref.fallback == NULL || hide_defaults || value_of(&ref) != NULL)
            append(&shown, &used, &hidden, 1);
        else
            append(&shown, &used, ref.fallback, ref.fallback_length);
        text = ref.end;
    }
    append(&shown, &used, text, strlen(text));
    return shown;
}
