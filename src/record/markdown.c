/*
 * markdown: see markdown.h.
 */
#include "record/markdown.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "cluster/observation.h"

#define TEXT_SIZE 2048 /* no text of a drill is longer */

void markdown_text(FILE *out, const char *text)
{
    char clean[TEXT_SIZE];

    str_sanitize(clean, sizeof clean, text, SIZE_MAX);
    for (const char *c = clean; *c != '\0'; c++) {
        if (strchr("\\`*_[]<>|~&#", *c) != NULL)
            fputc('\\', out);
        fputc(*c, out);
    }
}

static int longest_run_of_backticks(const char *text)
{
    int longest = 0;

    for (int run = 0; *text != '\0'; text++) {
        run = *text == '`' ? run + 1 : 0;
        if (run > longest)
            longest = run;
    }
    return longest;
}

void markdown_code(FILE *out, const char *text)
{
    char clean[TEXT_SIZE];

    str_sanitize(clean, sizeof clean, text, SIZE_MAX);
    if (clean[0] == '\0')
        return;
    /* Code ends at as many backticks as it began with: more than stand in it. */
    int fence = longest_run_of_backticks(clean) + 1;
    for (int i = 0; i < fence; i++)
        fputc('`', out);
    if (fence > 1)
        fputc(' ', out);
    for (const char *c = clean; *c != '\0'; c++)
        fprintf(out, *c == '|' ? "\\%c" : "%c", *c); /* else the cell would end, also in code */
    if (fence > 1)
        fputc(' ', out);
    for (int i = 0; i < fence; i++)
        fputc('`', out);
}

void markdown_duration(FILE *out, int64_t us)
{
    if (us == UNKNOWN_US)
        fputc('-', out);
    else if (us > -US_PER_S && us < US_PER_S)
        fprintf(out, "%.1f ms", (double)us / (double)US_PER_MS);
    else
        fprintf(out, "%.3f s", (double)us / (double)US_PER_S);
}

void markdown_offset(FILE *out, int64_t us)
{
    if (us != UNKNOWN_US && us >= 0)
        fputc('+', out);
    markdown_duration(out, us);
}

void markdown_bytes(FILE *out, int64_t bytes)
{
    char text[16];

    format_bytes(text, sizeof text, bytes);
    fputs(text, out);
    if (bytes >= 1000)
        fprintf(out, " (%" PRId64 " bytes)", bytes);
}

void markdown_lsn(FILE *out, lsn_t lsn)
{
    char text[LSN_TEXT_SIZE];

    lsn_format(lsn, text);
    fputs(text, out);
}

void markdown_utc(FILE *out, struct instant at)
{
    char text[32] = "-";

    if (at.mono != 0 || at.wall != 0)
        clock_format_utc(at.wall, text, sizeof text);
    fputs(text, out);
}
