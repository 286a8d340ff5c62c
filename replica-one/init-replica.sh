#!/bin/sh
# Starts this node: finds out first what it has to be, makes that so, then runs its server in the
# foreground. The rules, in this order:
#   1. A peer is the primary: join it as its standby (follow, or pg_rewind, or a new base backup).
#   2. No peer is: a node that has standby.signal goes on as a standby and waits for a primary.
#   3. A node without standby.signal was the primary when it last ran and becomes it again, unless
#      a peer does not answer clearly: that one could be the primary; or a standby is on a newer
#      timeline: somebody was promoted since, though he does not answer now. If it crashed and no
#      peer answers, it waits for those that start at the same time: they could tell.
#   4. A node without data waits for a primary; only primary/ may make a new cluster, once.
# It can be killed at any point: new data directories are made beside the old one and renamed into
# place, and a pg_rewind that did not end is noticed by the file `rewinding` and replaced by a copy.
#
# Following can get impossible later, while the server runs (see watch_server). With
# KEEP_FOLLOWING=1 this script stays beside its server and starts over then; without, it becomes
# the server.
#
# Environment: NODE_NAME; PGDATA (its parent directory must be this node's own and writable);
# PEERS="name=host:port ..." (the other nodes); PGPORT, LISTEN_ADDRESSES, SOCKET_DIR ('' for none);
# POSTGRES_PASSWORD, REPLICATOR_PASSWORD, PGWATCH_PASSWORD; CONFIG_DIR (postgresql.conf and
# pg_hba.conf); PG_BINDIR (when PATH does not have PostgreSQL); START_TIMEOUT in seconds;
# AWAIT_PEERS in seconds (see rule 3; 0 where who starts this has compared the nodes' timelines);
# PGWATCH_FAST=1: new data directories are not flushed to disk (for throwaway clusters).
set -eu
umask 077

# Only primary/ answers true here: a replica never makes a cluster of its own.
may_initialise() {
    false
}

# ---- from here on the same text in init-primary.sh and both init-replica.sh ----

say() {
    printf '%s: %s\n' "$NODE_NAME" "$*" >&2
}

fail() {
    say "$*"
    exit 1
}

take_environment() {
    : "${NODE_NAME:?is not set}" "${PGDATA:?is not set}"
    PGPORT=${PGPORT:-5432}
    PEERS=${PEERS:-}
    LISTEN_ADDRESSES=${LISTEN_ADDRESSES:-*}
    SOCKET_DIR=${SOCKET_DIR-/var/run/postgresql}
    CONFIG_DIR=${CONFIG_DIR:-$(dirname "$0")}
    POSTGRES_PASSWORD=${POSTGRES_PASSWORD-postgres}
    REPLICATOR_PASSWORD=${REPLICATOR_PASSWORD-replicator}
    PGWATCH_PASSWORD=${PGWATCH_PASSWORD-pgwatch}
    : "${POSTGRES_PASSWORD:?is empty}" "${REPLICATOR_PASSWORD:?is empty}"
    : "${PGWATCH_PASSWORD:?is empty}"
    START_TIMEOUT=${START_TIMEOUT:-60}
    AWAIT_PEERS=${AWAIT_PEERS:-8} # longer than a standby waits before it starts its server
    PATH=${PG_BINDIR:+$PG_BINDIR:}$PATH
    # For timeout and psql alike: messages in English, nothing of the caller's settings.
    # Not application_name: a base backup of the name of a standby would count as that standby.
    export LC_ALL=C
    patience=30 # seconds for a connection to who is known to be there
    no_sync=
    [ -z "${PGWATCH_FAST:-}" ] || no_sync=--no-sync

    case $NODE_NAME in
    *[!A-Za-z0-9_-]*) fail "a node's name has only letters, digits, _ and -" ;;
    esac
    case $PGDATA in
    *[\'\\\"]*) fail "the path of the data directory may not have quotes or backslashes: $PGDATA" ;;
    esac
    node_dir=$(dirname "$PGDATA")
    passfile=$node_dir/passfile       # for psql, pg_basebackup, pg_rewind and the walreceiver
    rewinding=$node_dir/rewinding     # there while pg_rewind works on PGDATA
    member=$node_dir/member           # this node belongs to a cluster: it never makes another
    own_auto_conf=$node_dir/auto.conf # what ALTER SYSTEM said on this node, kept over a rewind
    lab_file=pgwatch-tui.lab          # in PGDATA: which lab it is of; every copy has it too
    of_a_timeline='^[0-9A-F]{8}([0-9A-F]{16}|[.]history)$' # in pg_wal: segments and histories
    export PGPASSFILE="$passfile"
}

