# load: every write is accounted for, whatever happens to the servers and to the program.
use strict;
use warnings;

use JSON::PP ();
use POSIX    ();
use Patience;
use Test::More;
use Time::HiRes ();

use LedgerFile;
use LocalStack;
use Term;

my $stack = LocalStack->new;
my $ledger = "$stack->{folder}/ledger";
my $output = "$stack->{folder}/output";
my $pid;

END { kill 'KILL', $pid if $pid }

# Runs it to its end: { status, data, err, run }.
sub load
{
	my (@options) = @_;
	unlink $ledger;
	my ($status, $out, $err) = $stack->run('load', '-c', $stack->{config}, '--json', '--ledger', $ledger, @options);
	my $data = eval { JSON::PP::decode_json($out) } // {};
	return { status => $status, data => $data, err => $err, run => LedgerFile::last_run($ledger) };
}

# In the background, until it has acknowledged something.
sub start
{
	my (@options) = @_;
	unlink $ledger;
	$pid = $stack->start($output, 'load', '-c', $stack->{config}, '--ledger', $ledger, @options);
	return ok(acknowledged_more(20), 'it writes');
}

# Until so many more writes were acknowledged than now, or the time is over.
sub acknowledged_more
{
	my ($more, $seconds) = @_;
	my $want = LedgerFile::count(LedgerFile::last_run($ledger), 'acknowledged') + $more;
	return LocalStack::wait_until($seconds // 30,
		sub { LedgerFile::count(LedgerFile::last_run($ledger), 'acknowledged') >= $want });
}

# Nothing was acknowledged for a second, and writes are under way.
sub stands_still
{
	my ($last, $since) = (-1, 0);
	return LocalStack::wait_until(
		20,
		sub {
			my $run = LedgerFile::last_run($ledger);
			my $count = keys %{ $run->{ended} };
			($last, $since) = ($count, Time::HiRes::time()) if $count != $last;
			return keys %{ $run->{sent} } > $count && Time::HiRes::time() - $since > 1;
		});
}

# Ends it; returns its status.
sub stop
{
	my ($signal) = @_;
	kill $signal, $pid;
	my $began = Time::HiRes::time();
	waitpid $pid, 0;
	my $status = $?;
	$pid = undef;
	cmp_ok(Time::HiRes::time() - $began, '<', patience(2), 'it ends at once');
	return $status & 127 ? 128 + ($status & 127) : $status >> 8;
}

sub last_output { return LocalStack::slurp($output) }

# The counts of the object and of the ledger's file are the same; what is left was never sent.
sub counts_agree
{
	my ($load) = @_;
	my ($data, $run) = @{$load}{qw(data run)};
	is($data->{$_}, LedgerFile::count($run, $_), "... $_ as in the ledger's file")
	  for qw(acknowledged acknowledged_locally failed unknown);
	my $sum = 0;
	$sum += $data->{$_} for qw(acknowledged acknowledged_locally failed unknown);
	is($sum, scalar keys %{ $run->{sent} }, '... every write that was sent is in a class');
	cmp_ok($data->{due}, '>=', $sum, '... and was due');
}

sub refused
{
	my ($what, $status, $message, @options) = @_;
	my ($got, $out, $err) = $stack->run('load', '-c', $stack->{config}, @options);
	is($got, $status, "$what: exit status $status");
	like($err, $message, '... and why');
	is($out, '', '... nothing on stdout');
}

subtest 'wrong use' => sub {
	refused('rate 0', 64, qr/--rate takes a number from 1 to 2000, not "0"/, '--rate', '0');
	refused('too much', 64, qr/--rate takes/, '--rate', '2001');
	refused('no number', 64, qr/--rate takes/, '--rate', '10x');
	refused('too many clients', 64, qr/--clients takes a number from 1 to 64/, '--clients', '65');
	refused('no unit', 64, qr/--duration takes a time/, '--duration', '5');
	refused('no time', 64, qr/--duration takes a time/, '--duration', '0s');
	refused('no level', 64, qr/--commit-level takes off, local/, '--commit-level', 'quorum');
	refused('one too many', 64, qr/too many arguments/, 'x');
};

refused('nobody is there', 3, qr/nobody can be written to: no primary/, '--duration', '1s');

