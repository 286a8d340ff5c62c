/*
 * openmetrics_write: the text of a sample. Values are written as decimal integers where they are
 * integers, seconds from their microseconds: no figure is rounded here.
 */
#include <inttypes.h>

#include "base/str.h"
#include "record/openmetrics_internal.h"

#define LABEL_SIZE (3 * SYNC_RULE_TEXT_SIZE) /* the longest value, each byte become U+FFFD */

static void head(struct metric_writer *writer)
{
    static const char *const types[] = {[METRIC_GAUGE] = "gauge", [METRIC_SUMMARY] = "summary"};
    const struct metric *metric = writer->metric;

    if (metric->type != METRIC_COUNTER)
        fprintf(writer->out, "# TYPE %s %s\n", metric->name, types[metric->type]);
    if (metric->unit != NULL)
        fprintf(writer->out, "# UNIT %s %s\n", metric->name, metric->unit);
    fprintf(writer->out, "# HELP %s %s\n", metric->name, metric->help);
    writer->headed = true;
}

static void put_label(FILE *out, const char *name, const char *value)
{
    char safe[LABEL_SIZE];

    str_sanitize(safe, sizeof safe, value, SIZE_MAX);
    fprintf(out, "%s=\"", name);
    for (const char *c = safe; *c != '\0'; c++) {
        if (*c == '\\' || *c == '"')
            fputc('\\', out);
        fputc(*c, out);
    }
    fputc('"', out);
}

void sample_begin(struct metric_writer *writer, const char *suffix)
{
    if (!writer->headed)
        head(writer);
    fprintf(writer->out, "%s%s{", writer->metric->name, suffix);
    put_label(writer->out, "cluster", writer->look->model->cluster);
}

void sample_label(struct metric_writer *writer, const char *name, const char *value)
{
    fputc(',', writer->out);
    put_label(writer->out, name, value);
}

void sample_end_count(struct metric_writer *writer, int64_t count)
{
    fprintf(writer->out, "} %" PRId64 "\n", count);
}

void sample_end_lsn(struct metric_writer *writer, lsn_t lsn)
{
    fprintf(writer->out, "} %" PRIu64 "\n", lsn);
}

void sample_end_seconds(struct metric_writer *writer, int64_t us)
{
    int64_t seconds = us / US_PER_S, rest = us % US_PER_S;

    fprintf(writer->out, "} %s%" PRId64 ".%06" PRId64 "\n", us < 0 && seconds == 0 ? "-" : "",
            seconds, rest < 0 ? -rest : rest);
}

void sample_end_real(struct metric_writer *writer, double value)
{
    fprintf(writer->out, "} %.9g\n", value);
}

void sample_count(struct metric_writer *writer, int count)
{
    if (count == UNKNOWN_COUNT)
        return;
    sample_begin(writer, "");
    sample_end_count(writer, count);
}

void sample_seconds(struct metric_writer *writer, int64_t us)
{
    if (us == UNKNOWN_US)
        return;
    sample_begin(writer, "");
    sample_end_seconds(writer, us);
}
