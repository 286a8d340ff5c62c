# status --json on real servers: every figure is what the servers themselves say, unknown is null,
# the exit status is the health, and nothing of a secret or a control character gets out.
use strict;
use warnings;

use TestServers;
use IPC::Run ();
use Test::More;
use Watching;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf(
	'postgresql.conf', q{
synchronous_standby_names = 'FIRST 1 (s1, s2)'
synchronous_commit = on
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 100ms
listen_addresses = '127.0.0.1'
autovacuum = off
});
$primary->start;
$primary->backup('base');

sub standby
{
	my ($name, $upstream, $backup, %more) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init_from_backup($upstream, $backup, has_streaming => 1);
	$node->append_conf('postgresql.conf', $more{conf}) if defined $more{conf};
	$node->start;
	return $node;
}

my $s1 = standby('s1', $primary, 'base');
my $s2 = standby('s2', $primary, 'base');
$primary->safe_psql('postgres', 'CREATE TABLE t (i int); INSERT INTO t VALUES (1)');
$primary->wait_for_catchup($_, 'replay') for $s1, $s2;
my $config = described([ $primary, $s1, $s2 ]);

# What psql says of the servers, as status names it.
sub said_by_primary
{
	my $rows = $primary->safe_psql(
		'postgres', q{
SELECT application_name, state, sync_state, sync_priority, sent_lsn, write_lsn, flush_lsn, replay_lsn,
	pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) FROM pg_stat_replication});
	return {
		current_lsn => $primary->safe_psql('postgres', 'SELECT pg_current_wal_lsn()'),
		rows => { map { my ($name, @rest) = split /\|/; ($name => \@rest) } split /\n/, $rows },
	};
}

# At rest: nothing moved from before the look to after it.
sub look_at_rest
{
	for (1 .. 50)
	{
		my $before = said_by_primary();
		my $look = look($config);
		my $after = said_by_primary();
		return ($before, $look) if explain_text($before) eq explain_text($after);
	}
	BAIL_OUT('the servers do not come to rest');
}

sub explain_text
{
	return join '', explain(@_);
}

