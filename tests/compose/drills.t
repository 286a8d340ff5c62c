# Every drill on containers: it passes, its phases and its ledger hold together, and the cluster is
# whole afterwards with no hand on it. Then two that do not come to their end: one is told to stop, the
# other is killed, and `drill undo` takes back what it left.
use strict;
use warnings;

use ComposeLab;
use File::Temp ();
use IPC::Run ();
use JSON::PP ();
use StackLab;
use Test::More;

my $lab = ComposeLab->new;
my $state = File::Temp->newdir('pgwatch-state-XXXXXX', TMPDIR => 1);
$lab->{env}{XDG_STATE_HOME} = "$state";
my $description = StackLab::describe($lab);
my $journal = "$state/pgwatch-tui/$lab->{project}/drill.journal";
my @times = qw(--baseline 1s --hold 1s);

my @always = qw(injected noticed last_ack_before first_ack_after healthy);
my @failover = (@always, qw(promotion_asked out_of_recovery others_streaming old_primary_back));
# The phases that must be there, and who is hit; one that follows another is no earlier.
my @drills = (
	[ 'standby-kill',      [ @always, 'rule_satisfied' ], 'sync' ],
	[ 'standby-freeze',    [ @always, 'rule_satisfied' ], 'sync' ],
	[ 'network-cut',       [ @always, 'rule_satisfied' ], 'sync' ],
	[ 'replay-pause',      \@always, 'sync' ],
	[ 'all-standbys-down', [ @always, 'rule_satisfied' ], '' ],
	[ 'switchover',        \@failover, 'primary' ],
	[ 'primary-kill',      \@failover, 'primary' ],
	[ 'primary-freeze',    \@failover, 'primary' ]);
my @orders = (
	[qw(injected noticed promotion_asked out_of_recovery others_streaming)],
	[qw(promotion_asked first_ack_after)],
	[qw(last_ack_before first_ack_after)],
	[qw(out_of_recovery old_primary_back healthy)],
	[qw(noticed rule_satisfied)],
	[qw(noticed healthy)]);

