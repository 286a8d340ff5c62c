# The probe on real servers: what a commit costs at each level, and what is said of commits that wait,
# that were given up, and that cannot be made.
use strict;
use warnings;

use TestServers;
use List::Util qw(all max);
use JSON::PP ();
use Patience;
use Test::More;
use Time::HiRes qw(time);
use Watching;

my @levels = qw(local remote_write on remote_apply);
my @waiting = qw(remote_write on remote_apply);
my $rule = 'FIRST 1 (s1, s2)';
my $primary = PostgreSQL::Test::Cluster->new('p');

$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', "fsync = on\nmax_connections = 50\nautovacuum = off\nlisten_addresses = '127.0.0.1'\nwal_receiver_status_interval = 1\n"
	. "wal_retrieve_retry_interval = 200ms\nrestart_after_crash = on\n");
$primary->start;
$primary->safe_psql('postgres', 'CREATE ROLE pgwatch LOGIN; GRANT pg_monitor TO pgwatch;'
	. 'GRANT CREATE ON DATABASE postgres TO pgwatch');
$primary->backup('base');
my %standby;
for my $name ('s1', 's2')
{
	my $server = $standby{$name} = PostgreSQL::Test::Cluster->new($name);
	$server->init_from_backup($primary, 'base', has_streaming => 1);
	$server->append_conf('postgresql.conf', "primary_conninfo = '" . $primary->connstr . " application_name=$name'");
	$server->start;
}

my $version = int($primary->safe_psql('postgres', 'SHOW server_version_num') / 10000);

# The rule only stands on the primary: who is promoted has none.
sub set_rule
{
	my ($value) = @_;
	$primary->safe_psql('postgres', "ALTER SYSTEM SET synchronous_standby_names = '$value'");
	$primary->reload;
	wait_until("the rule \"$value\"",
		sub { $primary->safe_psql('postgres', 'SHOW synchronous_standby_names') eq $value });
}

sub wait_for_sync
{
	wait_until('s1 is the synchronous standby', sub {
		$primary->safe_psql('postgres',
			q{SELECT count(*) FROM pg_stat_replication WHERE application_name = 's1' AND sync_state = 'sync'
				AND state = 'streaming'}) });
}

sub standbys
{
	my ($action, @arguments) = @_;
	$_->$action(@arguments) for values %standby;
}

set_rule($rule);
wait_for_sync();

my @of_description = (
	lab => 1, connection => { user => 'pgwatch', dbname => 'postgres' },
	interval => '200ms', timeout => '3s', limits => 'blocked_commit: 500ms');
my @nodes = ($primary, @standby{qw(s1 s2)});
my $config = described(\@nodes, @of_description, probe => 'interval: 100ms');

