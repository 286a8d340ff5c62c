/*
 * survivors: who can take over from the primary, in the order in which one would promote them, and
 * what is known to be missing there. Pure; values without pointers, nothing is allocated.
 *
 * While a primary is seen, it answers who would be promoted if that one were lost; once it is lost,
 * everything is measured by what was last known of it: its rows and its rule are as old as its last
 * sample. Positions that are compared are the nodes' own of now.
 *
 * "Nothing that was acknowledged is missing" is said on proof only. Under a rule that waits for N
 * of the standbys that it names, an acknowledged commit is flushed on at least N of them: when
 * fewer than N are not accounted for, the one with the most WAL of the others has it. Accounted for
 * is who says its position after the primary was lost, and who was down the whole time since before
 * the primary's last look (it has confirmed nothing since; what it confirmed before is not more
 * than the primary had then). What was acknowledged before the rule was seen for the first time is
 * not more than the primary had flushed then. A rule with '*' or none proves nothing.
 */
#ifndef CLUSTER_SURVIVORS_H
#define CLUSTER_SURVIVORS_H

#include "cluster/model.h"

/* What speaks against a node or must be known about it. */
enum survivor_flag {
    /* These bar it. */
    SURVIVOR_NOT_REACHABLE,   /* a fault, or never seen */
    SURVIVOR_OLD_FIGURES,     /* no fault, but its figures are old */
    SURVIVOR_IS_PRIMARY,      /* it is not in recovery */
    SURVIVOR_SAME_SERVER,     /* an earlier entry is this very server */
    SURVIVOR_FOREIGN,         /* another system identifier */
    SURVIVOR_DIVERGED,        /* it has other WAL than the primary */
    SURVIVOR_OLDER_TIMELINE,  /* another standby is on a newer one, or the primary was */
    SURVIVOR_SETTINGS_PAUSED, /* its replay is paused and its settings are lower than the
                                 primary's: promoting it shuts it down */
    SURVIVOR_SETTINGS_LOWER,  /* the same, not paused (yet) */
    SURVIVOR_NO_WAL,          /* it says no position at all */
    /* These are to be known before. */
    SURVIVOR_LAGS,            /* another one that can be promoted has more */
    SURVIVOR_TIMELINE_UNSURE, /* its control file says an older timeline than the primary's: it may
                                 have nothing of what came since, or be newer than it says */
    SURVIVOR_ASYNC,           /* no commit waited for it */
    SURVIVOR_NOT_CONNECTED,   /* the primary had no row of it at the last look */
    SURVIVOR_FROM_ARCHIVE,    /* it has what the archive has */
    SURVIVOR_LSN_UNSURE,      /* it has not replayed its own WAL to the end since its start, or has
                                 less than it once confirmed: it may have more than it says */
    SURVIVOR_APPLY_DELAY,     /* recovery_min_apply_delay: promoting it applies the rest at once */
    SURVIVOR_REPLAY_PAUSED,   /* by somebody: promoting it applies the rest (12: waits for it) */
    SURVIVOR_MUCH_TO_REPLAY,  /* it replays that before it can be written to */
    SURVIVOR_FLAGS
};
#define SURVIVOR_FIRST_WARNING SURVIVOR_LAGS

/* What is known of acknowledged writes there. */
enum survivor_data {
    SURVIVOR_DATA_UNKNOWN,
    SURVIVOR_DATA_COMPLETE,     /* proven: nothing that was acknowledged at on or remote_apply under
                                   the last known rule is missing */
    SURVIVOR_DATA_ACKNOWLEDGED, /* it has all that the caller's writes were acknowledged for */
    SURVIVOR_DATA_LAST_LOOK,    /* it has all that the primary had flushed at the last look at it;
                                   of what came after nothing is known */
    SURVIVOR_DATA_MISSING       /* it lacks what the caller's writes were acknowledged for */
};

struct survivor {
    int node;
    bool eligible;
    uint32_t flags; /* 1 << enum survivor_flag */
    bool fresh;     /* its figures are of now */
    int64_t age_us; /* of its figures; UNKNOWN_US */
    enum node_role role;
    int timeline;           /* 0 unknown */
    bool timeline_received; /* it received on it; else its control file says so: the least it is */
    lsn_t receive_lsn, replay_lsn;
    lsn_t lsn; /* all that it has: the greatest of received, flushed by the receiver, replayed */
    int64_t lacks_bytes; /* of the reference; 0: nothing; UNKNOWN_BYTES */
    /* As the primary's last look has it. */
    bool has_row;
    enum sync_state sync_state;
    int sync_priority;     /* UNKNOWN_COUNT */
    lsn_t confirmed_lsn;   /* the row's flush_lsn */
    bool confirms_commits; /* it was a synchronous standby that confirmed what it was sent */
    enum survivor_data data;
};

