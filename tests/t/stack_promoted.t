# The old primary never becomes a second one while a standby can tell that somebody was promoted since,
# although the one who was is not there to say it.
use strict;
use warnings;

use LocalStack;
use Test::More;

my $stack = LocalStack->new;
$stack->{env}{START_TIMEOUT} = 8; # a standby waits 5 s for a primary
my ($status, $out, $err);

sub wait_until { return LocalStack::wait_until(@_) }

sub ok_stack
{
	my ($what, @arguments) = @_;
	($status, $out, $err) = $stack->stack(@arguments);
	is($status, 0, $what) or diag $err;
}

# $old is killed, $new promoted, $third follows it, and then $new is gone as well.
sub fail_over
{
	my ($old, $new, $third) = @_;
	ok_stack("kill $old", 'kill', $old);
	is($stack->sql($new, 'SELECT pg_promote()'), 't', "$new is promoted");
	ok(wait_until(20, sub {
		($stack->sql($new, 'SELECT application_name FROM pg_stat_replication') // '') eq $third;
	}), "$third follows it");
	$stack->sql($new, "DROP TABLE IF EXISTS of_$new; CREATE TABLE of_$new()");
	ok_stack("kill $new", 'kill', $new);
}

sub is_refused
{
	my ($node, $standby) = @_;
	($status, $out, $err) = $stack->stack('up', $node);
	is($status, 2, "$node does not start");
	like($err, qr/^$node: another node was promoted after this one was the primary: waiting for it$/m,
		'... says what it waits for');
	like($err, qr/promoted after this one was the primary; start that one, or promote .*: $standby$/m,
		'... and at last what to do');
	is($stack->sql($node, 'SELECT 1'), undef, '... and no server of it runs');
}

subtest 'up' => sub {
	ok_stack('up', 'up');
	$stack->is_whole('primary', 'whole');
};

subtest 'the promoted one is killed, a standby of it runs' => sub {
	fail_over(qw(primary replica1 replica2));
	is_refused('primary', 'replica2');
	ok_stack('the promoted one starts', 'up', 'replica1');
	is($stack->sql('replica1', 'SELECT pg_is_in_recovery()'), 'f', '... as the primary');
	ok_stack('up', 'up');
	$stack->is_whole('replica1', 'the old one joins it');
	is($stack->sql('primary', "SELECT to_regclass('of_replica1') IS NOT NULL"), 't', 'nothing is lost');
};

subtest 'the promoted one is gone for good, its standby is promoted' => sub {
	fail_over(qw(replica1 primary replica2));
	is(system('rm', '-rf', "$stack->{data}/primary/data"), 0, 'its data are lost');
	is_refused('replica1', 'replica2');
	is($stack->sql('replica2', 'SELECT pg_promote()'), 't', 'replica2 is promoted, as was said');
	ok_stack('up', 'up');
	$stack->is_whole('replica2', 'whole');
	is($stack->sql('replica1', "SELECT to_regclass('of_primary') IS NOT NULL"), 't', 'nothing is lost');
};

sub is_not_begun
{
	my ($verb, $node, $why, $first) = @_;
	($status, $out, $err) = $stack->stack($verb, $node);
	is($status, 2, "$verb $node fails");
	like($err, qr/$node is not started: it was the primary before, and $why$/m, '... says why');
	like($err, qr/start $first first, or all: pgwatch-tui stack up$/m, '... and what to do');
	unlike($err, qr/^$node: /m, '... and has done nothing');
	is($stack->sql($node, 'SELECT 1'), undef, '... no server of it runs');
}

# Nobody is there whom its script could ask.
subtest 'all are killed' => sub {
	fail_over(qw(replica2 replica1 primary));
	ok_stack('kill the last one', 'kill', 'primary');
	is_not_begun($_, 'replica2', 'replica1 was promoted', 'replica1') for qw(up restart);
	ok_stack('up', 'up');
	$stack->is_whole('replica1', 'who was promoted last is the primary');
};

subtest 'nobody was promoted' => sub {
	ok_stack('kill replica1', 'kill', 'replica1');
	ok_stack('up replica1 beside its standbys', 'up', 'replica1');
	$stack->is_whole('replica1', 'it is the primary again');
};

# Of a whole up the plan has to see it: who was the primary would start before the standby does.
subtest 'all are down, and the promoted one is gone for good' => sub {
	fail_over(qw(replica1 primary replica2));
	ok_stack('stop', 'stop');
	is(system('rm', '-rf', "$stack->{data}/primary/data"), 0, 'its data are lost');
	is_not_begun('up', 'replica1', 'replica2 is on a newer timeline', 'replica2');
	($status, $out, $err) = $stack->stack('up');
	is($status, 2, 'up fails');
	like($err, qr/^replica1: starts after the standbys: replica2 is on a newer timeline$/m,
		'... says what comes first');
	like($err, qr/promoted after this one was the primary; start that one, or promote .*: replica2$/m,
		'... and what to do');
	is($stack->sql('replica1', 'SELECT 1'), undef, 'replica1 does not lead');
	is($stack->sql('replica2', 'SELECT pg_promote()'), 't', 'replica2 is promoted, as was said');
	ok_stack('up', 'up');
	$stack->is_whole('replica2', 'whole');
	is($stack->sql('replica1', "SELECT to_regclass('of_primary') IS NOT NULL"), 't', 'nothing is lost');
};

done_testing();
