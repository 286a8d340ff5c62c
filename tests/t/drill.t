# Every drill on a local stack, with a writer beside it that keeps its own books: it passes, the cluster
# is whole afterwards without a hand on it, and what the report says agrees with the books.
#
# DRILL_TIMES=N: each so often (make check-drills). DRILLS="primary-kill ...": only these.
use strict;
use warnings;

use Test::More;

use DrillLab;

my $times = $ENV{DRILL_TIMES} // 1;
my $lab = DrillLab->new;
my $stack = $lab->{stack};
my $number = 0;

my @standby = qw(injected noticed rule_satisfied last_ack_before first_ack_after healthy);
my @failover =
  qw(injected noticed promotion_asked out_of_recovery first_ack_after others_streaming old_primary_back healthy);
# What is expected of each: the phases that it must have reached; who is hit.
my @drills = (
	[ 'standby-kill',      \@standby, 'sync' ],
	[ 'standby-freeze',    \@standby, 'sync' ],
	[ 'all-standbys-down', \@standby, undef ],
	[ 'replay-pause',      [qw(injected noticed last_ack_before first_ack_after healthy)], 'sync' ],
	[ 'switchover',        \@failover, 'primary' ],
	[ 'primary-kill',      \@failover, 'primary' ],
	[ 'primary-freeze',    \@failover, 'primary' ]);
# One comes after the other whatever happens.
my @orders = (
	[qw(injected noticed promotion_asked out_of_recovery)],
	[qw(promotion_asked first_ack_after)],
	[qw(last_ack_before first_ack_after)],
	[qw(out_of_recovery old_primary_back healthy)],
	[qw(out_of_recovery others_streaming)],
	[qw(noticed rule_satisfied)],
	[qw(noticed healthy)]);

sub sync_standby
{
	my ($primary) = @_;
	return $stack->sql($primary,
		"SELECT application_name FROM pg_stat_replication WHERE sync_state = 'sync'");
}

sub ok_phases
{
	my ($data, $expected) = @_;
	my %at = map { $_->{name} => $_->{at_ms} } @{ $data->{phases} };
	is_deeply([ grep { !defined $at{$_} } @$expected ], [], 'every phase was reached');
	for (@orders)
	{
		my @have = grep { defined $at{$_} } @$_;
		my @wrong = grep { $at{ $have[ $_ - 1 ] } > $at{ $have[$_] } } 1 .. $#have;
		is_deeply(\@wrong, [], "in this order: @have") or diag explain \%at;
	}
	is($at{injected}, 0, 'the clock starts with the injection');
	return;
}

# Every write is in a class, nothing is lost, and every node has all.
sub ok_ledger
{
	my ($data) = @_;
	my $ledger = $data->{ledger};
	my $sum = 0;
	$sum += $ledger->{$_} for grep { $_ ne 'sent' } keys %$ledger;
	is($sum, $ledger->{sent}, "the classes add up to what was sent ($ledger->{sent})");
	cmp_ok($ledger->{acknowledged_present}, '>', 0, 'something was acknowledged');
	is($ledger->{acknowledged_lost}, 0, 'nothing is lost');
	is($ledger->{failed_present}, 0, 'what failed is not there');
	is($data->{rpo}{rows}, 0, 'RPO 0');
	is($data->{writes}{acknowledged}, $ledger->{acknowledged_present}, 'as was counted while it ran');
	my $rows = $stack->sql($lab->primary,
		"SELECT count(*) FROM pgwatch_tui.test_replication WHERE note LIKE 'load $data->{run} %'");
	is($rows, $ledger->{acknowledged_present} + $ledger->{acknowledged_locally} + $ledger->{unknown_present},
		'the table agrees with the classes');
	for (@{ $data->{nodes} })
	{
		ok($_->{read_back}{read}, "$_->{name} was read back");
		is($_->{read_back}{missing}, 0, '... nothing is missing there');
		is($_->{read_back}{rows}, $rows, '... it has every row');
	}
	return;
}

# The writer beside it felt about the same gap, and nothing that it was told is missing.
sub ok_books
{
	my ($books, $data) = @_;
	my %lost = map { $_ => 1 } keys %{ $books->{acknowledged} };
	delete @lost{ keys %{ $lab->booked($lab->primary, $books->{prefix}) } };
	is_deeply([ sort keys %lost ], [], 'nothing that the other writer was told is lost');
	my ($own, $gap) = ($books->{gap_ms}, $data->{gap_ms});
	# Each finds out by itself that it can write again, at its own pace.
	my $longer = $own > $gap ? $own : $gap;
	cmp_ok(abs($own - $gap), '<=', $longer / 2 + 1500, "its longest gap ($own ms) is about the drill's ($gap ms)");
	return;
}

sub carry_out
{
	my ($name, $phases, $hits) = @_;
	my $before = $lab->primary;
	my $sync = sync_standby($before);
	my $books = $lab->begin_books('drill' . ++$number);
	my $result = $lab->drill($name);
	my $kept = { %{ $lab->end_books($books) }, prefix => $books->{prefix} };
	my $data = $result->{data};

	is($result->{status}, 0, 'exit status 0') or diag $result->{err};
	ok(defined $data, 'an object') or return;
	is($data->{verdict}, 'pass', 'it passes') or diag explain $data->{reasons};
	is_deeply([ @{$data}{qw(format drill cluster)} ], [ 1, $name, 'test' ], 'the object says what it is of');
	is_deeply([ grep { $_->{state} ne 'done' } @{ $data->{steps} } ], [], 'every step is done');
	is_deeply($data->{left}, [], 'nothing is left');
	my $hit = { sync => $sync, primary => $before }->{ $hits // '' };
	is($data->{target}, $hit, 'it hit whom it should: ' . ($hit // 'all'));
	ok_phases($data, $phases);
	$lab->gets_healthy('the cluster is whole, without a hand on it');
	my $roles = $lab->roles;
	my $fails_over = ($hits // '') eq 'primary';
	is(scalar(grep { $_ eq 'primary' } values %$roles), 1, 'one primary');
	is(scalar(grep { $_ eq 'standby' } values %$roles), 2, '... two standbys');
	is($lab->primary eq $before ? 0 : 1, $fails_over ? 1 : 0, $fails_over ? 'another one' : 'the same one');
	is($data->{new_primary}, $fails_over ? $lab->primary : undef, '... as the report says');
	ok_ledger($data);
	ok_books($kept, $data);
	return;
}


$lab->watch;
for my $drill (@drills)
{
	next if defined $ENV{DRILLS} && index(" $ENV{DRILLS} ", " $drill->[0] ") < 0;
	subtest "$drill->[0] $_" => sub { carry_out(@$drill) }
	  for 1 .. $times;
}
$lab->never_two_primaries('never two primaries, in none of them');

subtest 'network-cut' => sub {
	my $result = $lab->drill('network-cut');
	is($result->{status}, 2, 'is not offered on a local stack');
	like($result->{err}, qr/share the loopback, which cannot be cut/, '... and says why');
	is($result->{out}, '', '... nothing on stdout');
	$lab->nothing_is_left('... and did nothing');
};

subtest 'nothing stays in the journal' => sub {
	my ($status, $out, $err) = $stack->run('drill', 'undo', '-c', $lab->config);
	is($status, 0, 'drill undo');
	like($err, qr/no drill left anything/, '... has nothing to do');
	unlike($lab->look->{err}, qr/drill/, 'status says nothing of a drill');
};

done_testing();