sub roles
{
	my %roles;
	for (@ComposeLab::nodes)
	{
		my $name = $lab->sql($_, "SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END");
		push @{ $roles{ $name // 'down' } }, $_;
	}
	return \%roles;
}

sub primary { return roles()->{primary}[0] // '' }

sub sync_standby
{
	return $lab->sql(primary(), "SELECT application_name FROM pg_stat_replication WHERE sync_state = 'sync'");
}

sub gets_healthy
{
	my ($what) = @_;
	my @look;
	ok(wait_until(180, sub { (@look = StackLab::run($lab, {}, 'status', $description->{file}))[0] == 0 }), $what)
	  and return 1;
	diag @look[ 1, 2 ];
	return $lab->tell_more;
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
	return note join ', ', map { "$_ $at{$_} ms" } grep { defined $at{$_} } map { $_->{name} } @{ $data->{phases} };
}

sub ok_ledger
{
	my ($data) = @_;
	my %classes = %{ $data->{ledger} };
	my ($sent, $sum) = (delete $classes{sent}, 0);
	$sum += $_ // 0 for values %classes;
	is($sum, $sent, "the classes add up to what was sent ($sent)") or diag explain \%classes;
	cmp_ok($classes{acknowledged_present}, '>', 0, 'something was acknowledged');
	is($data->{rpo}{rows}, 0, 'nothing that was acknowledged is lost');
	return is_deeply([ map { $_->{name} } grep { !$_->{read_back}{read} || $_->{read_back}{missing} } @{ $data->{nodes} } ],
		[], 'every node was read back and has all of it');
}

sub carry_out
{
	my ($name, $phases, $hits) = @_;
	my $before = primary();
	my $hit = { sync => sync_standby(), primary => $before }->{$hits};
	my ($status, $out, $err);
	timed("drill $name", sub {
		($status, $out, $err) =
		  StackLab::run($lab, {}, 'drill', 'run', $name, '--yes', '--json', @times, $description->{file});
	});
	my $data = eval { JSON::PP::decode_json($out) };
	ok(defined $data, 'an object on stdout') or return diag $out, $err;
	is($status, 0, 'it passes') or diag explain [ @{$data}{qw(reasons steps left)} ], $err;
	is_deeply([ @{$data}{qw(drill target left)} ], [ $name, $hit, [] ],
		'it hit ' . ($hit // 'every standby') . ', and nothing is left');
	ok_phases($data, $phases);
	ok_ledger($data);
	gets_healthy('the cluster is whole, with no hand on it');
	my $now = primary();
	is($data->{new_primary}, $now eq $before ? undef : $now, 'the new primary is who the report says');
	return is($now ne $before, $hits eq 'primary', $hits eq 'primary' ? 'it is another' : 'it is who it was');
}

# ---- one in the background

my ($drill, $said);

sub begin
{
	my ($name) = @_;
	local @ENV{ keys %{ $lab->{env} } } = values %{ $lab->{env} };
	$said = '';
	# It is held until it is interrupted.
	$drill = IPC::Run::start([ $StackLab::program, 'drill', 'run', $name, '--yes', '--baseline', '1s',
			'--hold', '600s', $description->{file} ], '<', \undef, '>&', \$said, IPC::Run::timeout(900));
	return;
}

sub state_gets
{
	my ($node, $state, $what) = @_;
	my $is = sub { $drill->pump_nb; $lab->state_of($node) };
	return ok(wait_until(180, sub { $is->() eq $state }), $what) || diag "$node is " . $is->() . ":\n$said";
}

sub is_cut
{
	my ($node) = @_;
	$drill->pump_nb;
	return ($lab->docker('inspect', '-f', '{{len .NetworkSettings.Networks}}', $lab->container($node)) // '') eq '0';
}

is($lab->compose('up', '--build', '-d'), 0, 'up') or BAIL_OUT($lab->{output});
gets_healthy('the cluster is whole');
subtest $_->[0] => \&carry_out, @$_ for (@drills) x ($ENV{DRILL_TIMES} // 1);

subtest 'SIGTERM while the primary is frozen' => sub {
	my $node = primary();
	begin('primary-freeze');
	state_gets($node, 'paused', "$node is paused");
	$drill->signal('TERM');
	eval { $drill->finish };
	is(($drill->full_results)[0] >> 8, 3, 'it is incomplete') or diag $said;
	is($lab->state_of($_), 'running', "$_ runs") for @ComposeLab::nodes;
	gets_healthy('the cluster is whole');
	my ($status, undef, $err) = StackLab::run($lab, {}, 'drill', 'undo', $description->{file});
	like("$status $err", qr/^0 .*no drill left anything here/s, 'and nothing is left');
};

subtest 'SIGKILL while a standby is cut off' => sub {
	my $node = sync_standby();
	begin('network-cut');
	ok(wait_until(180, sub { is_cut($node) }), "$node is cut off") or diag $said;
	$drill->signal('KILL');
	eval { $drill->finish };
	ok(is_cut($node), 'it stays so when the program is gone');
	my ($status, undef, $err) = StackLab::run($lab, {}, 'status', $description->{file});
	like($err, qr/a drill that did not end \(network-cut, begun .*\) left $node as it was/, 'status says so');
	($status, undef, $err) =
	  StackLab::run($lab, {}, 'drill', 'run', 'standby-kill', '--yes', $description->{file});
	like($err, qr/an earlier network-cut left something: pgwatch-tui drill undo/, 'no other one begins');
	($status, undef, $err) = StackLab::run($lab, {}, 'drill', 'undo', $description->{file});
	is($status, 0, 'drill undo') or diag $err;
	ok(!is_cut($node), 'it is on its network');
	gets_healthy('the cluster is whole');
};

subtest 'the data go, and the journal with them' => sub {
	ok(-e $journal, 'the journal is there');
	my ($status, undef, $err) = StackLab::run($lab, {}, 'stack', 'down', '--volumes', $description->{file});
	is($status, 0, 'stack down --volumes') or diag $err;
	ok(!-e "$state/pgwatch-tui/$lab->{project}", 'it is not there any more');
};

done_testing();