sub sql
{
	my ($sql, $server) = @_;
	return ($server // $primary)->safe_psql('postgres', $sql);
}

# A `status --watch --json` whose newest object is looked at.
sub watching
{
	return follow_by_file([ program(), 'status', '--watch', '--json', $config ]);
}

# Follows commits and events, one a line.
sub probing
{
	my ($description) = @_;
	return follow_by_file([ tool('probe_print'), $description // $config ]);
}

# The first object from the mark on for which it holds (level => its figures, data => all).
sub until_seen
{
	my ($watch, $what, $holds, $seconds) = @_;
	my $deadline = time + ($seconds // 30);
	my $data;

	while (time < $deadline)
	{
		$watch->pump;
		while ($watch->{seen} < @{ $watch->{lines} })
		{
			$data = JSON::PP::decode_json($watch->{lines}[ $watch->{seen}++ ]);
			next if !$holds->($data->{commit_latency_ms}, $data);
			pass($what);
			return $data;
		}
		Time::HiRes::sleep(0.02);
	}
	fail("$what: not in time");
	diag(JSON::PP->new->pretty->canonical->encode({ %{ $data // {} }, nodes => undef }), $watch->{err});
	return;
}

sub outcome
{
	my ($of, $level, $class) = @_;
	return $of->{$level}{outcomes}{$class} // 0;
}

# All levels acknowledge commits, more than are counted now.
sub until_all_work
{
	my ($watch, $what, @of) = @_;
	my %before;

	@of = @levels if !@of;
	$watch->mark;
	return until_seen($watch, $what, sub {
		my ($of) = @_;
		$before{$_} //= outcome($of, $_, 'acknowledged') for @of;
		return all { outcome($of, $_, 'acknowledged') > $before{$_} + 1 && $of->{$_}{state} ne 'off' } @of;
	}, 40);
}

# For each of these levels there is a line after that index; "LEVEL" in the pattern stands for it.
sub wait_for_each
{
	my ($probe, $what, $from, $pattern, @of) = @_;
	for my $level (@of)
	{
		my $of_level = $pattern =~ s/LEVEL/$level/r;
		wait_until("$what: $level", sub { $probe->lines_since($from, qr/$of_level/) > 0 }, 30)
		  ? pass("$what: $level") : diag(map { "    $_\n" } $probe->lines_since($from, qr/./));
	}
	return;
}

my $in_wait = q{application_name LIKE 'pgwatch-tui%' AND wait_event = 'SyncRep'};
my $ours = q{application_name LIKE 'pgwatch-tui probe%'};

sub waiting_now
{
	return sql("SELECT count(*) FROM pg_stat_activity WHERE $in_wait");
}

sub until_waiting
{
	wait_until('three commits wait', sub { waiting_now() == 3 });
}

# ---- nothing is written where that was not asked for

subtest 'only watched' => sub {
	for my $more ([ lab => 0 ], [ probe => 'enabled: false' ])
	{
		my $look = look(described(\@nodes, @of_description, @$more));
		is_deeply($look->{data}{commit_latency_ms}, {}, "@$more: nothing is measured");
		is(sql(q{SELECT to_regnamespace('pgwatch_tui') IS NULL}), 't', '... and no schema made');
	}
};

subtest 'one look' => sub {
	my $look = look($config);
	my $of = $look->{data}{commit_latency_ms};
	is_deeply([ sort keys %$of ], [ sort @levels ], 'each level');
	ok(outcome($of, $_, 'acknowledged') >= 1, "$_ has an answer") for @levels;
	is(findings_of($look), '', 'healthy');
	is(sql('SELECT string_agg(DISTINCT level, \' \' ORDER BY level) FROM pgwatch_tui.probe'),
		join(' ', sort @levels), 'a row of each level');
	IPC::Run::run([ program(), 'status', $config ], '>', \my $text);
	like($text, qr/^commits  local [\d.]+ ms  remote_write [\d.]+ ms  on [\d.]+ ms  remote_apply [\d.]+ ms$/m,
		'the table has a line of them');
	is(sql(q{SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'pgwatch_tui'}), 'pgwatch',
		'its schema is its own');
};

# ---- what a commit costs

# Where s1 streams from; a restart, because 12 takes no other while it runs.
sub stream_from
{
	my ($connstr, $delay, %environment) = @_;
	local @ENV{ keys %environment } = values %environment;
	$standby{s1}->append_conf('postgresql.conf',
		"primary_conninfo = '$connstr application_name=s1'\nrecovery_min_apply_delay = '$delay'");
	$standby{s1}->restart;
	wait_for_sync();
	return;
}

# A long way to the standby, a slow disk there and a late replay: what each level waits for more than
# the one before is longer than what a busy machine adds to either. One level every 400 ms: none
# stands behind what the standby does for another.
subtest 'medians' => sub {
	my $listener = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die;
	my $proxy = proxy($listener, $primary->port, 0.03);
	stream_from('host=127.0.0.1 user=postgres port=' . $listener->sockport, '200ms',
		LD_PRELOAD => preload('slow_sync'), SLOW_SYNC_MS => 60);
	my $probe = probing(described(\@nodes, @of_description, interval => '2s', probe => 'interval: 2s'));
	my %median;

	wait_until('15 commits of each level', sub {
		my %us;
		push @{ $us{ (split)[2] } }, (split)[4] for $probe->lines_since(0, qr/^commit p \S+ acknowledged/);
		%median = map { $_ => (sort { $a <=> $b } @{ $us{$_} })[ @{ $us{$_} } / 2 ] } keys %us;
		return 5 == grep { @$_ >= 15 } values %us;
	}, 90);
	$probe->stop;
	note(join ', ', map { "$_ $median{$_}" } 'off', @levels);
	cmp_ok($median{off}, '<', $median{local}, 'off < local');
	cmp_ok($median{local}, '<', $median{remote_write}, 'local < remote_write');
	cmp_ok($median{remote_write}, '<', $median{on}, 'remote_write < on, whose standby has a slow disk');
	cmp_ok($median{on}, '<', $median{remote_apply}, 'on < remote_apply');
	cmp_ok($median{remote_apply}, '>=', 200_000, '... by what the replay is late');
	stream_from($primary->connstr, '0');
	kill 'KILL', $proxy;
	waitpid $proxy, 0;
};

my $watch = watching();
until_all_work($watch, 'all levels work');

subtest 'replay paused' => sub {
	sql('SELECT pg_wal_replay_pause()', $standby{s1});
	my $blocked = until_seen($watch, 'only remote_apply is blocked',
		sub { ($_[0]{remote_apply}{blocked_for} // 0) > 1000 });
	my $of = $blocked->{commit_latency_ms};
	ok(!defined $of->{$_}{blocked_for}, "$_ is not") for qw(local remote_write on);
	is($of->{remote_apply}{state}, 'waiting', 'remote_apply waits');
	cmp_ok($of->{on}{p50}, '<', $of->{remote_apply}{max}, 'on < remote_apply');
	is($of->{remote_apply}{max}, $of->{remote_apply}{blocked_for}, 'the maximum has the wait under way');
	until_all_work($watch, 'the others go on', qw(local remote_write on));
	sql('SELECT pg_wal_replay_resume()', $standby{s1});
	until_all_work($watch, 'it ends');
};

subtest 'its own cost' => sub {
	# EXPLAIN tells of WAL from 13 on
	my $data = until_seen($watch, 'known after a while', sub {
		my $cost = $_[1]{probe_per_second};
		return defined $cost->{ $version < 13 ? 'rows' : 'wal_bytes' };
	}, 30);
	my $before = sql(q{SELECT extract(epoch FROM clock_timestamp()), pg_current_wal_lsn(),
		(SELECT last_value FROM pgwatch_tui.probe_id_seq)});
	$watch->mark;
	until_seen($watch, 'commits', sub { outcome($_[0], 'local', 'acknowledged')
		> outcome($data->{commit_latency_ms}, 'local', 'acknowledged') + 60 });
	my ($at, $lsn, $id) = split /\|/, $before;
	my ($seconds, $bytes, $rows) = split /\|/, sql(qq{SELECT extract(epoch FROM clock_timestamp()) - $at,
		pg_current_wal_lsn() - '$lsn', (SELECT last_value FROM pgwatch_tui.probe_id_seq) - $id});
	my $cost = $data->{probe_per_second};
	note("$rows rows, $bytes bytes in $seconds s; ", JSON::PP->new->canonical->encode($cost));
	cmp_ok(abs($cost->{rows} - 40), '<', 8, 'rows: four levels every 100 ms');
	cmp_ok($cost->{queries}, '>=', $cost->{rows} * 0.95, 'a query for each');
	cmp_ok($cost->{queries}, '<', $cost->{rows} * 1.3, '... and few more');
	return is($cost->{wal_bytes}, undef, 'WAL is unknown') if $version < 13;
	cmp_ok($cost->{wal_bytes} / $cost->{rows}, '<', $bytes / $rows * 1.05, 'WAL: not more than is written');
	cmp_ok($cost->{wal_bytes} / $cost->{rows}, '>', $bytes / $rows * 0.5, '... and most of it');
};

# ---- commits that wait

my $quits = watching();
until_all_work($quits, 'a second one works');

subtest 'both standbys killed' => sub {
	$watch->mark;
	my $since = time;
	my $unsaid = 0;
	standbys('stop', 'immediate');
	my $first = until_seen($watch, 'blocked', sub { my ($of, $data) = @_;
		$unsaid++ if ($data->{sync}{longest_wait_ms} // 0) > 1000 && !grep { defined $of->{$_}{blocked_for} } @waiting;
		return all { defined $of->{$_}{blocked_for} } @waiting });
	is($unsaid, 0, '... within a second');
	my $backends = sql("SELECT count(*) FROM pg_stat_activity WHERE $ours");
	is($backends, 8, 'a backend for each level and program');
	my ($pids) = sql("SELECT string_agg(pid::text, ' ' ORDER BY pid) FROM pg_stat_activity WHERE $ours");
	my $later = until_seen($watch, 'it counts', sub {
		$_[0]{on}{blocked_for} > $first->{commit_latency_ms}{on}{blocked_for} + 1000 * ($ENV{PROBE_BLOCKED} // 5) },
		($ENV{PROBE_BLOCKED} // 5) + 20);
	is($later->{sync}{waiting_commits}, sql(q{SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'}),
		'as many wait as the server says');
	is(sql("SELECT string_agg(pid::text, ' ' ORDER BY pid) FROM pg_stat_activity WHERE $ours"), $pids,
		'no backend was added and none is new');
	until_all_work($watch, 'local goes on', 'local');

	my $asked = time;
	is($quits->stop, 2, 'another one quits in the middle of it');
	cmp_ok(time - $asked, '<', patience(0.5), '... without waiting for anything');
	is(waiting_now(), 6, 'its commits still wait');

	my $behind = watching();
	my $data = until_seen($behind, 'one that is started now has the true time',
		sub { my ($of) = @_; all { ($of->{$_}{blocked_for} // 0) > 1000 * (time - $since - patience(3)) } @waiting });
	is(waiting_now(), 6, '... and made no more of them');
	my @looks = map { { at => time, look => look($config) } } 1 .. 2;
	is(waiting_now(), 6, '... nor do looks');
	IPC::Run::run([ program(), 'status', $config ], '>', \my $text);
	like($text, qr/^commits  local [\d.]+ ms  remote_write BLOCKED \d.*  remote_apply BLOCKED \d/m, 'in words');
	cmp_ok($_->{look}{data}{commit_latency_ms}{on}{blocked_for}, '>', 1000 * ($_->{at} - $since - patience(10)),
		'which see it too') for @looks;

	my $blocked_ms = until_seen($watch, 'still', sub { defined $_[0]{on}{blocked_for} })
	  ->{commit_latency_ms}{on}{blocked_for};
	standbys('start');
	my $over = until_seen($watch, 'standbys back: it ends', sub { my ($of) = @_;
		all { !defined $of->{$_}{blocked_for} && $of->{$_}{last} } @waiting });
	cmp_ok($over->{commit_latency_ms}{$_}{max}, '>=', $blocked_ms, "the true time is in the maximum of $_")
	  for @waiting;
	until_all_work($behind, 'the late one works');
	wait_until('no backend is left', sub { sql("SELECT count(*) FROM pg_stat_activity WHERE $ours") == 8 });
	$behind->stop;
	until_all_work($watch, 'all work');
};

# Three commits wait; the second value is from where on its lines are of this.
sub blocked_probe
{
	my $probe = probing();
	wait_for_each($probe, 'it works', 0, '^commit p LEVEL acknowledged', @waiting);
	standbys('stop', 'immediate');
	until_waiting();
	return ($probe, $probe->count);
}

sub until_acknowledged
{
	my ($probe) = @_;
	wait_for_each($probe, 'acknowledged again', $probe->count, '^commit p LEVEL acknowledged', @waiting);
	return;
}

my $acknowledged = qr/^commit p (?:remote_write|on|remote_apply) acknowledged/;

$watch->stop;

subtest 'a wait that was cancelled' => sub {
	my ($probe, $from) = blocked_probe();
	sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE $in_wait");
	wait_for_each($probe, 'local only', $from,
		'^commit p LEVEL local \d+ canceling wait for synchronous replication', @waiting);
	is($probe->lines_since($from, $acknowledged), 0, 'nothing was acknowledged');
	my $said = qr/^event probe a commit at on on p is durable there only: canceling/;
	wait_until('an event', sub { $probe->lines_since($from, $said) > 0 });
	is($probe->lines_since($from, $said), 1, '... says so');
	# Longer than limits.blocked_commit: a shorter wait is no event.
	my $since;
	wait_until('the next ones wait for long', sub {
		until_waiting();
		$since = sql("SELECT extract(epoch FROM min(clock_timestamp() - query_start)) FROM pg_stat_activity WHERE $in_wait");
		return $since > 1.5;
	});
	$probe->mark; # what was cancelled has ended before
	standbys('start');
	my $event = $probe->wait_for('its end is an event',
		qr/^event probe a commit at on on p ended after/, 60) // '';
	until_acknowledged($probe);
	my ($seconds) = $event =~ /after ([\d.]+) s/;
	cmp_ok($seconds, '>=', $since - 0.1, 'the end of the next wait is an event with its true duration');
	cmp_ok($seconds, '<', 20, '... not more');
	$probe->stop;
};

subtest 'synchronous_standby_names cleared' => sub {
	my ($probe, $from) = blocked_probe();
	set_rule('');
	wait_for_each($probe, 'noticed', $from,
		'^commit p LEVEL local \d+ synchronous_standby_names was changed', @waiting);
	wait_for_each($probe, 'then nobody is asked', $from,
		'^commit p LEVEL asynchronous \d+ synchronous_standby_names is empty', @waiting);
	wait_for_each($probe, 'again', $probe->count, '^commit p LEVEL asynchronous', @waiting);
	is($probe->lines_since($from, $acknowledged), 0, 'nothing was acknowledged');
	is($probe->lines_since($from, qr/^event probe a commit at on on p .* is empty/), 1, 'said once');
	standbys('start');
	set_rule($rule);
	until_acknowledged($probe);
	$probe->stop;
};

subtest 'a backend terminated in its wait' => sub {
	my ($probe, $from) = blocked_probe();
	sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE $in_wait");
	wait_for_each($probe, 'unknown', $from,
		'^commit p LEVEL unknown \d+ .*terminating connection due to administrator command', @waiting);
	until_waiting();
	standbys('start');
	until_acknowledged($probe);
	$probe->stop;
};

# Ctrl-Z: the time that the program stood still is nobody's latency.
subtest 'stopped and continued' => sub {
	my $probe = probing();
	wait_for_each($probe, 'it works', 0, '^commit p LEVEL acknowledged', @levels);
	my $from = $probe->count;
	sql('SELECT pg_wal_replay_pause()', $standby{s1});
	wait_until('remote_apply waits', sub { waiting_now() == 1 && $probe->lines_since($from, qr/^commit p on/) > 3 });
	my $stopped_at = time;
	kill 'STOP', $probe->pid;
	sql('SELECT pg_wal_replay_resume()', $standby{s1});
	wait_until('the commit is done', sub { waiting_now() == 0 });
	my $until = time + 1.5;
	wait_until('a while', sub { time > $until });
	$from = $probe->count;
	my $continued_at = time;
	kill 'CONT', $probe->pid;
	wait_for_each($probe, 'goes on', $from, '^commit p LEVEL acknowledged \d', @levels);
	cmp_ok($probe->lines_since($from, qr/^commit p remote_apply acknowledged -/), '>=', 1,
		'of one the time is not known');
	cmp_ok(max(map { (split)[4] } $probe->lines_since($from, qr/^commit p \S+ acknowledged \d/)), '<',
		1e6 * ($continued_at - $stopped_at), 'none has the time of standing still');
	$probe->stop;
};

# ---- commits that cannot be made

$watch = watching();
until_all_work($watch, 'all levels work');

sub until_off
{
	my ($why) = @_;
	$watch->mark;
	my $data = until_seen($watch, "off: $why", sub {
		my ($of) = @_;
		return all { $of->{$_}{state} eq 'off' && $of->{$_}{why} =~ $why && !defined $of->{$_}{last} } @levels;
	}) or return;
	my ($finding) = grep { $_->{rule} eq 'probe_off' } @{ $data->{findings} };
	like($finding->{text}, qr/PROBE OFF: .*$why/, 'a finding says why');
	is_deeply([ grep { defined $data->{commit_latency_ms}{$_}{blocked_for} } @levels ], [], 'that is no wait');
	return $data;
}

subtest 'table dropped' => sub {
	sql('DROP TABLE pgwatch_tui.probe');
	until_off(qr/relation "pgwatch_tui.probe" does not exist/);
	until_all_work($watch, 'made anew');
};

subtest 'schema dropped' => sub {
	sql('DROP SCHEMA pgwatch_tui CASCADE');
	until_off(qr/does not exist/);
	until_all_work($watch, 'made anew');
};

subtest 'table locked' => sub {
	my ($in, $out) = ("BEGIN; LOCK TABLE pgwatch_tui.probe; SELECT 'locked';\n", '');
	my $locker = IPC::Run::start([ 'psql', '-XAtq', '-d', $primary->connstr('postgres') ], '<', \$in, '>', \$out);
	$locker->pump until $out =~ /locked/;
	$watch->mark;
	my $from = $watch->count;
	my $first;
	until_seen($watch, 'commits fail, again and again', sub {
		my ($of) = @_;
		$first //= $of;
		return all { outcome($of, $_, 'failed') > outcome($first, $_, 'failed') + 2 } @levels;
	});
	my @blocked = grep { my $of = JSON::PP::decode_json($_)->{commit_latency_ms};
		grep { defined $of->{$_}{blocked_for} } @levels } $watch->lines_since($from, qr/./);
	is(@blocked, 0, 'that is no wait for standbys');
	$in = "ROLLBACK;\\q\n";
	$locker->finish;
	until_all_work($watch, 'they go on');
};

subtest 'denied' => sub {
	sql('ALTER TABLE pgwatch_tui.probe OWNER TO CURRENT_USER');
	until_off(qr/permission denied for table probe/);
	sql('ALTER TABLE pgwatch_tui.probe OWNER TO pgwatch');
	until_all_work($watch, 'allowed again');
	sql('ALTER SCHEMA pgwatch_tui OWNER TO CURRENT_USER');
	until_off(qr/permission denied for schema pgwatch_tui/);
	sql('ALTER SCHEMA pgwatch_tui OWNER TO pgwatch');
	until_all_work($watch, 'allowed again');
};

subtest 'settings of the role' => sub {
	sql('ALTER ROLE pgwatch SET synchronous_commit = off;'
		. 'ALTER ROLE pgwatch SET default_transaction_read_only = on;'
		. q{ALTER ROLE pgwatch SET search_path = 'nowhere'});
	my $other = watching();
	my $data = until_all_work($other, 'do not fool it');
	is(outcome($data->{commit_latency_ms}, $_, 'local'), 0, "$_ waits for standbys") for @levels;
	$other->stop;
	sql('ALTER ROLE pgwatch RESET ALL');
};

subtest 'old rows' => sub {
	sql(q{INSERT INTO pgwatch_tui.probe (level, at) SELECT 'on', now() - interval '1 hour'
		FROM generate_series(1, 1000)});
	my $other = watching();
	wait_until('they go',
		sub { sql(q{SELECT count(*) FROM pgwatch_tui.probe WHERE at < now() - interval '2 minutes'}) == 0 });
	cmp_ok(sql('SELECT count(*) FROM pgwatch_tui.probe'), '>', 50, 'new ones stay');
	until_all_work($other, 'and it goes on');
	$other->stop;
};

# ---- another primary

subtest 'promoted elsewhere' => sub {
	$primary->stop('immediate');
	until_seen($watch, 'no primary: refused', sub { my ($of) = @_; all { $of->{$_}{state} eq 'off' } @levels });
	$standby{s1}->promote;
	my $data = until_seen($watch, 'the probe follows', sub { my ($of) = @_;
		all { ($of->{$_}{last} // 0) > 0 } @levels });
	my ($new) = grep { $_->{role} eq 'primary' && $_->{reachable} } @{ $data->{nodes} };
	is($new->{name}, 's1', '... to s1');
	my $rows = sql('SELECT count(*) FROM pgwatch_tui.probe', $standby{s1});
	wait_until('rows come', sub { sql('SELECT max(id) FROM pgwatch_tui.probe', $standby{s1}) > $rows });
	$watch->mark;
	until_seen($watch, 'no rule there: local only', sub { outcome($_[0], 'on', 'local') > 5 });
};

subtest 'two primaries' => sub {
	$primary->start;
	$watch->mark;
	until_seen($watch, 'nobody is written to', sub { my ($of) = @_;
		all { $of->{$_}{state} eq 'off' && $of->{$_}{why} =~ /more than one primary/ } @levels });
	my %rows = map { $_->name => sql('SELECT last_value FROM pgwatch_tui.probe_id_seq', $_) } $primary, $standby{s1};
	my $from = $watch->count;
	wait_until('some looks later', sub { $watch->count > $from + 5 });
	is(sql('SELECT last_value FROM pgwatch_tui.probe_id_seq', $_), $rows{ $_->name }, 'no row on ' . $_->name)
	  for $primary, $standby{s1};
	$standby{s1}->stop('immediate');
	$watch->mark;
	until_seen($watch, 'one again: measured again', sub { my ($of) = @_;
		($of->{local}{last} // 0) > 0 });
};

cmp_ok($watch->stop, '<', 3, 'the end');
is($watch->{err}, '', 'nothing on stderr');
standbys('stop', 'immediate');
done_testing();