enum survivor_reference {
    SURVIVOR_REFERENCE_NONE,
    SURVIVOR_REFERENCE_ACKNOWLEDGED, /* what the caller's last acknowledged write had reached */
    SURVIVOR_REFERENCE_FLUSHED       /* the primary's last known flush_lsn */
};

enum survivors_advice {
    SURVIVORS_PRIMARY_THERE,  /* nobody need be promoted: `best` is who would be */
    SURVIVORS_PROMOTE,        /* `best`, when the old primary is surely stopped */
    SURVIVORS_WAIT,           /* the primary's server answers (starting up, ...): promote nobody */
    SURVIVORS_STILL_RECEIVES, /* `receives` still hears from it, or from somebody who is not seen
                                 and may be the primary: promote nobody */
    SURVIVORS_SPLIT_BRAIN,    /* there are primaries already: promote nobody */
    SURVIVORS_NOBODY          /* nobody can be promoted */
};

struct survivors {
    int primary; /* whom all is measured by: the primary, or the lost one; -1 none known */
    bool lost;   /* no primary is seen */
    int64_t primary_age_us; /* of its last sample, with its rows and rule; UNKNOWN_US */
    int64_t unseen_us;      /* from its last sample to when it was lost; UNKNOWN_US */
    enum survivor_reference reference;
    lsn_t reference_lsn;
    int64_t reference_age_us;
    int needed, unaccounted; /* standbys that the rule waits for; names of it that are not accounted
                                for; UNKNOWN_COUNT: there is no rule that proves anything */
    enum survivors_advice advice;
    int receives;            /* SURVIVORS_STILL_RECEIVES: the node; -1 */
    bool receives_from_lost; /* from `primary`; else from somebody who is not seen */
    int best;                /* index in `items`: always 0, or -1 when nobody is eligible */
    int more; /* index of one that is not eligible and is known to have more than the best; -1 */
    int64_t more_bytes;
    int count;
    struct survivor items[MODEL_NODES_MAX]; /* the order of promotion; then those who are barred */
};

/* The caller's last write that was acknowledged as `on` or `remote_apply` demands: the end of its
 * commit record or a position at or after it that was read before the next write was sent. */
struct survivors_acknowledged {
    lsn_t lsn;
    mono_us at;
};

/* acknowledged: NULL when nothing is known of such writes. */
void survivors_derive(const struct model *model, const struct survivors_acknowledged *acknowledged,
                      mono_us now, struct survivors *survivors);

static inline bool survivor_has(const struct survivor *survivor, enum survivor_flag flag)
{
    return (survivor->flags & (1U << flag)) != 0;
}
/* "not_reachable": stable, for scripts. */
const char *survivor_flag_word(enum survivor_flag flag);
const char *survivor_data_word(enum survivor_data data);
const char *survivors_advice_word(enum survivors_advice advice);

#define SURVIVOR_SENTENCE_SIZE 256
#define SURVIVORS_ADVICE_SIZE 448
/* Why it stands where it stands: "most WAL, synchronous; nothing acknowledged is missing", "lacks
 * 5.1 kB of what replica1 has", "not reachable: refused; ...". */
void survivor_sentence(const struct model *model, const struct survivors *survivors, int index,
                       char *out, size_t size);
/* The same in as few words as will do: "most WAL, complete", "5.1 kB less". */
void survivor_words(const struct survivors *survivors, int index, char *out, size_t size);
/* What is known of the data of the best; "" without one. */
void survivors_data_sentence(const struct model *model, const struct survivors *survivors,
                             char *out, size_t size);
/* Whom to promote or why nobody: one or two sentences, for a hint. */
void survivors_advice_sentence(const struct model *model, const struct survivors *survivors,
                               char *out, size_t size);
/* The same without the name, for where that stands already: "only when primary is surely stopped;
 * ...". */
void survivors_condition_sentence(const struct model *model, const struct survivors *survivors,
                                  char *out, size_t size);
/* What the lost primary was: "primary: down for 7.0 s; had 0/5A21C3F8 on timeline 3, 7.8 s
 * ago"; "unreachable from here" unless it was refused. */
void survivors_lost_sentence(const struct model *model, const struct survivors *survivors,
                             mono_us now, char *out, size_t size);

/*
 * Settings of a standby that are lower than the primary's and must not be: replay pauses for them,
 * and a promotion then shuts the server down. number 0 is the first; SETTINGS: no more.
 */
enum setting_id standby_lower_setting(const struct node *primary, const struct node *standby,
                                      int number);

#endif
