# The stack screen in a real terminal on a local stack: servers are started, killed, frozen and stopped
# from it, each after its question, and the nodes above go on.
use strict;
use warnings;
use utf8;

use Test::More;

use LocalStack;
use Term;

my $stack = LocalStack->new(password => 'pgwatch');
my $terminal = Term->new(width => 120, height => 40, env => $stack->{env});

# Presses keys, then waits for the text.
sub press
{
	my ($keys, $pattern, $what) = @_;
	$terminal->keys(@$keys);
	return ok($terminal->wait_for($pattern, $what), $what);
}

# The selected row in the box of the servers.
sub choose
{
	my ($key, $node) = @_;
	return press([$key], qr/^│ ▸ $node /m, "$node is selected");
}

$terminal->line("$LocalStack::program dashboard --interval 20s -c $stack->{config}");
ok($terminal->wait_for(qr/0\/3 nodes/), 'nothing runs yet');
press(['s'], qr/Stack: local/, 's: the stack screen');
ok($terminal->wait_for(qr/▸ primary +not created.*replica1 +not created.*replica2 +not created/s),
	'... says that nothing was made');

subtest 'up' => sub {
	press(['u'], qr/up: \d.*Esc cancels/, 'it says what it does');
	ok($terminal->wait_for(qr/primary: making a new cluster/), 'its progress is shown');
	ok(LocalStack::wait_until(180, sub { $terminal->screen =~ /up: done in/ }), 'it ends');
	ok($terminal->wait_for(qr/HEALTHY/), 'the dashboard above sees it without the next poll');
	ok($terminal->wait_for(qr/replica1 +running.*replica2 +running/s), 'the servers run');
};

subtest 'kill' => sub {
	choose('j', 'replica1');
	my $pid = $stack->postmaster('replica1');
	press(['K'], qr/stack kill replica1 -c \Q$stack->{config}\E.*kill replica1\? y yes/s,
		'the question has the exact command');
	press(['n'], qr/not done/, 'n: not done');
	ok(kill(0, $pid), '... and it was not');
	press([ 'K', 'y' ], qr/kill replica1: done in/, 'y: done');
	ok(!kill(0, $pid), '... and it was');
	ok($terminal->wait_for(qr/replica1 +standby +(closed|refused)/), 'the node above is gone');
	ok($terminal->wait_for(qr/replica1 +crashed/), 'and the server below');
	press([ 'u' ], qr/up: done in/, 'u mends it');
	ok($terminal->wait_for(qr/HEALTHY/), '... healthy');
};

subtest 'pause and continue' => sub {
	press([ 'p', 'y' ], qr/pause replica1: done in/, 'paused');
	ok($terminal->wait_for(qr/replica1 +paused/), 'the server says so');
	is($stack->state_of('replica1'), 'paused', 'and it is');
	press(['c'], qr/resume replica1: done in/, 'c: goes on, without a question');
	is($stack->state_of('replica1'), 'running', 'and it does');
};

subtest 'logs' => sub {
	press(['l'], qr/logs replica1: done in/, 'logs');
	like($terminal->screen, qr/LOG: /, '... are shown');
	press(['PPage'], qr/LOG: /, 'a page back');
	press([ 'Escape' ], qr/╭ Events/, 'Esc: back');
	ok($terminal->wait_for(qr/stack +logs replica1: done in/), 'what was done is an event');
	press([ 's' ], qr/Stack: local/, 's: there again');
};

subtest 'down' => sub {
	press(['D'], qr/down\? y yes/, 'asked');
	press(['y'], qr/down: done in/, 'done');
	is_deeply([ map { $_->{state} } values %{ $stack->states } ], [ ('stopped') x 3 ], 'all are stopped');
	ok($terminal->wait_for(qr/0\/3 nodes/), 'the dashboard says so');
};

subtest 'removing the data asks twice' => sub {
	press([ 'X', 'y' ], qr/all data of test will be gone/, 'the second question');
	press([ 'w', 'r', 'o', 'n', 'g', 'Enter' ], qr/not done/, 'a wrong name');
	ok(-d $stack->{data}, '... removes nothing');
	press([ 'X', 'y', 't', 'e', 's', 't', 'Escape' ], qr/not done/, 'Esc');
	ok(-d $stack->{data}, '... removes nothing');
	press([ 'X', 'y', 't', 'e', 's', 't', 'Enter' ], qr/destroy: done in/, 'the right name');
	ok(!-e $stack->{data}, '... removes the data');
	ok($terminal->wait_for(qr/primary +not created/), '... and says so');
};

press(['q'], qr/^prompt\$ *$/m, 'q ends it');

subtest 'only watched' => sub {
	my $watched = LocalStack->new(lab => 0);
	$terminal->line("clear; $LocalStack::program -c $watched->{config}");
	ok($terminal->wait_for(qr/0\/3 nodes/), 'no lab');
	unlike($terminal->screen, qr/s stack/, 'there is no key for it');
	press(['s'], qr/this cluster is only watched/, 's says why');
	press(['q'], qr/^prompt\$ *$/m, 'q ends it');
};

undef $terminal; # not in global destruction
done_testing();