my ($said, $look) = look_at_rest();
is($look->{exit}, 0, 'healthy: exit status 0');
is($look->{err}, '', 'nothing on stderr');
is($look->{data}{format}, 1, 'format');
like($look->{out}, qr/\A\{\s*"format": 1,/, 'it comes first');
is($look->{data}{cluster}, 'test', 'cluster');
like($look->{data}{at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'at');
is($look->{data}{health}, 'ok', 'health');
is(findings_of($look), '', 'no findings');
is_deeply(
	$look->{data}{sync},
	{
		rule => 'FIRST 1 (s1, s2)',
		method => 'first',
		needed => 1,
		confirmed => 1,
		can_lose => 1,
		waiting_commits => 0,
		longest_wait_ms => undef,
	},
	'sync');
is_deeply([ map { $_->{name} } @{ $look->{data}{nodes} } ], [ 'primary', 's1', 's2' ], 'nodes');

my $system = $primary->safe_psql('postgres', 'SELECT system_identifier FROM pg_control_system()');
my $version = $primary->safe_psql('postgres', 'SHOW server_version_num');
foreach my $server ($primary, $s1, $s2)
{
	my $name = $server->name;
	my $node = node_of($look, $name);
	my $is_primary = $server == $primary;

	is_deeply(
		[ sort keys %$node ],
		[ sort qw(name listed reachable role state upstream timeline system_identifier
			  server_version current_lsn receive_lsn replay_lsn replication rtt_ms age_ms error) ],
		"$name: the keys of the format");
	ok($node->{listed}, "$name: listed");
	ok($node->{reachable}, "$name: reachable");
	is($node->{role}, $is_primary ? 'primary' : 'standby', "$name: role");
	is($node->{state}, $is_primary ? 'up' : 'streaming', "$name: state");
	is($node->{upstream}, $is_primary ? undef : 'primary', "$name: upstream");
	is($node->{timeline}, 1, "$name: timeline");
	is($node->{system_identifier}, $system, "$name: system identifier");
	is($node->{server_version}, $version, "$name: version");
	is($node->{error}, undef, "$name: no error");
	cmp_ok($node->{rtt_ms}, '>', 0, "$name: round trip");
	cmp_ok($node->{age_ms}, '>=', 0, "$name: age");
	if ($is_primary)
	{
		is($node->{current_lsn}, $said->{current_lsn}, "$name: current LSN");
		is($node->{receive_lsn}, undef, "$name: receives nothing");
		is($node->{replay_lsn}, undef, "$name: replays nothing");
		is($node->{replication}, undef, "$name: has no row");
		next;
	}
	is($node->{current_lsn}, undef, "$name: writes nothing");
	is($node->{receive_lsn}, $server->safe_psql('postgres', 'SELECT pg_last_wal_receive_lsn()'),
		"$name: receive LSN");
	is($node->{replay_lsn}, $server->safe_psql('postgres', 'SELECT pg_last_wal_replay_lsn()'),
		"$name: replay LSN");
	my $row = $node->{replication};
	is_deeply(
		[
			@$row{
				qw(state sync_state sync_priority sent_lsn write_lsn flush_lsn replay_lsn behind_bytes)
			}
		],
		$said->{rows}{$name},
		"$name: the primary's row");
	foreach my $lag (qw(write_lag_ms flush_lag_ms replay_lag_ms))
	{
		ok(exists $row->{$lag} && (!defined $row->{$lag} || $row->{$lag} >= 0), "$name: $lag");
	}
}
# Types, as they stand in the text.
unlike($look->{out}, qr/"(?:needed|timeline|sync_priority|behind_bytes)": "/, 'counts are numbers');
like($look->{out}, qr/"system_identifier": "\d+"/, 'a system identifier is a string: 64 bits');
like($look->{out}, qr/"listed": true/, 'truth is a boolean');

# The table says the same, and no colour goes into a pipe.
my $table;
wait_until('at rest again', sub {
	$said = said_by_primary();
	$table = `@{[program()]} status $config`;
	return explain_text($said) eq explain_text(said_by_primary());
});
like($table, qr/^test  HEALTHY /, 'table: health');
like($table, qr/^sync  FIRST 1 \(s1, s2\)   needs 1, has 1 \(s1\), can lose 1 more/m, 'table: rule');
like($table, qr/^  s1 +standby +streaming +sync 1 +1 +\Q$said->{rows}{s1}[3]\E/m, 'table: row');
unlike($table, qr/\033/, 'table: no colours in a pipe');

# Pause, and the rule taken away.
$s1->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
$look = look($config);
is($look->{exit}, 1, 'replay paused: exit status 1');
is($look->{data}{health}, 'warning', 'and a warning');
is(findings_of($look), 'replay_paused s1', 'that says so');
$s1->safe_psql('postgres', 'SELECT pg_wal_replay_resume()');

# Read-only by its configuration, which our own sessions always are; a role's own is its own affair.
{
	my $read_only = 'default_transaction_read_only';
	$primary->safe_psql('postgres', "ALTER SYSTEM SET $read_only = on; SELECT pg_reload_conf()");
	ok(wait_until('the setting is seen', sub { $look = look($config); findings_of($look) ne '' }), 'READ-ONLY');
	is(findings_of($look), 'read_only primary', 'and nothing else');
	is($look->{exit}, 2, 'critical');
	$primary->safe_psql('postgres', "SET $read_only = off; ALTER ROLE CURRENT_USER SET $read_only = on");
	$look = look($config);
	is(findings_of($look), '', 'a role that only reads cannot tell');
	$primary->safe_psql('postgres',
		"SET $read_only = off; ALTER ROLE CURRENT_USER RESET $read_only; ALTER SYSTEM RESET $read_only");
	$primary->reload;
	ok(wait_until('the setting is gone', sub { findings_of(look($config)) eq '' }), 'it is over');
}

# A plain role sees neither rows nor waits: unknown, not 0.
$primary->safe_psql('postgres', "CREATE ROLE plain LOGIN PASSWORD 'Pa55word/\"%'");
$primary->wait_for_catchup($_, 'replay') for $s1, $s2;
my $plain = described([ $primary, $s1, $s2 ], connection => { user => 'plain', dbname => 'postgres' });
$look = look($plain);
is($look->{exit}, 1, 'plain role: a warning');
is(findings_of($look), 'no_privilege primary, no_privilege s1, no_privilege s2', 'of no privilege');
is($look->{data}{sync}{confirmed}, undef, 'confirmed is unknown');
is($look->{data}{sync}{can_lose}, undef, 'can lose is unknown');
is($look->{data}{sync}{waiting_commits}, undef, 'waiting commits are unknown');
is($look->{data}{sync}{needed}, 1, 'what the rule needs is known');
is(node_of($look, 's1')->{replication}{$_}, undef, "row: $_ is unknown")
  for qw(state sync_state sync_priority sent_lsn replay_lsn behind_bytes replay_lag_ms);
is(node_of($look, 's1')->{role}, 'standby', 'what everybody may see is there');
ok(defined node_of($look, 's1')->{replay_lsn}, 'its own position too');
like(`@{[program()]} status $plain`, qr/has unknown .*commits waiting: unknown/, 'table: unknown');

# What a server says in its own words may hold anything.
$primary->safe_psql('postgres',
	qq{ALTER SYSTEM SET synchronous_standby_names = 's1, "x\033[2J\007\xC2\x9B\xE2\x80\xAE"'});
$primary->reload;
$primary->poll_query_until('postgres', q{SELECT current_setting('synchronous_standby_names') LIKE 's1, "x%'});
my $odd_text = `@{[program()]} status $config` . look($config)->{out}
  . look(described([ "{name: primary, host: '@{[$primary->host]}', port: @{[$primary->port]},"
		  . ' user: postgres, dbname: "no\e[2J\u009B\u202Edb"}' ]))->{out};
like($odd_text, qr/sync  FIRST 1 \(s1, "x/, 'the odd rule is shown');
like($odd_text, qr/"database .*db/, 'and the odd database') or diag($odd_text);
unlike($odd_text, qr/[\x00-\x08\x0B-\x1F\x7F]|\\u00[01]|\xC2[\x80-\x9F]|\xE2\x80\xAE/,
	'without what is not for a terminal');
$primary->safe_psql('postgres', 'ALTER SYSTEM RESET synchronous_standby_names');
$primary->reload;
$primary->poll_query_until('postgres',
	q{SELECT current_setting('synchronous_standby_names') = 'FIRST 1 (s1, s2)'});

# A rule that is longer than what is read of it: nothing is made of its beginning.
{
	my $names = join ', ', 's1', 's2', map { sprintf 'standby_%04d', $_ } 1 .. 100;
	$primary->safe_psql('postgres', "ALTER SYSTEM SET synchronous_standby_names = 'ANY 2 ($names)'");
	$primary->reload;
	ok(wait_until('the long rule is seen', sub { $look = look($config); findings_of($look) ne '' }), 'a long rule');
	is(findings_of($look), 'sync_unreadable primary', 'is said not to be readable');
	is($look->{exit}, 1, 'a warning');
	is($look->{data}{sync}{$_}, undef, "$_ is unknown") for qw(rule needed confirmed can_lose);
	$primary->safe_psql('postgres', 'ALTER SYSTEM RESET synchronous_standby_names');
	$primary->reload;
	ok(wait_until('the rule is read again', sub { findings_of(look($config)) eq '' }), 'it is over');
}

# Ways to say where a server is, and who asks.
my $port = $primary->port;
my $socket = $primary->host;
my $folder = test_folder();

sub file
{
	my ($name, $text) = @_;
	open my $file, '>', "$folder/$name" or die;
	print $file $text;
	close $file;
	chmod 0600, "$folder/$name";
	return "$folder/$name";
}

my $services = file('services', "[one]\nhost=$socket\nport=$port\ndbname=postgres\nuser=postgres\n");
my %ways = (
	'conninfo' => "{name: primary, conninfo: 'host=$socket port=$port user=postgres dbname=postgres'}",
	'URI' => "{name: primary, conninfo: 'postgresql://postgres\@127.0.0.1:$port/postgres'}",
	'TCP' => "{name: primary, host: 127.0.0.1, port: $port, user: postgres, dbname: postgres}",
	'a name' => "{name: primary, host: localhost, port: $port, user: postgres, dbname: postgres}",
	'service' => "{name: primary, conninfo: 'service=one'}",
	'PGSERVICE' => '{name: primary, conninfo: "dbname=postgres"}',
	'PG* variables' => '{name: primary, conninfo: "dbname=postgres"}',
);
my %surroundings = (
	'service' => { PGSERVICEFILE => $services },
	'PGSERVICE' => { PGSERVICEFILE => $services, PGSERVICE => 'one' },
	'PG* variables' => { PGHOST => $socket, PGPORT => $port, PGUSER => 'postgres' },
);
foreach my $way (sort keys %ways)
{
	local %ENV = map { $_ => $ENV{$_} } grep { !/^PG(?:HOST|PORT|USER|DATABASE|SERVICE)/ } keys %ENV;
	my $one = look(described([ $ways{$way} ], connection => {}), %{ $surroundings{$way} // {} });
	is(node_of($one, 'primary')->{system_identifier}, $system, "reached by $way");
}

# Passwords.
$primary->append_conf('pg_hba.conf', '');
{
	local $/ = undef;
	open my $hba, '<', $primary->data_dir . '/pg_hba.conf' or die;
	my $old = <$hba>;
	close $hba;
	open $hba, '>', $primary->data_dir . '/pg_hba.conf' or die;
	print $hba "local all plain scram-sha-256\nhost all plain 127.0.0.1/32 scram-sha-256\n$old";
	close $hba;
}
$primary->reload;
$primary->safe_psql('postgres',
	"SET password_encryption = 'scram-sha-256'; ALTER ROLE plain PASSWORD 'Pa55word'");
wait_until('the password is asked for',
	sub { $primary->psql('postgres', 'SELECT 1', extra_params => [ '-w', '-U', 'plain' ]) != 0 });
my $passfile = file('pgpass', "*:$port:*:plain:Pa55word\n");
my $line = "{name: primary, host: 127.0.0.1, port: $port, user: plain, dbname: postgres";
$look = look(described(["$line}"], connection => {}), PGPASSFILE => $passfile);
ok(node_of($look, 'primary')->{reachable}, 'password from .pgpass') or diag($look->{out});
$look = look(described(["$line, passfile: '$passfile'}"], connection => {}));
ok(node_of($look, 'primary')->{reachable}, 'password from a passfile of its own');
$look = look(described(["$line, password: \${SECRET}}"], connection => {}), SECRET => 'Pa55word');
ok(node_of($look, 'primary')->{reachable}, 'password from a variable');
$look = look(described(["$line}"], connection => {}), PGPASSWORD => 'Pa55word');
ok(node_of($look, 'primary')->{reachable}, 'password from PGPASSWORD');
unlike($look->{out} . $look->{err}, qr/Pa55word/, 'and it is not printed');

$look = look(described(["$line, password: Wr0ngOne}"], connection => {}));
is($look->{exit}, 3, 'wrong password: nothing could be reached');
is(node_of($look, 'primary')->{state}, 'auth failed', 'for authentication failed');
like(node_of($look, 'primary')->{error}, qr/password authentication failed/, 'as the server says');
unlike($look->{out} . $look->{err}, qr/Wr0ngOne/, 'without the password');
$look = look(described(["$line}"], connection => {}), PGPASSFILE => '/dev/null');
is(node_of($look, 'primary')->{state}, 'auth failed', 'no password at all');

# Tried once, not each interval: the server's log stays readable.
my $log = -s $primary->logfile;
my $watch = follow(
	[
		program(), 'status', '--watch', '--json',
		described(["$line, password: Wr0ngOne}"], connection => {}, interval => '100ms', timeout => '1s')
	]);
$watch->wait_for("wrong password, look $_", qr/"state":"auth failed"/) for 1 .. 15;
$watch->stop;
my $tries = () = substr(PostgreSQL::Test::Utils::slurp_file($primary->logfile), $log) =~
  /password authentication failed/g;
is($tries, 1, 'a wrong password is tried once');

# A role with every figure and a password in its primary_conninfo: not printed either.
$look = look(described(["{name: primary, conninfo: 'host=$socket port=$port user=x password=S3cretX dbname=nodb'}"],
		connection => {}));
unlike($look->{out} . $look->{err}, qr/S3cretX/, 'no password of a connection string is printed');

# Connection settings that cannot do.
$look = look(described([ node_line($primary, dbname => 'nosuchdb') ]));
is(node_of($look, 'primary')->{state}, 'bad settings', 'unknown database');
like(node_of($look, 'primary')->{error}, qr/"nosuchdb" does not exist/, 'with its name');
$look = look(described(["{name: a, conninfo: 'host=127.0.0.1,127.0.0.2 password=S3cretX'}"]));
is($look->{exit}, 78, 'several hosts: refused');
like($look->{err}, qr/several servers|one server/, 'with what to do');
unlike($look->{err}, qr/S3cretX/, 'without the password');
$look = look(described(["{name: a, conninfo: 'dbname=x'}"], connection => {}),
	PGHOST => '127.0.0.1,127.0.0.2');
is($look->{exit}, 78, 'several hosts by PGHOST: refused');
like($look->{err}, qr/names several servers/, 'with the reason');
$look = look(described(["{name: a, conninfo: 'host=h passwort=S3cretX'}"]));
is($look->{exit}, 78, 'a connection string that libpq does not understand');
unlike($look->{err}, qr/S3cretX/, 'is not shown');
$look = look(described(["{name: a, conninfo: 'service=nosuch'}"], connection => {}),
	PGSERVICEFILE => $services);
isnt($look->{exit}, 0, 'an unknown service');
like($look->{err} . $look->{out}, qr/service/, 'is said');

# A standby that nobody listed, one under another, and a name that is not for a terminal.
$s1->backup('cascade');
my $s3 = standby('s3', $s1, 'cascade');
my $s4 = standby('s4', $primary, 'base');
# no standby: a receiver with a name to be careful with
my $receiver = IPC::Run::start(
	[
		'pg_receivewal', '-D', test_folder(), '-d',
		"host=$socket port=$port user=postgres application_name='e\\\\il \033[2J\007 \xFF\xE2\x80\xAE'"
	],
	'2>', \my $receiver_says);
$primary->poll_query_until('postgres',
	"SELECT count(*) = 4 FROM pg_stat_replication WHERE state = 'streaming'");
$s1->poll_query_until('postgres',
	"SELECT count(*) = 1 FROM pg_stat_replication WHERE state = 'streaming'");
my $with_s3 = described([ $primary, $s1, $s2, $s3 ]);
$look = look($with_s3);
is(node_of($look, 's3')->{upstream}, 's1', 'cascading: upstream');
is(node_of($look, 's3')->{state}, 'streaming', 'cascading: state');
is(node_of($look, 's3')->{replication}{sync_state}, 'async', 'cascading: never synchronous');
ok(!node_of($look, 's4')->{listed}, 'unlisted: a row of its own');
is(node_of($look, 's4')->{reachable}, undef, 'unlisted: not asked');
is(node_of($look, 's4')->{system_identifier}, undef, 'unlisted: nothing of its own is known');
is(node_of($look, 's4')->{replication}{state}, 'streaming', 'unlisted: what the primary says');
is_deeply([ map { $_->{name} } @{ $look->{data}{nodes} }[ 0 .. 3 ] ],
	[ 'primary', 's1', 's3', 's2' ], 'a cascading standby is under its upstream');
my ($odd) = grep { $_->{name} =~ /il/ } @{ $look->{data}{nodes} };
ok($odd, 'the odd name is there') or diag($receiver_says);
my $out = $look->{out} . `@{[program()]} status $with_s3`;
unlike($out, qr/[\x00-\x08\x0B-\x1F\x7F]/, 'no control character reaches stdout');
ok(utf8::decode(my $copy = $out), 'and all of it is UTF-8');
unlike($out, qr/\xE2\x80\xAE/, 'no bidirectional control either');
$receiver->signal('INT');
$receiver->finish;
$_->stop for $s3, $s4;

# --watch: an object per poll, on one line each, until the end.
$watch = follow(
	[
		program(), 'status', '--watch', '--json',
		described([ $primary, $s1, $s2 ], interval => '200ms', timeout => '1s')
	]);
my $first = $watch->wait_for('watch: an object', qr/^\{"format":1,.*\}$/);
$primary->safe_psql('postgres', 'INSERT INTO t VALUES (2)');
my $now = $primary->safe_psql('postgres', 'SELECT pg_current_wal_lsn()');
$watch->wait_for('watch: it follows', qr/"current_lsn":"\Q$now\E"/);

# A receiver that hangs: its row says what it said before. One look cannot tell a commit that waits
# from the end of a long statement; it is looked again.
{
	my $receiver = $s1->safe_psql('postgres', 'SELECT pid FROM pg_stat_wal_receiver');
	kill 'STOP', $receiver;
	my $commit = $primary->background_psql('postgres');
	$commit->query_until(qr/sent/, "\\echo sent\nINSERT INTO t VALUES (4);\n");
	$primary->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND now() - query_start > '1.5 s'");
	$look = look($config);
	like(findings_of($look), qr/^commits_blocked/, 'a standby hangs: one status says that commits are blocked');
	is($look->{exit}, 2, 'critical');
	cmp_ok($look->{data}{sync}{longest_wait_ms}, '>', 2000, 'and for how long');
	# Also where the limit is longer than a look may take, and the next look far away.
	my $patient = described([ $primary, $s1, $s2 ], interval => '60s', timeout => '3s', limits => 'blocked_commit: 4s');
	$primary->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND now() - query_start > '4.5 s'");
	like(findings_of(look($patient)), qr/^commits_blocked/, 'however long the limit is');
	kill 'CONT', $receiver;
	$primary->poll_query_until('postgres',
		"SELECT count(*) = 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
	$commit->quit;
	ok(wait_until('it is over', sub { findings_of(look($config)) eq '' }), 'they go on');
}

# Loss by loss: 0, 1, 2.
$s2->stop;
$watch->wait_for('standby stopped: seen by --watch', qr/"rule":"node_down","node":"s2"/);
is($watch->stop, 1, 'watch: exit status of the last look');
$look = look($config);
is($look->{exit}, 1, 'a standby is down: exit status 1');
is(findings_of($look), 'cannot_lose, node_down s2', 'what is said of it');
is(node_of($look, 's2')->{reachable}, JSON::PP::false, 'not reachable');
is(node_of($look, 's2')->{state}, 'refused', 'nobody listens');
is(node_of($look, 's2')->{role}, 'unknown', 'its role was never seen');
is(node_of($look, 's2')->{replay_lsn}, undef, 'nor its position');
is(node_of($look, 's2')->{age_ms}, undef, 'nor anything');
is($look->{data}{sync}{can_lose}, 0, 'no more may be lost');

$s1->stop;
my $commit = $primary->background_psql('postgres');
$commit->query_until(qr/sent/, "\\echo sent\nINSERT INTO t VALUES (3);\n");
$primary->poll_query_until('postgres',
	"SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
wait_until(
	'the commit has waited for longer than the limit',
	sub {
		$look = look($config);
		return findings_of($look) =~ /commits_blocked/;
	});
is($look->{exit}, 2, 'all standbys down: exit status 2');
is(findings_of($look), 'commits_blocked, node_down s1, node_down s2, too_few_sync', 'what is said');
is($look->{data}{sync}{confirmed}, 0, 'nobody confirms');
is($look->{data}{sync}{waiting_commits}, 1, 'one commit waits');
cmp_ok($look->{data}{sync}{longest_wait_ms}, '>', 1000, 'for longer than a second');
$s1->start;
$primary->poll_query_until('postgres',
	"SELECT count(*) = 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
$commit->quit;

# Another address of a server that is listed already is no second primary.
my $twice = described([ $primary, $s1, $s2, node_line($primary, name => 'vip') ]);
$look = look($twice);
is(findings_of($look), 'cannot_lose, node_down s2, same_server vip', 'the same server is said');
is($look->{exit}, 1, 'a warning');
is(node_of($look, 'vip')->{state}, 'same server', 'in its row too');
is(node_of($look, 's1')->{upstream}, 'primary', 'the standbys are under the first of them');
like($look->{out}, qr/"text": "primary and vip are the same server/, 'in words');

$primary->stop;
$look = look($config);
is($look->{exit}, 2, 'no primary: exit status 2');
like(findings_of($look), qr/no_primary/, 'is said');
is($look->{data}{sync}{needed}, undef, 'no rule is known');
is($look->{data}{sync}{rule}, undef, 'nor its text');
is(node_of($look, 's1')->{role}, 'standby', 'the standby that is left is one');
ok(defined node_of($look, 's1')->{replay_lsn}, 'with its position');

# Promoted: another timeline, the rule of the new primary.
$s1->promote;
$look = look($config);
is(node_of($look, 's1')->{role}, 'primary', 'promoted');
is(node_of($look, 's1')->{timeline}, 2, 'at once on its new timeline');
is($look->{data}{sync}{rule}, 'FIRST 1 (s1, s2)', 'with the rule that it has itself');
is($look->{data}{sync}{confirmed}, 0, 'that nobody satisfies');

$s1->stop;
$look = look($config);
is($look->{exit}, 3, 'all down: exit status 3');
is($look->{data}{health}, 'unknown', 'health unknown');
is(findings_of($look), 'node_down primary, node_down s1, node_down s2', 'and why');

done_testing();