# ---- asking the others

write_passfile() {
    [ "$(printf '%s' "$POSTGRES_PASSWORD$REPLICATOR_PASSWORD$PGWATCH_PASSWORD" | wc -l)" -eq 0 ] ||
        fail "a password may not have a line break"
    {
        printf '%s\n' "$REPLICATOR_PASSWORD" | sed 's/[\\:]/\\&/g; s/^/*:*:*:replicator:/'
        printf '%s\n' "$POSTGRES_PASSWORD" | sed 's/[\\:]/\\&/g; s/^/*:*:*:postgres:/'
    } >"$passfile.new"
    mv "$passfile.new" "$passfile"
}

conninfo() { # HOST:PORT USER
    echo "host=${1%:*} port=${1##*:} user=$2 dbname=postgres"
}

ask_within() { # SECONDS HOST:PORT USER SQL; the seconds are for the connection
    PGCONNECT_TIMEOUT=$1 timeout $(($1 + 8)) \
        psql -XAtq -v ON_ERROR_STOP=1 -d "$(conninfo "$2" "$3")" -c "$4"
}

ask() { # HOST:PORT USER SQL
    ask_within 2 "$@"
}

# It has just answered: when it is slow now, it is busy, and giving up would be for good.
ask_primary() { # SQL
    ask_within "$patience" "$primary" replicator "$1" ||
        ask_within "$patience" "$primary" replicator "$1"
}

# Who was the primary is told by a standby that it is no more: also the history of a timeline can
# only be there when somebody was promoted.
compare_timelines() {
    answer=$(ask "$address" replicator "SELECT max(substr(name, 1, 8))
        FROM pg_ls_dir('pg_wal', true, false) AS name
        WHERE name ~ '$of_a_timeline'" 2>/dev/null) || { unclear="$unclear $name" && return; }
    ! is_newer "$answer" "$(newest_timeline)" || ahead="$ahead $name"
}

# Sets primary and primary_name, the names of the standbys that answer, in `ahead` those of them on
# a newer timeline than this node when it was the primary, and in `unclear` who does not say what it
# is (frozen, starting, recovering, unreachable): any of those could be the primary, whose crash
# recovery says what a standby's does. Of two primaries none is taken.
look_at_peers() {
    primary='' primary_name='' standbys='' ahead='' unclear='' primaries=''
    for peer in $PEERS; do
        name=${peer%%=*}
        address=${peer#*=}
        answer=$(ask "$address" replicator 'SELECT pg_is_in_recovery()' 2>&1) || true
        case $answer in
        f)
            primaries="$primaries $name"
            primary=$address primary_name=$name
            ;;
        t)
            standbys="$standbys $name"
            ! was_primary || compare_timelines
            ;;
        *'onnection refused'* | *'o route to host'* | *'could not translate host name'*) ;; # down
        *'password authentication failed'*)
            fail "$name does not take the password of replicator: REPLICATOR_PASSWORD is not the" \
                "one that the cluster was made with"
            ;;
        *'no pg_hba.conf entry'* | *'does not exist'*)
            fail "what answers at $address is not a node of this cluster: $answer"
            ;;
        *) unclear="$unclear $name" ;;
        esac
    done
    case $primaries in
    *' '*' '*) primary='' unclear="$unclear$primaries" ;;
    esac
}

