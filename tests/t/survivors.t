# Without a primary the program names the standby that has the most WAL, by what the servers say
# themselves; says what is proven of the data; bars an older timeline; and shows two primaries, with
# nothing written by it meanwhile.
use strict;
use warnings;
use utf8;

# First, since servers do not run as root.
use TestServers;

BEGIN { $ENV{TERM_DEADLINE} //= 60 }
use JSON::PP ();
use Term;
use Test::More;
use Watching;

my $deadline_s = $PostgreSQL::Test::Utils::timeout_default;

my $n1 = PostgreSQL::Test::Cluster->new('n1');
$n1->init(allows_streaming => 1);
$n1->append_conf(
	'postgresql.conf', q{
synchronous_standby_names = 'FIRST 1 (s1, s2)'
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 100ms
max_connections = 40
wal_keep_size = '128MB'
autovacuum = off
});
$n1->start;
$n1->backup('base');

sub standby
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init_from_backup($n1, 'base', has_streaming => 1);
	$node->start;
	return $node;
}

my ($s1, $s2, $s3) = map { standby($_) } qw(s1 s2 s3);
my $config = described([ $n1, $s1, $s2, $s3 ], interval => '200ms', timeout => '3s', lab => 1,
	probe => 'enabled: false');

sub value
{
	my ($node, $query) = @_;
	return $node->safe_psql('postgres', $query);
}

sub write_rows
{
	my ($node) = @_;
	return value($node, 'INSERT INTO t SELECT generate_series(1, 1000)');
}

value($n1, 'CREATE TABLE t (i int)');
write_rows($n1);
$n1->wait_for_catchup($_, 'replay') for $s1, $s2, $s3;

# A dead postmaster's lock file holds until somebody took its status.
sub start_again
{
	my ($node) = @_;
	return wait_until($node->name . ' starts', sub { undef $node->{_pid}; $node->start(fail_ok => 1) });
}

