/*
 * field_internal: what field.c and field_read.c share.
 */
#ifndef RECORD_FIELD_INTERNAL_H
#define RECORD_FIELD_INTERNAL_H

#include "record/field.h"

void field_blank(const struct field *field, void *value);
/* Of a text or an array; 0 else. */
size_t field_bytes(const struct field *field);
void field_enum_set(const struct field *field, void *value, int index);

#endif
