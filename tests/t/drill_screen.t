# Drills from the dashboard in a real terminal: begun by keys, interrupted by q after its question and by
# a signal; everything is undone and the terminal is as it was.
use strict;
use warnings;
use utf8;

use Test::More;

use DrillLab;
use LocalStack;
use Term;

my $lab = DrillLab->new;
my $stack = $lab->{stack};
my $terminal = Term->new(width => 120, height => 40, env => $stack->{env});

sub press
{
	my ($keys, $pattern, $what) = @_;
	$terminal->keys(@$keys);
	return ok($terminal->wait_for($pattern, $what), $what);
}

sub start_dashboard
{
	$terminal->line("clear; stty -a > before; $LocalStack::program -c $stack->{config}; echo \"status \$?\"; stty -a > after");
	return ok($terminal->wait_for(qr/HEALTHY.*3\/3 nodes/s), 'the dashboard');
}

# Opens the menu, takes the drill of that name and answers its question.
sub begin
{
	my ($name) = @_;
	press(['d'], qr/standby-kill.*primary-freeze/s, 'd: the drills');
	my $selected = qr/▸\S* *\Q$name\E /;
	for (1 .. 10)
	{
		last if $terminal->screen =~ $selected;
		my $before = $terminal->screen;
		$terminal->keys('j');
		$terminal->wait_until(sub { $terminal->screen ne $before });
	}
	press(['Enter'], qr/type (\S+) to begin \Q$name\E/, 'its plan, and a name is asked for');
	my ($node) = $terminal->screen =~ /type (\S+) to begin/;
	$terminal->tmux('send-keys', '-l', $node);
	$terminal->keys('Enter');
	return;
}

sub ended_well
{
	my ($status) = @_;
	ok($terminal->wait_for(qr/^status $status$/m), "exit status $status");
	is($terminal->flag('alternate_on'), 0, 'the normal screen');
	is($terminal->flag('cursor_flag'), 1, '... with its cursor');
	ok($terminal->wait_idle, 'the shell is back');
	is(LocalStack::slurp("$terminal->{directory}/after"), LocalStack::slurp("$terminal->{directory}/before"),
		'the terminal has its settings again');
	unlike($lab->look->{err}, qr/drill undo/, 'nothing is left in the journal');
	$lab->nothing_is_left('nobody stands still or is down');
	$lab->gets_healthy('healthy');
	return;
}

subtest 'q asks, undoes and ends' => sub {
	start_dashboard();
	begin('standby-freeze');
	ok(LocalStack::wait_until(90, sub { grep { $_->{state} eq 'paused' } values %{ $stack->states } }),
		'a standby stands still');
	press(['q'], qr/interrupt it and undo what it did, then quit\? y yes/, 'q: asked first');
	press(['n'], qr/not done|not interrupted|^ \? help/m, 'n: it goes on');
	ok(scalar(grep { $_->{state} eq 'paused' } values %{ $stack->states }), '... the standby still stands still');
	press(['q'], qr/interrupt it and undo what it did, then quit\? y yes/, 'q: asked again');
	$terminal->keys('y');
	ended_well('\d+');
};

subtest 'SIGTERM' => sub {
	start_dashboard();
	begin('replay-pause');
	ok(LocalStack::wait_until(90,
			sub { grep { ($stack->sql($_, 'SELECT pg_is_in_recovery() AND pg_is_wal_replay_paused()') // '') eq 't' } @DrillLab::node_names }),
		'a replay is paused');
	kill 'TERM', $terminal->child;
	ended_well('\d+');
};

subtest 'to its end' => sub {
	start_dashboard();
	begin('standby-kill');
	ok(LocalStack::wait_until(240, sub { $terminal->screen =~ /\bPASS\b|: pass\b/i }), 'it passes')
	  or diag $terminal->screen;
	press([ 'Escape', 'Escape' ], qr/Nodes/, 'back to the nodes');
	press(['q'], qr/^status \d+$/m, 'q ends it');
	ended_well('\d+');
};

undef $terminal;    # not in global destruction
done_testing();
