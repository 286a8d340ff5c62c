# Split brain made on purpose: the old primary is started with its joining check switched off. The screen
# and `status` say so, and nothing is done any more but to fence one of them.
use strict;
use warnings;
use utf8;

use Test::More;
use Time::HiRes ();

use DrillLab;
use LocalStack;
use Term;

my $lab = DrillLab->new;
my $stack = $lab->{stack};
my $directory = "$stack->{data}/primary/data";
my $server;

END { kill 'KILL', $server if $server }

# The server itself, as its owner: nobody asks the others who is primary.
sub start_unasked
{
	my $bindir = (sort { ($b =~ /(\d+)/)[0] <=> ($a =~ /(\d+)/)[0] } glob '/usr/lib/postgresql/*/bin')[0]
	  // qx(pg_config --bindir) =~ s/\n//r;
	my @as = $> == 0
	  ? ('setpriv', '--reuid', (stat $directory)[4], '--regid', (stat $directory)[5], '--clear-groups')
	  : ();
	# It was killed and is gone; as long as nobody reaped it, PostgreSQL takes it for alive.
	unlink "$directory/postmaster.pid", glob "$stack->{data}/primary/run/.s.PGSQL.*";
	$server = fork() // die "fork: $!\n";
	return if $server;
	$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
	open STDIN, '<', '/dev/null';
	open STDOUT, '>', "$stack->{folder}/unasked.log";
	open STDERR, '>&', \*STDOUT;
	exec @as, "$bindir/postgres", '-D', $directory or POSIX::_exit(127);
}

# So says its server itself.
sub is_primary { return ($stack->sql($_[0], 'SELECT pg_is_in_recovery()') // '') eq 'f' }

my $terminal = Term->new(width => 120, height => 40, env => $stack->{env});
$terminal->line("$LocalStack::program -c $stack->{config}");
ok($terminal->wait_for(qr/HEALTHY.*3\/3 nodes/s), 'a healthy cluster on the screen');
is(($stack->stack('kill', 'primary'))[0], 0, 'the primary is killed');
is($stack->sql('replica1', 'SELECT pg_promote(true, 60)'), 't', 'replica1 is promoted');
ok($terminal->wait_for(qr/promoted: is primary now/), 'the screen says so');
start_unasked();
ok(LocalStack::wait_until(60, sub { is_primary('primary') }), 'the old primary comes back as one')
  or diag(LocalStack::slurp("$stack->{folder}/unasked.log"));
my $began = Time::HiRes::time();

ok($terminal->wait_for(qr/^ ✗ SPLIT BRAIN: 2 nodes accept writes: .*$/m), 'the screen says: split brain');
my $took = Time::HiRes::time() - $began;
note sprintf 'on the screen after %.2f s', $took;
my ($banner) = $terminal->screen =~ /^( ✗ SPLIT BRAIN.*)$/m;
like($banner // '', qr/primary \(timeline 1\)/, '... names the one');
like($banner // '', qr/replica1 \(timeline 2\)/, '... and the other');
like($terminal->screen, qr/CRITICAL/, '... critical');
my ($colored) = $terminal->tmux('capture-pane', '-p', '-e', '-N') =~ /^([^\n]*✗ SPLIT BRAIN[^\n]*)$/m;
like($colored // '', qr/^(?:\e\[[\d;]*m)* ✗ SPLIT BRAIN[^\e]*(?:\e|$)/, '... in one colour');
is(length(($colored // '') =~ s/\e\[[\d;]*m//gr), 120, '... full width');

# Presses a key, waits for what it says, and nothing was done.
sub refused_key
{
	my ($what, $pattern, @keys) = @_;
	$terminal->keys(@keys);
	return ok($terminal->wait_for($pattern), "$what: refused");
}

my $refused = qr/two primaries|split brain.*(?:fence|stop)|fence one/i;
subtest 'status' => sub {
	my $look = $lab->look;
	is($look->{status}, 2, 'critical');
	my ($finding) = grep { $_->{rule} eq 'two_primaries' } @{ $look->{data}{findings} };
	ok(defined $finding, 'two_primaries') or return;
	like($finding->{text}, qr/primary.*replica1/, '... with both names');
};

subtest 'commands' => sub {
	for my $name (qw(standby-kill standby-freeze all-standbys-down replay-pause switchover primary-kill primary-freeze))
	{
		my $result = $lab->drill($name);
		is($result->{status}, 2, "drill run $name: refused");
		like($result->{err}, qr/2 nodes say that they are the primary: fence the wrong one first/, '... and why');
	}
	for (['test'], [ 'load', '--duration', '1s' ], [ 'drill', 'observe', '--duration', '1s' ])
	{
		my ($status, $out, $err) = $stack->run(@$_, '-c', $lab->config);
		is($status, 2, "@$_: refused");
		like($out . $err, qr/2 nodes (?:say that they are the primary|accept writes)|more than one primary/, '... and why');
	}
};

subtest 'keys' => sub {
	refused_key('w', $refused, 'w');
	refused_key('t', $refused, 't');
	refused_key('l', $refused, 'l');
	$terminal->keys('s');
	ok($terminal->wait_for(qr/Stack: local/), 'the stack screen');
	refused_key('pause', $refused, 'p');
	refused_key('restart', $refused, 'r');
	$terminal->keys('s', 'd');
	ok($terminal->wait_for(qr/primary-kill/), 'the drills');
	$terminal->keys('Enter');
	ok($terminal->wait_for(qr/2 nodes say that they are the primary|two primaries/i), '... are refused with the reason');
	$terminal->keys('Escape', 'Escape');
};

# Fencing is what is left: kill one of them by the stack, then let it join.
is(($stack->stack('kill', 'primary'))[0], 0, 'the old primary is fenced');
waitpid $server, 0;
$server = undef;
ok(!is_primary('primary'), '... it is gone');
ok(LocalStack::wait_until(30, sub { $terminal->screen !~ /SPLIT BRAIN: 2 nodes/ }), 'the screen says no more of it');
is(($stack->stack('up', 'primary'))[0], 0, 'it joins');
$lab->gets_healthy('healthy');
is($lab->primary, 'replica1', 'with the new primary');
$terminal->keys('q');
ok($terminal->wait_for(qr/^prompt\$ *$/m), 'q ends it');
undef $terminal;    # not in global destruction
done_testing();
