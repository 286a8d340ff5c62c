# The local stack: servers that are started, broken and mended by the program, each step judged by
# what psql and /proc say.
use strict;
use warnings;

use LocalStack;
use Test::More;

my $stack = LocalStack->new;
my ($status, $out, $err);

sub wait_until { return LocalStack::wait_until(@_) }

# Both others stream from it, the rule is satisfied.
sub is_whole
{
	my ($primary, $what) = @_;
	my $sql = "SELECT count(*) FILTER (WHERE state = 'streaming'), "
	  . "count(*) FILTER (WHERE sync_state = 'sync'), pg_is_in_recovery() FROM pg_stat_replication";
	my $answer;
	wait_until(20, sub { ($answer = $stack->sql($primary, $sql) // '') eq '2|1|f' });
	is($answer, '2|1|f', $what);
}

sub ok_stack
{
	my ($what, @arguments) = @_;
	($status, $out, $err) = $stack->stack(@arguments);
	is($status, 0, $what) or diag $err;
}

sub count_on
{
	my ($node) = @_;
	return $stack->sql($node, 'SELECT count(*) FROM t') // 'error';
}

subtest 'before the first start' => sub {
	($status, $out, $err) = $stack->stack('status');
	is($status, 2, 'status: none runs');
	is(() = $out =~ /not created/g, 3, '... and says so') or diag $out;
	($status, $out, $err) = $stack->stack('kill', 'primary');
	is($status, 2, 'kill fails');
	like($err, qr/never started/, '... and says why');
	ok_stack('down has nothing to do', 'down');
	ok(!-e $stack->{data}, 'nothing was written');
};

subtest 'usage' => sub {
	for (['up', 'nobody'], ['kill'], ['pause'], ['fly'], [], ['up', '--volumes'], ['up', '--json'],
		['up', 'a', 'b'])
	{
		($status, $out, $err) = $stack->stack(@$_);
		is($status, 64, "stack @$_");
	}
	my $attached = LocalStack->new(lab => 0);
	($status, $out, $err) = $attached->stack('up');
	is($status, 2, 'without lab: true it is refused');
	like($err, qr/not declared a lab/, '... and says why');
	ok(!-e $attached->{data}, '... and writes nothing');
};

subtest 'up' => sub {
	ok_stack('up', 'up');
	like($err, qr/^primary: making a new cluster$/m, 'its progress is shown');
	is_whole('primary', 'both standbys stream, one is synchronous');
	is_deeply([ map { $_->{state} } values %{ $stack->states } ], [ ('running') x 3 ],
		'status: all run');
	is($stack->sql('primary', 'CREATE TABLE t(a int); INSERT INTO t VALUES (1); SELECT 1'), 1,
		'a write is acknowledged');
	for my $node (qw(replica1 replica2))
	{
		ok(wait_until(10, sub { count_on($node) eq '1' }), "... and arrives at $node");
	}
	is($stack->sql('primary', 'SHOW synchronous_commit'), 'on', 'commits wait');
	is($stack->sql('primary', 'SELECT pg_backend_pid() > 0', user => 'pgwatch',
			password => 'pg:wat\\ch'), 't', 'pgwatch connects with the password of the description');
	is($stack->sql('primary', 'SHOW data_checksums'), 'on', 'data checksums are on');
	is($stack->sql('primary', q{SELECT count(*) FROM pg_authid WHERE rolpassword LIKE 'SCRAM-SHA-256$%'}),
		3, 'passwords are kept as verifiers');
	my $before = $stack->postmaster('primary');
	ok_stack('a second up', 'up');
	is($stack->postmaster('primary'), $before, '... changes nothing');
};

subtest 'secrets' => sub {
	my %passwords = map { /^\*:\*:\*:(\w+):(.*)$/ ? ($1 => $2) : () } split /\n/,
	  LocalStack::slurp("$stack->{data}/passfile");
	is((stat "$stack->{data}/passfile")[2] & 077, 0, 'the passfile is private');
	s/\\(.)/$1/g for values %passwords;
	is($passwords{pgwatch}, 'pg:wat\\ch', 'a password with : and \\ is kept');
	my $arguments = join "\n", map { LocalStack::slurp($_) } glob '/proc/[0-9]*/cmdline';
	for my $role (qw(postgres replicator pgwatch))
	{
		my $password = $passwords{$role};
		ok(index($arguments, $password) < 0, "$role: in no argument list");
		is((grep { index($stack->log_of($_), $password) >= 0 } keys %{ $stack->{ports} }), 0,
			"$role: in no log");
		is((grep { index(LocalStack::slurp($_), $password) >= 0 }
				glob("$stack->{data}/*/data/postgresql*.conf $stack->{data}/*/data/pg_hba.conf")),
			0, "$role: in no configuration");
	}
};

subtest 'what can be said of nobody else' => sub {
	my $other = LocalStack->new;
	$other->{ports} = $stack->{ports};
	my $text = LocalStack::slurp($stack->{config});
	$text =~ s/\Q$stack->{data}\E/$other->{data}/;
	LocalStack::write_file($other->{config}, $text);
	($status, $out, $err) = $other->stack('up');
	is($status, 2, 'a port that is taken fails the start');
	like($err, qr/port \d+ of 127.0.0.1 is taken by process \d+ \(postgres\)/, '... and says by whom');
	($status, $out, $err) = $other->stack('down', '--volumes');
	is_whole('primary', 'and the owner of the port did not notice');

	mkdir "$other->{folder}/mine";
	LocalStack::write_file("$other->{folder}/mine/precious", 'x');
	$text =~ s/\Q$other->{data}\E|\Q$stack->{data}\E/$other->{folder}\/mine/;
	$text =~ s/data: \S+/data: $other->{folder}\/mine/;
	LocalStack::write_file($other->{config}, $text);
	($status, $out, $err) = $other->stack('up');
	like($err, qr/not empty and was not made by pgwatch-tui/, 'a folder of somebody else is refused');
	$other->stack('down', '--volumes');
	ok(-e "$other->{folder}/mine/precious", '... and never removed');
};

subtest 'kill each, up mends it' => sub {
	for my $node (qw(replica1 replica2 primary))
	{
		my $pid = $stack->postmaster($node);
		ok_stack("kill $node", 'kill', $node);
		is((grep { LocalStack::slurp("/proc/$_/cmdline") =~ /postgres/ &&
				(readlink("/proc/$_/cwd") // '') eq "$stack->{data}/$node/data" } $stack->processes),
			0, 'none of its processes is left');
		is($stack->state_of($node), 'crashed', 'status says crashed');
		ok_stack('up', 'up');
		is_whole('primary', "$node is back");
	}
	is(count_on('primary'), 1, 'nothing is lost');
};

subtest 'pause and resume' => sub {
	ok_stack('pause', 'pause', 'replica1');
	is($stack->state_of('replica1'), 'paused', 'status says paused');
	is($stack->sql('replica1', 'SELECT 1'), undef, 'it does not answer');
	ok_stack('resume', 'resume', 'replica1');
	is_whole('primary', 'it is back');
	ok_stack('pause', 'pause', 'replica2');
	ok_stack('up', 'up');
	is($stack->state_of('replica2'), 'running', 'up resumes what is paused');
	($status, $out, $err) = $stack->stack('status');
	is($status, 0, 'status: all run');
};

subtest 'stop' => sub {
	ok_stack('stop replica1', 'stop', 'replica1');
	like($err, qr/^replica1: stopped$/m, 'a clean stop') or diag $err;
	is($stack->state_of('replica1'), 'stopped', 'status says stopped');
	is($stack->state_of('replica2'), 'running', 'the others run');
	ok_stack('what is stopped is stopped', 'stop', 'replica1');
	ok_stack('stop all', 'stop');
	is_deeply([ map { $_->{state} } values %{ $stack->states } ], [ ('stopped') x 3 ],
		'status says stopped');
	ok_stack('up', 'up');
	is_whole('primary', 'all is as before');
};

subtest 'what a drill asks of role pgwatch and of the lab' => sub {
	my $uuid = LocalStack::slurp("$stack->{data}/primary/data/pgwatch-tui.lab");
	like($uuid, qr/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n$/, 'the lab has a mark');
	chomp $uuid;
	for my $node (sort keys %{ $stack->{ports} })
	{
		is($stack->sql($node, q{SELECT current_setting('pgwatch_tui.lab', true)}, user => 'pgwatch',
				password => 'pg:wat\\ch'), $uuid, "$node shows it to pgwatch");
	}
	for ('pg_promote(boolean, integer)', 'pg_wal_replay_pause()', 'pg_wal_replay_resume()')
	{
		is($stack->sql('primary', "SELECT has_function_privilege('pgwatch', '$_', 'EXECUTE')"), 't',
			"pgwatch may call $_");
	}
	is($stack->sql('primary', 'SELECT rolsuper OR rolreplication FROM pg_roles '
			  . "WHERE rolname = 'pgwatch'"), 'f', 'and is nobody more');
};

subtest 'restart' => sub {
	my %before = map { $_ => $stack->postmaster($_) } keys %{ $stack->{ports} };
	ok_stack('restart replica2', 'restart', 'replica2');
	isnt($stack->postmaster('replica2'), $before{replica2}, 'it is another process');
	is($stack->postmaster('primary'), $before{primary}, 'the others are the same');
	ok_stack('restart', 'restart');
	isnt($stack->postmaster('primary'), $before{primary}, 'all are other processes');
	is_whole('primary', 'the roles are the same');
	is($stack->sql('primary', "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"),
		'00000001', 'and so is the timeline');
};

subtest 'failover: the old primary joins the new one' => sub {
	ok_stack('kill primary', 'kill', 'primary');
	is($stack->sql('replica1', 'SELECT pg_promote()'), 't', 'replica1 is promoted');
	ok(wait_until(20, sub {
		($stack->sql('replica1', 'SELECT application_name FROM pg_stat_replication') // '') eq 'replica2';
	}), 'replica2 follows it by itself');
	$stack->sql('replica1', 'INSERT INTO t VALUES (2)');
	ok_stack('up primary', 'up', 'primary');
	is_whole('replica1', 'it streams from replica1');
	is($stack->sql('primary', 'SELECT pg_is_in_recovery()'), 't', 'as a standby');
	is($stack->sql('primary', 'SHOW synchronous_standby_names'), 'FIRST 1 (replica1, replica2)',
		'with its own configuration');
};

subtest 'failover with WAL that nobody else has: rewind' => sub {
	ok_stack('kill replica2', 'kill', 'replica2');
	ok_stack('kill primary', 'kill', 'primary');
	is($stack->sql('replica1', 'SET synchronous_commit = local; INSERT INTO t VALUES (666); '
			  . 'SELECT 1'), 1, 'a write that no standby has');
	$stack->sql('replica1', q{ALTER SYSTEM SET work_mem = '5MB'});
	ok_stack('kill replica1', 'kill', 'replica1');
	ok_stack('replica2 starts alone, as a standby', 'up', 'replica2');
	is($stack->sql('replica2', 'SELECT pg_is_in_recovery()'), 't', '... not as a primary');
	is($stack->sql('replica2', 'SELECT pg_promote()'), 't', 'replica2 is promoted');
	ok_stack('up', 'up');
	like($err, qr/replica1: rewinding to join replica2/, 'replica1 is rewound');
	is_whole('replica2', 'both others stream from replica2');
	is(LocalStack::slurp("$stack->{data}/replica1/data/pgwatch-tui.lab"),
		LocalStack::slurp("$stack->{data}/replica2/data/pgwatch-tui.lab"), 'a rewind keeps the mark');
	is($stack->sql('replica1', q{SELECT length(current_setting('pgwatch_tui.lab', true))}), 36,
		'... and shows it');
	ok(wait_until(10, sub { count_on('replica1') eq '2' }), 'what nobody had is gone');
	is($stack->sql('replica1', 'SHOW work_mem'), '5MB', 'what ALTER SYSTEM said there is kept');
	is($stack->sql('primary', 'SHOW work_mem'), '4MB', '... there, not elsewhere');
};

subtest 'down and up after failovers' => sub {
	ok_stack('down', 'down');
	is(scalar(my @left = $stack->processes), 0, 'no process is left');
	is_deeply([ map { $_->{state} } values %{ $stack->states } ], [ ('stopped') x 3 ],
		'status says stopped');
	ok_stack('up', 'up');
	is_whole('replica2', 'who was the primary last is it again');
	is(count_on('replica2'), 2, 'nothing is lost');
};

subtest 'a primary that was promoted and died before the old one came back' => sub {
	ok_stack('kill replica2', 'kill', 'replica2');
	is($stack->sql('primary', 'SELECT pg_promote()'), 't', 'primary is promoted');
	$stack->sql('primary', 'INSERT INTO t VALUES (3)');
	ok_stack('kill all', 'kill', $_) for qw(primary replica1);
	ok_stack('up', 'up');
	is_whole('primary', 'the newest timeline is the primary, the older one joins it');
	is(count_on('primary'), 3, 'nothing is lost');

	# The same, with the old one let go on by hand, where nobody is asked: the newer data are safe.
	ok_stack('pause', 'pause', 'primary');
	ok_stack('kill', 'kill', 'replica2');
	is($stack->sql('replica1', 'SELECT pg_promote()'), 't', 'replica1 is promoted');
	ok_stack('kill it', 'kill', 'replica1');
	ok_stack('the old primary goes on', 'resume', 'primary');
	($status, $out, $err) = $stack->stack('up', 'replica1');
	is($status, 2, 'who has a newer timeline does not give it up');
	like($err, qr/its timeline \w+ is newer than/, '... and says so');
	ok_stack('kill', 'kill', 'primary');

	# It would lead without what was written since.
	($status, $out, $err) = $stack->stack('up', 'primary');
	is($status, 2, 'the old primary is not started alone');
	like($err, qr/it was the primary before, and replica1 was promoted$/m, '... and it is said why');
	is($stack->state_of('primary'), 'crashed', '... it is as it was');
	ok_stack('up', 'up');
	is_whole('replica1', 'with all to choose from, the newest is the primary');
};

subtest 'data that are gone or useless' => sub {
	ok_stack('kill', 'kill', 'replica2');
	is(system('rm', '-rf', "$stack->{data}/replica2/data"), 0, 'a standby loses its data');
	is($stack->state_of('replica2'), 'not created', 'status says not created');
	ok_stack('up', 'up');
	is_whole('replica1', 'it is copied anew');

	ok_stack('kill', 'kill', 'replica2');
	$stack->sql('replica1', "ALTER SYSTEM SET wal_keep_size = 0");
	$stack->sql('replica1', "SELECT pg_reload_conf()");
	for (1 .. 3)
	{
		$stack->sql('replica1', "SELECT pg_switch_wal(); ");
		$stack->sql('replica1', "INSERT INTO t SELECT 9 WHERE false; CREATE TABLE u$_(); CHECKPOINT");
	}
	ok_stack('up', 'up');
	like($err, qr/replica2: copying replica1: replica1 has removed the WAL/,
		'whose next WAL is gone is copied anew');
	is_whole('replica1', '... and streams');
};

subtest 'logs' => sub {
	($status, $out, $err) = $stack->stack('logs', 'replica1');
	is($status, 0, 'logs');
	like($out, qr/^replica1: .*LOG: /m, 'the lines carry the node');
	cmp_ok(scalar(() = $out =~ /\n/g), '<=', 100, 'at most 100 lines');
};

subtest 'wrong password' => sub {
	ok_stack('kill', 'kill', 'replica2');
	local $stack->{env}{REPLICATOR_PASSWORD} = 'wrong-one';
	($status, $out, $err) = $stack->stack('up', 'replica2');
	is($status, 2, 'fails');
	like($err, qr/REPLICATOR_PASSWORD is not the one that the cluster was made with/, '... and says why');
	unlike($err, qr/wrong-one/, '... without the password');
};

subtest 'down --volumes of one node' => sub {
	ok_stack('down --volumes replica2', 'down', '--volumes', 'replica2');
	ok(!-e "$stack->{data}/replica2", 'nothing of it is left');
	is($stack->state_of('replica1'), 'running', 'the others run');
	ok_stack('up', 'up');
	is_whole('replica1', 'it is copied anew');
};

subtest 'a drill after one whose recording was continued in a second file' => sub {
	LocalStack::write_file("$stack->{data}/drill.recording.jsonl.1", '');
	($status, $out, $err) = $stack->run('drill', 'run', 'standby-kill', '--yes', '--record-max', '64kB',
		'-c', $stack->{config});
	is($status, 0, 'it is done') or diag $err;
};

subtest 'down --volumes' => sub {
	LocalStack::write_file("$stack->{data}/$_", '')
	  for qw(passfile.new drill.journal.new drill.recording.jsonl.1);
	LocalStack::write_file("$stack->{data}/notes", 'mine');
	ok_stack('down --volumes', 'down', '--volumes');
	like($err, qr/^\Q$stack->{data}\E stays: there are other files in it$/m, 'a file of mine stays');
	is_deeply([ sort map { s{.*/}{}r } glob "$stack->{data}/* $stack->{data}/.??*" ],
		[ '.pgwatch-tui-stack', 'notes' ], '... and nothing else');
	ok_stack('up again', 'up');
	is_whole('primary', 'a new cluster');
	unlink "$stack->{data}/notes";
	ok_stack('down --volumes', 'down', '--volumes');
	is(scalar(my @left = $stack->processes), 0, 'no process is left');
	ok(!-e $stack->{data}, 'no file is left');
};

done_testing();