# ---- this node's own data

has_data() {
    [ ! -e "$rewinding" ] && [ -s "$PGDATA/PG_VERSION" ] && [ -s "$PGDATA/global/pg_control" ]
}

is_standby() {
    [ -e "$PGDATA/standby.signal" ]
}

was_primary() {
    has_data && ! is_standby
}

newest_timeline() {
    find "$PGDATA/pg_wal" -maxdepth 1 -printf '%f\n' | grep -E "$of_a_timeline" | cut -c 1-8 |
        sort | tail -n 1
}

is_newer() { # TIMELINE TIMELINE
    [ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort | tail -n 1)" = "$1" ]
}

control_data() { # LABEL
    pg_controldata -D "$PGDATA" | sed -n "s/^$1: *//p"
}

remove_leftovers() {
    rm -rf "$PGDATA".new.* "$PGDATA".old.*
    ! has_data || {
        : >"$member"
        rm -f "$own_auto_conf" # the data have it
    }
    [ ! -d "$PGDATA" ] || rmdir "$PGDATA" 2>/dev/null || [ -e "$PGDATA/PG_VERSION" ] ||
        [ -e "$rewinding" ] || fail "$PGDATA is not empty and not a data directory"
}

# Processes of a server on PGDATA: each of them works in that directory.
processes() {
    for directory in /proc/[0-9]*; do
        [ "$(readlink "$directory/cwd")" != "$data_path" ] ||
            [ "$(cat "$directory/comm" 2>/dev/null)" != postgres ] || echo "${directory#/proc/}"
    done
}

has_running_server() {
    data_path=$(readlink -f "$PGDATA")
    pid=$(sed -n 1p "$PGDATA/postmaster.pid" 2>/dev/null) || true
    [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd")" = "$data_path" ]
}

# The children of a killed server go within a second; only then its lock files are stale for sure,
# whatever process has its number now (also a zombie has one).
refuse_running_server() {
    ! has_running_server || fail "a server with process id $pid is already running on $PGDATA"
    tries=50
    while [ -n "$pid" ] && [ -n "$(processes)" ]; do
        [ $((tries -= 1)) -gt 0 ] || fail "processes of a dead server are left: $(processes)"
        sleep 0.2
    done
    rm -f "$PGDATA/postmaster.pid"
    socket_lock=$SOCKET_DIR/.s.PGSQL.$PGPORT.lock
    [ "$(sed -n 2p "$socket_lock" 2>/dev/null)" != "$PGDATA" ] || rm -f "$socket_lock"
}

# The newest timeline in pg_wal, and the last record on it: read from the WAL itself, since the
# control file does not know of WAL that was received and not yet replayed. Segments that were
# recycled for later hold no valid record and are passed over.
find_own_end() {
    own_timeline='' last_lsn='' last_segment='' newest=''
    for segment in $(find "$PGDATA/pg_wal" -maxdepth 1 -name '[0-9A-F]*' -printf '%f\n' |
        grep -E '^[0-9A-F]{24}$' | sort -r); do
        : "${own_timeline:=$(echo "$segment" | cut -c 1-8)}" "${newest:=$segment}"
        case $segment in "$own_timeline"*) ;; *) newest=$segment ;; esac
        last_record=$(pg_waldump "$PGDATA/pg_wal/$segment" "$newest" 2>/dev/null | tail -n 1)
        last_lsn=$(echo "$last_record" | sed -n 's/.* lsn: \([0-9A-F/]*\),.*/\1/p')
        last_segment=$(echo "$segment" | cut -c 9-)
        [ -z "$last_lsn" ] || return 0
    done
}

