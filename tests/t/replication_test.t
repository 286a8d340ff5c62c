# The replication test on a local stack: `pgwatch-tui test`, its JSON, the keys w and t; what it says
# when replicas are behind, down, or nobody confirms; what it leaves behind.
use strict;
use warnings;
use utf8;

use JSON::PP ();
use LocalStack;
use Term;
use Patience;
use Test::More;
use Time::HiRes qw(time);

sub wait_until { return LocalStack::wait_until(@_) }

my $stack = LocalStack->new(password => 'pgwatch');
my ($status, $out, $err) = $stack->stack('up');
is($status, 0, 'the stack is up') or BAIL_OUT("$out$err");

# A description like the stack's with something else in it.
my $descriptions = 0;

sub described
{
	my (%change) = @_;
	my $text = LocalStack::slurp($stack->{config});
	for my $from (keys %change)
	{
		$text =~ s/$from/$change{$from}/ or die "no $from";
	}
	my $path = "$stack->{folder}/other" . $descriptions++ . '.yaml';
	LocalStack::write_file($path, $text);
	chmod 0600, $path;
	return $path;
}

# Runs the test with --json; returns exit status, the object, stderr.
sub tested
{
	my ($config, @options) = @_;
	my ($exit, $json, $said) = $stack->run('test', '--json', '-c', $config, @options);
	my $object = eval { JSON::PP::decode_json($json) };
	diag("no JSON: $json$said") if !defined $object;
	return ($exit, $object, $said);
}

sub node
{
	my ($object, $name) = @_;
	return (grep { $_->{name} eq $name } @{ $object->{nodes} })[0];
}

# Sessions of the program on the primary, but for those of others than tests.
sub sessions
{
	my ($condition) = @_;
	return $stack->sql('primary',
		"SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgwatch-tui%' AND $condition");
}

sub waiting { return sessions(q{wait_event = 'SyncRep'}) }

sub rows
{
	my ($table) = @_;
	return $stack->sql('primary', "SELECT count(*) FROM $table");
}

sub healthy
{
	return wait_until(60, sub { ($stack->run('status', '-c', $stack->{config}))[0] == 0 });
}

# As it is from 15 on.
my $revoke = 'REVOKE CREATE ON SCHEMA public FROM PUBLIC;';
defined $stack->sql('primary', $revoke) or BAIL_OUT($stack->{error});
ok(healthy(), 'it is healthy') or diag(($stack->run('status', '-c', $stack->{config}))[1]);

subtest 'a test that passes' => sub {
	my ($exit, $text, $said) = $stack->run('test', '-c', $stack->{config});
	is($exit, 0, 'exit status 0') or diag "$text$said";
	is($said, '', 'nothing on stderr');
	like($text,
		qr/^row 1 into pgwatch_tui\.test_replication on primary, synchronous_commit on: acknowledged in [\d.]+ ms$/m,
		'the write');
	like($text, qr/^replica$_ +yes +yes +yes +[\d.]+ ms +[\d.]+ ms  pass$/m, "replica$_") for 1, 2;
	like($text, qr/^replication test passed$/m, 'the verdict');
	is(rows('pgwatch_tui.test_replication'), 1, 'one row was written');
	like($stack->sql('replica2', 'SELECT note FROM pgwatch_tui.test_replication'),
		qr/^pgwatch-tui \d{4}-\d\d-\d\dT\S+Z \d+$/, 'and it is on a replica');
	ok(wait_until(5, sub { sessions('true') == 0 }), 'no session stays');
};

