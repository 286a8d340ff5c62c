# What a drill does not do: on a cluster that is only watched, that is not whole, that is not the one
# that it was, beside another drill, or unasked; and nothing at all with --dry-run.
use strict;
use warnings;
use utf8;

use JSON::PP ();
use Test::More;

use DrillLab;
use LocalStack;
use Term;

my @destructive = qw(standby-kill standby-freeze all-standbys-down replay-pause network-cut switchover
  primary-kill primary-freeze);
my $lab = DrillLab->new(not_up => 1);
my $stack = $lab->{stack};
my $watched = "$stack->{folder}/watched.yaml";

# Every server is the one that it was.
sub postmasters { return join ' ', map { $stack->postmaster($_) // '-' } @DrillLab::node_names }

sub refused
{
	my ($what, $pattern, @arguments) = @_;
	my $before = postmasters();
	my $result = $lab->run(@arguments);
	is($result->{status}, 2, "$what: refused");
	like($result->{err}, $pattern, '... with the reason');
	is($result->{out}, '', '... nothing on stdout');
	is(postmasters(), $before, '... nothing was done');
	return $result;
}

sub wrong_use
{
	my ($what, $pattern, @arguments) = @_;
	my $result = $lab->run(@arguments);
	is($result->{status}, 64, "$what: exit status 64");
	like($result->{err}, $pattern, '... and why');
	return;
}

# A description of the same nodes with something else in it.
sub other_description
{
	my ($change) = @_;
	local $_ = LocalStack::slurp($stack->{config});
	$change->();
	LocalStack::write_file($watched, $_);
	chmod 0600, $watched;
	return $watched;
}

subtest 'wrong use' => sub {
	wrong_use('nothing', qr/drill what\?/);
	wrong_use('no such thing', qr/there is no "drill begin"/, 'begin');
	wrong_use('no name', qr/which drill\?/, 'run');
	wrong_use('no such drill', qr/no drill "primary-kil"; did you mean primary-kill\?/, 'run', 'primary-kil');
	wrong_use('no number', qr/--rate takes a number/, 'run', 'switchover', '--rate', '0');
	wrong_use('no unit', qr/--hold takes a time/, 'run', 'switchover', '--hold', '5');
	wrong_use('by hand', qr/--manual goes with/, 'run', 'standby-kill', '--manual');
	wrong_use('duration', qr/--duration goes with observe/, 'run', 'standby-kill', '--duration', '1s');
};

subtest 'list' => sub {
	my $result = $lab->run('list');
	is($result->{status}, 0, 'list');
	like($result->{out}, qr/^\Q$_\E/m, "... has $_") for @destructive, 'observe';
	like($result->{out}, qr/^network-cut \(not offered here\)$/m, '... and says what is not possible here');
	like($result->{out}, qr/why not +the servers of a local stack share the loopback/, '... and why');
	my %drills = map { $_->{name} => $_ } @{ $lab->run('list', '--json')->{data}{drills} };
	is_deeply([ grep { !$drills{$_}{offered} } sort keys %drills ], ['network-cut'], 'the same as JSON');
};

refused('nobody is there', qr/no node that can be seen is the primary/, 'run', 'primary-kill', '--yes');
$lab->up;

subtest '--dry-run' => sub {
	my $before = postmasters();
	for my $name (grep { $_ ne 'network-cut' } @destructive)
	{
		my $result = $lab->run('run', $name, '--dry-run');
		is($result->{status}, 0, "$name: possible") or diag $result->{err};
		like($result->{out}, qr/^\Q$name\E: .*^ +1  start test writes/ms, '... the plan');
	}
	my $plan = $lab->run('run', 'primary-kill', '--dry-run')->{out};
	like($plan, qr/kill primary.*\[undo: start\]\n +pgwatch-tui stack kill primary -c \Q$stack->{config}\E\n/,
		'the exact command, and its undo');
	like($plan, qr/promote the best standby.*\n +the best standby: SELECT pg_promote\(true, 60\)\n/, '... of a promotion');
	like($plan, qr/start primary\n +pgwatch-tui stack up primary -c/, '... of the rejoining');
	is(postmasters(), $before, 'nothing was done');
	is($stack->sql('primary', "SELECT count(*) FROM pg_class WHERE relname = 'test_replication'"), 0, '... or written');
	like($lab->run('undo')->{err}, qr/no drill left anything/, '... and there is no journal of it');
};

subtest 'only watched' => sub {
	my $config = other_description(sub { s/^lab: true\n//m });
	for my $name (@destructive)
	{
		my ($status, undef, $err) = $stack->run('drill', 'run', $name, '--yes', '-c', $config);
		is($status, 2, "$name: refused");
		like($err, qr/not declared a lab: it is only watched/, '... with the reason');
	}
	my ($status, $out, $err) = $stack->run('drill', 'observe', '--duration', '1s', '-c', $config);
	is($status, 2, 'observe writes: refused');
	like($err, qr/only watched: test writes are not allowed/, '... with the reason');
	($status, $out) = $stack->run('drill', 'list', '--json', '-c', $config);
	my @offered = grep { $_->{offered} } @{ JSON::PP::decode_json($out)->{drills} };
	is_deeply([ map { $_->{name} } @offered ], ['observe'], 'the list offers none of the destructive ones');

	# Where the probe may write, to observe is possible, and nothing else.
	$config = other_description(sub { s/^lab: true\n//m; $_ .= "probe: {enabled: true}\n" });
	my $terminal = Term->new(width => 120, height => 40, env => $stack->{env});
	$terminal->line("$LocalStack::program -c $config");
	ok($terminal->wait_for(qr/3\/3 nodes/), 'the dashboard');
	$terminal->keys('d');
	ok($terminal->wait_for(qr/observe/), 'd: the drills');
	unlike($terminal->screen, qr/\Q$_\E/, "... without $_") for @destructive;
	$terminal->keys('Escape', 's');
	ok($terminal->wait_for(qr/only watched: it has no stack, or is no lab/), 's: there are no servers to break');
	$terminal->keys('q');
	ok($terminal->wait_for(qr/^prompt\$ *$/m), 'q ends it');
};

subtest 'unasked' => sub {
	wrong_use('no terminal and no --yes', qr/nobody is there to be asked.*hint: --yes/s, 'run', 'standby-kill');
	my $before = postmasters();
	my $terminal = Term->new(width => 150, height => 50, env => $stack->{env});
	my $command = "$LocalStack::program drill run primary-freeze -c $stack->{config}; echo status \$?";

	for my $name ('replica1', 'test', 'Primary', '')
	{
		$terminal->line("clear; $command");
		ok($terminal->wait_for(qr/Type primary to go on: *$/m), 'the name of whom it hits is asked for');
		$terminal->line($name);
		ok($terminal->wait_for(qr/^status 2$/m), "\"$name\": not done");
		like($terminal->screen, qr/not done/, '... and says so');
	}
	for my $keys (['C-c'], ['C-d'])
	{
		$terminal->line("clear; $command");
		ok($terminal->wait_for(qr/Type primary to go on: *$/m), 'asked');
		$terminal->keys(@$keys);
		ok($terminal->wait_for(qr/^prompt\$ *$/m), "@$keys: ends");
		$terminal->wait_idle;
	}
	is(postmasters(), $before, 'nothing was done');
	$terminal->line("clear; $LocalStack::program drill run replay-pause --baseline 1s --hold 1s -c $stack->{config}; echo status \$?");
	ok($terminal->wait_for(qr/Type (replica\d) to go on: *$/m), 'asked for another name');
	my ($name) = $terminal->screen =~ /Type (replica\d) to go on/;
	$terminal->line($name);
	ok($terminal->wait_for(qr/pause replay $name/), 'the right name: begun');
	ok($lab->gets_healthy('... and it ends well'));
	ok(LocalStack::wait_until(60, sub { $terminal->screen =~ /^status 0$/m }), '... exit status 0');
};

subtest 'a standby is missing' => sub {
	$stack->stack('kill', 'replica2');
	refused($_, qr/the cluster is not whole: replica2 is/, 'run', $_, '--yes')
	  for qw(standby-kill all-standbys-down primary-kill);
	like($lab->run('run', 'primary-kill', '--yes')->{err}, qr/it needs 2 standbys, and there are 1/, 'every reason is said');
	$stack->stack('up', 'replica2');
	$lab->gets_healthy('it is back');
};

subtest 'replay is paused' => sub {
	defined $stack->sql('replica2', 'SELECT pg_wal_replay_pause()') or die $stack->{error};
	LocalStack::wait_until(30, sub {
			($stack->sql('replica2', 'SELECT pg_get_wal_replay_pause_state()') // '') eq 'paused'
		});
	refused($_, qr/the replay of replica2 is paused/, 'run', $_, '--yes') for qw(replay-pause switchover);
	$stack->sql('replica2', 'SELECT pg_wal_replay_resume()');
	$lab->gets_healthy('it goes on');
};

subtest 'the mark of the lab' => sub {
	my $mark = "$stack->{data}/replica2/data/pgwatch-tui.lab";
	my $text = LocalStack::slurp($mark);
	my ($mode, $uid, $gid) = (stat $mark)[ 2, 4, 5 ];
	rename $mark, "$mark.away" or die;
	refused('none', qr/replica2 (?:has no mark of a lab|does not say who it is)/, 'run', 'primary-kill', '--yes');
	LocalStack::write_file($mark, $text =~ s/[0-9a-f]{4}/beef/r);
	chmod $mode & 0777, $mark;
	chown $uid, $gid, $mark;
	refused('another', qr/the server that answers for replica2 is not the one that the stack runs/,
		'run', 'primary-kill', '--yes');
	rename "$mark.away", $mark or die;
	my $config = other_description(sub { s/^cluster: test$/cluster: other/m });
	my ($status, undef, $err) = $stack->run('drill', 'run', 'primary-kill', '--dry-run', '-c', $config);
	isnt($status, 64, 'another name of the cluster is no wrong use');
};

subtest 'one at a time' => sub {
	$lab->start_drill('standby-freeze', '--hold', '180s');
	ok($lab->wait_for_step(5), 'one is under way');
	my $pid = $lab->{pid};
	my $result = $lab->run('run', 'replay-pause', '--yes');
	is($result->{status}, 2, 'another one: refused');
	like($result->{err}, qr/another program \(process $pid\) carries out standby-freeze/, '... with the reason');
	my $recording = "$stack->{data}/drill.recording.jsonl";
	my $inode = (stat $recording)[1];
	ok($inode, 'it is recorded');
	$lab->run('observe', '--duration', '1s');
	is((stat $recording)[1], $inode, 'to observe beside it leaves its recording alone');
	$result = $lab->run('undo');
	is($result->{status}, 2, 'undo: refused');
	like($result->{err}, qr/$pid|carries out|under way|runs/, '... with the reason');
	unlike($lab->look->{err}, qr/drill undo/, 'status does not offer it');
	$lab->signal('INT');
	is($lab->finish, 3, 'the first one is interrupted');
	$lab->nothing_is_left('... and nothing is left');
	$lab->gets_healthy('... healthy');
};

subtest 'its own standstill' => sub {
	my $count = 'SELECT count(*) FROM pgwatch_tui.test_replication';
	my $before = $stack->sql('primary', $count) // 0;
	$lab->start('observe', '--duration', '7s');
	ok(LocalStack::wait_until(30, sub { ($stack->sql('primary', $count) // 0) > $before + 20 }), 'it observes, and writes');
	$lab->signal('STOP');
	sleep 3; # for so long it stands still
	$lab->signal('CONT');
	is($lab->finish, 3, 'the program stood still for a while: incomplete');
	like($lab->said, qr/^  this program stood still for \d/m, '... and says so');
	unlike($lab->said, qr/ \* /, '... and that is no outage of the cluster');
};

# Last: another node leads after it.
subtest 'another plan than the one that was printed' => sub {
	my $terminal = Term->new(width => 150, height => 50, env => $stack->{env});
	$terminal->line("clear; $LocalStack::program drill run primary-kill -c $stack->{config}; echo status \$?");
	ok($terminal->wait_for(qr/Type (primary) to go on: *$/m), 'the name of the primary is asked for');
	my $switched = $lab->drill('switchover');
	is($switched->{status}, 0, 'somebody switches over while it waits') or diag $switched->{err};
	my $leads = $lab->primary;
	isnt($leads, 'primary', '... another node leads');
	my $before = postmasters();
	$terminal->line('primary');
	ok($terminal->wait_for(qr/^status 2$/m), 'the name of the old one: not begun');
	like($terminal->screen, qr/the cluster has changed, and with it the plan: look again/, '... and says why');
	is(postmasters(), $before, '... nothing was done');
	is($lab->primary, $leads, '... the same node leads');
};

done_testing();