# The byte after the last record, as pg_current_wal_lsn() would say it. A record goes on after the
# header of each page, which is longer on the first one of a segment.
end_of_last_record() {
    page_size=$(control_data 'WAL block size')
    segment_size=$(control_data 'Bytes per WAL segment')
    left=$(echo "$last_record" | sed -n 's,.* len (rec/tot): *[0-9]*/ *\([0-9]*\).*,\1,p')
    left=$(((left + 7) / 8 * 8)) at=$(((0x${last_lsn%/*} << 32) + 0x${last_lsn#*/}))
    while room=$((page_size - at % page_size)) && [ "$left" -gt "$room" ]; do
        left=$((left - room)) at=$((at + room))
        at=$((at + (at % segment_size == 0 ? 40 : 24)))
    done
    at=$((at + left))
    case $last_record in
    *'desc: SWITCH'*) at=$(((at + segment_size - 1) / segment_size * segment_size)) ;;
    esac
    printf '%X/%X\n' $((at >> 32)) $((at & 0xFFFFFFFF))
}

# Tells the timeline and the end of the WAL that a node which does not run has.
end() {
    has_data || fail "it has no data"
    ! has_running_server || fail "its server runs: the end of its WAL moves on"
    find_own_end
    [ -n "$last_lsn" ] || fail "its WAL cannot be read"
    printf '%d %s\n' "0x$own_timeline" "$(end_of_last_record)"
}

# ---- joining a primary

# Sets what the primary has: system identifier, timeline, end of its WAL, oldest segment there.
look_at_primary() {
    answer=$(ask_primary "SELECT (SELECT system_identifier FROM pg_control_system()) || ' ' ||
        substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || ' ' || pg_current_wal_flush_lsn() ||
        ' ' || (SELECT min(substr(name, 9)) FROM pg_ls_dir('pg_wal', true, false) AS name
                WHERE name ~ '^[0-9A-F]{24}\$')")
    read -r its_system its_timeline its_end its_oldest <<END
$answer
END
}

history_of_primary() { # TIMELINE: lines "timeline lsn", where it branched off each of its ancestors
    answer=$(ask_primary "SELECT convert_from(pg_read_binary_file('pg_wal/$1.history'), 'UTF8')") ||
        fail "$primary_name went away"
    echo "$answer" | awk '$1 ~ /^[0-9]/ { print $1, $2 }'
}

is_at_or_past() { # LSN LSN
    answer=$(ask_primary "SELECT '$1'::pg_lsn >= '$2'::pg_lsn") || fail "$primary_name went away"
    [ "$answer" = t ]
}

has_newer_timeline() {
    is_newer "$own_timeline" "$its_timeline"
}

# Why this node's WAL is not a part of the primary's; says nothing when it is.
divergence() {
    [ -n "$last_lsn" ] || { echo "its WAL cannot be read" && return; }
    history='' # timeline 1 has none
    [ "$its_timeline" = 00000001 ] || history=$(history_of_primary "$its_timeline")
    if [ "$own_timeline" = "$its_timeline" ]; then
        if ! is_standby; then
            echo "both were primary on timeline $own_timeline"
        elif [ "$own_timeline" != 00000001 ] && [ "$history" != \
            "$(awk '$1 ~ /^[0-9]/ { print $1, $2 }' "$PGDATA/pg_wal/$own_timeline.history")" ]; then
            echo "its timeline $own_timeline has another history"
        elif is_at_or_past "$last_lsn" "$its_end"; then
            echo "it has WAL at $last_lsn, the primary ends at $its_end"
        fi
        return
    fi
    branched=$(echo "$history" |
        awk -v own="$(printf '%d' "0x$own_timeline")" '$1 == own { print $2 }')
    if [ -z "$branched" ]; then
        echo "timeline $own_timeline is not in the primary's history"
    elif is_at_or_past "$last_lsn" "$branched"; then
        echo "it has WAL at $last_lsn, the primary's timeline left at $branched"
    fi
}

# Sets the way that leads to following the primary: follow, rewind or clone, and why. Its own end is
# found first: a running standby may receive more in the meantime.
find_way() {
    way=clone why="it has no data"
    ! has_data || find_own_end
    look_at_primary
    has_data || return 0
    [ "$(control_data 'Database system identifier')" = "$its_system" ] ||
        fail "$PGDATA belongs to another cluster than $primary_name; move it away or remove it"
    # A base backup would throw away what was perhaps acknowledged here: that is for a person.
    ! has_newer_timeline ||
        fail "its timeline $own_timeline is newer than $its_timeline of $primary_name: one of" \
            "them was promoted and stopped; stop $primary_name, or remove $PGDATA to give its" \
            "data up"
    why=$(divergence)
    if [ -n "$why" ]; then
        [ "$own_timeline" = "$its_timeline" ] || way=rewind
    elif [ "$(printf '%s\n' "$last_segment" "$its_oldest" | sort | head -n 1)" != \
        "$its_oldest" ]; then
        why="$primary_name has removed the WAL that is needed next"
    else
        way=follow
    fi
}

# The primary was started a moment ago and was it before this node's timeline began: it will give up
# (see watch_server) as soon as it sees who was promoted after it.
will_step_down() {
    [ -n "${KEEP_FOLLOWING:-}" ] && has_data || return 1
    find_own_end
    look_at_primary
    before=$(printf '%d' "0x$its_timeline")
    has_newer_timeline &&
        grep -q "^${before}[[:space:]]" "$PGDATA/pg_wal/$own_timeline.history" &&
        [ "$(ask_primary "SELECT now() - pg_postmaster_start_time() < interval '15 s'")" = t ]
}

join_primary() {
    find_way
    case $(ask "$primary" postgres SELECT 2>&1) in
    *'password authentication failed'*)
        say "POSTGRES_PASSWORD is not the one that the cluster was made with: a rewind may need it"
        ;;
    esac
    case $way in
    rewind) rewind "$why" ;;
    clone) clone "$why" ;;
    follow)
        say "following $primary_name"
        : >"$PGDATA/standby.signal"
        ;;
    esac
}

