# A failover that loses rows, made on purpose: writes at level local, standbys that receive nothing, the
# primary killed and its data gone, a standby promoted by hand. `drill observe` says exactly how many.
use strict;
use warnings;

use JSON::PP ();
use Test::More;

use DrillLab;
use LocalStack;

my $lab = DrillLab->new;
my $stack = $lab->{stack};
my $data_directory = "$stack->{data}/primary/data";
my $saved = "$stack->{data}/primary/saved";

# Tokens of the query's column, as the server of a saved data directory has them; it is started for it
# alone, as its owner.
sub saved_notes
{
	my ($pattern) = @_;
	my $bindir = (sort { ($b =~ /(\d+)/)[0] <=> ($a =~ /(\d+)/)[0] } glob '/usr/lib/postgresql/*/bin')[0]
	  // qx(pg_config --bindir) =~ s/\n//r;
	my @as = $> == 0 ? ('setpriv', '--reuid', (stat $saved)[4], '--regid', (stat $saved)[5], '--clear-groups') : ();
	my ($out, $err) = ('', '');
	my $sql = "SELECT note FROM pgwatch_tui.test_replication WHERE note LIKE '$pattern' "
	  . "UNION ALL SELECT token FROM own_books\n";
	unlink "$saved/standby.signal", "$saved/postmaster.pid";
	IPC::Run::run([ @as, "$bindir/postgres", '--single', '-D', $saved, '-c', 'synchronous_standby_names=', 'postgres' ],
		'<', \$sql, '>', \$out, '2>', \$err)
	  or diag $err;
	my @notes = $out =~ / = "([^"]*)"/g;
	diag "nothing in the saved data: $out$err" if !@notes;
	return @notes;
}

sub run_notes
{
	my ($node, $run) = @_;
	my $notes = $stack->sql($node, "SELECT note FROM pgwatch_tui.test_replication WHERE note LIKE 'load $run %'");
	return defined $notes ? split /\n/, $notes : ();
}

$lab->start('observe', '--commit-level', 'local', '--json');
ok($lab->wait_for_step(3), 'observe writes and does nothing else');
my $books = $lab->begin_books('lost', 'local');

# From here on the standbys receive nothing.
for my $node (qw(replica1 replica2))
{
	defined $stack->sql($node, "ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=1'") or die $stack->{error};
	$stack->sql($node, 'SELECT pg_reload_conf()');
}
ok(LocalStack::wait_until(60,
		sub { ($stack->sql('primary', 'SELECT count(*) FROM pg_stat_replication') // '') eq '0' }),
	'the standbys receive nothing any more');
my $run = LocalStack::wait_until(30, sub {
		($stack->sql('primary', q{SELECT split_part(note, ' ', 2) FROM pgwatch_tui.test_replication
			WHERE note LIKE 'load %' ORDER BY id DESC LIMIT 1}) // '') =~ /(\S+)/ && $1
	});
my $rows = run_notes('primary', $run);
ok(LocalStack::wait_until(60, sub { run_notes('primary', $run) >= $rows + 60 }), 'the primary acknowledges all the same');

is(($stack->stack('kill', 'primary'))[0], 0, 'the primary is killed');
rename $data_directory, $saved or die "$saved: $!";    # destroyed, as far as the cluster knows
is($stack->sql('replica1', 'SELECT pg_promote(true, 60)'), 't', 'replica1 is promoted by hand');
ok($lab->wait_for_text(qr/\* out of recovery/), 'observe sees that');
$rows = run_notes('replica1', $run);
ok(LocalStack::wait_until(60, sub { run_notes('replica1', $run) >= $rows + 20 }), '... and writes there');
is(($stack->stack('restart', 'replica2'))[0], 0, 'replica2 follows it');
my $kept = $lab->end_books($books);

$lab->signal('INT');
is($lab->finish, 2, 'exit status 2: failed');
my ($json) = $lab->said =~ /^(\{\n.*^\})/ms;
my $data = JSON::PP::decode_json($json // '{}');
is($data->{verdict}, 'fail', 'verdict: fail') or diag $lab->said;
is($data->{new_primary}, 'replica1', 'it says who is the primary');
my $ledger = $data->{ledger};
cmp_ok($ledger->{acknowledged_lost}, '>', 0, "rows are lost: $ledger->{acknowledged_lost}");
is($data->{rpo}{rows}, $ledger->{acknowledged_lost}, '... that is the RPO');
is_deeply([ grep { /^$ledger->{acknowledged_lost} acknowledged writes are lost$/ } @{ $data->{reasons} } ],
	[ "$ledger->{acknowledged_lost} acknowledged writes are lost" ], '... and a reason');
my $sum = 0;
$sum += $ledger->{$_} for grep { $_ ne 'sent' } keys %$ledger;
is($sum, $ledger->{sent}, 'the classes add up to what was sent');

# What the old primary had, and the new one has not: exactly those, but for what was under way when it
# was killed (it had some of those, and nobody was told).
my %there = map { $_ => 1 } run_notes('replica1', $run);
my @old = saved_notes("load $run %");
my @lost = grep { /^load / && !$there{$_} } @old;
is(scalar keys %there, $ledger->{acknowledged_present} + $ledger->{unknown_present}, 'the new table has what the report says');
cmp_ok($ledger->{acknowledged_lost}, '<=', scalar @lost, 'every lost row was in the old table: ' . @lost);
cmp_ok(scalar @lost, '<=', $ledger->{acknowledged_lost} + $ledger->{unknown_absent}, '... and no other is missing');

subtest 'the other writer lost rows too' => sub {
	my $has = $lab->booked('replica1', 'lost');
	my %had = map { $_ => 1 } grep { /^lost-/ } @old;
	my @own = grep { !$has->{$_} } keys %{ $kept->{acknowledged} };
	cmp_ok(scalar @own, '>', 0, 'its books say so: ' . @own);
	is_deeply([ grep { !$had{$_} } @own ], [], '... they were in the old table');
};

subtest 'the destroyed node is reported as such' => sub {
	my ($node) = grep { $_->{name} eq 'primary' } @{ $data->{nodes} };
	ok(!$node->{read_back}{read}, 'it could not be read back');
	like($node->{read_back}{why}, qr/\w/, '... and why');
	ok(scalar(grep { /^primary could not be read back/ } @{ $data->{reasons} }), '... a reason');
};

is(($stack->stack('up'))[0], 0, 'up makes the old primary anew');
$lab->gets_healthy('healthy');
done_testing();