# From whom it streams; "" nobody.
sub follow_whom
{
	my ($standby, $from) = @_;
	tell_whom($standby, $from);
	my $receives = defined $from ? 1 : 0;
	return wait_until($standby->name . ' follows',
		sub { value($standby, q{SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'}) eq $receives });
}

sub tell_whom
{
	my ($standby, $from) = @_;
	my $conninfo = defined $from ? $from->connstr . ' application_name=' . $standby->name : '';
	$standby->append_conf('postgresql.conf', "primary_conninfo = '" . ($conninfo =~ s/'/''/gr) . "'");
	# Before 13 it needs a restart.
	value($standby, 'SHOW server_version_num') < 130000 ? $standby->restart : $standby->reload;
	return;
}

# The server's own word for all that it has.
sub has_lsn
{
	my ($standby) = @_;
	return value($standby, 'SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())');
}

# `status --watch --json`, an object a line.
my $watch = follow_by_file([ program(), 'status', '--watch', '--json', $config ]);

sub next_look
{
	my ($what, $condition) = @_;
	my $last = '';
	$watch->mark;
	my $end = time + $deadline_s;
	while (time < $end)
	{
		for my $line ($watch->lines_since($watch->{seen}, qr/^\{/))
		{
			my $data = JSON::PP->new->utf8->decode($last = $line);
			return pass($what) && $data if $condition->($data);
		}
		$watch->mark;
		select undef, undef, undef, 0.05;
	}
	fail("$what: not in time");
	diag($last);
	return {};
}

# The same, about the survivors; those that answer have been asked since.
sub survivors
{
	my ($what, $condition) = @_;
	my $data = next_look($what, sub { defined $_[0]{survivors} && $condition->($_[0]{survivors}) });
	return ($data->{survivors}, $data);
}

sub of
{
	my ($survivors, $name) = @_;
	return (grep { $_->{name} eq $name } @{ $survivors->{nodes} })[0] // {};
}

sub has_flag
{
	my ($survivors, $name, $flag) = @_;
	return scalar grep { $_ eq $flag } @{ of($survivors, $name)->{flags} // [] };
}

# The program saw the primary at its end, with everybody as they are now.
sub primary_is_seen
{
	my ($node, $condition) = @_;
	my $lsn = value($node, 'SELECT pg_current_wal_lsn()');
	return next_look(
		$node->name . ' is seen',
		sub {
			my ($of) = grep { $_->{name} eq $node->name } @{ $_[0]{nodes} };
			return !defined $_[0]{survivors} && ($of->{current_lsn} // '') eq $lsn
			  && (!defined $condition || $condition->($_[0]));
		});
}

sub sync_is
{
	my ($name) = @_;
	return sub { return ($_[0]{sync}{confirmed} // 0) == 1
		  && grep { $_->{name} eq $name && ($_->{replication}{sync_state} // '') eq 'sync' } @{ $_[0]{nodes} } };
}

sub is_lost
{
	my ($survivors, $data) = @_;
	my ($finding) = grep { $_->{rule} eq 'no_primary' } @{ $data->{findings} // [] };
	is($survivors->{primary}, 'n1', 'measured by the lost primary');
	is($survivors->{reference}{of}, 'flushed', '... by what it had flushed');
	is($finding->{hint}, $survivors->{text}, 'health names the same');
	return;
}

next_look('all is well', sub { $_[0]{health} ne 'critical' && !defined $_[0]{survivors}
	  && exists $_[0]{survivors} && grep { $_->{name} eq 'n1' && $_->{role} eq 'primary' } @{ $_[0]{nodes} } });

subtest 'the synchronous one has more' => sub {
	follow_whom($s2, undef);
	write_rows($n1);
	primary_is_seen($n1, sync_is('s1'));
	$n1->wait_for_catchup($s1, 'flush');
	$n1->kill9;
	my ($survivors, $data) = survivors('s1 is named',
		sub { $_[0]{advice} eq 'promote' && ($_[0]{best} // '') eq 's1' && of($_[0], 's1')->{data} eq 'complete' });
	is_lost($survivors, $data);
	my ($first, $last) = (of($survivors, 's1'), of($survivors, 's2'));
	is($first->{rank}, 1, 'first');
	is($first->{lacks_bytes}, 0, 'it lacks nothing');
	is($first->{lsn}, has_lsn($s1), 'it has what it says itself');
	is($first->{last_sync}{sync_state}, 'sync', 'what it was');
	ok($first->{last_sync}{confirms_commits}, '... it confirmed commits');
	is($last->{lsn}, has_lsn($s2), 's2 has what it says itself');
	is($last->{lacks_bytes},
		value($s1, "SELECT pg_wal_lsn_diff('$survivors->{reference}{lsn}', '$last->{lsn}')"), 's2 lacks bytes');
	cmp_ok($last->{lacks_bytes}, '>', 0, '... some');
	ok(has_flag($survivors, 's2', $_), "s2: $_") for 'lags', 'not_connected';
	like($last->{text}, qr/^lacks [\d.]+ k?B of what s1 has/, 'in words');
	like($survivors->{text}, qr/^promote s1, .* only when n1 is surely stopped; nothing acknowledged at on or remote_apply under FIRST 1 \(s1, s2\) is missing/,
		'what to do');
};

subtest 'status as a text' => sub {
	my $out = '';
	IPC::Run::run([ program(), 'status', $config ], '>', \$out, '2>', '/dev/null');
	is($? >> 8, 2, 'critical');
	like($out, qr/^no primary  no primary was seen since this program started$/m, 'it says what it does not know');
	like($out, qr/^  1\. s1: most WAL \([0-9A-F]+\/[0-9A-F]+\)/m, 's1 is the first');
	like($out, qr/^  \d\. s2: lacks [\d.]+ k?B of what s1 has/m, 's2 is not');
	like($out, qr/^  -  n1: not reachable: refused/m, 'n1 cannot be');
};

subtest 'the potential one has more' => sub {
	start_again($n1);
	follow_whom($s2, $n1);
	follow_whom($s1, undef);
	write_rows($n1);
	primary_is_seen($n1, sync_is('s2'));
	$n1->kill9;
	my ($survivors, $data) = survivors('s2 is named',
		sub { ($_[0]{best} // '') eq 's2' && of($_[0], 's2')->{data} eq 'complete' });
	is_lost($survivors, $data);
	cmp_ok(of($survivors, 's1')->{lacks_bytes}, '>', 0, 's1 lacks some');
	is(of($survivors, 's2')->{lsn}, has_lsn($s2), 's2 has what it says itself');
	$s2->stop('immediate');
	($survivors, $data) = survivors('the one that confirmed is gone too', sub { ($_[0]{best} // '') ne 's2' && !of($_[0], 's2')->{eligible} });
	ok(has_flag($survivors, 's2', 'not_reachable'), 's2 is not reachable');
	is($survivors->{best}, 's3', 's3 is the best that answers: it followed to the end');
	is(of($survivors, 's1')->{rank}, 2, '... before s1');
	unlike($survivors->{text}, qr/nothing acknowledged/, 'no proof');
	is(of($survivors, 's3')->{data}, 'last_look', 'it has what was seen of n1');
	like($survivors->{text}, qr/after that is not known: 1 that could confirm it cannot be asked/, '... and no more');
	start_again($s2);
};

subtest 'an older timeline' => sub {
	$s2->promote;
	follow_whom($s3, $s2);
	value($s2, q{SET synchronous_commit = local; INSERT INTO t VALUES (0)});
	$s2->wait_for_catchup($s3, 'replay');
	primary_is_seen($s2);
	$s2->kill9;
	my ($survivors) = survivors('s3 is named', sub { ($_[0]{best} // '') eq 's3' && ($_[0]{primary} // '') eq 's2' });
	is(of($survivors, 's3')->{timeline}, 2, 'it is on the new timeline');
	ok(!of($survivors, 's1')->{eligible}, 's1 is barred');
	ok(has_flag($survivors, 's1', 'older_timeline'), '... for its timeline');
	is(of($survivors, 's1')->{timeline}, 1, '... which is the old one');
};

subtest 'two primaries' => sub {
	start_again($s2);
	tell_whom($s1, $n1);    # n1 is down: it asks in vain until then
	my $terminal = Term->new(width => 100, height => 30);
	$terminal->line(program() . " dashboard -c $config");
	ok($terminal->wait_for(qr/✗ n1 .*refused|n1 +.*refused/, 'n1 is down'), 's2 is the only primary');
	ok($terminal->wait_for(qr/s2 +primary +up/), '... and is seen');
	# What waits for standbys there would wait still: rows that nobody need confirm.
	value($s2, q{ALTER SYSTEM SET synchronous_standby_names = ''});
	$s2->reload;
	$terminal->keys('l');
	wait_until('the load writes', sub { value($s2, q{SELECT count(*) FROM pg_class WHERE relname = 'test_replication'}) > 0
		  && value($s2, 'SELECT count(*) FROM test_replication') > 3 });
	start_again($n1);
	ok($terminal->wait_for(qr/SPLIT BRAIN since \d\d:\d\d:\d\d/, 'split brain'), 'it is on the screen');
	my $screen = $terminal->screen;
	like($screen, qr/SPLIT BRAIN: 2 nodes accept writes: n1 \(timeline 1\), s2 \(timeline 2\)/, 'over its whole width');
	like($screen, qr/✗ n1 +1 /, 'n1 with its timeline');
	like($screen, qr/✗ s2 +2 .*succeed +s3 async/, 's2 with its timeline and who follows');
	like($screen, qr/fence all but one now/, 'and what to do');
	ok($terminal->wait_for(qr/^ load .*\n.*cannot write: there is more than one primary/m), 'the load says why');
	my $rows = value($s2, 'SELECT count(*) FROM test_replication');
	my $begun = time;
	for my $key (qw(w t))
	{
		$terminal->keys($key);
		ok($terminal->wait_for(qr/there is more than one primary/), "$key refuses with the reason");
		$terminal->keys('Escape');
	}
	$terminal->keys('l');
	ok($terminal->wait_for(qr/two primaries: nothing but to stop one of them/), 'l refuses with the reason');
	$terminal->wait_until(sub { time > $begun + 2 });
	is(value($s2, 'SELECT count(*) FROM test_replication'), $rows, 'nothing is written to s2');
	is(value($n1, q{SELECT count(*) FROM pg_class WHERE relname = 'test_replication'}), 0, 'nor to n1');
	next_look('survivors are null', sub { !defined $_[0]{survivors} && grep { $_->{rule} eq 'two_primaries' } @{ $_[0]{findings} } });
	$n1->stop('immediate');
	ok($terminal->wait_for(qr/\A(?!.*SPLIT BRAIN).*s2 +primary +up/s), 'fenced: one primary is left');
	$terminal->keys('q');
	ok($terminal->wait_until(sub { $terminal->flag('alternate_on') eq '0' }), 'the end');
};

$watch->stop;
done_testing();