# Until the checkpoint after a promotion the control file still names the old timeline, and
# pg_rewind would find nothing to do.
await_checkpoint_of_primary() {
    ask "$primary" postgres CHECKPOINT >/dev/null 2>&1 || true
    until [ "$(ask_primary 'SELECT timeline_id FROM pg_control_checkpoint()')" = \
        "$(printf '%d' "0x$its_timeline")" ]; do
        [ "$(date +%s)" -lt "$deadline" ] || return 1
        sleep 0.2
    done
}

# pg_rewind copies the primary's configuration too and removes standby.signal: both are put back
# before the file `rewinding` goes.
rewind() { # WHY
    say "rewinding to join $primary_name: $1"
    [ ! -e "$PGDATA/postgresql.auto.conf" ] || cp "$PGDATA/postgresql.auto.conf" "$own_auto_conf"
    : >"$rewinding"
    # The recovery that pg_rewind does first cannot be done in standby mode.
    rm -f "$PGDATA/standby.signal" "$PGDATA/recovery.signal" "$PGDATA/postmaster.pid"
    if await_checkpoint_of_primary &&
        PGCONNECT_TIMEOUT=$patience pg_rewind $no_sync -D "$PGDATA" \
            --source-server="$(conninfo "$primary" replicator)" >&2; then
        [ ! -e "$own_auto_conf" ] || cp "$own_auto_conf" "$PGDATA/postgresql.auto.conf"
        : >"$PGDATA/standby.signal"
        rm -f "$rewinding"
        rm -f "$own_auto_conf"
    else
        clone "pg_rewind cannot do it"
    fi
}

