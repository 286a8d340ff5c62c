# A primary that was killed comes back as a standby, whatever it has that nobody else has, with no
# hand on it but that which starts its container. All of it on a machine whose name server is dead.
use strict;
use warnings;

use ComposeLab;
use StackLab;
use Test::More;

my $lab = ComposeLab->new(files => ['tests/compose/no-names.yml']);
my @nodes = @ComposeLab::nodes;
my $follows = "SELECT sender_host FROM pg_stat_wal_receiver WHERE status = 'streaming'";

sub timeline
{
	my ($node) = @_;
	return $lab->sql($node, 'SELECT timeline_id FROM pg_control_checkpoint()');
}

sub promote
{
	my ($node) = @_;
	is($lab->sql($node, 'SELECT pg_promote()') // $lab->{error}, 't', "$node is promoted");
}

# Everybody has every row that was acknowledged anywhere.
sub ok_rows
{
	my ($count) = @_;
	my $all = sub { join ' ', map { $lab->rows($_) } @nodes };
	wait_until(20, sub { $all->() eq "$count $count $count" });
	is($all->(), "$count $count $count", "all $count rows are everywhere");
}

subtest 'up' => sub {
	$lab->ok_compose('up --build with a dead name server', 'up', '--build', '-d', '--wait');
	$lab->ok_whole('primary', 'whole');
	$lab->ok_row('primary', 'before');
};

subtest 'kill primary, promote replica1, start primary' => sub {
	$lab->ok_compose('kill', 'kill', 'primary');
	timed('failover: promoted, and a commit is acknowledged', sub {
		promote('replica1');
		$lab->sql('replica1', "INSERT INTO row_of_check VALUES ('after')");
	});
	ok(wait_until(30, sub {
		($lab->sql('replica2', $follows) // '') eq 'replica1';
	}), 'replica2 follows replica1 before the old primary is back');
	$lab->ok_compose('start', 'start', 'primary');
	$lab->ok_whole('replica1', 'the old primary is a standby');
	$lab->ok_row('replica1', 'second');
	ok_rows(3);
};

# WAL that was never confirmed goes: no client was told that it is safe.
subtest 'the old primary has WAL that nobody else has' => sub {
	$lab->ok_compose('stop the standbys', 'stop', 'primary', 'replica2');
	$lab->sql('replica1', "SET synchronous_commit = local; INSERT INTO row_of_check VALUES ('lost')");
	$lab->ok_compose('kill', 'kill', 'replica1');
	$lab->ok_compose('start the standbys', 'up', '-d', '--wait', 'primary', 'replica2');
	promote('primary');
	$lab->sql('primary', "INSERT INTO row_of_check VALUES ('third')");
	$lab->ok_compose('start', 'start', 'replica1');
	$lab->ok_whole('primary', 'it is a standby');
	ok($lab->log_has('replica1', qr/rewinding to join primary: it has WAL at/), '... and says how');
	ok_rows(4);
};

# Nobody starts replica2 here: it runs all the time, and finds itself ahead of a new primary.
subtest 'a standby has more than the one that is promoted' => sub {
	$lab->ok_compose('stop replica1', 'stop', 'replica1');
	$lab->sql('primary', "SET synchronous_commit = local; INSERT INTO row_of_check VALUES ('lost')");
	wait_until(20, sub { $lab->rows('replica2') eq '5' });
	$lab->ok_compose('kill', 'kill', 'primary');
	$lab->ok_compose('start replica1', 'up', '-d', '--wait', 'replica1');
	promote('replica1');
	timed('until the running replica2 is rewound',
		sub { wait_until(60, sub { $lab->rows('replica2') eq '4' }) });
	ok($lab->log_has('replica2', qr/cannot follow replica1: it has WAL at/), 'replica2 says what it does');
	$lab->ok_compose('start', 'start', 'primary');
	$lab->ok_whole('replica1', 'whole');
	ok_rows(4);
};

# The old primary was not started after the failover, and then everybody is.
for my $first ([], ['primary'])
{
	my ($old, $new) = @$first ? ('primary', 'replica1') : ('replica1', 'primary');
	subtest @$first ? 'two former primaries, the older one first' : 'two former primaries at once' => sub {
		$lab->ok_compose('kill', 'kill', $old);
		promote($new);
		$lab->sql($new, 'INSERT INTO row_of_check VALUES (1)');
		$lab->ok_compose('down', 'down');
		if (@$first)
		{
			$lab->ok_compose("up $old", 'up', '-d', $old);
			ok(wait_until(30, sub { ($lab->sql($old, 'SELECT pg_is_in_recovery()') // '') eq 'f' }),
				'the older one is a primary');
		}
		$lab->ok_compose('up', 'up', '-d');
		$lab->ok_whole($new, 'the one that was promoted last is the primary');
		ok_rows(@$first ? 6 : 5);
	};
}

# Its name does not even resolve, as that of a node which is down; replica2 can tell that it is there.
subtest 'the old primary cannot reach the one that was promoted' => sub {
	my $config = StackLab::describe($lab);
	my $stack = sub {
		my ($status, undef, $err) = StackLab::run($lab, {}, 'stack', @_, $config->{file});
		is($status, 0, "stack @_") or diag $err;
	};
	$stack->('kill', 'replica1');
	promote('primary');
	ok(wait_until(30, sub { ($lab->sql('replica2', $follows) // '') eq 'primary' }), 'replica2 follows');
	$stack->('cut', 'primary');
	$lab->ok_compose('start', 'start', 'replica1');
	ok($lab->log_has('replica1', qr/promoted after this one was the primary: waiting for it/),
		'it does not become the primary');
	$stack->('join', 'primary');
	$lab->ok_whole('primary', 'it is a standby');
	ok_rows(6);
};

done_testing();