subtest 'its JSON' => sub {
	my (undef, $text) = $stack->run('test', '--json', $stack->{config});
	my $number = qr/\d+(?:\.\d+)?/;
	my @nodes = map {
		qq/    {\n      "name": "replica$_",\n      "streaming": true,\n      "receiver": true,\n/
		  . qq/      "row": true,\n      "visible_since_send_ms": N,\n/
		  . qq/      "visible_since_ack_ms": N,\n      "reason": null\n    }/
	} 1, 2;
	my $form = qq/{\n  "format": 1,\n  "verdict": "pass",\n  "write": {\n    "acknowledged": true,\n/
	  . qq/    "latency_ms": N,\n    "level": "on",\n    "node": "primary",\n    "id": 2,\n/
	  . qq/    "reason": null\n  },\n  "nodes": [\n/ . join(",\n", @nodes) . "\n  ]\n}\n";
	(my $seen = $text) =~ s/_ms": $number/_ms": N/g;
	is($seen, $form, 'its form');
	my $object = JSON::PP::decode_json($text);
	for my $node (@{ $object->{nodes} })
	{
		ok($node->{visible_since_ack_ms} > 0, "$node->{name}: not readable before it was asked");
		ok(abs($node->{visible_since_send_ms} - $node->{visible_since_ack_ms}
					- $object->{write}{latency_ms}) < 0.01, '... both times tell the same');
	}
};

subtest 'every level' => sub {
	for my $level (qw(off local remote_write on remote_apply))
	{
		my ($exit, $object) = tested($stack->{config}, '--commit-level', $level);
		is($exit, 0, $level);
		is($object->{write}{level}, $level, '... is said');
	}
	my $alarms = grep { (tested($stack->{config}, '--commit-level', 'remote_apply'))[0] != 0 } 1 .. 20;
	is($alarms, 0, 'remote_apply: the synchronous replica always had the row');
};

# A lock is in the writer's way, longer than it waits for one; then replica1 is what is waited for.
subtest 'a writer that is ready at the second try' => sub {
	my $config = described('timeout: 3s' => 'timeout: 20s');
	my %postmaster = map { $_ => $stack->postmaster($_) } qw(replica1 replica2);
	my $locker = fork() // die;
	if (!$locker)
	{
		$stack->sql('primary', 'BEGIN; LOCK TABLE pgwatch_tui.test_replication; SELECT pg_sleep(60)', timeout => 60);
		POSIX::_exit(0);
	}
	my $locks = q{pg_locks WHERE relation = 'pgwatch_tui.test_replication'::regclass AND mode = 'AccessExclusiveLock'};
	my $writer = q{pg_stat_activity WHERE application_name = 'pgwatch-tui test'};
	my $count = sub { $stack->sql($_[0], "SELECT count(*) FROM $_[1]") // 0 };
	ok(wait_until(20, sub { $count->('primary', $locks) == 1 }), 'the table is locked');
	kill 'STOP', $postmaster{replica2}; # the looks are not complete before it goes on
	my $pid = $stack->start("$stack->{folder}/second", 'test', '--json', $config);
	ok(wait_until(20, sub { $count->('replica1', q{pg_stat_activity WHERE application_name = 'pgwatch-tui'}) == 1 }),
		'replica1 is looked at');
	kill 'STOP', $postmaster{replica1}; # it lets no reader in
	kill 'CONT', $postmaster{replica2};
	ok(wait_until(20, sub { $count->('primary', "$writer AND wait_event_type = 'Lock'") == 1 }), 'the writer waits');
	ok(wait_until(20, sub { $count->('primary', $writer) == 0 }), '... and gives up');
	$stack->sql('primary', "SELECT pg_terminate_backend(pid) FROM $locks AND granted");
	ok(wait_until(20, sub { $count->('primary', "$writer AND state = 'idle' AND query LIKE '%PREPARE pgw_write%'") == 1 }),
		'it is ready at the second try');
	kill 'CONT', $postmaster{replica1};
	waitpid $_, 0 for $pid, $locker;
	my $object = JSON::PP::decode_json(LocalStack::slurp("$stack->{folder}/second"));
	ok($object->{write}{acknowledged}, 'the write was acknowledged');
	is($object->{write}{reason}, undef, '... nothing was wrong with it');
	is($object->{verdict}, 'pass', 'the test passes');
};

subtest 'which table' => sub {
	$stack->sql('primary', 'CREATE ROLE other; CREATE TABLE public.test_replication'
		  . ' (id serial PRIMARY KEY, note text); ALTER TABLE public.test_replication OWNER TO other;'
		  . ' GRANT ALL ON public.test_replication TO PUBLIC;'
		  . ' GRANT ALL ON SEQUENCE public.test_replication_id_seq TO PUBLIC;')
	  // diag $stack->{error};
	my $before = rows('pgwatch_tui.test_replication');
	is((tested($stack->{config}))[0], 0, 'somebody else has a table of that name');
	is(rows('public.test_replication'), 0, '... it is not written to');
	is(rows('pgwatch_tui.test_replication'), $before + 1, '... but ours is');
	$stack->sql('primary', 'ALTER TABLE public.test_replication OWNER TO postgres');
	is((tested($stack->{config}))[0], 0, 'a table that the superuser made');
	is(rows('public.test_replication'), 1, '... is the one that is written to');
	$stack->sql('primary', 'DROP TABLE public.test_replication; GRANT CREATE ON SCHEMA public TO pgwatch');
	is((tested($stack->{config}))[0], 0, 'where the role may create in its search_path');
	is(rows('public.test_replication'), 1, '... the table is made there');
	$stack->sql('primary', 'DROP TABLE public.test_replication; REVOKE CREATE ON SCHEMA public FROM pgwatch');
};

subtest 'nobody is asked to confirm' => sub {
	my $rule = $stack->sql('primary', 'SHOW synchronous_standby_names');
	$stack->sql('primary', q{ALTER SYSTEM SET synchronous_standby_names = ''});
	$stack->sql('primary', 'SELECT pg_reload_conf()');
	my ($exit, $text);
	wait_until(10, sub {
			($exit, $text) = $stack->run('test', $stack->{config});
			return $text =~ /no standby is asked/;
		});
	is($exit, 0, 'the test passes');
	like($text, qr/committed, no standby is asked to confirm, in [\d.]+ ms/, '... and says so');
	$stack->sql('primary', "ALTER SYSTEM SET synchronous_standby_names = '$rule'");
	$stack->sql('primary', 'SELECT pg_reload_conf()');
	ok(healthy(), 'the rule is back');
};

subtest 'a replica that does not replay' => sub {
	$stack->sql('replica2', 'SELECT pg_wal_replay_pause()');
	my $began = time;
	my ($exit, $object) = tested($stack->{config}, '--timeout', '700ms');
	cmp_ok(time - $began, '<', patience(6), 'bounded');
	is($exit, 2, 'exit status 2');
	is($object->{verdict}, 'fail', 'the verdict');
	ok($object->{write}{acknowledged}, 'the write was acknowledged');
	my $paused = node($object, 'replica2');
	ok($paused->{streaming} && $paused->{receiver}, 'it streams');
	ok(defined $paused->{row} && !$paused->{row}, 'it does not have the row');
	is($paused->{visible_since_send_ms}, undef, 'no time is invented');
	like($paused->{reason}, qr/^row \d+ not readable within 700 ms: replay is paused$/, 'the reason');
	is(node($object, 'replica1')->{reason}, undef, 'the other one passes');
	my (undef, $text) = $stack->run('test', $stack->{config}, '--timeout', '300ms');
	like($text, qr/^replica2 +yes +yes +no +- +-  FAIL: row \d+ not readable.*paused$/m, 'the table');
	like($text, qr/^replication test FAILED$/m, '... its verdict');
	$stack->sql('replica2', 'SELECT pg_wal_replay_resume()');
	ok(wait_until(20, sub { (tested($stack->{config}))[0] == 0 }), 'resumed: it passes');
};

subtest 'a replica that is down' => sub {
	$stack->stack('kill', 'replica2');
	my ($exit, $object) = tested($stack->{config}, '--timeout', '2s');
	is($exit, 2, 'exit status 2');
	my $down = node($object, 'replica2');
	ok(defined $down->{streaming} && !$down->{streaming}, 'it does not stream');
	is($down->{receiver}, undef, 'its receiver is unknown');
	is($down->{row}, undef, 'and its row');
	like($down->{reason}, qr/^not reached: /, 'the reason');
	is(node($object, 'replica1')->{reason}, undef, 'the other one passes');
};

subtest 'nobody confirms' => sub {
	$stack->stack('kill', 'replica1');
	my $began = time;
	my ($exit, $object) = tested($stack->{config}, '--timeout', '1s');
	cmp_ok(time - $began, '<', patience(10), 'bounded');
	is($exit, 2, 'exit status 2');
	ok(!$object->{write}{acknowledged}, 'it was not acknowledged');
	is($object->{write}{latency_ms}, undef, 'no latency is invented');
	like($object->{write}{reason}, qr/^not acknowledged within 1\.0 s: it waits for standbys/,
		'it says so');
	is(waiting(), 1, 'its session waits on');
	ok(wait_until(5, sub { sessions(q{wait_event IS DISTINCT FROM 'SyncRep'}) == 0 }),
		'no other session stays');
	($exit, $object) = tested($stack->{config}, '--timeout', '1s');
	is($exit, 2, 'once more: exit status 2');
	like($object->{write}{reason},
		qr/^an earlier write of pgwatch-tui test still waits for standbys since \d/, '... it says why');
	is(waiting(), 1, '... and no second session waits');
};

subtest 'a wait that is cancelled' => sub {
	is($stack->sql('primary',
			q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'}),
		't', 'the one of before goes');
	ok(wait_until(5, sub { waiting() == 0 }), '... it is gone');
	my $pid = $stack->start("$stack->{folder}/cancelled", 'test', '--json', $stack->{config}, '--timeout', '60s');
	ok(wait_until(20, sub { waiting() == 1 }), 'a write waits');
	$stack->sql('primary',
		q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'});
	my $ended = wait_until(20, sub { waitpid($pid, POSIX::WNOHANG()) == $pid });
	ok($ended, 'the cancelled wait ends the test');
	is($? >> 8, 2, '... exit status 2');
	my $object = JSON::PP::decode_json(LocalStack::slurp("$stack->{folder}/cancelled"));
	ok(!$object->{write}{acknowledged}, 'it is not acknowledged');
	like($object->{write}{reason}, qr/canceling wait for synchronous replication/, '... and it says why');
	ok($object->{write}{id} > 0, 'the row is there');
	ok(wait_until(5, sub { sessions('true') == 0 }), 'no session stays');
};

subtest 'keys while nobody confirms' => sub {
	my $terminal = Term->new(width => 120, height => 40, env => $stack->{env});
	my $config = described("poll:" => "probe: {enabled: false}\npoll:");
	$terminal->line("$LocalStack::program $config");
	ok($terminal->wait_for(qr/1\/3 nodes/), 'one node is left');
	$terminal->keys('w');
	ok($terminal->wait_for(qr/writing/), 'w writes');
	ok(wait_until(10, sub { waiting() == 1 }), 'it waits');
	$terminal->keys('w');
	ok($terminal->wait_for(qr/a test is under way/), 'one at a time');
	ok($terminal->wait_for(qr/test +write BLOCKED: not acknowledged within 10 s/),
		'after a while it says that it is blocked');
	$terminal->keys('t');
	ok($terminal->wait_for(qr/the last write still waits for standbys since/), 'no other one is begun');
	is(waiting(), 1, 'one session waits');
	$terminal->keys('Escape');
	$stack->stack('up');
	ok($terminal->wait_for(qr/the write that waited ended after \d+ s: acknowledged/),
		'standbys are back: it ends, and how is an event');
	is(waiting(), 0, 'none waits');
	$terminal->keys('q');
	ok($terminal->wait_for(qr/^prompt\$ *$/m), 'q ends it');
};

subtest 'keys' => sub {
	ok(healthy(), 'all is well again');
	my $terminal = Term->new(width => 170, height => 40, env => $stack->{env});
	$terminal->line("$LocalStack::program $stack->{config}");
	ok($terminal->wait_for(qr/3\/3 nodes/), 'the dashboard');
	like($terminal->screen, qr/w write  t test/, 'both keys are offered');
	$terminal->keys('w');
	ok($terminal->wait_for(
			qr/test +write \d+ acknowledged in [\d.]+ ms; readable on replica1 after [\d.]+ ms, on replica2 after [\d.]+ ms \(since acknowledged: [\d.]+ ms, [\d.]+ ms\)/),
		'w: an event with both times');
	$terminal->keys('t');
	ok($terminal->wait_for(qr/Replication test.*replication test +passed/s), 't: a page with the verdict');
	like($terminal->screen, qr/● replica2 +yes +yes +yes/, '... of each node');
	$terminal->keys('Escape');
	ok($terminal->wait_for(qr/test +replication test passed: write \d+/), '... and an event');
	$stack->sql('replica1', 'SELECT pg_wal_replay_pause()');
	$terminal->keys('t');
	ok($terminal->wait_for(qr/under way/), 't again: it is under way');
	$terminal->keys('Escape');
	$terminal->keys('e');
	ok($terminal->wait_for(qr/Events/), 'the screen goes on meanwhile');
	$terminal->keys('e', 't');
	ok($terminal->wait_for(qr/replica1 +yes +yes +no.*row \d+ not readable within 10 s: replay is paused/s),
		'its page says who fails and why');
	$stack->sql('replica1', 'SELECT pg_wal_replay_resume()');
	$terminal->keys('q');
	ok($terminal->wait_for(qr/^prompt\$ *$/m), 'q ends it');
};

subtest 'where nothing may be written' => sub {
	my $watched = described('lab: true\n' => '');
	my $before = rows('pgwatch_tui.test_replication');
	my ($exit, $text, $said) = $stack->run('test', $watched);
	is($exit, 64, 'no lab, no probe: exit status 64');
	is($text, '', 'nothing on stdout');
	like($said, qr/test writes are not allowed.*--write/s, 'it says why, and what to do');
	is(rows('pgwatch_tui.test_replication'), $before, 'nothing was written');
	is((tested($watched, '--write'))[0], 0, '--write writes');
	is((tested(described('lab: true\n' => "probe: {enabled: true}\n")))[0], 0, 'so does probe.enabled');

	my $terminal = Term->new(width => 120, height => 40, env => $stack->{env});
	$before = rows('pgwatch_tui.test_replication');
	$terminal->line("$LocalStack::program $watched");
	ok($terminal->wait_for(qr/3\/3 nodes/), 'the dashboard');
	unlike($terminal->screen, qr/w write|t test/, 'the keys are not offered');
	for my $key (qw(w t))
	{
		$terminal->keys('?');
		$terminal->wait_for(qr/Help/);
		$terminal->keys('Escape', $key);
		ok($terminal->wait_for(qr/nothing is written here: this is no lab/), "$key says why not");
	}
	is(rows('pgwatch_tui.test_replication'), $before, 'nothing was written');
	$terminal->keys('q');
};

subtest 'no privilege' => sub {
	$stack->sql('primary', q{CREATE ROLE plain LOGIN PASSWORD 'plain'});
	my $plain = described('user: pgwatch' => 'user: plain', q{password: 'pgwatch'} => q{password: 'plain'});
	ok(wait_until(10, sub { defined $stack->sql('replica1', q{SELECT 1 FROM pg_roles WHERE rolname = 'plain'}) }),
		'a role without rights');
	my ($exit, $object) = tested($plain);
	is($exit, 2, 'exit status 2');
	like($object->{write}{reason}, qr/permission denied for schema pgwatch_tui/, 'the reason');
	is($object->{nodes}[0]{row}, undef, 'no row was looked for');
	is($object->{nodes}[0]{streaming}, undef, 'what the role cannot see is unknown');
};

subtest 'nobody there' => sub {
	my $nowhere = described(map { ("port: $stack->{ports}{$_}" => 'port: ' . LocalStack::free_port()) }
		  keys %{ $stack->{ports} });
	my ($exit, $object) = tested($nowhere);
	is($exit, 3, 'exit status 3');
	is($object->{verdict}, 'fail', 'the verdict');
	is($object->{write}{reason}, 'there is no primary', 'the reason');
	is($object->{$_}, undef, "$_ is unknown") for qw(row streaming receiver);
};

subtest 'a demo whose test fails' => sub {
	my $folder = "$stack->{folder}/program";
	mkdir $folder or die;
	system('cp', '-r', $LocalStack::program, map({ "$LocalStack::checkout/$_" } qw(primary replica-one replica-two)), $folder) == 0 or die;
	my $script = LocalStack::slurp("$folder/primary/init-primary.sh");
	$script =~ s/^CREATE SCHEMA pgwatch_tui.*$/$revoke/m or die;
	LocalStack::write_file("$folder/primary/init-primary.sh", $script);
	local $LocalStack::program = "$folder/pgwatch-tui";
	local $ENV{TMPDIR} = $stack->{folder};
	my ($exit, $text, $said);
	for (1 .. 5)
	{
		($exit, $text, $said) = $stack->run('demo');
		last if $text ne ''; # else somebody on this machine was quicker to take a port
	}
	is($exit, 2, 'exit status 2');
	like($text, qr/^write on primary: FAIL: permission denied/m, 'it says why') or diag $said;
	unlike($text, qr/HEALTHY/, 'no status follows that could hide it');
};

subtest 'usage' => sub {
	for my $wrong ([ '--timeout', '5' ], [ '--timeout', '0s' ], [ '--commit-level', 'sometimes' ], ['--what'], [ 'a', 'b' ])
	{
		is(($stack->run('test', @$wrong))[0], 64, "@$wrong");
	}
	my ($exit, $text) = $stack->run('test', '--help');
	is($exit, 0, '--help');
	like($text, qr/--commit-level.*Exit status: 0 passed, 2 failed, 3/s, '... says it all');
};

done_testing();