clone() { # WHY
    say "copying $primary_name: $1"
    new=$PGDATA.new.$$
    PGCONNECT_TIMEOUT=$patience pg_basebackup $no_sync --checkpoint=fast --wal-method=stream \
        -D "$new" -d "$(conninfo "$primary" replicator)" >&2 || fail "pg_basebackup failed"
    [ -e "$rewinding" ] || [ ! -e "$PGDATA/postgresql.auto.conf" ] ||
        cp "$PGDATA/postgresql.auto.conf" "$own_auto_conf"
    : >"$new/postgresql.auto.conf"
    [ ! -e "$own_auto_conf" ] || cp "$own_auto_conf" "$new/postgresql.auto.conf"
    : >"$new/standby.signal"
    : >"$member"
    [ ! -e "$PGDATA" ] || mv "$PGDATA" "$PGDATA.old.$$"
    mv "$new" "$PGDATA"
    rm -f "$rewinding"
    rm -rf "$own_auto_conf" "$PGDATA.old.$$"
}

# ---- a new cluster

sql_text() { # VALUE: as a string constant
    printf "'%s'" "$(printf '%s\n' "$1" | sed "s/'/''/g")"
}

# For a server in single-user mode: no password in an argument list, none in a log, and no commit
# that could wait for a standby. The server keeps SCRAM verifiers only.
first_sql() {
    cat <<END
CREATE ROLE replicator LOGIN REPLICATION PASSWORD $(sql_text "$REPLICATOR_PASSWORD");

GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean) TO replicator;

GRANT EXECUTE ON FUNCTION pg_stat_file(text, boolean) TO replicator;

GRANT EXECUTE ON FUNCTION pg_read_binary_file(text) TO replicator;

GRANT EXECUTE ON FUNCTION pg_read_binary_file(text, bigint, bigint, boolean) TO replicator;

CREATE ROLE pgwatch LOGIN PASSWORD $(sql_text "$PGWATCH_PASSWORD") IN ROLE pg_monitor;

GRANT EXECUTE ON FUNCTION pg_promote(boolean, integer) TO pgwatch;

GRANT EXECUTE ON FUNCTION pg_wal_replay_pause() TO pgwatch;

GRANT EXECUTE ON FUNCTION pg_wal_replay_resume() TO pgwatch;

CREATE SCHEMA pgwatch_tui AUTHORIZATION pgwatch;

END
}

initialise() {
    say "making a new cluster"
    new=$PGDATA.new.$$
    printf '%s\n' "$POSTGRES_PASSWORD" |
        initdb $no_sync -D "$new" --username=postgres --pwfile=/dev/stdin --auth=scram-sha-256 \
            --encoding=UTF8 --locale=C --data-checksums >"$node_dir/initdb.out" 2>&1 ||
        fail "initdb failed: $(tail -n 3 "$node_dir/initdb.out")"
    first_sql | postgres --single -j ${no_sync:+-F} -D "$new" -c exit_on_error=true \
        -c synchronous_commit=local -c password_encryption=scram-sha-256 \
        -c log_min_error_statement=panic postgres >/dev/null ||
        fail "the first roles cannot be made"
    rm -f "$node_dir/initdb.out"
    cat /proc/sys/kernel/random/uuid >"$new/$lab_file"
    mv "$new" "$PGDATA"
    : >"$member"
}

# ---- starting

has_waited() { # SECONDS; the same in all of one look: nobody gives up when it may just go on
    [ "$now" -ge $((deadline - START_TIMEOUT + $1)) ]
}

# Who crashed was perhaps followed by another, whom a standby knows of that starts just now.
may_lead_again() {
    [ -z "$unclear$ahead" ] || return 1
    [ -n "$PEERS" ] && [ -z "$standbys" ] &&
        [ "$(control_data 'Database cluster state')" != 'shut down' ] || return 0
    ! has_waited $((START_TIMEOUT < AWAIT_PEERS ? START_TIMEOUT : AWAIT_PEERS)) || return 0
    [ -n "$awaits" ] ||
        say "was the primary and crashed: waiting for a node that was promoted since"
    awaits=yes
    return 1
}

