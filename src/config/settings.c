/*
 * settings: what is taken is given back; passwords are wiped first.
 */
#include "config/settings.h"

#include <stdlib.h>
#include <string.h>

#include "config/loader.h"

static void free_secret(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void connection_settings_free(struct connection_settings *connection)
{
    free_secret(connection->conninfo);
    free_secret(connection->password);
    free(connection->host);
    free(connection->hostaddr);
    free(connection->user);
    free(connection->dbname);
    free(connection->passfile);
    free(connection->service);
    free(connection->sslmode);
    free(connection->sslrootcert);
    free(connection->sslcert);
    free(connection->sslkey);
    free(connection->options);
    *connection = (struct connection_settings){0};
}

void settings_free(struct settings **settings)
{
    struct settings *s = *settings;

    *settings = NULL;
    if (s == NULL)
        return;
    for (int i = 0; i < s->node_count; i++) {
        free(s->nodes[i].name);
        free(s->nodes[i].compose_service);
        free(s->nodes[i].files);
        connection_settings_free(&s->nodes[i].connection);
    }
    free(s->nodes);
    free(s->file);
    free(s->cluster);
    free(s->compose_file);
    free(s->compose_project);
    free(s->local_data);
    free(s->local_bindir);
    free(s->probe_schema);
    free(s);
}