subtest 'only watched' => sub {
	my $watched = LocalStack->new(lab => 0);
	my ($status, $out, $err) = $watched->run('load', '-c', $watched->{config}, '--ledger', $ledger);
	is($status, 2, 'refused');
	like($err, qr/only watched: test writes are not allowed/, '... and why');
	ok(!-e $ledger, '... no ledger is made');
	LocalStack::write_file($watched->{config},
		LocalStack::slurp($watched->{config}) . "probe: {enabled: true}\n");
	($status, $out, $err) = $watched->run('load', '-c', $watched->{config}, '--duration', '1s');
	like($err, qr/nobody can be written to/, 'probe.enabled allows it');
};

my ($up, undef, $why) = $stack->stack('up');
is($up, 0, 'a cluster') or BAIL_OUT($why);

subtest 'nothing happens' => sub {
	my $load = load('--rate', 50, '--duration', '2s');
	is($load->{status}, 0, 'exit status 0');
	is($load->{data}{due}, 100, 'as many as were asked for');
	is($load->{data}{acknowledged}, 100, '... are acknowledged');
	is_deeply([ sort keys %{ $load->{data} } ],
		[ sort qw(format level rate due acknowledged acknowledged_locally failed unknown latency_ms) ],
		'the object is as promised');
	is_deeply([ @{ $load->{data} }{qw(format level rate)} ], [ 1, 'on', 50 ], '... says what was run');
	my $latency = $load->{data}{latency_ms};
	ok( $latency->{p50} > 0 && $latency->{p50} <= $latency->{p95}
		  && $latency->{p95} <= $latency->{p99} && $latency->{p99} <= $latency->{max},
		'latencies in order');
	counts_agree($load);
	LedgerFile::agrees($stack, 'primary', $load->{run}, 'after the load');
	my @due = map { $_->{due_us} } @{ $load->{run}{sent} }{ 0 .. 99 };
	is(scalar(grep { abs($due[$_] - $due[0] - $_ * 20_000) > 1 } 0 .. 99), 0, 'due every 20 ms');
	is(scalar(grep { $_->{sent_us} < $_->{due_us} } values %{ $load->{run}{sent} }), 0,
		'none was sent before it was due');
	is((stat $ledger)[2] & 0777, 0600, 'the ledger is its owner\'s alone');
};

