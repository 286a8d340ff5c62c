# Drills from the dashboard in a real terminal: begun by keys, interrupted by q after its question and by
# a signal; everything is undone and the terminal is as it was.
use strict;
use warnings;
use utf8;

use Test::More;

use DrillTerm;
use LocalStack;

my $drills = DrillTerm->new;
my ($stack, $terminal) = @{$drills}{qw(stack terminal)};

subtest 'q asks, undoes and ends' => sub {
	$drills->start_dashboard;
	$drills->begin('standby-freeze');
	ok(LocalStack::wait_until(90, sub { grep { $_->{state} eq 'paused' } values %{ $stack->states } }),
		'a standby stands still');
	$drills->press(['q'], qr/interrupt it and undo what it did, then quit\? y yes/, 'q: asked first');
	$drills->press(['n'], qr/not done|not interrupted|^ \? help/m, 'n: it goes on');
	ok(scalar(grep { $_->{state} eq 'paused' } values %{ $stack->states }), '... the standby still stands still');
	$drills->press(['q'], qr/interrupt it and undo what it did, then quit\? y yes/, 'q: asked again');
	$terminal->keys('y');
	$drills->ended_well('\d+');
};

subtest 'SIGTERM' => sub {
	$drills->start_dashboard;
	$drills->begin('replay-pause');
	ok(LocalStack::wait_until(90,
			sub { grep { ($stack->sql($_, 'SELECT pg_is_in_recovery() AND pg_is_wal_replay_paused()') // '') eq 't' } @DrillLab::node_names }),
		'a replay is paused');
	kill 'TERM', $terminal->child;
	$drills->ended_well('\d+');
};

subtest 'to its end' => sub {
	$drills->start_dashboard;
	$drills->begin('standby-kill');
	$drills->see(qr/\bPASS\b|: pass\b/i, 'it passes');
	$drills->leave;
};

undef $terminal;    # not in global destruction
undef $drills;
done_testing();
