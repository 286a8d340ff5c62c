# Who was frozen as the primary while somebody else was promoted never goes on as one: no verb but
# `resume` lets it acknowledge a commit again.
use strict;
use warnings;

use LocalStack;
use Test::More;

my $stack = LocalStack->new;
my ($status, $out, $err);

sub wait_until { return LocalStack::wait_until(@_) }

sub ok_stack
{
	my ($what, @arguments) = @_;
	($status, $out, $err) = $stack->stack(@arguments);
	is($status, 0, $what) or diag $err;
}

# The only primary, and both others stream from it.
sub is_whole
{
	my ($primary, $what) = @_;
	$stack->is_whole($primary, $what);
	is(join(' ', sort map { $_ . ($stack->sql($_, 'SELECT pg_is_in_recovery()') // '?') }
			qw(primary replica1 replica2)),
		join(' ', sort map { $_ . ($_ eq $primary ? 'f' : 't') } qw(primary replica1 replica2)),
		'... as the only primary');
}

# $old is frozen, its commits need nobody; $new is promoted.
sub fail_over
{
	my ($old, $new) = @_;
	ok_stack("pause $old", 'pause', $old);
	is($stack->sql($new, 'SELECT pg_promote()'), 't', "$new is promoted");
	$stack->sql($new, "SET synchronous_commit = local; CREATE TABLE of_$new()");
}

# A server that went on says so in its log: its clients are gone, or it checkpoints, or shuts down.
sub log_of { return LocalStack::slurp("$stack->{data}/$_[0]/log/server.log") }

sub is_killed
{
	my ($node, $before, $why) = @_;
	like($err, qr/^$node: is paused, and $why: killing it, so that it is no second primary$/m,
		"$node is killed, and why");
	my $after = substr log_of($node), length $before;
	unlike($after, qr/received .* shutdown request|database system is shut down/, '... and did not go on');
}

ok_stack('up', 'up');
is_whole('primary', 'whole');

subtest 'up' => sub {
	fail_over(qw(primary replica1));
	my $log = log_of('primary');
	ok_stack('up', 'up');
	is_killed('primary', $log, 'replica1 is the primary');
	is_whole('replica1', 'the former primary follows');
	is($stack->sql('primary', "SELECT to_regclass('of_replica1') IS NOT NULL"), 't', '... and has its data');
};

subtest 'up of the one node' => sub {
	fail_over(qw(replica1 replica2));
	my $log = log_of('replica1');
	ok_stack('up', 'up', 'replica1');
	is_killed('replica1', $log, 'replica2 is the primary');
	is_whole('replica2', 'it follows');
};

subtest 'restart and stop of the one node' => sub {
	fail_over(qw(replica2 primary));
	my $log = log_of('replica2');
	ok_stack('restart', 'restart', 'replica2');
	is_killed('replica2', $log, 'primary is the primary');
	is_whole('primary', 'it follows');
	fail_over(qw(primary replica1));
	$log = log_of('primary');
	ok_stack('stop', 'stop', 'primary');
	is_killed('primary', $log, 'replica1 is the primary');
	is($stack->state_of('primary'), 'crashed', '... and is down');
	ok_stack('up', 'up');
	is_whole('replica1', 'it follows');
};

subtest 'down, and the promoted one is frozen too' => sub {
	fail_over(qw(replica1 replica2));
	ok_stack('pause replica2', 'pause', 'replica2');
	my $log = log_of('replica1');
	ok_stack('down', 'down');
	is_killed('replica1', $log, 'replica2 was promoted');
	like($err, qr/^replica2: resumed$/m, 'who leads goes on, to stop');
	like($err, qr/^replica2: stopped$/m, '... and stops');
	($status, $out, $err) = $stack->stack('up', 'replica1');
	is($status, 2, 'the former primary alone does not start');
	like($err, qr/replica1 is not started: .* replica2 was promoted$/m, '... says why');
	ok_stack('up', 'up');
	is_whole('replica2', 'who was promoted leads');
};

subtest 'nobody was promoted' => sub {
	ok_stack("pause $_", 'pause', $_) for qw(primary replica1 replica2);
	ok_stack('up', 'up');
	unlike($err, qr/kill/, 'nobody is killed');
	is_whole('replica2', 'all go on');
};

subtest 'the promoted one is gone, its standby is there' => sub {
	fail_over(qw(replica2 primary));
	ok(wait_until(20, sub {
		($stack->sql('primary', 'SELECT application_name FROM pg_stat_replication') // '') eq 'replica1';
	}), 'replica1 follows');
	$stack->sql('primary', 'CREATE TABLE confirmed()');
	ok_stack('kill', 'kill', 'primary');
	is(system('rm', '-rf', "$stack->{data}/primary/data"), 0, 'its data are lost');
	my $log = log_of('replica2');
	($status, $out, $err) = $stack->stack('up');
	is_killed('replica2', $log, 'replica1 is on a newer timeline');
	is($status, 2, 'nobody leads');
	is($stack->sql('replica2', 'SELECT 1'), undef, '... not the former primary either');
	is($stack->sql('replica1', 'SELECT pg_promote()'), 't', 'replica1 is promoted');
	ok_stack('up', 'up');
	is_whole('replica1', 'whole');
	is($stack->sql('replica2', "SELECT to_regclass('confirmed') IS NOT NULL"), 't', 'nothing is lost');
};

done_testing();