for my $clients (1, 8)
{
	subtest "1000 a second, $clients client(s)" => sub {
		my $load = load('--rate', 1000, '--duration', '4s', '--clients', $clients);
		is($load->{data}{due}, 4000, 'the schedule does not wait for answers');
		is($load->{status}, $load->{data}{acknowledged} == 4000 ? 0 : 1, 'the exit status fits');
		cmp_ok($load->{data}{acknowledged}, '>', 500, 'it got on');
		counts_agree($load);
		LedgerFile::agrees($stack, 'primary', $load->{run}, 'after the load');
		my %ids;
		$ids{ $_->{id} // 0 }++ for values %{ $load->{run}{ended} };
		is(scalar keys %ids, scalar keys %{ $load->{run}{ended} }, 'each has the id of its row')
		  if $load->{data}{unknown} == 0;
	};
}

for my $level (qw(off local remote_write remote_apply))
{
	my $load = load('--rate', 100, '--duration', '500ms', '--commit-level', $level);
	is_deeply([ $load->{status}, $load->{data}{level}, $load->{data}{acknowledged} ],
		[ 0, $level, 50 ], "at $level all are acknowledged");
}

subtest 'a standby is killed' => sub {
	start('--rate', 200, '--clients', 4);
	is(($stack->stack('kill', 'replica1'))[0], 0, 'the synchronous standby');
	ok(acknowledged_more(200), 'writes go on');
	is(($stack->stack('up'))[0], 0, 'it is back');
	ok(acknowledged_more(50), 'writes go on');
	stop('INT');
	my $run = LedgerFile::last_run($ledger);
	is(LedgerFile::count($run, 'failed') + LedgerFile::count($run, 'acknowledged_locally'), 0,
		'none failed, none was local');
	LedgerFile::agrees($stack, 'primary', $run, 'after the load');
};

subtest 'both standbys are paused' => sub {
	start('--rate', 100, '--clients', 2);
	$stack->stack('pause', $_) for qw(replica1 replica2);
	ok(stands_still(), 'commits wait');
	is($stack->sql('primary', "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"),
		2, 'as many backends as clients wait, not one more');
	$stack->stack('resume');
	ok(acknowledged_more(150), 'what was due meanwhile is sent late');
	stop('INT');
	my $run = LedgerFile::last_run($ledger);
	is(LedgerFile::count($run, 'failed') + LedgerFile::count($run, 'acknowledged_locally'), 0,
		'none failed, none was local');
	my ($longest) = sort { $b <=> $a }
	  map { $run->{ended}{$_}{at_us} - $run->{sent}{$_}{due_us} } keys %{ $run->{ended} };
	cmp_ok($longest, '>', 1_000_000, 'latency counts from when they were due');
	my $late = grep { $_->{sent_us} - $_->{due_us} > 500_000 } values %{ $run->{sent} };
	cmp_ok($late, '>', 20, '... also of those that were sent late');
	LedgerFile::agrees($stack, 'primary', $run, 'after the load');
};

subtest 'a wait is cancelled by hand' => sub {
	start('--rate', 100, '--clients', 2);
	$stack->stack('pause', $_) for qw(replica1 replica2);
	ok(stands_still(), 'commits wait');
	ok(LocalStack::wait_until(10, sub {
		$stack->sql('primary', "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE"
			. " wait_event = 'SyncRep' AND usename = 'pgwatch' AND query LIKE '%note%'");
		LedgerFile::count(LedgerFile::last_run($ledger), 'acknowledged_locally') >= 3 }),
		'counted as local');
	$stack->stack('resume');
	ok(acknowledged_more(50), 'writes go on');
	is(stop('INT'), 1, 'exit status 1');
	my $run = LedgerFile::last_run($ledger);
	is(scalar(grep { $_->{outcome} eq 'acknowledged_locally' && ($_->{why} // '') !~ /canceling wait/ }
			values %{ $run->{ended} }), 0, 'the ledger says why');
	LedgerFile::agrees($stack, 'primary', $run, 'after the load');
	like(last_output(), qr/writes? committed on the primary alone: canceling wait/, 'it was said');
};

subtest 'stopped while commits wait' => sub {
	start('--rate', 100, '--clients', 3);
	$stack->stack('pause', $_) for qw(replica1 replica2);
	ok(stands_still(), 'commits wait');
	is(stop('INT'), 1, 'exit status 1');
	my $run = LedgerFile::last_run($ledger);
	is(LedgerFile::count($run, 'unknown'), 3, 'those under way are unknown');
	like(last_output(), qr/, 3 unknown, \d+ never sent/, '... and the others were never sent');
	$stack->stack('resume');
	ok(LocalStack::wait_until(20, sub { keys %{ LedgerFile::in_table($stack, 'primary', $run) }
			== keys %{ $run->{sent} } }), 'nobody cancelled them: they arrive');
	my $unknown = LedgerFile::agrees($stack, 'primary', $run, 'after the load');
	is_deeply($unknown, { present => 3 }, 'each of them is there');
};

subtest 'the table is dropped' => sub {
	start('--rate', 100, '--clients', 2);
	ok(defined $stack->sql('primary', 'DROP TABLE pgwatch_tui.test_replication'), 'while it writes');
	ok(LocalStack::wait_until(20,
		sub { LedgerFile::count(LedgerFile::last_run($ledger), 'failed') > 0 }), 'a write failed');
	ok(acknowledged_more(50), 'the table is made again, writes go on');
	is(stop('INT'), 1, 'exit status 1');
	like(last_output(), qr/writes? failed: .*does not exist/, 'it was said');
	my $run = LedgerFile::last_run($ledger);
	my $found = LedgerFile::in_table($stack, 'primary', $run);
	is(scalar(grep { $_->{outcome} eq 'failed' && $found->{ $_->{w} } } values %{ $run->{ended} }), 0,
		'what failed is not there');
};

subtest 'the program is killed' => sub {
	for my $round (1 .. 3)
	{
		start('--rate', 1000, '--clients', 8);
		acknowledged_more(100 * $round);
		is(stop('KILL'), 128 + 9, "kill -9, round $round");
		my $run = LedgerFile::last_run($ledger);
		# Those under way commit, or have.
		LocalStack::wait_until(10, sub {
			$stack->sql('primary', "SELECT count(*) FROM pg_stat_activity WHERE usename = 'pgwatch'") == 0 });
		LedgerFile::agrees($stack, 'primary', $run, 'what the ledger has');
		my $open = keys(%{ $run->{sent} }) - keys(%{ $run->{ended} });
		cmp_ok($open, '<=', 8, 'at most one write of each client has no outcome');
	}
	open my $file, '>>', $ledger or die;
	print $file '{"w":1,"outc';
	close $file;
	my ($status) = $stack->run('load', '-c', $stack->{config}, '--duration', '300ms', '--ledger', $ledger);
	is($status, 0, 'the same file takes the next run');
	my @runs = LedgerFile::runs($ledger);
	is(scalar @runs, 2, '... after the one before');
	is($runs[-1]{cut}, 1, '... on a line of its own, though the last one was cut');
	is(LedgerFile::count($runs[-1], 'acknowledged'), 3, '... which is complete');
	isnt($runs[0]{head}{run}, $runs[1]{head}{run}, 'no note is used twice');
};

subtest 'what is no ledger is left alone' => sub {
	my @short = ('--duration', '200ms', '--ledger');
	my $other = "$stack->{folder}/other";
	for my $text ("a letter\n", '{"format":2,"ledger":"pgwatch-tui"}' . "\n", '{"format":1}' . "\n", '[')
	{
		LocalStack::write_file($other, $text);
		refused('another format', 2, qr/\Q$other\E is not empty and is no ledger/, @short, $other);
		is(LocalStack::slurp($other), $text, '... it is as it was');
	}
	LocalStack::write_file($other, '');
	is(($stack->run('load', '-c', $stack->{config}, @short, $other))[0], 0, 'an empty file will do');
	POSIX::mkfifo("$stack->{folder}/fifo", 0600);
	refused('a FIFO', 2, qr/is not a regular file/, @short, "$stack->{folder}/fifo");
	refused('a directory', 2, qr/cannot open the ledger .*: Is a directory/, @short, $stack->{folder});
	refused('no such place', 2, qr/cannot open the ledger .*: No such file/, @short, "$other/x/y")
	  if unlink $other;
	start('--rate', 20);
	refused('two at once', 2, qr/is being written by another program/, @short, $ledger);
	stop('TERM');
	refused('a device', 2, qr/is not a regular file/, @short, '/dev/full');
};

subtest 'the disk is full' => sub {
	my $small = "$stack->{folder}/small";
	mkdir $small;
	plan skip_all => 'no tmpfs can be mounted'
	  if system("mount -t tmpfs -o size=64k tmpfs $small 2>/dev/null") != 0;
	# Where the room ends: in the line of a write that is to be sent, or of an outcome.
	for my $padding (map { $_ * 25 } 0 .. 5)
	{
		LocalStack::write_file("$small/ledger",
			'{"format":1,"ledger":"pgwatch-tui","run":"x","padding":"' . 'x' x $padding . "\"}\n");
		my ($status, $out, $err) = $stack->run('load', '-c', $stack->{config}, '--rate', 1000,
			'--duration', '20s', '--ledger', "$small/ledger");
		is($status, 2, 'it stops');
		like($err, qr/cannot write the ledger .*No space left on device/, 'and says why');
		my $run = LedgerFile::last_run("$small/ledger");
		my $found = LedgerFile::in_table($stack, 'primary', $run);
		is(scalar(grep { !$run->{sent}{$_} } keys %$found), 0, 'nothing was written that is not in it');
	}
	system('umount', $small);
};

subtest 'keys' => sub {
	my $term = Term->new(width => 120, height => 36, env => $stack->{env});
	$term->line("$LocalStack::program -c $stack->{config}");
	ok($term->wait_for(qr/HEALTHY.*l load/s), 'the key is in the footer');
	unlike($term->screen, qr/^ load /m, 'no load runs');
	$term->keys('>');
	ok($term->wait_for(qr/load: 20 writes a second \(l starts it\)/), '> before it runs');
	$term->keys('<');
	ok($term->wait_for(qr/load: 10 writes a second/), '<');
	$term->keys('l');
	ok($term->wait_for(qr/^ load +10\/s at on: .*acknowledged [1-9]\d*   locally 0/m), 'l: it runs');
	ok($term->wait_for(qr/load +started: 10 writes a second at on, 8 clients, to primary/), 'an event');
	$term->keys('>', '>', '>', '>', '>', '>');
	ok($term->wait_for(qr/^ load +1000\/s at on/m), '> up to 1000 a second');
	ok($term->wait_for(qr/acknowledged \d{3,}/), '... more are acknowledged');
	my $began = Time::HiRes::time();
	$term->keys('e');
	ok($term->wait_for(qr/Events.*started: 10 writes/s), 'keys work');
	cmp_ok(Time::HiRes::time() - $began, '<', patience(1), '... and at once');
	$term->keys('Escape', 'L');
	ok($term->wait_for(qr/^ load +1000\/s at remote_apply/m), 'L: the next level');
	$term->keys('L');
	ok($term->wait_for(qr/^ load +1000\/s at off/m), '... and round');
	$term->keys('<', '<', '<', 'L', 'L', 'L');
	ok($term->wait_for(qr/^ load +100\/s at on/m), 'back');
	$stack->stack('pause', $_) for qw(replica1 replica2);
	ok($term->wait_for(qr/WAITING \d/), 'commits wait: it counts');
	my $shown = sub { ($term->screen =~ /acknowledged (\d+)/)[0] };
	my $before = $shown->();
	$term->keys('L', 'L', 'L');
	ok($term->wait_for(qr/^ load +100\/s at local: (?s:.*?)WAITING/m), 'at a level that does not wait');
	ok($term->wait_until(sub { $shown->() > $before + 100 }), '... writes go on beside those that wait');
	$term->keys('L', 'L');
	$stack->stack('resume');
	ok($term->wait_for(qr/^ load +100\/s at on: (?:(?!WAITING).)*$/m), '... and ends');
	$term->keys('l');
	ok($term->wait_for(qr/load +ended: \d+ of \d+ acknowledged/), 'l: it ends');
	my ($acknowledged, $due, $rest) = $term->screen =~ /ended: (\d+) of (\d+) acknowledged(.*?)  /;
	$acknowledged += $_ for $rest =~ /(\d+)/g;
	is($acknowledged, $due, '... every write is accounted for');
	ok($term->wait_until(sub { $term->screen !~ /^ load /m }), '... the line goes');
	$term->keys('l');
	ok($term->wait_for(qr/^ load +100\/s at on: .*acknowledged/m), 'once more');
	$began = Time::HiRes::time();
	$term->keys('q');
	ok($term->wait_for(qr/^prompt\$ *$/m), 'q ends the program');
	cmp_ok(Time::HiRes::time() - $began, '<', patience(2), '... at once');

	my $watched = LocalStack->new(lab => 0);
	$term->line("clear; $LocalStack::program -c $watched->{config}");
	ok($term->wait_for(qr/0\/3 nodes/), 'a cluster that is only watched');
	unlike($term->screen, qr/l load/, 'the key is not in the footer');
	$term->keys('l');
	ok($term->wait_for(qr/only watched: test writes are not allowed/), '... and says why');
	$term->keys('q');
};

# Last: the cluster is another one afterwards.
subtest 'the primary is killed' => sub {
	start('--rate', 300, '--clients', 8);
	# While commits wait, so that it is certain that some are under way.
	$stack->stack('pause', $_) for qw(replica1 replica2);
	ok(stands_still(), 'commits wait');
	is(($stack->stack('kill', 'primary'))[0], 0, 'kill -9 of the primary');
	ok(LocalStack::wait_until(20, sub {
		LedgerFile::count(LedgerFile::last_run($ledger), 'unknown') == 8 }), 'writes are unknown');
	$stack->stack('resume');
	is(($stack->stack('up', 'primary'))[0], 0, 'it is back');
	ok(acknowledged_more(100), 'writes go on by themselves');
	stop('INT');
	my $run = LedgerFile::last_run($ledger);
	my $unknown = LedgerFile::agrees($stack, 'primary', $run, 'after the restart');
	is(($unknown->{present} // 0) + ($unknown->{absent} // 0),
		scalar(grep { ($run->{ended}{$_}{outcome} // 'unknown') eq 'unknown' } keys %{ $run->{sent} }),
		'each unknown one was looked up');
	like(last_output(), qr/cannot write: /, 'it was said that nobody can be written to');
	like(last_output(), qr/writes? unknown: no answer came/, '... and that writes are unknown');
};

subtest 'another node is promoted' => sub {
	start('--rate', 200, '--clients', 8);
	# The other one may have more WAL than the synchronous one: only at its start it would be rewound.
	is(($stack->stack('kill', $_))[0], 0, "kill -9 of $_") for qw(primary replica2);
	is($stack->sql('replica1', 'SELECT pg_promote()'), 't', 'the synchronous standby is promoted');
	is(($stack->stack('up'))[0], 0, 'the others join');
	ok(LocalStack::wait_until(30, sub {
		my $run = LedgerFile::last_run($ledger);
		grep { $run->{sent}{$_}{node} eq 'replica1' && $run->{ended}{$_}{outcome} eq 'acknowledged' }
		  keys %{ $run->{ended} } }), 'writes are acknowledged by the new primary');
	ok(acknowledged_more(100), '... and go on');
	stop('INT');
	my $run = LedgerFile::last_run($ledger);
	LedgerFile::agrees($stack, 'replica1', $run, 'on the new primary');
};

done_testing();