decide() {
    deadline=$(($(date +%s) + START_TIMEOUT)) told='' awaits=''
    while :; do
        look_at_peers
        now=$(date +%s)
        if [ -n "$primary" ] && will_step_down; then
            is_standby || { say "$primary_name was primary before: primary again" && return; }
        elif [ -n "$primary" ]; then
            join_primary
            return
        elif has_data && is_standby; then
            # A primary that starts at the same time is given a moment, to be compared with.
            if has_waited $((START_TIMEOUT < 5 ? START_TIMEOUT : 5)); then
                say "no primary yet: waiting as a standby"
                return
            fi
        elif has_data && may_lead_again; then
            say "was the primary, and no other node is: primary again"
            return
        elif may_initialise && [ ! -e "$PGDATA" ] && [ ! -e "$member" ] &&
            [ -z "$standbys$unclear" ]; then
            initialise
            return
        fi
        [ -z "$ahead" ] || [ -n "$told" ] || {
            told=yes
            say "another node was promoted after this one was the primary: waiting for it"
        }
        ! has_waited "$START_TIMEOUT" || give_up
        sleep 0.2
    done
}

give_up() {
    case $primaries in
    *' '*' '*) fail "not started: two primaries:$primaries; stop the wrong one first" ;;
    esac
    [ -z "$unclear" ] ||
        fail "not started: does not say what it is, and could be the primary:$unclear"
    [ -z "$ahead" ] ||
        fail "not started: another node was promoted after this one was the primary; start that" \
            "one, or promote a standby that has what it wrote:$ahead"
    fail "not started: it has no data of its own to start from, and no node is the" \
        "primary${standbys:+ (standbys:$standbys; promote one)}"
}

