# Drills that are interrupted: by a signal that can be caught everything is undone first; after SIGKILL
# the next `status` says what is left, and `drill undo` takes it back. Then the cluster gets whole by
# itself, and at no time there are two primaries.
#
# By default a selection. DRILL_INTERRUPT=all: every step of every drill by SIGKILL and by one of the
# others in turn, sometimes in the middle of what the step does (make check-drills).
# DRILLS="primary-kill ...": only these.
use strict;
use warnings;

use Test::More;
use Time::HiRes ();

use DrillLab;
use LocalStack;

my $lab = DrillLab->new;
my $stack = $lab->{stack};


# What is interrupted: [ drill, number of the step from 1, signal ].
my @selection = (
	[ 'standby-freeze',    3, 'TERM' ],    # pause
	[ 'standby-freeze',    5, 'KILL' ],    # hold
	[ 'all-standbys-down', 4, 'INT' ],     # the second stop
	[ 'all-standbys-down', 6, 'KILL' ],    # hold, commits blocked
	[ 'replay-pause',      4, 'HUP' ],     # hold
	[ 'primary-kill',      5, 'TERM' ],    # promote
	[ 'primary-kill',      10, 'KILL' ],   # start the old primary
	[ 'primary-kill',      9, 'TERM KILL' ],    # and while it is undone
	[ 'primary-freeze',    3, 'KILL' ],    # pause
	[ 'switchover',        3, 'INT' ]);    # stop

sub everything
{
	my @signals = qw(TERM INT HUP);
	my @all;
	for my $name (qw(primary-kill primary-freeze standby-freeze replay-pause all-standbys-down switchover standby-kill))
	{
		my @names = $lab->run('run', $name, '--dry-run')->{out} =~ /^ *(\d+)  /mg;
		for my $step (1 .. @names)
		{
			push @all, [ $name, $step, 'KILL' ], [ $name, $step, $signals[ @all / 2 % 3 ] ];
		}
	}
	return @all;
}

# After one that could still act: nothing is left.
sub after_undo
{
	my $status = $lab->finish;
	ok(defined $status, 'it ends') or return;
	ok($status == 3, 'exit status 3: incomplete') or diag $lab->said;
	unlike($lab->said, qr/^! left|left:/m, 'it says of nothing that it is left');
	unlike($lab->look->{err}, qr/drill undo/, 'the next status has nothing to say of it');
	$lab->nothing_is_left('nobody stands still or is down');
	return;
}

# After SIGKILL: what is left is announced, and taken back.
sub after_kill
{
	is($lab->finish, 137, 'killed');
	my $look = $lab->look;
	if ($look->{err} =~ /drill undo/)
	{
		like($look->{err}, qr/a drill that did not end \(\S+, begun \S+\) left (?:primary|replica\d) as it was; pgwatch-tui drill undo takes it back/,
			'the next status says what is left and what takes it back');
		like($lab->run('run', 'standby-kill', '--yes')->{err}, qr/an earlier \S+ left something: pgwatch-tui drill undo/,
			'no other drill begins before');
		my $undo = $lab->run('undo');
		is($undo->{status}, 0, 'drill undo') or diag $undo->{err};
		like($undo->{err}, qr/nothing of the drill is left/, '... says that it is done');
		unlike($lab->look->{err}, qr/drill undo/, '... and then status says nothing more');
	}
	$lab->nothing_is_left('nobody stands still or is down');
	return;
}

sub interrupt
{
	my ($name, $step, $signal) = @_;
	$lab->start_drill($name, '--hold', '2s');
	my $reached = $lab->wait_for_step($step);
	my $what = ($lab->steps)[ $step - 1 ] // '?';
	# Also in the middle of what the step does.
	Time::HiRes::sleep(rand 0.5) if defined $ENV{DRILL_INTERRUPT};
	my ($first, $second) = split / /, $signal;
	my $sent = $reached && $lab->signal($first);
	# The last ones may be over too soon, even for a signal that is on its way.
	if (!$sent || ($what =~ /^(?:stop test writes|read every write back)/ && ($lab->finish // 1) == 0))
	{
		$lab->finish;
		like($lab->said, qr/: pass$/m, 'it ended before') or diag $lab->said;
		return $lab->gets_healthy('whole');
	}
	note "$name: SIG$signal at step $step, $what";
	if (defined $second)
	{
		ok($lab->wait_for_text(qr/interrupted: undoing/), 'it begins to undo');
		$lab->signal($second);
	}
	$signal =~ /KILL/ ? after_kill() : after_undo();
	my $whole = $lab->gets_healthy('the cluster gets whole by itself');
	is(scalar(grep { $_ eq 'primary' } values %{ $lab->roles }), 1, 'one primary');
	return $whole;
}

$lab->watch;
my @what = ($ENV{DRILL_INTERRUPT} // '') eq 'all' ? everything() : @selection;
for my $case (@what)
{
	next if defined $ENV{DRILLS} && index(" $ENV{DRILLS} ", " $case->[0] ") < 0;
	my $whole;
	subtest "$case->[0], step $case->[1], SIG$case->[2]" => sub { $whole = interrupt(@$case) };
	BAIL_OUT("the cluster is not whole: nothing that follows means anything\n" . $lab->said) if !$whole;
}
$lab->never_two_primaries('never two primaries');

done_testing();
