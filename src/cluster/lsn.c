/*
 * lsn: "X/X" to a number and back, as strictly as pg_lsn_in reads it.
 */
#include "cluster/lsn.h"

#include <inttypes.h>
#include <stdio.h>

#define PART_DIGITS_MAX 8

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* Reads 1 to 8 hexadecimal digits and advances past them. */
static bool parse_part(const char **text, uint32_t *part)
{
    int digits = 0;

    *part = 0;
    while (digits < PART_DIGITS_MAX && hex_value(**text) >= 0) {
        *part = *part << 4 | (uint32_t)hex_value(**text);
        (*text)++;
        digits++;
    }
    return digits > 0;
}

bool lsn_parse(const char *text, lsn_t *lsn)
{
    uint32_t high, low;

    if (!parse_part(&text, &high) || *text++ != '/')
        return false;
    if (!parse_part(&text, &low) || *text != '\0')
        return false;
    *lsn = (lsn_t)high << 32 | low;
    return true;
}

void lsn_format(lsn_t lsn, char *out)
{
    if (lsn == LSN_UNKNOWN)
        snprintf(out, LSN_TEXT_SIZE, "-");
    else
        snprintf(out, LSN_TEXT_SIZE, "%" PRIX32 "/%" PRIX32, (uint32_t)(lsn >> 32), (uint32_t)lsn);
}
