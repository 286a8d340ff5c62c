# `stack up` never lets a container lead on that was frozen, or cut off, while another was promoted.
use strict;
use warnings;

use ComposeLab;
use StackLab;
use Test::More;

my $lab = ComposeLab->new;
my $description = StackLab::describe($lab);
my ($status, $out, $err);

sub ok_stack
{
	my (@arguments) = @_;
	($status, $out, $err) = StackLab::run($lab, {}, 'stack', @arguments, '-c', $description->{file});
	return is($status, 0, "stack @arguments") || diag $err;
}

sub promote
{
	my ($node) = @_;
	is($lab->sql($node, 'SELECT pg_promote()') // $lab->{error}, 't', "$node is promoted");
}

ok_stack('up');
$lab->ok_whole('primary', 'whole');

subtest 'frozen' => sub {
	ok_stack('pause', 'primary');
	promote('replica1');
	ok_stack('up');
	like($err, qr/^primary: is paused, .*: killing it, to start it anew$/m, 'the former primary is killed');
	$lab->ok_whole('replica1', 'and joins');
	unlike($lab->docker('logs', $lab->container('primary')) // '', qr/received .* shutdown request/,
		'... it did not go on before');
	$lab->ok_row('replica1', 'after the freeze');
};

subtest 'cut off' => sub {
	ok_stack('cut', 'replica1');
	promote('replica2');
	ok_stack('up', 'replica1');
	like($err, qr/^replica1: runs cut off, .*: killing it, to start it anew\nreplica1: is cut .*: joining it$/m,
		'the former primary is killed, then joined');
	$lab->ok_whole('replica2', 'and follows');
	$lab->ok_row('replica2', 'after the cut');
};

# The one that was promoted, and what it wrote, is known to its standby alone.
subtest 'all are down, and the promoted one is gone for good' => sub {
	my $promoted = 'primary';
	ok_stack('kill', 'replica2');
	promote('primary');
	ok(wait_until(60, sub {
		($lab->sql('primary', 'SELECT application_name FROM pg_stat_replication') // '') eq 'replica1';
	}), 'replica1 follows');
	ok_stack('stop');
	$lab->docker('rm', '-f', $lab->container('primary'));
	is($lab->compose('start', 'replica2', 'replica1'), 0, 'the others start');
	ok(wait_until(30, sub {
		$lab->log_has('replica2', qr/another node was promoted after this one was the primary/);
	}), 'who was primary before waits');
	ok($lab->log_has('replica2', qr/crashed: waiting/), '... since it looked for who could tell');
	is($lab->sql('replica2', 'SELECT 1'), undef, '... and does not lead');
	promote('replica1');
	$lab->ok_whole('replica1', 'the standby was promoted, as was said') if ok_stack('up');
};

done_testing();