# Only the first address that is a primary is taken; so a standby finds the new one by itself.
primary_conninfo() {
    hosts='' ports=''
    for peer in $PEERS; do
        address=${peer#*=}
        hosts=$hosts${hosts:+,}${address%:*}
        ports=$ports${ports:+,}${address##*:}
    done
    echo "host=$hosts port=$ports user=replicator passfile=''$passfile''" \
        "application_name=$NODE_NAME target_session_attrs=read-write keepalives_idle=5" \
        "keepalives_interval=2 keepalives_count=3 tcp_user_timeout=5000"
}

# Tells who connects which lab this server is of; nothing when the cluster is older than that.
lab_setting() {
    sed -nE "1s/^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\$/pgwatch_tui.lab = '\1'/p" \
        "$PGDATA/$lab_file" 2>/dev/null || true
}

# The data directory's configuration is made anew at every start: nothing of another node's that a
# base backup or pg_rewind brought remains. ALTER SYSTEM keeps its word, but not on whom to follow.
write_configuration() {
    {
        echo "# Written by $(basename "$0") at every start from $CONFIG_DIR/postgresql.conf."
        cat "$CONFIG_DIR/postgresql.conf"
        echo
        echo "listen_addresses = '$LISTEN_ADDRESSES'"
        echo "port = $PGPORT"
        echo "unix_socket_directories = '$SOCKET_DIR'"
        echo "primary_conninfo = '$(primary_conninfo)'"
        lab_setting
    } >"$PGDATA/postgresql.conf.new"
    if [ "$(cat "$PGDATA/PG_VERSION")" = 12 ]; then # wal_keep_size came with 13
        sed 's/^wal_keep_size.*/wal_keep_segments = 16/' "$PGDATA/postgresql.conf.new" \
            >"$PGDATA/postgresql.conf.12"
        mv "$PGDATA/postgresql.conf.12" "$PGDATA/postgresql.conf.new"
    fi
    mv "$PGDATA/postgresql.conf.new" "$PGDATA/postgresql.conf"
    cp "$CONFIG_DIR/pg_hba.conf" "$PGDATA/pg_hba.conf"
    [ ! -e "$PGDATA/postgresql.auto.conf" ] ||
        sed -i -e '/^primary_conninfo/d' -e '/^primary_slot_name/d' "$PGDATA/postgresql.auto.conf"
}

prepare() {
    refuse_running_server
    write_passfile
    remove_leftovers
    decide
    write_configuration
}

become_server() {
    unset POSTGRES_PASSWORD REPLICATOR_PASSWORD PGWATCH_PASSWORD PGPASSFILE
    exec postgres -D "$PGDATA"
}

# ---- beside the running server

# A primary does, and a standby that receives WAL.
goes_on() {
    answer=$(PGPASSWORD=$PGWATCH_PASSWORD PGCONNECT_TIMEOUT=5 timeout 8 psql -XAtq \
        -d "host=$SOCKET_DIR port=$PGPORT user=pgwatch dbname=postgres" \
        -c "SELECT NOT pg_is_in_recovery() OR
            EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')") &&
        [ "$answer" = t ]
}

# For a container's health check: fails and says why. A standby that no primary is there for is
# healthy, or else `up --wait` could not start the primary beside it.
health() {
    ! goes_on || return 0
    [ "${answer:-}" = f ] || exit 1 # psql has said why
    look_at_peers
    [ -z "$primary" ] || fail "receives no WAL, and $primary_name is the primary"
}

# Exits with 3 and says why when the server cannot go on as what it is.
look() {
    look_at_peers
    [ -n "$primary" ] || return 0
    if is_standby; then
        find_way
        [ "$way" != follow ] || return 0
        say "cannot follow $primary_name: $why"
    else
        find_own_end
        look_at_primary
        [ "$own_timeline" != "$its_timeline" ] && ! has_newer_timeline || return 0
        say "$primary_name was promoted after this node was the primary last"
    fi
    exit 3
}

# What makes a server try for ever to go on: the primary has removed WAL that was not received yet;
# a new primary's history left this node's at an earlier point; two that were primaries, one before
# the other, were started in the same second. That last one is looked at when the server is new.
watch_server() { # PID, to be told by SIGUSR1
    new_until=$(($(date +%s) + 30)) said='' bad=0
    while sleep 2; do
        if { is_standby || [ "$(date +%s)" -gt "$new_until" ]; } && goes_on 2>/dev/null; then
            bad=0
            continue
        fi
        status=0
        words=$("$0" look 2>&1) || status=$?
        [ "$status" -eq 3 ] || bad=-1
        bad=$((bad + 1))
        [ "$status" -eq 0 ] || [ "$words" = "$said" ] || printf '%s\n' "$words" >&2
        said=$words
        if [ "$bad" -eq 2 ]; then
            kill -USR1 "$1"
            return
        fi
    done
}

# Sets status when the server has ended; again when that was on the watch's word, stopped when
# somebody else wanted it too.
run_server() {
    again='' stopped=''
    become_server &
    server=$!
    for signal in HUP INT QUIT TERM; do
        # shellcheck disable=SC2064
        trap "signalled=yes stopped=yes; kill -$signal $server || true" "$signal"
    done
    trap 'signalled=yes again=yes; kill -INT "$server" || true' USR1
    watch_server $$ &
    watch=$!
    signalled=yes
    while [ -n "$signalled" ]; do
        signalled='' status=0
        wait "$server" || status=$?
    done
    kill "$watch" 2>/dev/null || true
    trap - HUP INT QUIT TERM USR1
}

keep_following() {
    "$0" prepare
    run_server
    while [ -n "$again" ] && [ -z "$stopped" ]; do
        until "$0" prepare; do sleep 2; done
        run_server
    done
    exit "$status"
}

# In a container this starts as root: the data belong to postgres, and so does the server.
if [ "$(id -u)" -eq 0 ]; then
    mkdir -p "$(dirname "${PGDATA:?is not set}")"
    chown postgres "$(dirname "$PGDATA")"
    exec gosu postgres "$0" "$@"
fi
take_environment
case ${1:-} in
health | look | prepare | end) "$1" ;;
'')
    [ -z "${KEEP_FOLLOWING:-}" ] || keep_following
    prepare
    become_server
    ;;
*) fail "there is no task \"$1\"" ;;
esac
